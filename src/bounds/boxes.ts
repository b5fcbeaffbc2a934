import { F32 } from "./precision.ts";

/**
 * Rounding in the box filter (stages/box-filter.ts): float32 under WGSL's rules, u = F32.unit.
 *
 * On a box with centre c and half-widths r, both float32 and the box within c ± r, let for unit j, with a_j = |u_j|(|c| + r) and
 * K_j = |b0| + |b1| (of its finite kinks),
 *
 *     φ_j(u_j·z) ∈ λ_j u_j·(z − c) + value_j ± (width_j + e_j),    m_j = (bottom_j − b0_j) + λ_j a_j + width_j + K_j [high_j > b0_j].
 *
 * The ends of u_j·z, low and high, are outward by more than their own error (`boxProjection`, `BOX_KINK`), so a unit that is off adds exactly
 * nothing. Else e_j ≤ (R + 32)u·m_j: the stored kinks err by u K_j; u_j·c against x̂ by (R + 2)u a_j, times λ; the slope by 6u (two differences,
 * their sum, a quotient of 2.5 ulp), times |x − bottom| ≤ 2p ≤ 2.1 a_j; the width by 8u; the value's four sums by u each of m_j's parts.
 *
 * A zero z in the box has y·G(z) = 0 for the y that was found, whatever its error, |y_i| ≤ 1 + 4u. With T_j = Σ_i|y_i v_ij| and t_j = y·v_j as computed, of
 * error (R + 1)u T_j, that is
 *
 *     0 ∈ y·k + (yM)·c + Σ_j t_j value_j + (yM + Σ_j t_j λ_j u_j)·(z − c) ± Σ_j |t_j| width_j ± e.
 *
 * |φ_j| ≤ 2.1 m_j, so the units' own errors add (3.1R + 35)u Σ T_j m_j to e. Both sums over units are made in blocks of `BOX_BLOCK` whose sums no
 * compiler can take apart (the shader hides them behind an integer), so no term takes part in more than D = `depth` sums, in any order
 * within a block, and 4 more roundings, of its own and with the rest: (2D + 8)u Σ T_j m_j. Together they are less than `boxUnitError`.
 *
 * Σ|t_j| width_j and |…|·r are sums of at most L + R positive numbers and err by `boxSpreadError` of themselves, as do the bounds, which slack
 * covers. What is left is y·k, yM and (yM)·c, summed apart and then added, of 3R + 8 roundings (`boxBaseError`) of
 * Σ|y_i|(|k_i| + |M_i|(|c| + r)), and that M, k, u, v, b0, b1 in float64 are rounded (search/bounds.ts, 2^-29 of this and less).
 */
export function boxUnitError(units: number, dim: number): number {
  return (2 * depth(units) + 4 * dim + 48) * F32.unit * F32.slack;
}

/** Units in a block. */
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
 * x = u·z lies in x̂ ± (Σ|u_k|r_k + this·Σ|u_k|(|c_k| + r_k)): x̂ and the sum have R products each, R + 1 roundings with that of the
 * stored u_k, and x̂ ± p and p itself four more. At least one and a half times what is needed.
 */
export function boxProjection(dim: number): number {
  return (2 * dim + 16) * F32.unit;
}

/** And this·K more, as each stored kink errs by u of itself. */
export const BOX_KINK = 2 * F32.unit;

/** Entries of the table, and coordinates, are at most this; and so … */
export const LARGEST_ENTRY = 2 ** 20;
/** … Ā(|c| + r) + b̄ at most this: squares of sums, which are the largest numbers formed, then stay within 2^90. */
export const LARGEST_SUM = 2 ** 40;
/** Units at most: slack covers that the bounds of so many are sums, of L roundings. */
export const MOST_BOX_UNITS = 2 ** 13;

/**
 * What flushed subnormals, 2^-126 each, can come to in a bound: the worst is a slope, which meets |x − centre| ≤ 2^44, a weight of 2^20 and
 * 2^13 units. Systems are equilibrated to 1, so this is nothing.
 */
export const BOX_TINY = 2 ** -40;

/** The place of a ramp's upper kink, which no x comes near: there are no infinities. */
export const NO_KINK = F32.huge;
