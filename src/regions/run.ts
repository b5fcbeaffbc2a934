import { summing } from "../arrangement/reduce.ts";
import { after } from "../base/after.ts";
import { CpuBackend } from "../cpu/backend.ts";
import { isStillpointError, type StillpointError } from "../model/errors.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { StageBackend, StageOutput } from "../stages/backend.ts";
import type { ExpandMode, Segment } from "../stages/batch.ts";
import type { WorkerPool } from "../stages/pool.ts";
import { type CandidateSink, type MethodOutcome, Pause, stopReason, Turns, takeSteps } from "../stages/run.ts";
import type { StageModel } from "../stages/stage-model.ts";
import type { RegionsControl } from "./control.ts";
import { type DecisionUnderWay, distribute, nextBatch, report, shareTime } from "./group.ts";
import { JobRun, type RegionsJob } from "./job.ts";

export type { RegionsControl } from "./control.ts";
export type { RegionsJob, SubsetRange } from "./job.ts";

/** Most numbers of the models of one group together: 64 MiB of float32 in one binding. */
const MAX_GROUP_NUMBERS = 2 ** 24;

const MILLISECONDS_BEFORE_THREADS = 50;
/** With more messages per worker than this under way, no more batches are begun. */
const MESSAGES_PER_WORKER = 8;

export type RegionsOptions = Omit<RegionsJob, "system" | "sink"> & { readonly expand: ExpandMode };

/**
 * The regions method (docs/design.md#the-regions-method): every region of the (perturbed) arrangement, in batches
 * through a backend's stages. What a backend leaves undecided is decided in float64 and then exactly. Candidates that
 * are not surely outside their region go to `sink`.
 * @throws StillpointError TOO_LARGE in branch mode when the unique masks outgrow their budget; GPU_FAILED.
 */
export async function runRegions(...run: Parameters<typeof runRegionsNow>): Promise<MethodOutcome> {
  return runRegionsNow(...run);
}

/** `runRegions`, with a promise only where something has to be waited for; it may throw at once. */
export function runRegionsNow(
  system: PiecewiseLinearSystem,
  sink: CandidateSink,
  control: RegionsControl,
  backend: StageBackend,
  options: RegionsOptions,
): MethodOutcome | Promise<MethodOutcome> {
  const { expand, visit, restarted, range, ownerDirections, sha256, auditEvery } = options;
  const run = new JobRun({ system, sink, visit, restarted, range, ownerDirections, sha256, auditEvery }, expand);
  if (backend.runNow === undefined || control.pool !== undefined) return runOne(run, control, backend, expand);
  return after(takeSteps(summing(run.reduced), control), (summed) =>
    "stopped" in summed ? runOne(run, control, backend, expand) : runNow(run, control, backend, expand),
  );
}

/**
 * A run on a backend of this thread: as `runOne`, which takes over where something has to be waited for, and without a
 * promise before.
 */
function runNow(
  run: JobRun,
  control: RegionsControl,
  backend: StageBackend,
  mode: ExpandMode,
): MethodOutcome | Promise<MethodOutcome> {
  const group = [run];
  run.start(backend, backend);
  const stages = [run.stage];
  const batchSize = backend.batchSize(stages, mode);
  const started = performance.now();
  const turns = new Turns(undefined, started);
  let isLeft = false;
  const end = (): void => {
    backend.release(stages);
    shareTime(group, (performance.now() - started) / 1000);
  };
  const leave = async (deciding: readonly DecisionUnderWay[]): Promise<MethodOutcome> => {
    try {
      for (const { decision } of deciding) run.takeDecision(await decision, control);
      await run.settle(control);
    } catch (error) {
      end();
      throw error;
    }
    if (turns.due) {
      report(group, control);
      await turns.give();
    }
    await runGroup(group, control, mode, started);
    return run.restart() ? runOne(run, control, backend, mode) : run.finish();
  };
  try {
    for (;;) {
      const segments = nextBatch(group, batchSize, control);
      if (segments.length === 0) break;
      const output = backend.runNow!(stages, segments, mode, run.visits);
      const deciding = distribute(group, segments, output, control, undefined);
      const settling = deciding.length === 0 ? run.settle(control) : undefined;
      if (deciding.length > 0 || settling !== undefined || turns.due) {
        isLeft = true;
        return settling === undefined ? leave(deciding) : settling.then(() => leave(deciding));
      }
    }
  } finally {
    if (!isLeft) end();
  }
  return run.restart() ? runOne(run, control, backend, mode) : run.finish();
}

/** A run that is to be begun. */
async function runOne(
  run: JobRun,
  control: RegionsControl,
  backend: StageBackend,
  mode: ExpandMode,
): Promise<MethodOutcome> {
  const [outcome] = await runAll([run], control, backend, mode);
  if (isStillpointError(outcome)) throw outcome;
  return outcome!;
}

/**
 * The regions method on many models. Models with the same (R, ρ, words) share batches, so that many small networks fill
 * a GPU as well as a large one; the CPU takes them one by one. A budget of regions holds for each model, the deadline
 * for all.
 * @returns the outcome of each job, in order. A job that fails does not stop jobs of other groups.
 */
export async function runRegionsOfMany(
  jobs: readonly RegionsJob[],
  control: RegionsControl,
  backend: StageBackend,
  mode: ExpandMode,
): Promise<(MethodOutcome | StillpointError)[]> {
  return runAll(
    jobs.map((job) => new JobRun(job, mode)),
    control,
    backend,
    mode,
  );
}

async function runAll(
  runs: readonly JobRun[],
  control: RegionsControl,
  backend: StageBackend,
  mode: ExpandMode,
): Promise<(MethodOutcome | StillpointError)[]> {
  const outcomes = new Map<JobRun, MethodOutcome | StillpointError>();
  const cpu = backend.name === "cpu" ? backend : new CpuBackend();
  let pending = runs;
  while (pending.length > 0) {
    const begun: JobRun[] = [];
    for (const run of pending) {
      const summed = await takeSteps(summing(run.reduced), control);
      const late = "stopped" in summed ? summed.stopped : undefined;
      if (late === undefined) {
        run.start(backend, cpu);
        begun.push(run);
      } else {
        run.decline(cpu, late);
        outcomes.set(run, run.finish());
      }
    }
    const again: JobRun[] = [];
    for (const group of groupsOf(begun)) {
      try {
        const counts = await runGroup(group, control, mode);
        for (const run of group) {
          if (run.restart()) again.push(run);
          else outcomes.set(run, withGpuCounts(run.finish(), counts));
        }
      } catch (error) {
        if (!isStillpointError(error)) throw error;
        for (const run of group) if (!outcomes.has(run) && !again.includes(run)) outcomes.set(run, error);
      }
    }
    pending = again;
  }
  return runs.map((run) => outcomes.get(run)!);
}

/** Groups of models that can share batches. */
function groupsOf(runs: readonly JobRun[]): JobRun[][] {
  const groups: JobRun[][] = [];
  const open = new Map<string, { group: JobRun[]; numbers: number }>();
  for (const run of runs) {
    const { rank, latentDim, words, count } = run.stage;
    if (run.backend.name === "cpu") {
      groups.push([run]);
      continue;
    }
    const key = [rank, latentDim, words].join();
    const numbers = count * (2 * latentDim + rank + 9) + 2 * latentDim * (latentDim + 1);
    let last = open.get(key);
    if (last === undefined || last.numbers + numbers > MAX_GROUP_NUMBERS) {
      last = { group: [], numbers: 0 };
      open.set(key, last);
      groups.push(last.group);
    }
    last.group.push(run);
    last.numbers += numbers;
  }
  return groups;
}

/** What a GPU did for all models of a group. */
interface GroupCounts {
  readonly models: number;
  batches: number;
  dispatches: number;
  readbacks: number;
}

interface BatchUnderWay {
  readonly segments: readonly Segment[];
  readonly output: Promise<StageOutput>;
}

/** Runs all batches of models of one shape on one backend, or all others of runs that are under way. */
async function runGroup(
  group: readonly JobRun[],
  control: RegionsControl,
  mode: ExpandMode,
  started = performance.now(),
): Promise<GroupCounts> {
  const { backend } = group[0]!;
  const stages = group.map(({ stage }) => stage);
  const keepAll = group.some(({ visits }) => visits);
  const batchSize = backend.batchSize(stages, mode);
  const counts = { models: group.length, batches: 0, dispatches: 0, readbacks: 0 };
  const underWay: BatchUnderWay[] = [];
  const deciding: DecisionUnderWay[] = [];
  /** Takes decisions in the order they were asked for, so that the answer does not depend on the speed of workers. */
  const settle = async (most: number) => {
    while (deciding.length > most) {
      const { run, decision } = deciding.shift()!;
      run.takeDecision(await decision, control);
    }
  };
  const turns = new Turns();
  try {
    for (;;) {
      while (underWay.length < backend.callsInFlight(mode)) {
        const segments = nextBatch(group, batchSize, control);
        if (segments.length === 0) break;
        underWay.push(begin(backend, stages, segments, mode, keepAll));
      }
      const first = underWay.shift();
      if (first === undefined) {
        if (deciding.length === 0) break;
        await settle(0);
        continue;
      }
      // a GPU's answer comes soon, and is waited for
      const isSoon = backend.runNow !== undefined || backend.name !== "cpu";
      const output = await (isSoon ? first.output : unlessLate(first.output, control));
      if (output === undefined) {
        // what threads still do is left to them, and counts as not visited
        const because = stopReason(control)!;
        for (const run of group) run.abandon(because);
        underWay.length = 0;
        await settle(0);
        break;
      }
      countBatch(counts, output);
      const pool = poolFor(group, control);
      deciding.push(...distribute(group, first.segments, output, control, pool));
      const most = (pool?.size ?? 0) * MESSAGES_PER_WORKER;
      if (deciding.length > most) await settle(most);
      await settleAll(group, control);
      if (turns.due) {
        report(group, control);
        await turns.give();
      }
    }
  } finally {
    const left = [...underWay.map(({ output }) => output), ...deciding.map(({ decision }) => decision)];
    if (left.length > 0) await Promise.allSettled(left);
    backend.release(stages);
    shareTime(group, (performance.now() - started) / 1000);
  }
  return counts;
}

function begin(
  backend: StageBackend,
  stages: readonly StageModel[],
  segments: readonly Segment[],
  mode: ExpandMode,
  keepAll: boolean,
): BatchUnderWay {
  const output = backend.run(stages, segments, mode, keepAll);
  // whoever awaits it sees the error; until then it must not count as unhandled
  output.catch(() => {});
  return { segments, output };
}

function countBatch(counts: GroupCounts, { gpu }: StageOutput): void {
  counts.batches++;
  counts.dispatches += gpu?.dispatches ?? 0;
  counts.readbacks += gpu?.readbacks ?? 0;
}

async function settleAll(group: readonly JobRun[], control: RegionsControl): Promise<void> {
  for (const run of group) {
    const settling = run.settle(control);
    if (settling !== undefined) await settling;
  }
}

/** Between two looks at the clock while workers do something. */
const MILLISECONDS_BETWEEN_LOOKS = 20;

/** @returns undefined if the run has to stop before workers answer. */
async function unlessLate(output: Promise<StageOutput>, control: RegionsControl): Promise<StageOutput | undefined> {
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

function withGpuCounts(outcome: MethodOutcome, counts: GroupCounts): MethodOutcome {
  if (counts.dispatches === 0) return outcome;
  return { ...outcome, counts: { ...outcome.counts, ...counts } };
}
