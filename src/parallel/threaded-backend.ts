import type { ReducedSystem } from "../arrangement/reduce.ts";
import { CpuBackend, subsetsPerBatch } from "../cpu/backend.ts";
import { F32, F64 } from "../float/precision.ts";
import type { StageBackend, StageOutput } from "../stages/backend.ts";
import type { ExpandMode, MaskBatch, Segment } from "../stages/batch.ts";
import type { WorkerPool } from "../stages/pool.ts";
import type { StageModel } from "../stages/stage-model.ts";

/**
 * Subsets per call: some tens of milliseconds, long enough that messages cost nothing, and short enough to stop soon.
 */
const BATCH_SIZE = 2 ** 15;

/** A `StageModel` that can be sent to a worker, with its precision by name. */
type PlainStage = Omit<StageModel, "precision"> & { readonly precision: "f64" | "f32" };

/** The payload of the job "stages". */
export interface StagesPayload {
  /** Equal for the same models: a worker keeps what it has derived from the last ones. */
  readonly key: number;
  readonly stages: readonly PlainStage[];
  readonly segments: readonly Segment[];
}

let nextKey = 0;

/** The CPU's stages on worker threads. A batch goes to a free worker; the answer is the same as on one thread. */
export class ThreadedBackend implements StageBackend {
  readonly name = "cpu";
  readonly adapter = null;
  readonly #pool: WorkerPool;
  readonly #local = new CpuBackend();
  readonly #packed = new WeakMap<readonly StageModel[], Omit<StagesPayload, "segments">>();

  constructor(pool: WorkerPool) {
    this.#pool = pool;
  }

  batchSize(models: readonly StageModel[], mode: ExpandMode): number {
    return mode === "owned" ? subsetsPerBatch(models, BATCH_SIZE) : this.#local.batchSize(models);
  }

  callsInFlight(mode: ExpandMode): number {
    // one more call than there are workers, so that no worker waits for a message
    return mode === "owned" ? this.#pool.size + 1 : 1;
  }

  refusal(): undefined {
    return undefined;
  }

  prepare(reduced: ReducedSystem, attempt: number): StageModel {
    return this.#local.prepare(reduced, attempt);
  }

  admit(model: StageModel, masks: MaskBatch, mode: ExpandMode): void {
    this.#local.admit(model, masks, mode);
  }

  /**
   * Runs a batch on a worker. Branch mode, which remembers masks across batches, and virtual fixed points, which need
   * every mask, stay on this thread.
   */
  async run(
    models: readonly StageModel[],
    segments: readonly Segment[],
    mode: ExpandMode,
    keepAll: boolean,
  ): Promise<StageOutput> {
    if (mode === "branch" || keepAll) return this.#local.run(models, segments, mode, keepAll);
    let packed = this.#packed.get(models);
    if (packed === undefined) {
      packed = { key: nextKey++, stages: models.map((model) => ({ ...model, precision: model.precision.name })) };
      this.#packed.set(models, packed);
    }
    try {
      return (await this.#pool.run("stages", { ...packed, segments } satisfies StagesPayload)) as StageOutput;
    } catch (error) {
      if (this.#pool.trouble === undefined) throw error;
      // workers die of this batch: it is done here, so that the run does not end with them
      return this.#local.run(models, segments, mode, keepAll);
    }
  }

  maskOf(model: StageModel, segment: Segment): Uint32Array | "dependent" | undefined {
    return this.#local.maskOf(model, segment);
  }

  release(models: readonly StageModel[]): void {
    this.#packed.delete(models);
    this.#local.release(models);
  }
}

/** The worker's side: a backend, and the models of the last key. */
export class StagesWorker {
  readonly #backend = new CpuBackend();
  #key: number | undefined;
  #models: readonly StageModel[] = [];

  run({ key, stages, segments }: StagesPayload): Promise<StageOutput> {
    if (key !== this.#key) {
      this.#key = key;
      this.#models = stages.map((stage) => ({ ...stage, precision: stage.precision === "f64" ? F64 : F32 }));
    }
    return this.#backend.run(this.#models, segments, "owned", false);
  }
}
