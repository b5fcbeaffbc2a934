/**
 * Rounding in the search for cycles over polytopes. It builds on boxes/rounding.ts. u = 2^-53; P ≤ 16 parameters.
 *
 * **A polytope** is the set of s with |s_p| ≤ 1 and a_i·s ≤ b_i, exactly, with a_i and b_i the float64 numbers that are
 * stored. For each orbit that is sought, z_t = c + L s + δ with |δ_i| ≤ e_i, the same s for all t.
 *
 * **A bound** −Σ|r_p| − Σ λ_i b_i with r = f + Σ λ_i a_i holds for the λ ≥ 0 that were computed, whatever they are. Its
 * sums have at most (P + 2)² terms, each of at most P + 3 roundings if summed as written, and CERTIFICATE_MARGIN is
 * relative to the sum of all their magnitudes.
 *
 * **A cut** sign·f·s ≤ bound is stored with a larger bound, by CLIP_TOLERANCE of its terms; the factor that scales the
 * row is a power of two. The share is far above the rounding of vertices, so a part that is empty by more than it has a
 * proof for that.
 *
 * **A part** s = σ + ρ s' has a_i·ρ s' ≤ b_i − a_i·σ. The products a_ip ρ_p and the sum round by at most (P + 3)u of
 * |b_i| + Σ|a_ip|(|σ_p| + ρ_p), which PART_MARGIN covers.
 *
 * **A step** z_{t+1} = A z_t + b is rounded as that of an enclosure is, with size_k = |c_k| + Σ_p |L_kp| + e_k as it is
 * at that step in the place of its bound: c' = fl(A c + b), L' = fl(A L), e' = |A| e + accumulation·(Ā·size + b̄) +
 * TINY.
 *
 * **A composed map** F^t(z_0) = P z_0 + q of a word is exact before it is rounded. It is taken where the errors of
 * single steps, which grow with the norms of their matrices, have become more than a share of the root box.
 */

/**
 * Of |q| + Σ|P_n|(|c_n| + Σ|L_np| + e_n), for z_t = P z_0 + q with P and q rounded once and sums of D + 1 terms, D ≤
 * 17.
 */
export const COMPOSED_MARGIN = 2 ** -47;

/** Of the magnitudes of a bound's terms. */
export const CERTIFICATE_MARGIN = 2 ** -45;

/** Of |bound| + Σ|f_p|. */
export const CLIP_TOLERANCE = 2 ** -42;

/** Of |b| + Σ|a_p|(|σ_p| + ρ_p). */
export const PART_MARGIN = 2 ** -48;
