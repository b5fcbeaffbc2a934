import type { Linearisation } from "../base/result.ts";
import { multiply, ofDyadic, type Rational, subtract, toNumber } from "../exact/rational.ts";
import { eigen } from "../float/eigen.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { canonicalOrder } from "./classify.ts";
import { jacobian } from "./linearisation.ts";

/**
 * The linearisation of a region transverse to a continuum in it: the linear dynamics of the displacement from the
 * continuum.
 *
 * J maps each tangent direction b_p to itself (discrete time) or to 0 (continuous time), so it acts on the quotient of
 * space by the tangent space. In reduced row echelon form b_p = e_p + Σ_i b_pi e_i over the coordinates i that lead no
 * row, which are a basis of that quotient; there e_p ≡ −Σ_i b_pi e_i, and the action has the entries J_ik − Σ_p b_pi
 * J_pk. Each entry is exact up to one rounding.
 * @param basis tangent directions in reduced row echelon form, rows of length R.
 * @returns R − dimension eigenvalues in canonical order; none where the continuum fills the space, or where the solver
 *   failed.
 */
export function transverseLinearisation(
  system: PiecewiseLinearSystem,
  active: readonly number[],
  basis: readonly (readonly Rational[])[],
): Linearisation {
  const R = system.latentDim;
  const { integers, exponent } = jacobian(system, active);
  const J = integers.map((m) => ofDyadic({ m, e: exponent }));
  const leading = basis.map((row) => row.findIndex((x) => x.n !== 0n));
  const rest = Array.from({ length: R }, (_, i) => i).filter((i) => !leading.includes(i));
  const quotient = rest.flatMap((i) =>
    rest.map((k) =>
      basis.reduce((sum, row, p) => subtract(sum, multiply(row[i]!, J[leading[p]! * R + k]!)), J[i * R + k]!),
    ),
  );
  const decomposition = eigen(Float64Array.from(quotient, toNumber), rest.length);
  return {
    active,
    eigenvalues: "values" in decomposition ? canonicalOrder(decomposition.values, system.time) : [],
  };
}
