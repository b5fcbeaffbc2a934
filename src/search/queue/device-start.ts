import { CpuPace, wallClock } from "./device-pace.ts";
import { DeviceRun, type DeviceRunHooks, type SearchDevice } from "./device-run.ts";
import type { QueuedBox, SearchPlan } from "./plan.ts";

/** What a device needs to know of the search that it comes into. */
export interface StartHost {
  readonly plan: SearchPlan;
  readonly device: SearchDevice;
  readonly hooks: DeviceRunHooks;
  /** Takes a device that has got boxes. */
  take(run: DeviceRun): void;
}

/**
 * Brings a device into a search: at once where it was asked for, else once the CPU has done `boxesBefore` boxes and much
 * is left. Then the CPU goes on while the device is opened and its shaders are compiled, and all that is queued when it is ready is
 * the device's.
 */
export class DeviceStart {
  readonly #host: StartHost;
  readonly #pace: CpuPace;
  #opening: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** A device that is ready and has no boxes yet. */
  #ready: DeviceRun | undefined;

  constructor(host: StartHost) {
    this.#host = host;
    this.#pace = new CpuPace(this.#before / 2, host.device.clock ?? wallClock);
  }

  get #before(): number {
    return this.#host.device.boxesBefore ?? 0;
  }

  /** Whether the queue is to be left to `advance`: a device is to be opened, or waits for boxes. */
  get isDue(): boolean {
    const boxes = this.#host.hooks.cpuBoxes();
    if (this.#before > 0 && this.#ready === undefined) this.#pace.note(boxes);
    return this.#isTimeToOpen || this.#ready !== undefined;
  }

  get #isTimeToOpen(): boolean {
    const { device, hooks } = this.#host;
    if (this.#opening !== undefined || hooks.cpuBoxes() < this.#before) return false;
    const { leastMillisecondsLeft = 0 } = device;
    return leastMillisecondsLeft === 0 || hooks.millisecondsLeft() >= leastMillisecondsLeft;
  }

  /** Opens the device where it is due, and gives it the queue once it is open. @throws what opening throws. */
  async advance(queue: QueuedBox[]): Promise<void> {
    const { hooks } = this.#host;
    this.#throw();
    if (queue.length === 0 || hooks.isStopped()) return;
    if (this.#isTimeToOpen) {
      this.#opening = this.#open(queue);
      if (this.#before === 0) await this.#opening;
    }
    this.#throw();
    const ready = this.#ready;
    if (ready === undefined) return;
    this.#ready = undefined;
    this.#host.take(ready);
    ready.start(queue, this.#pace.boxesPerSecond);
  }

  #throw(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #open(queue: readonly QueuedBox[]): Promise<void> {
    const { plan, device, hooks } = this.#host;
    try {
      this.#ready = await DeviceRun.open(plan, device, queue, hooks, this.#pace.boxesPerSecond);
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** Gives up a device that has got no boxes. One that is still being opened is not waited for. */
  end(): void {
    void this.#opening?.then(() => {
      this.#ready?.release();
      this.#ready = undefined;
    });
  }
}
