import { relativeInterior, restrict } from "../exact/hull.ts";
import { polyhedronOf } from "../exact/polyhedron.ts";
import { type Rational, ZERO } from "../exact/rational.ts";
import type { Sides } from "../exact/sides.ts";
import { compare, type Dyadic } from "../model/dyadic.ts";
import { checkDirections } from "./check-directions.ts";
import { checkEigenvalues, NO_EIGENVALUES } from "./check-eigenvalues.ts";
import { checkClassAtTies, type Side } from "./check-stability.ts";
import type { ExactModel } from "./exact-model.ts";
import type { Findings } from "./problem.ts";
import type { ReportedPoint } from "./result-schema.ts";

/** Refuses what is wrong with a fixed point on hyperplanes, except for its coordinates. */
export function checkAtTies(model: ExactModel, point: ReportedPoint, path: string, findings: Findings): void {
  const sides = model.sides(point);
  checkIsolation(model, point, sides, path, findings);
  checkSides(model, point, sides, path, findings);
}

/**
 * Refuses a fixed point on hyperplanes that is not isolated. Near the point G is linear on each side. So the point is
 * not isolated iff the closed cone of a side contains a direction d ≠ 0 along which G stays 0: (M + VᵀDU) d = 0.
 */
function checkIsolation(
  model: ExactModel,
  point: ReportedPoint,
  { sides, complete }: Sides,
  path: string,
  { refuse, leave }: Findings,
): void {
  for (const side of sides) {
    const dimension = flatDimension(model, point, side);
    if (dimension === 0) continue;
    refuse(
      path,
      `is not isolated: fixed points of dimension ${dimension} reach it in the region of [${side.join(", ")}]`,
    );
    return;
  }
  if (!complete) leave(path, `more than ${sides.length} regions meet here: that it is isolated was checked in those`);
}

/** Dimension of the d in the closed cone of a side with (M + VᵀDU) d = 0. */
function flatDimension(model: ExactModel, { ties }: ReportedPoint, side: readonly number[]): number {
  const basis = model.nullSpace(side);
  if (basis.length === 0) return 0;
  const R = model.system.latentDim;
  const on = new Set(side);
  const cone = polyhedronOf(
    R,
    ties.map((j) => (on.has(j) ? model.hyperplanes.normals[j]!.map((x) => -x) : model.hyperplanes.normals[j]!)),
    ties.map(() => 0n),
  );
  const origin = new Array<Rational>(R).fill(ZERO);
  return relativeInterior(restrict(cone, { point: origin, basis }))!.hull.basis.length;
}

/**
 * Refuses linearisations that are not those of the regions that meet at the point, each once and in order, and wrong
 * consequences of them.
 */
function checkSides(
  model: ExactModel,
  point: ReportedPoint,
  { sides, complete }: Sides,
  path: string,
  findings: Findings,
): void {
  const { refuse, leave } = findings;
  const { latentDim: R, time, U } = model.system;
  const stated = point.linearisations ?? [];
  const keys = stated.map(({ active }) => active.join());
  const wrong = sides.findIndex((side, s) => keys[s] !== side.join());
  if (wrong >= 0) {
    const found = stated[wrong] === undefined ? "missing" : `[${stated[wrong].active.join(", ")}]`;
    refuse(`${path}.linearisations[${wrong}]`, `must be of the side [${sides[wrong]!.join(", ")}], but is ${found}`);
    return;
  }
  if (stated.length > sides.length) {
    refuse(`${path}.linearisations`, `are ${stated.length}, but ${sides.length} regions meet here`);
    return;
  }
  if (!complete) leave(`${path}.linearisations`, `more regions meet here than the ${sides.length} listed`);
  const own: Side[] = sides.map((active, s) => ({
    J: model.jacobian(active),
    eigenvalues: stated[s]!.eigenvalues,
    right: R === 1 && isRight(active, point.ties, U),
  }));
  const directions = own.map((side, s) => {
    const here = `${path}.linearisations[${s}]`;
    if (side.eigenvalues.length === 0) leave(`${here}.eigenvalues`, NO_EIGENVALUES);
    else checkEigenvalues(side.J, R, time, side.eigenvalues, `${here}.eigenvalues`, refuse);
    return checkDirections(stated[s]!.directions, side, R, time, `${here}.directions`, findings);
  });
  const shown = sides[0]!.length === point.active.length ? 0 : firstByMatrix(own);
  if (JSON.stringify(point.eigenvalues) !== JSON.stringify(stated[shown]!.eigenvalues)) {
    refuse(`${path}.eigenvalues`, `are not those of side ${shown}, which stands for the point`);
  }
  checkClassAtTies(point, own, directions, complete, R, time, path, findings);
}

/** Whether a side in one dimension is the side of larger z, by a tied unit with a slope. */
function isRight(active: readonly number[], ties: readonly number[], U: Float64Array): boolean {
  const tie = ties.find((j) => U[j] !== 0);
  return tie !== undefined && active.includes(tie) === U[tie]! > 0;
}

/** The side whose Jacobian comes first lexicographically, row by row; of equal ones the first. */
function firstByMatrix(sides: readonly Side[]): number {
  let first = 0;
  for (let s = 1; s < sides.length; s++) if (precedes(sides[s]!.J, sides[first]!.J)) first = s;
  return first;
}

function precedes(a: readonly Dyadic[], b: readonly Dyadic[]): boolean {
  for (let at = 0; at < a.length; at++) {
    const order = compare(a[at]!, b[at]!);
    if (order !== 0) return order < 0;
  }
  return false;
}
