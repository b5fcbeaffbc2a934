import type { Directions, Stability } from "../base/result.ts";

/** The class that eigenvalues on these sides of the boundary make (see `Stability`). */
export function classOfDirections({ stable, neutral, unstable, undecided = 0 }: Directions): Stability {
  if (unstable > 0 && stable > 0) return "saddle";
  if (undecided > 0) return "undetermined";
  if (unstable > 0) return "unstable";
  return neutral > 0 ? "marginal" : "stable";
}

/** Whether the linearisation decides (Hartman and Grobman); undefined where that is not known. */
export function isHyperbolic({ neutral, undecided = 0 }: Directions): boolean | undefined {
  if (neutral > 0) return false;
  return undecided > 0 ? undefined : true;
}

/** Where the dominant eigenvalue lies: 1 outside, 0 on the boundary, −1 inside; undefined where that is not known. */
export function dominantSide({ neutral, unstable, undecided = 0 }: Directions): -1 | 0 | 1 | undefined {
  if (unstable > 0) return 1;
  if (undecided > 0) return undefined;
  return neutral > 0 ? 0 : -1;
}
