import type { ComplexPair, Directions, Stability } from "../base/result.ts";
import { compare, multiply, negate, ONE, ofDyadic, type Rational, ZERO } from "../exact/rational.ts";
import type { Dyadic } from "../model/dyadic.ts";
import type { Time } from "../model/system.ts";
import { checkClass, checkDirections, classOf } from "./check-directions.ts";
import { sizeOf } from "./check-eigenvalues.ts";
import {
  checkNoSpectral,
  checkSpectral,
  growthNumber,
  holderOf,
  holdsGrowth,
  type LineGrowth,
  sideOf,
  sideOfClass,
} from "./check-spectral.ts";
import type { Findings } from "./problem.ts";
import type { ReportedPoint } from "./result-schema.ts";

/** One of the regions that meet at a point, with its Jacobian. */
export interface Side {
  readonly J: readonly Dyadic[];
  readonly eigenvalues: readonly ComplexPair[];
  /** Whether the side is that of larger z; only in one dimension. */
  readonly right: boolean;
}

/** Refuses directions, a class and a spectral radius that do not follow from the one linear map of a point. */
export function checkSmooth(
  point: ReportedPoint,
  side: Pick<Side, "J" | "eigenvalues">,
  n: number,
  time: Time,
  path: string,
  findings: Findings,
): void {
  const directions = checkDirections(point.directions, side, n, time, `${path}.directions`, findings);
  checkClass(point, point.directions, directions, path, findings);
  if (side.eigenvalues.length === 0) {
    checkNoSpectral(point, path, "is given without eigenvalues", findings);
    return;
  }
  const known = point.directions?.undecided === undefined ? directions : undefined;
  const largest = Math.max(...side.eigenvalues.map((value) => sizeOf(value, time)));
  checkSpectral(point, largest, sideOf(known), time, holderOf([side.J], n, time), path, findings);
}

/**
 * Refuses a class of a point on hyperplanes that contradicts its sides, and a spectral radius that does not belong to
 * the class. If the sides don't decide, `stable` (`unstable`) rests on a quadratic form that the result does not give,
 * and `undetermined` claims nothing.
 *
 * @param complete whether these are all sides. @param directions of each side, where they can be told.
 */
export function checkClassAtTies(
  point: ReportedPoint,
  sides: readonly Side[],
  directions: readonly (Directions | undefined)[],
  complete: boolean,
  n: number,
  time: Time,
  path: string,
  findings: Findings,
): void {
  const { refuse, leave } = findings;
  if (complete && sides.every(({ J }) => sameMatrix(J, sides[0]!.J))) {
    checkSmooth(point, sides[0]!, n, time, path, findings);
    return;
  }
  for (const key of ["directions", "hyperbolic"] as const) {
    if (point[key] !== undefined) refuse(`${path}.${key}`, "has no meaning where the sides differ");
  }
  const { stability } = point;
  const here = `${path}.stability`;
  if (complete && n === 1) {
    const [left, right] = sides[0]!.right ? [sides[1], sides[0]] : [sides[0], sides[1]];
    checkOnLine(point, ofDyadic(left!.J[0]!), ofDyadic(right!.J[0]!), time, path, findings);
    return;
  }
  if (stability === "undetermined") {
    leave(here, "undetermined claims nothing");
    checkNoSpectral(point, path, "is given without a class", findings);
    return;
  }
  if (!complete) refuse(here, `is ${stability}, which takes more than the ${sides.length} sides listed`);
  else if (stability !== "stable" && stability !== "unstable") refuse(here, `is ${stability}, but its sides differ`);
  else {
    const other = directions.findIndex((each) => each !== undefined && classOf(each) !== stability);
    if (other >= 0) refuse(here, `is ${stability}, but side ${other} is ${classOf(directions[other]!)}`);
    else
      leave(
        here,
        "that orbits which change sides do as they do on each side rests on a form that the result does not give",
      );
  }
  if (sides.some(({ eigenvalues }) => eigenvalues.length === 0)) {
    checkNoSpectral(point, path, "is given without eigenvalues", findings);
    return;
  }
  const largest = Math.max(...sides.flatMap(({ eigenvalues }) => eigenvalues.map((value) => sizeOf(value, time))));
  const holds = holderOf(
    sides.map(({ J }) => J),
    n,
    time,
  );
  checkSpectral(point, largest, sideOfClass(stability), time, holds, path, findings);
}

function sameMatrix(a: readonly Dyadic[], b: readonly Dyadic[]): boolean {
  return a.every(({ m, e }, at) => m === b[at]!.m && e === b[at]!.e);
}

/**
 * The check in one dimension. In continuous time every orbit stays on its side. In discrete time a side of slope s ≥ 0
 * maps to itself, and a side of slope s < 0 to the other side. There an orbit stays if the slope is ≥ 0; else it comes
 * back after two steps, multiplied by the product of both slopes.
 */
function checkOnLine(
  point: ReportedPoint,
  left: Rational,
  right: Rational,
  time: Time,
  path: string,
  findings: Findings,
): void {
  const staying = [left, right].filter((slope) => time === "continuous" || slope.n >= 0n);
  const growths: LineGrowth[] =
    staying.length > 0
      ? staying.map((factor) => ({ factor, steps: 1 }))
      : [{ factor: multiply(negate(left), negate(right)), steps: 2 }];
  const ways = growths.map(({ factor }) => compare(factor, time === "discrete" ? ONE : ZERO));
  const stability = together(ways);
  if (point.stability !== stability) {
    findings.refuse(`${path}.stability`, `is ${point.stability}, but by the slopes on its two sides ${stability}`);
  }
  const largest = growths.reduce((a, b) => (compare(a.factor, b.factor) < 0 ? b : a));
  const computed = growthNumber(largest);
  const key = time === "discrete" ? "spectralRadius" : "spectralAbscissa";
  if (point[key] === undefined && !(Math.abs(computed) < 1e150)) return;
  const holds = (bounds: readonly [number, number]) => holdsGrowth(largest, bounds);
  checkSpectral(point, computed, sideOfClass(stability), time, holds, path, findings);
}

/**
 * The class of a point from its sides: −1 for a side on which orbits approach, 1 on which they leave, 0 on which they
 * stay.
 */
function together(ways: readonly (-1 | 0 | 1)[]): Stability {
  const [come, go] = [ways.includes(-1), ways.includes(1)];
  if (come && go) return "semistable";
  return go ? "unstable" : ways.includes(0) ? "marginal" : "stable";
}
