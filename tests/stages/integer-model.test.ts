import { describe, expect, it } from "vitest";
import { DELTA_BITS, DIRECTION_BITS } from "../../src/arrangement/directions.ts";
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
import {
  arrangementLayout,
  arrangementStart,
  IntegerBits,
  integerLayout,
  integerScales,
  OFFSET_ERROR,
  ROW_ERROR,
} from "../../src/stages/integer-model.ts";
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

  it("has rows of 56 bits that err by less than is said, and directions and perturbations exactly", () => {
    let largest = 0;
    for (let seed = 1; seed <= 5; seed++) {
      const generic = arrangementOf("generic", 12, R, seed);
      // entries whose last bits are far below the last of 56; no scaling by columns takes that back
      for (let j = 1; j < 12; j++) generic.U[j * R + 1]! /= 3 * 2 ** 8;
      generic.U[1] = 1;
      const reduced = reduceSystem(generic);
      const model = stageModel(reduced, F32, 0);
      const layout = arrangementLayout(R);
      const start = arrangementStart(R, reduced.count);
      const at = (j: number, place: number) => model.integers[start + R * R + j * layout.stride + place]! | 0;
      const first = 2n ** BigInt(IntegerBits.offset - IntegerBits.row);
      for (let j = 0; j < reduced.count; j++) {
        for (let k = 0; k < R; k++) {
          const both = BigInt(at(j, k)) * first + BigInt(at(j, layout.rest + k));
          const exact = multiply(ofNumber(reduced.U[j * R + k]!), power(IntegerBits.offset));
          const off = Math.abs(toNumber(subtract(ofInteger(both), exact)));
          // rounded to nearest
          expect(off).toBeLessThanOrEqual(ROW_ERROR / 2);
          largest = Math.max(largest, off);
        }
        expect(at(j, layout.delta)).toBe(model.delta[j]! * 2 ** DELTA_BITS);
        expect(at(j, layout.centred)).toBe(model.centred[j]);
      }
      expect(Array.from(model.directions, (c) => c * 2 ** DIRECTION_BITS)).toEqual(
        Array.from({ length: R * R }, (_, i) => model.integers[start + i]! | 0),
      );
    }
    expect(largest).toBeGreaterThan(ROW_ERROR / 4);
  });

  it("has terms whose sums err by no more than an entry is said to", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const reduced = reduceSystem(system(seed));
      const { f, s } = integerScales(reduced)!;
      const words = stageModel(reduced, F32, 0).integers;
      const { U, h } = reduced;
      const { V, M, g } = reduced.sums.now;
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
