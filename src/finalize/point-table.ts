import { Column } from "../base/column.ts";
import { LazyList } from "../base/list.ts";
import { float64s, uint8s } from "../base/small-arrays.ts";
import type { Steps } from "../base/steps.ts";
import type { FieldMatrix } from "../exact/matrix.ts";
import { type Rational, rational } from "../exact/rational.ts";
import { indices } from "../exact/region.ts";
import { roundQuotient } from "../exact/rounding.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { ExactCandidate, ExactRegions, ExactSigns } from "./exact-region.ts";
import { KnownSigns } from "./known-signs.ts";
import { sorting } from "./sorting.ts";

/** A fixed point, decided exactly. */
export interface CertifiedPoint {
  /** The number of the point in the order in which points were found. */
  readonly number: number;
  readonly exact: readonly Rational[];
  /** `exact` correctly rounded. */
  readonly z: readonly number[];
  /** max |z − exact|, rounded up. */
  readonly error: number;
  /** Hyperplanes with u_j·z > h_j, ascending. */
  readonly active: readonly number[];
  /** Hyperplanes with u_j·z = h_j, ascending. */
  readonly ties: readonly number[];
  /** Sign of det(M + VᵀDU) in its region; only without ties, where there is one region. */
  readonly determinantSign: -1 | 1 | undefined;
  /** M + VᵀDU in its region; only without ties, where a region led to it. */
  readonly field?: FieldMatrix | undefined;
}

/** z correctly rounded, and max |z − exact| rounded up. */
export interface RoundedPoint {
  readonly z: readonly number[];
  readonly error: number;
}

/** Found on the way, and not come upon by the method yet. */
const EARLY = 1;
/** A region with a regular matrix led to the point. */
const WITH_REGION = 2;
/** Coordinates that are 0 are exactly 0. */
const EXACT_ZEROS = 4;

/**
 * The certified points of a system, numbered from 0. There may be millions of them, so they are columns of numbers; a
 * point is made of them each time that it is asked for.
 */
export class PointTable {
  readonly #regions: () => ExactRegions;
  readonly #known: KnownSigns;
  readonly #z: Column<Float64Array>;
  readonly #error = new Column(1, float64s);
  readonly #determinantSign = new Column(1, (length) => new Int8Array(length));
  readonly #flags = new Column(1, uint8s);
  /** Of the points for which no mask gives them anew: the regions of a point with ties may be singular. */
  readonly #candidates = new Map<number, ExactCandidate>();
  #count = 0;

  constructor({ latentDim, hyperplanes }: PiecewiseLinearSystem, regions: () => ExactRegions) {
    this.#regions = regions;
    this.#known = new KnownSigns(hyperplanes);
    this.#z = new Column(latentDim, float64s);
  }

  get count(): number {
    return this.#count;
  }

  /** The number of the point with whose nonzero signs a mask agrees. */
  at(mask: Uint32Array): number | undefined {
    return this.#known.at(mask);
  }

  /**
   * @param mask of the region whose candidate the point is, if it is that of a region with a regular matrix.
   * @param isEarly whether it was found on the way and not by the method.
   * @returns the number of the point, and whether it is new.
   */
  add(
    candidate: ExactCandidate,
    { z, error }: RoundedPoint,
    signs: ExactSigns,
    mask: Uint32Array | undefined,
    isEarly: boolean,
  ): { readonly number: number; readonly isNew: boolean } {
    const known = this.#known.add(signs);
    if (!known.isNew) return known;
    const { number } = known;
    this.#count++;
    this.#z.setRow(number, z);
    this.#error.set(number, 0, error);
    const isTied = signs.ties.some((word) => word !== 0);
    const { refined } = candidate;
    const sign = refined?.determinantSign ?? (candidate.denominator > 0n ? 1 : -1);
    this.#determinantSign.set(number, 0, isTied ? 0 : sign);
    // a refined coordinate is 0 only where it is exactly 0
    const hasZeros = refined !== undefined || z.every((x, k) => x !== 0 || candidate.numerators[k] === 0n);
    const early = isEarly ? EARLY : 0;
    this.#flags.set(number, 0, early | (mask === undefined ? 0 : WITH_REGION) | (hasZeros ? EXACT_ZEROS : 0));
    if (mask === undefined || isTied) this.#candidates.set(number, candidate);
    return known;
  }

  /** Whether the method has not come upon a point yet: it was found on the way. */
  isEarly(number: number): boolean {
    return (this.#flags.get(number) & EARLY) !== 0;
  }

  /** The method has come upon a point. */
  confirm(number: number): void {
    this.#flags.set(number, 0, this.#flags.get(number) & ~EARLY);
  }

  isFinite(number: number): boolean {
    for (let k = 0; k < this.#z.width; k++) if (!Number.isFinite(this.#z.get(number, k))) return false;
    return true;
  }

  /** z_k of a point. */
  coordinate(number: number, k: number): number {
    return this.#z.get(number, k);
  }

  /** A point; its exact numbers are computed when they are read. */
  point(number: number): CertifiedPoint {
    const positive = this.#known.positive(number);
    const sign = this.#determinantSign.get(number);
    const withField = sign !== 0 && (this.#flags.get(number) & WITH_REGION) !== 0;
    return new TablePoint(
      number,
      { z: this.#z.row(number), error: this.#error.get(number) },
      { active: indices(positive), ties: this.#known.ties(number) },
      sign === 0 ? undefined : sign < 0 ? -1 : 1,
      () => this.#exactOf(number, positive),
      () => (withField ? this.#regions().field(positive) : undefined),
    );
  }

  #exactOf(number: number, positive = this.#known.positive(number)): ExactCandidate {
    const kept = this.#candidates.get(number);
    if (kept !== undefined) return kept;
    const regions = this.#regions();
    // without ties the region of the signs is the one whose matrix proved regular
    return regions.candidate(regions.region(positive))!;
  }

  /** The order of the rounded coordinates. */
  #compareRounded(a: number, b: number): number {
    for (let k = 0; k < this.#z.width; k++) {
      const difference = this.#z.get(a, k) - this.#z.get(b, k);
      if (difference !== 0) return difference;
    }
    return a - b;
  }

  /**
   * Sorts the numbers of points that are finite in ascending exact lexicographic order, in place and in steps.
   *
   * Rounding keeps the order of numbers whose rounded values differ. So the order of the rounded coordinates is right
   * if any two points that follow one another are exactly equal in the coordinates before the first whose rounded
   * values differ. Where they are not, all points are compared exactly that share the rounded value of their first
   * coordinate.
   * @param isExact whether the order is to be right beyond the rounded coordinates.
   */
  *sorting(numbers: Uint32Array, isExact: boolean): Steps<void> {
    yield* sorting(numbers, (a, b) => this.#compareRounded(a, b));
    if (!isExact) return;
    let before: ExactCandidate | undefined;
    for (let i = 1; i < numbers.length; i++) {
      const [a, b] = [numbers[i - 1]!, numbers[i]!];
      const shared = this.#sharedToProve(a, b);
      if (shared.length === 0) {
        before = undefined;
        continue;
      }
      const first = before ?? this.#exactOf(a);
      const second = this.#exactOf(b);
      before = second;
      yield;
      if (shared.every((k) => compareQuotients(first, second, k) === 0)) continue;
      i = yield* this.#sortingExactly(numbers, i);
      before = undefined;
    }
  }

  /** The first coordinates, whose rounded values are the same, without those that are known to be equal. */
  #sharedToProve(a: number, b: number): number[] {
    const shared: number[] = [];
    if (this.#error.get(a) === 0 && this.#error.get(b) === 0) return shared;
    const zeros = (this.#flags.get(a) & this.#flags.get(b) & EXACT_ZEROS) !== 0;
    for (let k = 0; k < this.#z.width; k++) {
      const x = this.#z.get(a, k);
      if (x !== this.#z.get(b, k)) break;
      if (x !== 0 || !zeros) shared.push(k);
    }
    return shared;
  }

  /** Sorts all points with the rounded first coordinate of the point at `at`. @returns the place after them. */
  *#sortingExactly(numbers: Uint32Array, at: number): Steps<number> {
    const x = this.#z.get(numbers[at]!);
    let [from, to] = [at, at];
    while (from > 0 && this.#z.get(numbers[from - 1]!) === x) from--;
    while (to < numbers.length && this.#z.get(numbers[to]!) === x) to++;
    const exact = new Map<number, ExactCandidate>();
    for (const number of numbers.subarray(from, to)) {
      exact.set(number, this.#exactOf(number));
      yield;
    }
    yield* sorting(numbers.subarray(from, to), (a, b) => compareExactly(exact.get(a)!, exact.get(b)!));
    return to;
  }
}

/** Some of the points of a table, each made when it is asked for. */
export class CertifiedPoints extends LazyList<CertifiedPoint> {
  readonly #table: PointTable;
  readonly #numbers: Uint32Array;

  constructor(table: PointTable, numbers: Uint32Array) {
    super(numbers.length, (i) => table.point(numbers[i]!));
    this.#table = table;
    this.#numbers = numbers;
  }

  /** The `number` of a point. */
  number(index: number): number {
    return this.#numbers[index]!;
  }

  /** z_k of a point. */
  coordinate(index: number, k: number): number {
    return this.#table.coordinate(this.#numbers[index]!, k);
  }
}

/** What `CertifiedPoint` has. Own properties are what does not depend on the order in which points were found. */
class TablePoint implements CertifiedPoint {
  readonly z: readonly number[];
  readonly error: number;
  readonly active: readonly number[];
  readonly ties: readonly number[];
  readonly #number: number;
  readonly #sign: -1 | 1 | undefined;
  readonly #candidate: () => ExactCandidate;
  readonly #field: () => FieldMatrix | undefined;

  constructor(
    number: number,
    { z, error }: RoundedPoint,
    { active, ties }: Pick<CertifiedPoint, "active" | "ties">,
    sign: -1 | 1 | undefined,
    candidate: () => ExactCandidate,
    field: () => FieldMatrix | undefined,
  ) {
    this.#number = number;
    this.z = z;
    this.error = error;
    this.active = active;
    this.ties = ties;
    this.#sign = sign;
    this.#candidate = candidate;
    this.#field = field;
  }

  get number(): number {
    return this.#number;
  }

  get exact(): readonly Rational[] {
    const { numerators, denominator } = this.#candidate();
    return numerators.map((n) => rational(n, denominator));
  }

  get determinantSign(): -1 | 1 | undefined {
    return this.#sign;
  }

  get field(): FieldMatrix | undefined {
    return this.#field();
  }
}

function compareExactly(a: ExactCandidate, b: ExactCandidate): number {
  for (let k = 0; k < a.numerators.length; k++) {
    const order = compareQuotients(a, b, k);
    if (order !== 0) return order;
  }
  return 0;
}

function compareQuotients(a: ExactCandidate, b: ExactCandidate, k: number): -1 | 0 | 1 {
  const left = a.numerators[k]! * b.denominator;
  const right = b.numerators[k]! * a.denominator;
  if (left === right) return 0;
  const alike = a.denominator > 0n === b.denominator > 0n;
  return left > right === alike ? 1 : -1;
}

/** z of a candidate correctly rounded, with its error. */
export function roundedPoint(candidate: ExactCandidate): RoundedPoint {
  if (candidate.refined !== undefined) return candidate.refined;
  const { numerators, denominator } = candidate;
  const z = new Array<number>(numerators.length);
  const distances = new Array<number>(numerators.length);
  for (let k = 0; k < z.length; k++) roundQuotient(numerators[k]!, denominator, z, distances, k);
  return { z, error: Math.max(0, ...distances) };
}
