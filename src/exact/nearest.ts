import { allOf, type Steps } from "../base/steps.ts";
import { type AffineSet, clearDenominators, pointOf } from "./affine.ts";
import { solvingFractionFree } from "./elimination.ts";
import { intervalOf } from "./hull.ts";
import { integerDot, type Polyhedron } from "./polyhedron.ts";
import { compare, type Rational, rational } from "./rational.ts";

/**
 * The point nearest to the origin of the set {point + Σ t_k basis[k] : t in the polyhedron}, exactly; undefined iff it
 * is empty. The point exists and is unique because the set is closed and convex. Every rotation and reflection about 0
 * moves it along with the set.
 *
 * The dual method of Goldfarb and Idnani ("A numerically stable dual method for solving strictly convex quadratic
 * programs", Mathematical Programming 27, 1983) in exact integers: every row that enters raises the dual value
 * strictly, so the method ends.
 */
export function nearestToOrigin(set: AffineSet, polyhedron: Polyhedron): Rational[] | undefined {
  return allOf(findingNearest(set, polyhedron));
}

/** `nearestToOrigin` in steps of one row. */
export function* findingNearest(set: AffineSet, polyhedron: Polyhedron): Steps<Rational[] | undefined> {
  const { origin, directions } = clearDenominators(set);
  // minimise ½ tᵀQt − qᵀt: half the squared length, without its denominator and constant
  const Q = directions.map((a) => directions.map((b) => integerDot(a, b)));
  const q = directions.map((a) => -integerDot(a, origin));
  if (directions.length === 1) {
    const bounds = intervalOf(polyhedron);
    return bounds && pointOf(set, [clamp(rational(q[0]!, Q[0]![0]!), bounds)]);
  }
  let active: number[] = [];
  let next = 0;
  for (;;) {
    const { x, denominator } = yield* stationary(Q, q, polyhedron, active);
    const t = x.slice(0, q.length);
    const entering = violatedRow(polyhedron, t, denominator, next);
    if (entering < 0) {
      return pointOf(
        set,
        t.map((v) => rational(v, denominator)),
      );
    }
    const enlarged = yield* enter(Q, q, polyhedron, active, entering);
    if (enlarged === undefined) return undefined;
    active = enlarged;
    yield;
    next = (entering + 1) % polyhedron.count;
  }
}

/**
 * The active rows after a violated one has entered: its multiplier f grows from zero until the row is tight, and rows
 * whose multiplier reaches zero on the way leave. Undefined when the row can't be satisfied together with the others.
 */
function* enter(
  Q: readonly (readonly bigint[])[],
  q: readonly bigint[],
  polyhedron: Polyhedron,
  start: readonly number[],
  entering: number,
): Steps<number[] | undefined> {
  const normal = polyhedron.normal(entering);
  let active = [...start];
  for (;;) {
    const d = q.length;
    // (t, multipliers) = (x + f·speed)/denominator
    const { x, speed, denominator } = yield* stationary(Q, q, polyhedron, active, normal);
    const approach = -integerDot(normal, speed.slice(0, d));
    let blocking = -1;
    let end: readonly [bigint, bigint] | undefined;
    if (approach > 0n) end = [integerDot(normal, x.slice(0, d)) - polyhedron.bound(entering) * denominator, approach];
    for (let k = 0; k < active.length; k++) {
      const fall = -speed[d + k]!;
      if (fall <= 0n || (end !== undefined && x[d + k]! * end[1] >= end[0] * fall)) continue;
      end = [x[d + k]!, fall];
      blocking = k;
    }
    if (end === undefined) return undefined;
    if (blocking < 0) return [...active, entering];
    active = active.filter((_, k) => k !== blocking);
  }
}

/**
 * Where the gradient vanishes with the active rows tight, Qt + Σ λ_k normal_k = q, and how (t, λ) moves per unit of
 * force against `normal`; over one positive denominator. Regular because Q is positive definite and the active rows are
 * independent.
 */
function* stationary(
  Q: readonly (readonly bigint[])[],
  q: readonly bigint[],
  polyhedron: Polyhedron,
  active: readonly number[],
  normal: readonly bigint[] = [],
): Steps<{ x: bigint[]; speed: bigint[]; denominator: bigint }> {
  const rows = active.map((i) => polyhedron.normal(i));
  const size = q.length + rows.length;
  const matrix: bigint[] = [];
  Q.forEach((row, k) => {
    matrix.push(...row, ...rows.map((r) => r[k]!));
  });
  for (const r of rows) matrix.push(...r, ...rows.map(() => 0n));
  const constants = [...q, ...active.map((i) => polyhedron.bound(i))];
  const right = constants.flatMap((value, k) => [value, -(normal[k] ?? 0n)]);
  const { determinant, X } = (yield* solvingFractionFree(matrix, size, right, 2))!;
  const column = (c: number) =>
    Array.from({ length: size }, (_, k) => (determinant < 0n ? -X[2 * k + c]! : X[2 * k + c]!));
  return { x: column(0), speed: column(1), denominator: determinant < 0n ? -determinant : determinant };
}

/** The first row, from row `start` on and round again, that t/denominator violates; −1 if there is none. */
function violatedRow(polyhedron: Polyhedron, t: readonly bigint[], denominator: bigint, start: number): number {
  for (let looked = 0; looked < polyhedron.count; looked++) {
    const i = (start + looked) % polyhedron.count;
    if (integerDot(polyhedron.normal(i), t) > polyhedron.bound(i) * denominator) return i;
  }
  return -1;
}

function clamp(t: Rational, { low, high }: { low?: Rational; high?: Rational }): Rational {
  if (low && compare(t, low) < 0) return low;
  return high && compare(t, high) > 0 ? high : t;
}
