/**
 * What the float64 part of the checker trusts, and its constants. fl(a op b) = (a op b)(1 + d) with |d| ≤ u = 2^-53
 * where nothing underflows.
 *
 * **Magnitudes.** Every number of a table, |u|·reach + |b0| of every unit and β below are at most LIMIT; functionals
 * are whole numbers of at most 2^31. A product that underflows errs by at most 2^-1074, and all that it is multiplied
 * with afterwards is below LIMIT²·2^31: some 2^40 such errors are together less than TINY. What overflows is infinite
 * or NaN, and comparisons are written so that neither is accepted.
 *
 * **Projections.** x = u·c with a rounded u errs by (R + 1)u|u||c|, p = |u|·r by (R + 1)u|u|r, x ± p rounds once more,
 * and a stored kink errs by u|b0|. So on the root, where |c| + r ≤ reach, a margin of (2R + 8)u(|u|·reach + |b0|)
 * makes [x − p, x + p] contain the range of u·z − b0, moved by the computed b0.
 *
 * **Sums.** β_i = |M| reach + |c| + Σ |v_j|(|u_j|·reach + |b0_j|) bounds the magnitudes of the terms of G_i on the
 * root: |φ(x)| ≤ |x| + |b0|. A unit's second kink b1 matters only where x comes near it, so |b1| is within |u|·reach
 * there, or where b0 ≤ b1 < 0, within |b0|. No term takes part in more than 2L + 3R + 30 roundings: R for the
 * projection, R for t = y·v, a dozen for a line, L + R for the sums, and L where units are folded into M and c. So the
 * value of a functional y errs by at most (2L + 3R + 30)u|y|β; γ below is more than four times that.
 */
export const LIMIT = 2 ** 300;
export const TINY = 2 ** -380;
const U53 = 2 ** -53;

/** γ above. */
export function gammaOf(units: number, dim: number): number {
  return (2 * units + 6 * dim + 64) * 4 * U53;
}

/** The margin of a projection as a share of |u|·reach + |b0|. */
export function projectionShare(dim: number): number {
  return (2 * dim + 8) * U53;
}

/** Half-width of [lo, hi] about the computed centre c, rounded up. */
export function halfWidth(lo: number, hi: number, c: number): number {
  return 0.5 * (hi - lo) * (1 + 2 ** -50) + Math.abs(c) * 2 ** -52;
}
