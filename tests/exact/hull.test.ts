import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { affineContains, affineKey } from "../../src/exact/affine.ts";
import { reducedRowEchelon, solveAffine } from "../../src/exact/elimination.ts";
import { hasInteriorPoint, relativeInterior, restrict, satisfies } from "../../src/exact/hull.ts";
import { scaleToIntegers } from "../../src/exact/integers.ts";
import { nearestToOrigin } from "../../src/exact/nearest.ts";
import { polyhedronOf } from "../../src/exact/polyhedron.ts";
import * as Q from "../../src/exact/rational.ts";
import { hasInterior, integerHyperplanes } from "../../src/exact/region.ts";
import { bit } from "../../src/model/mask.ts";
import { ExactArray } from "../../src/model/system.ts";
import { boxed, dotInteger, inRows, type Rows, randomRows, vertices } from "./polyhedra.ts";

const seed = 1983;
const of = (rows: Rows) => polyhedronOf(rows.dim, rows.normals, rows.bounds);

/** Dimension of the affine hull of points, by elimination of their differences. */
function dimensionOf(points: Q.Rational[][]): number {
  if (points.length === 0) return -1;
  const differences = points.slice(1).flatMap((p) => p.map((x, k) => Q.subtract(x, points[0]![k]!)));
  const common = differences.reduce((product, { d }) => (product % d === 0n ? product : product * d), 1n);
  const integers = differences.map(({ n, d }) => n * (common / d));
  return reducedRowEchelon(integers, points.length - 1, points[0]!.length).pivots.length;
}

describe("relativeInterior", () => {
  it("has the dimension of the vertices and a point inside", () => {
    const seen = new Map<number, number>();
    fc.assert(
      fc.property(randomRows(3, 8), fc.bigInt({ min: 1n, max: 4n }), (free, size) => {
        const rows = boxed(free, size);
        const corners = vertices(rows);
        const found = relativeInterior(of(rows));
        const dimension = found ? found.hull.basis.length : -1;
        seen.set(dimension, (seen.get(dimension) ?? 0) + 1);
        expect(dimension).toBe(dimensionOf(corners));
        if (!found) return;
        expect(inRows(rows, found.point)).toBe(true);
        expect(satisfies(of(rows), found.point)).toBe(true);
        for (const x of [found.point, ...corners]) expect(affineContains(found.hull, x)).toBe(true);
        // in the relative interior a row is tight only if it is tight at every vertex
        rows.normals.forEach((normal, i) => {
          const tight = (x: Q.Rational[]) => Q.equals(dotInteger(normal, x), Q.ofInteger(rows.bounds[i]!));
          expect(tight(found.point)).toBe(corners.every(tight));
        });
        expect(hasInteriorPoint(of(rows))).toBe(
          rows.normals.every((n) => n.every((x) => x === 0n)) || dimension === rows.dim,
        );
      }),
      { seed, numRuns: 500 },
    );
    for (const dimension of [-1, 0, 1, 2, 3]) expect(seen.get(dimension) ?? 0).toBeGreaterThan(5);
  });

  it("gives the hull in canonical form", () => {
    fc.assert(
      fc.property(randomRows(4, 7), fc.integer({ min: 0, max: 6 }), (rows, shift) => {
        const turn = <T>(list: T[]) => [...list.slice(shift), ...list.slice(0, shift)];
        const a = relativeInterior(of(rows));
        const b = relativeInterior(polyhedronOf(rows.dim, turn(rows.normals), turn(rows.bounds)));
        expect(a && affineKey(a.hull)).toBe(b && affineKey(b.hull));
        if (!a) return;
        // the hull as a set of equations solves to itself
        const { basis, point } = a.hull;
        basis.forEach((direction, k) => {
          const lead = direction.findIndex((x) => x.n !== 0n);
          expect(direction[lead]).toEqual(Q.ONE);
          expect(point[lead]).toEqual(Q.ZERO);
          basis.forEach((other, j) => {
            if (j !== k) expect(other[lead]).toEqual(Q.ZERO);
          });
        });
      }),
      { seed, numRuns: 300 },
    );
  });

  it("handles the whole space, a point and an empty set of no dimension", () => {
    expect(relativeInterior(polyhedronOf(2, [], []))!.hull.basis.length).toBe(2);
    expect(relativeInterior(polyhedronOf(0, [[]], [0n]))).toEqual({ hull: { point: [], basis: [] }, point: [] });
    expect(relativeInterior(polyhedronOf(0, [[]], [-1n]))).toBeUndefined();
    const corner = polyhedronOf(
      2,
      [
        [1n, 0n],
        [0n, 1n],
        [-1n, -1n],
      ],
      [1n, 1n, -2n],
    );
    expect(relativeInterior(corner)!.point).toEqual([Q.ONE, Q.ONE]);
    // rows without coefficients bound nothing
    expect(relativeInterior(polyhedronOf(2, [[0n, 0n]], [0n]))!.hull.basis.length).toBe(2);
    expect(relativeInterior(polyhedronOf(1, [[0n]], [-1n]))).toBeUndefined();
  });
});

describe("nearestToOrigin", () => {
  it("satisfies the conditions of optimality on a random polyhedron in a random affine set", () => {
    let empty = 0;
    let bound = 0;
    fc.assert(
      fc.property(
        randomRows(4, 8),
        fc.array(fc.bigInt({ min: -2n, max: 2n }), { minLength: 5, maxLength: 5 }),
        (rows, extra) => {
          const set = solveAffine(extra.slice(0, rows.dim), 1, rows.dim, [extra[4]!]);
          if (!set) return;
          const local = restrict(of(rows), set);
          const z = nearestToOrigin(set, local);
          expect(z !== undefined).toBe(relativeInterior(local) !== undefined);
          if (!z) {
            empty++;
            return;
          }
          expect(inRows(rows, z)).toBe(true);
          expect(affineContains(set, z)).toBe(true);
          // z is nearest in a convex set iff z·(x − z) ≥ 0 for all its points x; vertices of a box suffice, z being in
          // it
          const inside: Rows = {
            dim: rows.dim,
            normals: [...rows.normals, extra.slice(0, rows.dim), extra.slice(0, rows.dim).map((x) => -x)],
            bounds: [...rows.bounds, extra[4]!, -extra[4]!],
          };
          const squared = z.reduce((sum, x) => Q.add(sum, Q.multiply(x, x)), Q.ZERO);
          if (squared.n !== 0n) bound++;
          for (const x of vertices(boxed(inside, 1000n))) {
            const product = x.reduce((sum, v, k) => Q.add(sum, Q.multiply(v, z[k]!)), Q.ZERO);
            expect(Q.compare(product, squared)).toBeGreaterThanOrEqual(0);
          }
        },
      ),
      { seed, numRuns: 400 },
    );
    expect(empty).toBeGreaterThan(20);
    expect(bound).toBeGreaterThan(50);
  });
});

describe("hasInterior", () => {
  const lines = fc
    .integer({ min: 1, max: 6 })
    .chain((N) =>
      fc.tuple(
        fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 2 * N, maxLength: 2 * N }),
        fc.array(fc.integer({ min: -2, max: 2 }), { minLength: N, maxLength: N }),
      ),
    );
  const build = (U: number[], h: number[]) =>
    integerHyperplanes({ latentDim: 2, hyperplanes: h.length, U: Float64Array.from(U), h: ExactArray.ofNumbers(h) });

  it("names exactly the masks that a fine grid of points meets", () => {
    fc.assert(
      fc.property(lines, ([U, h]) => {
        // lines a x + b y = c with |a|, |b|, |c| ≤ 2: every cell of so few lines contains a point of this grid, or of
        // the far one
        const met = new Set<number>();
        const visit = (x: number, y: number) => {
          let mask = 0;
          for (let i = 0; i < h.length; i++) {
            const value = U[2 * i]! * x + U[2 * i + 1]! * y - h[i]!;
            if (value === 0 && (U[2 * i] !== 0 || U[2 * i + 1] !== 0)) return;
            if (value > 0) mask |= 1 << i;
          }
          met.add(mask);
        };
        for (const scale of [1, 40]) {
          for (let x = -98; x <= 98; x++)
            for (let y = -98; y <= 98; y++) visit((x * scale) / 14 + 1 / 1021, (y * scale) / 14 + 1 / 509);
        }
        const hyperplanes = build(U, h);
        for (let mask = 0; mask < 1 << h.length; mask++) {
          if (hasInterior(hyperplanes, Uint32Array.of(mask)) !== met.has(mask)) {
            throw new Error(`mask ${mask.toString(2)}: the grid ${met.has(mask) ? "meets" : "misses"} it`);
          }
        }
      }),
      { seed, numRuns: 25 },
    );
  });

  it("tells a sliver of width 2^-52 from an empty one", () => {
    const thin = build([1, 0, 1, 0], [1, 1 + 2 ** -52]);
    expect(hasInterior(thin, Uint32Array.of(0b01))).toBe(true);
    expect(hasInterior(thin, Uint32Array.of(0b10))).toBe(false);
    expect(hasInterior(build([1, 0, 1, 0], [1, 1]), Uint32Array.of(0b01))).toBe(false);
  });

  it("treats a hyperplane without normal as a constant unit", () => {
    const constants = build([0, 0, 0, 0, 0, 0], [-1, 0, 1]);
    for (let mask = 0; mask < 8; mask++) expect(hasInterior(constants, Uint32Array.of(mask))).toBe(mask === 1);
  });

  it("scales rows to integers without changing a sign, and reads bits past word 0", () => {
    const { normals, offsets } = integerHyperplanes({
      latentDim: 2,
      hyperplanes: 1,
      U: Float64Array.of(2 ** -60, 3),
      h: ExactArray.ofNumbers([-(2 ** -61)]),
    });
    expect([...normals[0]!, offsets[0]]).toEqual(
      scaleToIntegers([
        { m: 1n, e: -60 },
        { m: 3n, e: 0 },
        { m: -1n, e: -61 },
      ]).values,
    );
    expect(bit(Uint32Array.of(0, 0x80000000), 63)).toBe(1);
    expect(bit(Uint32Array.of(0, 0x80000000), 62)).toBe(0);
  });
});
