import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { provingFullRank } from "../../src/arrangement/modular-rank.ts";
import { allOf } from "../../src/base/steps.ts";
import { rank } from "../../src/exact/elimination.ts";
import { scaleToIntegers } from "../../src/exact/integers.ts";

const proved = (U: Float64Array, n: number, R: number) => allOf(provingFullRank(U, n, R));

describe("full rank modulo a prime", () => {
  it("is proved just where the exact rank is full, for small matrices with numbers far apart", () => {
    const entry = fc.oneof(
      fc.integer({ min: -2, max: 2 }),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
      fc.constantFrom(2 ** 300, -(2 ** -300), 5e-324, 0.1),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 3 }),
        fc.infiniteStream(entry),
        (R, more, draw) => {
          const n = R + more;
          const U = Float64Array.from({ length: n * R }, () => draw.next().value);
          const full = rank(scaleToIntegers(U).values, n, R) === R;
          // an unlucky prime may miss it, and must never find what is not there
          if (proved(U, n, R)) expect(full).toBe(true);
          else expect(full && R < 3).toBe(false);
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });

  it("is not proved of a sum of other columns, however large the matrix", () => {
    const R = 60;
    const U = Float64Array.from({ length: R * R }, (_, at) => Math.round(1e6 * Math.sin(at * at)) / 16);
    for (let j = 0; j < R; j++) U[j * R + 5] = U[j * R + 3]! - 2 * U[j * R + 9]!;
    expect(proved(U, R, R)).toBe(false);
    U[5]! += 2 ** -20;
    expect(proved(U, R, R)).toBe(true);
  });
});
