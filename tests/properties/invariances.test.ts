import { describe, expect, it } from "vitest";
import { findFixedPoints } from "../../src/index.ts";
import { network, planted } from "../corpus/build.ts";
import type { Plain } from "../oracle/systems.ts";
import { Random } from "../support/random.ts";
import { type Place, placeDifferences } from "./compare.ts";
import { permuteUnits, sortedPlaces, TRANSFORMATIONS, type Transformation } from "./invariances.ts";

const rounds = process.env.STILLPOINT_FULL === "1" ? 200 : 12;

/**
 * Models of few bits, so that every transformation is exact: grids, centres, ties, duplicates and slivers among them.
 */
function coarse(random: Random): Plain {
  const R = random.integer(1, 4);
  const N = random.integer(1, 8);
  const bits = random.integer(0, 3);
  const U = random.matrix(N, R, () => random.dyadic(bits));
  for (let j = 1; j < N; j++)
    if (random.unit() < 0.2) U[j] = U[random.integer(0, j - 1)]!.map((x) => x * random.sign());
  const center = random.unit() < 0.3;
  const hx = random.vector(N, () =>
    center ? 0 : random.dyadic(bits) + random.integer(-1, 1) * random.pick([0, 2 ** -25]),
  );
  const parts = {
    A: random.matrix(R, R, () => random.dyadic(2)),
    U,
    V: random.matrix(N, R, () => random.dyadic(2, 2)),
    hx,
  };
  return (
    planted(
      parts,
      random.vector(R, () => random.dyadic(bits)),
    ) ?? { ...parts, hz: parts.A.map(() => 0.5) }
  );
}

function fine(random: Random): Plain {
  return network(random, random.integer(1, 9), random.integer(1, 4), 3);
}

interface Solved {
  readonly places: readonly Place[];
  readonly continua: readonly number[];
}

async function solve(model: Plain): Promise<Solved> {
  const { fixedPoints, continua, complete } = await findFixedPoints(model, { method: "regions" });
  expect(complete).toBe(true);
  return { places: fixedPoints, continua: continua.map(({ dimension }) => dimension).sort() };
}

/** How many models the transformation applied to, and where the answers disagreed. */
async function check(change: Transformation, draw: (random: Random) => Plain, label: string) {
  const random = Random.of(20240, label);
  const problems: string[] = [];
  let applied = 0;
  for (let round = 0; round < rounds; round++) {
    const model = draw(random);
    const changed = change(random, model);
    if (!changed) continue;
    applied += 1;
    const before = await solve(model);
    const after = await solve(changed.model);
    const found = sortedPlaces(after.places.map(changed.forget));
    problems.push(...placeDifferences(found, sortedPlaces(before.places.map(changed.map))));
    if (`${after.continua}` !== `${before.continua}`)
      problems.push(`continua ${after.continua}, not ${before.continua}`);
  }
  return { applied, problems };
}

describe.each(Object.entries(TRANSFORMATIONS))("%s", (name, change) => {
  it("moves the fixed points as it should", async () => {
    const { applied, problems } = await check(change, coarse, name);
    expect(problems).toEqual([]);
    expect(applied).toBeGreaterThan(rounds / 2);
  });
});

/** The transformations that keep every number exact however many bits it has. */
const ANY_BITS = Object.entries(TRANSFORMATIONS).filter(([name]) => name !== "flipUnit" && name !== "translate");

describe.each(ANY_BITS)("%s", (name, change) => {
  it("does so for models with full significands", async () => {
    const { applied, problems } = await check(change, fine, `${name} fine`);
    expect(problems).toEqual([]);
    expect(applied).toBe(rounds);
  });
});

it("notices a transformation whose map is wrong", async () => {
  const wrong: Transformation = (random, model) => ({ ...permuteUnits(random, model)!, map: (point) => point });
  expect((await check(wrong, fine, "wrong")).problems).not.toEqual([]);
});
