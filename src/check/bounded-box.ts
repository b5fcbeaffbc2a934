import { solveFractionFree } from "../exact/elimination.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { compare, ofNumber, type Rational, rational } from "../exact/rational.ts";
import { add, negate } from "../model/dyadic.ts";
import { type ExactRoot, pairsOf } from "./exact-root.ts";

/**
 * The box of all z = −M⁻¹(c + Σ v_j φ_j) with each φ_j between 0 and its height, exactly: every fixed point lies in it.
 * @returns undefined if a unit is unbounded or M is singular.
 */
export function boundedBox(
  root: ExactRoot,
): { readonly low: readonly Rational[]; readonly high: readonly Rational[] } | undefined {
  const { dim: R, M, c, V, h } = root;
  const pairs = pairsOf(root);
  if (pairs.some(([, j]) => j < 0)) return undefined;
  const heights = scaleToIntegers(pairs.map(([i, j]) => add(h[j]!, negate(h[i]!))));
  const v = scaleToIntegers(pairs.flatMap(([i]) => V.slice(i * R, (i + 1) * R)));
  const base = scaleToIntegers([...M, ...c]);
  // one power of two for both sides
  const e = Math.min(base.exponent, v.exponent + heights.exponent);
  const up = BigInt(base.exponent - e);
  const upV = BigInt(v.exponent + heights.exponent - e);
  const L = pairs.length;
  const right: bigint[] = [];
  for (let i = 0; i < R; i++) {
    right.push(-(base.values[R * R + i]! << up));
    for (let j = 0; j < L; j++) right.push(-((v.values[j * R + i]! * heights.values[j]!) << upV));
  }
  const solution = solveFractionFree(
    base.values.slice(0, R * R).map((x) => x << up),
    R,
    right,
    L + 1,
  );
  if (solution === undefined) return undefined;
  const { determinant, X } = solution;
  const sign = determinant < 0n ? -1n : 1n;
  const low: Rational[] = [];
  const high: Rational[] = [];
  for (let i = 0; i < R; i++) {
    let [least, most] = [sign * X[i * (L + 1)]!, sign * X[i * (L + 1)]!];
    for (let j = 1; j <= L; j++) {
      const x = sign * X[i * (L + 1) + j]!;
      if (x < 0n) least += x;
      else most += x;
    }
    low.push(rational(least, sign * determinant));
    high.push(rational(most, sign * determinant));
  }
  return { low, high };
}

/** Whether [lo, hi] contains the box of all fixed points of a bounded system. */
export function holdsAll(system: ExactRoot, lo: ArrayLike<number>, hi: ArrayLike<number>): boolean {
  const box = boundedBox(system);
  if (box === undefined || lo.length !== box.low.length || hi.length !== box.low.length) return false;
  return box.low.every((x, i) => compare(ofNumber(lo[i]!), x) <= 0 && compare(ofNumber(hi[i]!), box.high[i]!) >= 0);
}
