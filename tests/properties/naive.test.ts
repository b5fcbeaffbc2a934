import fc from "fast-check";
import { expect, it } from "vitest";
import { findFixedPoints, parseModel } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { corpus } from "../corpus/generate.ts";
import { exactFixedPoints, exactVirtualPoints } from "../oracle/naive.ts";
import type { Plain } from "../oracle/systems.ts";
import { differences } from "./compare.ts";

const full = process.env.STILLPOINT_FULL === "1";
const seed = 99;

/**
 * Whole numbers, few bits, tiny steps, full significands, and sizes far apart: fast-check shrinks towards zeros and
 * ones.
 */
const entry = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -2, max: 2 }) },
  { weight: 2, arbitrary: fc.integer({ min: -64, max: 64 }).map((k) => k / 16) },
  { weight: 3, arbitrary: fc.double({ min: -4, max: 4, noNaN: true }).map((x) => (Math.abs(x) < 2 ** -60 ? 0 : x)) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** -30, -(2 ** -45), 1e-9, 1e9, 1 + 2 ** -52, 1 / 3, -0) },
);

const vector = (length: number) => fc.array(entry, { minLength: length, maxLength: length });
const matrix = (rows: number, columns: number) => fc.array(vector(columns), { minLength: rows, maxLength: rows });

const models: fc.Arbitrary<Plain> = fc
  .record({
    R: fc.integer({ min: 1, max: 5 }),
    N: fc.integer({ min: 1, max: full ? 12 : 9 }),
  })
  .chain(({ R, N }) => fc.record({ A: matrix(R, R), U: matrix(N, R), V: matrix(N, R), hx: vector(N), hz: vector(R) }));

/** As `models`, but every unit repeats one of the first few, scaled or turned round, at one of two thresholds. */
const crowded: fc.Arbitrary<Plain> = fc
  .tuple(
    models,
    fc.array(fc.tuple(fc.nat(2), fc.constantFrom(1, -1, 2, -0.5), fc.constantFrom(0, 1)), {
      minLength: 12,
      maxLength: 12,
    }),
  )
  .map(([model, choices]) => ({
    ...model,
    U: model.U.map((_, j) => {
      const [k, factor] = choices[j]!;
      return model.U[k % model.U.length]!.map((x) => factor * x);
    }),
    hx: model.hx.map((_, j) => choices[j]![1] * choices[j]![2]),
  }));

const expand = fc.constantFrom("owned" as const, "branch" as const);

it.each([
  ["models of any numbers", models],
  ["models of coinciding and parallel hyperplanes", crowded],
])("agrees exactly with the naive oracle on %s", async (_, arbitrary) => {
  await fc.assert(
    fc.asyncProperty(arbitrary, expand, async (model, mode) => {
      const { system } = await parseModel(model);
      const result = await findFixedPoints(model, { method: "regions", expand: mode });
      expect(differences(result, exactFixedPoints(system))).toEqual([]);
    }),
    { seed, numRuns: full ? 5000 : 100 },
  );
});

it("lists the virtual fixed points of exactly the regions that have an interior", async () => {
  const kinds = ["central", "grid", "clipped", "duplicate", "slivers", "zeroRows", "halfOpenTraps", "generic"];
  for (const { name, kind, model } of corpus()) {
    const { system } = await parseModel(model as ModelInput);
    const size = full ? 10 : 6;
    if (!kinds.includes(kind) || system.hyperplanes > size || system.latentDim > (full ? 4 : 2)) continue;
    const { virtualFixedPoints } = await findFixedPoints(model as ModelInput, { method: "regions", virtual: true });
    const text = (points: readonly { z: readonly number[]; region: readonly number[] }[]) =>
      points.map(({ z, region }) => `${region} | ${z}`).sort();
    expect(text(virtualFixedPoints!), name).toEqual(text(exactVirtualPoints(system)));
  }
});
