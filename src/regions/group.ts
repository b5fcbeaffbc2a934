import { workOfSubset } from "../cpu/backend.ts";
import type { AuditedMask, StageOutput } from "../stages/backend.ts";
import type { Segment } from "../stages/batch.ts";
import type { WorkerPool } from "../stages/pool.ts";
import { stopReason } from "../stages/run.ts";
import type { RegionsControl } from "./control.ts";
import type { Decision } from "./decider.ts";
import type { Candidates, JobOutput, JobRun } from "./job.ts";

/** What is done for all models of a group: batches made of them, and outputs divided among them. */

/** A decision for a model that workers are making. */
export interface DecisionUnderWay {
  readonly run: JobRun;
  readonly decision: Promise<Decision>;
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
export function nextBatch(group: readonly JobRun[], batchSize: number, control: RegionsControl): Segment[] {
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
export function distribute(
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

export function report(group: readonly JobRun[], control: RegionsControl): void {
  const sum = (of: (run: JobRun) => number) => group.reduce((total, run) => total + of(run), 0);
  control.onProgress?.({
    phase: "regions",
    fraction: sum(({ subsets }) => subsets) / sum(({ total }) => Number(total)),
    done: sum(({ masks }) => masks),
    fixedPoints: sum(({ found }) => found),
  });
}

/** Divides the time that a group took, without its escalations, among the models by their shares of the subsets. */
export function shareTime(group: readonly JobRun[], seconds: number): void {
  const escalation = group.reduce((total, run) => total + run.seconds.escalation, 0);
  const subsets = group.reduce((total, run) => total + run.subsets, 0);
  for (const run of group) run.seconds.regions += ((seconds - escalation) * run.subsets) / Math.max(1, subsets);
}
