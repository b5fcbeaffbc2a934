import { compareVectors } from "../exact/affine.ts";
import { determinantSign } from "../exact/elimination.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import type { Rational } from "../exact/rational.ts";
import { type Dyadic, ONE, sign, subtract } from "../model/dyadic.ts";
import { checkDirections } from "./check-directions.ts";
import { checkEigenvalues, NO_EIGENVALUES } from "./check-eigenvalues.ts";
import { checkCoordinates, checkError, checkShape, checkSigns, checkUnclassified } from "./check-point.ts";
import { checkClassAtTies, checkSmooth, type Side } from "./check-stability.ts";
import type { ReportedCycle } from "./cycles-schema.ts";
import type { ExactModel } from "./exact-model.ts";
import { closingPoints, imageOf, stepMap, wordMap } from "./exact-orbit.ts";
import type { Findings } from "./problem.ts";
import type { ReportedPoint } from "./result-schema.ts";

/** The relative tolerance of the distance to a hyperplane, which is computed in float64. */
const DISTANCE_TOLERANCE = 2 ** -40;
/** The largest number of sides that a result lists. */
const MOST_SIDES = 64;

/**
 * Refuses what is wrong with a cycle. Its orbit is solved in rationals from its masks, and followed through all points.
 * @returns the exact first point, if the masks determine one.
 */
export function checkCycle(
  model: ExactModel,
  cycle: ReportedCycle,
  path: string,
  findings: Findings,
): readonly Rational[] | undefined {
  const { refuse, leave } = findings;
  const { latentDim: R, hyperplanes: N } = model.system;
  const { points, period } = cycle;
  if (points.length !== period) {
    refuse(`${path}.points`, `are ${points.length}, a cycle of period ${period} has ${period}`);
    return undefined;
  }
  const shapes = points.map(({ z, active, ties }, t) =>
    checkShape(R, N, z, [...active, ...ties], `${path}.points[${t}]`, refuse),
  );
  if (!shapes.every(Boolean)) return undefined;
  const { map, solutions } = closingPoints(model, points);
  if (solutions === undefined) {
    refuse(path, "no orbit on its ties closes in the regions of its points");
    return undefined;
  }
  if (solutions.basis.length > 0) {
    refuse(path, `is not isolated: orbits of dimension ${solutions.basis.length} close in the regions of its points`);
    return undefined;
  }
  if (!checkOrbit(model, cycle, solutions.point, path, findings)) return solutions.point;
  checkDistance(model, cycle, path, findings);
  const first: ReportedPoint = { ...cycle, ...points[0]!, linearisations: undefined };
  if (cycle.unclassified !== undefined) {
    checkUnclassified(first, path, findings);
    if (cycle.linearisations !== undefined)
      refuse(`${path}.linearisations`, "are given for a cycle that is said not to be classified");
    return solutions.point;
  }
  if (points.some(({ ties }) => ties.length > 0)) {
    checkSides(model, cycle, first, path, findings);
    return solutions.point;
  }
  if (cycle.linearisations !== undefined) refuse(`${path}.linearisations`, "are given without ties");
  const { eigenvalues } = cycle;
  if (eigenvalues.length === 0) leave(`${path}.eigenvalues`, NO_EIGENVALUES);
  else checkEigenvalues(map.P, R, "discrete", eigenvalues, `${path}.eigenvalues`, refuse);
  checkSmooth(first, { J: map.P, eigenvalues }, R, "discrete", path, findings);
  return solutions.point;
}

/** Follows the exact orbit: coordinates, errors, signs, the minimal period and the first point. */
function checkOrbit(
  model: ExactModel,
  { points, period }: ReportedCycle,
  start: readonly Rational[],
  path: string,
  { refuse }: Findings,
): boolean {
  let exact = [...start];
  let right = true;
  for (const [t, point] of points.entries()) {
    const here = `${path}.points[${t}]`;
    const order = t === 0 ? -1 : compareVectors(start, exact);
    if (order === 0) {
      refuse(`${path}.period`, `is ${period}, but its points repeat after ${t}`);
      return false;
    }
    if (order > 0) refuse(here, "comes before points[0], with which the list must begin, in lexicographic order");
    checkCoordinates(point.z, exact, here, refuse);
    checkError(point, exact, here, refuse);
    right = checkSigns(model, point, exact, here, refuse) && right;
    exact = imageOf(stepMap(model, point.active), exact);
  }
  return right;
}

/** Computes the distance to the nearest hyperplane again, in float64. */
function checkDistance(model: ExactModel, { points, distance }: ReportedCycle, path: string, { refuse }: Findings) {
  const { latentDim: R, hyperplanes: N, U, h } = model.system;
  let least = Number.POSITIVE_INFINITY;
  let tolerance = 0;
  for (const { z, ties } of points) {
    for (let j = 0; j < N; j++) {
      let value = -h.rounded[j]!;
      let size = Math.abs(value);
      let norm = 0;
      for (let k = 0; k < R; k++) {
        value += U[j * R + k]! * z[k]!;
        size += Math.abs(U[j * R + k]! * z[k]!);
        norm = Math.hypot(norm, U[j * R + k]!);
      }
      if (norm === 0) continue;
      const here = ties.includes(j) ? 0 : Math.abs(value) / norm;
      if (here >= least) continue;
      least = here;
      tolerance = ties.includes(j) ? 0 : (DISTANCE_TOLERANCE * size) / norm;
    }
  }
  const here = `${path}.distance`;
  if (least === Number.POSITIVE_INFINITY) {
    if (distance !== undefined) refuse(here, "is given, but there is no hyperplane that it could be of");
  } else if (distance === undefined) refuse(here, `is missing, must be ${least}`);
  else if (!(Math.abs(distance - least) <= tolerance)) refuse(here, `is ${distance}, not ${least}`);
}

/** Refuses wrong linear maps of the sides of a cycle that touches hyperplanes, and a class that contradicts them. */
function checkSides(
  model: ExactModel,
  cycle: ReportedCycle,
  first: ReportedPoint,
  path: string,
  findings: Findings,
): void {
  const { refuse, leave } = findings;
  const R = model.system.latentDim;
  const stated = cycle.linearisations ?? [];
  if (stated.length === 0 || stated.length > MOST_SIDES) {
    refuse(`${path}.linearisations`, `are ${stated.length}, must be 1 to ${MOST_SIDES} where hyperplanes are touched`);
    return;
  }
  const lines = R === 1 ? [-1, 1].map((start) => sideOnLine(model, cycle, start)) : undefined;
  const seen = new Set<string>();
  const sides: Side[] = [];
  for (const [s, { active: word }] of stated.entries()) {
    const here = `${path}.linearisations[${s}].active`;
    if (word.length !== cycle.period || !word.every((active, t) => isSideOf(active, cycle.points[t]!))) {
      refuse(here, "is no side: bits may differ from the signs of the points on ties only");
      return;
    }
    const key = JSON.stringify(word);
    if (lines !== undefined && key !== JSON.stringify(lines[s])) {
      refuse(here, "is not the side on which orbits begin there");
      return;
    }
    if (seen.has(key) && lines === undefined) {
      refuse(here, "is a side that was listed before");
      return;
    }
    seen.add(key);
    const { eigenvalues } = stated[s]!;
    sides.push({ J: wordMap(model, word).P, eigenvalues, right: s === 1 });
  }
  if (lines !== undefined && stated.length !== lines.length) {
    refuse(`${path}.linearisations`, `are ${stated.length}, must be 2 in one dimension`);
    return;
  }
  const directions = sides.map((side, s) => {
    const here = `${path}.linearisations[${s}]`;
    if (side.eigenvalues.length === 0) leave(`${here}.eigenvalues`, NO_EIGENVALUES);
    else checkEigenvalues(side.J, R, "discrete", side.eigenvalues, `${here}.eigenvalues`, refuse);
    return checkDirections(stated[s]!.directions, side, R, "discrete", `${here}.directions`, findings);
  });
  const singular = sides.findIndex(({ J }) => isSingular(J, R));
  if (singular >= 0) leave(path, `that it is isolated is not checked on side ${singular}, which has a multiplier 1`);
  if (!stated.some(({ eigenvalues }) => JSON.stringify(eigenvalues) === JSON.stringify(cycle.eigenvalues)))
    refuse(`${path}.eigenvalues`, "are those of none of its sides");
  if (lines !== undefined) {
    checkClassAtTies(first, sides, directions, true, 1, "discrete", path, findings);
    return;
  }
  leave(`${path}.linearisations`, "that no side is missing is not checked");
  for (const key of ["stability", "spectralRadius", "spectralBounds", "directions", "hyperbolic"] as const)
    leave(`${path}.${key}`, "where a cycle touches hyperplanes in several dimensions, it is not checked");
  leave(`${path}.eigenvalues`, "that they are of the side that stands for the cycle is not checked");
}

function isSideOf(side: readonly number[], { active, ties }: ReportedCycle["points"][number]): boolean {
  return active.every((j) => side.includes(j)) && side.every((j) => active.includes(j) || ties.includes(j));
}

/** The word of the orbits in one dimension that begin on a side of z_0, −1 or 1. */
function sideOnLine(model: ExactModel, { points }: ReportedCycle, start: number): number[][] {
  let side = start;
  return points.map(({ active, ties }) => {
    const own = [...active, ...ties.filter((j) => model.system.U[j]! * side > 0)].sort((a, b) => a - b);
    side *= sign(model.jacobian(own)[0]!);
    return own;
  });
}

/** Whether J has an eigenvalue 1, exactly. */
function isSingular(J: readonly Dyadic[], R: number): boolean {
  const difference = J.map((x, at) => (at % (R + 1) === 0 ? subtract(x, ONE) : x));
  return determinantSign(scaleToIntegers(difference).values, R) === 0;
}
