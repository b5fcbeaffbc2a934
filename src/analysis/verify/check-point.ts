import { satisfies } from "../../exact/hull.ts";
import { compare, ofNumber, type Rational, subtract, toNumber } from "../../exact/rational.ts";
import { closedRegion, hasInterior } from "../../exact/region.ts";
import { add, ONE, toNumber as toFloat } from "../../model/dyadic.ts";
import type { ComplexPair } from "../../result.ts";
import type { ExactModel } from "./exact-model.ts";
import type { Refuse } from "./problem.ts";
import type { ReportedPoint, ReportedVirtualPoint } from "./result-schema.ts";

/** Relative to the matrix: far above the rounding errors of any careful eigenvalue solver, far below a wrong digit that matters. */
const EIGENVALUE_TOLERANCE = 1e-9;
/** Eigenvalues nearer than this to the boundary of stability say nothing about the class. */
const CLASS_MARGIN = 1e-6;

/** Refuses what is wrong with a fixed point; gives the exact point where its region determines one. */
export function checkPoint(
  model: ExactModel,
  point: ReportedPoint,
  path: string,
  refuse: Refuse,
): Rational[] | undefined {
  const { latentDim: R, hyperplanes: N } = model.system;
  if (!checkShape(R, N, point.z, [...point.active, ...point.ties], path, refuse)) return undefined;
  if (point.status === "unresolved") return undefined;
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
  exact.forEach((x, k) => {
    const difference = subtract(ofNumber(point.z[k]), x);
    const size = difference.n < 0n ? { n: -difference.n, d: difference.d } : difference;
    if (compare(size, ofNumber(point.error)) > 0)
      refuse(`${path}.error`, `is less than the error of z[${k}], ${toNumber(size)}`);
  });
  checkSigns(model, point, exact, path, refuse);
  checkLinearisations(model, point, path, refuse);
  return exact;
}

/** Refuses what is wrong with a virtual fixed point: the candidate of a region with an interior, outside that region. */
export function checkVirtualPoint(model: ExactModel, point: ReportedVirtualPoint, path: string, refuse: Refuse): void {
  const { latentDim: R, hyperplanes: N } = model.system;
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
  checkEigenvalues(model, point.region, point.eigenvalues, `${path}.eigenvalues`, refuse);
}

function checkShape(
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

function checkCoordinates(z: readonly number[], exact: readonly Rational[], path: string, refuse: Refuse): void {
  exact.forEach((x, k) => {
    const nearest = toNumber(x);
    if (z[k] !== nearest) refuse(`${path}.z[${k}]`, `is ${z[k]}, but the exact solution rounds to ${nearest}`);
  });
}

function checkSigns(
  model: ExactModel,
  point: ReportedPoint,
  exact: readonly Rational[],
  path: string,
  refuse: Refuse,
): void {
  const active = new Set(point.active);
  const ties = new Set(point.ties);
  const names = { "-1": "inactive", "0": "a tie", "1": "active" } as const;
  model.signs(exact).forEach((sign, j) => {
    const stated = active.has(j) ? 1 : ties.has(j) ? 0 : -1;
    if (stated !== sign) refuse(path, `hyperplane ${j} is ${names[sign]} at this point, not ${names[stated]}`);
  });
}

function checkLinearisations(model: ExactModel, point: ReportedPoint, path: string, refuse: Refuse): void {
  const { time, latentDim } = model.system;
  const values = point.eigenvalues;
  const [key, other] =
    time === "discrete"
      ? (["spectralRadius", "spectralAbscissa"] as const)
      : (["spectralAbscissa", "spectralRadius"] as const);
  const sizes = values.map(([re, im]) => (time === "discrete" ? Math.hypot(re, im) : re));
  const bound = point[key];
  if (point[other] !== undefined) refuse(`${path}.${other}`, `has no meaning in ${time} time`);
  if ((bound === undefined) !== (values.length === 0)) {
    refuse(`${path}.${key}`, "must be given exactly where there are eigenvalues");
  } else if (bound !== undefined) {
    const largest = Math.max(...sizes);
    if (!(Math.abs(bound - largest) <= 1e-12 * Math.abs(largest)))
      refuse(`${path}.${key}`, `is ${bound}, not ${largest}`);
  }

  if (point.ties.length === 0) {
    if (point.linearisations !== undefined) refuse(`${path}.linearisations`, "are given without ties");
    checkEigenvalues(model, point.active, values, `${path}.eigenvalues`, refuse);
    const offsets = sizes.map((size) => (time === "discrete" ? size - 1 : size));
    if (offsets.length === latentDim && offsets.every((offset) => Math.abs(offset) > CLASS_MARGIN)) {
      const inside = offsets.filter((offset) => offset < 0).length;
      const expected = inside === offsets.length ? "stable" : inside === 0 ? "unstable" : "saddle";
      if (point.stability !== expected)
        refuse(`${path}.stability`, `is ${point.stability}, but by its eigenvalues ${expected}`);
    }
    return;
  }
  const sides = point.linearisations ?? [];
  if (sides.length === 0) refuse(`${path}.linearisations`, "are missing for a point with ties");
  const allowed = new Set([...point.active, ...point.ties]);
  sides.forEach((side, s) => {
    const here = `${path}.linearisations[${s}]`;
    const on = new Set(side.active);
    if (!side.active.every((j) => allowed.has(j)) || !point.active.every((j) => on.has(j))) {
      refuse(`${here}.active`, "differs from the point's signs in more than its ties");
      return;
    }
    checkEigenvalues(model, side.active, side.eigenvalues, `${here}.eigenvalues`, refuse);
  });
  const text = JSON.stringify(values);
  if (sides.length > 0 && !sides.some((side) => JSON.stringify(side.eigenvalues) === text)) {
    refuse(`${path}.eigenvalues`, "are those of none of the sides");
  }
}

/** By Σ λ = tr J and Σ λ² = tr J², which are well conditioned whatever the matrix. */
function checkEigenvalues(
  model: ExactModel,
  active: readonly number[],
  values: readonly ComplexPair[],
  path: string,
  refuse: Refuse,
): void {
  const { latentDim: R, time } = model.system;
  // the solver says so when it could not find them
  if (values.length === 0) return;
  if (values.length !== R) {
    refuse(path, `are ${values.length}, the matrix has ${R}`);
    return;
  }
  // the identity is added before rounding: A − I may hide a small A
  const J = model
    .matrix(active)
    .map((entry, at) => toFloat(time === "discrete" && at % (R + 1) === 0 ? add(entry, ONE) : entry));
  let size = 0;
  for (const x of J) size = Math.max(size, Math.abs(x));
  if (size === 0) size = 1;
  const scaled = J.map((x) => x / size);
  let trace = 0;
  let traceOfSquare = 0;
  for (let i = 0; i < R; i++) {
    trace += scaled[i * R + i];
    for (let k = 0; k < R; k++) traceOfSquare += scaled[i * R + k] * scaled[k * R + i];
  }
  let sumRe = 0;
  let sumIm = 0;
  let squares = 0;
  for (const [re, im] of values) {
    sumRe += re / size;
    sumIm += im / size;
    squares += (re / size) * (re / size) - (im / size) * (im / size);
  }
  const tolerance = EIGENVALUE_TOLERANCE * R;
  if (!(Math.abs(sumRe - trace) <= tolerance) || !(Math.abs(squares - traceOfSquare) <= tolerance * R)) {
    refuse(path, "don't have the sum and the sum of squares that the matrix asks for");
  }
  const conjugate = new Set(values.map(([re, im]) => `${re},${im + 0}`));
  if (sumIm !== 0 || !values.every(([re, im]) => conjugate.has(`${re},${-im + 0}`))) {
    refuse(path, "are not closed under complex conjugation");
  }
}
