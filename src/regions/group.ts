import { after, lastly, takeUntilLast } from "../base/after.ts";
import { workOfSubset } from "../cpu/backend.ts";
import type { AuditedMask, StageBackend, StageOutput } from "../stages/backend.ts";
import type { ExpandMode, Segment } from "../stages/batch.ts";
import type { WorkerPool } from "../stages/pool.ts";
import { Pause, stopReason, Turns } from "../stages/run.ts";
import type { StageModel } from "../stages/stage-model.ts";
import type { RegionsControl } from "./control.ts";
import type { Decision } from "./decider.ts";
import type { Candidates, JobOutput, JobRun } from "./job.ts";

const MILLISECONDS_BEFORE_THREADS = 50;
/** With more messages per worker than this under way, no more batches are begun. */
const MESSAGES_PER_WORKER = 8;

/** What a GPU did for all models of a group. */
export interface GroupCounts {
  readonly models: number;
  batches: number;
  dispatches: number;
  readbacks: number;
}

/**
 * Runs all batches of models of one shape on one backend. A promise only where something has to be waited for: a
 * backend of this thread gives its outputs at once.
 */
export function runGroup(
  group: readonly JobRun[],
  control: RegionsControl,
  mode: ExpandMode,
): GroupCounts | Promise<GroupCounts> {
  const work = new GroupWork(group, control, mode);
  return lastly(
    () =>
      after(
        takeUntilLast(() => work.step()),
        () => work.counts,
      ),
    () => work.end(),
  );
}

interface BatchUnderWay {
  readonly segments: readonly Segment[];
  readonly output: StageOutput | Promise<StageOutput>;
}

/** A decision for a model that workers are making. */
interface DecisionUnderWay {
  readonly run: JobRun;
  readonly decision: Promise<Decision>;
}

/** The batches of a group, one after the other, with those that are under way. */
class GroupWork {
  readonly counts: GroupCounts;
  readonly #group: readonly JobRun[];
  readonly #control: RegionsControl;
  readonly #mode: ExpandMode;
  readonly #backend: StageBackend;
  readonly #stages: readonly StageModel[];
  readonly #keepAll: boolean;
  readonly #batchSize: number;
  readonly #underWay: BatchUnderWay[] = [];
  readonly #deciding: DecisionUnderWay[] = [];
  readonly #started = performance.now();
  readonly #turns = new Turns(undefined, this.#started);

  constructor(group: readonly JobRun[], control: RegionsControl, mode: ExpandMode) {
    this.#group = group;
    this.#control = control;
    this.#mode = mode;
    this.#backend = group[0]!.backend;
    this.#stages = group.map(({ stage }) => stage);
    this.#keepAll = group.some(({ visits }) => visits);
    this.#batchSize = this.#backend.batchSize(this.#stages, mode);
    this.counts = { models: group.length, batches: 0, dispatches: 0, readbacks: 0 };
  }

  /** Begins as many batches as may be under way, and takes the output of the first. @returns whether more is to do. */
  step(): boolean | Promise<boolean> {
    while (this.#underWay.length < this.#backend.callsInFlight(this.#mode)) {
      const segments = nextBatch(this.#group, this.#batchSize, this.#control);
      if (segments.length === 0) break;
      this.#underWay.push(this.#begin(segments));
    }
    const first = this.#underWay.shift();
    if (first === undefined) {
      if (this.#deciding.length > 0) return after(this.#settle(0), () => true);
      return this.#group.length === 1 && after(this.#group[0]!.settleAudit(), () => false);
    }
    // a GPU's answer comes soon, and is waited for
    const isSoon = this.#backend.runNow !== undefined || this.#backend.name !== "cpu";
    return after(isSoon ? first.output : unlessLate(first.output, this.#control), (output) =>
      output === undefined ? this.#abandon() : this.#take(first.segments, output),
    );
  }

  #begin(segments: readonly Segment[]): BatchUnderWay {
    const backend = this.#backend;
    const output =
      backend.runNow?.(this.#stages, segments, this.#mode, this.#keepAll) ??
      backend.run(this.#stages, segments, this.#mode, this.#keepAll);
    // whoever awaits it sees the error; until then it must not count as unhandled
    if (output instanceof Promise) output.catch(() => {});
    return { segments, output };
  }

  #take(segments: readonly Segment[], output: StageOutput): boolean | Promise<boolean> {
    const { counts } = this;
    counts.batches++;
    counts.dispatches += output.gpu?.dispatches ?? 0;
    counts.readbacks += output.gpu?.readbacks ?? 0;
    const pool = poolFor(this.#group, this.#control);
    this.#deciding.push(...distribute(this.#group, segments, output, this.#control, pool));
    return after(this.#settle((pool?.size ?? 0) * MESSAGES_PER_WORKER), () =>
      after(this.#settleSinks(), () => this.#giveTurn()),
    );
  }

  /** What threads still do is left to them, and counts as not visited. */
  #abandon(): false | Promise<false> {
    const because = stopReason(this.#control)!;
    for (const run of this.#group) run.abandon(because);
    this.#underWay.length = 0;
    return after(this.#settle(0), () => false as const);
  }

  /** Takes decisions in the order they were asked for, so that the answer does not depend on the speed of workers. */
  #settle(most: number): void | Promise<void> {
    const deciding = this.#deciding;
    if (deciding.length <= most) return;
    return takeUntilLast(() => {
      const { run, decision } = deciding.shift()!;
      return decision.then((decided) => {
        run.takeDecision(decided, this.#control);
        return deciding.length > most;
      });
    });
  }

  /** Lets all sinks decide the candidates that were handed over. */
  #settleSinks(): void | Promise<void> {
    const group = this.#group;
    let at = 0;
    return takeUntilLast(() => after(group[at++]!.settle(this.#control), () => at < group.length));
  }

  #giveTurn(): true | Promise<true> {
    if (!this.#turns.due) return true;
    report(this.#group, this.#control);
    return this.#turns.give().then(() => true);
  }

  /** To be called when all is done, or has failed. */
  end(): void | Promise<void> {
    const left = this.#underWay.length + this.#deciding.length > 0 ? this.#others() : undefined;
    return after(left, () => {
      this.#backend.release(this.#stages);
      shareTime(this.#group, (performance.now() - this.#started) / 1000);
    });
  }

  /** All that is under way, settled. */
  #others(): Promise<unknown> {
    const outputs = this.#underWay.map(({ output }) => output);
    return Promise.allSettled([...outputs, ...this.#deciding.map(({ decision }) => decision)]);
  }
}

/** Between two looks at the clock while workers do something. */
const MILLISECONDS_BETWEEN_LOOKS = 20;

/** @returns undefined if the run has to stop before workers answer. */
async function unlessLate(output: BatchUnderWay["output"], control: RegionsControl): Promise<StageOutput | undefined> {
  for (;;) {
    const answer = await Promise.race([output, new Pause().take(MILLISECONDS_BETWEEN_LOOKS)]);
    if (answer) return answer;
    if (stopReason(control) !== undefined) return undefined;
  }
}

/** Threads, if there are any and one model has had this thread decide for long. */
function poolFor(group: readonly JobRun[], control: RegionsControl): WorkerPool | undefined {
  const { pool, millisecondsBeforeThreads = MILLISECONDS_BEFORE_THREADS } = control;
  if (pool === undefined || group.length > 1) return undefined;
  return 1000 * group[0]!.seconds.escalation >= millisecondsBeforeThreads ? pool() : undefined;
}

/** The audit of fewer subsets ends before workers run. */
const LEAST_SUBSETS_FOR_WORKERS = 2 ** 23;

/** Workers that audit what is handed out. The first call starts them. */
function poolForAudit(
  group: readonly JobRun[],
  { pool, leastSubsetsForWorkers = LEAST_SUBSETS_FOR_WORKERS }: RegionsControl,
): WorkerPool | undefined {
  return group.length === 1 && group[0]!.total >= leastSubsetsForWorkers ? pool?.() : undefined;
}

/** Of a thread of the CPU. */
const MULTIPLICATIONS_PER_MILLISECOND = 2 ** 18;
/** A subset that takes longer is not begun if that would be too late. */
const LONG_MILLISECONDS = 200;

/** Whether even one more subset would end long after the deadline: in many hundred dimensions it takes seconds. */
function endsTooLate(group: readonly JobRun[], { deadline }: RegionsControl): boolean {
  if (deadline === undefined || group[0]!.backend.name !== "cpu") return false;
  const milliseconds = workOfSubset(group[0]!.stage) / MULTIPLICATIONS_PER_MILLISECOND;
  return milliseconds > LONG_MILLISECONDS && performance.now() + milliseconds > deadline;
}

/** Segments of all models in turn, up to a whole batch. */
function nextBatch(group: readonly JobRun[], batchSize: number, control: RegionsControl): Segment[] {
  const stop =
    stopReason(control) ??
    (endsTooLate(group, control) ? "the rest of the time budget is too short for one more subset" : undefined);
  const pool = poolForAudit(group, control);
  const segments: Segment[] = [];
  let room = batchSize;
  for (let model = 0; model < group.length && room > 0; model++) {
    const run = group[model]!;
    if (stop !== undefined) run.stop(stop);
    while (room > 0) {
      const segment = run.next(room, control.maxRegions, pool);
      if (segment === undefined || segment === "wait") break;
      const { size, firstRank, length } = segment;
      segments.push({ model, size, firstRank, length });
      room -= length;
    }
  }
  return segments;
}

/** A model's part of an output; candidates by their places in it. */
interface GrowingPart extends Pick<JobOutput, "tally"> {
  length: number;
  readonly escalated: (readonly number[])[];
  readonly candidates: number[];
  readonly all: { readonly masks: number[]; readonly perturbed: number[] };
  readonly audit: AuditedMask[];
}

/** Gives each model its part of a batch. @returns the decisions that are being made. */
function distribute(
  group: readonly JobRun[],
  segments: readonly Segment[],
  output: StageOutput,
  control: RegionsControl,
  pool: WorkerPool | undefined,
): DecisionUnderWay[] {
  if (group.length === 1) return takeWhole(group[0]!, segments, output, control, pool);
  const parts = new Map<number, GrowingPart>();
  for (const { model, length } of segments) {
    const part = parts.get(model);
    if (part !== undefined) part.length += length;
    else {
      parts.set(model, {
        length,
        tally: output.tallies[model]!,
        escalated: [],
        candidates: [],
        all: { masks: [], perturbed: [] },
        audit: [],
      });
    }
  }
  const { candidates, all } = output;
  const { words } = candidates;
  for (let i = 0; i < candidates.count; i++) parts.get(candidates.model[i]!)!.candidates.push(i);
  for (let i = 0; all !== undefined && i < all.model.length; i++) {
    const part = parts.get(all.model[i]!)!;
    part.all.perturbed.push(all.perturbed[i]!);
    for (let w = 0; w < words; w++) part.all.masks.push(all.masks[i * words + w]!);
  }
  for (const { model, subset } of output.escalated) parts.get(model)!.escalated.push(subset);
  for (const audited of output.audit ?? []) parts.get(audited.model)!.audit.push(audited);
  return [...parts].flatMap(([model, part]) => {
    const run = group[model]!;
    const { tally, escalated, audit } = part;
    const own = { tally, escalated, audit, all: part.all, candidates: pick(candidates, part.candidates) };
    return run.take(part.length, own, control, pool).map((decision) => ({ run, decision }));
  });
}

/** Gives the one model of a group the whole batch. */
function takeWhole(
  run: JobRun,
  segments: readonly Segment[],
  { tallies, escalated, candidates, all, audit }: StageOutput,
  control: RegionsControl,
  pool: WorkerPool | undefined,
): DecisionUnderWay[] {
  let length = 0;
  for (const segment of segments) length += segment.length;
  const own: JobOutput = {
    tally: tallies[0]!,
    escalated: escalated.map(({ subset }) => subset),
    candidates: firstOf(candidates),
    all: { masks: all?.masks ?? NONE, perturbed: all?.perturbed ?? NONE },
    audit: audit ?? [],
  };
  return run.take(length, own, control, pool).map((decision) => ({ run, decision }));
}

const NONE: readonly number[] = [];

/** Some of the candidates of a batch, by their places in it. */
function pick(candidates: StageOutput["candidates"], places: readonly number[]): Candidates {
  const { masks, verdicts, words, count } = candidates;
  if (places.length === count) return firstOf(candidates);
  const own = { masks: new Uint32Array(places.length * words), verdicts: Uint8Array.from(places, (i) => verdicts[i]!) };
  places.forEach((i, to) => {
    own.masks.set(masks.subarray(i * words, (i + 1) * words), to * words);
  });
  return own;
}

/** All candidates of a batch: there may be room for more. */
function firstOf({ masks, verdicts, words, count }: StageOutput["candidates"]): Candidates {
  if (masks.length === count * words && verdicts.length === count) return { masks, verdicts };
  return { masks: masks.subarray(0, count * words), verdicts: verdicts.subarray(0, count) };
}

function report(group: readonly JobRun[], control: RegionsControl): void {
  const sum = (of: (run: JobRun) => number) => group.reduce((total, run) => total + of(run), 0);
  control.onProgress?.({
    phase: "regions",
    fraction: sum(({ subsets }) => subsets) / sum(({ total }) => Number(total)),
    done: sum(({ masks }) => masks),
    fixedPoints: sum(({ found }) => found),
  });
}

/** Divides the time that a group took, without its escalations, among the models by their shares of the subsets. */
function shareTime(group: readonly JobRun[], seconds: number): void {
  const escalation = group.reduce((total, run) => total + run.seconds.escalation, 0);
  const subsets = group.reduce((total, run) => total + run.subsets, 0);
  for (const run of group) run.seconds.regions += ((seconds - escalation) * run.subsets) / Math.max(1, subsets);
}
