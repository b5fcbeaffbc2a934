import { after } from "../base/after.ts";
import { once } from "../base/once.ts";
import { isStillpointError, StillpointError } from "../model/errors.ts";
import type { SearchDevice } from "../search/queue/device-run.ts";
import type { JointSeat } from "../search/queue/joint-search.ts";
import type { StageBackend } from "../stages/backend.ts";
import type { WorkerPool } from "../stages/pool.ts";
import {
  mayTakeLong,
  measuredSpeed,
  type RegionsWork,
  SECONDS_TO_OPEN_GPU,
  type SpeedOf,
  secondsAt,
} from "./calibration.ts";
import type { FindOptions } from "./options.ts";

/** With fewer regions a run ends before threads have started. */
const MIN_REGIONS_FOR_THREADS = 500_000n;
/**
 * "auto" looks for a GPU for a search once each thread has done so many boxes, most of a second's, and while the search
 * is likely to go on for longer than this: the look takes 0.3 s of CPU, and about a second if there is a GPU to open.
 */
const BOXES_BEFORE_GPU = 2 ** 19;
const LEAST_MILLISECONDS_LEFT = 2000;

interface OpenGpu {
  readonly backend: StageBackend;
  readonly software: boolean;
  destroy(): void;
}

/**
 * What a run may open beside its own thread. A worker has none of it: its code is a single file without these parts.
 */
export interface Facilities {
  createPool(threads: number, workerUrl?: string | URL): WorkerPool;
  loadGpu(): Promise<typeof import("../gpu/index.ts")>;
}

/** What runs share: worker threads and a GPU, each opened when first needed and kept until `close`. */
export class Engine {
  readonly #facilities: Facilities | undefined;
  readonly #options: FindOptions;
  readonly #speedOf: SpeedOf;
  #pool: WorkerPool | undefined;
  /** The backends of this thread and of all threads, whose code a run by search does without. */
  readonly #cpu = once<StageBackend>(async () => new (await import("../cpu/backend.ts")).CpuBackend());
  readonly #threaded = once<StageBackend>(async () => {
    const { ThreadedBackend } = await import("../parallel/threaded-backend.ts");
    return new ThreadedBackend(this.pool()!);
  });
  #gpu: Promise<OpenGpu> | undefined;
  #probe: Promise<boolean> | undefined;
  #distrust: string | undefined;

  /**
   * @param facilities without them there is this thread and the CPU.
   * @param speedOf by which "auto" chooses; tests state speeds.
   */
  constructor(options: FindOptions, facilities?: Facilities, speedOf: SpeedOf = measuredSpeed) {
    this.#options = options;
    this.#facilities = facilities;
    this.#speedOf = speedOf;
  }

  /** The pool of worker threads; undefined where the run has this thread only. */
  pool(): WorkerPool | undefined {
    const threads = this.#options.threads ?? 1;
    if (threads <= 1) return undefined;
    this.#pool ??= this.#facilities?.createPool(threads, this.#options.workerUrl);
    return this.#pool;
  }

  /** The pool once all of its workers run. The first call starts the workers; no call waits. */
  runningPool(): WorkerPool | undefined {
    const pool = this.pool();
    return pool !== undefined && pool.start(pool.size) === pool.size ? pool : undefined;
  }

  /**
   * The backend for a run over regions. "auto" takes a GPU only if the adapter is no software and it is quicker than the
   * CPU's threads, by speeds that are measured on this model. The result names the backend.
   * @param work without it, little work: that of a GPU if one was asked for, else of this thread.
   * @throws StillpointError NO_GPU where "webgpu" is asked for and there is none.
   */
  backend(work?: RegionsWork): StageBackend | Promise<StageBackend> {
    const { backend = "auto" } = this.#options;
    if (backend === "webgpu") return this.#openGpu().then((gpu) => gpu.backend);
    const quicker = backend === "auto" && work !== undefined ? this.#quickerGpu(work) : undefined;
    return after(quicker, (gpu) => gpu ?? this.#processor(work?.regions ?? 0n));
  }

  /** The GPU, where a run would end sooner on it than on the CPU's threads. */
  #quickerGpu(work: RegionsWork): Promise<StageBackend | undefined> | undefined {
    // threads share no list of masks
    const threads = work.mode === "owned" && !work.keepAll ? (this.#options.threads ?? 1) : 1;
    if (this.#facilities === undefined || !mayTakeLong(work, threads)) return undefined;
    return this.#measuredGpu(work, threads);
  }

  async #measuredGpu(work: RegionsWork, threads: number): Promise<StageBackend | undefined> {
    const items = Number(work.regions);
    const ofThread = await this.#speedOf(await this.#cpu(), work);
    if (ofThread === undefined) return undefined;
    const onCpu = secondsAt(ofThread, items / threads);
    if (onCpu < SECONDS_TO_OPEN_GPU && this.#gpu === undefined) return undefined;
    const gpu = await this.realGpu();
    const ofGpu = gpu === undefined ? undefined : await this.#speedOf(gpu, work, threads * ofThread.itemsPerSecond);
    return ofGpu !== undefined && secondsAt(ofGpu, items) < onCpu ? gpu : undefined;
  }

  /**
   * The device for boxes of a search. "auto" has the CPU begin: most searches end before a GPU would be open.
   * @param seat in a joint search, where the device is asked for.
   */
  searchDevice(seat?: JointSeat): SearchDevice | undefined {
    const { backend = "auto", threads = 1 } = this.#options;
    if (backend === "webgpu") return { open: async () => this.backend(), seat };
    if (backend === "cpu") return undefined;
    const giveUp = (reason: string): boolean => this.giveUpGpu(reason);
    const boxesBefore = threads * BOXES_BEFORE_GPU;
    return { open: () => this.realGpu(), boxesBefore, leastMillisecondsLeft: LEAST_MILLISECONDS_LEFT, giveUp };
  }

  /** The GPU that "auto" may take: undefined where there is none, or only a software adapter, or it has failed. */
  async realGpu(): Promise<StageBackend | undefined> {
    if (this.#distrust !== undefined || !(await this.#mayLook())) return undefined;
    const gpu = await this.#openGpu().catch((error: unknown) => {
      // a machine without a GPU is the usual case; a GPU that can't be used is worth a note
      if (isStillpointError(error) && error.code === "GPU_FAILED") this.giveUpGpu(error.message);
      return undefined;
    });
    return gpu === undefined || gpu.software ? undefined : gpu.backend;
  }

  /**
   * Notes that the GPU which "auto" chose has failed: from now on "auto" takes the CPU.
   * @returns false if the caller asked for the GPU: then the failure is an error.
   */
  giveUpGpu(reason: string): boolean {
    if ((this.#options.backend ?? "auto") !== "auto") return false;
    this.#distrust = reason;
    return true;
  }

  /** What happened to worker threads that died. */
  get trouble(): string | undefined {
    return this.#pool?.trouble;
  }

  /** Why "auto" no longer takes the GPU. */
  get distrust(): string | undefined {
    return this.#distrust;
  }

  /** Asks `gpuProbe`, once, whether a GPU is worth looking for. */
  #mayLook(): Promise<boolean> {
    const { gpuProbe } = this.#options;
    this.#probe ??= gpuProbe === undefined ? Promise.resolve(true) : gpuProbe();
    return this.#probe;
  }

  #processor(regions: bigint): StageBackend | Promise<StageBackend> {
    const hasThreads = regions >= MIN_REGIONS_FOR_THREADS && this.pool() !== undefined;
    return hasThreads ? this.#threaded() : this.#cpu();
  }

  #openGpu(): Promise<OpenGpu> {
    this.#gpu ??= this.#loadAndOpenGpu();
    return this.#gpu;
  }

  /** A failure is an error where the caller asked for the GPU; "auto" goes on without a GPU. */
  async #loadAndOpenGpu(): Promise<OpenGpu> {
    const { backend: asked = "auto", device } = this.#options;
    const { GpuBackend, ResilientBackend } = await this.#loadGpu();
    const open = () => GpuBackend.open({ device });
    const gpu = await open();
    const backend =
      asked === "auto" ? new ResilientBackend(gpu, open, await this.#processor(MIN_REGIONS_FOR_THREADS)) : gpu;
    return { backend, software: backend.software, destroy: () => backend.destroy() };
  }

  async #loadGpu(): ReturnType<Facilities["loadGpu"]> {
    if (this.#facilities === undefined) throw new StillpointError("NO_GPU", "a worker opens no GPU");
    try {
      return await this.#facilities.loadGpu();
    } catch (cause) {
      const message =
        `the part of Stillpoint for GPUs can't be loaded (${cause instanceof Error ? cause.message : cause}): serve all ` +
        'files of the build, or use backend "cpu"';
      // unlike a machine without a GPU this is a fault, and one that the reader can mend
      this.giveUpGpu(message);
      throw new StillpointError("NO_GPU", message, { cause });
    }
  }

  async close(): Promise<void> {
    await this.#pool?.close();
    if (this.#gpu !== undefined) await this.#gpu.then((gpu) => gpu.destroy()).catch(() => {});
  }
}
