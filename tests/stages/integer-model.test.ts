import { describe, expect, it } from "vitest";
import { reduceSystem } from "../../src/arrangement/reduce.ts";
import {
  add,
  multiply,
  ofDyadic,
  ofInteger,
  ofNumber,
  type Rational,
  subtract,
  toNumber,
} from "../../src/exact/rational.ts";
import { F32 } from "../../src/float/precision.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import { IntegerBits, integerLayout, integerScales, OFFSET_ERROR } from "../../src/stages/integer-model.ts";
import { stageModel } from "../../src/stages/stage-model.ts";
import { arrangementOf } from "../regions/arrangements.ts";

const R = 3;

/** Systems whose offsets are no float64, half between two, near the power of two at which this weighs most. */
function system(seed: number): PiecewiseLinearSystem {
  const generic = arrangementOf("generic", 12, R, seed);
  const between = (j: number) => ({
    m: (2n ** 52n + BigInt(j)) * 2n ** 20n + (j % 2 === 0 ? 2n ** 19n : 2n ** 19n + 1n),
    e: -73,
  });
  return { ...generic, h: ExactArray.ofDyadics(Array.from({ length: 12 }, (_, j) => between(j))) };
}

const pair = (words: Uint32Array, at: number) => BigInt(words[at]!) + (BigInt(words[at + 1]! | 0) << 32n);
const power = (e: number) => ofDyadic({ m: 1n, e });

describe("a model in integers", () => {
  const { base, planes, stride, row, error } = integerLayout(R);

  it("has offsets that err by less than is said, and by a quarter of this", () => {
    let largest = 0;
    for (let seed = 1; seed <= 5; seed++) {
      const reduced = reduceSystem(system(seed));
      const { s } = integerScales(reduced)!;
      const words = stageModel(reduced, F32, 0).integers;
      for (let j = 0; j < reduced.count; j++) {
        const exact = multiply(ofDyadic(reduced.h.at(j)), power(IntegerBits.offset - s));
        const off = Math.abs(toNumber(subtract(ofInteger(pair(words, planes + j * stride + row + R)), exact)));
        expect(off).toBeLessThanOrEqual(OFFSET_ERROR);
        largest = Math.max(largest, off);
      }
    }
    expect(largest).toBeGreaterThanOrEqual(OFFSET_ERROR / 4);
  });

  it("has rows that are rounded by at most a half, and norms that are not too small", () => {
    const reduced = reduceSystem(system(6));
    const words = stageModel(reduced, F32, 0).integers;
    for (let j = 0; j < reduced.count; j++) {
      const at = planes + j * stride + row;
      const u = Array.from(reduced.U.subarray(j * R, (j + 1) * R));
      u.forEach((x, k) => {
        expect(Math.abs((words[at + k]! | 0) - x * 2 ** IntegerBits.row)).toBeLessThanOrEqual(0.5);
      });
      const norm = u.reduce((sum, x) => sum + Math.abs(x), 0) * 2 ** IntegerBits.norm;
      expect(words[at + R + 2]).toBeGreaterThanOrEqual(norm);
      expect(words[at + R + 2]).toBeLessThan(norm + 3);
    }
  });

  it("has terms whose sums err by no more than an entry is said to", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const reduced = reduceSystem(system(seed));
      const { f, s } = integerScales(reduced)!;
      const words = stageModel(reduced, F32, 0).integers;
      const { U, V, M, g, h } = reduced;
      const entry = (i: number, c: number) => {
        let exact: Rational = c < R ? ofNumber(M[i * R + c]!) : ofNumber(g[i]!);
        let sum = pair(words, base + 2 * (i * (R + 1) + c));
        for (let j = 0; j < reduced.count; j += 2) {
          const term = c < R ? ofNumber(U[j * R + c]!) : ofDyadic(h.at(j));
          exact = add(exact, multiply(ofNumber(V[j * R + i]!), term));
          sum += pair(words, planes + j * stride + 2 * (i * (R + 1) + c));
        }
        return Math.abs(toNumber(subtract(ofInteger(sum), multiply(exact, power(c < R ? f : f - s)))));
      };
      for (let i = 0; i < R; i++) {
        for (let c = 0; c <= R; c++) expect(entry(i, c)).toBeLessThanOrEqual(words[error]!);
      }
    }
  });
});
