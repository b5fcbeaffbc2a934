import { affineContains, compareVectors } from "../exact/affine.ts";
import type { Rational } from "../exact/rational.ts";
import { checkContinua } from "./check-continua.ts";
import { type CheckedContinuum, checkSet, type SetWords } from "./check-continuum.ts";
import { CORNER_BUDGET } from "./corners.ts";
import type { ReportedCycleContinuum, ReportedCycles } from "./cycles-schema.ts";
import { ExactModel } from "./exact-model.ts";
import { imageOf, stepMap } from "./exact-orbit.ts";
import { orbitSystem } from "./orbit-system.ts";
import type { Findings, Refuse } from "./problem.ts";
import type { InTime } from "./report.ts";
import type { ReportedSet } from "./result-schema.ts";

const WORDS: SetWords = { points: "closed orbit", regions: "words" };

/**
 * Refuses what is wrong with continua of cycles. An orbit of k points is a point of k·R coordinates, and solves the
 * system for all k points; there a continuum is checked as one of fixed points is (`checkSet`, `checkContinua`). Beyond
 * that no continuum may consist of orbits of a smaller period, two must not differ only in the points at which their
 * orbits begin, and no cycle may be listed that lies on one of its own period.
 * @param firsts the exact first point of each cycle, where its masks determine one.
 * @returns the number of continua that were checked.
 */
export function checkCycleContinua(
  model: ExactModel,
  { cycles, continua }: ReportedCycles,
  firsts: readonly (readonly Rational[] | undefined)[],
  findings: Findings,
  inTime: InTime,
): number {
  const { refuse } = findings;
  const systems = new Map<number, ExactModel>();
  const systemOf = (period: number): ExactModel => {
    const system = systems.get(period) ?? new ExactModel(orbitSystem(model.system, period));
    systems.set(period, system);
    return system;
  };
  const budget = { ...CORNER_BUDGET };
  const checked = inTime.each("continua", continua, (continuum, path) => {
    if (!checkShape(model, continuum, path, refuse)) return undefined;
    const { period } = continuum;
    const whole = checkSet(systemOf(period), setOf(continuum, model.system.hyperplanes), path, budget, findings, WORDS);
    const [first] = whole.pieces;
    if (first !== undefined && hasSmallerPeriod([first.hull.point, ...first.hull.basis], period))
      refuse(`${path}.period`, `is ${period}, but all its orbits have a smaller one`);
    return { period, whole };
  });
  for (let i = 1; i < checked.length; i++)
    if (continua[i]!.period < continua[i - 1]!.period) refuse(`continua[${i}]`, "must come before, by period");
  for (const period of new Set(continua.map((each) => each.period))) {
    const own = checked.flatMap((each) => (each?.period === period ? [each.whole] : []));
    inTime.all(`continua of period ${period}`, () => {
      checkContinua(own, findings, WORDS.regions);
      checkRotations(own, period, refuse);
    });
    for (const [i, cycle] of cycles.entries()) {
      const first = firsts[i];
      if (cycle.period !== period || first === undefined) continue;
      const orbit = orbitFrom(model, first, cycle.points);
      const on = own.find(({ contains }) => rotations(orbit, period).some(contains));
      if (on !== undefined) refuse(`cycles[${i}]`, `is a cycle of ${on.path}, so it is not isolated`);
    }
  }
  return checked.length;
}

/** Whether vectors and words have the lengths of an orbit. */
function checkShape(
  { system: { latentDim: R, hyperplanes: N } }: ExactModel,
  { period, dimension, point, basis, words }: ReportedCycleContinuum,
  path: string,
  refuse: Refuse,
): boolean {
  const wrong: [string, string][] = [
    ...(basis.length === dimension
      ? []
      : [[`${path}.basis`, `has ${basis.length} rows, the dimension is ${dimension}`] as [string, string]]),
    ...([point, ...basis].every((vector) => vector.length === period * R)
      ? []
      : [[`${path}.point`, `and basis must have ${period * R} coordinates`] as [string, string]]),
    ...(words.every((word) => word.length === period && word.every((active) => active.every((j) => j < N)))
      ? []
      : [[`${path}.words`, `must each be ${period} sets of hyperplanes of the model`] as [string, string]]),
  ];
  for (const [here, message] of wrong) refuse(here, message);
  return wrong.length === 0;
}

/** The continuum as a set of solutions of the system for all points. @param N of one point. */
function setOf({ words, ...rest }: ReportedCycleContinuum, N: number): ReportedSet {
  return { ...rest, regions: words.map((word) => word.flatMap((active, t) => active.map((j) => t * N + j))) };
}

/** Refuses continua that are, or lie in, another one with its orbits begun at another point. */
function checkRotations(continua: readonly CheckedContinuum[], period: number, refuse: Refuse): void {
  for (const [i, one] of continua.entries()) {
    for (const [k, other] of continua.entries()) {
      if (i === k || one.dimension > other.dimension) continue;
      for (const { inner, hull } of one.pieces) {
        const turned = rotations(inner, period).findIndex((each, t) => t > 0 && other.contains(each));
        if (turned < 0) continue;
        const directions = hull.basis.map((row) => rotations(row, period)[turned]!);
        if (one.dimension < other.dimension) refuse(one.path, `lies in ${other.path} in part, with other first points`);
        else if (k < i && other.pieces.some((piece) => isSpan(piece.hull.basis, directions)))
          refuse(one.path, `is ${other.path}, with other first points`);
        break;
      }
    }
  }
}

/** Whether rows in reduced echelon form span all of the vectors. */
function isSpan(rows: readonly (readonly Rational[])[], vectors: readonly (readonly Rational[])[]): boolean {
  const zero = { point: rows[0]!.map(() => ({ n: 0n, d: 1n })), basis: rows };
  return vectors.every((vector) => affineContains(zero, vector));
}

/** All orbits that differ from one only in the point at which they begin, in order of that point. */
function rotations(orbit: readonly Rational[], period: number): Rational[][] {
  const R = orbit.length / period;
  return Array.from({ length: period }, (_, t) => [...orbit.slice(t * R), ...orbit.slice(0, t * R)]);
}

/** Whether all vectors stay the same where orbits begin d points later, for a divisor d of the period. */
function hasSmallerPeriod(vectors: readonly (readonly Rational[])[], period: number): boolean {
  const turned = vectors.map((vector) => rotations(vector, period));
  return Array.from({ length: period - 1 }, (_, at) => at + 1).some(
    (d) => period % d === 0 && vectors.every((vector, i) => compareVectors(turned[i]![d]!, vector) === 0),
  );
}

/** All points of a cycle from its first one, one after the other. */
function orbitFrom(
  model: ExactModel,
  first: readonly Rational[],
  points: readonly { readonly active: readonly number[] }[],
): Rational[] {
  const orbit: Rational[] = [];
  let exact = first;
  for (const { active } of points) {
    orbit.push(...exact);
    exact = imageOf(stepMap(model, active), exact);
  }
  return orbit;
}
