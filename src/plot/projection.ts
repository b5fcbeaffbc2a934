import { eigen } from "../float/eigen.ts";
import { OptionError } from "../model/errors.ts";
import { number } from "./scale.ts";

/** An axis of a projection: a direction and the origin. */
export interface Axis {
  readonly direction: readonly number[];
  readonly origin: readonly number[];
  readonly label: string;
}

/** The coordinate of a state along an axis, direction·(z − origin). */
export function project(z: ArrayLike<number>, { direction, origin }: Axis): number {
  return direction.reduce((sum, d, k) => sum + d * (z[k]! - origin[k]!), 0);
}

/** @throws OptionError for a coordinate that is not there. */
export function coordinateAxes(plane: readonly [number, number], R: number): [Axis, Axis] {
  const axis = (k: number): Axis => {
    if (!Number.isInteger(k) || k < 0 || k >= R) {
      throw new OptionError(
        "plane",
        R === 2 ? "must be z0,z1 or z1,z0: the model has two coordinates" : `must name two of z0 to z${R - 1}`,
        `z${k}`,
        "Count the coordinates from 0.",
      );
    }
    return {
      direction: Array.from({ length: R }, (_, i) => (i === k ? 1 : 0)),
      origin: new Array<number>(R).fill(0),
      label: `z${subscript(k)}`,
    };
  };
  return [axis(plane[0]), axis(plane[1])];
}

/** Axes along two directions. @throws OptionError unless they are as long as `origin`. */
export function turnedAxes(
  { across, up }: { readonly across: readonly number[]; readonly up: readonly number[] },
  origin: readonly number[],
): [Axis, Axis] {
  const axis = (direction: readonly number[], label: string): Axis => {
    if (direction.length === origin.length && direction.every(Number.isFinite)) return { direction, origin, label };
    throw new OptionError(
      "plane",
      `must have directions of ${origin.length} numbers, one for each latent coordinate`,
      direction,
      'Correct them, or use "pca".',
    );
  };
  return [axis(across, "across"), axis(up, "up")];
}

/** @throws OptionError for a coordinate of a vertical axis that models of this latent dimension do not have. */
export function checkCoordinate(coordinate: number | undefined, R: number): void {
  if (coordinate === undefined || (Number.isInteger(coordinate) && coordinate >= 0 && coordinate < R)) return;
  const limit = R === 1 ? "must be 0, as there is one latent coordinate" : `must be one of 0 … ${R - 1}`;
  throw new OptionError(
    "coordinate",
    limit,
    coordinate,
    "Count the coordinates from 0, or leave it out for the one that varies most.",
  );
}

/** The two directions of largest variance of a cloud of points; coordinate axes if the cloud has no variance. */
export function principalAxes(cloud: readonly ArrayLike<number>[], R: number): [Axis, Axis] {
  const mean = Array.from(
    { length: R },
    (_, k) => cloud.reduce((sum, z) => sum + z[k]!, 0) / Math.max(1, cloud.length),
  );
  const covariance = new Float64Array(R * R);
  for (const z of cloud) {
    for (let i = 0; i < R; i++)
      for (let k = 0; k < R; k++) covariance[i * R + k]! += (z[i]! - mean[i]!) * (z[k]! - mean[k]!);
  }
  let total = 0;
  for (let i = 0; i < R; i++) total += covariance[i * R + i]!;
  const decomposition = total > 0 ? eigen(covariance, R) : undefined;
  if (decomposition?.ok !== true) return coordinateAxes([0, 1], R);
  const order = decomposition.values
    .map(([variance], k) => ({ variance, k }))
    .sort((a, b) => b.variance - a.variance)
    .slice(0, 2);
  const [first, second] = order.map(({ variance, k }, i): Axis => {
    const direction = Array.from(decomposition.right.re.subarray(k * R, k * R + R));
    // the sign of an eigenvector means nothing: its largest entry is made positive
    const largest = direction.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
    return {
      direction: largest < 0 ? direction.map((x) => -x) : direction,
      origin: mean,
      label: `principal component ${i + 1} (${number((100 * Math.max(0, variance)) / total)} % of variance)`,
    };
  }) as [Axis, Axis];
  return [first, second];
}

const DIGITS = "₀₁₂₃₄₅₆₇₈₉";

export function subscript(n: number): string {
  return [...`${n}`].map((digit) => DIGITS[Number(digit)]).join("");
}
