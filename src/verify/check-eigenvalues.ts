import type { ComplexPair } from "../base/result.ts";
import { type Dyadic, toNumber } from "../model/dyadic.ts";
import type { Time } from "../model/system.ts";
import type { Refuse } from "./problem.ts";

/**
 * Relative to the matrix: far above the rounding errors of any careful eigenvalue solver, far below a wrong digit that
 * matters.
 */
export const EIGENVALUE_TOLERANCE = 1e-11;
/** Of a smaller matrix subnormal numbers are too coarse for the tolerance. */
const FINEST_SIZE = 2 ** -1030;
/** Powers of the matrix smaller than this are lost in the rounding errors of their own products. */
const SMALLEST_POWER = 2 ** -14;
/** The relative tolerance of |λ|, which a careful program computes to a few units in the last place. */
export const MODULUS_TOLERANCE = 2 ** -49;

/** The reason why an empty list is not checked. */
export const NO_EIGENVALUES = "are not given, as where they can't be computed; whether they can is not checked";

/** |λ| in discrete time, Re λ in continuous time. */
export function sizeOf([re, im]: ComplexPair, time: Time): number {
  return time === "discrete" ? Math.hypot(re, im) : re;
}

/**
 * Refuses eigenvalues that are not those of J: their power sums Σ λ^k must be tr J^k for k = 1 … n, which determines
 * them and is well conditioned whatever the matrix. They must be closed under complex conjugation, the dominant first.
 *
 * @param J n×n row-major. @param known eigenvalues of J that the list leaves out.
 * @param stretch the size of the matrix from which they were computed, over the size of J.
 */
export function checkEigenvalues(
  J: readonly Dyadic[],
  n: number,
  time: Time,
  values: readonly ComplexPair[],
  path: string,
  refuse: Refuse,
  known: readonly ComplexPair[] = [],
  stretch = 1,
): void {
  if (values.length + known.length !== n) {
    refuse(path, `are ${values.length}, the matrix has ${n - known.length}`);
    return;
  }
  const entries = J.map(toNumber);
  // then no power of the scaled matrix is larger than 1
  const size = Math.max(stretch * n * largestOf(entries), FINEST_SIZE);
  const scaled = entries.map((x) => x / size);
  const all = [...values, ...known].map(([re, im]) => [re / size, im / size] as const);
  let power = scaled;
  let powers = all;
  let growth = 1;
  for (let k = 1; k <= n; k++) {
    let trace = 0;
    for (let i = 0; i < n; i++) trace += power[i * n + i]!;
    const sum = powers.reduce((total, [re]) => total + re, 0);
    // the derivative of tr J^k is k J^(k−1)
    if (!(Math.abs(sum - trace) <= EIGENVALUE_TOLERANCE * n * k * growth)) {
      refuse(path, `don't have the sum of powers ${k} that the matrix asks for`);
      return;
    }
    growth = Math.max(n * largestOf(power), SMALLEST_POWER);
    power = product(power, scaled, n);
    powers = powers.map(
      ([re, im], i) => [re * all[i]![0] - im * all[i]![1], re * all[i]![1] + im * all[i]![0]] as const,
    );
  }
  const conjugates = new Set(values.map(([re, im]) => `${re},${im + 0}`));
  const sumIm = values.reduce((sum, [, im]) => sum + im, 0);
  if (sumIm !== 0 || !values.every(([re, im]) => conjugates.has(`${re},${-im + 0}`))) {
    refuse(path, "are not closed under complex conjugation");
  }
  for (let i = 1; i < values.length; i++) {
    const [before, after] = [sizeOf(values[i - 1]!, time), sizeOf(values[i]!, time)];
    if (after - before > MODULUS_TOLERANCE * Math.abs(after)) {
      refuse(`${path}[${i}]`, "is dominant over the one before it");
      return;
    }
  }
}

function largestOf(values: readonly number[]): number {
  let largest = 0;
  for (const x of values) largest = Math.max(largest, Math.abs(x));
  return largest;
}

function product(a: readonly number[], b: readonly number[], n: number): number[] {
  return a.map((_, at) => {
    const row = at - (at % n);
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[row + k]! * b[k * n + (at % n)]!;
    return sum;
  });
}
