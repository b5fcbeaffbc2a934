import { describe, expect, it } from "vitest";
import { expandMask, reduceSystem } from "../../src/arrangement/reduce.ts";
import { F32, F64, type Precision, UNCHECKED } from "../../src/bounds/precision.ts";
import { MaskFilter } from "../../src/cpu/mask-filter.ts";
import { rational, toNumber } from "../../src/exact/rational.ts";
import { ExactRegions } from "../../src/finalize/exact-region.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import { stageModel } from "../../src/stages/stage-model.ts";
import { ARRANGEMENT_KINDS, arrangementOf, hostile, random } from "../regions/arrangements.ts";

/** How many masks the filter excludes although they are singular or hold their candidate, of how many. */
function compare(system: PiecewiseLinearSystem, precision: Precision) {
  const reduced = reduceSystem(system);
  const filter = MaskFilter.of(stageModel(reduced, precision, 0));
  const exact = new ExactRegions(system);
  const original = new Uint32Array(Math.max(1, Math.ceil(system.hyperplanes / 32)));
  const tally = { wrong: 0, excluded: 0, masks: 2 ** reduced.count, made: filter !== undefined };
  for (let mask = 0; filter !== undefined && mask < tally.masks; mask++) {
    if (!filter.excludes(mask)) continue;
    tally.excluded++;
    expandMask(reduced, Uint32Array.of(mask), 0, original);
    const candidate = exact.candidate(exact.region(original));
    const z = candidate?.numerators.map((x) => toNumber(rational(x, candidate.denominator)));
    if (candidate === undefined || exact.signs(candidate, z!, original) !== undefined) tally.wrong++;
  }
  return tally;
}

/** A system with a fixed point that lies on some hyperplanes, or an ulp beside them: h_j = u_j·z at a point z of few bits, g to match. */
function onHyperplanes(seed: number, N: number, R: number): PiecewiseLinearSystem {
  const base = arrangementOf("generic", N, R, seed);
  const next = random(seed + 500);
  const few = (x: number) => Math.round(x * 256) / 256;
  const z = Array.from({ length: R }, () => few(next() * 2 - 1));
  const U = base.U.map(few);
  const V = base.V.rounded.map(few);
  const M = base.M.rounded.map(few);
  const x = Array.from({ length: N }, (_, j) => z.reduce((sum, zk, k) => sum + U[j * R + k] * zk, 0));
  const h = base.h.rounded.map((hj, j) => (j % 2 === 0 ? few(hj) : x[j] + (next() < 0.5 ? 0 : few(next()) * 2 ** -45)));
  const g = Array.from({ length: R }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < R; k++) sum += M[i * R + k] * z[k];
    for (let j = 0; j < N; j++) sum += V[j * R + i] * Math.max(0, x[j] - h[j]);
    return sum;
  });
  return {
    ...base,
    U,
    M: ExactArray.ofNumbers(M),
    V: ExactArray.ofNumbers(V),
    h: ExactArray.ofNumbers(h),
    g: ExactArray.ofNumbers(g),
  };
}

describe("a filter of masks", () => {
  it.each(ARRANGEMENT_KINDS)(
    "excludes no mask that it should not on %s arrangements, and most of the others",
    (kind) => {
      const tally = compare(arrangementOf(kind, 7, 4, 2), F64);
      expect(tally.wrong).toBe(0);
      if (tally.made) expect(tally.excluded).toBeGreaterThan(tally.masks / 2);
    },
  );

  it("excludes none near a tie, a singular matrix or a double hyperplane", () => {
    for (let seed = 0; seed < 30; seed++) {
      expect(compare(onHyperplanes(seed, 7, 4), F64).wrong).toBe(0);
      expect(compare(hostile(seed, 7, 4), F64).wrong).toBe(0);
    }
  });

  it("excludes some without bounds", () => {
    let wrong = 0;
    for (let seed = 0; seed < 30; seed++) wrong += compare(onHyperplanes(seed, 7, 4), UNCHECKED).wrong;
    expect(wrong).toBeGreaterThan(0);
  });

  it("excludes no singular mask", () => {
    for (let seed = 0; seed < 20; seed++) {
      const system = arrangementOf("generic", 5, 3, seed);
      const U = system.U.map((x) => Math.round(x * 8) / 8 || 0.125);
      const V = system.V.rounded.slice();
      // unit 0 alone makes the first equation 0·z_0: M + v_0 u_0ᵀ is singular, exactly or up to 2^-50
      for (let k = 0; k < 3; k++) V[k] = k === 0 ? 0.5 / U[0] : 0;
      U[1] = seed % 2 === 0 ? 0 : 2 ** -50;
      U[2] = 0;
      const M = [-0.5, 0, 0, 0, -0.5, 0, 0, 0, -0.5];
      const near = { ...system, U, M: ExactArray.ofNumbers(M), V: ExactArray.ofNumbers(V) };
      const tally = compare(near, F64);
      expect(tally.made).toBe(true);
      expect(tally.wrong).toBe(0);
    }
  });

  it("is made only for small models in f64 with a regular M", () => {
    const made = (system: PiecewiseLinearSystem, precision: Precision) =>
      MaskFilter.of(stageModel(reduceSystem(system), precision, 0)) !== undefined;
    expect(made(arrangementOf("generic", 8, 3, 1), F64)).toBe(true);
    expect(made(arrangementOf("generic", 8, 3, 1), F32)).toBe(false);
    expect(made(arrangementOf("generic", 14, 3, 1), F64)).toBe(false);
    expect(made(arrangementOf("generic", 40, 3, 1), F64)).toBe(false);
    const singular = { ...arrangementOf("generic", 8, 3, 1), M: ExactArray.ofNumbers(new Float64Array(9)) };
    expect(made(singular, F64)).toBe(false);
  });
});
