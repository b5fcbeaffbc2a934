import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { misfitOf } from "../../src/formats/read/names/fit.ts";
import { FAMILIES } from "../../src/model/families.ts";
import { FORMS, lettersOf } from "../../src/model/forms.ts";
import { parseModel } from "../../src/model/parse.ts";

const RUNS = { seed: 5, numRuns: process.env.STILLPOINT_FULL === "1" ? 5000 : 400 };

const zeros = (extents: readonly number[]): unknown => {
  const [length, ...rest] = extents;
  return length === undefined ? 0 : Array.from({ length }, () => zeros(rest));
};
/** A size of a model, rarely another one than its letter's. */
const size = (letter: string, sizes: Readonly<Record<string, number>>): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(sizes[letter]!) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }) },
  );

const nearModel = fc
  .tuple(
    fc.constantFrom(...FORMS),
    fc.record({
      R: fc.integer({ min: 1, max: 3 }),
      N: fc.integer({ min: 1, max: 3 }),
      B: fc.integer({ min: 1, max: 3 }),
    }),
  )
  .chain(([form, sizes]) => {
    const arrays = Object.entries(lettersOf(form)).map(([key, letters]) => {
      const shape = fc.tuple(...letters.map((letter) => size(letter, sizes)));
      const isDiagonal = key === "A" ? fc.boolean() : fc.constant(false);
      return fc
        .tuple(shape, isDiagonal, fc.integer({ min: 0, max: 14 }))
        .map(([extents, diagonal, drop]) => [
          key,
          drop === 0 ? undefined : zeros(diagonal ? extents.slice(1) : extents),
        ]);
    });
    return fc.tuple(...arrays).map((entries) => ({
      kind: form.kind,
      ...Object.fromEntries(Object.keys(form.numbers ?? {}).map((key) => [key, 1])),
      ...Object.fromEntries(entries),
    }));
  });

describe("the table of forms", () => {
  it("has every family", () => {
    expect(new Set(FORMS.map(({ kind }) => kind))).toEqual(new Set(Object.keys(FAMILIES)));
  });

  it("agrees with the families on which arrays are a model", async () => {
    let good = 0;
    let bad = 0;
    await fc.assert(
      fc.asyncProperty(nearModel, async (model) => {
        const fits = misfitOf(model, () => undefined) === undefined;
        const parses = await parseModel(model).then(
          () => true,
          () => false,
        );
        expect(fits).toBe(parses);
        if (fits) good++;
        else bad++;
      }),
      RUNS,
    );
    expect(good).toBeGreaterThan(RUNS.numRuns / 10);
    expect(bad).toBeGreaterThan(RUNS.numRuns / 10);
  });
});
