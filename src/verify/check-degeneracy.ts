import type { KnifeEdge } from "../base/result.ts";
import { compareVectors } from "../exact/affine.ts";
import { solveFractionFree } from "../exact/elimination.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import {
  add,
  divide,
  multiply,
  negate,
  ofDyadic,
  ofNumber,
  type Rational,
  rational,
  sign,
  subtract,
  toNumber,
} from "../exact/rational.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { Precision } from "../model/types.ts";
import { ALWAYS_EXACT, directionsOf } from "./check-directions.ts";
import type { ExactModel } from "./exact-model.ts";
import { largestRoot, resolvent } from "./nonnegative.ts";
import type { Findings } from "./problem.ts";
import type { ReportedPoint, ReportedResult } from "./result-schema.ts";

/** Margins below this must be reported. */
const TOLD_BELOW = 64;
/**
 * The factor by which two careful programs may differ: in the last of three digits and in the iteration for a largest
 * eigenvalue.
 */
const SAME = 1.1;
/** The factor for the margin of an eigenvalue, which is known no better than the precision of the numbers. */
const ABOUT_THE_SAME = 4;
const ROUNDING: Readonly<Record<Precision, number>> = { float32: 2 ** -24, float64: 2 ** -53 };

/** Smaller coordinates and margins are lost in subnormal numbers, here or in the solver. */
const FINEST = 2 ** -960;

/** A point of the result whose margins are found. */
interface Measured {
  readonly z: readonly Rational[];
  /** The possible motion of each coordinate, over the relative change of the model's numbers. */
  readonly motion: readonly number[];
  readonly margins: Record<KnifeEdge, number>;
}

/**
 * Refuses a `nearlyDegenerate` that is missing, or that differs from the margins of the exact point. Each kind of
 * margin is derived again, from the exact inverse of the region's matrix.
 *
 * @param exact the points as the solutions of their regions' equations; undefined for points that were refused.
 */
export function checkDegeneracy(
  model: ExactModel,
  precision: Precision,
  { fixedPoints: points, complete }: Pick<ReportedResult, "fixedPoints" | "complete">,
  exact: readonly (readonly Rational[] | undefined)[],
  { refuse, leave }: Findings,
): void {
  if (model.system.latentDim > ALWAYS_EXACT) {
    leave("fixedPoints[].nearlyDegenerate", `is not derived in more than ${ALWAYS_EXACT} dimensions`);
    return;
  }
  const unit = ROUNDING[precision];
  const measured = points.map((point, i) => {
    const z = exact[i];
    return z === undefined ? undefined : measure(model, point, z, unit);
  });
  addNeighbours(measured, unit);
  const hasUnmeasured = measured.includes(undefined);
  points.forEach((point, i) => {
    const found = measured[i];
    const path = `fixedPoints[${i}].nearlyDegenerate`;
    // margins that the result says were left out, or that an incomplete run may leave out
    if (point.unclassified !== undefined) return;
    if (!complete && point.nearlyDegenerate === undefined) {
      leave(path, "may be missing in a result that is not complete");
      return;
    }
    if (found === undefined) {
      if (exact[i] !== undefined)
        leave(
          path,
          "is not derived for a singular matrix, one of numbers more than 2^40 apart, or near the ends of float64",
        );
      return;
    }
    const stated = point.nearlyDegenerate;
    const because = new Set<string>(stated?.because);
    // the neighbour may be a point whose motion is not known
    const isNeighbourUnknown = hasUnmeasured && because.has("neighbour");
    checkNamed(because, found.margins, isNeighbourUnknown, (problem) => refuse(path, problem));
    if (stated === undefined) return;
    if (stated.precision !== precision)
      refuse(`${path}.precision`, `is ${stated.precision}, the model's is ${precision}`);
    if (isNeighbourUnknown) {
      leave(`${path}.margin`, "may be that of a neighbour whose margins are not derived");
      return;
    }
    const told = stated.because.map((kind) => [kind, found.margins[kind]] as const);
    const [kind, least] = told.reduce((a, b) => (b[1] < a[1] ? b : a));
    const doubt = told.some(([each]) => each === "eigenvalue") ? ABOUT_THE_SAME : SAME;
    const { margin } = stated;
    if (!(margin <= least * doubt + FINEST && least <= margin * doubt + FINEST))
      refuse(`${path}.margin`, `is ${margin}, but that of ${kind} is ${least}`);
  });
}

/** Whether the reasons that are named are those whose margins are small. */
function checkNamed(
  because: ReadonlySet<string>,
  margins: Measured["margins"],
  isNeighbourUnknown: boolean,
  refuse: (problem: string) => void,
): void {
  for (const [kind, margin] of Object.entries(margins)) {
    const doubt = kind === "eigenvalue" ? ABOUT_THE_SAME : SAME;
    const isUnknown = kind === "neighbour" && isNeighbourUnknown;
    if (because.has(kind) && !isUnknown && margin > TOLD_BELOW * doubt)
      refuse(`names ${kind}, whose margin is ${margin}`);
    if (!because.has(kind) && margin < TOLD_BELOW / doubt) refuse(`lacks ${kind}, whose margin is ${margin}`);
  }
}

function measure(model: ExactModel, point: ReportedPoint, z: readonly Rational[], unit: number): Measured | undefined {
  const { system } = model;
  const R = system.latentDim;
  const sides = point.ties.length === 0 ? [point.active] : model.sides(point).sides;
  const motion = new Array<number>(R).fill(0);
  const margins = { "singular matrix": Infinity, eigenvalue: Infinity, hyperplane: Infinity, neighbour: Infinity };
  const size = z.map((x) => Math.abs(toNumber(x)));
  if (z.some((x, k) => sign(x) !== 0 && size[k]! < FINEST)) return undefined;
  for (const [s, active] of sides.entries()) {
    const inverse = inverseOf(model, active);
    if (inverse === undefined) return undefined;
    const { E, e } = changes(system, active);
    if (!isEven(E) || !isEven(inverse)) return undefined;
    const B = inverse.map((row) => row.map((_, k) => row.reduce((sum, x, l) => sum + x * E[l]![k]!, 0)));
    margins["singular matrix"] = Math.min(margins["singular matrix"], 1 / (unit * largestRoot(B)));
    const residual = E.map((row, i) => row.reduce((sum, x, k) => sum! + x * size[k]!, e[i]));
    inverse.forEach((row, i) => {
      motion[i] = Math.max(
        motion[i]!,
        row.reduce((sum, x, k) => sum + x * residual[k]!, 0),
      );
    });
    const eigenvalues = point.ties.length === 0 ? point.eigenvalues : (point.linearisations?.[s]?.eigenvalues ?? []);
    margins.eigenvalue = Math.min(margins.eigenvalue, eigenvalueMargin(model, active, eigenvalues, E, unit));
  }
  if (!motion.every(Number.isFinite)) return undefined;
  const { hyperplanes: N, U, h } = system;
  const reach = z.map((x, k) => add(sign(x) < 0 ? negate(x) : x, ofNumber(motion[k]!)));
  for (let j = 0; j < N; j++) {
    let moves = ofNumber(Math.abs(h.rounded[j]!));
    let distance: Rational = ofDyadic(h.at(j));
    for (let k = 0; k < R; k++) {
      const u = U[j * R + k]!;
      moves = add(moves, multiply(ofNumber(Math.abs(u)), reach[k]!));
      distance = subtract(distance, multiply(ofNumber(u), z[k]!));
    }
    // divided before they are rounded: either may be too small for float64
    if (sign(moves) > 0)
      margins.hyperplane = Math.min(margins.hyperplane, Math.abs(toNumber(divide(distance, moves))) / unit);
  }
  return { z, motion, margins };
}

/**
 * If numbers differ by a larger factor, the iterations for a largest eigenvalue, here and in the solver, end far from
 * the limit.
 */
const WIDEST_SPAN = 2 ** 40;

/** Whether the nonzero entries are of similar size. */
function isEven(rows: readonly (readonly number[])[]): boolean {
  const sizes = rows.flat().filter((x) => x > 0);
  return Math.max(...sizes) <= WIDEST_SPAN * Math.min(...sizes) || sizes.length === 0;
}

/** |(M + VᵀDU)⁻¹| row by row, from rationals. */
function inverseOf(model: ExactModel, active: readonly number[]): number[][] | undefined {
  const R = model.system.latentDim;
  const { values, exponent } = scaleToIntegers(model.matrix(active));
  const identity = values.map((_, at) => (at % (R + 1) === 0 ? 1n : 0n));
  const solved = solveFractionFree(values, R, identity, R);
  if (solved === undefined) return undefined;
  const scale = exponent < 0 ? rational(1n << BigInt(-exponent), 1n) : rational(1n, 1n << BigInt(exponent));
  const number = (x: bigint) => Math.abs(toNumber(multiply(rational(x, solved.determinant), scale)));
  return Array.from({ length: R }, (_, i) => solved.X.slice(i * R, (i + 1) * R).map(number));
}

/**
 * The changes of the matrix and of the right side of a region under a relative change of all numbers by ε, over ε, to
 * first order.
 */
function changes(system: PiecewiseLinearSystem, active: readonly number[]): { E: number[][]; e: number[] } {
  const { latentDim: R, time, M, U, V, g, h } = system;
  const one = rational(time === "discrete" ? 1n : 0n, 1n);
  const E = Array.from({ length: R }, (_, i) =>
    Array.from({ length: R }, (__, k) => {
      const entry = ofDyadic(M.at(i * R + k));
      const own = Math.abs(toNumber(i === k ? add(entry, one) : entry));
      return active.reduce((sum, j) => sum + 2 * Math.abs(V.rounded[j * R + i]! * U[j * R + k]!), own);
    }),
  );
  const e = Array.from({ length: R }, (_, i) =>
    active.reduce((sum, j) => sum + 2 * Math.abs(V.rounded[j * R + i]! * h.rounded[j]!), Math.abs(g.rounded[i]!)),
  );
  return { E, e };
}

/**
 * The least margin over the given eigenvalues, except for those next to 1 (continuous time: 0), which belong to a
 * singular matrix.
 */
function eigenvalueMargin(
  model: ExactModel,
  active: readonly number[],
  eigenvalues: readonly (readonly [number, number])[],
  E: readonly (readonly number[])[],
  unit: number,
): number {
  const { latentDim: R, time } = model.system;
  const exactJ = model.jacobian(active);
  if ((directionsOf(exactJ, R, time, eigenvalues)?.neutral ?? 0) > 0) return 0;
  const J = exactJ.map((x) => toNumber(ofDyadic(x)));
  let least = Infinity;
  for (const [re, im] of eigenvalues) {
    if (im < 0 || (im === 0 && (time === "continuous" || re >= 0))) continue;
    const size = Math.hypot(re, im);
    const inverse = resolvent(J, R, time === "discrete" ? [re / size, im / size] : [0, im]);
    const B = inverse?.map((row) => row.map((_, k) => row.reduce((sum, x, l) => sum + x * E[l]![k]!, 0)));
    least = Math.min(least, B === undefined ? 0 : 1 / (unit * largestRoot(B)));
  }
  return least;
}

/** Adds pairs of points that can meet if both move towards each other as far as they can. */
function addNeighbours(points: readonly (Measured | undefined)[], unit: number): void {
  const rounded = points.map((point) => point?.z.map(toNumber));
  points.forEach((a, i) => {
    for (let k = i + 1; k < points.length; k++) {
      const b = points[k];
      if (a === undefined || b === undefined) continue;
      const far = a.motion.some((_, c) => {
        const [x, y] = [rounded[i]![c]!, rounded[k]![c]!];
        const reach = 2 * TOLD_BELOW * unit * (a.motion[c]! + b.motion[c]!);
        return Math.abs(x - y) - 2 ** -52 * Math.max(Math.abs(x), Math.abs(y)) > reach;
      });
      // a point that is listed twice is refused as such
      if (far || compareVectors(a.z, b.z) === 0) continue;
      const gap = a.z.reduce((most, x, c) => {
        const apart = Math.abs(toNumber(subtract(x, b.z[c]!)));
        return apart === 0 ? most : Math.max(most, apart / (a.motion[c]! + b.motion[c]!));
      }, 0);
      for (const { margins } of [a, b]) margins.neighbour = Math.min(margins.neighbour, gap / unit);
    }
  });
}
