import { describe, expect, it } from "vitest";
import { ownerDirections, perturbation } from "../../src/arrangement/directions.ts";
import { OwnerTie } from "../../src/arrangement/owner.ts";
import { expandMask, type ReducedSystem, reduceSystem } from "../../src/arrangement/reduce.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import { ExactDecision } from "../../src/regions/exact-decision.ts";
import { ExactMasks } from "../../src/regions/exact-mask.ts";
import { FloatAudit } from "../../src/regions/float-audit.ts";
import { subsets } from "../oracle/integers.ts";
import { ARRANGEMENT_KINDS, arrangementOf, farApart, hostile } from "./arrangements.ts";

const FULL = process.env.STILLPOINT_FULL === "1";

interface Seen {
  subsets: number;
  /** Subsets whose mask float64 tells. */
  masks: number;
  /** Subsets whose region float64 finds empty, and those whose region is. */
  empty: number;
  trulyEmpty: number;
}

function exactMask(masks: ExactMasks, subset: readonly number[]): Uint32Array | undefined | "tie" {
  try {
    return masks.of(subset);
  } catch (error) {
    if (error instanceof OwnerTie) return "tie";
    throw error;
  }
}

/** Holds every subset's mask and verdict to those in exact arithmetic. */
function compareAll(system: PiecewiseLinearSystem, seen: Seen): void {
  const reduced = reduceSystem(system);
  if (!reduced.fit) return;
  const audit = new FloatAudit(reduced, 0);
  const masks = new ExactMasks(reduced, 0);
  const decision = new ExactDecision(system);
  for (let k = 0; k <= reduced.columns.length; k++) {
    for (const subset of subsets(reduced.count, k)) {
      const exact = exactMask(masks, subset);
      const found = audit.maskOf(subset)?.slice();
      seen.subsets++;
      if (found !== undefined) {
        seen.masks++;
        expect([...found]).toEqual(bitsOf(reduced, exact));
      }
      const empty = audit.surelyEmpty(subset);
      if (exact === undefined || exact === "tie") {
        expect(empty).toBe(false);
        continue;
      }
      const whole = new Uint32Array(Math.max(1, Math.ceil(system.hyperplanes / 32)));
      expandMask(reduced, exact, 0, whole);
      const truly = !decision.holdsFixedPoint(whole);
      if (truly) seen.trulyEmpty++;
      if (!empty) continue;
      seen.empty++;
      expect(truly).toBe(true);
    }
  }
}

function bitsOf(reduced: ReducedSystem, mask: Uint32Array | undefined | "tie"): number[] | string {
  if (mask === undefined || mask === "tie") return String(mask);
  return Array.from({ length: reduced.count }, (_, j) => (mask[j >>> 5]! >>> (j & 31)) & 1);
}

const none = (): Seen => ({ subsets: 0, masks: 0, empty: 0, trulyEmpty: 0 });

describe("an audit in float64", () => {
  it.each([...ARRANGEMENT_KINDS, "hostile"] as const)(
    "has the masks and verdicts of rationals in %s arrangements",
    (kind) => {
      const seen = none();
      for (let seed = 0; seed < (FULL ? 40 : 3); seed++) {
        for (const [N, R] of [
          [6, 1],
          [9, 2],
          [10, 3],
          [7, 4],
          [3, 4],
        ] as const) {
          compareAll(kind === "hostile" ? hostile(seed, N, R) : arrangementOf(kind, N, R, seed), seen);
        }
      }
      expect(seen.empty).toBeGreaterThan(20);
    },
  );

  it("says nothing wrong of numbers far apart, most of which have a fixed point on hyperplanes", () => {
    const seen = none();
    for (let seed = 0; seed < (FULL ? 20_000 : 400); seed++) compareAll(farApart(seed, 1 + (seed % 3)), seen);
    expect(seen.masks).toBeGreaterThan(200);
    expect(seen.empty).toBeGreaterThan(20);
  });

  it("decides nearly all where nothing is degenerate", () => {
    const seen = none();
    compareAll(arrangementOf("generic", 40, 3, 7), seen);
    expect(seen.masks).toBe(seen.subsets);
    expect(seen.trulyEmpty - seen.empty).toBeLessThan(seen.subsets / 1000);
  });

  it("has the verdicts of rationals on all masks, regions or not, and leaves few open", () => {
    let [empty, trulyEmpty, held] = [0, 0, 0];
    for (let seed = 1; seed <= 12; seed++) {
      const system = arrangementOf(seed % 2 === 0 ? "generic" : "clipped", 9, 4, seed);
      const reduced = reduceSystem(system);
      const audit = new FloatAudit(reduced, 0);
      const decision = new ExactDecision(system);
      const whole = new Uint32Array(1);
      for (let mask = 0; mask < 2 ** reduced.count; mask++) {
        whole.fill(0);
        expandMask(reduced, Uint32Array.of(mask), 0, whole);
        const truly = !decision.holdsFixedPoint(whole);
        const said = audit.surelyEmptyMask(mask);
        if (truly) trulyEmpty++;
        else held++;
        if (!said) continue;
        empty++;
        expect(truly).toBe(true);
      }
    }
    // a verdict "empty" for every mask would be caught
    expect(held).toBeGreaterThan(0);
    expect(trulyEmpty - empty).toBeLessThan(trulyEmpty / 100);
  });

  it("says nothing wrong of any mask where numbers lie far apart or are hostile", () => {
    let empty = 0;
    for (let seed = 0; seed < 120; seed++) {
      const system = seed % 4 === 0 ? hostile(seed, 7, 3) : farApart(seed, 1 + (seed % 3));
      const reduced = reduceSystem(system);
      if (!reduced.fit) continue;
      const audit = new FloatAudit(reduced, 0);
      const decision = new ExactDecision(system);
      for (let mask = 0; mask < 2 ** reduced.count; mask++) {
        const whole = new Uint32Array(1);
        expandMask(reduced, Uint32Array.of(mask), 0, whole);
        if (!audit.surelyEmptyMask(mask)) continue;
        empty++;
        expect(decision.holdsFixedPoint(whole)).toBe(false);
      }
    }
    expect(empty).toBeGreaterThan(20);
  });

  it("tells the masks of central and clipped arrangements, but for points where offsets do not tell", () => {
    for (const kind of ["central", "clipped"] as const) {
      const seen = none();
      compareAll(arrangementOf(kind, 16, 3, 5), seen);
      // those that have no mask are dependent
      expect([kind, seen.subsets - seen.masks]).toEqual([kind, kind === "central" ? 0 : 8 + 8 * 14]);
    }
  });

  it("tells dependent subsets by rows that are equal or opposite, and takes no others for dependent", () => {
    for (const [times, told] of [
      [1, true],
      [-1, true],
      [3, false],
      [1 + 2 ** -52, false],
    ] as const) {
      const base = arrangementOf("generic", 3, 2, 1);
      const U = Float64Array.of(1, 0.75, 0.5, 1, times, 0.75 * times);
      const reduced = reduceSystem({ ...base, U, h: ExactArray.ofNumbers([0.25, 0.5, 2]) });
      const audit = new FloatAudit(reduced, 0);
      const places = [0, 1, 2].map((j) => reduced.source[j]!);
      const [first, other, last] = places as [number, number, number];
      expect([times, audit.surelyDependent([first, last].sort((a, b) => a - b))]).toEqual([times, told]);
      expect(audit.surelyDependent([first, other].sort((a, b) => a - b))).toBe(false);
      expect(audit.surelyDependent([last])).toBe(false);
    }
    for (const kind of ARRANGEMENT_KINDS) {
      const reduced = reduceSystem(arrangementOf(kind, 10, 3, 3));
      const audit = new FloatAudit(reduced, 0);
      const masks = new ExactMasks(reduced, 0);
      for (const subset of subsets(reduced.count, reduced.columns.length))
        if (audit.surelyDependent(subset)) expect(exactMask(masks, subset)).toBeUndefined();
    }
  });

  it("tells the side of a parallel hyperplane by the offsets, and none where these are equal once rounded", () => {
    const base = arrangementOf("generic", 3, 3, 1);
    const U = Float64Array.of(1, 0.5, 0.25, -1, -0.5, -0.25, 0.25, 1, 0.75);
    const at = (h: ExactArray) => {
      const reduced = reduceSystem({ ...base, U, h });
      return new FloatAudit(reduced, 0).maskOf([reduced.source[0]!])?.slice();
    };
    const above = at(ExactArray.ofNumbers([0.5, -0.25, 1]))!;
    const below = at(ExactArray.ofNumbers([0.25, -0.5, 1]))!;
    expect(above).toBeDefined();
    expect(above).not.toEqual(below);
    // 1/2 and 1/2 + 2^-80 are one number in float64
    const half = [
      { m: 1n, e: -1 },
      { m: -(2n ** 79n) - 1n, e: -80 },
      { m: 1n, e: 0 },
    ];
    expect(at(ExactArray.ofDyadics(half))).toBeUndefined();
  });

  it("tells no mask at the origin where the perturbation leaves a tie", () => {
    const base = arrangementOf("generic", 3, 2, 1);
    const [a, b, c] = [0, 1, 2].map((j) => perturbation(0, j)) as [number, number, number];
    // u₂ = (x, 1) with x·δ₀ + δ₁ = δ₂, as near as float64 comes to it, and not so near
    const along = (x: number) => {
      const U = Float64Array.of(1, 0, 0, 1, x, 1);
      const reduced = reduceSystem({ ...base, U, h: ExactArray.ofNumbers([0, 0, 0]) });
      expect([...reduced.source]).toEqual([0, 1, 2]);
      return new FloatAudit(reduced, 0).maskOf([0, 1])?.slice();
    };
    const tie = (c - b) / a;
    expect(along(tie)).toBeUndefined();
    const [less, more] = [along(tie - 2 ** -20)!, along(tie + 2 ** -20)!];
    expect(less[2]).not.toBe(more[2]);
  });

  it("tells no mask where three lines meet", () => {
    const base = arrangementOf("generic", 3, 2, 1);
    // u₂ = u₀ + u₁ and h₂ = h₀ + h₁, exactly
    const numbers = { U: Float64Array.of(1, 0, 0, 1, 1, 1), h: [0.25, 0.5, 0.75] };
    const meeting = reduceSystem({ ...base, U: numbers.U, h: ExactArray.ofNumbers(numbers.h) });
    expect(new FloatAudit(meeting, 0).maskOf([0, 1])).toBeUndefined();
    const apart = reduceSystem({
      ...base,
      U: numbers.U,
      h: ExactArray.ofNumbers([0.25, 0.5, 0.75 + 2 ** -20]),
    });
    expect(new FloatAudit(apart, 0).maskOf([0, 1])).toBeDefined();
  });

  it("tells no mask where an owner direction is a combination of the other hyperplanes' normals, or nearly so", () => {
    const base = arrangementOf("generic", 2, 2, 1);
    const direction = [...ownerDirections(2, 0).subarray(0, 2)] as [number, number];
    const along = (x: number) => {
      const U = Float64Array.of(1, 1, direction[0], direction[1] * (1 + x));
      return new FloatAudit(reduceSystem({ ...base, U, h: ExactArray.ofNumbers([0.25, 0.5]) }), 0).maskOf([0, 1]);
    };
    expect(along(0)).toBeUndefined();
    expect(along(2 ** -52)).toBeUndefined();
    expect(along(2 ** -20)).toBeDefined();
  });
});
