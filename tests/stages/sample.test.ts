import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SeededSample } from "../../src/stages/sample.ts";

const everything = (sample: SeededSample, to: bigint): bigint[] => [...sample.within(0n, to)];

describe("a seeded sample", () => {
  it("has one number in each block, and no more at the edges of a range", () => {
    const sample = new SeededSample("a model", 64);
    const numbers = everything(sample, 6400n);
    expect(numbers.map((number) => number / 64n)).toEqual(Array.from({ length: 100 }, (_, block) => BigInt(block)));
    expect(sample.offsets(0n, 6400)).toEqual(numbers.map(Number));
    expect([...sample.within(numbers[3]!, numbers[3]! + 1n)]).toEqual([numbers[3]]);
    expect([...sample.within(numbers[3]! + 1n, numbers[4]!)]).toEqual([]);
    expect([...sample.within(5n, 5n)]).toEqual([]);
  });

  it("is that of its parts, however the work is divided, past 2^53 too", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 0, max: 12 }),
        fc.bigInt({ min: 0n, max: 2n ** 80n }),
        fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 8 }),
        (seed, bits, from, lengths) => {
          const sample = new SeededSample(seed, 2 ** bits);
          const parts: bigint[] = [];
          let at = from;
          for (const length of lengths) {
            const here = [...sample.within(at, at + BigInt(length))];
            const start = at;
            expect(sample.offsets(at, length)).toEqual(here.map((number) => Number(number - start)));
            parts.push(...here);
            at += BigInt(length);
          }
          expect(parts).toEqual([...sample.within(from, at)]);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  it("has a next number after any other", () => {
    const sample = new SeededSample("a model", 64);
    const numbers = everything(sample, 6400n);
    for (let at = 0; at < 99; at++) {
      expect(sample.next(numbers[at]!)).toBe(numbers[at]);
      expect(sample.next(numbers[at]! + 1n)).toBe(numbers[at + 1]);
    }
  });

  it("is the same for the same seed, and another for another seed or another block", () => {
    const of = (seed: string) => everything(new SeededSample(seed, 2 ** 16), 2n ** 26n);
    expect(of("a")).toEqual(of("a"));
    const places = new Set(of("a").map((number) => number % 2n ** 16n));
    expect(places.size).toBeGreaterThan(1000);
    const common = of("a").filter((number) => of("b").includes(number));
    expect(common.length).toBeLessThan(5);
  });

  it("is spread evenly over places", () => {
    const counts = new Array<number>(16).fill(0);
    for (const number of everything(new SeededSample("even", 16), 16n * 16000n)) counts[Number(number % 16n)]!++;
    // 1000 each, with a standard deviation of about 31
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(160);
  });

  it("takes one in a power of two", () => {
    for (const every of [0, 3, 2 ** 32, Number.NaN]) expect(() => new SeededSample("", every)).toThrow(/power of two/);
  });
});
