import type { ComplexPair, FixedPoint } from "../base/result.ts";
import { rounded } from "../exact/matrix.ts";
import { modulus } from "../float/complex.ts";
import { eigen } from "../float/eigen.ts";
import { singularValues } from "../float/singular-values.ts";
import { add, type Dyadic, fromNumber, multiply, subtract, toNumber, ZERO } from "../model/dyadic.ts";
import { OptionError } from "../model/errors.ts";
import type { ModelInput } from "../model/input.ts";
import { systemOf } from "../model/parse.ts";
import type { PiecewiseLinearSystem, Time } from "../model/system.ts";
import type { Model } from "../model/types.ts";
import { fieldMatrix, jacobian } from "./linearisation.ts";
import { type Mode, modesOf } from "./modes.ts";
import { type LinearisationReport, linearise, representativeSide } from "./stability.ts";

/** Distances of a point from the nearest changes of its dynamics. */
export interface Margins {
  /** Nearest hyperplane with a normal and its Euclidean distance, 0 at a tie; undefined if there is none. */
  readonly nearestHyperplane: { readonly index: number; readonly distance: number } | undefined;
  /**
   * Smallest |1 − |λ|| (continuous time: |Re λ|) over all sides: the distance from a change of stability. Undefined
   * without eigenvalues.
   */
  readonly spectralGap: number | undefined;
  /** Smallest singular value of M + VᵀDU over all sides: the distance from a fold. Undefined past the float64 range. */
  readonly smallestSingularValue: number | undefined;
}

/** The activity of the units at a point, as a recording would show it. */
export interface Observables {
  /** x* = U z*: N. */
  readonly x: Float64Array;
  /** relu(x* − h): N. */
  readonly rates: Float64Array;
  /** Share of the hyperplanes that are active. */
  readonly activeFraction: number;
}

/** The linear dynamics at a point, in the quantities of an experimenter. */
export interface Analysis extends LinearisationReport {
  /** The modes of the side whose eigenvalues are given; empty if the eigenvalue solver failed. */
  readonly modes: readonly Mode[];
  readonly margins: Margins;
  readonly observables: Observables;
}

/**
 * The dynamics near a fixed point: its modes, its margins and the activity of the units.
 *
 * @param options.dt length of a time step (continuous time: the time constant τ of τ ż = …); that of the model, else 1.
 * @throws OptionError for a dt that is not positive and finite; ModelError.
 */
export function analyse(
  source: PiecewiseLinearSystem | Model | ModelInput,
  point: Pick<FixedPoint, "z" | "active" | "ties">,
  options: { readonly dt?: number | undefined } = {},
): Analysis {
  const { system, dt: ownDt } = systemOf(source);
  const { dt = ownDt ?? 1 } = options;
  if (!(dt > 0 && dt < Number.POSITIVE_INFINITY)) {
    throw new OptionError("dt", "must be a positive finite time step", dt, "Give the length of one step.");
  }
  const report = linearise(system, point);
  const decomposition = eigen(rounded(jacobian(system, representativeSide(system, point))), system.latentDim);
  return {
    ...report,
    modes: decomposition.ok ? modesOf(decomposition, system.time, dt) : [],
    margins: margins(system, point, report),
    observables: observables(system, point),
  };
}

function margins(
  system: PiecewiseLinearSystem,
  point: Pick<FixedPoint, "z" | "active" | "ties">,
  report: LinearisationReport,
): Margins {
  const sides = report.linearisations ?? [{ active: point.active, eigenvalues: report.eigenvalues }];
  const eigenvalues = sides.flatMap((side) => side.eigenvalues);
  const singular = sides.map(({ active }) =>
    singularValues(rounded(fieldMatrix(system, active)), system.latentDim)?.at(-1),
  );
  const known = singular.filter((value) => value !== undefined);
  return {
    nearestHyperplane: nearestHyperplane(system, point),
    spectralGap:
      eigenvalues.length === 0 ? undefined : Math.min(...eigenvalues.map((value) => gap(value, system.time))),
    smallestSingularValue: known.length < singular.length ? undefined : Math.min(...known),
  };
}

function gap([re, im]: ComplexPair, time: Time): number {
  return Math.abs(time === "discrete" ? 1 - modulus(re, im) : re);
}

function nearestHyperplane(
  { latentDim: R, hyperplanes: N, U, h }: PiecewiseLinearSystem,
  { z, ties }: Pick<FixedPoint, "z" | "ties">,
): Margins["nearestHyperplane"] {
  const tied = new Set(ties);
  const exactZ = z.map(fromNumber);
  let best: { index: number; distance: number } | undefined;
  for (let j = 0; j < N; j++) {
    let length = 0;
    for (let k = 0; k < R; k++) length = modulus(length, U[j * R + k]!);
    if (length === 0) continue;
    // u·z − h cancels near the hyperplane, so it is summed exactly
    let sum: Dyadic = ZERO;
    for (let k = 0; k < R; k++) sum = add(sum, multiply(fromNumber(U[j * R + k]!), exactZ[k]!));
    const distance = tied.has(j) ? 0 : Math.abs(toNumber(subtract(sum, h.at(j)))) / length;
    if (best === undefined || distance < best.distance) best = { index: j, distance };
  }
  return best;
}

function observables(
  { latentDim: R, hyperplanes: N, U, h }: PiecewiseLinearSystem,
  { z, active }: Pick<FixedPoint, "z" | "active">,
): Observables {
  const x = new Float64Array(N);
  const rates = new Float64Array(N);
  for (let j = 0; j < N; j++) for (let k = 0; k < R; k++) x[j]! += U[j * R + k]! * z[k]!;
  // the exact signs decide which units are active
  for (const j of active) rates[j] = Math.max(0, x[j]! - h.rounded[j]!);
  return { x, rates, activeFraction: N === 0 ? 0 : active.length / N };
}
