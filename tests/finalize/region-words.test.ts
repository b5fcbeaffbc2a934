import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { solveFractionFree } from "../../src/exact/elimination.ts";
import { rounded } from "../../src/exact/matrix.ts";
import { roundQuotient } from "../../src/exact/rounding.ts";
import { ExactRegions } from "../../src/finalize/exact-region.ts";
import { roundedWords, solveInWords } from "../../src/finalize/region-words.ts";
import { toNumber } from "../../src/model/dyadic.ts";
import { plus } from "../../src/model/exact-number.ts";
import { ExactArray, type PiecewiseLinearSystem, type Time } from "../../src/model/system.ts";
import { jacobian } from "../../src/stability/linearisation.ts";

interface Numbers {
  readonly R: number;
  readonly N: number;
  readonly time: Time;
  readonly draw: () => number;
  /** How far the diagonal of A − I is from a float64. */
  readonly one: number;
}

function systemOf({ R, N, time, draw, one }: Numbers): PiecewiseLinearSystem {
  const numbers = (length: number) => Float64Array.from({ length }, draw);
  const A = Array.from(numbers(R * R));
  return {
    latentDim: R,
    hyperplanes: N,
    time,
    M: ExactArray.of(A.map((x, at) => (at % (R + 1) === 0 ? plus(x, -one) : x))),
    g: ExactArray.ofNumbers(numbers(R)),
    U: numbers(N * R),
    V: ExactArray.ofNumbers(numbers(N * R)),
    h: ExactArray.ofNumbers(numbers(N)),
  };
}

/** The same by integers; undefined for a singular matrix. */
function exactly(system: PiecewiseLinearSystem, mask: Uint32Array) {
  const { latentDim: R } = system;
  const regions = new ExactRegions(system);
  const { J, b } = regions.region(mask);
  const solved = solveFractionFree(J, R, b, 1);
  if (solved === undefined) return undefined;
  const z: number[] = [];
  const errors: number[] = [];
  for (let k = 0; k < R; k++) roundQuotient(solved.X[k]!, solved.determinant, z, errors, k);
  return { z, error: Math.max(...errors), determinantSign: solved.determinant > 0n ? 1 : -1 };
}

function exactJacobian(system: PiecewiseLinearSystem, mask: Uint32Array): Float64Array {
  const { latentDim: n } = system;
  const regions = new ExactRegions(system);
  return rounded(jacobian(system, [], { n, integers: regions.region(mask).J, exponent: regions.exponent }));
}

const small = fc.integer({ min: -3, max: 3 });
/** As random numbers are: all 53 bits, and none of them tiny. */
const usual = fc
  .tuple(fc.integer({ min: -(2 ** 27), max: 2 ** 27 }), fc.integer({ min: 0, max: 2 ** 26 - 1 }))
  .map(([high, low]) => high * 2 ** -26 + low * 2 ** -52);
const entries: Readonly<Record<string, fc.Arbitrary<number>>> = {
  usual,
  small: fc.oneof(small, fc.constantFrom(0.5, 2 ** 53 - 1, 1 - 2 ** -53, 2 ** 52 + 1)),
  "far apart": fc.tuple(small, fc.integer({ min: -60, max: 60 })).map(([m, e]) => m * 2 ** e),
  huge: usual.map((x) => x * 2 ** 298),
  tiny: usual.map((x) => x * 2 ** -298),
  mixed: fc.oneof(
    { weight: 8, arbitrary: usual },
    fc.constantFrom(0, -0, 5e-324, -(2 ** -1050), 2 ** 300, -(2 ** 300), (2 ** 27 - 1) * 2 ** 26 + 1),
  ),
};

describe("a region in words", () => {
  for (const [name, entry] of Object.entries(entries)) {
    it(`has the solution, its error and the Jacobian that integers give, or none: ${name} numbers`, () => {
      let [all, decided, jacobians] = [0, 0, 0];
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 4 }),
          fc.integer({ min: 0, max: 40 }),
          fc.constantFrom<Time>("discrete", "continuous"),
          fc.constantFrom(0, 1, 2 ** -70),
          fc.infiniteStream(entry),
          fc.infiniteStream(fc.integer({ min: 0, max: 2 ** 32 - 1 })),
          (R, N, time, one, stream, words) => {
            const system = systemOf({ R, N, time, one, draw: () => stream.next().value });
            const mask = Uint32Array.from({ length: Math.max(1, Math.ceil(N / 32)) }, () => words.next().value);
            mask[mask.length - 1]! &= N % 32 === 0 && N > 0 ? -1 : 2 ** (N % 32) - 1;
            all++;
            const found = solveInWords(system, mask);
            if (found === undefined) return;
            decided++;
            expect(found.solution).toEqual(exactly(system, mask));
            if (found.jacobian === undefined) return;
            jacobians++;
            expect(found.jacobian).toEqual(exactJacobian(system, mask));
          },
        ),
        { seed: 11, numRuns: 300 },
      );
      const share = name === "usual" ? 0.95 : name === "mixed" || name === "tiny" ? 0 : 0.3;
      expect(decided).toBeGreaterThanOrEqual(share * all);
      if (name === "usual") expect(jacobians).toBeGreaterThan(0.95 * decided);
    });
  }

  const two = (V: number[]): PiecewiseLinearSystem => ({
    latentDim: 2,
    hyperplanes: 1,
    time: "discrete",
    M: ExactArray.ofNumbers([-0.5, 0.25, 0.125, -0.75]),
    g: ExactArray.ofNumbers([0.3, -0.7]),
    U: Float64Array.of(0.6, -1.1),
    V: ExactArray.ofNumbers(V),
    h: ExactArray.ofNumbers([0.2]),
  });
  const ON = Uint32Array.of(1);

  it("may have hundreds of hyperplanes, and not a thousand", () => {
    let seed = 1;
    const draw = () => {
      seed = (seed * 48271) % (2 ** 31 - 1);
      return seed / 2 ** 30 - 1;
    };
    const some = systemOf({ R: 4, N: 512, time: "discrete", draw, one: 1 });
    const all = new Uint32Array(16).fill(2 ** 32 - 1);
    expect(solveInWords(some, all)?.solution).toEqual(exactly(some, all));
    expect(solveInWords(some, all)?.jacobian).toEqual(exactJacobian(some, all));
    const many = systemOf({ R: 4, N: 1024, time: "discrete", draw, one: 1 });
    expect(solveInWords(many, new Uint32Array(32).fill(2 ** 32 - 1))).toBeUndefined();
  });

  it("sees the last bit of a number", () => {
    const system = two([0.4, 0.9]);
    const other = two([0.4 + 2 ** -54, 0.9]);
    const found = solveInWords(system, ON);
    expect(found?.solution).toEqual(exactly(system, ON));
    // the points round alike, and their errors do not
    expect(found?.solution).not.toEqual(exactly(other, ON));
    expect(solveInWords(other, ON)?.solution).toEqual(exactly(other, ON));
  });

  it("is not decided where its matrix is singular, where a coordinate is a tie of rounding, or of too many words", () => {
    const line = (M: number, g: number, time: Time = "continuous"): PiecewiseLinearSystem => ({
      latentDim: 1,
      hyperplanes: 0,
      time,
      M: ExactArray.ofNumbers([M]),
      g: ExactArray.ofNumbers([g]),
      U: new Float64Array(0),
      V: ExactArray.ofNumbers([]),
      h: ExactArray.ofNumbers([]),
    });
    const none = Uint32Array.of(0);
    expect(solveInWords(line(0, 1), none)).toBeUndefined();
    expect(solveInWords(line(0, 0), none)).toBeUndefined();
    // 2^53 + 1 lies between two float64 numbers
    expect(solveInWords({ ...line(2, 0), g: ExactArray.of([plus(2 ** 54, 2)]) }, none)).toBeUndefined();
    expect(solveInWords(line(2 ** 300, 2 ** -300), none)).toBeUndefined();
    // 1 + 2^-53 lies between two float64 numbers; 1 + 2^-53 + 2^-60 does not
    expect(solveInWords(line(2 ** -53, 1, "discrete"), none)?.jacobian).toEqual(Float64Array.of(1));
    expect(solveInWords(line(2 ** -53 + 2 ** -60, 1, "discrete"), none)?.jacobian).toEqual(
      Float64Array.of(1 + 2 ** -52),
    );
  });

  it("has no words for numbers that are no float64 in V or h", () => {
    const system = two([0.4, 0.9]);
    const V = ExactArray.of([plus(1, 2 ** -80), 0.9]);
    expect(solveInWords({ ...system, V }, ON)).toBeUndefined();
    expect(solveInWords({ ...system, h: ExactArray.of([plus(1, 2 ** -80)]) }, ON)).toBeUndefined();
  });
});

describe("words rounded to a float64", () => {
  const HALF = 2 ** 31;
  const word = fc.oneof(
    fc.integer({ min: -HALF, max: HALF }),
    fc.constantFrom(0, 1, -1, HALF, -HALF, HALF - 1, 2 ** 20, -(2 ** 10)),
  );

  it("are the nearest one, the even one of two, or nothing", () => {
    let decided = 0;
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), fc.integer({ min: -400, max: 300 }), (list, e) => {
        const m = list.reduceRight((sum, x) => (sum << 32n) + BigInt(x), 0n);
        const found = roundedWords(Float64Array.from(list), list.length, e);
        if (found === undefined) return;
        decided++;
        expect(found).toBe(toNumber({ m, e }));
      }),
      { seed: 12, numRuns: 3000 },
    );
    expect(decided).toBeGreaterThan(2800);
  });

  it("tell which side of a tie the last word is on, and nothing where it may be either", () => {
    // 2^96 + 2^43 + d, in words; half a unit in the last place of 2^96 is 2^43
    const near = (d: number) => roundedWords(Float64Array.of(d, 2 ** 11, 0, 1), 4, 0);
    expect(near(2 ** 10)).toBe(2 ** 96 + 2 ** 44);
    expect(near(-(2 ** 10))).toBe(2 ** 96);
    expect(near(0)).toBe(2 ** 96);
    const farther = (d: number) => roundedWords(Float64Array.of(d, 0, 2 ** 11, 0, 1), 5, 0);
    expect([undefined, 2 ** 128 + 2 ** 76]).toContain(farther(1));
    expect(roundedWords(Float64Array.of(0, 0), 2, 5)).toBe(0);
    expect(roundedWords(Float64Array.of(1), 1, 1000)).toBeUndefined();
    expect(roundedWords(Float64Array.of(1), 1, -1000)).toBeUndefined();
  });
});
