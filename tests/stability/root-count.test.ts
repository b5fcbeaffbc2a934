import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scaleToIntegers } from "../../src/exact/integers.ts";
import { type ExactMatrix, rounded } from "../../src/exact/matrix.ts";
import { eigen } from "../../src/float/eigen.ts";
import {
  characteristicPolynomial,
  countRoots,
  type Polynomial,
  type RootCount,
} from "../../src/stability/root-count.ts";
import { Random } from "../support/random.ts";

const exact = (n: number, a: ArrayLike<number>): ExactMatrix => {
  const { values, exponent } = scaleToIntegers(a);
  return { n, integers: values, exponent };
};

const times = (p: Polynomial, q: Polynomial): bigint[] => {
  const out = new Array<bigint>(p.length + q.length - 1).fill(0n);
  p.forEach((a, i) => {
    q.forEach((b, k) => {
      out[i + k]! += a * b;
    });
  });
  return out;
};

/** Integer factors, and where their roots lie in discrete and in continuous time. */
const FACTORS: readonly { p: Polynomial; discrete: RootCount; continuous: RootCount }[] = (
  [
    [[-1n, 1n], "0 1 0", "0 0 1"], // 1
    [[1n, 1n], "0 1 0", "1 0 0"], // −1
    [[0n, 1n], "1 0 0", "0 1 0"], // 0
    [[1n, 0n, 1n], "0 2 0", "0 2 0"], // ±i
    [[5n, -6n, 5n], "0 2 0", "0 0 2"], // (3 ± 4i)/5
    [[13n, 24n, 13n], "0 2 0", "2 0 0"], // (−12 ± 5i)/13
    [[1n, -2n], "1 0 0", "0 0 1"], // ½
    [[2n, 1n], "0 0 1", "1 0 0"], // −2
    [[-2n, 1n], "0 0 1", "0 0 1"], // 2
    [[4n, 0n, 1n], "0 0 2", "0 2 0"], // ±2i
    [[1n, 0n, 4n], "2 0 0", "0 2 0"], // ±i/2
    [[-1n, 0n, 2n], "2 0 0", "1 0 1"], // ±1/√2
    [[-2n, 0n, 1n], "0 0 2", "1 0 1"], // ±√2
    [[2n, 2n, 1n], "0 0 2", "2 0 0"], // −1 ± i
    [[4n, 0n, 0n, 0n, 1n], "0 0 4", "2 0 2"], // ±1 ± i
    [[-1001n, 1000n], "0 0 1", "0 0 1"], // just outside
    [[-999n, 1000n], "1 0 0", "0 0 1"], // just inside
    [[1n, -3n, 1n], "1 0 1", "0 0 2"], // (3 ± √5)/2, a reciprocal pair off the circle
    [[1n, -1n, 1n, -1n, 1n], "0 4 0", "2 0 2"], // primitive tenth roots of unity
  ] as const
).map(([p, discrete, continuous]) => ({ p, discrete: parse(discrete), continuous: parse(continuous) }));

function parse(text: string): RootCount {
  const [inside, boundary, outside] = text.split(" ").map(Number) as [number, number, number];
  return { inside, boundary, outside };
}

describe("counting roots by exact arithmetic", () => {
  it.each(FACTORS)("$p alone", ({ p, discrete, continuous }) => {
    expect(countRoots(p, "discrete")).toEqual(discrete);
    expect(countRoots(p, "continuous")).toEqual(continuous);
    expect(
      countRoots(
        p.map((c) => -c),
        "discrete",
      ),
    ).toEqual(discrete);
  });

  it("products of known factors, with every multiplicity", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...FACTORS), { minLength: 1, maxLength: 7 }), (factors) => {
        const p = factors.reduce<Polynomial>((product, factor) => times(product, factor.p), [1n]);
        for (const time of ["discrete", "continuous"] as const) {
          const expected = { inside: 0, boundary: 0, outside: 0 };
          for (const factor of factors) {
            expected.inside += factor[time].inside;
            expected.boundary += factor[time].boundary;
            expected.outside += factor[time].outside;
          }
          expect(countRoots(p, time)).toEqual(expected);
        }
      }),
      { seed: 11, numRuns: 400 },
    );
  });

  it("tells a root 2^-60 off the circle from one on it", () => {
    const one = 1n << 60n;
    for (const [shift, expected] of [
      [-1n, parse("1 0 0")],
      [0n, parse("0 1 0")],
      [1n, parse("0 0 1")],
    ] as const) {
      expect(countRoots([-(one + shift), one], "discrete")).toEqual(expected);
      // 3/5 ± 4/5 i, times 1 + shift·2^-60
      const scaled = [25n * (one + shift) ** 2n, -30n * (one + shift) * one, 25n * one * one];
      expect(countRoots(scaled, "discrete").boundary).toBe(2 * expected.boundary);
    }
  });

  it("constants have no roots; the zero polynomial is refused", () => {
    expect(countRoots([5n], "discrete")).toEqual(parse("0 0 0"));
    expect(countRoots([5n, 0n], "continuous")).toEqual(parse("0 0 0"));
    expect(() => countRoots([0n, 0n], "discrete")).toThrow(RangeError);
  });
});

describe("characteristic polynomial", () => {
  it("of matrices worked by hand", () => {
    expect(characteristicPolynomial(exact(2, [2, 1, 0, 0.5]))).toEqual([2n, -5n, 2n]);
    expect(characteristicPolynomial(exact(3, [0, -1, 0, 1, 0, 1, 0, -1, 0]))).toEqual([0n, 2n, 0n, 1n]);
    expect(characteristicPolynomial(exact(2, [8, 0, 0, 16]))).toEqual([128n, -24n, 1n]);
    expect(characteristicPolynomial(exact(2, [0, 0, 0, 0]))).toEqual([0n, 0n, 1n]);
  });

  it("counts agree with eigenvalues that are clear of the boundary", () => {
    const random = Random.of(5, "count against eigenvalues");
    for (let k = 0; k < 200; k++) {
      const n = random.integer(1, 8);
      const J = exact(
        n,
        Array.from({ length: n * n }, () => random.normal() / Math.sqrt(n)),
      );
      const result = eigen(rounded(J), n);
      if (!result.ok) throw new Error(result.message);
      for (const time of ["discrete", "continuous"] as const) {
        const offsets = result.values.map(([re, im]) => (time === "discrete" ? Math.hypot(re, im) - 1 : re));
        if (offsets.some((offset) => Math.abs(offset) < 1e-9)) continue;
        const inside = offsets.filter((offset) => offset < 0).length;
        expect(countRoots(characteristicPolynomial(J), time)).toEqual({ inside, boundary: 0, outside: n - inside });
      }
    }
  });
});
