import { describe, expect, it } from "vitest";
import { orbitRoots } from "../../../src/cycles/boxes/maps.ts";
import { affinePoint } from "../../../src/cycles/polytopes/affine-step.ts";
import { OrbitCuts } from "../../../src/cycles/polytopes/orbit-cuts.ts";
import { Polytope } from "../../../src/cycles/polytopes/polytope.ts";
import { Random } from "../../support/random.ts";
import { mapOf } from "../systems.ts";

const STEPS = 6;
/** A third of the steps: the identity, whose every point is a cycle, has no cells. */
const DELAY = 2;
const [problem] = orbitRoots(
  mapOf(
    [
      [1, 0],
      [0, 1],
    ],
    [[1, 0]],
    [[0, 0]],
    [0],
    [0, 0],
  ),
).problems;

/** Points z_0, z_1, … as functions of two parameters, small enough for the root box. */
function randomPoints(random: Random) {
  return Array.from({ length: STEPS + 1 }, () => {
    const point = affinePoint(2, 2);
    for (let i = 0; i < 2; i++) point.c[i] = random.real(0.2);
    for (let n = 0; n < 4; n++) point.L[n] = random.real(0.2);
    return point;
  });
}

const isIn = ({ rows, bounds, constraints }: Polytope, s: readonly number[]) =>
  Array.from({ length: constraints }, (_, n) => rows[2 * n]! * s[0]! + rows[2 * n + 1]! * s[1]! <= bounds[n]!).every(
    Boolean,
  );

/** First points that the rule keeps or cuts otherwise than `ledAt` says, and how many it kept and cut. */
function wrong(ledAt: number) {
  const random = Random.of(1, "leads");
  const { lead } = problem!;
  const tally = { wrong: 0, kept: 0, cut: 0 };
  for (let round = 0; round < 200; round++) {
    const points = randomPoints(random);
    const holder = { polytope: new Polytope(2) };
    holder.polytope.makeCube();
    const cuts = new OrbitCuts(problem!, STEPS);
    cuts.begin(points[0]!);
    let left = true;
    for (let t = 1; t <= STEPS && left; t++) {
      left = cuts.isLed(holder, t, points[t]!);
      if (left && t <= STEPS - 1) cuts.follow(t, new Float64Array(2), Float64Array.of(1, 1));
    }
    for (let n = 0; n < 20; n++) {
      const s = [random.real(), random.real()];
      const leads = points.map(({ c, L }) => c[lead]! + L[2 * lead]! * s[0]! + L[2 * lead + 1]! * s[1]!);
      const most = Math.max(...leads.filter((_, t) => t !== ledAt));
      // the rest is rounding
      if (Math.abs(most - leads[ledAt]!) < 1e-9) continue;
      const kept = left && isIn(holder.polytope, s);
      if (kept) tally.kept++;
      else tally.cut++;
      if (kept !== leads[ledAt]! > most) tally.wrong++;
    }
  }
  return tally;
}

describe("the rule of leads", () => {
  it("keeps the first points whose orbit is largest after a third of its steps, and no others", () => {
    const { wrong: errors, kept, cut } = wrong(DELAY);
    expect(errors).toBe(0);
    expect(kept).toBeGreaterThan(200);
    expect(cut).toBeGreaterThan(200);
  });

  it("keeps others than those that are largest at the start", () => {
    expect(wrong(0).wrong).toBeGreaterThan(0);
  });
});
