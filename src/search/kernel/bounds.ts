/**
 * Rounding in the search method (docs/design.md#enclosure). Here u = 2^-53, γ_n is as in float/precision.ts, and every
 * factor is at least twice as large as needed.
 *
 * **A unit's range.** x = u·y on a box with centre c and half-widths r lies in [x̂ − p̂, x̂ + p̂] as computed, where
 *
 *     x̂ = fl(Σ û_k c_k),    p̂ = fl(fl(Σ |û_k| wide_k) + ε),    wide_k = fl(r_k + fl(μ·fl(|c_k| + r_k))).
 *
 * With m = Σ|û_k|(|c_k| + r_k), x̂ errs by (R + 1)u·m, the rounding of a stored û_k included. The sum in p̂ errs by
 * (R + 3)u·m, and x̂ ± p̂ rounds once more, by 2.1u·m + uε. So μ = 4(R + 8)u covers all errors, coordinate by
 * coordinate: a coordinate that u does not use adds nothing, however large the coordinate is. A kink β = h/s is a
 * quotient of two rounded numbers and errs by at most 4u|β|; ε covers that error.
 *
 * **A unit's band.** φ is continuous and piecewise linear. S bounds |slopes| of all partial sums of its pieces, F the
 * sum of |slope change|·|kink|. The band is computed from the ends of the range, the kinks between them and x̂, all of
 * magnitude at most m + p̂, and from values of φ at these places, of magnitude at most S(m + p̂) + F. Some 20
 * operations do so, with results of at most twice these magnitudes, and p̂ ≤ 2m + ε. So value, width and slope·(x − x̂)
 * together err by at most (2R + 48)u·e with
 *
 *     e = S·m + (F + S·ε).
 *
 * S·ε is small as a rule, but not always: a kink of 10^22, even where the slope hardly changes, widens the ranges at
 * the unit's other kinks by 10^7.
 *
 * **A box.** G is enclosed by
 *
 *     G(y) ∈ Â(y − c) + Ĝ + Σ_q ± w_q v_q + e,    |e_i| ≤ E_i,
 *
 * where Â and Ĝ are float64 sums: the base system with the first pieces of all units, one term for each unit decided on
 * the path to the box (a unit is folded once on a path) and one term for each undecided unit. `terms` counts the units,
 * the constants (rows of zeros in U), and the most kinks of one unit, as its slopes and offsets are sums over its
 * kinks. So no number takes part in more than 2·terms sums. With
 *
 *     Ā = |M| + Σ_j S_j |v_j||u_j|ᵀ,    b̄ = |g| + Σ_j (F_j + S_jε_j)|v_j|,
 *
 * the error of Â(y − c) + Ĝ and of the bands is at most γ(Ā(|c| + r) + b̄) with 2·terms + 3R + 60 roundings in γ. Hence
 * E = accumulation · (Ā(|c| + r) + b̄) + TINY.
 *
 * Every use of an enclosure is a functional y of it, |y·Ĝ + (yÂ)(z − c)| ≤ Σ_q |y·w_q v_q| + |y|·E, which holds for any
 * float64 numbers y. Sums over R components and over the units round by (R + L + 8)u of the magnitudes in |y|·E; the
 * factor of E covers this rounding too. The sieve sums yᵀG itself, with y·v_j in the place of v_j, which takes R more
 * roundings a term. The E of a box serves its parts too, since |c| + r of a part is at most that of the box.
 *
 * **A line** under s φ_j with s = y·v_j, for a ramp or clamp on its computed range [l, h]: s(φ(x_p) + a(x − x_p)) with
 * 0 ≤ a ≤ a_max (sweep.ts). x_p is l, h or a kink inside, so it is exact, and |x_p| ≤ m + p̂ ≤ 3m + ε. The computed
 * a_max is a quotient of sums of positive numbers, too large by at most 3.1u of itself; a is at most the computed
 * a_max, as it is a_max times a rounded quotient of at most 1. At the far end of the range, at most 2p̂ from x_p, such
 * a line exceeds the graph by 3.1u·a_max·|h − x_p| ≤ 3.1u·(h − l). The sum takes terms s φ(x_p), t x_p and t u_k c_k, t
 * u_k r_k with t = s·a, of magnitudes at most |y||v_j| times 4m + 2ε, 3m + ε and 2m together. A term takes part in R
 * roundings of s, 2 of t and the violation above, 2 of its product, L/2 + 2 sums over the units of a lane, and 2R + 2
 * sums and products with c or r: 3R + L/2 + 12. On the other side, E counts with 2S for S = 1, for 2m + 2ε with the
 * factor 4u(2·terms + 6R + 64), which is more than twice 9(m + ε)(3R + L/2 + 12)u + 2R·u for the sums over R.
 * The lines of a box serve its parts only where they are chosen again from the parts' ranges.
 *
 * **Underflow** adds an absolute error. In Â, Ĝ and the bands the error is 2^-1074 for an operation, and 2^-1075 for a
 * stored û, v̂ or kink, times numbers of at most 2^142 in a table that `isFit`: TINY covers 2^30 such errors. In
 * products with y, which may be of any size, the error is 2^-1074 for an operation, which ABSOLUTE covers. In sums over
 * lines the error of y·v_j is multiplied by slopes of at most 1 and by numbers of at most 2^242, |u|(|c| + r) with
 * |c| + r ≤ 2^100: 2^-802 for 2^30 of them, which UNDERFLOW covers. **Overflow** can only come from y. Then a sum is
 * infinite or NaN, and no comparison discards a box on such a sum.
 */

/** The factor `accumulation` above. @param terms of a table. */
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

/** Covers underflow in sums over lines with a functional. */
export const UNDERFLOW = 2 ** -700;

/** The share of a functional's value that `surelyBeyond` adds to the spread. */
export const SHARE = 2 ** -53;

/** Largest kink of a table that is fit. */
export const LARGEST_KINK = 2 ** 100;
/** Largest ratio between entries of V that share a unit: slopes are in terms of the first of them. */
export const LARGEST_RATIO = 2 ** 40;
/** Largest coordinate of a box. */
export const LARGEST_COORDINATE = 2 ** 100;
/** Largest entry of Ā and b̄ of a table that is fit: sums of such entries stay far from overflow. */
export const LARGEST_MAGNITUDE = 2 ** 400;

/**
 * Whether the computed value of a functional is farther from 0 than its spread and underflow explain. False after an
 * overflow, as the share of the value is infinite then.
 */
export function surelyBeyond(value: number, spread: number): boolean {
  return Math.abs(value) > spread + (Math.abs(value) * SHARE + ABSOLUTE);
}

/**
 * `surelyBeyond` for a value that is to be positive, in sums of products of three numbers and a functional (the lines
 * paragraph above): then an underflow in y·v is multiplied by the other numbers.
 */
export function surelyAbove(value: number, spread: number): boolean {
  return value > spread + (Math.abs(value) * SHARE + UNDERFLOW);
}

/**
 * Half-widths are rounded up by this factor and by HALF_WIDTH_CENTRE·|c|: (hi − lo)/2 rounds once, and so does the
 * centre (lo + hi)/2.
 */
export const HALF_WIDTH = 1 + 2 ** -50;
export const HALF_WIDTH_CENTRE = 2 ** -52;

/**
 * The factor by which contracted radii are widened. c − t ± rad rounds three times, and the defect I − YA rounds R + 1
 * times. No bound on |YA| covers the 1 of the identity; but where |YA| is below 1/2 the defect is at least 1/2, so the
 * error is relative to rad.
 */
export function outward(dim: number): number {
  return (dim + 8) * 2 ** -51;
}
