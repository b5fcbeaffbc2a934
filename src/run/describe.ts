import type { Continuum, FixedPoint, Linearisation, Result } from "../base/result.ts";
import type { Steps } from "../base/steps.ts";
import { type Rational, toNumber } from "../exact/rational.ts";
import type { CertifiedPoint, FinalAnswer } from "../finalize/finalizer.ts";
import { reportConnectedSets, reportPlace } from "../finalize/report-continua.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { Model } from "../model/types.ts";
import { findingDegeneracies, mayBeNear } from "../stability/near-degeneracy.ts";
import { type LinearisedPoint, linearisingSides } from "../stability/stability.ts";
import { transverseLinearisation } from "../stability/transverse.ts";
import { type RunControl, Turns, takeSteps } from "../stages/run.ts";

/** Most regions of a continuum whose transverse linearisation is given. */
const MAX_TRANSVERSE = 64;

/** The class of a point, and its sides if its margins still need them. */
interface DescribedPoint extends Pick<LinearisedPoint, "report"> {
  readonly sides: LinearisedPoint["sides"] | undefined;
}

/** What a result says of its points: their classes as they come, their margins at the end. */
export class PointReports {
  readonly #model: Model;
  readonly #linearised = new WeakMap<CertifiedPoint, DescribedPoint>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** Linearises a point when it is certified, so that the time counts in the budget. */
  *describing(point: CertifiedPoint): Steps<void> {
    if (this.#linearised.has(point)) return;
    const { system, precision } = this.#model;
    const { report, sides } = yield* linearisingSides(system, point, point.field);
    // matrices and eigenvectors of hundreds of thousands of points would take gigabytes
    this.#linearised.set(point, { report, sides: mayBeNear(system, point, sides, precision) ? sides : undefined });
  }

  /**
   * @param whyLate the reason why a point has no class.
   * @returns whether the margins of all points with a class were computed.
   */
  async report(
    points: readonly CertifiedPoint[],
    control: RunControl,
    whyLate: () => string,
  ): Promise<{ readonly fixedPoints: FixedPoint[]; readonly margins: boolean }> {
    const turns = new Turns();
    for (const point of points) await takeSteps(this.describing(point), control, turns);
    const known = points.flatMap((point) => this.#linearised.get(point) ?? []);
    const classified = points.filter((point) => this.#linearised.has(point));
    const sides = known.map((each) => each.sides);
    const { system, precision } = this.#model;
    const edges = await takeSteps(findingDegeneracies(system, classified, sides, precision), control, turns);
    const near = new Map(classified.map((point, i) => [point, "value" in edges ? edges.value[i] : undefined]));
    const fixedPoints = points.map((point): FixedPoint => {
      const { z, active, ties, error } = point;
      const place = { z, active, ties, status: "certified", error } as const;
      const linearised = this.#linearised.get(point);
      if (linearised === undefined)
        return { ...place, eigenvalues: [], stability: "undetermined", unclassified: whyLate() };
      const edge = near.get(point);
      return { ...place, ...linearised.report, ...(edge === undefined ? {} : { nearlyDegenerate: edge }) };
    });
    return { fixedPoints, margins: "value" in edges };
  }
}

/** What a result says of its continua. @returns also whether the eigenvalues across all of them were computed. */
export async function reportContinua(
  system: PiecewiseLinearSystem,
  { continua, connectedSets }: FinalAnswer,
  control: RunControl,
): Promise<{ readonly report: Pick<Result, "continua" | "connectedSets">; readonly transverse: boolean }> {
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
