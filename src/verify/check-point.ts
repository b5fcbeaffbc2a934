import { satisfies } from "../exact/hull.ts";
import {
  add,
  compare,
  multiply,
  ofNumber,
  type Rational,
  rational,
  subtract,
  toNumber,
  ZERO,
} from "../exact/rational.ts";
import { closedRegion, hasInterior } from "../exact/region.ts";
import { checkEigenvalues, NO_EIGENVALUES } from "./check-eigenvalues.ts";
import { checkAtTies } from "./check-sides.ts";
import { checkSmooth } from "./check-stability.ts";
import type { ExactModel } from "./exact-model.ts";
import type { Findings, Refuse } from "./problem.ts";
import type { ReportedPoint, ReportedVirtualPoint } from "./result-schema.ts";

/**
 * An error bound is max |z − exact|, rounded up: larger by at most this relative amount and one step of the smallest
 * float64.
 */
const ERROR_SLACK: Rational = rational(1n, 1n << 50n);
const SMALLEST_STEP: Rational = rational(1n, 1n << 1073n);

/** Refuses what is wrong with a fixed point. @returns the exact point, if its region determines one. */
export function checkPoint(
  model: ExactModel,
  point: ReportedPoint,
  path: string,
  findings: Findings,
): Rational[] | undefined {
  const { refuse, leave } = findings;
  const { latentDim: R, hyperplanes: N, time } = model.system;
  if (!checkShape(R, N, point.z, [...point.active, ...point.ties], path, refuse)) return undefined;
  const solutions = model.solutions(point.active, point.ties);
  if (solutions === undefined) {
    refuse(path, "no point on its ties satisfies its region's equations");
    return undefined;
  }
  if (solutions.basis.length > 0) {
    refuse(path, `is not isolated: its region's equations have a solution set of dimension ${solutions.basis.length}`);
    return undefined;
  }
  const exact = [...solutions.point];
  checkCoordinates(point.z, exact, path, refuse);
  checkError(point, exact, path, refuse);
  if (!checkSigns(model, point, exact, path, refuse)) return exact;
  if (point.unclassified !== undefined) {
    checkUnclassified(point, path, findings);
    return exact;
  }
  if (point.ties.length > 0) {
    checkAtTies(model, point, path, findings);
    return exact;
  }
  if (point.linearisations !== undefined) refuse(`${path}.linearisations`, "are given without ties");
  const J = model.jacobian(point.active);
  if (point.eigenvalues.length === 0) leave(`${path}.eigenvalues`, NO_EIGENVALUES);
  else checkEigenvalues(J, R, time, point.eigenvalues, `${path}.eigenvalues`, refuse);
  checkSmooth(point, { J, eigenvalues: point.eigenvalues }, R, time, path, findings);
  return exact;
}

/** Refuses statements on a point beyond its certificate, if the result says that nothing else was computed. */
export function checkUnclassified(point: ReportedPoint, path: string, { refuse, leave }: Findings): void {
  const { eigenvalues, stability } = point;
  if (eigenvalues.length > 0) refuse(`${path}.eigenvalues`, "are given for a point that is said not to be classified");
  if (stability !== "undetermined")
    refuse(`${path}.stability`, `is ${stability} for a point that is said not to be classified`);
  for (const key of CLASSIFICATION) {
    if (point[key] !== undefined) refuse(`${path}.${key}`, "is given for a point that is said not to be classified");
  }
  leave(`${path}.unclassified`, "claims nothing but that there was no time");
}

const CLASSIFICATION = [
  "spectralRadius",
  "spectralAbscissa",
  "spectralBounds",
  "directions",
  "hyperbolic",
  "nearlyDegenerate",
  "linearisations",
] as const;

/**
 * Refuses what is wrong with a virtual fixed point: the candidate of a region with an interior, outside that region.
 */
export function checkVirtualPoint(
  model: ExactModel,
  point: ReportedVirtualPoint,
  path: string,
  { refuse, leave }: Findings,
): void {
  const { latentDim: R, hyperplanes: N, time } = model.system;
  if (!checkShape(R, N, point.z, point.region, path, refuse)) return;
  const solutions = model.solutions(point.region, []);
  if (solutions === undefined || solutions.basis.length > 0) {
    refuse(path, "its region's matrix is singular, so the region has no candidate");
    return;
  }
  checkCoordinates(point.z, solutions.point, path, refuse);
  const mask = model.mask(point.region);
  if (!hasInterior(model.hyperplanes, mask)) refuse(`${path}.region`, "is no region: no point has these signs");
  if (satisfies(closedRegion(model.hyperplanes, mask), solutions.point)) {
    refuse(path, "lies in its own region, so it is a fixed point and not a virtual one");
  }
  if (point.eigenvalues.length === 0) leave(`${path}.eigenvalues`, NO_EIGENVALUES);
  else checkEigenvalues(model.jacobian(point.region), R, time, point.eigenvalues, `${path}.eigenvalues`, refuse);
}

export function checkShape(
  R: number,
  N: number,
  z: readonly number[],
  hyperplanes: readonly number[],
  path: string,
  refuse: Refuse,
): boolean {
  const tooLarge = hyperplanes.find((j) => j >= N);
  if (z.length !== R) refuse(`${path}.z`, `has ${z.length} coordinates, the model has ${R}`);
  if (tooLarge !== undefined) refuse(path, `names hyperplane ${tooLarge}, the last one is ${N - 1}`);
  if (new Set(hyperplanes).size < hyperplanes.length) refuse(path, "lists a hyperplane as active and as a tie");
  return z.length === R && tooLarge === undefined && new Set(hyperplanes).size === hyperplanes.length;
}

export function checkCoordinates(z: readonly number[], exact: readonly Rational[], path: string, refuse: Refuse): void {
  exact.forEach((x, k) => {
    const nearest = toNumber(x);
    if (z[k] !== nearest) refuse(`${path}.z[${k}]`, `is ${z[k]}, but the exact solution rounds to ${nearest}`);
  });
}

export function checkError(
  point: Pick<ReportedPoint, "z" | "error">,
  exact: readonly Rational[],
  path: string,
  refuse: Refuse,
): void {
  let largest = ZERO;
  let at = 0;
  exact.forEach((x, k) => {
    const difference = subtract(ofNumber(point.z[k]!), x);
    const size = difference.n < 0n ? { n: -difference.n, d: difference.d } : difference;
    if (compare(size, largest) > 0) {
      largest = size;
      at = k;
    }
  });
  const stated = ofNumber(point.error);
  if (compare(largest, stated) > 0) {
    refuse(`${path}.error`, `is less than the error of z[${at}], ${toNumber(largest)}`);
    return;
  }
  const most = largest.n === 0n ? ZERO : add(add(largest, multiply(largest, ERROR_SLACK)), SMALLEST_STEP);
  if (compare(stated, most) > 0) refuse(`${path}.error`, `is ${point.error}, but the error is ${toNumber(largest)}`);
}

export function checkSigns(
  model: ExactModel,
  point: Pick<ReportedPoint, "active" | "ties">,
  exact: readonly Rational[],
  path: string,
  refuse: Refuse,
): boolean {
  const active = new Set(point.active);
  const ties = new Set(point.ties);
  const names = { "-1": "inactive", "0": "a tie", "1": "active" } as const;
  let right = true;
  model.signs(exact).forEach((sign, j) => {
    const stated = active.has(j) ? 1 : ties.has(j) ? 0 : -1;
    if (stated === sign) return;
    right = false;
    refuse(path, `hyperplane ${j} is ${names[sign]} at this point, not ${names[stated]}`);
  });
  return right;
}
