import { F32 } from "./precision.ts";

/**
 * Rounding in the box filter (stages/box-filter.ts): float32 under the rules of WGSL, u = F32.unit.
 *
 * Let the box lie within c ± r, with centre c and half-widths r in float32. For unit j let a_j = |u_j|(|c| + r) and
 * K_j = |b0| + |b1|, over its finite kinks, and
 *
 *     φ_j(u_j·z) ∈ λ_j u_j·(z − c) + value_j ± (width_j + e_j),
 *     m_j = (bottom_j − b0_j) + λ_j a_j + width_j + K_j [high_j > b0_j].
 *
 * The ends of u_j·z, low and high, are moved outward by more than their own error (`boxProjection`, `BOX_KINK`), so a
 * unit that is off adds exactly nothing. For other units e_j ≤ (R + 32)u·m_j. The stored kinks err by u K_j; u_j·c
 * differs from x̂ by (R + 2)u a_j, times λ; the slope errs by 6u (two differences, their sum, a quotient of 2.5 ulp),
 * times |x − bottom| ≤ 2p ≤ 2.1 a_j; the width errs by 8u; and the four sums of the value err by u each of the parts of
 * m_j.
 *
 * A zero z in the box has y·G(z) = 0 for the computed y, whatever the error of y, with |y_i| ≤ 1 + 4u. With
 * T_j = Σ_i|y_i v_ij| and t_j = y·v_j as computed, of error (R + 1)u T_j, that is
 *
 *     0 ∈ y·k + (yM)·c + Σ_j t_j value_j + (yM + Σ_j t_j λ_j u_j)·(z − c) ± Σ_j |t_j| width_j ± e.
 *
 * |φ_j| ≤ 2.1 m_j, so the units' own errors add (3.1R + 35)u Σ T_j m_j to e. Both sums over units are made in blocks of
 * `BOX_BLOCK` units, whose sums no compiler can take apart, as the shader hides them behind an integer. So no term
 * takes part in more than D = `depth` sums, in any order within a block, and meets 4 more roundings, of its own and
 * with the rest: (2D + 8)u Σ T_j m_j. Both errors together are less than `boxUnitError`.
 *
 * Σ|t_j| width_j and |…|·r are sums of at most L + R positive numbers and err by `boxSpreadError` of themselves. So do
 * the bounds, which slack covers. y·k, yM and (yM)·c are summed apart and then added, with 3R + 8 roundings
 * (`boxBaseError`) of Σ|y_i|(|k_i| + |M_i|(|c| + r)). Last, M, k, u, v, b0, b1 are themselves rounded in float64
 * (search/kernel/bounds.ts), by 2^-29 of all this or less.
 */
export function boxUnitError(units: number, dim: number): number {
  return (2 * depth(units) + 4 * dim + 48) * F32.unit * F32.slack;
}

/** The number of units in a block. */
export const BOX_BLOCK = 16;

function depth(units: number): number {
  return BOX_BLOCK + Math.ceil(units / BOX_BLOCK);
}

export function boxSpreadError(units: number, dim: number): number {
  return (2 * units + 4 * dim + 32) * F32.unit;
}

export function boxBaseError(dim: number): number {
  return (4 * dim + 16) * F32.unit * F32.slack;
}

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
/** Most units: slack covers the L roundings of sums of bounds over this many. */
export const MOST_BOX_UNITS = 2 ** 13;

/**
 * A bound on the effect of flushed subnormals, 2^-126 each. The worst effect is that of a slope, which meets
 * |x − centre| ≤ 2^44, a weight of 2^20 and 2^13 units. As systems are equilibrated to 1, the bound is negligible.
 */
export const BOX_TINY = 2 ** -40;

/** The upper kink of a ramp, far beyond any x, in the place of an infinity. */
export const NO_KINK = F32.huge;
