import { summing } from "../arrangement/reduce.ts";
import { CpuBackend, workOfSubset } from "../cpu/backend.ts";
import { isStillpointError, type StillpointError } from "../model/errors.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { StageBackend, StageOutput } from "../stages/backend.ts";
import type { ExpandMode, Segment } from "../stages/batch.ts";
import type { WorkerPool } from "../stages/pool.ts";
import {
  type CandidateSink,
  type MethodOutcome,
  Pause,
  type RunControl,
  stopReason,
  Turns,
  takeSteps,
} from "../stages/run.ts";
import type { StageModel } from "../stages/stage-model.ts";
import type { Decision } from "./decider.ts";
import { type Candidates, type JobOutput, JobRun, type RegionsJob } from "./job.ts";

export type { RegionsJob, SubsetRange } from "./job.ts";

/** Most numbers of the models of one group together: 64 MiB of float32 in one binding. */
const MAX_GROUP_NUMBERS = 2 ** 24;

/** Limits, signals and threads of a run over regions. */
export interface RegionsControl extends RunControl {
  /**
   * Worker threads, once they run, for the items that a GPU leaves open of one model; asked for only where these take
   * long.
   */
  readonly pool?: (() => WorkerPool | undefined) | undefined;
  /** How long this thread decides alone; default 50. */
  readonly millisecondsBeforeThreads?: number | undefined;
}

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
export async function runRegions(
  system: PiecewiseLinearSystem,
  sink: CandidateSink,
  control: RegionsControl,
  backend: StageBackend,
  options: RegionsOptions,
): Promise<MethodOutcome> {
  const { expand, ...job } = options;
  const [outcome] = await runRegionsOfMany([{ ...job, system, sink }], control, backend, expand);
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
  const runs = jobs.map((job) => new JobRun(job, mode));
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

/** A decision for a model that workers are making. */
interface DecisionUnderWay {
  readonly run: JobRun;
  readonly decision: Promise<Decision>;
}

interface BatchUnderWay {
  readonly segments: readonly Segment[];
  readonly output: Promise<StageOutput>;
}

/** Runs all batches of models of one shape on one backend. */
async function runGroup(group: readonly JobRun[], control: RegionsControl, mode: ExpandMode): Promise<GroupCounts> {
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
  const started = performance.now();
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
      const isSoon = backend.isImmediate === true || backend.name !== "cpu";
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
  const segments: Segment[] = [];
  let room = batchSize;
  for (let model = 0; model < group.length && room > 0; model++) {
    const run = group[model]!;
    if (stop !== undefined) run.stop(stop);
    while (room > 0) {
      const segment = run.next(room, control.maxRegions);
      if (segment === undefined || segment === "wait") break;
      segments.push({ model, ...segment });
      room -= segment.length;
    }
  }
  return segments;
}

/** Gives each model its part of a batch. @returns the decisions that are being made. */
function distribute(
  group: readonly JobRun[],
  segments: readonly Segment[],
  output: StageOutput,
  control: RegionsControl,
  pool: WorkerPool | undefined,
): DecisionUnderWay[] {
  const parts = new Map<number, Omit<JobOutput, "candidates"> & { length: number; candidates: number[] }>();
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
    const own = { ...part, candidates: pick(candidates, part.candidates) };
    return run.take(part.length, own, control, pool).map((decision) => ({ run, decision }));
  });
}

/** Some of the candidates of a batch, by their places in it. */
function pick({ masks, verdicts, words, count }: StageOutput["candidates"], places: readonly number[]): Candidates {
  if (places.length === count)
    return { masks: masks.subarray(0, count * words), verdicts: verdicts.subarray(0, count) };
  const own = { masks: new Uint32Array(places.length * words), verdicts: Uint8Array.from(places, (i) => verdicts[i]!) };
  places.forEach((i, to) => {
    own.masks.set(masks.subarray(i * words, (i + 1) * words), to * words);
  });
  return own;
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

function withGpuCounts(outcome: MethodOutcome, counts: GroupCounts): MethodOutcome {
  if (counts.dispatches === 0) return outcome;
  return { ...outcome, counts: { ...outcome.counts, ...counts } };
}
