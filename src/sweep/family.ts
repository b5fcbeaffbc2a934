import { type Dyadic, fromNumber, negate, subtract, toNumber, ZERO } from "../model/dyadic.ts";
import { OptionError, StillpointError } from "../model/errors.ts";
import { parseValue } from "../model/parse.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../model/system.ts";
import type { Model } from "../model/types.ts";

/**
 * The systems for all values of one component s of a model's constant input. The component enters affinely:
 *
 *     G(z, s) = M z + Vᵀ relu(U z + w s − h) − g + c s = 0
 */
export interface SystemFamily {
  /** R. */
  readonly latentDim: number;
  /** N. */
  readonly hyperplanes: number;
  /** The system at s = 0. Its Jacobians are those of all s. */
  readonly origin: PiecewiseLinearSystem;
  /** The system at s = 1. */
  readonly atOne: PiecewiseLinearSystem;
  /**
   * The same equations for the unknown (s, z) in R^{R+1}, s first, with 0 = 0 as the last equation: its solution set is
   * the union of all branches of fixed points, and its regions are those of (s, z) space.
   */
  readonly extended: PiecewiseLinearSystem;
  /** The model at one value of s. */
  at(s: number): Model;
}

/**
 * @param raw a model as `parseModel` takes it. @param parameter "s0", "s1", …
 * @param input other components of the constant input to set.
 * @throws ModelError, OptionError.
 */
export async function inputFamily(
  raw: unknown,
  parameter: string,
  input: Readonly<Record<string, number>> = {},
  name?: string,
): Promise<SystemFamily> {
  if (parameter in input) {
    throw new OptionError("input", "sets a component that is swept", parameter, "Sweep it or set it, not both.");
  }
  const at = (s: number): Model => parseValue(raw, { input: { ...input, [parameter]: s }, name });
  const origin = at(0).system;
  const atOne = at(1).system;
  return {
    latentDim: origin.latentDim,
    hyperplanes: origin.hyperplanes,
    origin,
    atOne,
    extended: extendedSystem(origin, atOne),
    at,
  };
}

/**
 * The equations of a family for the unknown (s, z), from two of its systems, with 0 = 0 as the last one.
 * @param origin at s = 0. @param atOne at s = 1.
 */
export function extendedSystem(origin: PiecewiseLinearSystem, atOne: PiecewiseLinearSystem): PiecewiseLinearSystem {
  const { latentDim: R, hyperplanes: N } = origin;
  const D = R + 1;

  const M: Dyadic[] = [];
  const g: Dyadic[] = [];
  for (let i = 0; i < R; i++) {
    M.push(negate(subtract(atOne.g.at(i), origin.g.at(i))));
    for (let k = 0; k < R; k++) M.push(origin.M.at(i * R + k));
    g.push(origin.g.at(i));
  }
  const U = new Float64Array(N * D);
  const V: Dyadic[] = [];
  for (let j = 0; j < N; j++) {
    const w = subtract(origin.h.at(j), atOne.h.at(j));
    U[j * D] = toNumber(w);
    expectFloat64(w, U[j * D]!, j);
    for (let k = 0; k < R; k++) U[j * D + 1 + k] = origin.U[j * R + k]!;
    for (let i = 0; i < R; i++) V.push(origin.V.at(j * R + i));
    V.push(ZERO);
  }
  return {
    latentDim: D,
    hyperplanes: N,
    time: origin.time,
    M: ExactArray.ofDyadics([...M, ...new Array<Dyadic>(D).fill(ZERO)]),
    g: ExactArray.ofDyadics([...g, ZERO]),
    U,
    V: ExactArray.ofDyadics(V),
    h: origin.h,
  };
}

/**
 * Throws unless w is a float64. In every family w is a stored number of the model; any other number would be rounded
 * here.
 */
function expectFloat64(exact: Dyadic, rounded: number, hyperplane: number): void {
  if (subtract(exact, fromNumber(rounded)).m === 0n) return;
  throw new StillpointError(
    "INTERNAL",
    `the input weight of hyperplane ${hyperplane} is not a float64: please report it`,
  );
}
