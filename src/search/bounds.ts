/**
 * Rounding in the search method (u = 2^-53; γ_n as in bounds/precision.ts; every factor below is at least twice what is needed).
 *
 * On a box with centre c and half-widths r, G is enclosed by
 *
 *     G(y) ∈ Â(y − c) + Ĝ + Σ_q ± w_q v_q + e,    |e_i| ≤ E_i,
 *
 * where Â and Ĝ are float64 sums: the base system, one term for each unit decided on the way down (a unit is folded once on a path)
 * and one for each undecided unit, at most 2L + R + 2 terms in all for L units. Each term has a handful of roundings (of the
 * stored v, of slopes, of offsets, of the band), so with
 *
 *     Ā = |M| + Σ_j S_j |v_j||u_j|ᵀ,    b̄ = |g| + Σ_j F_j |v_j|,    |φ_j(x)| ≤ S_j|x| + F_j for every partial sum of φ_j's pieces,
 *
 * the error of Â is at most γ_{2L+R+16} Ā entrywise, and that of Ĝ at most γ_{2L+3R+32} (Ā(|c| + r) + b̄): a band's value at the
 * centre and its half-width are bounded by S_j|u_j|(|c| + r) + F_j, and the rounding of u_j·c enters times a slope ≤ S_j. The first
 * kind of error meets |y − c| ≤ r. Hence E = accumulation · (Ā(|c| + r) + b̄) covers both.
 *
 * The sieve sums yᵀG itself, with y·v_j for v_j: R more roundings a term, all of it times |y|, so |y|·E covers that too. The box's E serves
 * its parts, whose |c| + r are within the box's: what rounding adds to them is far less than the factor leaves.
 */

/** `accumulation` above, for L units in R dimensions. */
export function accumulation(units: number, dim: number): number {
  return (2 * units + 6 * dim + 64) * 2 ** -51;
}

/**
 * x = u·y over the box lies in x̂ ± (p + ε₁ max(|c| + r) + ε₂): x̂ and p = Σ|u_k|r_k have R products each, which err by
 * γ_{R+1}‖u‖₁(|c| + r) together with the rounding of a stored u_k; x̂ ± p rounds once more. A kink β = h/s is a quotient of
 * rounded numbers and errs by at most 4u|β|.
 */
export function projectionError(normOne: number, dim: number): number {
  return (dim + 8) * 2 ** -51 * normOne;
}

/** ε₂ above, for the largest kink of a unit; the last term covers underflow (systems are equilibrated). */
export function kinkError(largestKink: number): number {
  return 2 ** -50 * largestKink + 2 ** -960;
}

/** Covers underflow in the bounds E. */
export const TINY = 2 ** -900;

/** Half-widths are rounded up by this, and by HALF_WIDTH_CENTRE|c|: (hi − lo)/2 rounds once, the centre (lo + hi)/2 once. */
export const HALF_WIDTH = 1 + 2 ** -50;
export const HALF_WIDTH_CENTRE = 2 ** -52;

/** c − t ± rad rounds three times. */
export const OUTWARD = 2 ** -50;
