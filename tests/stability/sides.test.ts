import { describe, expect, it } from "vitest";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { sidesAt } from "../../src/stability/sides.ts";
import { hasInterior } from "../oracle/cone.ts";
import { plainSystem } from "../oracle/systems.ts";
import { Random } from "../support/random.ts";

/** A system of which only U matters, all hyperplanes through the origin. */
function central(U: readonly (readonly number[])[], R: number): PiecewiseLinearSystem {
  const zeros = U.map(() => new Array<number>(R).fill(0));
  const A = Array.from({ length: R }, () => new Array<number>(R).fill(0));
  return plainSystem({ A, U, V: zeros, hx: U.map(() => 0), hz: new Array<number>(R).fill(0) });
}

/** All settings of the ties by trying each, with the oracle's cones. */
function byTrying(U: readonly (readonly number[])[], R: number, active: readonly number[], ties: readonly number[]) {
  const found: number[][] = [];
  for (let setting = 0; setting < 2 ** ties.length; setting++) {
    // the first tie is the most significant bit: lexicographic order
    const bits = ties.map((_, k) => (setting >> (ties.length - 1 - k)) & 1);
    const rows = ties.map((j, k) => U[j]!.map((x) => BigInt(bits[k] ? x : -x)));
    const isZero = rows.map((row) => row.every((x) => x === 0n));
    if (isZero.some((zero, k) => zero && bits[k])) continue;
    if (
      !hasInterior(
        rows.filter((_, k) => !isZero[k]),
        R,
      )
    )
      continue;
    found.push([...active, ...ties.filter((_, k) => bits[k])].sort((a, b) => a - b));
  }
  return found;
}

describe("the sides of a point on hyperplanes", () => {
  it("are the cones with an interior, in lexicographic order", () => {
    const random = Random.of(21, "sides");
    for (let k = 0; k < 120; k++) {
      const R = random.integer(1, 4);
      const N = random.integer(1, 7);
      // small integers give zero rows, duplicates, flips and dependent rows
      const U = random.matrix(N, R, () => random.integer(-2, 2));
      const ties = Array.from({ length: N }, (_, j) => j).filter(() => random.unit() < 0.8);
      const active = Array.from({ length: N }, (_, j) => j).filter((j) => !ties.includes(j) && random.unit() < 0.5);
      const { sides, complete } = sidesAt(central(U, R), { active, ties }, 200);
      expect(sides).toEqual(byTrying(U, R, active, ties));
      expect(complete).toBe(true);
    }
  });

  it("no ties: one side; only rows without a normal: one side", () => {
    expect(sidesAt(central([[1]], 1), { active: [0], ties: [] }, 64)).toEqual({ sides: [[0]], complete: true });
    expect(sidesAt(central([[0], [0]], 1), { active: [], ties: [0, 1] }, 64)).toEqual({ sides: [[]], complete: true });
  });

  it("relu(x) and relu(−x): never both, never neither", () => {
    const { sides } = sidesAt(central([[3], [-0.5]], 1), { active: [], ties: [0, 1] }, 64);
    expect(sides).toEqual([[1], [0]]);
  });

  it("stops at the limit and says so", () => {
    const axes = Array.from({ length: 7 }, (_, i) => Array.from({ length: 7 }, (_, k) => (i === k ? 1 : 0)));
    const ties = [0, 1, 2, 3, 4, 5, 6];
    const cut = sidesAt(central(axes, 7), { active: [], ties }, 64);
    expect(cut.sides.length).toBe(64);
    expect(cut.complete).toBe(false);
    expect(cut.sides[1]).toEqual([6]);
    const whole = sidesAt(central(axes, 7), { active: [], ties }, 128);
    expect(whole.sides.length).toBe(128);
    expect(whole.complete).toBe(true);
    expect(whole.sides.slice(0, 64)).toEqual(cut.sides);
  });

  it("many hyperplanes through one point: no 2^k", () => {
    const random = Random.of(22, "central");
    const N = 60;
    const U = random.matrix(N, 3, () => random.real());
    const ties = Array.from({ length: N }, (_, j) => j);
    const { sides, complete } = sidesAt(central(U, 3), { active: [], ties }, 64);
    expect(sides.length).toBe(64);
    expect(complete).toBe(false);
  });
});
