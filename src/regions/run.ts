import { after } from "../base/after.ts";
import { CpuBackend } from "../cpu/backend.ts";
import { isStillpointError, type StillpointError } from "../model/errors.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { StageBackend } from "../stages/backend.ts";
import type { ExpandMode } from "../stages/batch.ts";
import { type CandidateSink, type MethodOutcome, takeSteps } from "../stages/run.ts";
import type { RegionsControl } from "./control.ts";
import { type GroupCounts, runGroup } from "./group.ts";
import { JobRun, type RegionsJob } from "./job.ts";

export type { RegionsControl } from "./control.ts";
export type { RegionsJob, SubsetRange } from "./job.ts";

/** Most numbers of the models of one group together: 64 MiB of float32 in one binding. */
const MAX_GROUP_NUMBERS = 2 ** 24;

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
  const cpu = cpuFor(backend);
  const attempt = (): MethodOutcome | Promise<MethodOutcome> =>
    after(begin(run, control, backend, cpu), (isBegun) => {
      if (!isBegun) return run.finish();
      return after(runGroup([run], control, expand), (counts) =>
        run.restart() ? attempt() : withGpuCounts(run.finish(), counts),
      );
    });
  return attempt();
}

/** The CPU for models that a backend refuses. */
const cpuFor = (backend: StageBackend): StageBackend => (backend.name === "cpu" ? backend : new CpuBackend());

/** Prepares a model and begins its run, unless it has to stop before. @returns whether it is begun. */
function begin(
  run: JobRun,
  control: RegionsControl,
  backend: StageBackend,
  cpu: StageBackend,
): boolean | Promise<boolean> {
  return after(takeSteps(run.reduced.sums.making(), control), (summed) => {
    const isInTime = !("stopped" in summed);
    if (isInTime) run.start(backend, cpu);
    else run.decline(cpu, summed.stopped);
    return isInTime;
  });
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
  const cpu = cpuFor(backend);
  let pending = runs;
  while (pending.length > 0) {
    const begun: JobRun[] = [];
    for (const run of pending) {
      if (await begin(run, control, backend, cpu)) begun.push(run);
      else outcomes.set(run, run.finish());
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

function withGpuCounts(outcome: MethodOutcome, counts: GroupCounts): MethodOutcome {
  if (counts.dispatches === 0) return outcome;
  return { ...outcome, counts: { ...outcome.counts, ...counts } };
}
