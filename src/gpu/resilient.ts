import type { ReducedSystem } from "../arrangement/reduce.ts";
import type { StageBackend, StageOutput } from "../stages/backend.ts";
import type { ExpandMode, MaskBatch, Segment } from "../stages/batch.ts";
import type { DeviceStacks } from "../stages/box-stack.ts";
import { mergeOutputs } from "../stages/merge.ts";
import { yieldToEventLoop } from "../stages/run.ts";
import type { StageModel } from "../stages/stage-model.ts";
import type { GpuBackend } from "./backend.ts";
import { GpuError } from "./errors.ts";

/** Fresh devices that are tried before the CPU takes over. */
const MAX_REOPENED = 2;

/**
 * A backend on a GPU that may fail at any moment. A batch that fails is done again on a fresh device, and on `fallback`
 * if that fails too. Batches that have come back are kept. `note` says what happened.
 */
export class ResilientBackend implements StageBackend {
  readonly name = "webgpu";
  readonly adapter: string;
  readonly #reopen: () => Promise<GpuBackend>;
  readonly #fallback: StageBackend;
  readonly #origins = new WeakMap<StageModel, { reduced: ReducedSystem; attempt: number }>();
  readonly #fallbackModels = new WeakMap<readonly StageModel[], readonly StageModel[]>();
  #gpu: GpuBackend | undefined;
  /** The GPU that gives views and sizes, even after it has failed. */
  readonly #shape: GpuBackend;
  #reopened = 0;
  #recovering: Promise<void> | undefined;
  readonly #events: string[] = [];

  /**
   * @param gpu an open backend, owned from now on. @param reopen opens another backend.
   * @param fallback takes over in the end; its answers must be as good.
   */
  constructor(gpu: GpuBackend, reopen: () => Promise<GpuBackend>, fallback: StageBackend) {
    this.#gpu = gpu;
    this.#shape = gpu;
    this.adapter = gpu.adapter;
    this.#reopen = reopen;
    this.#fallback = fallback;
  }

  get note(): string | undefined {
    return this.#events.length === 0 ? undefined : this.#events.join("; ");
  }

  get software(): boolean {
    return this.#shape.software;
  }

  /** A search goes on without a device that fails, from the stack as it was last copied. */
  get stacks(): DeviceStacks | undefined {
    return this.#gpu?.stacks;
  }

  batchSize(models: readonly StageModel[], mode: ExpandMode): number {
    return this.#shape.batchSize(models, mode);
  }

  leastTelling(models: readonly StageModel[], mode: ExpandMode): number {
    return this.#shape.leastTelling(models, mode);
  }

  callsInFlight(mode: ExpandMode): number {
    return this.#shape.callsInFlight(mode);
  }

  refusal(model: StageModel, mode: ExpandMode): string | undefined {
    return this.#shape.refusal(model, mode);
  }

  prepare(reduced: ReducedSystem, attempt: number): StageModel {
    const model = this.#shape.prepare(reduced, attempt);
    this.#origins.set(model, { reduced, attempt });
    return model;
  }

  admit(model: StageModel, masks: MaskBatch, mode: ExpandMode): void {
    this.#gpu?.admit(model, masks, mode);
  }

  async run(
    models: readonly StageModel[],
    segments: readonly Segment[],
    mode: ExpandMode,
    keepAll: boolean,
  ): Promise<StageOutput> {
    while (this.#gpu !== undefined) {
      const gpu = this.#gpu;
      try {
        return await gpu.run(models, segments, mode, keepAll);
      } catch (error) {
        if (!(error instanceof GpuError)) throw error;
        await this.#recover(gpu, error);
      }
    }
    return this.#runOnFallback(models, segments, mode, keepAll);
  }

  /** Replaces a GPU that failed, once for all batches that failed with it. */
  async #recover(failed: GpuBackend, error: GpuError): Promise<void> {
    if (this.#gpu === failed && this.#recovering === undefined) {
      this.#recovering = this.#replace(failed, error).finally(() => {
        this.#recovering = undefined;
      });
    }
    await this.#recovering;
  }

  async #replace(failed: GpuBackend, error: GpuError): Promise<void> {
    failed.destroy();
    // after other failures a fresh device would not help: it has the same compiler and the same rules
    const mayPass = error.failure === "lost" || error.failure === "out-of-memory" || error.failure === "map";
    if (mayPass && this.#reopened < MAX_REOPENED) {
      this.#reopened++;
      this.#events.push(`a fresh GPU device after: ${error.message}`);
      try {
        this.#gpu = await this.#reopen();
        return;
      } catch (reason) {
        this.#events.push(`no fresh device: ${reason instanceof Error ? reason.message : reason}`);
      }
    } else this.#events.push(error.message);
    this.#events.push("the CPU did the rest");
    this.#gpu = undefined;
  }

  async #runOnFallback(
    models: readonly StageModel[],
    segments: readonly Segment[],
    mode: ExpandMode,
    keepAll: boolean,
  ): Promise<StageOutput> {
    let prepared = this.#fallbackModels.get(models);
    if (prepared === undefined) {
      prepared = models.map((model) => {
        const { reduced, attempt } = this.#origins.get(model)!;
        return this.#fallback.prepare(reduced, attempt);
      });
      this.#fallbackModels.set(models, prepared);
    }
    const outputs: StageOutput[] = [];
    for (const slice of slices(segments, this.#fallback.batchSize(prepared, mode))) {
      outputs.push(await this.#fallback.run(prepared, [slice], mode, keepAll));
      await yieldToEventLoop();
    }
    return mergeOutputs(outputs);
  }

  release(models: readonly StageModel[]): void {
    this.#gpu?.release(models);
    const prepared = this.#fallbackModels.get(models);
    if (prepared !== undefined) this.#fallback.release(prepared);
  }

  destroy(): void {
    this.#gpu?.destroy();
    this.#gpu = undefined;
  }
}

/** Segments cut to at most `length` subsets. */
function* slices(segments: readonly Segment[], length: number): Generator<Segment> {
  for (const segment of segments) {
    for (let done = 0; done < segment.length; done += length) {
      yield {
        ...segment,
        firstRank: segment.firstRank + BigInt(done),
        length: Math.min(length, segment.length - done),
      };
    }
  }
}
