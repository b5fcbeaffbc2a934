import { F32 } from "./precision.ts";

/**
 * Rounding in the box filter (stages/box-filter.ts): float32 under WGSL's rules, u = F32.unit, with any order of sums.
 *
 * On a box with centre c and half-widths r, both float32 and the box within c ± r, all L units are summed anew:
 *
 *     G(z) ∈ Ĝ + Â(z − c) ± Σ_j w_j |v_j| + e,    |e| ≤ E.
 *
 * With `size` = |u_j|(|c| + r) + |b0| + |b1|, |v_j| size ≤ ½(S_j |v_j||u_j|(|c| + r) + F_j |v_j|), half of what unit j adds to
 * Ā(|c| + r) + b̄ (search/bounds.ts). Each unit's band errs by at most (R + 40)u·size: two stored kinks (u), u_j·c against z's (R + 2), slope
 * (middle, outside, their sum, a quotient of 2.5 ulp: 6, twice, as it meets x − centre and the width), width (2) and value (4 sums of up to
 * four sizes). Ĝ is a sum of L + R + 1 terms with a stored v_j and a product each, (L + R + 4)u; Â likewise, and its error meets r; Σ w|v|
 * likewise, or, for a functional y, Σ|y·v_j|w_j and y·Ĝ, R more roundings each, all of it times |y|. Together at most
 * (3L + 6R + 100)u/2 of Ā(|c| + r) + b̄ from units, and (2L + 4R + 12)u/2 from M, k, of which each kind of error meets only |c| or r. The last
 * sums, of the spread and the error, add (R + 4)u.
 */
export function boxAccumulation(units: number, dim: number): number {
  return (2 * units + 6 * dim + 64) * F32.unit * F32.slack;
}

/**
 * x = u·z lies in x̂ ± Σ|u_k|ρ_k with ρ = r + this·(|c| + r): x̂ and the sum have R products each, R + 1 roundings with that of the
 * stored u_k, x̂ ± p has one more, ρ two. At least twice what is needed.
 */
export function boxProjection(dim: number): number {
  return (2 * dim + 16) * F32.unit;
}

/**
 * Entries of the table, and coordinates, are at most this; and so …
 */
export const LARGEST_ENTRY = 2 ** 20;
/** … Ā(|c| + r) + b̄ at most this: squares of sums, which are the largest numbers formed, then stay within 2^90. */
export const LARGEST_SUM = 2 ** 40;
/** Units at most: what flushed subnormals add was counted for so many. */
export const MOST_BOX_UNITS = 2 ** 16;

/**
 * What flushed subnormals, 2^-126 each, can come to in a bound: the worst is a slope, which meets |x − centre| ≤ 2^44, a weight of 2^20 and
 * 2^16 units. Systems are equilibrated to 1, so this is nothing.
 */
export const BOX_TINY = 2 ** -40;

/** The place of a ramp's upper kink, which no x comes near: there are no infinities. */
export const NO_KINK = F32.huge;
