import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generatorsOf } from "../../src/exact/generators.ts";
import { relativeInterior } from "../../src/exact/hull.ts";
import { polyhedronOf } from "../../src/exact/polyhedron.ts";
import * as Q from "../../src/exact/rational.ts";
import { coneGenerators } from "../oracle/cone.ts";
import { boxed, type Rows, randomRows, vertices } from "./polyhedra.ts";

const seed = 22;
const plenty = () => ({ generators: 10_000, steps: 2 ** 30 });
const generators = ({ dim, normals, bounds }: Rows, allowance = plenty()) =>
  generatorsOf(polyhedronOf(dim, normals, bounds), allowance);
const isEmpty = ({ dim, normals, bounds }: Rows) => relativeInterior(polyhedronOf(dim, normals, bounds)) === undefined;
const names = (vectors: readonly (readonly Q.Rational[])[]) => vectors.map((x) => x.map(Q.key).join()).sort();

/** A ray up to a positive factor. */
const direction = (x: readonly Q.Rational[]) => {
  const first = x.find(({ n }) => n !== 0n)!;
  const magnitude = first.n < 0n ? Q.negate(first) : first;
  return x.map((value) => Q.divide(value, magnitude));
};

/** The cross-polytope |x₁| + … + |x_d| ≤ 1, of 2^d rows and 2d vertices. */
function crossPolytope(dim: number): Rows {
  const normals = Array.from({ length: 2 ** dim }, (_, bits) =>
    Array.from({ length: dim }, (_, k) => ((bits >> k) & 1 ? 1n : -1n)),
  );
  return { dim, normals, bounds: normals.map(() => 1n) };
}

describe("generatorsOf", () => {
  it("has the vertices of random polytopes: all choices of rows agree", () => {
    let most = 0;
    fc.assert(
      fc.property(randomRows(3, 8), (rows) => {
        const box = boxed(rows, 2n);
        if (isEmpty(box)) return;
        const found = generators(box)!;
        expect(found.rays).toEqual([]);
        expect(found.lines).toEqual([]);
        expect(names(found.vertices)).toEqual(names(vertices(box)));
        most = Math.max(most, found.vertices.length);
      }),
      { seed, numRuns: 300 },
    );
    expect(most).toBeGreaterThan(8);
  });

  it("has those of random polyhedra with rays and lines: the oracle's cones agree", () => {
    let [withRays, withLines] = [0, 0];
    fc.assert(
      fc.property(randomRows(4, 7), (rows) => {
        if (isEmpty(rows)) return;
        const found = generators(rows)!;
        const cone = coneGenerators(
          [...rows.normals.map((normal, i) => [...normal.map((x) => -x), rows.bounds[i]!]), apex(rows.dim)],
          rows.dim + 1,
        );
        expect(found.lines.length).toBe(cone.lineality.length);
        if (found.lines.length > 0) {
          withLines++;
          // what stands for a smallest face is a matter of choice: there are as many of each kind
          expect([found.vertices.length, found.rays.length]).toEqual([
            cone.rays.filter((ray) => ray[rows.dim]! > 0n).length,
            cone.rays.filter((ray) => ray[rows.dim] === 0n).length,
          ]);
          return;
        }
        if (found.rays.length > 0) withRays++;
        const of = (height: boolean) => cone.rays.filter((ray) => ray[rows.dim]! > 0n === height);
        expect(names(found.vertices)).toEqual(
          names(of(true).map((ray) => ray.slice(0, -1).map((x) => Q.rational(x, ray[rows.dim]!)))),
        );
        expect(names(found.rays.map(direction))).toEqual(
          names(of(false).map((ray) => direction(ray.slice(0, -1).map(Q.ofInteger)))),
        );
      }),
      { seed: seed + 1, numRuns: 300 },
    );
    expect(Math.min(withRays, withLines)).toBeGreaterThan(20);
  });

  it("is the whole space, a half-space, an orthant, a cross-polytope", () => {
    expect(generators({ dim: 2, normals: [], bounds: [] })).toMatchObject({ vertices: [[Q.ZERO, Q.ZERO]], rays: [] });
    const half = generators({ dim: 2, normals: [[-1n, 0n]], bounds: [-3n] })!;
    expect(half).toEqual({
      vertices: [[Q.ofInteger(3n), Q.ZERO]],
      rays: [[Q.ONE, Q.ZERO]],
      lines: [[Q.ZERO, Q.ONE]],
    });
    const cross = generators(crossPolytope(5))!;
    expect([cross.vertices.length, cross.rays.length, cross.lines.length]).toEqual([10, 0, 0]);
  });

  it("gives up past what is allowed, and says so", () => {
    const cube = boxed({ dim: 6, normals: [], bounds: [] }, 1n);
    expect(generators(cube)!.vertices).toHaveLength(64);
    expect(generators(cube, { generators: 63, steps: 2 ** 30 })).toBeUndefined();
    expect(generators(cube, { generators: 64, steps: 2 ** 30 })).toBeDefined();
    const allowance = { generators: 64, steps: 50 };
    expect(generators(cube, allowance)).toBeUndefined();
    // it stops soon after
    expect(allowance.steps).toBeGreaterThan(-64 * 64);
  });
});

function apex(dim: number): bigint[] {
  return [...new Array<bigint>(dim).fill(0n), 1n];
}
