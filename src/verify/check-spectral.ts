import type { Directions, Stability } from "../base/result.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { compare, multiply, ofNumber, type Rational, toNumber } from "../exact/rational.ts";
import type { Dyadic } from "../model/dyadic.ts";
import type { Time } from "../model/system.ts";
import { ALWAYS_EXACT } from "./check-directions.ts";
import { MODULUS_TOLERANCE } from "./check-eigenvalues.ts";
import type { Findings } from "./problem.ts";
import type { ReportedPoint } from "./result-schema.ts";
import { holdsLargest } from "./root-count.ts";

/**
 * The side of the boundary on which a spectral radius (abscissa) lies: 1 outside, 0 on it, −1 inside; undefined if that
 * is not known.
 */
export type SpectralSide = -1 | 0 | 1 | undefined;

/** The float64 next to the boundary, outside and inside. */
const NEXT = {
  discrete: { 1: 1 + 2 ** -52, [-1]: 1 - 2 ** -53 },
  continuous: { 1: Number.MIN_VALUE, [-1]: -Number.MIN_VALUE },
} as const;
/** Above this size a bound may have no float64 number. */
const LARGE = 1e300;

/** The side of the dominant one of a linear map's eigenvalues. */
export function sideOf(directions: Directions | undefined): SpectralSide {
  if (directions === undefined) return undefined;
  return directions.unstable > 0 ? 1 : directions.neutral > 0 ? 0 : -1;
}

/** The side on which the growth must lie by the class of a point whose sides differ. */
export function sideOfClass(stability: Stability): SpectralSide {
  if (stability === "stable") return -1;
  return stability === "marginal" ? 0 : stability === "undetermined" ? undefined : 1;
}

/** Refuses a spectral radius (abscissa) and bounds on it where a result must give none. */
export function checkNoSpectral(point: ReportedPoint, path: string, why: string, { refuse }: Findings): void {
  for (const key of ["spectralRadius", "spectralAbscissa", "spectralBounds"] as const) {
    if (point[key] !== undefined) refuse(`${path}.${key}`, why);
  }
}

/**
 * Refuses a spectral radius (abscissa) that is not `computed`. If `computed` lies on the wrong side of the boundary,
 * the value must be the float64 next to the boundary on the right side. Refuses bounds that are missing, that disagree
 * with the side, or that don't hold the exact value by `holds`.
 *
 * @param holds undefined where that is not checked.
 */
export function checkSpectral(
  point: ReportedPoint,
  computed: number,
  side: SpectralSide,
  time: Time,
  holds: ((bounds: readonly [number, number]) => boolean) | undefined,
  path: string,
  { refuse, leave }: Findings,
): void {
  const [key, other] =
    time === "discrete"
      ? (["spectralRadius", "spectralAbscissa"] as const)
      : (["spectralAbscissa", "spectralRadius"] as const);
  if (point[other] !== undefined) refuse(`${path}.${other}`, `has no meaning in ${time} time`);
  const stated = point[key];
  if (stated === undefined) {
    refuse(`${path}.${key}`, "must be given where there are eigenvalues");
    return;
  }
  const boundary = time === "discrete" ? 1 : 0;
  const expected = onSide(computed, side, time);
  const near = Math.abs(stated - expected) <= MODULUS_TOLERANCE * Math.abs(computed);
  if (side !== undefined && Math.sign(stated - boundary) !== side) {
    refuse(`${path}.${key}`, `is ${stated}, on the wrong side of ${boundary}: by the class it must be ${expected}`);
  } else if (!near) refuse(`${path}.${key}`, `is ${stated}, not ${expected}`);
  const bounds = point.spectralBounds;
  const here = `${path}.spectralBounds`;
  if (bounds === undefined) {
    if (Math.abs(computed) < LARGE) refuse(here, "are missing");
    return;
  }
  const [low, high] = bounds;
  const agree =
    side === undefined ||
    (side === 0 ? low === boundary && high === boundary : side > 0 ? low >= boundary : high <= boundary);
  if (!(low <= high)) refuse(here, "are out of order");
  else if (!agree) refuse(here, `reach over ${boundary}, against the class`);
  else if (holds === undefined)
    leave(here, `in more than ${ALWAYS_EXACT} dimensions, that they hold the exact one is not checked`);
  else if (!holds(bounds)) refuse(here, "don't hold the exact one");
}

function onSide(x: number, side: SpectralSide, time: Time): number {
  const boundary = time === "discrete" ? 1 : 0;
  if (side === undefined || Math.sign(x - boundary) === side) return x;
  return side === 0 ? boundary : NEXT[time][side];
}

/**
 * Whether bounds hold the largest of the spectral radii (abscissas) of some matrices; undefined where they are too
 * large to be tried.
 */
export function holderOf(
  matrices: readonly (readonly Dyadic[])[],
  n: number,
  time: Time,
): ((bounds: readonly [number, number]) => boolean) | undefined {
  if (n > ALWAYS_EXACT) return undefined;
  return ([low, high]) => {
    const whole = matrices.map((J) => scaleToIntegers(J));
    const least = time === "discrete" ? 0 : -Number.MAX_VALUE;
    return (
      whole.every(({ values, exponent }) => holdsLargest(values, n, exponent, time, [least, high])) &&
      whole.some(({ values, exponent }) => holdsLargest(values, n, exponent, time, [low, Number.MAX_VALUE]))
    );
  };
}

/**
 * The factor by which a distance grows in one step: the number itself, or the square root of the factor of two steps.
 */
export interface LineGrowth {
  readonly factor: Rational;
  readonly steps: 1 | 2;
}

/** An approximation of the growth in float64. */
export function growthNumber({ factor, steps }: LineGrowth): number {
  const x = toNumber(factor);
  return steps === 1 ? x : Math.sqrt(x);
}

/** Whether bounds hold a growth. */
export function holdsGrowth({ factor, steps }: LineGrowth, [low, high]: readonly [number, number]): boolean {
  const power = (x: number) => (steps === 1 ? ofNumber(x) : multiply(ofNumber(x), ofNumber(x)));
  return (steps === 1 || low >= 0) && compare(power(low), factor) <= 0 && compare(factor, power(high)) <= 0;
}
