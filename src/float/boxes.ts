import { F32 } from "./precision.ts";

/**
 * Rounding of a unit's band on a box in float32 under the rules of WGSL, u = F32.unit (stages/box-stack.ts).
 *
 * Let the box lie within c ± r, with centre c and half-widths r in float32. For unit j let a_j = |u_j|(|c| + r) and
 * K_j = |b0| + |b1|, over its finite kinks, and
 *
 *     φ_j(u_j·z) ∈ λ_j u_j·(z − c) + value_j ± (width_j + e_j),
 *     m_j = (bottom_j − b0_j) + λ_j a_j + width_j + K_j [high_j > b0_j].
 *
 * The ends of u_j·z, low and high, are moved outward by more than their own error (`boxProjection`, `BOX_KINK`), so a
 * unit that is off adds exactly nothing, and one that has one piece on the range has it indeed. For other units
 * e_j ≤ (R + 32)u·m_j. The stored kinks err by u K_j; u_j·c differs from x̂ by (R + 2)u a_j, times λ; the slope errs by
 * 6u (two differences, their sum, a quotient of 2.5 ulp), times |x − bottom| ≤ 2p ≤ 2.1 a_j; the width errs by 8u; and
 * the four sums of the value err by u each of the parts of m_j. What sums over units add is in box-step.ts.
 */
/**
 * The factor f with x = u·z in x̂ ± (Σ|u_k|r_k + f·Σ|u_k|(|c_k| + r_k)). x̂ and the sum have R products each, which
 * makes R + 1 roundings with that of a stored u_k; x̂ ± p and p itself round four more times. f is at least one and a
 * half times as large as needed.
 */
export function boxProjection(dim: number): number {
  return (2 * dim + 16) * F32.unit;
}

/** Times K, the widening of a range for the error of stored kinks, each u of itself. */
export const BOX_KINK = 2 * F32.unit;

/** Largest magnitude of entries of the table and of coordinates. */
export const LARGEST_ENTRY = 2 ** 20;
/**
 * Largest entry of Ā(|c| + r) + b̄. Squares of such sums are the largest numbers that are formed; they stay within
 * 2^90.
 */
export const LARGEST_SUM = 2 ** 40;
/**
 * A bound on the effect of flushed subnormals, 2^-126 each. The worst effect is that of a slope, which meets
 * |x − centre| ≤ 2^44, a weight of 2^20 and 2^13 units. As systems are equilibrated to 1, the bound is negligible.
 */
export const BOX_TINY = 2 ** -40;

/** The upper kink of a ramp, far beyond any x, in the place of an infinity. */
export const NO_KINK = F32.huge;
