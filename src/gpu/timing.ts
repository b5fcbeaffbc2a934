import { BufferUsage, type Gpu } from "./device.ts";
import type { EntryPoint } from "./pipelines.ts";

const QUERY_RESOLVE = 0x200;

/** GPU time of each dispatch of one batch, by timestamp queries. */
export class BatchTimer {
  readonly #gpu: Gpu;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #readback: GPUBuffer;
  readonly #dispatches: readonly EntryPoint[];

  /** @throws GpuError if the device lacks the feature timestamp-query. */
  constructor(gpu: Gpu, dispatches: readonly EntryPoint[]) {
    const count = 2 * dispatches.length;
    this.#gpu = gpu;
    this.#dispatches = dispatches;
    this.#queries = gpu.device.createQuerySet({ label: "stillpoint timestamps", type: "timestamp", count });
    this.#resolved = gpu.buffer("stillpoint timestamps", 8 * count, QUERY_RESOLVE | BufferUsage.copySource);
    this.#readback = gpu.buffer("stillpoint times", 8 * count, BufferUsage.mapRead | BufferUsage.copyTarget);
  }

  /** The timestamps of the pass of one dispatch. */
  writes(dispatch: number): GPUComputePassTimestampWrites {
    const at = 2 * dispatch;
    return { querySet: this.#queries, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 };
  }

  resolve(encoder: GPUCommandEncoder): void {
    const count = 2 * this.#dispatches.length;
    encoder.resolveQuerySet(this.#queries, 0, count, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#readback, 0, 8 * count);
  }

  /** Seconds of each dispatch. */
  async read(): Promise<Record<EntryPoint, number>> {
    const times = new BigUint64Array(await this.#gpu.read(this.#readback, 16 * this.#dispatches.length));
    const entries = this.#dispatches.map((name, i) => [name, Number(times[2 * i + 1]! - times[2 * i]!) / 1e9] as const);
    return Object.fromEntries(entries) as Record<EntryPoint, number>;
  }

  release(): void {
    this.#queries.destroy();
    this.#gpu.release(this.#resolved, this.#readback);
  }
}
