/**
 * Rounding in the search for cycles over boxes. It builds on search/kernel/bounds.ts, whose u = 2^-53, ε, S, F, Ā, b̄
 * and `accumulation` are meant here; dim D counts τ where the map is homogeneous.
 *
 * **An enclosure.** For each point z_0 of a box whose orbit stays in the root box |z_i| ≤ Z_i, exactly,
 *
 *     z_t = c + Σ_q g_q ε_q + δ,    |ε_q| ≤ 1,    |δ_i| ≤ e_i.
 *
 * The first generators belong to the box, a parallelepiped: z_0 = m + Σ_p b_p s_p + δ_0 with s = (ε_0, …), the same s
 * for all t. A part of a box has s_p = shift_p + scale_p s'_p, exactly; what rounding does to m and b_p goes to e_0,
 * and to the e of z_t where z_t is an affine function of s. `Q` bounds Σ|g_q| over the other generators, and |c_i| +
 * Σ|g_qi| + e_i ≤ 4Z_i is kept up: a coordinate with a half-width above that of the root box is replaced by the root
 * box.
 *
 * **A unit's range.** x = u·z_t is within p̂ of x̂ = fl(Σ û_k c_k), where p̂ sums |fl(û·g_q)|, |û_k|(e_k + μ·size_k)
 * and ε, with size_k = |c_k| + Σ_q|g_qk| + e_k. With m = Σ|û_k| size_k, x̂ errs by (D + 1)u·m with the rounding of a
 * stored û_k; so do the û·g_q, all together; x̂ ± p̂ rounds once more. As `projectionMargin` gives μ = 4(D + 8)u, this
 * is covered. The roundings of a sum of n ≤ MOST_GENERATORS numbers of one sign are relative, and so INFLATION covers
 * them.
 *
 * In the place of Σ_q|u·g_q| over generators that are not the box's, two bounds serve: Σ_k|u_k|Q_k, and √(n uᵀWu) with
 * W = Σ g_q g_qᵀ, by Cauchy and Schwarz. The computed uᵀWu errs by at most (n + 2D + 4)u(Σ|u_k|Q_k)², which SQUARES
 * covers.
 *
 * **A step.** z_{t+1} = A z_t + b + Σ v_j φ_j(u_j·z_t), where A and b hold the units decided so far, and each of the
 * others has a band (search/units/units.ts). So with J = A + Σ slope_j v_j u_jᵀ
 *
 *     c' = fl(A c + b + Σ v_j value_j),    g_q' = fl(J g_q),    new generators v_j width_j,    e' = |J| e + E.
 *
 * By the lemma of search/kernel/bounds.ts the roundings of A, b, J, c' and of the bands come to at most γ(Ā·size + b̄)
 * with 2·terms + 3D + 60 roundings in γ; the g_q' add (D + 1)u Ā·size. As size ≤ 4Z and Ā counts all units,
 * E = accumulation·(4ĀZ + b̄) + TINY covers this at every step of every orbit; `accumulation` has a factor of four to
 * spare. |J|e is rounded relatively, under INFLATION.
 *
 * **Closing.** 0 = z_k − z_0 = ĉ + B s + Σ g_q ε_q + δ, with ĉ = fl(c − m), B the box's generators less those of z_0,
 * and |δ| ≤ e + e_0. For any
 * float64 functional y the computed y·ĉ, y·B, y·g_q err by at most (R + 3)u Σ|y_i|(|c_i| + |m_i| + Σ_q|g_qi|) in all,
 * the roundings of ĉ and B included. `closingMargin` puts this, with room, into the bounds of δ.
 *
 * Rows of Y contract: s = −Yĉ + (I − YB)s − Y(Σ g_q ε_q + δ). The 1 of the identity adds `outward`, as s is at most 1.
 *
 * **Underflow** is below TINY as in search/kernel/bounds.ts. **Overflow** makes a bound infinite or NaN, which decides
 * nothing: each comparison that discards is written so that it is false then, each that keeps the invariant so that it
 * resets.
 */

/** Relative roundings of sums of numbers of one sign: at most 2·MOST_GENERATORS + 64 of them. */
export const INFLATION = 1 + 2 ** -40;

/** More generators than this are merged to one interval a coordinate. */
export const MOST_GENERATORS = 2048;

/** Covers the error of uᵀWu, relative to (Σ|u_k|Q_k)². */
export const SQUARES = 2 ** -41;

/** The share of |c| + |m| + Σ|g| that the bound of δ grows by when z_k − z_0 is formed. */
export function closingMargin(rows: number): number {
  return (rows + 8) * 2 ** -51;
}

/**
 * Rounding of c + Σ g_p(shift_p + scale_p s_p), relative to |c| + Σ|g_p|: the shift and the scale are at most 2 and
 * have a few roundings of their own, a product rounds once, and P + 1 numbers are summed.
 * @param parameters P.
 */
export function partMargin(parameters: number): number {
  return (parameters + 12) * 2 ** -51;
}

/** Rounding of g_p f s_p + (g_q − κ g_p)s_q, |κ| ≤ 1, relative to |g_p| + |g_q|, with f s_p and κ as they are. */
export const SHEAR_MARGIN = 2 ** -49;

/** A sum of few numbers, relative to the sum of their magnitudes. */
export const FEW_TERMS = 2 ** -44;

/** How many times larger than the root box the numbers of an enclosure may be. */
export const MOST_SIZE = 4;
