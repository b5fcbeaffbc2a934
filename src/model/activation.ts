import { ModelError } from "./errors.ts";
import { type ExactNumber, negated, plus, times } from "./exact-number.ts";

/** An activation as it stands in a model file. */
export type ActivationSpec =
  | "relu"
  | "hardtanh"
  | { readonly leaky: number }
  | { readonly breakpoints: readonly number[]; readonly slopes: readonly number[] };

/**
 * A continuous piecewise-linear function with φ(0) = 0, as a sum of rectifiers:
 *
 *     φ(x) = offset + slopes[0]·x + Σ_t steps[t]·relu(x − breakpoints[t]),   steps[t] = slopes[t+1] − slopes[t]
 */
export interface Activation {
  /** b_1 < … < b_T. */
  readonly breakpoints: readonly number[];
  /** T + 1 slopes, from left to right. */
  readonly slopes: readonly number[];
  /** T slope changes, exact. */
  readonly steps: readonly ExactNumber[];
  /** The constant that makes φ(0) = 0: Σ over b_t < 0 of steps[t]·b_t. */
  readonly offset: ExactNumber;
}

/** Throws ModelError if the breakpoints do not increase or the number of slopes is not theirs plus one. */
export function readActivation(spec: ActivationSpec): Activation {
  if (spec === "relu") return RELU;
  if (spec === "hardtanh") return HARDTANH;
  if ("leaky" in spec) return piecewise([0], [spec.leaky, 1]);
  const { breakpoints, slopes } = spec;
  if (breakpoints.length === 0) {
    throw new ModelError("activation.breakpoints", "is empty", breakpoints, "Give at least one breakpoint.");
  }
  for (let t = 1; t < breakpoints.length; t++) {
    if (breakpoints[t]! > breakpoints[t - 1]!) continue;
    throw new ModelError(
      `activation.breakpoints[${t}]`,
      `must be larger than the one before it, ${breakpoints[t - 1]}`,
      breakpoints[t],
      "List the breakpoints in ascending order, each once.",
    );
  }
  if (slopes.length !== breakpoints.length + 1) {
    throw new ModelError(
      "activation.slopes",
      `must have ${breakpoints.length + 1} entries, one more than there are breakpoints`,
      slopes,
      "Give one slope for each piece, from left to right.",
    );
  }
  return piecewise(breakpoints, slopes);
}

function piecewise(breakpoints: readonly number[], slopes: readonly number[]): Activation {
  const steps = breakpoints.map((_, t) => plus(slopes[t + 1]!, negated(slopes[t]!)));
  let offset: ExactNumber = 0;
  breakpoints.forEach((b, t) => {
    if (b < 0) offset = plus(offset, times(steps[t]!, b));
  });
  return { breakpoints, slopes, steps, offset };
}

const RELU = piecewise([0], [0, 1]);
const HARDTANH = piecewise([-1, 1], [0, 1, 0]);
