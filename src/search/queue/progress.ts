import { plural } from "../../base/words.ts";
import { type CandidateSink, type RunControl, stopReason } from "../../stages/run.ts";
import type { DeviceRun } from "./device-run.ts";
import { Forecast } from "./forecast.ts";
import { Places } from "./places.ts";
import { addTally, emptyTally, type SearchTally } from "./tally.ts";

/** How far a search has come, and whether it goes on. */
export class SearchProgress {
  readonly started = performance.now();
  /** What this thread has done, by which its budgets are counted, and what workers have done. */
  readonly here = emptyTally();
  readonly elsewhere = emptyTally();
  /** The settled share of the search's volume. */
  settled = 0;
  /** Boxes that are given up because the run was stopped. */
  open = 0;
  /** Why the run was stopped, once it was. */
  stopped: string | undefined;
  readonly places = new Places();
  /** What the queued boxes promise. */
  readonly forecast = new Forecast(this.places);
  /** The fraction told last, once one was told. */
  #told: number | undefined;
  #device: DeviceRun | undefined;
  /** The fraction and the settled volume when the device began. */
  #beforeDevice = { fraction: 0, settled: 0 };
  readonly #control: RunControl;
  readonly #sink: Pick<CandidateSink, "found">;
  readonly #maxBoxes: number;

  constructor(sink: Pick<CandidateSink, "found">, control: RunControl, maxBoxes: number) {
    this.#sink = sink;
    this.#control = control;
    this.#maxBoxes = maxBoxes;
  }

  /** Looks at the limits of the run. @returns whether it is stopped. */
  stopIfDue(): boolean {
    this.stopped ??= stopReason(this.#control);
    if (this.allBoxes > this.#maxBoxes)
      this.stopped ??= `the search took more than ${plural(this.#maxBoxes, "box", "boxes")}`;
    return this.isStopped;
  }

  /** The device that has some of the boxes, once it was given some. */
  get device(): DeviceRun | undefined {
    return this.#device;
  }

  set device(device: DeviceRun | undefined) {
    this.#beforeDevice = { fraction: this.#fraction, settled: this.settled };
    this.#device = device;
  }

  get isStopped(): boolean {
    return this.stopped !== undefined;
  }

  /** Boxes that the CPU has done. */
  get boxes(): number {
    return this.here.boxes + this.elsewhere.boxes;
  }

  /** With those of the device. */
  get allBoxes(): number {
    return this.boxes + (this.device?.boxes ?? 0);
  }

  /** Boxes that came back from the device. */
  get kept(): number {
    return this.device?.kept ?? 0;
  }

  get tally(): SearchTally {
    const sum = { ...this.here };
    addTally(sum, this.elsewhere);
    return sum;
  }

  /** How long the search is likely to take from now on, if the rest goes as fast as what is done, in milliseconds. */
  get millisecondsLeft(): number {
    const fraction = this.#fraction;
    return ((performance.now() - this.started) * (1 - fraction)) / Math.max(fraction, Number.MIN_VALUE);
  }

  /** Leaves what was done so far out of the counts: another share of the search counts it. */
  forget(): void {
    for (const tally of [this.here, this.elsewhere]) Object.assign(tally, emptyTally());
  }

  /** The end of a search of which something was told: all is done. */
  end(): void {
    if (this.#told !== undefined && this.#told < 1 && !this.isStopped) this.#tell(1);
  }

  report(): void {
    this.#tell(this.#fraction);
  }

  /** The share of the work that is done. A device's boxes are not queued one by one: their share is that of volume. */
  get #fraction(): number {
    if (this.#device === undefined) return this.forecast.fraction(this.boxes);
    const { fraction, settled } = this.#beforeDevice;
    const left = Math.min(1, (1 - this.settled) / Math.max(Number.EPSILON, 1 - settled));
    return fraction + (1 - fraction) * (1 - left);
  }

  /** Tells a fraction, or the last one where that was larger: promises may grow. */
  #tell(fraction: number): void {
    this.#told = Math.min(1, Math.max(this.#told ?? 0, fraction));
    this.#control.onProgress?.({
      phase: "search",
      fraction: this.#told,
      done: this.allBoxes,
      fixedPoints: this.#sink.found,
    });
  }
}
