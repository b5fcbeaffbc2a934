import { fromNumber, ONE, subtract } from "../../src/model/dyadic.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";

/**
 * z' = A z + Vᵀ relu(U z − hx) − hz, the first convention of docs/design.md#model-files; an alias so that it is also a
 * plain object.
 */
export type Plain = {
  readonly A: readonly (readonly number[])[];
  readonly U: readonly (readonly number[])[];
  readonly V: readonly (readonly number[])[];
  readonly hx: readonly number[];
  readonly hz: readonly number[];
};

/** The system of a plain model, built without src/model/parse.ts. */
export function plainSystem({ A, U, V, hx, hz }: Plain): PiecewiseLinearSystem {
  const shifted = A.flatMap((row, i) => row.map((a, k) => (i === k ? subtract(fromNumber(a), ONE) : fromNumber(a))));
  return {
    latentDim: A.length,
    hyperplanes: U.length,
    time: "discrete",
    M: ExactArray.ofDyadics(shifted),
    g: ExactArray.ofNumbers(hz),
    U: Float64Array.from(U.flat()),
    V: ExactArray.ofNumbers(V.flat()),
    h: ExactArray.ofNumbers(hx),
  };
}
