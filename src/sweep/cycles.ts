import { plural, share, were } from "../base/words.ts";
import { maskOfWord } from "../cycles/block.ts";
import type { Searched } from "../cycles/by-points.ts";
import type { CycleLinearisation, CyclesResult } from "../cycles/result.ts";
import { findCyclesOfPeriods } from "../cycles/run.ts";
import { searchWords } from "../cycles/search-words.ts";
import { rotationKey, type Word, type WordSink } from "../cycles/word.ts";
import { blockSystem } from "../model/block.ts";
import { StillpointError } from "../model/errors.ts";
import { ascending } from "../model/seal.ts";
import type { Engine } from "../run/engine.ts";
import { type RunControl, stopReason, takeAllSteps, yieldToEventLoop } from "../stages/run.ts";
import { type Assembled, assembling } from "./branches.ts";
import { SweepCollector } from "./collector.ts";
import { cycleReport } from "./cycle-report.ts";
import { extendedSystem, type SystemFamily } from "./family.ts";
import { BranchFollower } from "./follow.ts";
import { gapsOf, lateAfter } from "./gaps.ts";
import { heldInput } from "./held-input.ts";
import { CycleIdentity } from "./orbits.ts";
import type { CycleSweep, Sweep } from "./result.ts";

/** Coverage "auto" proves the whole range where the methods need no more than so many times their first limits. */
const AUTO_EFFORT = 8;
/** Places of branches between two looks at the clock. */
const PLACES_AT_ONCE = 16;

/** What a sweep of cycles is asked for: of a model in discrete time. */
export interface CycleSweepTask {
  readonly family: SystemFamily;
  readonly low: number;
  readonly high: number;
  /** The samples, ascending. */
  readonly values: readonly number[];
  /** 2 … K, ascending. */
  readonly periods: readonly number[];
  readonly coverage: "auto" | Sweep["coverage"];
  /** What AUTO_EFFORT is by default. */
  readonly autoEffort?: number;
}

/**
 * The branches of cycles of each period as the input moves over a range (docs/design.md#sweeps-of-cycles).
 *
 * A k-cycle is a fixed point of the block system, in which everything that sweeps of fixed points do applies. Words
 * come from the methods that find all cycles of a map, applied to the map that holds the input in the range; where that
 * would take long, each sample is solved, and branches are followed from there.
 */
export async function sweepCycles(task: CycleSweepTask, control: RunControl, engine: Engine): Promise<CycleSweep[]> {
  const { family, periods, coverage, autoEffort = AUTO_EFFORT } = task;
  const found = new Map<number, CycleSweep>();
  const parts = new Map(periods.map((period) => [period, new PeriodParts(task, period)]));
  if (coverage !== "samples") {
    const model = { ...family.at(0), system: heldInput(family.extended, task.low, task.high) };
    const mostEffort = coverage === "auto" ? autoEffort : Number.POSITIVE_INFINITY;
    const searched = await searchWords(model, periods, new PartsSink(parts), control, engine, { mostEffort });
    for (const [period, done] of searched) {
      if (done.outcome.limited && coverage === "auto" && stopReason(control) === undefined) continue;
      found.set(period, await parts.get(period)!.reportRange(done, control));
    }
  }
  const left = periods.filter((period) => !found.has(period));
  if (left.length > 0)
    for (const sweep of await sweepSamples(task, left, parts, control, engine)) found.set(sweep.period, sweep);
  return periods.map((period) => found.get(period)!);
}

/** The exact pieces of the branches of one period. */
class PeriodParts {
  readonly collector: SweepCollector;
  readonly identity: CycleIdentity;
  readonly follower: BranchFollower;
  /** N, of the map itself. */
  readonly hyperplanes: number;
  readonly #task: CycleSweepTask;
  readonly #period: number;

  constructor(task: CycleSweepTask, period: number) {
    const { origin, atOne } = task.family;
    const extended = extendedSystem(blockSystem(origin, period), blockSystem(atOne, period));
    this.collector = new SweepCollector(extended, task.low, task.high);
    this.identity = new CycleIdentity(origin, period);
    this.follower = new BranchFollower(extended, this.collector);
    this.hyperplanes = task.family.hyperplanes;
    this.#task = task;
    this.#period = period;
  }

  async reportRange({ outcome, method, seconds }: Searched, control: RunControl): Promise<CycleSweep> {
    const { incompleteBecause, counts } = outcome;
    return this.report({ incompleteBecause, counts, seconds, coverage: "range", method }, control);
  }

  /** @param found what is known but for the branches. */
  async report(
    { incompleteBecause, counts, seconds, ...found }: SearchedBranches,
    control: RunControl,
    countsAtSamples: readonly (number | undefined)[] = [],
  ): Promise<CycleSweep> {
    const begun = performance.now();
    const late = lateAfter(begun, control);
    const { values } = this.#task;
    const assembled = await takeAllSteps(assembling(this.collector, this.identity, values, late.isLate));
    this.#check(assembled, countsAtSamples);
    const gaps = gapsOf(incompleteBecause, this.collector, assembled, values.length, late.because);
    const period = this.#period;
    return {
      period,
      ...cycleReport(assembled.answer, period, this.hyperplanes),
      complete: gaps.length === 0,
      ...(gaps.length === 0 ? {} : { incompleteBecause: gaps.join("; ") }),
      ...found,
      counts: ascending({ ...counts, exactSolves: this.collector.exactSolves }),
      seconds: seconds + (performance.now() - begun) / 1000,
    };
  }

  /** Throws if branches reach a sample in other numbers than were found there: a defect of the method. */
  #check({ answer: { samples } }: Assembled<CycleLinearisation>, expected: readonly (number | undefined)[]): void {
    for (const [i, count] of expected.entries()) {
      const sample = samples[i];
      if (count === undefined || sample === undefined || sample.points.length === count) continue;
      throw new StillpointError(
        "INTERNAL",
        `at s = ${sample.s} there are ${count} cycles of period ${this.#period} and the branches have ${sample.points.length}. Please report this model`,
      );
    }
  }
}

/** What is known of the branches of a period but for the branches themselves. */
interface SearchedBranches extends Pick<CycleSweep, "coverage" | "method" | "counts" | "seconds"> {
  readonly incompleteBecause: string | undefined;
}

/** Takes words of the map that holds the input, and visits their regions of the block systems, in all rotations. */
class PartsSink implements WordSink {
  readonly #parts: ReadonlyMap<number, PeriodParts>;
  readonly #seen = new Set<string>();

  constructor(parts: ReadonlyMap<number, PeriodParts>) {
    this.#parts = parts;
  }

  get found(): number {
    let sum = 0;
    for (const { collector } of this.#parts.values()) sum += collector.found;
    return sum;
  }

  add(word: Word): void {
    const { collector, identity, hyperplanes } = this.#parts.get(word.length)!;
    const key = rotationKey(word);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    // the bits of s = a and s = b are left out: the collector has the range itself
    for (const mask of identity.rotations(maskOfWord(word, hyperplanes))) collector.add(mask);
  }

  async settle(control: Pick<RunControl, "signal" | "deadline">): Promise<void> {
    for (const { collector } of this.#parts.values()) await collector.settle(control);
  }
}

/**
 * Solves at each sample, and follows what is found from there.
 * @param all of the periods, with what an earlier attempt at the whole range has found: that is followed, too.
 */
async function sweepSamples(
  task: CycleSweepTask,
  periods: readonly number[],
  all: ReadonlyMap<number, PeriodParts>,
  control: RunControl,
  engine: Engine,
): Promise<CycleSweep[]> {
  const started = performance.now();
  const { family, values } = task;
  const parts = new Map(periods.map((period) => [period, all.get(period)!]));
  const counts = new Map(periods.map((period) => [period, [] as (number | undefined)[]]));
  const because = new Map<number, string>();
  const followed = new Map<number, number>();
  for (const [period, { collector, follower }] of parts) {
    await collector.settle(control);
    follower.startFromFound();
    followed.set(period, await followAll(follower, control));
  }
  const open = () => periods.filter((period) => !because.has(period));
  for (const [index, s] of values.entries()) {
    const unsolved = share(values.length - index, values.length, "sample");
    const stopped = stopReason(control);
    if (stopped !== undefined) for (const period of open()) because.set(period, `${stopped}: ${unsolved} not solved`);
    if (open().length === 0) break;
    control.onProgress?.({ phase: "sweep of cycles", fraction: index / values.length, done: index, fixedPoints: 0 });
    const { deadline, signal } = control;
    const maxSeconds = deadline === undefined ? undefined : Math.max(0.001, (deadline - performance.now()) / 1000);
    const result = await findCyclesOfPeriods(family.at(s), open(), { maxSeconds, signal }, engine);
    for (const report of result.periods) {
      const { period } = report;
      if (!report.complete) {
        because.set(period, `at s = ${s}: ${report.incompleteBecause}; ${unsolved} not solved`);
        continue;
      }
      counts.get(period)!.push(report.continua === 0 ? report.cycles : undefined);
      followed.set(period, followed.get(period)! + (await followFrom(result, period, parts.get(period)!, control)));
    }
  }
  const seconds = (performance.now() - started) / 1000 / periods.length;
  const reports: CycleSweep[] = [];
  for (const [period, each] of parts) {
    const { crowded, waiting } = each.follower;
    if (waiting > 0 && !because.has(period))
      because.set(period, `${stopReason(control)}: ${were(waiting, "place")} of branches not looked into`);
    if (crowded > 0 && !because.has(period))
      because.set(period, `more regions than are looked into meet at ${plural(crowded, "place")} of the branches`);
    const own = { samples: counts.get(period)!.length, placesFollowed: followed.get(period)! };
    const found = { incompleteBecause: because.get(period), counts: own, seconds, coverage: "samples" as const };
    // a branch that was not followed to its end may lack a sample
    reports.push(await each.report(found, control, waiting > 0 ? [] : counts.get(period)!));
  }
  return reports;
}

/**
 * Follows the branches of the cycles found at one sample, and looks into the regions of continua, in all rotations: so
 * what lies on hyperplanes is cut alike in all of them. @returns the number of places looked at.
 */
async function followFrom(
  { cycles, continua }: CyclesResult,
  period: number,
  parts: PeriodParts,
  control: RunControl,
): Promise<number> {
  const { follower, identity, hyperplanes: N } = parts;
  const flat = (lists: readonly (readonly number[])[]) => lists.flatMap((list, t) => list.map((j) => t * N + j));
  let followed = 0;
  for (const { points, period: own } of cycles) {
    if (own !== period) continue;
    const signs = { active: flat(points.map(({ active }) => active)), ties: flat(points.map(({ ties }) => ties)) };
    for (const turned of identity.rotationsOfSigns(signs)) follower.start(turned);
    followed += await followAll(follower, control);
  }
  for (const { words, period: own } of continua) {
    if (own !== period) continue;
    for (const word of words)
      for (const { active } of identity.rotationsOfSigns({ active: flat(word), ties: [] })) follower.enter(active);
    followed += await followAll(follower, control);
  }
  return followed;
}

/** Does the places that wait, as far as there is time. @returns how many were done. */
async function followAll(follower: BranchFollower, control: RunControl): Promise<number> {
  let followed = 0;
  while (follower.step()) {
    if (++followed % PLACES_AT_ONCE !== 0) continue;
    if (stopReason(control) !== undefined) break;
    await yieldToEventLoop();
  }
  return followed;
}
