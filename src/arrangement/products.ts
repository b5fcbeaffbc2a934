import { compare, multiply } from "../model/dyadic.ts";
import type { ExactArray } from "../model/system.ts";

/**
 * The sign of a_i b_j − a_k b_l, exactly: in float64 where rounding can't have changed it, else in integers.
 *
 * A rounded entry errs by 2^-53 of itself and by 2^-1075, a product again by as much. So a product errs by less than
 * 2^-51 of itself, by 2^-1074 times its factors and by 2^-1074. The bound takes 2^-1000 for the last two, as work with
 * subnormal numbers takes ten times as long.
 */
export function compareProducts(a: ExactArray, i: number, b: ExactArray, j: number, k: number, l: number): -1 | 0 | 1 {
  const [ai, bj, ak, bl] = [a.rounded[i]!, b.rounded[j]!, a.rounded[k]!, b.rounded[l]!];
  const left = ai * bj;
  const right = ak * bl;
  const difference = left - right;
  const factors = Math.abs(ai) + Math.abs(bj) + Math.abs(ak) + Math.abs(bl);
  const bound = 2 ** -50 * (Math.abs(left) + Math.abs(right)) + (factors + 1) * 2 ** -1000;
  // comparisons that NaN fails
  if (difference > bound && difference < Number.POSITIVE_INFINITY) return 1;
  if (difference < -bound && difference > Number.NEGATIVE_INFINITY) return -1;
  return compare(multiply(a.at(i), b.at(j)), multiply(a.at(k), b.at(l)));
}
