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
 * and to the e of z_t where z_t is an affine function of s. The other generators are of bands. Q_i bounds Σ|g_qi| over
 * them, and |c_i| + Σ|g_qi| + e_i ≤ 4Z_i is kept up: a coordinate with a half-width above that of the root box is
 * replaced by the root box.
 *
 * **Bands.** Generators of bands are not kept. H(d) ≥ Σ_q|d·g_q| is, for the directions d of a fan (fan.ts), and for
 * any a = Σ λ_k d_k with λ ≥ 0 we have Σ_q|a·g_q| ≤ Σ λ_k H(d_k). With ω = `bandMargin`, after a step
 *
 *     H'(d) = (Σ λ_k H(d_k) + ω Σ_i|d_i|(|J|Q)_i + Σ_j width_j |d·v_j|)(1 + ω),    Jᵀd ≈ Σ λ_k d_k.
 *
 * The computed Jᵀd errs by (R + 1)u|J|ᵀ|d|, which the second term covers; λ and the sum over n bands have n + 2R + 8
 * relative roundings, fewer than ω allows. H'(d) is also at most Σ|d_i|H'(e_i), and by Cauchy and Schwarz √(n dᵀWd) over
 * all n bands so far, with W ≥ Σ g_q g_qᵀ: W' = J W Jᵀ + Σ width² v vᵀ errs by less than ω H'(e_i)H'(e_k)/R in each
 * entry, as |W_ik| ≤ Q_iQ_k; R ω H'(e_i)² on the diagonal is more than that. The computed dᵀWd errs by at most 4R²u of
 * (Σ|d_i|H'(e_i))², which SQUARES covers.
 *
 * Functionals y of z_t are summed exactly, step by step backwards: Σ width_j|y·v_j| of the last step, then those of the
 * one before with Jᵀy. Here, too, ω covers what rounding does to Jᵀy and y·v: ω Σ_i(|J|ᵀ|y|)_i Q_i and ω Σ_i|y_i|Q_i.
 *
 * **A unit's range.** x = u·z_t is within p̂ of x̂ = fl(Σ û_k c_k), where p̂ sums |fl(û·g_p)| over the box's generators,
 * Σ λ_k H(d_k) for û = Σ λ_k d_k, |û_k|(e_k + μ·size_k) and ε, with size_k = |c_k| + Σ_q|g_qk| + e_k. With m =
 * Σ|û_k| size_k, x̂ errs by (D + 1)u·m with the rounding of a stored û_k; so do the û·g_q, all together; x̂ ± p̂ rounds
 * once more. As `projectionMargin` gives μ = 4(D + 8)u, this is covered. The roundings of sums of numbers of one sign
 * are relative, and so INFLATION covers them.
 *
 * **A step.** z_{t+1} = A z_t + b + Σ v_j φ_j(u_j·z_t), where A and b hold the units decided so far, and each of the
 * others has a band (search/units/units.ts). So with J = A + Σ slope_j v_j u_jᵀ
 *
 *     c' = fl(A c + b + Σ v_j value_j),    g_q' = fl(J g_q),    new generators v_j width_j,    e' = |J| e + E.
 *
 * By the lemma of search/kernel/bounds.ts the roundings of A, b, J, c' and of the bands come to at most γ(Ā·size + b̄)
 * with 2·terms + 3D + 60 roundings in γ; the g_p' of the box add (D + 1)u Ā·size. As size ≤ 4Z and Ā counts all units,
 * E = accumulation·(4ĀZ + b̄) + TINY covers this at every step of every orbit; `accumulation` has a factor of four to
 * spare. |J|e is rounded relatively, under INFLATION.
 *
 * **Closing.** 0 = z_k − z_0 = ĉ + B s + Σ g_q ε_q + δ, with ĉ = fl(c − m), B the box's generators less those of z_0,
 * and |δ| ≤ e + e_0. For any
 * float64 functional y the computed y·ĉ and y·B err by at most (R + 3)u Σ|y_i|(|c_i| + |m_i| + Σ_q|g_qi|) in all,
 * the roundings of ĉ and B included. `closingMargin` puts this, with room, into the bounds of δ.
 *
 * Rows of Y contract: s = −Yĉ + (I − YB)s − Y(Σ g_q ε_q + δ). The 1 of the identity adds `outward`, as s is at most 1.
 *
 * **Underflow** is below TINY as in search/kernel/bounds.ts. **Overflow** makes a bound infinite or NaN, which decides
 * nothing: each comparison that discards is written so that it is false then, each that keeps the invariant so that it
 * resets.
 */

/** Relative roundings of sums of numbers of one sign: at most 4,096 of them. */
export const INFLATION = 1 + 2 ** -40;

/**
 * The margin ω of sums over bands in R dimensions.
 * @param bands how many.
 */
export function bandMargin(rows: number, bands: number): number {
  return (bands + 4 * rows + 32) * 2 ** -51;
}

/** Covers the error of dᵀWd, relative to (Σ|d_i|Q_i)². */
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
