import { describe, expect, it } from "vitest";
import { difference, lowestTerms, rounded } from "../../src/exact/matrix.ts";

describe("exact matrices", () => {
  it("are told apart whatever their exponents", () => {
    const a = { n: 1, integers: [3n], exponent: 4 };
    expect(difference(a, { n: 1, integers: [12n], exponent: 2 })).toEqual([0n]);
    expect(difference(a, { n: 1, integers: [6n], exponent: 3 })).toEqual([0n]);
    expect(difference(a, { n: 1, integers: [97n], exponent: -1 })[0]! < 0n).toBe(true);
    expect(difference(a, { n: 1, integers: [193n], exponent: -2 })[0]! < 0n).toBe(true === 48 < 48.25);
  });

  it("keep their value in lowest terms, and round entry by entry", () => {
    const matrix = { n: 2, integers: [-8n, 0n, 12n, 2n ** 70n], exponent: -3 };
    const least = lowestTerms(matrix);
    expect(least).toEqual({ n: 2, integers: [-2n, 0n, 3n, 2n ** 68n], exponent: -1 });
    expect(difference(matrix, least)).toEqual([0n, 0n, 0n, 0n]);
    expect([...rounded(matrix)]).toEqual([-1, 0, 1.5, 2 ** 67]);
    expect(lowestTerms({ n: 1, integers: [0n], exponent: 5 })).toEqual({ n: 1, integers: [0n], exponent: 5 });
  });
});
