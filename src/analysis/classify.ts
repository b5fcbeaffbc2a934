import { type ExactMatrix, rounded } from "../exact/matrix.ts";
import type { Time } from "../model/system.ts";
import type { ComplexPair, Stability } from "../result.ts";
import { modulus } from "./complex.ts";
import { type Eigendecomposition, eigen } from "./eigen.ts";
import { eigenvalueRadii } from "./eigenvalue-bounds.ts";
import { characteristicPolynomial, countRoots } from "./root-count.ts";

/** Up to this dimension what floating point can't tell is decided by the characteristic polynomial (about 0.05 s at 20, growing like R⁵). */
export const EXACT_TEST_MAX_DIM = 20;
/** Past it an eigenvalue whose disc meets the boundary counts as marginal if the disc is at most this large, relative to max(1, |λ|). */
const MARGINAL_RADIUS = 2 ** -20;

export interface LinearStability {
  /** In canonical order (`canonicalOrder`); empty where the eigenvalue solver failed. */
  readonly eigenvalues: readonly ComplexPair[];
  readonly stability: Stability;
}

/**
 * Class of a linearisation by its eigenvalues: discrete time |λ| against 1, continuous time Re λ against 0.
 *
 * `stable` all inside, `unstable` all outside, `saddle` some of each, `marginal` at least one on the boundary (the linearisation
 * does not decide). Decided by discs that hold the exact eigenvalues (`eigenvalueRadii`); if a disc meets the boundary or there are
 * none, by counting the roots of the exact characteristic polynomial up to R = 20, so that there `marginal` is a proof that
 * an eigenvalue lies exactly on the boundary. For larger R it means that an eigenvalue can't be told from it, and
 * `undetermined` that no useful bound was found.
 */
export function classify(J: ExactMatrix, time: Time): LinearStability {
  const matrix = rounded(J);
  const decomposition = eigen(matrix, J.n);
  if (!decomposition.ok) return { eigenvalues: [], stability: classifyExactly(J, time) };
  return {
    eigenvalues: canonicalOrder(decomposition.values, time),
    stability: classifyByDiscs(matrix, decomposition, time) ?? classifyExactly(J, time),
  };
}

/**
 * Eigenvalues in canonical order, the dominant first: by descending |λ| in discrete time, by descending Re λ in continuous
 * time, then by descending real part, then with the positive imaginary part first.
 */
export function canonicalOrder(values: readonly ComplexPair[], time: Time): ComplexPair[] {
  return [...values].sort((a, b) => compareEigenvalues(a, b, time));
}

/** Negative if a comes first in canonical order. */
export function compareEigenvalues(a: ComplexPair, b: ComplexPair, time: Time): number {
  const weights = time === "discrete" ? modulus(...b) - modulus(...a) : 0;
  return weights || b[0] - a[0] || Math.abs(b[1]) - Math.abs(a[1]) || b[1] - a[1];
}

/** max |λ| in discrete time, max Re λ in continuous time. */
export function spectralBound(values: readonly ComplexPair[], time: Time): number {
  return Math.max(...values.map(([re, im]) => (time === "discrete" ? modulus(re, im) : re)));
}

/** 1 outside, −1 inside, 0 where the disc of radius r round λ meets the boundary. */
function sideOf([re, im]: ComplexPair, r: number, time: Time): -1 | 0 | 1 {
  // |λ| is computed to a few units in the last place
  const size = modulus(re, im);
  const offset = time === "discrete" ? size - 1 : re;
  const doubt = time === "discrete" ? r + size * 2 ** -50 : r;
  return Math.abs(offset) <= doubt * (1 + 2 ** -50) ? 0 : offset > 0 ? 1 : -1;
}

/** Undefined where the exact test may tell more. */
function classifyByDiscs(matrix: Float64Array, decomposition: Eigendecomposition, time: Time): Stability | undefined {
  const radii = eigenvalueRadii(matrix, decomposition);
  const { n, values } = decomposition;
  if (radii === undefined) return undefined;
  let inside = 0;
  let outside = 0;
  let largestDoubt = 0;
  values.forEach((value, i) => {
    const side = sideOf(value, radii[i], time);
    if (side < 0) inside++;
    else if (side > 0) outside++;
    else largestDoubt = Math.max(largestDoubt, radii[i] / Math.max(1, modulus(...value)));
  });
  if (inside + outside < n) {
    return n > EXACT_TEST_MAX_DIM && largestDoubt <= MARGINAL_RADIUS ? "marginal" : undefined;
  }
  return className(inside, 0, outside);
}

function classifyExactly(J: ExactMatrix, time: Time): Stability {
  if (J.n > EXACT_TEST_MAX_DIM) return "undetermined";
  const { inside, boundary, outside } = countRoots(characteristicPolynomial(J), time);
  return className(inside, boundary, outside);
}

function className(inside: number, boundary: number, outside: number): Stability {
  if (boundary > 0) return "marginal";
  return outside === 0 ? "stable" : inside === 0 ? "unstable" : "saddle";
}
