import { describe, expect, it } from "vitest";
import { Equations } from "../../../src/cpu/refine/equations.ts";
import type { Wide } from "../../../src/cpu/refine/wide.ts";
import { solveFractionFree } from "../../../src/exact/elimination.ts";
import { abs } from "../../../src/exact/integers.ts";
import { OFFSET_ERROR, RefineBits } from "../../../src/stages/integer-model.ts";
import { random } from "../../regions/arrangements.ts";

const integerOf = ({ x, y, z }: Wide) => BigInt(x) + (BigInt(y) << 32n) + (BigInt(z | 0) << 64n);
const signOf = (x: bigint) => (x < 0n ? -1n : 1n);
const largestOf = (values: readonly bigint[]) => values.reduce((a, b) => (a > b ? a : b), 0n);
const sumOf = (values: readonly bigint[]) => values.reduce((a, b) => a + b, 0n);

/** A case in integers of any size: B̂ is R×R, b̂ has R entries. */
interface Given {
  readonly R: number;
  readonly B: readonly bigint[];
  readonly b: readonly bigint[];
  readonly E: number;
}

/** Numbers of `bits` bits; the second row is near the first or its opposite, by 2^-closeness. */
function given(seed: number, R: number, bits: number, closeness: number, E: number): Given {
  const next = random(seed);
  const integer = () => BigInt(Math.floor((2 * next() - 1) * 2 ** bits));
  const B = Array.from({ length: R * R }, integer);
  const sign = seed % 4 < 2 ? 1n : -1n;
  for (let c = 0; closeness > 0 && c < R && R > 1; c++) B[R + c] = sign * B[c]! + (B[R + c]! >> BigInt(closeness));
  return { R, B, b: Array.from({ length: R }, integer), E };
}

function equationsOf({ R, B, b }: Given): Equations {
  const equations = new Equations(R);
  const put = (at: number, x: bigint) => {
    equations.low[at] = Number(BigInt.asUintN(32, x));
    equations.high[at] = Number(BigInt.asUintN(32, x >> 32n));
  };
  for (let i = 0; i < R; i++) {
    for (let c = 0; c < R; c++) put(i * (R + 1) + c, B[i * R + c]!);
    put(i * (R + 1) + R, b[i]!);
  }
  return equations;
}

/** Makes X̂ one of (I − F)B⁻¹, ‖F‖∞ about `by`: whatever it is, the bounds must hold. */
function spoil(equations: Equations, R: number, by: number, seed: number): void {
  const next = random(seed);
  const X = Float64Array.from(equations.inverse);
  for (let i = 0; i < R; i++) {
    const row = Array.from({ length: R }, () => ((by * (0.5 + next())) / R) * (next() < 0.5 ? -1 : 1));
    for (let c = 0; c < R; c++) {
      equations.inverse[i * R + c] = Math.round(row.reduce((sum, f, k) => sum - f * X[k * R + c]!, X[i * R + c]!) / 2);
    }
  }
  equations.product--;
}

const inverseOf = (equations: Equations) => Array.from(equations.inverse, BigInt);

/** 2^K ‖I − XB‖∞ for the matrices B, within E of B̂, at which it is largest: every sum over a row at its own. */
function worstDefect(equations: Equations, { R, B, E }: Given): bigint {
  const X = inverseOf(equations);
  return largestOf(
    Array.from({ length: R }, (_, i) => {
      const residues = (entries: readonly bigint[]) =>
        Array.from({ length: R }, (_, c) => {
          const product = sumOf(Array.from({ length: R }, (_, k) => X[i * R + k]! * entries[k * R + c]!));
          return product - (i === c ? 1n << BigInt(equations.product) : 0n);
        });
      const away = residues(B).map(signOf);
      const moved = B.map((x, at) => x + BigInt(E) * away[at % R]! * signOf(X[i * R + Math.floor(at / R)]!));
      return sumOf(residues(moved).map(abs));
    }),
  );
}

/** Cases of all sizes, dimensions, condition numbers and errors of entries; with X̂ as found, and spoilt. */
function* cases(errors: readonly number[]): Generator<{ name: string; case: Given; equations: Equations }> {
  let seed = 0;
  for (const R of [1, 2, 3, 5, 16]) {
    for (const bits of [24, 40, 57]) {
      for (const closeness of [0, 6, 12]) {
        for (const E of errors) {
          for (const by of [0, 0.02, 0.2, 0.24, 0.3, 0.5]) {
            const next = given(++seed, R, bits, closeness, E);
            const equations = equationsOf(next);
            if (!equations.invert()) continue;
            if (by > 0) spoil(equations, R, by, seed);
            yield { name: `R = ${R}, 2^${bits}, ${closeness}, E = ${E}, spoilt by ${by}`, case: next, equations };
          }
        }
      }
    }
  }
}

describe("q of the integers", () => {
  it("is what I − XB may come to for matrices within E, and hardly more; from 1/4 on there is none", () => {
    let ofErrors = 0;
    let ofRows = 0;
    let refused = 0;
    for (const { name, case: next, equations } of cases([0, 1, 2 ** 10, 2 ** 20])) {
      const { R, E } = next;
      const one = 1n << BigInt(equations.product);
      const worst = worstDefect(equations, next);
      // 2^-30, and up to 2^4 for each entry of X̂
      const rounding = 2n * (one >> 30n) + BigInt(16 * R * R * E) + 1n;
      const regular = equations.boundDefect(E);
      if (!regular) {
        refused++;
        expect(4n * (worst + rounding) >= one, `${name} is refused`).toBe(true);
        if (4n * worst < one << 1n && R > 2) ofRows++;
        continue;
      }
      const q = (BigInt(equations.defect) * one) >> 30n;
      expect(4n * worst < one, `${name} is taken`).toBe(true);
      expect(q >= worst, `${name}: q is too small`).toBe(true);
      expect(q <= worst + rounding, `${name}: q is too large`).toBe(true);
      if (worst - worstDefect(equations, { ...next, E: 0 }) > worst >> 1n) ofErrors++;
    }
    expect(ofErrors).toBeGreaterThan(20);
    expect(ofRows).toBeGreaterThan(20);
    expect(refused).toBeGreaterThan(100);
  });

  it("is refused where the sum over a row would leave 96 bits, and look small", () => {
    const R = 16;
    const K = 80;
    // each product is −2^92, but for those of one column, which make 2^96 + 2^K/8 of the sum
    const B = Array.from({ length: R * R }, (_, at) => (at % R === 0 ? 7n * 2n ** BigInt(K - 37) : 0n) - 2n ** 58n);
    const equations = equationsOf({ R, B, b: B.slice(0, R), E: 0 });
    equations.inverse.fill(2 ** 30);
    equations.product = K;
    const wrapped = worstDefect(equations, { R, B, b: [], E: 0 }) - 2n ** 96n;
    expect(wrapped).toBe(2n ** BigInt(K - 3));
    expect(equations.boundDefect(0)).toBe(false);
  });

  it("sums rows of X̂ to no less than they are, and 2^4 more for each entry", () => {
    for (const { name, case: next, equations } of cases([0])) {
      if (!equations.boundDefect(0)) continue;
      const { R } = next;
      const X = inverseOf(equations);
      const row = largestOf(Array.from({ length: R }, (_, i) => sumOf(X.slice(i * R, i * R + R).map(abs))));
      expect(16n * BigInt(equations.row) > row, name).toBe(true);
      expect(16n * BigInt(equations.row) <= row + BigInt(16 * R), name).toBe(true);
    }
  });
});

/** What the step would be without losing bits of the residual, at b̂ and B̂ off by E in the worst way, times 2^(K − 28). */
function exactStep(equations: Equations, { R, B, b, E }: Given, i: number, towards: bigint): bigint {
  const X = inverseOf(equations);
  const coarse = Array.from(equations.coarse, BigInt);
  const one = 1n << BigInt(equations.scale);
  return sumOf(
    Array.from({ length: R }, (_, k) => {
      const off = BigInt(E) * towards * signOf(X[i * R + k]!);
      const right = (b[k]! + off) * one;
      const left = sumOf(coarse.map((y, c) => (B[k * R + c]! - off * signOf(y)) * y));
      return X[i * R + k]! * (right - left);
    }),
  );
}

/** The most that a residual may lose where it has more bits than are kept. */
function mostLost(equations: Equations, { R, B, b }: Given): bigint {
  const coarse = Array.from(equations.coarse, BigInt);
  const residuals = b.map((right, k) => {
    return (right << BigInt(equations.scale)) - sumOf(coarse.map((y, c) => B[k * R + c]! * y));
  });
  const bits = largestOf(residuals.map(abs)).toString(2).length;
  return 2n ** BigInt(Math.max(0, bits - RefineBits.residual)) - 1n;
}

/** How far the steps are from what they would be with exact residuals, over what they are said to be; in floats. */
function ofSpread(name: string, next: Given, equations: Equations): number {
  const spread = integerOf(equations.spread);
  const shift = BigInt(equations.product - RefineBits.finer);
  const X = inverseOf(equations);
  const lost = mostLost(equations, next);
  let reached = 0;
  for (let i = 0; i < next.R; i++) {
    const row = sumOf(X.slice(i * next.R, (i + 1) * next.R).map(abs));
    expect(row * lost <= (spread + 1n) << shift, `${name}: what a residual may lose does more than is said`).toBe(true);
    const step = integerOf(equations.point[i]!) - (BigInt(equations.coarse[i]!) << BigInt(RefineBits.finer));
    for (const towards of [-1n, 1n]) {
      const off = abs(exactStep(equations, next, i, towards) - (step << shift));
      // a step and its spread are cut off
      expect(off <= (spread + 2n) << shift, `${name}: the residual does more than is said`).toBe(true);
      if (spread > 8n) reached = Math.max(reached, Number(off >> shift) / Number(spread));
    }
  }
  return reached;
}

describe("a point in integers", () => {
  it("errs by less than its bound where b and B are those of the integers, at each corner of their errors", () => {
    let reached = 0;
    for (const { name, case: next, equations } of cases([0, 1, 2 ** 14])) {
      const { R, B, b, E } = next;
      if (!equations.boundDefect(E) || !equations.locate(E)) continue;
      const error = integerOf(equations.error);
      for (const corner of [0, 1, 2, 3]) {
        const sign = random(corner);
        const off = (x: bigint) => (corner === 0 ? x : x + BigInt(E) * (sign() < 0.5 ? -1n : 1n));
        const { X, determinant } = solveFractionFree(B.map(off), R, b.map(off), 1)!;
        for (let i = 0; i < R; i++) {
          const exact = X[i]! << BigInt(equations.scale + RefineBits.finer);
          const apart = abs(integerOf(equations.point[i]!) * determinant - exact);
          expect(apart <= error * abs(determinant), `${name}: y[${i}]`).toBe(true);
          reached = Math.max(reached, Number((1024n * apart) / (error * abs(determinant))) / 1024);
        }
      }
    }
    expect(reached).toBeGreaterThan(0.25);
  });

  it("has signs that are sure past the bound, and none within", () => {
    let open = 0;
    for (const { name, case: next, equations } of cases([0, 2 ** 14])) {
      const { R, B } = next;
      // the first coordinate is 0, the others are 1
      const b = Array.from({ length: R }, (_, i) => sumOf(B.slice(i * R + 1, (i + 1) * R)));
      const through = equationsOf({ ...next, b });
      through.inverse.set(equations.inverse);
      through.product = equations.product;
      if (!through.boundDefect(next.E) || !through.locate(next.E)) continue;
      const error = integerOf(through.error);
      expect(through.signOf(0), name).toBe(0);
      through.point.map(integerOf).forEach((y, i) => {
        expect(through.signOf(i), name).toBe(y > error ? 1 : y < -error ? -1 : 0);
      });
      if (integerOf(through.point[0]!) !== 0n) open++;
    }
    expect(open).toBeGreaterThan(20);
  });

  it.each([
    ["E", [2 ** 10, 2 ** 20], 0.5],
    ["the bits that the residual loses", [0], 0.25],
  ] as const)("errs by what comes of %s as far as is said, and no more than some times less", (_, errors, share) => {
    let reached = 0;
    for (const { name, case: next, equations } of cases(errors)) {
      if (!equations.boundDefect(next.E) || !equations.locate(next.E)) continue;
      reached = Math.max(reached, ofSpread(name, next, equations));
    }
    expect(reached).toBeGreaterThan(share);
  });
});

describe("the side of a hyperplane", () => {
  /** û of R entries. */
  const rowOf = (R: number, seed: number) => {
    const next = random(seed);
    return Int32Array.from({ length: R }, () => Math.floor((2 * next() - 1) * 2 ** 29));
  };

  it("is that of the value, which errs by less than its bound and, at a corner of all errors, by nearly as much", () => {
    let reached = 0;
    let decided = 0;
    for (const { name, case: next, equations } of cases([0, 1, 2 ** 14])) {
      const { R, E } = next;
      if (!equations.boundDefect(E) || !equations.locate(E)) continue;
      const u = rowOf(R, R + E);
      const h = BigInt(R % 2 === 0 ? 2 ** 40 : -(2 ** 50));
      const [low, high] = [Number(BigInt.asUintN(32, h)), Number(BigInt.asUintN(32, h >> 32n))];
      // 2^28 ‖u‖₁ ≤ Σ|û| + R/2, in units of 2^-18
      const norm = Math.ceil((u.reduce((sum, x) => sum + Math.abs(x), 0) + R / 2) / 2 ** 10);
      const side = equations.side(new Uint32Array(u.buffer), 0, norm, low, high, OFFSET_ERROR);
      const value = integerOf(equations.value);
      const bound = integerOf(equations.bound);
      const y = equations.point.map(integerOf);
      const one = 1n << BigInt(equations.scale);
      expect(sumOf(y.map((x, c) => BigInt(u[c]!) * x)) - one * h, name).toBe(value);
      expect(side, name).toBe(value > bound ? 1 : value < -bound ? -1 : 0);
      if (side !== 0) decided++;
      // twice the value, with u off by a half, y by ε and h by 16, each to the same side
      const error = integerOf(equations.error);
      const there = y.map((x, c) => (2n * BigInt(u[c]!) + signOf(x)) * (x + signOf(BigInt(u[c]!)) * error));
      const corner = abs(sumOf(there) - 2n * one * (h - BigInt(OFFSET_ERROR)) - 2n * value);
      expect(corner <= 2n * bound, `${name}: errs by more`).toBe(true);
      reached = Math.max(reached, Number((1024n * corner) / (2n * bound)) / 1024);
    }
    expect(decided).toBeGreaterThan(50);
    expect(reached).toBeGreaterThan(0.9);
  });

  it("of a point at 0 is open as far as its offset may err, and no farther", () => {
    const equations = equationsOf({ R: 1, B: [2n ** 57n], b: [0n], E: 0 });
    expect(equations.invert() && equations.boundDefect(0) && equations.locate(0)).toBe(true);
    const sideOf = (h: number) => equations.side(Uint32Array.of(0), 0, 1, h, h >> 31, OFFSET_ERROR);
    expect([-OFFSET_ERROR - 1, -OFFSET_ERROR, OFFSET_ERROR, OFFSET_ERROR + 1].map(sideOf)).toEqual([1, 0, 0, -1]);
  });
});
