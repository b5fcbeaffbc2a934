import { toNumber } from "../model/dyadic.ts";
import { trailingZeros } from "./integers.ts";

/** An n×n matrix known exactly: entry (i, k) is integers[i·n + k]·2^exponent. */
export interface ExactMatrix {
  readonly n: number;
  readonly integers: readonly bigint[];
  readonly exponent: number;
  /** Each entry correctly rounded, row-major, where this is known without the integers. */
  readonly nearest?: Float64Array | undefined;
}

/** A matrix whose entries are known rounded, and whose integers are computed when they are asked for. */
export class RoundedMatrix implements ExactMatrix {
  readonly n: number;
  readonly nearest: Float64Array | undefined;
  readonly #make: () => ExactMatrix;
  #exact: ExactMatrix | undefined;

  constructor(n: number, nearest: Float64Array | undefined, make: () => ExactMatrix) {
    this.n = n;
    this.nearest = nearest;
    this.#make = make;
  }

  get integers(): readonly bigint[] {
    return this.#made.integers;
  }

  get exponent(): number {
    return this.#made.exponent;
  }

  get #made(): ExactMatrix {
    this.#exact ??= this.#make();
    return this.#exact;
  }
}

/** M + VᵀDU of a region. */
export interface FieldMatrix extends ExactMatrix {
  /** The Jacobian of the dynamics, each entry correctly rounded, row-major, where this is known without integers. */
  readonly jacobian?: Float64Array | undefined;
}

/** Each entry correctly rounded to float64; ±Infinity past the range. Row-major. */
export function rounded(matrix: ExactMatrix): Float64Array {
  if (matrix.nearest !== undefined) return matrix.nearest.slice();
  const { integers, exponent } = matrix;
  const out = new Float64Array(integers.length);
  for (let at = 0; at < out.length; at++) out[at] = toNumber({ m: integers[at]!, e: exponent });
  return out;
}

/** a − b, entry by entry, times a positive number. */
export function difference(a: ExactMatrix, b: ExactMatrix): bigint[] {
  const exponent = Math.min(a.exponent, b.exponent);
  const up = BigInt(a.exponent - exponent);
  const upB = BigInt(b.exponent - exponent);
  return a.integers.map((x, at) => (x << up) - (b.integers[at]! << upB));
}

/** The same matrix with integers as small as they can be. */
export function lowestTerms({ n, integers, exponent }: ExactMatrix): ExactMatrix {
  let all = 0n;
  for (const x of integers) all |= x;
  const zeros = trailingZeros(all);
  if (zeros === 0) return { n, integers, exponent };
  return { n, integers: integers.map((x) => x >> BigInt(zeros)), exponent: exponent + zeros };
}
