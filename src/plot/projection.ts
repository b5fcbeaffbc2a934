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

/** What labels of axes along principal components begin with. */
export const COMPONENT = "principal component";
/**
 * In more dimensions a cloud's variances are those of some of its points: the eigenvectors of R×R numbers take long.
 */
const MOST_DIMENSIONS = 100;
const POINTS_OF_MANY_DIMENSIONS = 100;

/** The two directions of largest variance of a cloud of points; coordinate axes if the cloud has no variance. */
export function principalAxes(cloud: readonly ArrayLike<number>[], R: number): [Axis, Axis] {
  const mean = Array.from(
    { length: R },
    (_, k) => cloud.reduce((sum, z) => sum + z[k]!, 0) / Math.max(1, cloud.length),
  );
  const found = R > MOST_DIMENSIONS ? bySample(cloud, mean) : byCovariance(cloud, mean);
  if (found === undefined) return coordinateAxes([0, 1], R);
  const [first, second] = found.map(({ direction, share }, i): Axis => {
    // the sign of an eigenvector means nothing: its largest entry is made positive
    const largest = direction.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
    return {
      direction: largest < 0 ? direction.map((x) => -x) : direction,
      origin: mean,
      label: `${COMPONENT} ${i + 1} (${number(100 * Math.max(0, share))} % of variance)`,
    };
  }) as [Axis, Axis];
  return [first, second];
}

/** A direction, and the share of all variance that it has. */
interface Component {
  readonly direction: number[];
  readonly share: number;
}

function byCovariance(cloud: readonly ArrayLike<number>[], mean: readonly number[]): Component[] | undefined {
  const R = mean.length;
  const covariance = new Float64Array(R * R);
  for (const z of cloud) {
    for (let i = 0; i < R; i++)
      for (let k = 0; k < R; k++) covariance[i * R + k]! += (z[i]! - mean[i]!) * (z[k]! - mean[k]!);
  }
  return leading(covariance, R)?.map(({ vector, share }) => ({ direction: vector, share }));
}

/** The eigenvectors of the products between points, evenly chosen, in place of those between coordinates. */
function bySample(cloud: readonly ArrayLike<number>[], mean: readonly number[]): Component[] | undefined {
  const n = Math.min(cloud.length, POINTS_OF_MANY_DIMENSIONS);
  const sample = Array.from({ length: n }, (_, i) => {
    const z = cloud[Math.floor((i * cloud.length) / n)]!;
    return mean.map((m, k) => z[k]! - m);
  });
  const products = Float64Array.from({ length: n * n }, (_, at) => dot(sample[Math.floor(at / n)]!, sample[at % n]!));
  const found = n < 2 ? undefined : leading(products, n);
  if (found === undefined) return undefined;
  const directions: number[][] = [];
  for (const { vector, share } of found) {
    const sum = mean.map((_, k) => vector.reduce((total, x, i) => total + x * sample[i]![k]!, 0));
    // points on one line have no second direction: any that is at right angles will do
    const own = share > 1e-12 ? sum : mean.map((_, k) => (k === flattest(directions[0]!) ? 1 : 0));
    for (const other of directions) {
      const along = dot(own, other);
      for (let k = 0; k < own.length; k++) own[k]! -= along * other[k]!;
    }
    const length = Math.sqrt(dot(own, own));
    directions.push(own.map((x) => x / length));
  }
  return found.map(({ share }, i) => ({ direction: directions[i]!, share }));
}

/** The two eigenvectors of a symmetric matrix with the largest eigenvalues; undefined if there are none. */
function leading(matrix: Float64Array, n: number): { readonly vector: number[]; readonly share: number }[] | undefined {
  let total = 0;
  for (let i = 0; i < n; i++) total += matrix[i * (n + 1)]!;
  const decomposition = total > 0 ? eigen(matrix, n) : undefined;
  if (decomposition?.ok !== true) return undefined;
  return decomposition.values
    .map(([variance], k) => ({ variance, k }))
    .sort((a, b) => b.variance - a.variance)
    .slice(0, 2)
    .map(({ variance, k }) => ({
      vector: Array.from(decomposition.right.re.subarray(k * n, k * n + n)),
      share: variance / total,
    }));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, k) => sum + x * b[k]!, 0);
}

/** The coordinate in which a direction changes least. */
function flattest(direction: readonly number[]): number {
  return direction.reduce((best, x, k) => (Math.abs(x) < Math.abs(direction[best]!) ? k : best), 0);
}

const DIGITS = "₀₁₂₃₄₅₆₇₈₉";

export function subscript(n: number): string {
  return [...`${n}`].map((digit) => DIGITS[Number(digit)]).join("");
}
