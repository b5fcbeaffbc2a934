import { affineContains, compareVectors, dot } from "../../exact/affine.ts";
import { relativeInterior, restrict, satisfies } from "../../exact/hull.ts";
import { nearestToOrigin } from "../../exact/nearest.ts";
import { compare, type Rational, toNumber } from "../../exact/rational.ts";
import { closedRegion } from "../../exact/region.ts";
import type { ExactModel } from "./exact-model.ts";
import type { Refuse } from "./problem.ts";
import type { ReportedContinuum } from "./result-schema.ts";

/**
 * Refuses what is wrong with a continuum: in each of its regions the fixed points must form a piece of its dimension whose affine
 * hull has the basis given, correctly rounded, and the point must be the one nearest to the origin of all pieces.
 * That the pieces touch, and that no region is missing, is not checked.
 *
 * @returns whether a point lies on one of its pieces.
 */
export function checkContinuum(
  model: ExactModel,
  continuum: ReportedContinuum,
  path: string,
  refuse: Refuse,
): (z: readonly Rational[]) => boolean {
  const { latentDim: R, hyperplanes: N } = model.system;
  if (continuum.point.length !== R)
    refuse(`${path}.point`, `has ${continuum.point.length} coordinates, the model has ${R}`);
  if (continuum.basis.length !== continuum.dimension || continuum.basis.some((row) => row.length !== R)) {
    refuse(`${path}.basis`, `must be ${continuum.dimension} rows of ${R} numbers`);
  }
  const seen = new Set<string>();
  const pieces: ((z: readonly Rational[]) => boolean)[] = [];
  let hull: readonly (readonly Rational[])[] | undefined;
  let nearest: Rational[] | undefined;
  continuum.regions.forEach((region, r) => {
    const here = `${path}.regions[${r}]`;
    if (seen.has(region.join())) refuse(here, "is listed twice");
    seen.add(region.join());
    if (region.some((j) => j >= N)) {
      refuse(here, `names a hyperplane past the last one, ${N - 1}`);
      return;
    }
    const solutions = model.solutions(region, []);
    const closed = closedRegion(model.hyperplanes, model.mask(region));
    const local = solutions && restrict(closed, solutions);
    const inner = local && relativeInterior(local);
    if (solutions === undefined || local === undefined || inner === undefined) {
      refuse(here, "holds no fixed point");
      return;
    }
    if (inner.hull.basis.length !== continuum.dimension) {
      refuse(here, `holds fixed points of dimension ${inner.hull.basis.length}, not ${continuum.dimension}`);
      return;
    }
    const basis = inner.hull.basis.map((t) =>
      Array.from({ length: R }, (_, i) =>
        dot(
          t,
          solutions.basis.map((row) => row[i]),
        ),
      ),
    );
    if (hull === undefined) hull = basis;
    else if (hull.some((row, k) => compareVectors(row, basis[k]) !== 0))
      refuse(here, "spans another direction than the first region");
    const closest = nearestToOrigin(solutions, local);
    if (closest !== undefined && (nearest === undefined || closer(closest, nearest))) nearest = closest;
    pieces.push((z) => affineContains(solutions, z) && satisfies(closed, z));
  });
  hull?.forEach((row, k) => {
    row.forEach((x, i) => {
      const stated = continuum.basis[k]?.[i];
      if (stated !== toNumber(x))
        refuse(`${path}.basis[${k}][${i}]`, `is ${stated}, but the exact one rounds to ${toNumber(x)}`);
    });
  });
  nearest?.forEach((x, i) => {
    const stated = continuum.point[i];
    if (stated !== toNumber(x)) {
      refuse(
        `${path}.point[${i}]`,
        `is ${stated}, but that of the point nearest to the origin rounds to ${toNumber(x)}`,
      );
    }
  });
  return (z) => pieces.some((contains) => contains(z));
}

/** Nearer to the origin; of two equally near ones the first in lexicographic order. */
function closer(a: readonly Rational[], b: readonly Rational[]): boolean {
  const order = compare(dot(a, a), dot(b, b));
  return order < 0 || (order === 0 && compareVectors(a, b) < 0);
}
