import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lowestExponentOf } from "../../src/exact/integers.ts";
import { TermSums } from "../../src/finalize/term-sums.ts";
import { add, type Dyadic, fromNumber, multiply } from "../../src/model/dyadic.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";

function systemOf(R: number, N: number, draw: () => number): PiecewiseLinearSystem {
  const numbers = (length: number) => Float64Array.from({ length }, draw);
  return {
    latentDim: R,
    hyperplanes: N,
    time: "discrete",
    M: ExactArray.ofNumbers(numbers(R * R)),
    g: ExactArray.ofNumbers(numbers(R)),
    U: numbers(N * R),
    V: ExactArray.ofNumbers(numbers(N * R)),
    h: ExactArray.ofNumbers(numbers(N)),
  };
}

function exponentOf({ U, V, h }: PiecewiseLinearSystem): number {
  const low = lowestExponentOf(V.numbers()) + Math.min(lowestExponentOf(U), lowestExponentOf(h.numbers()));
  return Number.isFinite(low) ? low : 0;
}

/** The same sums from dyadic numbers, one product after the other. */
function sumsOf({ latentDim: R, hyperplanes: N, U, V, h }: PiecewiseLinearSystem, mask: Uint32Array): Dyadic[] {
  const sums: Dyadic[] = new Array(R * (R + 1)).fill({ m: 0n, e: 0 });
  for (let j = 0; j < N; j++) {
    if (((mask[j >>> 5]! >>> (j & 31)) & 1) === 0) continue;
    for (let i = 0; i < R; i++) {
      for (let k = 0; k <= R; k++) {
        const at = k < R ? i * R + k : R * R + i;
        sums[at] = add(sums[at]!, multiply(V.at(j * R + i), k < R ? fromNumber(U[j * R + k]!) : h.at(j)));
      }
    }
  }
  return sums;
}

function turnTo(sums: TermSums, mask: Uint32Array): void {
  for (let w = 0; w < mask.length; w++) sums.turn(w, mask[w]!);
}

const values = (sums: TermSums, size: number): bigint[] => sums.read(new Array<bigint>(size).fill(0n));

describe("sums of rank-1 terms in words", () => {
  const small = fc.integer({ min: -3, max: 3 });
  const entry = fc.oneof(
    fc.double({ noNaN: true, min: -4, max: 4 }),
    fc.double({ noNaN: true, min: -(2 ** 300), max: 2 ** 300 }),
    fc.tuple(small, fc.integer({ min: -300, max: 300 })).map(([m, e]) => m * 2 ** e),
    fc.constantFrom(0, 5e-324, -(2 ** -1050), 2 ** 53 - 1, 1 - 2 ** -53, -(2 ** 300), (2 ** 27 - 1) * 2 ** 26 + 1),
  );

  it("are the exact ones after any way from mask to mask, for numbers of any size", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 40 }),
        fc.infiniteStream(entry),
        fc.array(fc.tuple(fc.nat(2 ** 32 - 1), fc.nat(2 ** 32 - 1)), { minLength: 1, maxLength: 6 }),
        (R, N, draw, ways) => {
          const system = systemOf(R, N, () => draw.next().value);
          const exponent = exponentOf(system);
          const sums = TermSums.of(system, exponent);
          if (sums === undefined) return;
          for (const way of ways) {
            const mask = Uint32Array.of(way[0] & (N < 32 ? 2 ** N - 1 : -1), N > 32 ? way[1] & (2 ** (N - 32) - 1) : 0);
            turnTo(sums, mask.subarray(0, Math.ceil(N / 32)));
            expect(values(sums, R * (R + 1))).toEqual(
              sumsOf(system, mask).map(({ m, e }) => (m === 0n ? 0n : m << BigInt(e - exponent))),
            );
          }
        },
      ),
      { seed: 3, numRuns: 300 },
    );
  });

  it("tell by how many hyperplanes masks differ, and begin anew", () => {
    let n = 0;
    const system = systemOf(2, 40, () => Math.sin(++n));
    const sums = TermSums.of(system, exponentOf(system))!;
    const mask = Uint32Array.of(0xf000000f, 0b11);
    expect(sums.distance(mask)).toBe(10);
    turnTo(sums, mask);
    expect(sums.distance(mask)).toBe(0);
    const before = values(sums, 6);
    const other = Uint32Array.of(0xf000000e, 0b11);
    turnTo(sums, other);
    expect(values(sums, 6)).not.toEqual(before);
    sums.clear();
    expect(sums.distance(mask)).toBe(10);
    turnTo(sums, mask);
    expect(values(sums, 6)).toEqual(before);
  });

  it("are not to be had of numbers that are no float64, nor of numbers too far apart", () => {
    const system = systemOf(2, 3, () => 1);
    const inexact = { ...system, h: ExactArray.ofDyadics(new Array(3).fill({ m: 2n ** 60n + 1n, e: 0 })) };
    expect(TermSums.of(inexact, 0)).toBeUndefined();
    expect(
      TermSums.of(
        systemOf(8, 2000, () => 1),
        -2000,
      ),
    ).toBeUndefined();
    expect(TermSums.of(system, 0)).toBeDefined();
  });
});
