import fc from "fast-check";
import { expect, it } from "vitest";
import { ReportTable } from "../../src/run/report-table.ts";
import { classOfDirections } from "../../src/stability/directions.ts";
import type { LinearisationReport } from "../../src/stability/stability.ts";

const R = 4;
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
const positive = fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-300, max: 1e300 });
const eigenvalues = fc
  .array(fc.oneof(fc.tuple(finite, fc.constant(0)), fc.tuple(finite, positive)), { minLength: R, maxLength: R })
  .map((values) =>
    values.flatMap(([re, im]) => (im === 0 ? [[re, 0] as const] : [[re, im] as const, [re, -im] as const])).slice(0, R),
  );
const directions = fc
  .tuple(fc.nat(R), fc.nat(R))
  .filter(([stable, unstable]) => stable + unstable <= R)
  .map(([stable, unstable]) => ({ stable, neutral: R - stable - unstable, unstable }));
const report = fc
  .record({ eigenvalues, value: finite, bounds: fc.tuple(finite, finite), directions })
  .map(({ eigenvalues, value, bounds, directions }) => ({
    eigenvalues,
    spectralRadius: value,
    spectralBounds: bounds,
    stability: classOfDirections(directions),
    directions,
    hyperbolic: directions.neutral === 0,
  }));
/** What columns have no room for. */
const others: readonly Partial<LinearisationReport>[] = [
  { directions: { stable: 1, neutral: 0, unstable: 1, undecided: 2 }, stability: "saddle" },
  { stability: "undetermined" },
  { linearisations: [] },
  { eigenvalues: [] },
  {
    eigenvalues: [
      [1, -0],
      [1, 0],
      [1, 0],
      [1, 0],
    ],
  },
  {
    eigenvalues: [
      [1, 2],
      [1, -2.5],
      [1, 0],
      [1, 0],
    ],
  },
];

it("reports come back as they were put in, to the last bit and in the order of their keys", () => {
  const odd = fc.constantFrom(...others);
  fc.assert(
    fc.property(fc.array(fc.tuple(report, fc.option(odd, { freq: 4 })), { minLength: 1, maxLength: 9 }), (list) => {
      const table = new ReportTable(R, "discrete");
      const all = list.map(([each, other]): LinearisationReport => (other === null ? each : { ...each, ...other }));
      all.forEach((each, i) => {
        table.set(3 * i, each);
      });
      all.forEach((each, i) => {
        expect(table.has(3 * i)).toBe(true);
        expect(table.has(3 * i + 1)).toBe(false);
        const back = table.get(3 * i);
        expect(back).toStrictEqual(each);
        expect(JSON.stringify(back)).toBe(JSON.stringify(each));
      });
    }),
    { seed: 2, numRuns: 200 },
  );
});

it("a point without a report has none", () => {
  const table = new ReportTable(R, "continuous");
  expect(table.has(0)).toBe(false);
  expect(() => table.get(0)).toThrow(RangeError);
});
