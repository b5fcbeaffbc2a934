import { add, type Dyadic, multiply, subtract } from "../../src/model/dyadic.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { compareRationals, integerRow, type Rational, rational, reducedEchelon } from "../oracle/integers.ts";

/** The fixed points of one mask, z(s) = (p + s q)/d, and the s for which they lie in its closed region. */
interface Interval {
  readonly from: Rational;
  readonly to: Rational;
  readonly p: readonly bigint[];
  readonly q: readonly bigint[];
  readonly d: bigint;
}

/** What happens to the number of fixed points as s moves through [low, high]. */
export interface ExactSweep {
  /** The values of s inside the range at which the number changes, ascending. */
  readonly changes: readonly Rational[];
  /** The numbers between them, one more than there are changes. */
  readonly counts: readonly number[];
}

/**
 * By all 2^N masks in integers, with nothing of src/ but the systems at s = 0 and s = 1: each mask's equations are
 * solved for z as an affine function of s, the mask's inequalities make an interval of s, and between two ends of
 * intervals the points are counted.
 *
 * Fit for models without singular masks and without points that stay on a hyperplane.
 */
export function exactSweep(
  zero: PiecewiseLinearSystem,
  one: PiecewiseLinearSystem,
  low: number,
  high: number,
): ExactSweep {
  const range = [toRational(low), toRational(high)] as const;
  const intervals = allMasks(zero, one).flatMap((interval) => clip(interval, range));
  const ends = unique(intervals.flatMap(({ from, to }) => [from, to]).concat(range));
  const spans = ends.slice(1).map((to, i) => countAt(intervals, middle(ends[i]!, to)));
  const changes = ends.slice(1, -1).filter((_, i) => spans[i] !== spans[i + 1]);
  return { changes, counts: spans.filter((count, i) => i === 0 || count !== spans[i - 1]) };
}

function toRational(x: number): Rational {
  const scaled = x * 2 ** 30;
  if (!Number.isSafeInteger(scaled)) throw new RangeError(`ends of ranges in tests are multiples of 2^-30, got ${x}`);
  return rational(BigInt(scaled), 2n ** 30n);
}

function allMasks(zero: PiecewiseLinearSystem, one: PiecewiseLinearSystem): Interval[] {
  const { latentDim: R, hyperplanes: N } = zero;
  const u = (j: number, k: number): Dyadic => dyadicOf(zero.U[j * R + k]!);
  const w = (j: number): Dyadic => subtract(zero.h.at(j), one.h.at(j));
  const found: Interval[] = [];
  for (let mask = 0; mask < 2 ** N; mask++) {
    const rows = Array.from({ length: R }, (_, i) => {
      const row = Array.from({ length: R }, (_, k) => zero.M.at(i * R + k));
      let b = zero.g.at(i);
      let c = subtract(one.g.at(i), zero.g.at(i));
      for (let j = 0; j < N; j++) {
        if (((mask >> j) & 1) === 0) continue;
        const v = zero.V.at(j * R + i);
        for (let k = 0; k < R; k++) row[k] = add(row[k]!, multiply(v, u(j, k)));
        b = add(b, multiply(v, zero.h.at(j)));
        c = subtract(c, multiply(v, w(j)));
      }
      return integerRow([...row, b, c]);
    });
    const { rows: solved, pivots, d } = reducedEchelon(rows, R);
    if (pivots.length < R) throw new RangeError(`mask ${mask} is singular: not a model for this oracle`);
    const p = solved.map((row) => row[R]!);
    const q = solved.map((row) => row[R + 1]!);
    let from: Rational | undefined;
    let to: Rational | undefined;
    let empty = false;
    for (let j = 0; j < N; j++) {
      const [h, wj, ...uj] = integerRow([zero.h.at(j), w(j), ...Array.from({ length: R }, (_, k) => u(j, k))]);
      const side = ((mask >> j) & 1 ? 1n : -1n) * (d > 0n ? 1n : -1n);
      const constant = side * (uj.reduce((sum, x, k) => sum + x * p[k]!, 0n) - h! * d);
      const slope = side * (uj.reduce((sum, x, k) => sum + x * q[k]!, 0n) + wj! * d);
      if (slope === 0n) empty ||= constant < 0n;
      else {
        const s = rational(-constant, slope);
        if (slope > 0n && (!from || compareRationals(s, from) > 0)) from = s;
        if (slope < 0n && (!to || compareRationals(s, to) < 0)) to = s;
      }
    }
    if (!empty) found.push({ from: from ?? rational(-(10n ** 9n), 1n), to: to ?? rational(10n ** 9n, 1n), p, q, d });
  }
  return found.filter(({ from, to }) => compareRationals(from, to) <= 0);
}

/** A fixed point at one s, and whether a branch of the range reaches it. */
export interface ExactPlace {
  readonly z: readonly Rational[];
  readonly reached: boolean;
}

/**
 * All fixed points at s, in the same way and for the same models; [low, high] is the range whose branches count, and
 * holds s.
 */
export function exactPlaces(
  zero: PiecewiseLinearSystem,
  one: PiecewiseLinearSystem,
  range: readonly [number, number],
  s: number,
): ExactPlace[] {
  const at = toRational(s);
  const holds = ({ from, to }: Interval): boolean => compareRationals(from, at) <= 0 && compareRationals(at, to) <= 0;
  const places = new Map<string, ExactPlace>();
  for (const interval of allMasks(zero, one).filter(holds)) {
    const z = pointAt(interval, at);
    const name = nameOf(z);
    const long = clip(interval, [toRational(range[0]), toRational(range[1])]).some(holds);
    places.set(name, { z, reached: long || places.get(name)?.reached === true });
  }
  return [...places.values()];
}

/** The s at which something begins or ends in some region, ascending. */
export function exactEnds(zero: PiecewiseLinearSystem, one: PiecewiseLinearSystem): Rational[] {
  return unique(allMasks(zero, one).flatMap(({ from, to }) => [from, to]));
}

function pointAt({ p, q, d }: Interval, s: Rational): Rational[] {
  return p.map((x, i) => rational(x * s.d + q[i]! * s.n, d * s.d));
}

function nameOf(z: readonly Rational[]): string {
  return z.map(({ n, d }) => `${n}/${d}`).join();
}

function dyadicOf(x: number): Dyadic {
  const exponent = 60;
  const scaled = x * 2 ** exponent;
  return { m: BigInt(scaled), e: -exponent };
}

function clip(interval: Interval, [low, high]: readonly [Rational, Rational]): Interval[] {
  const from = compareRationals(interval.from, low) < 0 ? low : interval.from;
  const to = compareRationals(interval.to, high) > 0 ? high : interval.to;
  return compareRationals(from, to) < 0 ? [{ ...interval, from, to }] : [];
}

function unique(values: readonly Rational[]): Rational[] {
  const sorted = [...values].sort(compareRationals);
  return sorted.filter((x, i) => i === 0 || compareRationals(x, sorted[i - 1]!) !== 0);
}

function middle(a: Rational, b: Rational): Rational {
  return rational(a.n * b.d + b.n * a.d, 2n * a.d * b.d);
}

function countAt(intervals: readonly Interval[], s: Rational): number {
  const inside = intervals.filter(({ from, to }) => compareRationals(from, s) < 0 && compareRationals(s, to) < 0);
  return new Set(inside.map((interval) => nameOf(pointAt(interval, s)))).size;
}
