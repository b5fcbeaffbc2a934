import { isStillpointError, StillpointError } from "../../model/errors.ts";
import type { StageBackend } from "../../stages/backend.ts";
import { Pause } from "../../stages/run.ts";
import { LoopKernel } from "../kernel/kernel.ts";
import { stackSystem } from "../units/stack-system.ts";
import { BoxSearch } from "./box-search.ts";
import { DeviceSearch, type KeptBox } from "./device-search.ts";
import type { QueuedBox, SearchPlan } from "./plan.ts";

/** Boxes of the CPU in an audit of one that a device discarded: hardly ever more than one. */
const BOXES_OF_AUDIT = 256;

/** A device for a search. */
export interface SearchDevice {
  /** @returns undefined where there is none that pays. */
  open(): Promise<StageBackend | undefined>;
  /** Boxes that the CPU does first; default 0. */
  readonly boxesBefore?: number | undefined;
  /** Told that the device has failed. @returns whether the CPU is to go on instead. */
  readonly giveUp?: ((reason: string) => boolean) | undefined;
}

export interface DeviceRunHooks {
  isStopped(): boolean;
  /** Told of each share of the search's volume that the device has discarded. */
  settled(share: number): void;
}

/** A device at work on boxes of a search, beside the thread that takes what comes back. */
export class DeviceRun {
  readonly backend: StageBackend;
  readonly #plan: SearchPlan;
  readonly #device: SearchDevice;
  readonly #hooks: DeviceRunHooks;
  readonly #search: DeviceSearch;
  #audited = 0;
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isOver = false;
  readonly #pause = new Pause();

  private constructor(
    backend: StageBackend,
    plan: SearchPlan,
    device: SearchDevice,
    hooks: DeviceRunHooks,
    search: DeviceSearch,
  ) {
    this.backend = backend;
    this.#plan = plan;
    this.#device = device;
    this.#hooks = hooks;
    this.#search = search;
  }

  /**
   * Gives a device the boxes of roots that it can take, which leave the queue, and starts it.
   * @returns undefined where there is no device, or none of the roots is for it.
   */
  static async start(
    plan: SearchPlan,
    device: SearchDevice,
    queue: QueuedBox[],
    hooks: DeviceRunHooks,
  ): Promise<DeviceRun | undefined> {
    const roots = plan.roots.flatMap(({ problem }, root) => {
      const boxes = queue.filter((queued) => queued.root === root).map(({ box }) => box);
      const reach = boxes.reduce((most, { lo, hi }) => Math.max(most, ...lo.map(Math.abs), ...hi.map(Math.abs)), 0);
      const system = boxes.length === 0 || !problem.fit ? undefined : stackSystem(problem.table, reach);
      return system === undefined ? [] : [{ root, boxes, system }];
    });
    const backend = roots.length === 0 ? undefined : await device.open();
    if (backend?.stacks === undefined) return undefined;
    try {
      const search = await DeviceSearch.open(backend.stacks, roots);
      if (search === undefined) return undefined;
      for (const { root, boxes } of roots) search.add(root, boxes);
      const taken = new Set(roots.map(({ root }) => root));
      queue.splice(0, queue.length, ...queue.filter(({ root }) => !taken.has(root)));
      const run = new DeviceRun(backend, plan, device, hooks, search);
      run.#running = run.#run();
      return run;
    } catch (error) {
      if (goesOnWithout(device, error)) return undefined;
      throw error;
    }
  }

  async #run(): Promise<void> {
    const search = this.#search;
    let settled = 0;
    try {
      await search.run(
        () => this.#isOver || this.#hooks.isStopped(),
        (discarded) => {
          this.#hooks.settled(search.settled - settled);
          settled = search.settled;
          if (discarded !== undefined) this.#audit(discarded);
          this.#pause.end();
        },
      );
    } catch (error) {
      if (goesOnWithout(this.#device, error)) search.recall();
      else this.#failure = { error };
    }
    search.release();
    this.#running = undefined;
    this.#pause.end();
  }

  /**
   * Searches a box that the device has discarded, in float64.
   * @throws StillpointError GPU_FAILED where the CPU finds a region in it that has its candidate there.
   */
  #audit({ root, box }: KeptBox): void {
    let found = false;
    const events = {
      emit: (_: Uint32Array, regular: boolean) => {
        found ||= regular;
      },
      leaf: () => true,
      // special points need not lie in the box
      special: () => false,
    };
    const { problem } = this.#plan.roots[root]!;
    const audit = new BoxSearch(problem, new LoopKernel(problem.table), events);
    audit.start(box, 0);
    audit.step(BOXES_OF_AUDIT);
    this.#audited++;
    if (!found) return;
    throw new StillpointError(
      "GPU_FAILED",
      `the GPU discarded a box in which the CPU finds what may be a fixed point: from [${box.lo.join(", ")}] to ` +
        `[${box.hi.join(", ")}] in the search's coordinates. So nothing that it said is believed. Use backend "cpu"`,
    );
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Boxes that the device has still to do, and boxes that came back. */
  get open(): number {
    return this.#search.open;
  }

  get kept(): number {
    return this.#search.kept;
  }

  /** Boxes that the device has done. */
  get boxes(): number {
    return this.#search.boxes;
  }

  get counts() {
    const { boxes, evaluations, returned } = this.#search;
    return { gpuBoxes: boxes, gpuEvaluations: evaluations, gpuReturned: returned, gpuAudited: this.#audited };
  }

  /** @returns the last box that came back, removed. */
  pop(): KeptBox | undefined {
    return this.#search.pop();
  }

  /** Waits until something has come back or some milliseconds have gone. @throws what the device threw. */
  async wait(): Promise<void> {
    await this.#pause.take();
    this.#throw();
  }

  /** Launches nothing more. */
  stop(): void {
    this.#isOver = true;
  }

  /** Waits for what is under way on the device. @throws what the device threw. */
  async end(): Promise<void> {
    await this.#running;
    this.#throw();
  }

  #throw(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** Whether the CPU goes on where a device has failed. */
function goesOnWithout({ giveUp }: SearchDevice, error: unknown): boolean {
  return isStillpointError(error) && error.code === "GPU_FAILED" && giveUp?.(error.message) === true;
}
