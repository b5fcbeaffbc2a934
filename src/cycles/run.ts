import type { Provenance } from "../base/result.ts";
import { beyondRange, plural, were } from "../base/words.ts";
import { toNumber } from "../exact/rational.ts";
import { reportPlace } from "../finalize/report-continua.ts";
import { ascending, sealedInOrder } from "../model/seal.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { Model } from "../model/types.ts";
import type { Engine } from "../run/engine.ts";
import { provenance, summarise } from "../run/summary.ts";
import { stopReason, takeSteps } from "../stages/run.ts";
import { splitIndices } from "./block.ts";
import type { Searched } from "./by-points.ts";
import { controlOf, finishingOf } from "./control.ts";
import { linearisingCycle } from "./describe.ts";
import { type CertifiedCycle, type CycleContinuum, CycleFinish, type PeriodAnswer, signsOf } from "./finish.ts";
import { gapsText, gapText, type PeriodGap } from "./gaps.ts";
import { type CycleOptions, expectMap, periodsOf } from "./options.ts";
import type { ContinuumOfCycles, Cycle, CycleLinearisation, CyclesResult, PeriodReport } from "./result.ts";
import { searchWords } from "./search-words.ts";
import type { WordControl } from "./task-queue.ts";
import type { Word } from "./word.ts";

/**
 * All cycles of a map up to a period, or of one period (docs/design.md#cycles).
 * @throws OptionError for bad options; ModelError for a model in continuous time; StillpointError TOO_LARGE when the
 *   method that was asked for could not end.
 */
export async function findCyclesOf(
  model: Model,
  options: CycleOptions,
  engine: Engine,
  millisecondsBeforeThreads?: number,
): Promise<CyclesResult> {
  const periods = periodsOf(options);
  expectMap(model);
  return findCyclesOfPeriods(model, periods, options, engine, millisecondsBeforeThreads);
}

/** @param periods ascending; those of the options do not count. @param model in discrete time. */
export function findCyclesOfPeriods(
  model: Model,
  periods: readonly number[],
  options: CycleOptions,
  engine: Engine,
  millisecondsBeforeThreads?: number,
): Promise<CyclesResult> {
  return new CycleRun(model, options, engine, millisecondsBeforeThreads).run(periods);
}

/** The result of words that hold all cycles of the periods, as far as the outcomes say so. */
export function cyclesOfWords(
  model: Model,
  words: Iterable<Word>,
  searched: ReadonlyMap<number, Searched>,
  options: CycleOptions,
  engine: Engine,
): Promise<CyclesResult> {
  return new CycleRun(model, options, engine).report(words, searched);
}

class CycleRun {
  readonly #model: Model;
  readonly #options: CycleOptions;
  readonly #engine: Engine;
  readonly #finish: CycleFinish;
  readonly #control: WordControl;
  readonly #classes = new Map<CertifiedCycle, CycleLinearisation>();
  readonly #started = performance.now();

  constructor(model: Model, options: CycleOptions, engine: Engine, millisecondsBeforeThreads?: number) {
    this.#model = model;
    this.#options = options;
    this.#engine = engine;
    const { onCycle } = options;
    this.#control = controlOf(options, engine, this.#started, millisecondsBeforeThreads);
    this.#finish = new CycleFinish(model.system, {
      onFound: (cycle) => onCycle?.({ period: cycle.period, points: cycle.points.map(pointOf) }),
      describing: (cycle) => this.#describing(cycle),
    });
  }

  async run(periods: readonly number[]): Promise<CyclesResult> {
    const { method } = this.#options;
    return this.#report(await searchWords(this.#model, periods, this.#finish, this.#control, this.#engine, { method }));
  }

  async report(words: Iterable<Word>, searched: ReadonlyMap<number, Searched>): Promise<CyclesResult> {
    for (const word of words) this.#finish.add(word);
    await this.#finish.settle(this.#control);
    return this.#report(searched);
  }

  *#describing(cycle: CertifiedCycle) {
    if (this.#classes.has(cycle)) return;
    this.#classes.set(cycle, yield* this.#linearising(cycle));
  }

  #linearising({ points }: CertifiedCycle) {
    const signs = points.map((point) => point.signs);
    return linearisingCycle(this.#model.system, this.#finish.composed, signs);
  }

  async #report(searched: ReadonlyMap<number, Searched>): Promise<CyclesResult> {
    const finishing = performance.now();
    const control = finishingOf(this.#control);
    const late = stopReason(this.#control) ?? "the time budget ended";
    const cycles: Cycle[] = [];
    const continua: ContinuumOfCycles[] = [];
    const reports: PeriodReport[] = [];
    const gaps: PeriodGap[] = [];
    for (const [period, { outcome, method, seconds }] of [...searched].sort(([a], [b]) => a - b)) {
      const answer = await this.#finish.conclude(period, control);
      let unclassified = 0;
      for (const cycle of answer.cycles) {
        await takeSteps(this.#describing(cycle), control);
        const known = this.#classes.get(cycle);
        if (known === undefined) unclassified++;
        cycles.push(this.#cycle(cycle, known, late));
      }
      for (const each of answer.continua) continua.push(reportContinuum(each, this.#model.system));
      const gap: PeriodGap = {
        period,
        reasons: [
          ...(outcome.incompleteBecause === undefined ? [] : [outcome.incompleteBecause]),
          ...gapsOf(answer, unclassified, late),
        ],
        undecided: this.#finish.undecided(period),
      };
      const why = gapText(gap);
      gaps.push(gap);
      reports.push({
        period,
        cycles: answer.cycles.length,
        continua: answer.continua.length,
        complete: why === undefined,
        ...(why === undefined ? {} : { incompleteBecause: why }),
        method,
        counts: ascending(outcome.counts),
        seconds,
      });
    }
    const complete = reports.every((report) => report.complete);
    const ended = performance.now();
    return sealedInOrder<CyclesResult>({
      schema: "stillpoint/cycles@1",
      model: summarise(this.#model).summary,
      periods: reports,
      completeUpTo: completeUpTo(reports),
      cycles,
      continua,
      complete,
      ...(complete ? {} : { incompleteBecause: gapsText(gaps) }),
      ...(this.#engine.trouble === undefined ? {} : { backendNote: this.#engine.trouble }),
      proof: "none",
      counts: ascending({ ...this.#finish.counts }),
      seconds: { finalize: (ended - finishing) / 1000, total: (ended - this.#started) / 1000 },
      provenance: provenanceOf(this.#options),
    });
  }

  #cycle(cycle: CertifiedCycle, known: CycleLinearisation | undefined, late: string): Cycle {
    const distance = distanceToHyperplanes(cycle, this.#model.system);
    return {
      period: cycle.period,
      points: cycle.points.map(pointOf),
      status: "certified",
      ...(known ?? { eigenvalues: [], stability: "undetermined", unclassified: late }),
      ...(distance === undefined ? {} : { distance }),
    };
  }
}

export function provenanceOf({ onCycle: _, ...options }: CycleOptions): Provenance {
  return provenance(options);
}

/** A point as a result lists it. */
export function pointOf(point: CertifiedCycle["points"][number]) {
  return { z: point.z, ...signsOf(point), error: point.error };
}

function gapsOf({ outOfRange, undescribed }: PeriodAnswer, unclassified: number, late: string): string[] {
  const beyond = [
    ...(outOfRange.cycles > 0 ? [plural(outOfRange.cycles, "cycle")] : []),
    ...(outOfRange.continua > 0 ? [plural(outOfRange.continua, "continuum", "continua")] : []),
  ];
  return [
    ...(beyond.length === 0 ? [] : [beyondRange(beyond)]),
    ...(unclassified === 0 ? [] : [`${late}: ${were(unclassified, "cycle")} not classified`]),
    ...(undescribed === 0 ? [] : [`${late}: ${were(undescribed, "piece")} of continua not put together`]),
  ];
}

function completeUpTo(reports: readonly PeriodReport[]): number {
  let upTo = 0;
  for (const { period, complete } of reports) {
    if (!complete || period !== upTo + 1) break;
    upTo = period;
  }
  return upTo;
}

/** min |u_j·z_t − h_j| / ‖u_j‖ over all points and hyperplanes with a normal, in float64. */
function distanceToHyperplanes(
  { points }: CertifiedCycle,
  { latentDim: R, hyperplanes: N, U, h }: PiecewiseLinearSystem,
): number | undefined {
  let least = Number.POSITIVE_INFINITY;
  for (const point of points) {
    const { ties } = signsOf(point);
    for (let j = 0; j < N; j++) {
      const u = U.subarray(j * R, j * R + R);
      const norm = Math.hypot(...u);
      if (norm === 0) continue;
      const value = ties.includes(j) ? 0 : u.reduce((sum, x, k) => sum + x * point.z[k]!, -h.rounded[j]!);
      least = Math.min(least, Math.abs(value) / norm);
    }
  }
  return Number.isFinite(least) ? least : undefined;
}

function reportContinuum({ period, continuum }: CycleContinuum, system: PiecewiseLinearSystem): ContinuumOfCycles {
  const { dimension, point, basis, regions } = continuum;
  return {
    period,
    dimension,
    point: point.map(toNumber),
    basis: basis.map((row) => row.map(toNumber)),
    words: regions.map((region) => splitIndices(region, system.hyperplanes, period)),
    ...reportPlace(continuum),
  };
}
