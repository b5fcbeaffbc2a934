/**
 * Rounding in the search method (u = 2^-53; γ_n as in bounds/precision.ts; every factor below is at least twice what is needed).
 *
 * **A unit's range.** x = u·y on a box with centre c and half-widths r lies in [x̂ − p̂, x̂ + p̂] as computed, where
 *
 *     x̂ = fl(Σ û_k c_k),    p̂ = fl(fl(Σ |û_k| wide_k) + ε),    wide_k = fl(r_k + fl(μ·fl(|c_k| + r_k))).
 *
 * With m = Σ|û_k|(|c_k| + r_k): x̂ errs by (R + 1)u·m, the rounding of a stored û_k included, the sum in p̂ by (R + 3)u·m, and x̂ ± p̂
 * rounds once more, by 2.1u·m + uε. So μ = 4(R + 8)u covers all of it, coordinate by coordinate: a coordinate that u does not use adds
 * nothing, however large it is. A kink β = h/s is a quotient of two rounded numbers and errs by at most 4u|β|; ε covers that.
 *
 * **A unit's band.** φ is continuous and piecewise linear. S bounds |slopes| of all partial sums of its pieces, F the sum of
 * |slope change|·|kink|. The band is worked out from the ends of the range, the kinks within it and x̂, all of them at most m + p̂ in
 * magnitude, and from values of φ there, at most S(m + p̂) + F. It takes some 20 operations whose results are within twice that, and
 * p̂ ≤ 2m + ε. So value, width and slope·(x − x̂) together err by at most (2R + 48)u·e with
 *
 *     e = S·m + (F + S·ε).
 *
 * S·ε is no less real for being small as a rule: a kink of 10^22 on a unit whose slope hardly changes there widens the range of the
 * unit's other kinks by 10^7.
 *
 * **A box.** G is enclosed by
 *
 *     G(y) ∈ Â(y − c) + Ĝ + Σ_q ± w_q v_q + e,    |e_i| ≤ E_i,
 *
 * where Â and Ĝ are float64 sums: the base system with the first pieces of all units, one term for each unit decided on the way down (a
 * unit is folded once on a path) and one for each undecided unit. `terms` counts the units, the rows of zeros in U, which are constants,
 * and the kinks of the unit that has most, whose slopes and offsets are sums over them: no number takes part in more than 2·terms
 * sums. With
 *
 *     Ā = |M| + Σ_j S_j |v_j||u_j|ᵀ,    b̄ = |g| + Σ_j (F_j + S_jε_j)|v_j|,
 *
 * the error of Â(y − c) + Ĝ and of the bands is at most γ(Ā(|c| + r) + b̄) with 2·terms + 3R + 60 roundings in γ. Hence
 * E = accumulation · (Ā(|c| + r) + b̄) + TINY.
 *
 * Every use of an enclosure is a functional y of it, |y·Ĝ + (yÂ)(z − c)| ≤ Σ_q |y·w_q v_q| + |y|·E, for y as it is in float64, right or
 * wrong. Sums over R components and over the units round by (R + L + 8)u of the magnitudes in |y|·E, which its factor covers too. The
 * sieve sums yᵀG itself, with y·v_j for v_j: R more roundings a term. The box's E serves its parts, whose |c| + r are within the box's.
 *
 * **Underflow** adds an absolute error. Of what is summed into Â, Ĝ and bands: 2^-1074 an operation, and 2^-1075 for a stored û, v̂ or
 * kink, times numbers of at most 2^142 for a table that `isFit`: TINY covers 2^30 such errors. Of what is made with y, which may be of
 * any size: 2^-1074 an operation, which ABSOLUTE covers. **Overflow** can only come from y. It makes a sum infinite or NaN, and the
 * comparisons are written so that neither discards anything.
 */

/** `accumulation` above. @param terms of a table. */
export function accumulation(terms: number, dim: number): number {
  return (2 * terms + 6 * dim + 64) * 2 ** -51;
}

/** μ above. */
export function projectionMargin(dim: number): number {
  return (dim + 8) * 2 ** -51;
}

/** ε above, for the largest kink of a unit; the last term covers underflow. */
export function kinkError(largestKink: number): number {
  return 2 ** -50 * largestKink + 2 ** -960;
}

/** Covers underflow in the bounds E. */
export const TINY = 2 ** -900;

/** Covers underflow in sums with a functional. */
export const ABSOLUTE = 2 ** -1000;

/** Of a functional's value, in `surelyBeyond`. */
export const SHARE = 2 ** -53;

/** Kinks of a table that is fit are at most this … */
export const LARGEST_KINK = 2 ** 100;
/** … slopes of its units, relative to the v that they are in terms of, within this and its reciprocal … */
export const LARGEST_RATIO = 2 ** 40;
/** … coordinates of its boxes at most this … */
export const LARGEST_COORDINATE = 2 ** 100;
/** … and Ā and b̄ at most this: sums of them stay far from the range's end. */
export const LARGEST_MAGNITUDE = 2 ** 400;

/**
 * Whether the value of a functional, as it was summed, is farther from 0 than its spread and than underflow explains. Not where it
 * overflowed: the share of it is infinite then.
 */
export function surelyBeyond(value: number, spread: number): boolean {
  return Math.abs(value) > spread + (Math.abs(value) * SHARE + ABSOLUTE);
}

/** Half-widths are rounded up by this, and by HALF_WIDTH_CENTRE|c|: (hi − lo)/2 rounds once, the centre (lo + hi)/2 once. */
export const HALF_WIDTH = 1 + 2 ** -50;
export const HALF_WIDTH_CENTRE = 2 ** -52;

/**
 * c − t ± rad rounds three times, and the defect I − YA, whose 1 no bound on |YA| covers, R + 1 times: where |YA| is below 1/2 the
 * defect is at least 1/2, so that this is a relative error of rad.
 */
export function outward(dim: number): number {
  return (dim + 8) * 2 ** -51;
}
