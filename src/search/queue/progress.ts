import { plural } from "../../base/words.ts";
import { type CandidateSink, type RunControl, stopReason } from "../../stages/run.ts";
import type { DeviceRun } from "./device-run.ts";
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
  /** The device that has some of the boxes, once it was given some. */
  device: DeviceRun | undefined;
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

  /** Leaves what was done so far out of the counts: another share of the search counts it. */
  forget(): void {
    for (const tally of [this.here, this.elsewhere]) Object.assign(tally, emptyTally());
  }

  report(): void {
    this.#control.onProgress?.({
      phase: "search",
      fraction: Math.min(1, this.settled),
      done: this.allBoxes,
      fixedPoints: this.#sink.found,
    });
  }
}
