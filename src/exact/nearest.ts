import { type AffineSet, clearDenominators, pointOf } from "./affine.ts";
import { solveFractionFree } from "./elimination.ts";
import { intervalOf } from "./hull.ts";
import { integerDot, type Polyhedron } from "./polyhedron.ts";
import {
  add,
  compare,
  divide,
  multiply,
  negate,
  ofInteger,
  type Rational,
  rational,
  subtract,
  ZERO,
} from "./rational.ts";

/**
 * The point nearest to the origin of the set {point + Σ t_k basis[k] : t in the polyhedron}, exactly; undefined iff it is empty.
 * It exists and is unique because the set is closed and convex, and it moves along under every rotation and reflection about 0.
 *
 * The dual method of Goldfarb and Idnani ("A numerically stable dual method for solving strictly convex quadratic programs",
 * Mathematical Programming 27, 1983) in exact arithmetic: every full step raises the dual value strictly, so it ends.
 */
export function nearestToOrigin(set: AffineSet, polyhedron: Polyhedron): Rational[] | undefined {
  const { origin, directions } = clearDenominators(set);
  const quadratic = directions.map((a) => directions.map((b) => integerDot(a, b)));
  // minimise ½ tᵀQt + qᵀt: the gradient of the squared length, halved and without its denominator
  const start = solveSystem(
    quadratic,
    directions.map((a) => -integerDot(a, origin)),
  );
  if (start.length === 1) {
    const bounds = intervalOf(polyhedron);
    return bounds && pointOf(set, [clamp(start[0], bounds)]);
  }
  let t = start;
  let active: number[] = [];
  let multipliers: Rational[] = [];
  for (;;) {
    const entering = firstViolated(polyhedron, t);
    if (entering < 0) return pointOf(set, t);
    const normal = polyhedron.normal(entering);
    let force = ZERO;
    for (;;) {
      const { move, change } = response(quadratic, polyhedron, active, normal);
      const approach = negate(rationalDot(normal, move));
      let blocking = -1;
      let step: Rational | undefined;
      if (approach.n !== 0n) {
        step = divide(subtract(rationalDot(normal, t), ofInteger(polyhedron.bound(entering))), approach);
      }
      change.forEach((speed, k) => {
        if (speed.n >= 0n) return;
        const limit = divide(multipliers[k], negate(speed));
        if (step === undefined || compare(limit, step) < 0) {
          step = limit;
          blocking = k;
        }
      });
      if (step === undefined) return undefined;
      const length = step;
      t = t.map((x, k) => add(x, multiply(length, move[k])));
      multipliers = multipliers.map((x, k) => add(x, multiply(length, change[k])));
      force = add(force, length);
      if (blocking < 0) break;
      active = active.filter((_, k) => k !== blocking);
      multipliers = multipliers.filter((_, k) => k !== blocking);
    }
    active = [...active, entering];
    multipliers = [...multipliers, force];
  }
}

function clamp(t: Rational, { low, high }: { low?: Rational; high?: Rational }): Rational {
  if (low && compare(t, low) < 0) return low;
  return high && compare(t, high) > 0 ? high : t;
}

/** How t and the multipliers of the active rows move per unit of multiplier on a new row, the active rows staying tight. */
function response(
  quadratic: readonly (readonly bigint[])[],
  polyhedron: Polyhedron,
  active: readonly number[],
  normal: readonly bigint[],
): { move: Rational[]; change: Rational[] } {
  const rows = active.map((i) => polyhedron.normal(i));
  const upper = quadratic.map((row, k) => [...row, ...rows.map((r) => r[k])]);
  const lower = rows.map((r) => [...r, ...rows.map(() => 0n)]);
  const solution = solveSystem([...upper, ...lower], [...normal.map((x) => -x), ...rows.map(() => 0n)]);
  return { move: solution.slice(0, quadratic.length), change: solution.slice(quadratic.length) };
}

/** Solves a regular system: Q is positive definite and the active rows are independent. */
function solveSystem(matrix: readonly (readonly bigint[])[], right: readonly bigint[]): Rational[] {
  const { determinant, X } = solveFractionFree(matrix.flat(), right.length, right, 1)!;
  return X.map((x) => rational(x, determinant));
}

function rationalDot(a: readonly bigint[], b: readonly Rational[]): Rational {
  let sum = ZERO;
  a.forEach((x, k) => {
    if (x !== 0n && b[k].n !== 0n) sum = add(sum, multiply(ofInteger(x), b[k]));
  });
  return sum;
}

function firstViolated(polyhedron: Polyhedron, t: readonly Rational[]): number {
  const { denominator, origin } = clearDenominators({ point: t, basis: [] });
  for (let i = 0; i < polyhedron.count; i++) {
    if (integerDot(polyhedron.normal(i), origin) > polyhedron.bound(i) * denominator) return i;
  }
  return -1;
}
