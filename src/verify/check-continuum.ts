import type { ComplexPair } from "../base/result.ts";
import { type AffineSet, affineContains, compareVectors, compose, dot, pointOf } from "../exact/affine.ts";
import { intervalOf, relativeInterior, restrict, satisfies } from "../exact/hull.ts";
import { nearestToOrigin } from "../exact/nearest.ts";
import type { Polyhedron } from "../exact/polyhedron.ts";
import { add, compare, negate, type Rational, toNumber } from "../exact/rational.ts";
import { closedRegion } from "../exact/region.ts";
import { checkEigenvalues, NO_EIGENVALUES } from "./check-eigenvalues.ts";
import { checkPlace, distinctPieces } from "./check-place.ts";
import type { CornerBudget } from "./corners.ts";
import type { ExactModel } from "./exact-model.ts";
import type { Piece } from "./piece.ts";
import type { Findings, Refuse } from "./problem.ts";
import type { ReportedContinuum, ReportedSet } from "./result-schema.ts";

/** Regions of a continuum that a result linearises (`Continuum.transverse`). */
const MAX_TRANSVERSE = 64;

/** A continuum, derived from the equations of its regions. */
export interface CheckedContinuum {
  readonly path: string;
  readonly dimension: number;
  readonly pieces: readonly Piece[];
  /** The pieces without repeats (several regions may share a piece). */
  readonly distinct: readonly Piece[];
  /** The point of all pieces that is nearest to the origin. */
  readonly nearest: readonly Rational[] | undefined;
  /** Whether a point lies on one of the pieces. */
  contains(z: readonly Rational[]): boolean;
}

/**
 * Refuses what is wrong with a single continuum of fixed points: as a set (`checkSet`), and the eigenvalues across it.
 *
 * @param budget the work that may be spent on corners.
 */
export function checkContinuum(
  model: ExactModel,
  continuum: ReportedContinuum,
  path: string,
  budget: CornerBudget,
  findings: Findings,
): CheckedContinuum {
  const checked = checkSet(model, continuum, path, budget, findings);
  const { pieces } = checked;
  if (pieces.length === continuum.regions.length) checkTransverse(model, continuum, pieces[0]!.hull, path, findings);
  return checked;
}

/** What a set is of, and its key for the regions, in messages. */
export interface SetWords {
  readonly points: string;
  readonly regions: string;
}

/**
 * Refuses what is wrong with a set of solutions. In each of its regions the solutions must form a piece of its
 * dimension, and all pieces must lie in one affine hull. The basis must be that of the hull, and the point must be the
 * point of all pieces nearest to the origin, both correctly rounded. Regions that share a piece must be listed too, and
 * for a line also the regions into which it continues. Then its pieces and ends are checked (`checkPlace`).
 */
export function checkSet(
  model: ExactModel,
  continuum: ReportedSet,
  path: string,
  budget: CornerBudget,
  findings: Findings,
  words: SetWords = { points: "fixed point", regions: "regions" },
): CheckedContinuum {
  const { refuse } = findings;
  const { latentDim: R, hyperplanes: N } = model.system;
  if (continuum.point.length !== R)
    refuse(`${path}.point`, `has ${continuum.point.length} coordinates, the model has ${R}`);
  if (continuum.basis.length !== continuum.dimension || continuum.basis.some((row) => row.length !== R)) {
    refuse(`${path}.basis`, `must be ${continuum.dimension} rows of ${R} numbers`);
  }
  const pieces: Piece[] = [];
  let nearest: Rational[] | undefined;
  continuum.regions.forEach((region, r) => {
    const here = `${path}.${words.regions}[${r}]`;
    if (r > 0 && !precedes(continuum.regions[r - 1]!, region)) refuse(here, "is listed twice, or out of order");
    if (region.some((j) => j >= N)) {
      refuse(here, `names a hyperplane past the last one, ${N - 1}`);
      return;
    }
    const solutions = model.solutions(region, []);
    const closed = closedRegion(model.hyperplanes, model.mask(region));
    const local = solutions && restrict(closed, solutions);
    const inner = local && relativeInterior(local);
    if (solutions === undefined || local === undefined || inner === undefined) {
      refuse(here, `holds no ${words.points}`);
      return;
    }
    const hull = compose(solutions, inner.hull);
    if (hull.basis.length !== continuum.dimension) {
      refuse(here, `holds ${words.points}s of dimension ${hull.basis.length}, not ${continuum.dimension}`);
      return;
    }
    if (pieces.length > 0 && !sameHull(hull, pieces[0]!.hull))
      refuse(here, "lies in another hull than the first region");
    const closest = nearestToOrigin(solutions, local);
    if (closest !== undefined && (nearest === undefined || closer(closest, nearest))) nearest = closest;
    pieces.push({ region, hull, closed, inner: pointOf(solutions, inner.point) });
  });
  checkNumbers(continuum, pieces[0]?.hull, nearest, path, refuse);
  const distinct = distinctPieces(model, pieces);
  if (pieces.length === continuum.regions.length) {
    checkRegions(model, continuum, pieces, `${path}.${words.regions}`, findings);
    checkPlace(continuum, distinct, path, budget, findings);
  }
  return {
    path,
    dimension: continuum.dimension,
    pieces,
    distinct,
    nearest,
    contains: (z) => pieces.some(({ hull, closed }) => affineContains(hull, z) && satisfies(closed, z)),
  };
}

function checkNumbers(
  continuum: ReportedSet,
  hull: AffineSet | undefined,
  nearest: readonly Rational[] | undefined,
  path: string,
  refuse: Refuse,
): void {
  hull?.basis.forEach((row, k) => {
    row.forEach((x, i) => {
      const stated = continuum.basis[k]?.[i];
      if (stated !== toNumber(x))
        refuse(`${path}.basis[${k}][${i}]`, `is ${stated}, but the exact one rounds to ${toNumber(x)}`);
    });
  });
  nearest?.forEach((x, i) => {
    const stated = continuum.point[i];
    if (stated !== toNumber(x)) {
      refuse(
        `${path}.point[${i}]`,
        `is ${stated}, but that of the point nearest to the origin rounds to ${toNumber(x)}`,
      );
    }
  });
}

/** Refuses a list of regions that lacks one which the pieces themselves lead to. */
function checkRegions(
  model: ExactModel,
  { dimension, regions }: Pick<ReportedSet, "dimension" | "regions">,
  pieces: readonly Piece[],
  path: string,
  { refuse, leave }: Findings,
): void {
  const listed = new Set(regions.map((region) => region.join()));
  const lacking = (region: readonly number[], why: string): void => {
    if (listed.has(region.join())) return;
    listed.add(region.join());
    refuse(path, `lack [${region.join(", ")}], ${why}`);
  };
  let allSides = true;
  for (const { region, hull, closed, inner } of pieces) {
    const { sides, complete } = model.sides(model.signsAt(inner));
    allSides &&= complete;
    for (const side of sides) lacking(side, `which shares the piece of [${region.join(", ")}]`);
    if (dimension > 1) continue;
    for (const next of regionsPastEnds(model, hull, closed)) {
      const solutions = model.solutions(next[0]!, []);
      const [start] = hull.basis;
      const end = hull.point.map((x, i) => add(x, start![i]!));
      if (solutions === undefined || !affineContains(solutions, hull.point) || !affineContains(solutions, end))
        continue;
      // beyond this end the line may be an edge of a plane, and then belongs to the plane
      if (next.some((side) => pieceDimension(model, side) > 1)) continue;
      lacking(next[0]!, `into which the line of [${region.join(", ")}] goes on`);
    }
  }
  if (!allSides) leave(path, "a piece lies in more regions than are listed");
  if (dimension > 1) leave(path, "that none is missing is checked for lines only");
}

/** Dimension of the fixed points in a closed region that holds some. */
function pieceDimension(model: ExactModel, region: readonly number[]): number {
  const solutions = model.solutions(region, [])!;
  const closed = closedRegion(model.hyperplanes, model.mask(region));
  return relativeInterior(restrict(closed, solutions))!.hull.basis.length;
}

/**
 * The regions just past each end of a line of fixed points in a closed region: several where it runs in hyperplanes.
 */
function regionsPastEnds(model: ExactModel, hull: AffineSet, closed: Polyhedron): (readonly (readonly number[])[])[] {
  const bounds = intervalOf(restrict(closed, hull));
  if (bounds === undefined) return [];
  const ends = [
    { t: bounds.low, outward: hull.basis[0]!.map(negate) },
    { t: bounds.high, outward: hull.basis[0] },
  ];
  return ends.flatMap(({ t, outward }) => {
    if (t === undefined) return [];
    const { active, ties } = model.signsAt(pointOf(hull, [t]));
    const speed = model.slopes(outward!);
    const signs = {
      active: [...active, ...ties.filter((j) => speed[j]! > 0)].sort((a, b) => a - b),
      ties: ties.filter((j) => speed[j] === 0),
    };
    return [model.sides(signs).sides];
  });
}

/**
 * Refuses eigenvalues that are not those of each region's Jacobian without the directions along the continuum, of
 * eigenvalue 1 (0).
 */
function checkTransverse(
  model: ExactModel,
  continuum: ReportedContinuum,
  hull: AffineSet,
  path: string,
  { refuse, leave }: Findings,
): void {
  const { latentDim: R, time } = model.system;
  const { transverse, regions, dimension } = continuum;
  const expected = regions.slice(0, MAX_TRANSVERSE);
  if (transverse === undefined || transverse.length !== expected.length) {
    refuse(`${path}.transverse`, `must be ${expected.length}, one for each region`);
    return;
  }
  const along = Array.from({ length: dimension }, (): ComplexPair => [time === "discrete" ? 1 : 0, 0]);
  // the matrix across is made of J and the basis
  const stretch = hull.basis.flat().reduce((largest, x) => Math.max(largest, Math.abs(toNumber(x))), 1);
  transverse.forEach(({ active, eigenvalues }, r) => {
    const here = `${path}.transverse[${r}]`;
    if (active.join() !== expected[r]!.join()) refuse(`${here}.active`, "is not the region in its place");
    else if (eigenvalues.length === 0 && dimension < R) leave(`${here}.eigenvalues`, NO_EIGENVALUES);
    else if (eigenvalues.length !== R - dimension)
      refuse(`${here}.eigenvalues`, `are ${eigenvalues.length}, must be ${R - dimension}`);
    else {
      const J = model.jacobian(active);
      checkEigenvalues(J, R, time, eigenvalues, `${here}.eigenvalues`, refuse, along, R * stretch);
    }
  });
}

/** Nearer to the origin; of two equally near ones the first in lexicographic order. */
function closer(a: readonly Rational[], b: readonly Rational[]): boolean {
  const order = compare(dot(a, a), dot(b, b));
  return order < 0 || (order === 0 && compareVectors(a, b) < 0);
}

/** Canonical sets are equal iff their fields are. */
export function sameHull(a: AffineSet, b: AffineSet): boolean {
  return (
    a.basis.length === b.basis.length &&
    compareVectors(a.point, b.point) === 0 &&
    a.basis.every((row, k) => compareVectors(row, b.basis[k]!) === 0)
  );
}

/** Lexicographic order of lists of numbers, strictly. */
export function precedes(a: readonly number[], b: readonly number[]): boolean {
  for (let k = 0; k < Math.min(a.length, b.length); k++) if (a[k] !== b[k]) return a[k]! < b[k]!;
  return a.length < b.length;
}
