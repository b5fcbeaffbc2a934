import fc from "fast-check";
import type { Plain } from "../oracle/systems.ts";

/** Systems with small entries and few units, of which a good part has continua, some with several pieces. */
export const randomPlain = (R: number, N: number): fc.Arbitrary<Plain> => {
  const entry = fc.integer({ min: -1, max: 1 });
  const vector = fc.array(entry, { minLength: R, maxLength: R });
  return fc.record({
    // few rows of M differ from zero
    A: fc
      .array(fc.oneof({ weight: 2, arbitrary: fc.constant(new Array<number>(R).fill(0)) }, vector), {
        minLength: R,
        maxLength: R,
      })
      .map((rows) => rows.map((row, i) => row.map((x, k) => (i === k ? x + 1 : x)))),
    U: fc.array(vector, { minLength: N, maxLength: N }),
    V: fc.array(fc.oneof(fc.constant(new Array<number>(R).fill(0)), vector), { minLength: N, maxLength: N }),
    hx: fc.array(entry, { minLength: N, maxLength: N }),
    hz: fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, entry), { minLength: R, maxLength: R }),
  });
};

export const randomSmall = fc.oneof(
  randomPlain(1, 3),
  randomPlain(2, 3),
  randomPlain(2, 4),
  randomPlain(3, 3),
  randomPlain(3, 4),
);
