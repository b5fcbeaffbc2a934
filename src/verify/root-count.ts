import { determinant } from "../exact/elimination.ts";
import { content } from "../exact/integers.ts";
import { type Dyadic, fromNumber } from "../model/dyadic.ts";
import type { Time } from "../model/system.ts";

/*
 * The places of the eigenvalues of an exact matrix, counted with multiplicity and without exceptional cases. The solver
 * counts by Routh, Hurwitz and Sturm in a half-plane, after Faddeev and LeVerrier. This file counts by Schur and Cohn
 * in the disc, after interpolation. So the two share neither code nor method.
 */

/** Integer coefficients in ascending order of degree, the last one not zero. */
type Polynomial = readonly bigint[];

/** Roots inside, on and outside the unit circle (continuous time: left of, on and right of the imaginary axis). */
export interface RootPlaces {
  readonly inside: number;
  readonly boundary: number;
  readonly outside: number;
}

/** The places of the eigenvalues of the n×n matrix K·2^exponent. */
export function eigenvaluePlaces(K: readonly bigint[], n: number, exponent: number, time: Time): RootPlaces {
  return placesOf(scaleRoots(characteristicPolynomial(K, n), exponent), time);
}

/**
 * Whether [low, high] holds max |λ| (continuous time: max Re λ) of the n×n matrix K·2^exponent: no eigenvalue may lie
 * outside the circle (right of the line) at `high`, and not all eigenvalues may lie inside the circle (left of the
 * line) at `low`.
 */
export function holdsLargest(
  K: readonly bigint[],
  n: number,
  exponent: number,
  time: Time,
  [low, high]: readonly [number, number],
): boolean {
  const p = scaleRoots(characteristicPolynomial(K, n), exponent);
  if (time === "continuous") {
    return (
      placesOf(shifted(p, fromNumber(high)), time).outside === 0 &&
      placesOf(shifted(p, fromNumber(low)), time).inside < n
    );
  }
  const above =
    high > 0
      ? placesOf(shrunk(p, fromNumber(high)), time).outside === 0
      : high === 0 && p.findIndex((c) => c !== 0n) === n;
  return above && (low <= 0 || placesOf(shrunk(p, fromNumber(low)), time).inside < n);
}

/** A polynomial whose roots are those of p divided by a positive m·2^e. */
function shrunk(p: Polynomial, { m, e }: Dyadic): Polynomial {
  let power = 1n;
  return scaleRoots(p, -e).map((c) => {
    const scaled = c * power;
    power *= m;
    return scaled;
  });
}

/** A polynomial whose roots are a positive multiple of those of p less m·2^e, by Horner and Ruffini. */
function shifted(p: Polynomial, { m, e }: Dyadic): Polynomial {
  const q = [...scaleRoots(p, -e)];
  for (let k = 0; k < q.length - 1; k++) for (let i = q.length - 2; i >= k; i--) q[i]! += m * q[i + 1]!;
  return q;
}

/** The places of the roots of a polynomial. */
function placesOf(p: Polynomial, time: Time): RootPlaces {
  if (time === "discrete") return placesInDisc(p);
  const inDisc = toDisc(p);
  // s = 1 went to infinity
  const lost = p.length - inDisc.length;
  const places = placesInDisc(inDisc);
  return { ...places, outside: places.outside + lost };
}

/**
 * det(t I − K) from its values at t = 0 … n. In the basis 1, t, t(t − 1), … the coefficients of a polynomial with
 * integer coefficients are the integers Δ^k p(0)/k! (Newton's interpolation).
 */
function characteristicPolynomial(K: readonly bigint[], n: number): Polynomial {
  const values = Array.from({ length: n + 1 }, (_, t) =>
    determinant(
      K.map((x, at) => (at % (n + 1) === 0 ? BigInt(t) - x : -x)),
      n,
    ),
  );
  for (let k = 1; k <= n; k++) {
    for (let i = n; i >= k; i--) values[i] = (values[i]! - values[i - 1]!) / BigInt(k);
  }
  let p: bigint[] = [values[n]!];
  for (let k = n - 1; k >= 0; k--) {
    // p·(t − k) + values[k]
    p = [...p.map((c, i) => (i > 0 ? p[i - 1]! : 0n) - BigInt(k) * c), p[p.length - 1]!];
    p[0]! += values[k]!;
  }
  return p;
}

/** A polynomial whose roots are those of p times 2^exponent. */
function scaleRoots(p: Polynomial, exponent: number): Polynomial {
  const n = p.length - 1;
  return primitive(p.map((c, k) => c << BigInt(exponent >= 0 ? exponent * (n - k) : -exponent * k)));
}

/** Σ p_k (z − 1)^k (z + 1)^(n−k): s = (z − 1)/(z + 1) takes the unit disc to the left half-plane. */
function toDisc(p: Polynomial): Polynomial {
  const n = p.length - 1;
  let sum: bigint[] = [p[n]!];
  let power: bigint[] = [1n];
  for (let k = n - 1; k >= 0; k--) {
    power = timesLinear(power, 1n);
    sum = timesLinear(sum, -1n).map((c, i) => c + p[k]! * power[i]!);
  }
  return trim(sum);
}

/** q·(z + a). */
function timesLinear(q: Polynomial, a: bigint): bigint[] {
  return Array.from({ length: q.length + 1 }, (_, i) => (i > 0 ? q[i - 1]! : 0n) + (i < q.length ? a * q[i]! : 0n));
}

/**
 * The places of roots relative to the unit circle, by the transform a_n p − a_0 p*, where p* is the polynomial with its
 * coefficients reversed (Schur 1917, Cohn 1922; Marden, "Geometry of polynomials", section 42–45). On the circle
 * |p| = |p*|, so by Rouché's theorem the larger of the two terms decides how many roots the transform has inside; roots
 * on the circle are common to p and p* and stay. Where |a_0| = |a_n|, p is multiplied by a factor without roots in the
 * disc that makes them different, or is its own p* up to the sign, and then has as many roots inside as its derivative
 * has outside.
 *
 * @param earlier the leading coefficient of the polynomial whose transform this is; 1 if this is no transform.
 * @param divisor the number that divides a transform of a transform, as in Bareiss's elimination: the leading
 *   coefficient two steps before.
 */
function placesInDisc(polynomial: Polynomial, earlier = 1n, divisor = 1n): RootPlaces {
  const zeros = polynomial.findIndex((c) => c !== 0n);
  const p = divisor === 1n ? primitive(polynomial.slice(zeros)) : divided(polynomial.slice(zeros), divisor);
  const n = p.length - 1;
  if (zeros > 0) {
    const rest = placesInDisc(p);
    return { ...rest, inside: rest.inside + zeros };
  }
  if (n === 0) return { inside: 0, boundary: 0, outside: 0 };
  const first = magnitude(p[0]!);
  const last = magnitude(p[n]!);
  if (first !== last) {
    const rest = placesInDisc(combined(p[n]!, p, -p[0]!).slice(1), p[n], earlier);
    if (last > first) return { ...rest, inside: rest.inside + 1 };
    return { inside: rest.outside, boundary: rest.boundary, outside: rest.inside + 1 };
  }
  const sign = p[0] === p[n] ? 1n : -1n;
  const q = p.findIndex((c, j) => p[n - j] !== sign * c);
  if (q < 0) {
    const { outside } = placesInDisc(p.slice(1).map((c, k) => c * BigInt(k + 1)));
    return { inside: outside, boundary: n - 2 * outside, outside };
  }
  // z^q + 2s, s the sign of (a_{n−q} − u a_q)/a_n, has its roots outside (Marden's theorem 45,2)
  const s = p[n - q]! - sign * p[q]! > 0n === p[n]! > 0n ? 1n : -1n;
  const F = Array.from({ length: n + q + 1 }, (_, i) => (i >= q ? p[i - q]! : 0n) + (i <= n ? 2n * s * p[i]! : 0n));
  const { inside, boundary } = placesInDisc(trim(combined(F[0]!, F, -F[n + q]!)));
  return { inside, boundary, outside: n - inside - boundary };
}

/** a p + b p*, without zeros at the upper end. */
function combined(a: bigint, p: Polynomial, b: bigint): bigint[] {
  const n = p.length - 1;
  return trim(p.map((c, k) => a * c + b * p[n - k]!));
}

function magnitude(x: bigint): bigint {
  return x < 0n ? -x : x;
}

function trim(p: bigint[]): bigint[] {
  let length = p.length;
  while (length > 0 && p[length - 1] === 0n) length--;
  return p.slice(0, length);
}

/**
 * p/divisor if that is integer, else p over its content: roots at 0 that were removed on the way may spoil the
 * divisibility.
 */
function divided(p: Polynomial, divisor: bigint): Polynomial {
  return p.every((c) => c % divisor === 0n) ? p.map((c) => c / divisor) : primitive(p);
}

function primitive(p: Polynomial): Polynomial {
  const divisor = content(p);
  return divisor <= 1n ? p : p.map((c) => c / divisor);
}
