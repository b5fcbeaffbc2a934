/**
 * The constants of floating-point error analysis, each with its reason, for the two arithmetics that filters run in.
 *
 * Every decision of a filter has three answers. A computed value s with an error bound b says yes if s > b, no if
 * s < −b and "undecided" otherwise; comparisons are written so that NaN and Infinity, which only an overflow can bring,
 * fall through to undecided (docs/design.md#three-valued-decisions).
 */
export interface Precision {
  readonly name: "f64" | "f32";
  /**
   * Relative error of one operation + − × : half an ulp in f64 (IEEE 754); a whole one in WGSL, whose rounding mode is
   * unspecified.
   */
  readonly unit: number;
  /** Absolute error that underflow or a flushed subnormal can add to a sum of products; generous. */
  readonly tiny: number;
  /** Operands above this magnitude are undecided: their products might overflow. */
  readonly huge: number;
  /** Factor that covers the rounding of the bounds themselves; (1 + unit)^(4096) stays well below it. */
  readonly slack: number;
  /** Storage of this precision. */
  readonly array: Float64ArrayConstructor | Float32ArrayConstructor;
}

export type FloatArray = Float64Array | Float32Array;

export const F64: Precision = {
  name: "f64",
  unit: 2 ** -53,
  // a product errs by 2^-1074 where it underflows, and so does a stored entry, whose factors are at most 2^60
  // (arrangement/reduce.ts, `isFit`); offsets, which an inverse may magnify, do not underflow
  tiny: 2 ** -1000,
  huge: 2 ** 480,
  slack: 1 + 2 ** -30,
  array: Float64Array,
};

export const F32: Precision = {
  name: "f32",
  // WGSL: x + y, x − y, x × y are "correctly rounded" in an unspecified mode (specification, section 15.7.4)
  unit: 2 ** -23,
  // subnormals may be flushed: a product, or an offset, then errs by up to 2^-126. A row of B has an entry of 2^-16 or
  // more (gpu/model-set.ts, `refusal`), so an inverse that passes `inverseDefect` has none above 2^16/γ < 2^38, and 2^6
  // offsets come to 2^-82
  tiny: 2 ** -80,
  huge: 2 ** 60,
  slack: 1 + 2 ** -9,
  array: Float32Array,
};

/**
 * Float64 with every bound switched off: for tests and benches only, to show what the bounds are worth. The answers are
 * guesses.
 */
export const UNCHECKED: Precision = { ...F64, unit: 0, tiny: 0, huge: Number.POSITIVE_INFINITY, slack: 0 };

/**
 * γ_n = n·u / (1 − n·u): relative error of a sum of products with at most n roundings on the way to any term, in any
 * order (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., Lemma 3.1).
 */
export function gamma(n: number, precision: Precision): number {
  const nu = n * precision.unit;
  if (nu >= 0.5) throw new RangeError(`γ_n needs n·u < 1/2, got n = ${n} in ${precision.name}`);
  return nu / (1 - nu);
}
