import { describe, expect, it } from "vitest";
import type { ModelInput } from "../../src/model/input.ts";
import type { Sweep } from "../../src/sweep/result.ts";
import { sweepInput } from "../../src/sweep/sweep.ts";
import { nearestFloat64 } from "../oracle/integers.ts";
import { Random } from "../support/random.ts";
import { birthsAndDeaths, changesOf } from "./changes.ts";
import { type Constructed, constructed } from "./constructed.ts";

const MODELS = [1, 2, 3, 4].flatMap((R) =>
  [1, 2, 3, 4, 5].map((k) => ({
    R,
    k,
    ...constructed(Random.of(k, `constructed ${R}`), R, k % 2 === 0 ? "units" : "C"),
  })),
);

function expectKnown(sweep: Sweep, { changes, counts, birthsAndDeaths: known }: Constructed): void {
  expect(changesOf(sweep)).toEqual({ changes: changes.map(nearestFloat64), counts });
  expect(birthsAndDeaths(sweep)).toBe(known);
  const born = sweep.events.filter(({ kind }) => kind !== "crossing");
  expect([...new Set(born.map(({ kind }) => kind))]).toEqual(changes.length > 0 ? ["fold"] : []);
  expect([...new Set(born.map(({ s }) => s))]).toEqual(changes.map(nearestFloat64));
}

const swept = (model: Record<string, unknown>, { from, to }: Constructed): Promise<Sweep> =>
  sweepInput(model as ModelInput, { parameter: "s0", from, to, samples: 5 }, { coverage: "range" });

describe("births and deaths of a model whose values are known as fractions", () => {
  for (const known of MODELS) {
    it(`agree to the last bit: R = ${known.R}, number ${known.k}`, async () => {
      expectKnown(await swept(known.model, known), known);
    });
  }

  it("are many, most of them no float64", () => {
    const changes = MODELS.flatMap((known) => known.changes);
    expect(MODELS).toHaveLength(20);
    expect(changes.length).toBeGreaterThan(60);
    expect(changes.filter(({ d }) => (d & (d - 1n)) !== 0n).length).toBeGreaterThan(50);
    expect(MODELS.reduce((sum, { birthsAndDeaths }) => sum + birthsAndDeaths, 0)).toBeGreaterThan(300);
    expect(Math.max(...MODELS.flatMap(({ counts }) => counts))).toBe(81);
  });

  it("are told from those of a model that differs in the last bit of one number", async () => {
    const known = MODELS.find(({ R }) => R === 2)!;
    const hx = known.model.hx as number[];
    const other = await swept({ ...known.model, hx: [hx[0]! * (1 + 2 ** -52), ...hx.slice(1)] }, known);
    expect(() => expectKnown(other, known)).toThrow();
  });

  it("are told from those with a branch lost, or an event moved", async () => {
    const known = MODELS.find(({ R }) => R === 3)!;
    const sweep = await swept(known.model, known);
    expectKnown(sweep, known);
    expect(() => expectKnown({ ...sweep, branches: sweep.branches.slice(1) }, known)).toThrow();
    const moved = sweep.events.map((event) => (event.kind === "fold" ? { ...event, s: event.s + 2 ** -50 } : event));
    expect(() => expectKnown({ ...sweep, events: moved }, known)).toThrow();
  });
});
