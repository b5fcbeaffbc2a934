import type { Stability } from "../base/result.ts";
import type { Steps } from "../base/steps.ts";
import { type ExactMatrix, lowestTerms, rounded } from "../exact/matrix.ts";
import { compare, multiply, negate, ofDyadic, ofInteger, type Rational, ZERO } from "../exact/rational.ts";
import { solve } from "../float/float-solve.ts";
import type { Time } from "../model/system.ts";
import { product, transpose } from "./integer-matrix.ts";

/*
 * Stability of a fixed point on a boundary, where the dynamics nearby is linear on each of several cones ("sides"). All
 * sides being stable does not make the point stable: orbits that change sides can grow (Carmona, Freire, Ponce, Ros,
 * Torres, "The continuous matching of two stable linear systems can be unstable", Discrete Contin. Dyn. Syst. 16,
 * 2006). So a class is given only where one of the arguments here proves it.
 */

/** The report on a fixed point in one dimension, from the slopes on its two sides. */
export interface LineReport {
  readonly stability: Stability;
  /**
   * The factor by which the distance to the point grows in one step (continuous time: its rate), on the side where it
   * grows most.
   */
  readonly growth: Growth;
}

/**
 * `twice` holds the factors of two steps if orbits change sides in each step: the growth of one step is the root of
 * their product.
 */
export type Growth = { readonly once: Rational } | { readonly twice: readonly [Rational, Rational] };

/**
 * Class of a fixed point in one dimension from the slopes on its two sides, exactly.
 *
 * Discrete time: a side with slope ≥ 0 maps to itself; one with slope < 0 maps to the other side, so two such sides
 * make a two-step slope. Continuous time: no orbit leaves its side.
 */
export function classifyOnLine(left: Rational, right: Rational, time: Time): LineReport {
  const boundary = time === "discrete" ? ofInteger(1n) : ZERO;
  const together = (a: Rational, b: Rational): LineReport => ({
    stability: joined(compare(a, boundary), compare(b, boundary)),
    growth: { once: compare(a, b) < 0 ? b : a },
  });
  const leftStays = time === "continuous" || left.n >= 0n;
  const rightStays = time === "continuous" || right.n >= 0n;
  if (leftStays && rightStays) return together(left, right);
  if (leftStays) return together(left, left);
  if (rightStays) return together(right, right);
  const twice = [negate(left), negate(right)] as const;
  const side = compare(multiply(...twice), boundary);
  return { stability: joined(side, side), growth: { twice } };
}

/** The class of a point from its two sides, on which orbits approach (−1), stay (0) or leave (1). */
function joined(a: -1 | 0 | 1, b: -1 | 0 | 1): Stability {
  if (a * b < 0) return "semistable";
  if (a > 0 || b > 0) return "unstable";
  return a === 0 || b === 0 ? "marginal" : "stable";
}

/** Shares of the identity in the form: a smaller share allows stronger shear, a larger one is found faster. */
const IDENTITY_SHARES = [2 ** -6, 2 ** -12, 2 ** -20, 2 ** -30];
const SEARCH_ROUNDS = 16;
const POWER_STEPS = 40;

/**
 * True if there is a quadratic form P, found in floating point and checked exactly, that shrinks along the dynamics of
 * every side: P and P − JᵀPJ (continuous time: −JᵀP − PJ) positive definite for all J. Then dᵀPd is a Lyapunov function
 * however the orbit changes sides, and the point is asymptotically stable. False proves nothing. In steps of one side
 * and one row.
 */
export function* contractingTogether(sides: readonly ExactMatrix[], time: Time): Steps<boolean> {
  return yield* certifying(sides, time, 1n, yield* searchingForm(sides.map((J) => contractionOf(J, time, 1))));
}

/**
 * True if such a form P grows along the dynamics of every side: JᵀPJ − P (continuous time: JᵀP + PJ) positive definite
 * for all J. Then every orbit near the point leaves. False proves nothing. In steps of one side and one row.
 */
export function* expandingTogether(sides: readonly ExactMatrix[], time: Time): Steps<boolean> {
  return yield* certifying(sides, time, -1n, yield* searchingForm(sides.map((J) => contractionOf(J, time, -1))));
}

function* certifying(
  sides: readonly ExactMatrix[],
  time: Time,
  orientation: 1n | -1n,
  form: Float64Array | undefined,
): Steps<boolean> {
  if (form === undefined) return false;
  const n = sides[0]!.n;
  // the form may be rounded in any way, because the check is made on the rounded form
  const large = form.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const P = Array.from(form, (x) => BigInt(Math.round((x / large) * 2 ** 44)));
  if (!(yield* testingDefinite(P, n))) return false;
  for (const J of sides) {
    const change = decrease(J, P, time).map((x) => orientation * x);
    yield;
    if (!(yield* testingDefinite(change, n))) return false;
  }
  return true;
}

/** A positive multiple of P − JᵀPJ in discrete time, of −(JᵀP + PJ) in continuous time. */
function decrease(J: ExactMatrix, P: readonly bigint[], time: Time): bigint[] {
  const { n } = J;
  const { integers: K, exponent } = lowestTerms(J);
  const PK = product(P, K, n, n, n);
  if (time === "continuous") return PK.map((x, at) => -x - PK[(at % n) * n + Math.floor(at / n)]!);
  const image = product(transpose(K, n, n), PK, n, n, n);
  const up = BigInt(2 * Math.abs(exponent));
  return exponent <= 0 ? image.map((x, at) => (P[at]! << up) - x) : image.map((x, at) => P[at]! - (x << up));
}

/**
 * Sylvester's criterion on a symmetric integer matrix, all leading minors by Bareiss's elimination. In steps of one
 * row.
 */
function* testingDefinite(A: readonly bigint[], n: number): Steps<boolean> {
  const W = [...A];
  let previous = 1n;
  for (let k = 0; k < n; k++) {
    const pivot = W[k * n + k]!;
    if (pivot <= 0n) return false;
    for (let i = k + 1; i < n; i++) {
      for (let j = k + 1; j < n; j++) {
        W[i * n + j] = (pivot * W[i * n + j]! - W[i * n + k]! * W[k * n + j]!) / previous;
      }
      yield;
    }
    previous = pivot;
  }
  return true;
}

/**
 * A float matrix C with CᵀPC < P iff P has the wanted decrease on the side: J or its inverse in discrete time; in
 * continuous time the Cayley transform (I − cJ)⁻¹(I + cJ) of ±J, which has the same forms P.
 */
function contractionOf(J: ExactMatrix, time: Time, orientation: 1 | -1): Float64Array | undefined {
  const { n } = J;
  const matrix = rounded(J);
  const identity = Float64Array.from(matrix, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
  if (time === "discrete") return orientation === 1 ? matrix : solve(matrix, identity, n);
  let norm = 0;
  for (const x of matrix) norm = Math.max(norm, Math.abs(x));
  const c = orientation / (n * Math.max(norm, Number.MIN_VALUE));
  return solve(
    identity.map((x, at) => x - c * matrix[at]!),
    identity.map((x, at) => x + c * matrix[at]!),
    n,
  );
}

/**
 * Looks for P with CᵀPC < P for all C: the leading form of P → Σ w CᵀPC + a small multiple of I, where the weights w of
 * the maps that contract least are raised. Undefined if a C is missing or nothing was found.
 */
function* searchingForm(maps: readonly (Float64Array | undefined)[]): Steps<Float64Array | undefined> {
  const known = maps.filter((map) => map !== undefined);
  if (known.length < maps.length) return undefined;
  for (const share of IDENTITY_SHARES) {
    const form = yield* searchingWithShare(known, share);
    if (form !== undefined) return form;
  }
  return undefined;
}

function* searchingWithShare(maps: readonly Float64Array[], share: number): Steps<Float64Array | undefined> {
  const n = Math.round(Math.sqrt(maps[0]!.length));
  let weights = maps.map(() => 1 / maps.length);
  for (let round = 0; round < SEARCH_ROUNDS; round++) {
    const P = yield* formingLeading(maps, weights, n, share);
    if (!P.every(Number.isFinite)) return undefined;
    const growth: number[] = [];
    for (const C of maps) {
      growth.push(largestGrowth(C, P, n));
      yield;
    }
    if (growth.every((factor) => factor < 1 - 2 ** -12)) return P;
    const raised = weights.map((w, s) => w * growth[s]!);
    const total = raised.reduce((a, b) => a + b, 0);
    if (!(total > 0 && total < Number.POSITIVE_INFINITY)) return undefined;
    weights = raised.map((w) => w / total);
  }
  return undefined;
}

function* formingLeading(
  maps: readonly Float64Array[],
  weights: readonly number[],
  n: number,
  share: number,
): Steps<Float64Array> {
  let P = Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
  for (let step = 0; step < POWER_STEPS; step++) {
    const next = new Float64Array(n * n);
    for (const [s, C] of maps.entries()) {
      const image = congruence(C, P, n);
      for (let at = 0; at < n * n; at++) next[at]! += weights[s]! * image[at]!;
      yield;
    }
    let trace = 0;
    for (let i = 0; i < n; i++) trace += next[i * n + i]!;
    // the multiple of I keeps P well away from singular matrices
    for (let at = 0; at < n * n; at++) next[at] = next[at]! / trace + (at % (n + 1) === 0 ? share / n : 0);
    P = next;
  }
  return P;
}

/** CᵀPC. */
function congruence(C: Float64Array, P: Float64Array, n: number): Float64Array {
  const PC = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) for (let j = 0; j < n; j++) PC[i * n + j]! += P[i * n + k]! * C[k * n + j]!;
  const out = new Float64Array(n * n);
  for (let k = 0; k < n; k++)
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[i * n + j]! += C[k * n + i]! * PC[k * n + j]!;
  return out;
}

/** About max dᵀCᵀPCd / dᵀPd, by power iteration on P⁻¹CᵀPC. */
function largestGrowth(C: Float64Array, P: Float64Array, n: number): number {
  const ratio = solve(P, congruence(C, P, n), n);
  if (ratio === undefined) return Number.POSITIVE_INFINITY;
  // fixed, irregular start
  let d = Float64Array.from({ length: n }, (_, i) => 1 + ((i * 7) % 5) / 8);
  let growth = 0;
  for (let step = 0; step < POWER_STEPS; step++) {
    const next = new Float64Array(n);
    for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) next[i]! += ratio[i * n + k]! * d[k]!;
    const size = next.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    if (size === 0) return 0;
    growth = size;
    d = next.map((x) => x / size);
  }
  return growth;
}

/** The exact slope of a 1×1 linearisation. */
export function slope(J: ExactMatrix): Rational {
  return ofDyadic({ m: J.integers[0]!, e: J.exponent });
}
