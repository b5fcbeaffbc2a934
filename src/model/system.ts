import { add, type Dyadic, fromNumber, toNumber } from "./dyadic.ts";
import type { ExactNumber } from "./exact-number.ts";

/** A number that is rounded to a smaller magnitude may be subnormal, or 0: then its error is not relative. */
const SMALLEST_FAITHFUL = 2 ** -1000;
/** Whether a number that was rounded to this has lost no digits to underflow or overflow. */
const isFaithful = (x: number): boolean => Math.abs(x) >= SMALLEST_FAITHFUL && Math.abs(x) < Number.POSITIVE_INFINITY;
/** Of an array of float64 numbers: one map for all of them. */
const NO_DYADICS: ReadonlyMap<number, Dyadic> = new Map();
/** No number takes the place of another. */
const UNCHANGED: ReadonlyMap<number, ExactNumber> = new Map();

/**
 * An array of real numbers that are known exactly and stored rounded.
 *
 * `rounded[i]` is the float64 nearest to entry i, so |rounded[i] − entry i| ≤ 2^-53 |rounded[i]| + 2^-1075. Where
 * `isExact(i)` there is no error at all.
 */
export class ExactArray {
  readonly rounded: Float64Array;
  readonly #inexact: ReadonlyMap<number, Dyadic>;

  private constructor(rounded: Float64Array, inexact: ReadonlyMap<number, Dyadic>) {
    this.rounded = rounded;
    this.#inexact = inexact;
  }

  /** Entries that are exactly the float64 values given. */
  static ofNumbers(values: ArrayLike<number>): ExactArray {
    return ExactArray.keeping(new Float64Array(values));
  }

  /** `ofNumbers` of an array that nobody else writes to, without a copy. */
  static keeping(values: Float64Array): ExactArray {
    return new ExactArray(values, NO_DYADICS);
  }

  static ofDyadics(values: readonly Dyadic[]): ExactArray {
    return ExactArray.of(values);
  }

  /**
   * Entries that are float64 values or dyadic rationals.
   * @param changed takes the place of some of them: a list of float64 values takes several times the memory once a
   *   dyadic number is put into it.
   */
  static of(values: ArrayLike<ExactNumber>, changed: ReadonlyMap<number, ExactNumber> = UNCHANGED): ExactArray {
    const rounded = new Float64Array(values.length);
    let inexact: Map<number, Dyadic> | undefined;
    const put = (value: ExactNumber, i: number): void => {
      rounded[i] = typeof value === "number" ? value : toNumber(value);
      inexact?.delete(i);
      if (typeof value === "number") return;
      const back = Number.isFinite(rounded[i]) ? fromNumber(rounded[i]) : undefined;
      if (back !== undefined && back.m === value.m && back.e === value.e) return;
      inexact ??= new Map();
      inexact.set(i, value);
    };
    for (let i = 0; i < values.length; i++) put(values[i]!, i);
    changed.forEach(put);
    return new ExactArray(rounded, inexact ?? NO_DYADICS);
  }

  /**
   * The entries times powers of two.
   * @param numbers the rounded entries times these powers, exactly; kept.
   * @param exponentOf the exponent for an entry.
   * @returns undefined where an entry that is no float64 may be rounded otherwise there.
   */
  moved(numbers: Float64Array, exponentOf: (at: number) => number): ExactArray | undefined {
    if (this.allExact) return ExactArray.keeping(numbers);
    const inexact = new Map<number, Dyadic>();
    for (const [at, { m, e }] of this.#inexact) {
      if (!isFaithful(this.rounded[at]!) || !isFaithful(numbers[at]!)) return undefined;
      inexact.set(at, { m, e: e + exponentOf(at) });
    }
    return new ExactArray(numbers, inexact);
  }

  get length(): number {
    return this.rounded.length;
  }

  /** True when every entry is a float64. */
  get allExact(): boolean {
    return this.#inexact.size === 0;
  }

  /** True when entry i is a float64. */
  isExact(i: number): boolean {
    return !this.#inexact.has(i);
  }

  /** True when rounded entry i may err by more than 2^-53 of itself, because it lost digits to underflow. */
  mayHaveUnderflowed(i: number): boolean {
    return Math.abs(this.rounded[i]!) < SMALLEST_FAITHFUL && !this.isExact(i);
  }

  /** Entry i, exactly. */
  at(i: number): Dyadic {
    return this.#inexact.get(i) ?? fromNumber(this.rounded[i]!);
  }

  /** Entry i, exactly, as a float64 where it is one. */
  get(i: number): ExactNumber {
    return this.#inexact.get(i) ?? this.rounded[i]!;
  }

  /** Entries [from, to), exactly, as float64 where they are. */
  numbers(from = 0, to = this.length): ArrayLike<ExactNumber> & Iterable<ExactNumber> {
    const rounded = this.rounded.subarray(from, to);
    return this.allExact ? rounded : Array.from(rounded, (_, i) => this.get(from + i));
  }

  /** All entries, exactly. */
  toDyadics(): Dyadic[] {
    return Array.from({ length: this.length }, (_, i) => this.at(i));
  }
}

/** A map z ↦ F(z), or a flow ż = F(z). */
export type Time = "discrete" | "continuous";

/**
 * The one form that everything inside works on (docs/design.md#the-problem):
 *
 *     G(z) = M z + Vᵀ relu(U z − h) − g = 0
 *
 * All matrices are row-major. U is float64 exactly, as no family combines its entries; the other arrays keep their
 * entries exact.
 */
export interface PiecewiseLinearSystem {
  /** R: the dimension of z. */
  readonly latentDim: number;
  /** N: the number of hyperplanes u_j·z = h_j, in the model's own order. */
  readonly hyperplanes: number;
  /** In discrete time the Jacobian of the dynamics is M + VᵀDU + I, in continuous time M + VᵀDU. */
  readonly time: Time;
  /** R×R. */
  readonly M: ExactArray;
  /** R. */
  readonly g: ExactArray;
  /** N×R. */
  readonly U: Float64Array;
  /** N×R: row j is v_j. */
  readonly V: ExactArray;
  /** N. */
  readonly h: ExactArray;
}

/** G(z) at a float64 point, in plain float64: for trajectories, pictures and Newton steps, never for a decision. */
export function evaluate(system: PiecewiseLinearSystem, z: ArrayLike<number>): Float64Array {
  const { latentDim: R, hyperplanes: N, U } = system;
  const M = system.M.rounded;
  const V = system.V.rounded;
  const h = system.h.rounded;
  const out = new Float64Array(R);
  for (let i = 0; i < R; i++) {
    let sum = -system.g.rounded[i]!;
    for (let k = 0; k < R; k++) sum += M[i * R + k]! * z[k]!;
    out[i] = sum;
  }
  for (let j = 0; j < N; j++) {
    let x = -h[j]!;
    for (let k = 0; k < R; k++) x += U[j * R + k]! * z[k]!;
    if (x > 0) for (let i = 0; i < R; i++) out[i]! += V[j * R + i]! * x;
  }
  return out;
}

/** The exact sum of dyadic numbers. */
export function sum(values: Iterable<Dyadic>): Dyadic {
  let total: Dyadic = { m: 0n, e: 0 };
  for (const value of values) total = add(total, value);
  return total;
}
