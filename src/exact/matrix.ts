import { toNumber } from "../model/dyadic.ts";
import { trailingZeros } from "./integers.ts";

/** An n×n matrix known exactly: entry (i, k) is integers[i·n + k]·2^exponent. */
export interface ExactMatrix {
  readonly n: number;
  readonly integers: readonly bigint[];
  readonly exponent: number;
}

/** Each entry correctly rounded to float64; ±Infinity past the range. Row-major. */
export function rounded({ integers, exponent }: ExactMatrix): Float64Array {
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
