import { plural } from "../../base/words.ts";
import { isStillpointError, StillpointError } from "../../model/errors.ts";
import type { StageBackend } from "../../stages/backend.ts";
import { Pause } from "../../stages/run.ts";
import { LoopKernel } from "../kernel/kernel.ts";
import type { Box, SearchProblem } from "../roots/problem.ts";
import { stackSystem } from "../units/stack-system.ts";
import { BoxSearch } from "./box-search.ts";
import { type DeviceBoxes, DeviceMember, type DeviceRoot, type KeptBox } from "./device-member.ts";
import { DeviceTrial, knownPaces, type SearchClock, wallClock } from "./device-pace.ts";
import { DeviceSearch } from "./device-search.ts";
import type { JointSeat } from "./joint-search.ts";
import type { QueuedBox, SearchPlan } from "./plan.ts";

/** Boxes of the CPU in an audit of one that a device discarded: hardly ever more than one. */
const BOXES_OF_AUDIT = 256;

/** A device for a search. */
export interface SearchDevice {
  /** @returns undefined where there is none that pays. */
  open(): Promise<StageBackend | undefined>;
  /** Boxes that the CPU does first; default 0. */
  readonly boxesBefore?: number | undefined;
  /** It is not opened while the search is likely to end sooner without it, in milliseconds; default 0. */
  readonly leastMillisecondsLeft?: number | undefined;
  /** Tells the time by which the device is held against the CPU, if the CPU has begun; default the wall's. */
  readonly clock?: SearchClock | undefined;
  /** Where the models of a joint search share a stack; only where the CPU does no boxes first. */
  readonly seat?: JointSeat | undefined;
  /** Told that the device has failed. @returns whether the CPU is to go on instead. */
  readonly giveUp?: ((reason: string) => boolean) | undefined;
}

export interface DeviceRunHooks {
  /** Boxes that the CPU has done. */
  cpuBoxes(): number;
  /** How long the search is likely to take from now on without a device. */
  millisecondsLeft(): number;
  isStopped(): boolean;
  /** Told of each share of the search's volume that the device has discarded. */
  settled(share: number): void;
}

/** Searches boxes of one root again, in float64, by loops that share nothing with the device. */
class DiscardAudit {
  #found = false;
  readonly #search: BoxSearch;

  constructor(problem: SearchProblem) {
    const events = {
      emit: (_: Uint32Array, regular: boolean) => {
        this.#found ||= regular;
      },
      leaf: () => true,
      // special points need not lie in the box
      special: () => false,
    };
    this.#search = new BoxSearch(problem, new LoopKernel(problem.table), events);
  }

  /** Whether there is a region in a box that has its candidate there. */
  finds(box: Box): boolean {
    this.#found = false;
    this.#search.start(box, 0);
    this.#search.step(BOXES_OF_AUDIT);
    return this.#found;
  }
}

/** A device at work on boxes of a search, beside the thread that takes what comes back. */
export class DeviceRun {
  readonly backend: StageBackend;
  readonly #plan: SearchPlan;
  readonly #device: SearchDevice;
  readonly #hooks: DeviceRunHooks;
  readonly #boxes: DeviceBoxes;
  /** The roots that the device takes. */
  readonly #roots: ReadonlySet<number>;
  /** The adapter and the shape, by which paces are kept. */
  readonly #name: string;
  #trial: DeviceTrial | undefined;
  readonly #audits = new Map<number, DiscardAudit>();
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
    boxes: DeviceBoxes,
  ) {
    this.backend = backend;
    this.#plan = plan;
    this.#device = device;
    this.#hooks = hooks;
    this.#boxes = boxes;
    const { roots } = boxes.member;
    this.#roots = new Set(roots.map(({ root }) => root));
    this.#name = nameOf(backend, roots);
  }

  /**
   * Opens a device for the roots that it can take, of which boxes are queued.
   * @param cpuPace boxes per second of the CPU, where it has begun.
   * @returns undefined where there is no device, none of the roots is for it, or it is known to be slower.
   */
  static async open(
    plan: SearchPlan,
    device: SearchDevice,
    queue: readonly QueuedBox[],
    hooks: DeviceRunHooks,
    cpuPace?: number,
  ): Promise<DeviceRun | undefined> {
    const roots = plan.roots.flatMap(({ problem }, root) => {
      const boxes = queue.filter((queued) => queued.root === root).map(({ box }) => box);
      const reach = boxes.reduce((most, { lo, hi }) => Math.max(most, ...lo.map(Math.abs), ...hi.map(Math.abs)), 0);
      const system = boxes.length === 0 || !problem.fit ? undefined : stackSystem(problem.table, reach);
      return system === undefined ? [] : [{ root, system }];
    });
    const backend = roots.length === 0 ? undefined : await device.open();
    if (backend?.stacks === undefined) return undefined;
    const known = knownPaces.of(nameOf(backend, roots));
    if (cpuPace !== undefined && known !== undefined && known < cpuPace) return undefined;
    try {
      const boxes =
        device.seat === undefined
          ? await DeviceSearch.open(backend.stacks, [new DeviceMember(roots)])
          : device.seat.enter(backend.stacks, roots);
      return boxes === undefined ? undefined : new DeviceRun(backend, plan, device, hooks, boxes);
    } catch (error) {
      if (goesOnWithout(device, error)) return undefined;
      throw error;
    }
  }

  /**
   * Starts the device on the queued boxes of its roots, which leave the queue.
   * @param cpuPace boxes per second of the CPU: where the device proves slower, its boxes go back to the CPU.
   */
  start(queue: QueuedBox[], cpuPace?: number): void {
    if (cpuPace !== undefined) this.#trial = new DeviceTrial(cpuPace, this.#device.clock ?? wallClock);
    for (const root of this.#roots) {
      this.#boxes.member.add(
        root,
        queue.filter((queued) => queued.root === root).map(({ box }) => box),
      );
    }
    queue.splice(0, queue.length, ...queue.filter(({ root }) => !this.#roots.has(root)));
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const boxes = this.#boxes;
    const { member } = boxes;
    const trial = this.#trial;
    let settled = 0;
    try {
      await boxes.run(
        () => this.#isOver || this.#hooks.isStopped() || trial?.isSlower === true,
        (discarded) => {
          this.#hooks.settled(member.settled - settled);
          settled = member.settled;
          trial?.launched(this.#hooks.cpuBoxes(), member.boxes);
          if (discarded !== undefined) this.#audit(discarded);
          this.#pause.end();
        },
      );
      if (trial?.pace !== undefined) knownPaces.keep(this.#name, trial.pace);
      if (trial?.isSlower === true && member.open > 0) await boxes.withdraw?.();
    } catch (error) {
      if (goesOnWithout(this.#device, error)) boxes.recall();
      else this.#failure = { error };
    }
    boxes.release();
    this.#running = undefined;
    this.#pause.end();
  }

  /** What the result says of a device that was not used to the end. */
  get note(): string | undefined {
    if (this.#trial?.isSlower !== true) return undefined;
    return `the GPU did ${plural(this.boxes, "box", "boxes")} and was slower than the CPU, which did the rest`;
  }

  /** Gives up a device that was not started. */
  release(): void {
    this.#boxes.release();
  }

  /**
   * Searches a box that the device has discarded, in float64.
   * @throws StillpointError GPU_FAILED where the CPU finds a region in it that has its candidate there.
   */
  #audit({ root, box }: KeptBox): void {
    const audit = this.#audits.get(root) ?? new DiscardAudit(this.#plan.roots[root]!.problem);
    this.#audits.set(root, audit);
    this.#audited++;
    if (!audit.finds(box)) return;
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
    return this.#boxes.member.open;
  }

  get kept(): number {
    return this.#boxes.member.kept;
  }

  /** Boxes that the device has done. */
  get boxes(): number {
    return this.#boxes.member.boxes;
  }

  get counts() {
    const { boxes, evaluations, returned } = this.#boxes.member;
    return { gpuBoxes: boxes, gpuEvaluations: evaluations, gpuReturned: returned, gpuAudited: this.#audited };
  }

  /** @returns the last box that came back, removed. */
  pop(): KeptBox | undefined {
    return this.#boxes.member.pop();
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

function nameOf({ adapter, name }: StageBackend, roots: readonly DeviceRoot[]): string {
  const units = roots.reduce((most, { system }) => Math.max(most, system.count), 0);
  return `${adapter ?? name} R=${roots[0]!.system.dim} units=${units}`;
}

/** Whether the CPU goes on where a device has failed. */
function goesOnWithout({ giveUp }: SearchDevice, error: unknown): boolean {
  return isStillpointError(error) && error.code === "GPU_FAILED" && giveUp?.(error.message) === true;
}
