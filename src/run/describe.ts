import { after } from "../base/after.ts";
import { filled } from "../base/filled.ts";
import { isLong, LazyList, type List } from "../base/list.ts";
import type { Continuum, FixedPoint, Linearisation, NearDegeneracy, Result } from "../base/result.ts";
import type { Steps } from "../base/steps.ts";
import { type Rational, toNumber } from "../exact/rational.ts";
import type { FinalAnswer } from "../finalize/finalizer.ts";
import type { CertifiedPoint, CertifiedPoints } from "../finalize/point-table.ts";
import { reportConnectedSets, reportPlace } from "../finalize/report-continua.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { Model } from "../model/types.ts";
import { findingDegeneracies, mayBeNear } from "../stability/near-degeneracy.ts";
import { type LinearisationReport, linearisingSides, type Side } from "../stability/stability.ts";
import { transverseLinearisation } from "../stability/transverse.ts";
import { type RunControl, type Taken, Turns, takeSteps } from "../stages/run.ts";
import { ReportTable } from "./report-table.ts";

/** Most regions of a continuum whose transverse linearisation is given. */
const MAX_TRANSVERSE = 64;

/**
 * Most points whose sides are kept until their margins are computed: matrices and eigenvectors of a point take
 * kilobytes.
 */
const MOST_KEPT_SIDES = 1000;

/** What a result says of its points. */
export interface ReportedPoints {
  /** Each made when it is asked for, if there are many. */
  readonly fixedPoints: List<FixedPoint>;
  /** How many have no class. */
  readonly unclassified: number;
  /** Whether the margins of all points with a class were computed. */
  readonly margins: boolean;
}

type Degeneracies = Taken<ReadonlyMap<number, NearDegeneracy>>;

const NO_DEGENERACIES: Degeneracies = { value: new Map() };

/** What a result says of its points: their classes as they come, their margins at the end. */
export class PointReports {
  readonly #model: Model;
  readonly #reports: ReportTable;
  /** The points that may have a margin, and the sides of the first of them. */
  readonly #near = new Map<number, readonly Side[] | undefined>();

  constructor(model: Model) {
    this.#model = model;
    this.#reports = new ReportTable(model.system.latentDim, model.system.time);
  }

  /** Linearises a point when it is certified, so that the time counts in the budget. */
  *describing(point: CertifiedPoint): Steps<void> {
    if (this.#reports.has(point.number)) return;
    const { system, precision } = this.#model;
    const { report, sides } = yield* linearisingSides(system, point, point.field);
    this.#reports.set(point.number, report);
    if (!mayBeNear(system, point, sides, precision)) return;
    this.#near.set(point.number, this.#near.size < MOST_KEPT_SIDES ? sides : undefined);
  }

  /** @param whyLate the reason why a point has no class. */
  report(
    points: CertifiedPoints,
    control: RunControl,
    whyLate: () => string,
  ): ReportedPoints | Promise<ReportedPoints> {
    const turns = new Turns();
    return after(takeSteps(this.#describingRest(points), control, turns), () =>
      after(this.#degeneracies(points, control, turns), (edges) => this.#list(points, edges, whyLate)),
    );
  }

  /** The points that have a margin, or why there was no time for them. */
  #degeneracies(points: CertifiedPoints, control: RunControl, turns: Turns): Degeneracies | Promise<Degeneracies> {
    if (this.#near.size === 0) return NO_DEGENERACIES;
    const { system, precision } = this.#model;
    const near = new Map<number, readonly Side[] | undefined>();
    for (let i = 0; i < points.length; i++) {
      const number = points.number(i);
      if (this.#near.has(number)) near.set(i, this.#near.get(number));
    }
    if (near.size === 0) return { value: new Map() };
    return takeSteps(findingDegeneracies(system, points, near, precision), control, turns);
  }

  #list(points: CertifiedPoints, edges: Degeneracies, whyLate: () => string): ReportedPoints {
    let unclassified = 0;
    for (let i = 0; i < points.length; i++) if (!this.#reports.has(points.number(i))) unclassified++;
    const degeneracies = "value" in edges ? edges.value : undefined;
    const because = unclassified === 0 ? "" : whyLate();
    const fixedPoints = new LazyList(points.length, (i): FixedPoint => {
      const { number, z, active, ties, error } = points.at(i)!;
      const place = { z, active, ties, status: "certified", error } as const;
      if (!this.#reports.has(number))
        return { ...place, eigenvalues: [], stability: "undetermined", unclassified: because };
      const point = filled<LinearisationReport, typeof place>(this.#reports.get(number), place);
      const nearlyDegenerate = degeneracies?.get(i);
      return nearlyDegenerate === undefined
        ? point
        : filled<Pick<FixedPoint, "nearlyDegenerate">, typeof point>({ nearlyDegenerate }, point);
    });
    return {
      fixedPoints: isLong(points) ? fixedPoints : fixedPoints.slice(),
      unclassified,
      margins: "value" in edges,
    };
  }

  *#describingRest(points: CertifiedPoints): Steps<void> {
    for (let i = 0; i < points.length; i++) {
      if (!this.#reports.has(points.number(i))) yield* this.describing(points.at(i)!);
      yield;
    }
  }
}

/** What a result says of its continua. */
export function reportContinua(
  system: PiecewiseLinearSystem,
  answer: FinalAnswer,
  control: RunControl,
): ContinuaReport | Promise<ContinuaReport> {
  return answer.continua.length === 0
    ? { report: { continua: [] }, transverse: true }
    : describeContinua(system, answer, control);
}

/** What a result says of its continua, and whether the eigenvalues across all of them were computed. */
export interface ContinuaReport {
  readonly report: Pick<Result, "continua" | "connectedSets">;
  readonly transverse: boolean;
}

async function describeContinua(
  system: PiecewiseLinearSystem,
  { continua, connectedSets }: FinalAnswer,
  control: RunControl,
): Promise<ContinuaReport> {
  const { connectedSets: sets, numbers } = reportConnectedSets(connectedSets, continua);
  const turns = new Turns();
  const listed: Continuum[] = [];
  let all = true;
  for (const [c, continuum] of continua.entries()) {
    const { dimension, point, basis, regions } = continuum;
    const shown = regions.slice(0, MAX_TRANSVERSE);
    const transverse = await takeSteps(linearisingAcross(system, shown, basis), control, turns);
    if ("stopped" in transverse) all = false;
    listed.push({
      dimension,
      point: point.map(toNumber),
      basis: basis.map((row) => row.map(toNumber)),
      regions,
      transverse: "value" in transverse ? transverse.value : shown.map((active) => ({ active, eigenvalues: [] })),
      ...reportPlace(continuum),
      ...(numbers === undefined ? {} : { connectedSet: numbers.get(c)! }),
    });
  }
  return { report: { continua: listed, ...(sets === undefined ? {} : { connectedSets: sets }) }, transverse: all };
}

/** The linearisations across a continuum, in steps of one region. */
function* linearisingAcross(
  system: PiecewiseLinearSystem,
  regions: readonly (readonly number[])[],
  basis: readonly (readonly Rational[])[],
): Steps<Linearisation[]> {
  const across: Linearisation[] = [];
  for (const active of regions) {
    across.push(transverseLinearisation(system, active, basis));
    yield;
  }
  return across;
}
