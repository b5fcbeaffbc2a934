import type { Steps } from "../../base/steps.ts";
import { OptionError, StillpointError } from "../../model/errors.ts";
import { MAX_ENTRIES } from "../../model/matrix.ts";
import type { Model } from "../../model/types.ts";
import { step } from "../../plot/dynamics.ts";
import { takeSteps } from "../../stages/run.ts";
import { readArray } from "./models.ts";
import { isObject, type Json } from "./options.ts";

/** States of runs, as an answer holds them: B runs of T + 1 states each, in R dimensions. */
export interface Trajectories {
  readonly base64: string;
  readonly dtype: "f8";
  readonly shape: readonly [number, number, number];
}

/**
 * The states that follow on B starting points (`start`, B×R) in `steps` steps, the starting points included, in plain
 * float64: F(z) in discrete time, Runge–Kutta steps of a tenth of the time constant in continuous time. Behind a state
 * that is no longer finite there are NaN.
 * @throws OptionError; StillpointError when cancelled
 */
export async function trajectories(
  { system }: Model,
  { start, steps }: Json,
  signal: AbortSignal,
): Promise<Trajectories> {
  const { latentDim: R } = system;
  const points = isObject(start) ? readArray(start, "start") : undefined;
  if (points?.shape.length !== 2 || points.shape[1] !== R) {
    throw new OptionError("start", `must be an array of shape (runs, ${R})`, points?.shape.join("×"), "Correct it.");
  }
  const B = points.shape[0]!;
  if (!Number.isSafeInteger(steps) || (steps as number) < 0) {
    throw new OptionError("steps", "must be a whole number that is not negative", steps, "Correct it.");
  }
  const T = (steps as number) + 1;
  if (B * T * R > MAX_ENTRIES) {
    throw new OptionError(
      "steps",
      `would give more than ${MAX_ENTRIES} numbers`,
      B * T * R,
      "Ask for fewer steps or runs.",
    );
  }
  const states = new Float64Array(B * T * R).fill(Number.NaN);
  function* runs(): Steps<void> {
    for (let b = 0; b < B; b++) {
      let z = Float64Array.from(points!.data.subarray(b * R, (b + 1) * R));
      for (let t = 0; t < T; t++) {
        states.set(z, (b * T + t) * R);
        if (!z.every(Number.isFinite)) break;
        if (t + 1 < T) z = step(system, z) as Float64Array<ArrayBuffer>;
        yield;
      }
    }
  }
  const { stopped } = { stopped: undefined, ...(await takeSteps(runs(), { signal })) };
  if (stopped !== undefined) throw new StillpointError("INTERNAL", stopped);
  return { base64: Buffer.from(states.buffer).toString("base64"), dtype: "f8", shape: [B, T, R] };
}
