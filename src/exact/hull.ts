import { allOf, type Steps } from "../base/steps.ts";
import { type AffineSet, clearDenominators, compose, pointOf } from "./affine.ts";
import { solvingAffine } from "./elimination.ts";
import { integerDot, type Polyhedron } from "./polyhedron.ts";
import { add, divide, equals, ONE, ofInteger, type Rational, rational, subtract, ZERO } from "./rational.ts";
import { droppingLines, maximising, TightRows } from "./simplex.ts";

/**
 * The affine hull of a non-empty polyhedron (its dimension is hull.basis.length) and a point of its relative interior.
 */
export interface RelativeInterior {
  readonly hull: AffineSet;
  readonly point: Rational[];
}

/** All of Q^dim. */
function wholeSpace(dim: number): AffineSet {
  return {
    point: new Array<Rational>(dim).fill(ZERO),
    basis: Array.from({ length: dim }, (_, k) => Array.from({ length: dim }, (_, j) => (j === k ? ONE : ZERO))),
  };
}

/** The polyhedron's part in an affine set, in the coordinates t of that set; rows are computed when first asked for. */
export function restrict(polyhedron: Polyhedron, set: AffineSet): Polyhedron {
  const { denominator, origin, directions } = clearDenominators(set);
  const normals: (bigint[] | undefined)[] = [];
  const bounds: (bigint | undefined)[] = [];
  return {
    dim: directions.length,
    count: polyhedron.count,
    normal(i) {
      normals[i] ??= directions.map((direction) => integerDot(polyhedron.normal(i), direction));
      return normals[i];
    },
    bound(i) {
      bounds[i] ??= polyhedron.bound(i) * denominator - integerDot(polyhedron.normal(i), origin);
      return bounds[i];
    },
  };
}

/**
 * The affine hull of a polyhedron and a point of its relative interior, exactly; undefined iff it is empty.
 *
 * Each round maximises the least slack: if the slack is positive, the polyhedron is full-dimensional in the current
 * affine set; if it is zero, the rows with a positive multiplier hold with equality everywhere, and the next round
 * continues inside them.
 */
export function relativeInterior(polyhedron: Polyhedron): RelativeInterior | undefined {
  return allOf(findingInterior(polyhedron));
}

/** `relativeInterior` in steps of one row. */
export function* findingInterior(polyhedron: Polyhedron): Steps<RelativeInterior | undefined> {
  let hull = wholeSpace(polyhedron.dim);
  let local = polyhedron;
  for (;;) {
    const found = local.dim === 1 ? interval(local) : yield* maximisingSlack(local);
    if (found === "empty") return undefined;
    if ("interior" in found) return { hull, point: pointOf(hull, found.interior) };
    hull = compose(hull, found.within);
    local = restrict(polyhedron, hull);
  }
}

type Round = "empty" | { readonly interior: Rational[] } | { readonly within: AffineSet };

/** The bounds of a polyhedron of dimension 1, absent on sides where it is unbounded; undefined iff it is empty. */
export function intervalOf(polyhedron: Polyhedron): { low?: Rational; high?: Rational } | undefined {
  let low: readonly [bigint, bigint] | undefined;
  let high: readonly [bigint, bigint] | undefined;
  for (let i = 0; i < polyhedron.count; i++) {
    const speed = polyhedron.normal(i)[0]!;
    const bound = polyhedron.bound(i);
    if (speed > 0n) {
      if (high && bound * high[1] >= high[0] * speed) continue;
      high = [bound, speed];
    } else if (speed < 0n) {
      if (low && -bound * low[1] <= low[0] * -speed) continue;
      low = [-bound, -speed];
    } else if (bound < 0n) return undefined;
    if (low && high && low[0] * high[1] > high[0] * low[1]) return undefined;
  }
  return { ...(low && { low: rational(...low) }), ...(high && { high: rational(...high) }) };
}

function interval(polyhedron: Polyhedron): Round {
  const bounds = intervalOf(polyhedron);
  if (bounds === undefined) return "empty";
  const { low, high } = bounds;
  if (low && high) {
    if (equals(low, high)) return { within: { point: [low], basis: [] } };
    return { interior: [divide(add(low, high), ofInteger(2n))] };
  }
  if (low) return { interior: [add(low, ONE)] };
  return { interior: [high ? subtract(high, ONE) : ZERO] };
}

/**
 * Maximises τ ≤ 1 with normal(i)·x + τ ≤ bound(i). Rows without coefficients are no bound on x and get no slack. In
 * steps of one row.
 */
function* maximisingSlack(polyhedron: Polyhedron): Steps<Round> {
  const reduced = yield* droppingLines(polyhedron);
  const { polyhedron: spanning, rows } = reduced;
  const n = spanning.dim;
  const objective = [...new Array<bigint>(n).fill(0n), 1n];
  const normals: (bigint[] | undefined)[] = [];
  normals[polyhedron.count] = objective;
  const lifted: Polyhedron = {
    dim: n + 1,
    count: polyhedron.count + 1,
    normal: (i) => {
      normals[i] ??= [...spanning.normal(i), isZero(spanning.normal(i)) ? 0n : 1n];
      return normals[i];
    },
    bound: (i) => (i === polyhedron.count ? 1n : spanning.bound(i)),
  };
  const tight = yield* TightRows.making(lifted, [...rows, polyhedron.count]);
  if ((yield* maximising(lifted, tight, objective, 0n)) !== "optimal") return "empty";
  const x = tight.vertex();
  if (x[n]! > 0n) {
    const interior = new Array<Rational>(polyhedron.dim).fill(ZERO);
    reduced.columns.forEach((column, k) => {
      interior[column] = rational(x[k]!, tight.denominator);
    });
    return { interior };
  }
  const y = tight.multipliers(objective);
  const equalities = tight.rows.filter((_, k) => y[k]! > 0n);
  // x satisfies these rows with equality, so they are consistent
  const within = (yield* solvingAffine(
    equalities.flatMap((i) => [...polyhedron.normal(i)]),
    equalities.length,
    polyhedron.dim,
    equalities.map((i) => polyhedron.bound(i)),
  ))!;
  return { within };
}

function isZero(vector: readonly bigint[]): boolean {
  return vector.every((x) => x === 0n);
}

/** Whether some point has positive slack in every row that has coefficients, and no row without them is violated. */
export function hasInteriorPoint(polyhedron: Polyhedron): boolean {
  return allOf(lookingForInterior(polyhedron));
}

/** `hasInteriorPoint` in steps of one row. */
export function* lookingForInterior(polyhedron: Polyhedron): Steps<boolean> {
  const found = polyhedron.dim === 1 ? interval(polyhedron) : yield* maximisingSlack(polyhedron);
  return found !== "empty" && "interior" in found;
}

/** Whether x satisfies every row. */
export function satisfies(polyhedron: Polyhedron, x: readonly Rational[]): boolean {
  const { denominator, origin } = clearDenominators({ point: x, basis: [] });
  for (let i = 0; i < polyhedron.count; i++) {
    if (integerDot(polyhedron.normal(i), origin) > polyhedron.bound(i) * denominator) return false;
  }
  return true;
}
