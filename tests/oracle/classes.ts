import { type Binary, sum, UNIT } from "./binary.ts";
import { integerRow } from "./integers.ts";
import { fromCircleToAxis, type Polynomial, sidesOfRoots } from "./polynomials.ts";

export type Time = "discrete" | "continuous";
/** A Jacobian, R rows of R numbers. */
export type Jacobian = readonly (readonly Binary[])[];
/** What one linear map can be (src/base/result.ts). */
export type LinearClass = "stable" | "unstable" | "saddle" | "marginal";
/**
 * How many eigenvalues lie inside, on and outside the unit circle (continuous time: left of, on and right of the
 * imaginary axis).
 */
export interface EigenvalueCounts {
  readonly stable: number;
  readonly neutral: number;
  readonly unstable: number;
}

/** (−1)^n det(J − λ) times a power of two, by Faddeev and LeVerrier. */
export function characteristicPolynomial(J: Jacobian): bigint[] {
  const n = J.length;
  const whole = integerRow(J.flat());
  // K = J·2^−e in integers
  const e = Math.min(...J.flat().flatMap((x) => (x.m === 0n ? [] : [x.e])), Number.MAX_SAFE_INTEGER);
  if (e === Number.MAX_SAFE_INTEGER) return [...new Array<bigint>(n).fill(0n), 1n];
  const K = Array.from({ length: n }, (_, i) => whole.slice(i * n, (i + 1) * n));
  // of K: leading 1, then c_1, c_2 …
  const coefficients: bigint[] = [1n];
  let M = K.map((row) => row.map(() => 0n));
  for (let k = 1; k <= n; k++) {
    const last = coefficients[k - 1]!;
    M = times(K, M).map((row, i) => row.map((x, j) => (i === j ? x + last : x)));
    const KM = times(K, M);
    const trace = KM.reduce((total, row, i) => total + row[i]!, 0n);
    coefficients.push(-trace / BigInt(k));
  }
  // of J: c_k 2^(e k), all times 2^(−e n) where e is negative
  const shifts = coefficients.map((_, k) => (e >= 0 ? e * k : -e * (n - k)));
  return coefficients.map((c, k) => c << BigInt(shifts[k]!)).reverse();
}

function times(A: readonly (readonly bigint[])[], B: readonly (readonly bigint[])[]): bigint[][] {
  return A.map((row) => B[0]!.map((_, j) => row.reduce((total, x, k) => total + x * B[k]![j]!, 0n)));
}

/** Where the eigenvalues lie, exactly. */
export function eigenvalueCounts(J: Jacobian, time: Time): EigenvalueCounts {
  const p: Polynomial = characteristicPolynomial(J);
  const q = time === "discrete" ? fromCircleToAxis(p) : p;
  const { left, right, onAxis } = sidesOfRoots(q);
  // what the degree has lost are eigenvalues −1
  return { stable: left, neutral: onAxis + p.length - q.length, unstable: right };
}

/**
 * Class of a linear map: outside the unit circle (right half plane) and inside it a saddle, outside it and not inside
 * unstable; with none outside marginal if there are any on the boundary, and else stable.
 */
export function linearClass(J: Jacobian, time: Time): LinearClass {
  const { stable, neutral, unstable } = eigenvalueCounts(J, time);
  if (unstable > 0) return stable > 0 ? "saddle" : "unstable";
  return neutral > 0 ? "marginal" : "stable";
}

/** A side of a point on hyperplanes. */
export interface Side {
  /** Hyperplanes that are on there. */
  readonly active: readonly number[];
  readonly jacobian: Jacobian;
}

/**
 * The classes that a fixed point with several sides may be given by the definition (src/stability/stability.ts): that
 * of its linear map where all sides share one, in one dimension that of the two slopes, and else `undetermined`, or
 * `stable` (`unstable`) where a quadratic form may contract (expand) on all sides. Whether there is such a form is not
 * decided here, but refuted: then all products of two and three of the maps would contract too, in continuous time all
 * means of two.
 * @param below in one dimension the slope for smaller z.
 */
export function classesAtTies(sides: readonly Side[], time: Time, complete: boolean, below: number): readonly string[] {
  if (!complete) return ["undetermined"];
  const jacobians = sides.map(({ jacobian }) => jacobian);
  if (jacobians.every((J) => same(J, jacobians[0]!))) return [linearClass(jacobians[0]!, time)];
  if (jacobians[0]!.length === 1) return [classOnLine(jacobians[below]![0]![0]!, jacobians[1 - below]![0]![0]!, time)];
  const together = (wanted: LinearClass) =>
    [...jacobians, ...combined(jacobians, time)].every((J) => linearClass(J, time) === wanted) ? [wanted] : [];
  return ["undetermined", ...together("stable"), ...together("unstable")];
}

const MOST_COMBINED = 4;

function combined(jacobians: readonly Jacobian[], time: Time): Jacobian[] {
  const some = jacobians.slice(0, MOST_COMBINED);
  const two = (a: Jacobian, b: Jacobian): Jacobian =>
    a.map((row, i) =>
      row.map((x, k) =>
        // a sum has the signs of the mean
        time === "continuous" ? sum(x, b[i]![k]!) : row.reduce((total, y, l) => sum(total, times2(y, b[l]![k]!)), zero),
      ),
    );
  const pairs = some.flatMap((a) => some.map((b) => two(a, b)));
  return time === "continuous" ? pairs : [...pairs, ...pairs.flatMap((ab) => some.map((c) => two(ab, c)))];
}

const zero: Binary = { m: 0n, e: 0 };
const times2 = (a: Binary, b: Binary): Binary => ({ m: a.m * b.m, e: a.m * b.m === 0n ? 0 : a.e + b.e });

function compare(a: Binary, b: Binary): number {
  const { m } = sum(a, { m: -b.m, e: b.e });
  return m > 0n ? 1 : m < 0n ? -1 : 0;
}

function same(A: Jacobian, B: Jacobian): boolean {
  return A.every((row, i) => row.every((x, k) => compare(x, B[i]![k]!) === 0));
}

/**
 * One dimension. Continuous time: an orbit stays on its side, where the sign of the slope decides. Discrete time: a
 * side whose slope is not negative maps to itself; a negative slope leads to the other side, and once there the orbit
 * stays there or comes back.
 */
function classOnLine(left: Binary, right: Binary, time: Time): LinearClass | "semistable" {
  if (time === "continuous") return joined(compare(left, zero), compare(right, zero));
  const staysLeft = left.m >= 0n;
  const staysRight = right.m >= 0n;
  if (staysLeft && staysRight) return joined(compare(left, UNIT), compare(right, UNIT));
  const growth = staysLeft ? left : staysRight ? right : times2(left, right);
  return joined(compare(growth, UNIT), compare(growth, UNIT));
}

/** −1 for a side on which orbits come, 1 for one on which they go. */
function joined(a: number, b: number): LinearClass | "semistable" {
  const [less, more] = a < b ? [a, b] : [b, a];
  if (less < 0 && more > 0) return "semistable";
  if (more > 0) return "unstable";
  return more === 0 ? "marginal" : "stable";
}

/** Where the sides share one linear map, its counts; there are none where they differ. */
export function sharedCounts(sides: readonly Side[], time: Time, complete: boolean): EigenvalueCounts | undefined {
  const [first] = sides;
  const smooth = complete && sides.every(({ jacobian }) => same(jacobian, first!.jacobian));
  return smooth ? eigenvalueCounts(first!.jacobian, time) : undefined;
}
