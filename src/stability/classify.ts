import { largestOf } from "../base/largest.ts";
import type { ComplexPair, Directions, Stability } from "../base/result.ts";
import { type ExactMatrix, rounded } from "../exact/matrix.ts";
import { modulus } from "../float/complex.ts";
import { type Eigendecomposition, eigen } from "../float/eigen.ts";
import { eigenvalueRadii } from "../float/eigenvalue-bounds.ts";
import type { Time } from "../model/system.ts";
import { classOfDirections, dominantSide } from "./directions.ts";
import { characteristicPolynomial, countRoots } from "./root-count.ts";
import { byDiscs, byNorm, movedToSide, onSide, type Range, sizeOf } from "./spectral-range.ts";

/**
 * Up to this dimension the characteristic polynomial decides the classes that floating point leaves open (about 0.05 s
 * at 20, growing like R⁵).
 */
export const EXACT_TEST_MAX_DIM = 20;

/** max |λ| (continuous time: max Re λ), and a range that holds the exact value. */
export interface Spectral {
  /** The computed value, moved to the proved side of the boundary. */
  readonly value: number;
  readonly bounds: Range;
}

export interface LinearStability {
  /** In canonical order (`canonicalOrder`); empty where the eigenvalue solver failed. */
  readonly eigenvalues: readonly ComplexPair[];
  readonly stability: Stability;
  readonly directions: Directions;
  /** Undefined where the eigenvalue solver failed. */
  readonly spectral: Spectral | undefined;
  readonly decomposition: Eigendecomposition | undefined;
  /** The matrix, each entry correctly rounded. */
  readonly matrix: Float64Array;
}

/**
 * Class of a linearisation by its eigenvalues: discrete time |λ| against 1, continuous time Re λ against 0.
 *
 * Each eigenvalue is counted as stable, neutral or unstable, and the class follows (`classOfDirections`). Discs that
 * hold the exact eigenvalues (`eigenvalueRadii`) decide. If a disc meets the boundary, or if there are no discs, the
 * roots of the exact characteristic polynomial are counted, up to R = 20. So `neutral` is a proof that an eigenvalue
 * lies exactly on the boundary. For larger R, eigenvalues whose discs meet the boundary stay undecided.
 */
export function classify(J: ExactMatrix, time: Time): LinearStability {
  const matrix = rounded(J);
  const decomposition = eigen(matrix, J.n);
  if (!decomposition.ok) {
    const directions = countExactly(J, time) ?? { stable: 0, neutral: 0, unstable: 0, undecided: J.n };
    const stability = classOfDirections(directions);
    return { eigenvalues: [], stability, directions, spectral: undefined, decomposition: undefined, matrix };
  }
  const radii = eigenvalueRadii(matrix, decomposition);
  const discs = radii && byDiscs(decomposition, radii, time);
  const known = discs?.directions ?? { stable: 0, neutral: 0, unstable: 0, undecided: J.n };
  const directions = known.undecided === undefined ? known : (countExactly(J, time) ?? known);
  const side = dominantSide(directions);
  return {
    eigenvalues: canonicalOrder(decomposition.values, time),
    stability: classOfDirections(directions),
    directions,
    spectral: {
      value: movedToSide(spectralBound(decomposition.values, time), side, time),
      bounds: onSide(discs?.range ?? byNorm(matrix, J.n, time), side, time),
    },
    decomposition,
    matrix,
  };
}

/**
 * Eigenvalues in canonical order, the dominant first: by descending |λ| in discrete time, by descending Re λ in
 * continuous time, then by descending real part, then with the positive imaginary part first.
 */
export function canonicalOrder(values: readonly ComplexPair[], time: Time): ComplexPair[] {
  return [...values].sort((a, b) => compareEigenvalues(a, b, time));
}

/** Negative if a comes first in canonical order. */
export function compareEigenvalues(a: ComplexPair, b: ComplexPair, time: Time): number {
  const weights = time === "discrete" ? modulus(b[0], b[1]) - modulus(a[0], a[1]) : 0;
  return weights || b[0] - a[0] || Math.abs(b[1]) - Math.abs(a[1]) || b[1] - a[1];
}

/** max |λ| in discrete time, max Re λ in continuous time. */
function spectralBound(values: readonly ComplexPair[], time: Time): number {
  return largestOf(values, (value) => sizeOf(value, time), Number.NEGATIVE_INFINITY);
}

/** The directions by the exact test; undefined above EXACT_TEST_MAX_DIM. */
function countExactly(J: ExactMatrix, time: Time): Directions | undefined {
  if (J.n > EXACT_TEST_MAX_DIM) return undefined;
  const { inside, boundary, outside } = countRoots(characteristicPolynomial(J), time);
  return { stable: inside, neutral: boundary, unstable: outside };
}
