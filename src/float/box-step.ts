import { F32 } from "./precision.ts";

/**
 * Rounding in a step of the search on a device (stages/box-stack.ts): float32 under the rules of WGSL, u = F32.unit,
 * sums in any order, products fused or not. c, r, a_q, m_q, K_q, λ_q, value_q, w_q are those of float/boxes.ts, on the
 * box c ± r or on a part of it.
 *
 * **Folded units.** A unit that is decided on the path to a box is folded into M′ and k′ as integers, multiples of a
 * power of two for each entry, so that their sums are exact in any order. An entry is a sum of at most L + 1 rounded
 * terms, each wrong by half a unit: `foldError`, with what the float64 table itself errs by. No sum overflows, as the
 * sum of all magnitudes is at most 2^`FOLD_BITS` units.
 *
 * **Rows of G.** With sums over the undecided units q,
 *
 *     G_i(z) ∈ Ĝ_i + Â_i(z − c) ± Σ_q w_q|v_qi| ± E_i.
 *
 * A unit's own band errs by (R + 32)u·m_q (float/boxes.ts); v and u as stored, and the products with them, by
 * (3.1 + 2.1 + 3)u·m_q, as |value_q| ≤ 2.1m_q and λ_q Σ|u|r ≤ m_q. No term meets more than D + R + 4 sums, where D is
 * the `depth` of sums in tiles, whose sums no compiler can take apart, as the shader hides them behind an integer:
 * together 3.1(D + R + 4)u·m_q. In y·v_q, for any y, are R + 1 more. So `bandError(D)` = (4D + 6R + 80)u of Σ|v_qi|m_q
 * covers all of it. M′ and k′ as float32 err by u, the products M′c and the sums of R + 2 terms by (R + 4)u, and yM′ by
 * (R + 1)u more: `rowError` = (2R + 16)u of |M′|(|c| + r) + |k′|. That is B_i, with the errors of the folds.
 *
 * A functional y of the rows rounds by (R + 2)u of Σ|y_i|(|Ĝ_i| + Σ_n|Â_in|r_n), which the same factor of
 * |Ĝ_i| + |Â_i|r in E_i covers: |y|·E is then all that y·Ĝ + (yÂ)(z − c) errs by, and a Y in the place of y too.
 *
 * Sums of positive numbers, Σ w_q|y·v_q| + |yÂ|r, err by `spreadError` of themselves. The bounds themselves round by
 * less than slack.
 *
 * **Parts.** The sieve sums y·G over a part of the box from the units' bands there, with y·v_q in the place of v_q and
 * T_q = Σ|y_i v_qi| in that of |v_qi|, and with y·B of the whole box, since |c| + r of a part is at most that of the
 * box.
 *
 * **Contraction.** c_i − Y_i·Ĝ ± (radius + |defect|r + |Y_i|·E): the defect YÂ − I rounds by (R + 2)u of |Y||Â| + I;
 * the first is in |Y|·E, the second adds (R + 2)u·r_i. The middle and the ends round three times. `outward32` of all
 * these is twice as much. ABSOLUTE32 covers flushed subnormals in products with Y, of entries up to 2^60.
 */
export function bandError(depth: number, dim: number): number {
  return Math.fround((4 * depth + 6 * dim + 80) * F32.unit);
}

/** Units whose bands are summed in one go. */
export const TILE = 32;
/** Sums into which a sum over units falls where few sums are made: the r-th takes units r, r + STRANDS, … */
export const STRANDS = 4;

/** D for rows: units come in tiles of those that the box above left undecided. */
export function rowDepth(units: number): number {
  return TILE + Math.ceil(units / TILE);
}

/** D for strands. */
export function strandDepth(units: number): number {
  return STRANDS + Math.ceil(units / STRANDS);
}

export function rowError(dim: number): number {
  return (2 * dim + 16) * F32.unit;
}

/** The sum of magnitudes of all terms of an entry is at most two to this power, in the entry's unit. */
export const FOLD_BITS = 30;

/**
 * What L + 1 terms, rounded to integers, add up to, in the entry's unit; half a unit each and the rounding in float64.
 */
export function foldError(units: number): number {
  return 0.501 * (units + 1);
}

/** Twice what a sum of `units` + dim positive numbers and their own products err by. */
export function spreadError(units: number, dim: number): number {
  return Math.fround((2 * units + 4 * dim + 32) * F32.unit);
}

export function outward32(dim: number): number {
  return (2 * dim + 16) * F32.unit;
}

export const ABSOLUTE32 = 2 ** -60;

/** Half-widths are rounded up by this factor: a difference and a product round. */
export const HALF_WIDTH32 = 1 + 2 ** -21;
