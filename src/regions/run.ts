import { binomial } from "../arrangement/counts.ts";
import { OwnerTie } from "../arrangement/owner.ts";
import { expandMask, type ReducedSystem, reduceSystem } from "../arrangement/reduce.ts";
import { F64 } from "../bounds/precision.ts";
import { solve } from "../cpu/solve.ts";
import { StillpointError } from "../model/errors.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { StageBackend, StageOutput } from "../stages/backend.ts";
import { type ExpandMode, type MaskBatch, type Segment, Verdict } from "../stages/batch.ts";
import {
  type CandidateSink,
  type MethodOutcome,
  type RunControl,
  stopReason,
  yieldToEventLoop,
} from "../stages/run.ts";
import { type StageModel, stageModel } from "../stages/stage-model.ts";
import { Escalation } from "./escalation.ts";

/** The event loop gets its turn at least this often. */
const YIELD_MILLISECONDS = 40;

export interface RegionsOptions {
  readonly expand: ExpandMode;
  /** Called with every region: its mask over the original hyperplanes (reused) and whether it may be a phantom. */
  readonly visit?: ((mask: Uint32Array, perturbed: boolean) => void) | undefined;
  /** Called when owner directions failed and all regions will be visited anew. */
  readonly restarted?: (() => void) | undefined;
}

/**
 * The regions method (DESIGN.md section 2): every region of the (perturbed) arrangement, in batches through a backend's stages;
 * what a backend leaves undecided is decided here, in f64 and then exactly. Candidates not surely outside their region go to `sink`.
 * @throws StillpointError TOO_LARGE in branch mode when the unique masks outgrow their budget.
 */
export async function runRegions(
  system: PiecewiseLinearSystem,
  sink: CandidateSink,
  control: RunControl,
  backend: StageBackend,
  options: RegionsOptions,
): Promise<MethodOutcome> {
  const run = new RegionsRun(reduceSystem(system), system.hyperplanes, sink, backend, options);
  for (let attempt = 0; ; attempt++) {
    try {
      return await run.attempt(attempt, control);
    } catch (error) {
      if (!(error instanceof OwnerTie)) throw error;
      options.restarted?.();
    }
  }
}

/** Σ over the sizes that the mode enumerates. */
export function subsetCount(n: number, rho: number, mode: ExpandMode): bigint {
  let total = 0n;
  for (let k = mode === "owned" ? 0 : rho; k <= rho; k++) total += binomial(n, k);
  return total;
}

class RegionsRun {
  readonly #reduced: ReducedSystem;
  readonly #sink: CandidateSink;
  readonly #backend: StageBackend;
  readonly #options: RegionsOptions;
  readonly #mask: Uint32Array<ArrayBuffer>;

  constructor(
    reduced: ReducedSystem,
    hyperplanes: number,
    sink: CandidateSink,
    backend: StageBackend,
    options: RegionsOptions,
  ) {
    this.#reduced = reduced;
    this.#sink = sink;
    this.#backend = backend;
    this.#options = options;
    this.#mask = new Uint32Array(Math.max(1, Math.ceil(hyperplanes / 32)));
  }

  /** One pass with one set of owner directions. */
  async attempt(attempt: number, control: RunControl): Promise<MethodOutcome> {
    const { expand: mode } = this.#options;
    const started = performance.now();
    const stage = this.#backend.prepare(this.#reduced, attempt);
    const stage64 = stage.precision.name === "f64" ? stage : stageModel(this.#reduced, F64, attempt);
    const escalation = new Escalation(this.#reduced, stage64, attempt);
    const n = this.#reduced.count;
    const rho = this.#reduced.columns.length;
    const total = subsetCount(n, rho, mode);
    const tally = { subsets: 0, masks: 0, unique: 0, candidates: 0, dependent: 0, escalated: 0, f64Decisions: 0 };
    let escalationSeconds = 0;
    let lastYield = performance.now();
    let stopped: string | undefined;

    for (const segment of segments(n, rho, mode, this.#backend.batchSize)) {
      stopped = stopReason(control);
      if (
        stopped === undefined &&
        control.maxRegions !== undefined &&
        tally.unique + segment.length > control.maxRegions
      ) {
        stopped = `the budget of ${control.maxRegions} regions ended`;
      }
      if (stopped !== undefined) break;
      const output = await this.#backend.run([stage], [segment], mode, this.#options.visit !== undefined);
      tally.subsets += segment.length;
      tally.masks += output.masks;
      tally.unique += output.unique;
      tally.dependent += output.dependent;
      tally.escalated += output.escalated.length;
      this.#visitAll(output);
      const before = performance.now();
      tally.candidates += this.#confirm(output, stage, stage64, tally);
      for (const { subset } of output.escalated) {
        escalation.resolve(subset, mode);
        tally.masks += escalation.masks.count;
        this.#backend.admit(stage, escalation.masks, mode);
        tally.unique += escalation.masks.count;
        this.#visitEscalated(escalation);
        tally.candidates += this.#solveHere(stage64, escalation.masks, escalation.signs.subsets);
      }
      escalationSeconds += performance.now() - before;
      if (performance.now() - lastYield > YIELD_MILLISECONDS) {
        control.onProgress?.({
          phase: "regions",
          fraction: tally.subsets / Number(total),
          done: tally.unique,
          fixedPoints: this.#sink.found,
        });
        await yieldToEventLoop();
        lastYield = performance.now();
      }
    }

    const { exactDecisions, structuralDecisions, dependent } = escalation.counts;
    const dependentSubsets = tally.dependent + dependent;
    const complete = stopped === undefined;
    if (complete && mode === "owned") checkOwners(total, dependentSubsets, tally.masks, this.#backend.name);
    return {
      complete,
      ...(complete
        ? {}
        : { incompleteBecause: `${stopped}: ${total - BigInt(tally.subsets)} of ${total} subsets were not visited` }),
      counts: {
        subsets: tally.subsets,
        dependentSubsets,
        masks: tally.unique,
        candidates: tally.candidates,
        undecided: tally.escalated,
        f64Decisions: tally.f64Decisions,
        structuralDecisions,
        exactDecisions,
      },
      seconds: {
        regions: (performance.now() - started - escalationSeconds) / 1000,
        escalation: escalationSeconds / 1000,
      },
    };
  }

  /** Candidates of a backend in lower precision are solved again in f64; those still not surely outside go to the sink. */
  #confirm(output: StageOutput, stage: StageModel, stage64: StageModel, tally: { f64Decisions: number }): number {
    const { candidates } = output;
    const words = candidates.words;
    if (stage !== stage64 && candidates.count > 0) {
      tally.f64Decisions += candidates.count;
      const batch: MaskBatch = {
        words,
        count: candidates.count,
        masks: candidates.masks,
        items: new Uint32Array(candidates.count),
      };
      return this.#solveHere(stage64, batch, noHints(stage64.rank));
    }
    for (let i = 0; i < candidates.count; i++) {
      this.#hand(candidates.masks, i * words, candidates.verdicts[i] !== Verdict.singular);
    }
    return candidates.count;
  }

  #solveHere(stage64: StageModel, batch: MaskBatch, subsets: Uint32Array): number {
    const verdicts = new Uint8Array(batch.count);
    solve(stage64, batch, subsets, { verdicts, z: new Float64Array(batch.count * stage64.latentDim) });
    let candidates = 0;
    for (let i = 0; i < batch.count; i++) {
      if (verdicts[i] === Verdict.no) continue;
      candidates++;
      this.#hand(batch.masks, i * batch.words, verdicts[i] !== Verdict.singular);
    }
    return candidates;
  }

  #hand(masks: Uint32Array, from: number, regular: boolean): void {
    expandMask(this.#reduced, masks, from, this.#mask);
    this.#sink.add(this.#mask, regular);
  }

  #visitAll(output: StageOutput): void {
    const { visit } = this.#options;
    if (visit === undefined || output.all === undefined) return;
    for (let i = 0; i < output.all.model.length; i++) {
      expandMask(this.#reduced, output.all.masks, i * this.#reduced.words, this.#mask);
      visit(this.#mask, output.all.perturbed[i] === 1);
    }
  }

  #visitEscalated(escalation: Escalation): void {
    const { visit } = this.#options;
    if (visit === undefined) return;
    for (let i = 0; i < escalation.masks.count; i++) {
      expandMask(this.#reduced, escalation.masks.masks, i * this.#reduced.words, this.#mask);
      visit(this.#mask, escalation.signs.perturbed[0] === 1);
    }
  }
}

function noHints(rank: number): Uint32Array {
  return new Uint32Array(Math.max(1, rank)).fill(0xffffffff);
}

/** Every linearly independent subset owns exactly one region: a lost or doubled mask is a defect of ours. */
function checkOwners(total: bigint, dependent: number, masks: number, backend: string): void {
  const independent = total - BigInt(dependent);
  // a backend that branches undecided bits may make more masks than owners, never fewer
  const right = backend === "cpu" ? BigInt(masks) === independent : BigInt(masks) >= independent;
  if (!right) {
    throw new StillpointError(
      "INTERNAL",
      `${masks} masks came from ${independent} independent subsets: a subset was lost or counted twice. Please report this model`,
    );
  }
}

/** Rank ranges of all sizes, vertices first. */
function* segments(n: number, rho: number, mode: ExpandMode, batchSize: number): Generator<Segment> {
  for (let size = rho; size >= (mode === "owned" ? 0 : rho); size--) {
    const count = binomial(n, size);
    for (let firstRank = 0n; firstRank < count; firstRank += BigInt(batchSize)) {
      const rest = count - firstRank;
      yield { model: 0, size, firstRank, length: rest < BigInt(batchSize) ? Number(rest) : batchSize };
    }
  }
}
