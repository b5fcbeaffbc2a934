import { allOf } from "../base/steps.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { type SentSystem, sentSystem } from "../model/transfer.ts";
import type { Limited } from "../stages/helpers.ts";
import { stopReason } from "../stages/run.ts";
import { type Division, TaskQueue, type TaskWork, type WordControl } from "./task-queue.ts";
import { splitTask, type TreeDone, type TreeKind, type TreeRound, type TreeTask, TreeTasks } from "./tree-tasks.ts";
import { type PeriodOutcome, rotationKey, type WordSink } from "./word.ts";
import { unpackWords } from "./word-list.ts";

/** A task of a tree as a worker receives it (the job "cycleTree"). */
export interface TreePayload extends SentSystem, Limited {
  readonly kind: TreeKind["parts"];
  readonly round: TreeRound;
  readonly task: TreeTask;
}

/** The periods up to this are sought first. */
const FIRST_ROUND = 2;
/** The last round may reach so much further than another. */
const LAST_ROUND = 1.25;

/**
 * Finds words that hold every cycle of the given periods, all periods of a round in one tree for each problem.
 *
 * Small periods are done first, in rounds, so that they are complete if the time ends. Never throws on finite numbers.
 * @param periods positive whole numbers.
 * @param most parts in all, but for one task.
 */
export async function searchTrees(
  system: PiecewiseLinearSystem,
  periods: readonly number[],
  sink: WordSink,
  control: WordControl,
  kind: TreeKind,
  mostParts = Number.POSITIVE_INFINITY,
): Promise<PeriodOutcome[]> {
  const sorted = [...new Set(periods)].sort((a, b) => a - b);
  const outcomes: PeriodOutcome[] = [];
  const refuse = (period: number, incompleteBecause: string) =>
    outcomes.push({ period, complete: false, incompleteBecause, counts: {} });
  if (system.time !== "discrete") {
    for (const period of sorted) refuse(period, "a flow has no cycles of points");
    return outcomes;
  }
  const tasks = new TreeTasks(system, kind);
  const { problems, refusal } = tasks.roots;
  const common = { ...sentSystem(system), kind: kind.parts };
  let stopped = refusal ?? stopReason(control);
  let limited: { readonly limited?: true } = {};
  let parts = 0;
  for (const round of roundsOf(sorted, kind.roundGrowth)) {
    const work = new RoundWork({ system, kind, common, tasks, sink, control }, round, parts, mostParts);
    const queue = new TaskQueue(work, control);
    if (stopped === undefined) {
      stopped = await queue.run(problems.map((_, problem) => ({ problem, path: new Int32Array(0) })));
      if (stopped !== undefined && stopped === work.limit()) limited = { limited: true };
    }
    parts = work.parts;
    outcomes.push(...work.outcomes(stopped, limited, queue.division));
  }
  return outcomes;
}

/** What all rounds of a search share. */
interface TreeSearch {
  readonly system: PiecewiseLinearSystem;
  readonly kind: TreeKind;
  readonly common: Pick<TreePayload, "key" | "system" | "kind">;
  readonly tasks: TreeTasks;
  readonly sink: WordSink;
  readonly control: WordControl;
}

/** Does a task that was sent to a worker. */
export function doPayload(tasks: TreeTasks, { round, task, endsAt }: TreePayload): TreeDone {
  return allOf(tasks.doing(round, task, () => endsAt !== undefined && Date.now() >= endsAt));
}

/** The trees of one round of periods. */
class RoundWork implements TaskWork<TreeTask, TreeDone, TreePayload> {
  readonly job = "cycleTree";
  /** Of this round and those before. */
  parts: number;
  readonly #search: TreeSearch;
  #round: TreeRound;
  readonly #most: number;
  readonly #counts: Record<string, number> = { words: 0 };
  readonly #givenUp: Float64Array;
  readonly #seen = new Set<string>();
  #settled = 0;
  /** What was settled when the work was divided, and how much of the rest a share is, about. */
  #divided = { settled: 0, of: 1 };

  /** @param done parts of rounds before. @param most parts in all. */
  constructor(search: TreeSearch, periods: readonly number[], done: number, most: number) {
    this.#search = search;
    const { kind, control } = search;
    const parts = control.share === undefined ? kind.partsOfTask : kind.partsToDivide;
    this.#round = { periods, budget: Math.min(parts, most), isShort: most <= kind.partsOfShort };
    this.parts = done;
    this.#most = most;
    this.#givenUp = new Float64Array(periods[periods.length - 1]! + 1);
  }

  doing(task: TreeTask, isLate: () => boolean) {
    return this.#search.tasks.doing(this.#round, task, isLate);
  }

  payload(task: TreeTask): TreePayload {
    return { ...this.#search.common, round: this.#round, task };
  }

  here(payload: TreePayload): TreeDone {
    const { system, kind } = this.#search;
    return doPayload(new TreeTasks(system, kind), payload);
  }

  take({ words, parts, settled, counts, givenUp }: TreeDone): void {
    for (const word of unpackWords(words)) {
      const key = rotationKey(word);
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      this.#search.sink.add(word);
      this.#counts.words!++;
    }
    this.parts += parts;
    this.#settled += settled;
    for (const [name, count] of Object.entries(counts)) this.#counts[name] = (this.#counts[name] ?? 0) + count;
    givenUp?.forEach((count, k) => {
      this.#givenUp[k]! += count;
    });
  }

  settle(): Promise<void> {
    return this.#search.sink.settle(this.#search.control);
  }

  limit(): string | undefined {
    return this.parts >= this.#most ? `the limit of ${this.#most} ${this.#search.kind.parts} was reached` : undefined;
  }

  get needed(): number {
    return Math.ceil((this.#most - this.parts) / this.#round.budget);
  }

  split(task: TreeTask, most: number): TreeTask[] {
    return splitTask(task, most);
  }

  get tasksOfShare(): number {
    return this.#search.kind.tasksOfShare;
  }

  divided(counts: boolean): void {
    const { kind, control } = this.#search;
    this.#round = { ...this.#round, budget: Math.min(kind.partsOfTask, this.#most) };
    this.#divided = { settled: this.#settled, of: control.share!.of };
    if (counts) return;
    for (const name of Object.keys(this.#counts)) this.#counts[name] = 0;
  }

  get #share(): number {
    const { settled, of } = this.#divided;
    return Math.min(1, (settled + (this.#settled - settled) * of) / this.#search.tasks.roots.problems.length);
  }

  report(): void {
    const { periods } = this.#round;
    const { sink, control } = this.#search;
    const last = periods[periods.length - 1]!;
    control.onProgress?.({
      phase: periods.length > 1 ? `cycles of periods ${periods[0]} to ${last}` : `cycles of period ${last}`,
      fraction: this.#share,
      done: this.parts,
      fixedPoints: sink.found,
    });
  }

  /** @param stopped why not all was done. */
  outcomes(
    stopped: string | undefined,
    limited: { readonly limited?: true },
    division: Division | undefined,
  ): PeriodOutcome[] {
    const counts = this.#counts;
    const settled = limited.limited && { settled: this.#share };
    return this.#round.periods.map((period) => {
      if (stopped !== undefined)
        return { period, complete: false, incompleteBecause: stopped, ...limited, ...settled, counts };
      const givenUp = this.#givenUp[period]!;
      if (givenUp === 0) return { period, complete: true, ...(division && { division }), counts };
      const because = `${givenUp} ${this.#search.kind.parts} could not be settled within the precision of float64`;
      return { period, complete: false, incompleteBecause: because, counts };
    });
  }
}

/** Ascending periods in rounds, each reaching so many times farther than the one before. */
function roundsOf(periods: readonly number[], growth: number): number[][] {
  const rounds: number[][] = [];
  const last = periods[periods.length - 1] ?? 0;
  let from = 0;
  for (let end = FIRST_ROUND; from < last; end = Math.ceil(end * growth)) {
    const to = last <= end * LAST_ROUND ? last : end;
    const round = periods.filter((k) => k > from && k <= to);
    if (round.length > 0) rounds.push(round);
    from = to;
  }
  return rounds;
}
