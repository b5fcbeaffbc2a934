import { gcd } from "./integers.ts";
import { add, equals, key, multiply, type Rational, subtract } from "./rational.ts";

/**
 * The affine set point + span(basis) of Q^R.
 *
 * Canonical as `solveAffine` returns it: `basis` (rows of length R) is in reduced row echelon form and `point` is zero
 * in its leading columns, so that equal sets have equal fields. All functions here keep that form.
 */
export interface AffineSet {
  readonly point: readonly Rational[];
  readonly basis: readonly (readonly Rational[])[];
}

/**
 * An affine set over one common denominator: (origin + Σ t_k directions[k]) / denominator, the denominator positive.
 */
export interface IntegerAffineSet {
  readonly denominator: bigint;
  readonly origin: readonly bigint[];
  readonly directions: readonly (readonly bigint[])[];
}

/** The same parametrisation with the denominators cleared: t_k multiplies basis[k] in both. */
export function clearDenominators(set: AffineSet): IntegerAffineSet {
  let denominator = 1n;
  for (const vector of [set.point, ...set.basis]) {
    for (const { d } of vector) {
      if (denominator % d !== 0n) denominator *= d / gcd(denominator, d);
    }
  }
  const scaled = (vector: readonly Rational[]) => vector.map(({ n, d }) => n * (denominator / d));
  return { denominator, origin: scaled(set.point), directions: set.basis.map(scaled) };
}

/** point + Σ t_k basis[k]. */
export function pointOf(set: AffineSet, t: readonly Rational[]): Rational[] {
  return set.point.map((start, i) => {
    let sum = start;
    for (let k = 0; k < t.length; k++) {
      if (t[k]!.n !== 0n && set.basis[k]![i]!.n !== 0n) sum = add(sum, multiply(t[k]!, set.basis[k]![i]!));
    }
    return sum;
  });
}

/** The subset of `outer` whose coordinates t form the set `inner` of Q^(outer dimension). */
export function compose(outer: AffineSet, inner: AffineSet): AffineSet {
  const directions: AffineSet = { point: outer.point.map(() => ({ n: 0n, d: 1n })), basis: outer.basis };
  return { point: pointOf(outer, inner.point), basis: inner.basis.map((t) => pointOf(directions, t)) };
}

/** Whether z lies in the set. */
export function affineContains(set: AffineSet, z: readonly Rational[]): boolean {
  const t = set.basis.map((direction) => z[direction.findIndex((x) => x.n !== 0n)]!);
  const nearest = pointOf(set, t);
  return nearest.every((x, i) => equals(x, z[i]!));
}

/** A text that two sets share iff they are equal. */
export function affineKey(set: AffineSet): string {
  return [set.point, ...set.basis].map((vector) => vector.map(key).join()).join(";");
}

/** a·b. */
export function dot(a: readonly Rational[], b: readonly Rational[]): Rational {
  let sum: Rational = { n: 0n, d: 1n };
  for (let i = 0; i < a.length; i++) if (a[i]!.n !== 0n && b[i]!.n !== 0n) sum = add(sum, multiply(a[i]!, b[i]!));
  return sum;
}

/** Lexicographic order: −1, 0 or 1. */
export function compareVectors(a: readonly Rational[], b: readonly Rational[]): -1 | 0 | 1 {
  for (let i = 0; i < a.length; i++) {
    const { n } = subtract(a[i]!, b[i]!);
    if (n !== 0n) return n > 0n ? 1 : -1;
  }
  return 0;
}
