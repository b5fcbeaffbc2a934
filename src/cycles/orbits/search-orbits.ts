import { allOf } from "../../base/steps.ts";
import { formatCount, plural } from "../../base/words.ts";
import type { PiecewiseLinearSystem } from "../../model/system.ts";
import { type SentSystem, sentSystem } from "../../model/transfer.ts";
import type { Limited } from "../../stages/helpers.ts";
import { stopReason } from "../../stages/run.ts";
import { TaskQueue, type TaskWork, type WordControl } from "../task-queue.ts";
import { type PeriodOutcome, rotationKey, type WordSink } from "../word.ts";
import { unpackWords } from "../word-list.ts";
import type { Tally } from "./nodes.ts";
import { type OrbitDone, type OrbitRound, type OrbitTask, OrbitTasks, splitOrbitTask } from "./orbit-tasks.ts";

/** Nodes after which a search of one period gives up. */
const MOST_NODES = 1_000_000;
/** Entries of a linear program's tableau; four of them are held by each thread. */
export const MOST_ENTRIES = 2 ** 24;
/** Workers have so many entries together at most, 2 GB. */
const MOST_ENTRIES_ON_WORKERS = 2 ** 26;
/** Products of pivots of one task, some tenths of a second. */
const PRODUCTS_OF_TASK = 5e7;
/** Nodes of one task of a map without programs. */
const NODES_OF_TASK = 10_000;
/** Nodes of one task until the work is divided among shares. */
const NODES_TO_DIVIDE = 2;

export interface OrbitLimits {
  /** Nodes after which the search gives up; 1,000,000 by default. */
  readonly maxNodes?: number;
  /** Pivots after which it does, each of which takes `programEntries` products at most; none by default. */
  readonly maxPivots?: number;
  /** Pivots of one task, by default some tenths of a second's. */
  readonly pivotsOfTask?: number;
  /** Tasks that each share is given where the work is divided; 8 by default, as a node takes long. */
  readonly tasksOfShare?: number;
}

/** A task of a period as a worker receives it (the job "cycleOrbits"). */
export interface OrbitPayload extends SentSystem, Limited {
  readonly round: OrbitRound;
  readonly task: OrbitTask;
}

/** How many entries the linear programs of a period have, which says what they cost: a pivot is a product for each. */
export function programEntries({ latentDim: R, hyperplanes: N }: PiecewiseLinearSystem, period: number): number {
  return (2 * period * N + period * R + period) * (period * N + 1);
}

/**
 * Finds words that cover all orbits of one period, by branch and bound over the signs of all units at all its steps
 * with linear programs over the whole orbit. Best for few units, in any number of dimensions.
 *
 * @param system of discrete time. @param period k ≥ 1.
 * @param sink takes each word once, up to shifts. @param control its signal and deadline are looked at between pivots.
 */
export async function searchOrbits(
  system: PiecewiseLinearSystem,
  period: number,
  sink: WordSink,
  control: WordControl,
  limits: OrbitLimits = {},
): Promise<PeriodOutcome> {
  const entries = programEntries(system, period);
  if (!(entries <= MOST_ENTRIES)) {
    const because = `the linear programs of period ${period} would have ${formatCount(entries)} entries, more than ${formatCount(MOST_ENTRIES)}; search boxes`;
    return { period, complete: false, incompleteBecause: because, counts: {} };
  }
  const stoppedBefore = stopReason(control);
  if (stoppedBefore !== undefined) return { period, complete: false, incompleteBecause: stoppedBefore, counts: {} };
  const work = new PeriodWork({ system, sink, control }, period, limits);
  const queue = new TaskQueue(work, control);
  const incompleteBecause = await queue.run(work.whole());
  const { counts, share } = work;
  const { division } = queue;
  if (incompleteBecause === undefined) return { period, complete: true, ...(division && { division }), counts };
  const limited = incompleteBecause === work.limit() ? { limited: true as const, settled: share } : {};
  return { period, complete: false, incompleteBecause, ...limited, counts };
}

/** Does a task that was sent to a worker. */
export function doOrbitPayload(tasks: OrbitTasks, { round, task, endsAt }: OrbitPayload): OrbitDone {
  return allOf(tasks.doing(round, task, () => endsAt !== undefined && Date.now() >= endsAt));
}

interface OrbitSearch {
  readonly system: PiecewiseLinearSystem;
  readonly sink: WordSink;
  readonly control: WordControl;
}

/** The tree of one period. */
class PeriodWork implements TaskWork<OrbitTask, OrbitDone, OrbitPayload> {
  readonly job = "cycleOrbits";
  readonly tasksOfShare: number;
  readonly mostWorkers: number;
  readonly counts: Tally & { words: number } = {
    nodes: 0,
    programs: 0,
    pivots: 0,
    words: 0,
    unproved: 0,
    coneNodes: 0,
  };
  readonly #search: OrbitSearch;
  readonly #tasks: OrbitTasks;
  readonly #pivotsOfTask: number;
  #round: OrbitRound;
  readonly #maxNodes: number;
  readonly #maxPivots: number;
  readonly #seen = new Set<string>();
  #settled = 0;
  /** What was settled when the work was divided, and how much of the rest a share is, about. */
  #divided = { settled: 0, of: 1 };

  constructor(search: OrbitSearch, period: number, limits: OrbitLimits) {
    const { system } = search;
    const entries = programEntries(system, period);
    const { maxNodes = MOST_NODES, maxPivots = Number.POSITIVE_INFINITY } = limits;
    const { pivotsOfTask = Math.ceil(PRODUCTS_OF_TASK / entries) } = limits;
    this.#search = search;
    this.#tasks = new OrbitTasks(system);
    this.tasksOfShare = limits.tasksOfShare ?? 8;
    this.#maxNodes = maxNodes;
    this.#maxPivots = maxPivots;
    this.#pivotsOfTask = Math.min(pivotsOfTask, maxPivots);
    const nodes = search.control.share === undefined ? NODES_OF_TASK : NODES_TO_DIVIDE;
    this.#round = { period, nodes: Math.min(nodes, maxNodes), pivots: this.#pivotsOfTask };
    this.mostWorkers = Math.max(1, Math.floor(MOST_ENTRIES_ON_WORKERS / entries / 4));
  }

  whole(): OrbitTask[] {
    return this.#tasks.whole(this.#round.period);
  }

  doing(task: OrbitTask, isLate: () => boolean) {
    return this.#tasks.doing(this.#round, task, isLate);
  }

  payload(task: OrbitTask): OrbitPayload {
    return { ...sentSystem(this.#search.system), round: this.#round, task };
  }

  here(payload: OrbitPayload): OrbitDone {
    return doOrbitPayload(new OrbitTasks(this.#search.system), payload);
  }

  take({ words, tally, settled }: OrbitDone): void {
    const { counts } = this;
    for (const word of unpackWords(words)) {
      const key = rotationKey(word);
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      this.#search.sink.add(word);
      counts.words++;
    }
    for (const name of Object.keys(tally) as (keyof Tally)[]) counts[name] += tally[name];
    this.#settled += settled;
  }

  settle(): Promise<void> {
    return this.#search.sink.settle(this.#search.control);
  }

  limit(): string | undefined {
    const { nodes, pivots } = this.counts;
    if (nodes < this.#maxNodes && pivots < this.#maxPivots) return undefined;
    return `period ${this.#round.period} was left after ${plural(nodes, "node")} and ${plural(pivots, "pivot")}`;
  }

  get needed(): number {
    return Math.ceil((this.#maxPivots - this.counts.pivots) / this.#round.pivots);
  }

  split(task: OrbitTask, most: number): OrbitTask[] {
    return splitOrbitTask(task, most);
  }

  divided(counts: boolean): void {
    this.#round = { ...this.#round, nodes: Math.min(NODES_OF_TASK, this.#maxNodes), pivots: this.#pivotsOfTask };
    this.#divided = { settled: this.#settled, of: this.#search.control.share!.of };
    if (counts) return;
    for (const name of Object.keys(this.counts) as (keyof PeriodWork["counts"])[]) this.counts[name] = 0;
  }

  /** The settled share of the tree, or of what this share has to do of it. */
  get share(): number {
    const { settled, of } = this.#divided;
    return Math.min(1, settled + (this.#settled - settled) * of);
  }

  report(): void {
    const { sink, control } = this.#search;
    control.onProgress?.({
      phase: `period ${this.#round.period}`,
      fraction: this.share,
      done: this.counts.nodes,
      fixedPoints: sink.found,
    });
  }
}
