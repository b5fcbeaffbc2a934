import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compare, ofNumber, subtract } from "../../src/exact/rational.ts";
import { type FinalAnswer, Finalizer } from "../../src/finalize/finalizer.ts";
import { parseValue } from "../../src/model/parse.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { exactFixedPoints } from "../oracle/naive.ts";
import { arrangementOf } from "../regions/arrangements.ts";

async function systemOf(model: object): Promise<PiecewiseLinearSystem> {
  return (await parseValue(model)).system;
}

/** All 2^N masks, in the order given, none of them said to be regular. */
function finalize(system: PiecewiseLinearSystem, masks: Iterable<number>, regular = false): FinalAnswer {
  const finalizer = new Finalizer(system);
  for (const mask of masks) finalizer.add(Uint32Array.of(mask), regular);
  return finalizer.finish();
}

const allMasks = (N: number) => Array.from({ length: 2 ** N }, (_, mask) => mask);
const plain = ({ fixedPoints }: FinalAnswer) =>
  fixedPoints.map(({ z, active, ties, error }) => ({ z, active, ties, error }));

const trap = { A: [[0.5]], U: [[1], [-1]], V: [[0.25], [0.25]], hx: [0, 0], hz: [0] };

describe("the finalizer", () => {
  it("keeps the fixed point of the half-open trap, with both ties, once", async () => {
    const { fixedPoints, counts } = finalize(await systemOf(trap), allMasks(2));
    expect(fixedPoints).toHaveLength(1);
    expect(fixedPoints.at(0)).toMatchObject({ z: [0], active: [], ties: [0, 1], error: 0 });
    expect(Object.is(fixedPoints.at(0)!.z[0], 0)).toBe(true);
    expect(counts.repeats).toBe(3);
  });

  it("refuses a candidate outside its region: one wrong bit and the point is not there", async () => {
    // z' = relu(z − 1): 0 is the fixed point of mask 0; mask 1 has none
    const system = await systemOf({ A: [[0]], U: [[1]], V: [[1]], hx: [1], hz: [0] });
    expect(finalize(system, [0]).fixedPoints).toHaveLength(1);
    expect(finalize(system, [1]).fixedPoints).toHaveLength(0);
    const shifted = await systemOf({ A: [[0]], U: [[1]], V: [[0.5]], hx: [1], hz: [0] });
    expect(finalize(shifted, [1]).fixedPoints).toHaveLength(0);
  });

  it("counts no singular region less than none, wherever a deadline ends it", async () => {
    // z' = z where both units are off: a line of fixed points
    const system = await systemOf({ A: [1, 1], U: [[1, 0]], V: [[1, 1]], hx: [1], hz: [0, 0] });
    const now = performance.now.bind(performance);
    let taken = 0;
    for (let steps = 0; steps < 40; steps++) {
      const finalizer = new Finalizer(system);
      finalizer.addEarly(Uint32Array.of(0));
      let asked = 0;
      // the clock is looked at between any two steps
      performance.now = () => (asked++ < steps ? 0 : 1000);
      try {
        await finalizer.settle({ signal: undefined, deadline: 500 });
      } finally {
        performance.now = now;
      }
      if (finalizer.undecided === undefined) taken++;
      expect((await finalizer.conclude({ signal: undefined, deadline: undefined })).counts.singularRegions).toBe(0);
    }
    // some were ended, and some were not
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(40);
  });

  it("rounds correctly and bounds the error", async () => {
    // z = z·(2/3)-like: M = −3, g = −1 → z = 1/3
    const system = await systemOf({ kind: "continuous", A: [[-3]], U: [[1]], V: [[0]], hx: [5], hz: [-1] });
    const [point] = finalize(system, allMasks(1)).fixedPoints;
    expect(point!.z).toEqual([1 / 3]);
    const difference = subtract(ofNumber(1 / 3), { n: 1n, d: 3n });
    const size = difference.n < 0n ? { n: -difference.n, d: difference.d } : difference;
    expect(compare(size, ofNumber(point!.error))).toBeLessThanOrEqual(0);
    expect(point!.error).toBeLessThan(2 ** -54);
  });

  it("tells apart points that agree to the last bit, and orders them exactly", async () => {
    // fixed points at 1 ± 2^-60: equal when rounded
    const e = 2 ** -60;
    const system = await systemOf({
      kind: "continuous",
      A: [[-1]],
      U: [[1], [1]],
      V: [[2], [-2]],
      hx: [1, 1 + 2 ** -52],
      hz: [-1],
    });
    const twins = await systemOf({ ...trap, A: [[1]], V: [[e], [e]], hx: [0, 0], hz: [e] });
    expect(finalize(twins, allMasks(2)).fixedPoints.map(({ exact }) => exact[0]!.n)).toEqual([-1n, 1n]);
    expect(finalize(system, allMasks(2)).fixedPoints).toHaveLength(exactFixedPoints(system).points.length);
  });

  it("orders points exactly whose first coordinates agree to the last bit", async () => {
    // |z0 − 1| = 2^-60 and |z1| = 1
    const system = await systemOf({
      A: [1, 1],
      U: [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ],
      V: [
        [1, 0],
        [1, 0],
        [0, 1],
        [0, 1],
      ],
      hx: [1, -1, 0, 0],
      hz: [2 ** -60, 1],
    });
    for (const masks of [allMasks(4), allMasks(4).reverse()]) {
      const { fixedPoints } = finalize(system, masks);
      expect(fixedPoints.map(({ z }) => z)).toEqual([
        [1, -1],
        [1, 1],
        [1, -1],
        [1, 1],
      ]);
      const below = fixedPoints.map(({ exact: [x] }) => x!.n < x!.d);
      expect(below).toEqual([true, true, false, false]);
    }
  });

  it("hands over what a singular region holds", async () => {
    const identity = await systemOf({ A: [[1]], U: [[1]], V: [[-1]], hx: [0], hz: [0] });
    const answer = finalize(identity, allMasks(1));
    // z' = z for z ≤ 0, z' = 0 for z ≥ 0: a ray, and 0 is its end
    expect(answer.fixedPoints).toHaveLength(0);
    expect(answer.continua).toHaveLength(1);
    expect(answer.counts.singularRegions).toBe(1);
  });

  it("does not depend on the order of the candidates", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.constantFrom("generic", "clipped", "small", "central"),
        (seed, kind) => {
          const system = arrangementOf(kind, 6, 2, seed);
          const forth = finalize(system, allMasks(6));
          const back = finalize(system, allMasks(6).reverse());
          expect(plain(back)).toEqual(plain(forth));
          const oracle = exactFixedPoints(system).points;
          expect(plain(forth).map(({ z, active, ties }) => ({ z, active, ties }))).toEqual(
            oracle.map(({ z, active, ties }) => ({ z, active, ties })),
          );
        },
      ),
      { seed: 4, numRuns: 60 },
    );
  });
});
