import type { FixedPoint, Stability } from "../base/result.ts";
import { allOf, type Steps } from "../base/steps.ts";
import { difference, type ExactMatrix, type FieldMatrix } from "../exact/matrix.ts";
import { toNumber } from "../exact/rational.ts";
import { MAX_SIDES, type PointSigns } from "../exact/sides.ts";
import type { PiecewiseLinearSystem, Time } from "../model/system.ts";
import { classify, type LinearStability, type Spectral } from "./classify.ts";
import { classifyOnLine, contractingTogether, expandingTogether, type Growth, slope } from "./conewise.ts";
import { isHyperbolic } from "./directions.ts";
import { formingField, jacobian } from "./linearisation.ts";
import { findingSidesAt, sidesAt } from "./sides.ts";
import { movedToSide, onSide, type Range, stepDown, stepUp } from "./spectral-range.ts";

export type LinearisationReport = Pick<
  FixedPoint,
  | "eigenvalues"
  | "spectralRadius"
  | "spectralAbscissa"
  | "spectralBounds"
  | "stability"
  | "directions"
  | "hyperbolic"
  | "linearisations"
>;

/** One of the regions that meet at a point, and its linear map. */
export interface Side {
  readonly active: readonly number[];
  /** The Jacobian of the dynamics. */
  readonly J: ExactMatrix;
  readonly linear: LinearStability;
}

/**
 * Eigenvalues and stability class of a fixed point from its exact signs, in the shape of the result format.
 *
 * Without ties there is one linearisation (`classify`). With ties, every side that has an interior is linearised.
 * `eigenvalues` are those of the side with all ties inactive, if it has an interior, else of the side whose Jacobian
 * comes first lexicographically (row-major), so that they don't depend on the numbering of units. If all sides share a
 * Jacobian, the dynamics is smooth there and the class is that of the linearisation. In one dimension the two slopes
 * decide. Else the class is `stable` (`unstable`) if one quadratic form contracts (expands) on all sides, and otherwise
 * `undetermined`, because the classes of the sides don't decide. The spectral radius (abscissa) belongs to the class.
 *
 * A pure function of exact sums: the order of units changes only the names in `linearisations`. Where the eigenvalue
 * solver fails (`EigenFailure`), `eigenvalues` is empty, there is no spectral radius, and only the exact test decides
 * the class.
 * @param field M + VᵀDU in the region of a point without ties, where it is known.
 */
export function linearise(system: PiecewiseLinearSystem, signs: PointSigns, field?: FieldMatrix): LinearisationReport {
  return lineariseSides(system, signs, field).report;
}

/** The report of `linearise` on a point, with the sides of the point: one side if there are no ties. */
export interface LinearisedPoint {
  readonly report: LinearisationReport;
  readonly sides: readonly Side[];
}

/** `linearise`, with the sides. */
export function lineariseSides(system: PiecewiseLinearSystem, signs: PointSigns, field?: FieldMatrix): LinearisedPoint {
  return allOf(linearisingSides(system, signs, field));
}

/** `lineariseSides` in steps. */
export function* linearisingSides(
  system: PiecewiseLinearSystem,
  signs: PointSigns,
  field?: FieldMatrix,
): Steps<LinearisedPoint> {
  const { time } = system;
  if (signs.ties.length === 0) {
    const J = jacobian(system, signs.active, field ?? (yield* formingField(system, signs.active)));
    yield;
    const linear = classify(J, time);
    const { eigenvalues } = linear;
    return { report: { eigenvalues, ...smoothReport(linear, time) }, sides: [{ active: signs.active, J, linear }] };
  }
  const { sides: regions, complete } = yield* findingSidesAt(system, signs, MAX_SIDES);
  const matrices: ExactMatrix[] = [];
  const sides: Side[] = [];
  for (const active of regions) {
    const J = jacobian(system, active, yield* formingField(system, active));
    matrices.push(J);
    sides.push({ active, J, linear: classify(J, time) });
    yield;
  }
  const { eigenvalues } = sides[representative(regions, matrices, signs)]!.linear;
  const together = complete ? yield* reportingTogether(system, signs, sides) : { stability: "undetermined" as const };
  const linearisations = sides.map(({ active, linear: { eigenvalues: own, directions } }) => ({
    active,
    eigenvalues: own,
    directions,
  }));
  return { report: { eigenvalues, ...together, linearisations }, sides };
}

/** The report that follows from one linear map. */
function smoothReport({ stability, directions, spectral }: LinearStability, time: Time): ReportOfClass {
  const hyperbolic = isHyperbolic(directions);
  // the common case, without the cost of spreading objects
  if (spectral !== undefined && hyperbolic !== undefined && Number.isFinite(spectral.bounds[0] + spectral.bounds[1])) {
    const { value, bounds } = spectral;
    return time === "discrete"
      ? { spectralRadius: value, spectralBounds: bounds, stability, directions, hyperbolic }
      : { spectralAbscissa: value, spectralBounds: bounds, stability, directions, hyperbolic };
  }
  return {
    ...spectralField(spectral, time),
    stability,
    directions,
    ...(hyperbolic === undefined ? {} : { hyperbolic }),
  };
}

type ReportOfClass = Omit<LinearisationReport, "eigenvalues" | "linearisations">;

function spectralField(
  spectral: Spectral | undefined,
  time: Time,
): Pick<FixedPoint, "spectralRadius" | "spectralAbscissa" | "spectralBounds"> {
  if (spectral === undefined) return {};
  const { value, bounds } = spectral;
  return {
    ...(time === "discrete" ? { spectralRadius: value } : { spectralAbscissa: value }),
    ...(bounds.every(Number.isFinite) ? { spectralBounds: bounds } : {}),
  };
}

/** The hyperplanes with bit 1 on the side whose eigenvalues `linearise` gives for the point. */
export function representativeSide(system: PiecewiseLinearSystem, signs: PointSigns): readonly number[] {
  const { sides } = sidesAt(system, signs, MAX_SIDES);
  const matrices = sides.map((active) => jacobian(system, active));
  return sides[representative(sides, matrices, signs)]!;
}

/** Position of the side whose eigenvalues stand for the point. */
function representative(
  sides: readonly (readonly number[])[],
  matrices: readonly ExactMatrix[],
  { active }: PointSigns,
): number {
  // lexicographic order puts the side with all ties inactive first
  if (sides[0]!.length === active.length) return 0;
  let first = 0;
  for (let s = 1; s < matrices.length; s++) if (precedes(matrices[s]!, matrices[first]!)) first = s;
  return first;
}

function precedes(a: ExactMatrix, b: ExactMatrix): boolean {
  return (difference(a, b).find((x) => x !== 0n) ?? 0n) < 0n;
}

/** The report of a point all of whose sides are known. */
function* reportingTogether(
  { time, latentDim, U }: PiecewiseLinearSystem,
  { ties }: PointSigns,
  sides: readonly Side[],
): Steps<ReportOfClass> {
  const first = sides[0]!;
  const matrices = sides.map(({ J }) => J);
  if (matrices.every((J) => difference(J, first.J).every((x) => x === 0n))) return smoothReport(first.linear, time);
  if (latentDim === 1) {
    const tie = ties.find((j) => U[j] !== 0)!;
    const firstIsRight = first.active.includes(tie) === U[tie]! > 0;
    const [right, left] = firstIsRight ? matrices : [matrices[1], matrices[0]];
    const { stability, growth } = classifyOnLine(slope(left!), slope(right!), time);
    return { ...spectralField(spectralOf(growth, stability, time), time), stability };
  }
  const all = (wanted: Stability) => sides.every(({ linear }) => linear.stability === wanted);
  if (all("stable") && (yield* contractingTogether(matrices, time))) return ofAllSides(sides, "stable", time);
  if (all("unstable") && (yield* expandingTogether(matrices, time))) return ofAllSides(sides, "unstable", time);
  return { stability: "undetermined" };
}

/** The report with the largest spectral radius (abscissa) of all sides. */
function ofAllSides(sides: readonly Side[], stability: Stability, time: Time): ReportOfClass {
  const known = sides.flatMap(({ linear: { spectral } }) => (spectral === undefined ? [] : [spectral]));
  if (known.length < sides.length) return { stability };
  const most = (numbers: readonly number[]): number => Math.max(...numbers);
  const spectral: Spectral = {
    value: most(known.map(({ value }) => value)),
    bounds: [most(known.map(({ bounds }) => bounds[0])), most(known.map(({ bounds }) => bounds[1]))],
  };
  return { ...spectralField(spectral, time), stability };
}

/** Smaller slopes may have lost digits to underflow. */
const SMALLEST_SLOPE = 2 ** -1000;

/** A growth as a number on the side of the class; undefined past the float64 range. */
function spectralOf(growth: Growth, stability: Stability, time: Time): Spectral | undefined {
  const factors = "once" in growth ? [toNumber(growth.once)] : growth.twice.map(toNumber);
  if (!factors.every(Number.isFinite)) return undefined;
  const value = factors.length === 1 ? factors[0]! : Math.sqrt(factors[0]!) * Math.sqrt(factors[1]!);
  // correctly rounded slopes; the root of the product of two is within four units in the last place
  const doubt = Math.abs(value) * 2 ** -50 + SMALLEST_SLOPE;
  const low = factors.length > 1 && factors.some((x) => x < SMALLEST_SLOPE) ? 0 : stepDown(value - doubt);
  const range: Range = [time === "discrete" ? Math.max(0, low) : low, stepUp(value + doubt)];
  const side = stability === "stable" ? -1 : stability === "marginal" ? 0 : 1;
  return { value: movedToSide(value, side, time), bounds: onSide(range, side, time) };
}
