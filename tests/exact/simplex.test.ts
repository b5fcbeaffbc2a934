import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { polyhedronOf } from "../../src/exact/polyhedron.ts";
import * as Q from "../../src/exact/rational.ts";
import { feasiblePoint, maximise } from "../../src/exact/simplex.ts";
import { boxed, dotInteger, inRows, randomRows, vertices } from "./polyhedra.ts";

const seed = 1947;
const of = (rows: { dim: number; normals: bigint[][]; bounds: bigint[] }) =>
  polyhedronOf(rows.dim, rows.normals, rows.bounds);
const greatest = (values: Q.Rational[]) => values.reduce((a, b) => (Q.compare(a, b) >= 0 ? a : b));

describe("feasiblePoint", () => {
  it("finds a point iff there is one", () => {
    let empty = 0;
    fc.assert(
      fc.property(randomRows(), (rows) => {
        const point = feasiblePoint(of(rows));
        // a non-empty polyhedron with these entries has a point in a box of this size (Cramer)
        const expected = vertices(boxed(rows, 1000n)).length > 0;
        expect(point !== undefined).toBe(expected);
        if (point) expect(inRows(rows, point)).toBe(true);
        else empty++;
      }),
      { seed, numRuns: 400 },
    );
    expect(empty).toBeGreaterThan(20);
  });

  it("is not stopped by degeneracy: hundreds of rows through one point", () => {
    const normals: bigint[][] = [];
    for (let a = -6n; a <= 6n; a++) for (let b = -6n; b <= 6n; b++) normals.push([a, b, 1n + a * a + b * b]);
    const bounds = normals.map(() => 0n);
    expect(inRows({ dim: 3, normals, bounds }, feasiblePoint(polyhedronOf(3, normals, bounds))!)).toBe(true);
    const cut = polyhedronOf(3, [...normals, [0n, 0n, -1n]], [...bounds, -1n]);
    expect(feasiblePoint(cut)).toBeUndefined();
  });
});

describe("maximise", () => {
  it("agrees with the best vertex of a bounded polyhedron", () => {
    const objective = fc.array(fc.bigInt({ min: -4n, max: 4n }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(randomRows(), objective, (free, w3) => {
        const rows = boxed(free, 5n);
        const w = w3.slice(0, rows.dim);
        const result = maximise(of(rows), w);
        const corners = vertices(rows);
        if (corners.length === 0) {
          expect(result.status).toBe("infeasible");
          return;
        }
        if (result.status !== "optimal") throw new Error(`got ${result.status}`);
        expect(result.value).toEqual(greatest(corners.map((x) => dotInteger(w, x))));
        expect(dotInteger(w, result.point)).toEqual(result.value);
        expect(inRows(rows, result.point)).toBe(true);
      }),
      { seed, numRuns: 400 },
    );
  });

  it("tells unbounded from bounded", () => {
    const counts = { optimal: 0, unbounded: 0, infeasible: 0 };
    fc.assert(
      fc.property(
        randomRows(3, 6),
        fc.array(fc.bigInt({ min: -2n, max: 2n }), { minLength: 3, maxLength: 3 }),
        (rows, w3) => {
          const w = w3.slice(0, rows.dim);
          const result = maximise(of(rows), w);
          counts[result.status]++;
          if (result.status === "optimal") {
            // the maximum over large boxes doesn't grow
            for (const size of [1000n, 2000n]) {
              expect(greatest(vertices(boxed(rows, size)).map((x) => dotInteger(w, x)))).toEqual(result.value);
            }
          } else if (result.status === "unbounded") {
            const [a, b] = [1000n, 2000n].map((size) =>
              greatest(vertices(boxed(rows, size)).map((x) => dotInteger(w, x))),
            );
            expect(Q.compare(b!, a!)).toBe(1);
          }
        },
      ),
      { seed, numRuns: 300 },
    );
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(10);
  });

  it("ends on Beale's cycling example", () => {
    // maximise ¾a − 150b + c/50 − 6d; scaled to integers. The optimum is 1/20.
    const normals = [
      [25n, -6000n, -4n, 900n],
      [50n, -9000n, -2n, 300n],
      [0n, 0n, 1n, 0n],
      [-1n, 0n, 0n, 0n],
      [0n, -1n, 0n, 0n],
      [0n, 0n, -1n, 0n],
      [0n, 0n, 0n, -1n],
    ];
    const result = maximise(polyhedronOf(4, normals, [0n, 0n, 1n, 0n, 0n, 0n, 0n]), [75n, -15000n, 2n, -600n]);
    expect(result).toMatchObject({ status: "optimal", value: Q.rational(100n, 20n) });
  });

  it("handles no rows and lines in the polyhedron", () => {
    expect(maximise(polyhedronOf(2, [], []), [0n, 0n])).toMatchObject({ status: "optimal", value: Q.ZERO });
    expect(maximise(polyhedronOf(2, [], []), [0n, 1n])).toEqual({ status: "unbounded" });
    const strip = polyhedronOf(
      2,
      [
        [1n, 1n],
        [-1n, -1n],
      ],
      [3n, 0n],
    );
    expect(maximise(strip, [2n, 2n])).toMatchObject({ status: "optimal", value: Q.ofInteger(6n) });
    expect(maximise(strip, [1n, 0n])).toEqual({ status: "unbounded" });
    expect(maximise(polyhedronOf(1, [[0n]], [-1n]), [1n])).toEqual({ status: "infeasible" });
  });
});
