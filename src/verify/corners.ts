import { type AffineSet, compareVectors, pointOf } from "../exact/affine.ts";
import { nullSpace, solveAffine, solveFractionFree } from "../exact/elimination.ts";
import { intervalOf, relativeInterior, restrict, satisfies } from "../exact/hull.ts";
import { content } from "../exact/integers.ts";
import type { Polyhedron } from "../exact/polyhedron.ts";
import { compare, divide, negate, ONE, type Rational, rational, ZERO } from "../exact/rational.ts";

/** A polyhedron as conv(vertices) + cone(rays) + span(lines), in the form and order of results. */
export interface Corners {
  readonly vertices: readonly (readonly Rational[])[];
  readonly rays: readonly (readonly Rational[])[];
  readonly lines: readonly (readonly Rational[])[];
}

/** The work that is left: linear programs that find facets, and choices of facets. */
export interface CornerBudget {
  programs: number;
  choices: number;
}

/** The work allowed for the corners of all pieces of a result together. */
export const CORNER_BUDGET: Readonly<CornerBudget> = { programs: 20_000, choices: 200_000 };

/**
 * The corners of a non-empty polyhedron by trying every choice of facets that can determine one. This is simple and
 * unlike the solver's method.
 *
 * @param hull the affine set in whose coordinates the polyhedron is given, and where it has its full dimension.
 * @returns undefined if the work would exceed the budget, which is counted down.
 */
export function cornersOf(hull: AffineSet, polyhedron: Polyhedron, budget: CornerBudget): Corners | undefined {
  const local = polyhedron.dim === 1 ? cornersOnLine(polyhedron) : localCorners(polyhedron, budget);
  if (local === undefined) return undefined;
  const directions: AffineSet = { point: hull.point.map(() => ZERO), basis: hull.basis };
  const along = (t: readonly Rational[]) => scaled(pointOf(directions, t));
  return {
    vertices: local.vertices.map((t) => pointOf(hull, t)).sort(compareVectors),
    rays: local.rays.map(along).sort(compareVectors),
    lines: local.lines.map(along),
  };
}

function cornersOnLine(polyhedron: Polyhedron): Corners {
  const { low, high } = intervalOf(polyhedron)!;
  if (low === undefined && high === undefined) return { vertices: [[ZERO]], rays: [], lines: [[ONE]] };
  return {
    vertices: [low, high].flatMap((t) => (t === undefined ? [] : [[t]])),
    rays: [...(low === undefined ? [[negate(ONE)]] : []), ...(high === undefined ? [[ONE]] : [])],
    lines: [],
  };
}

function localCorners(polyhedron: Polyhedron, budget: CornerBudget): Corners | undefined {
  const { dim } = polyhedron;
  const facets = facetsOf(polyhedron, budget);
  if (facets === undefined) return undefined;
  const lines = nullSpace(
    facets.flatMap((i) => [...polyhedron.normal(i)]),
    facets.length,
    dim,
  );
  // modulo the lines, points are 0 where a line has its first entry
  const leading = lines.map((line) => line.findIndex((x) => x.n !== 0n));
  const columns = Array.from({ length: dim }, (_, k) => k).filter((k) => !leading.includes(k));
  const size = columns.length;
  const normalOf = (i: number) => columns.map((k) => polyhedron.normal(i)[k]!);
  const full = (x: readonly Rational[]) => {
    const point = new Array<Rational>(dim).fill(ZERO);
    columns.forEach((column, k) => {
      point[column] = x[k]!;
    });
    return point;
  };
  const vertices = new Map<string, Rational[]>();
  const rays = new Map<string, Rational[]>();
  for (const chosen of subsets(facets, size)) {
    if (--budget.choices < 0) return undefined;
    const bounds = chosen.map((i) => polyhedron.bound(i));
    const solved = solveFractionFree(chosen.flatMap(normalOf), size, bounds, 1);
    if (solved === undefined) continue;
    const point = full(solved.X.map((x) => rational(x, solved.determinant)));
    if (satisfies(polyhedron, point)) vertices.set(keyOf(point), point);
  }
  const recession = { ...polyhedron, bound: () => 0n };
  for (const chosen of size === 0 ? [] : subsets(facets, size - 1)) {
    if (--budget.choices < 0) return undefined;
    const edge = nullSpace(chosen.flatMap(normalOf), chosen.length, size);
    if (edge.length !== 1) continue;
    for (const x of [edge[0]!, edge[0]!.map(negate)]) {
      const ray = full(x);
      if (satisfies(recession, ray)) rays.set(keyOf(scaled(ray)), ray);
    }
  }
  return { vertices: [...vertices.values()], rays: [...rays.values()], lines };
}

/** The rows that hold with equality on a facet, one row for each facet. */
function facetsOf(polyhedron: Polyhedron, budget: CornerBudget): number[] | undefined {
  const rows = new Map<string, number>();
  for (let i = 0; i < polyhedron.count; i++) {
    const row = [...polyhedron.normal(i), polyhedron.bound(i)];
    const divisor = content(row);
    if (polyhedron.normal(i).some((x) => x !== 0n)) rows.set(row.map((x) => x / divisor).join(), i);
  }
  budget.programs -= rows.size;
  if (budget.programs < 0) return undefined;
  return [...rows.values()].filter((i) => {
    const tight = solveAffine(polyhedron.normal(i), 1, polyhedron.dim, [polyhedron.bound(i)])!;
    return relativeInterior(restrict(polyhedron, tight))?.hull.basis.length === polyhedron.dim - 1;
  });
}

function keyOf(vector: readonly Rational[]): string {
  return vector.map(({ n, d }) => `${n}/${d}`).join();
}

/** A direction, multiplied by the positive number that makes its largest coordinate 1 in magnitude. */
export function scaled(direction: readonly Rational[]): Rational[] {
  const magnitudes = direction.map((x) => (x.n < 0n ? negate(x) : x));
  const largest = magnitudes.reduce((a, b) => (compare(a, b) < 0 ? b : a));
  return direction.map((x) => divide(x, largest));
}

function* subsets(members: readonly number[], size: number, from = 0): Generator<number[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (let first = from; first <= members.length - size; first++) {
    for (const rest of subsets(members, size - 1, first + 1)) yield [members[first]!, ...rest];
  }
}
