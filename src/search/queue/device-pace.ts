/**
 * How quick a device is at the boxes of a search, against the CPU's threads together, measured on the boxes that both
 * do anyway: nothing is done twice for it.
 */

/** Seconds, given the boxes that the CPU and the device have done so far; tests tell the time by these. */
export type SearchClock = (cpuBoxes: number, deviceBoxes: number) => number;

export const wallClock: SearchClock = () => performance.now() / 1000;

/** The pace of the CPU with its threads, from some number of boxes on, so that threads have started by then. */
export class CpuPace {
  readonly #from: number;
  readonly #clock: SearchClock;
  #begun: { readonly boxes: number; readonly seconds: number } | undefined;
  #last = { boxes: 0, seconds: 0 };

  constructor(from: number, clock: SearchClock) {
    this.#from = from;
    this.#clock = clock;
  }

  /** @param boxes that the CPU has done so far. */
  note(boxes: number): void {
    if (boxes < this.#from) return;
    this.#last = { boxes, seconds: this.#clock(boxes, 0) };
    this.#begun ??= this.#last;
  }

  /** Undefined where no time was seen to pass. */
  get boxesPerSecond(): number | undefined {
    if (this.#begun === undefined) return undefined;
    const seconds = this.#last.seconds - this.#begun.seconds;
    return seconds > 0 ? (this.#last.boxes - this.#begun.boxes) / seconds : undefined;
  }
}

/** Launches that do not count: the first ones begin with few boxes. */
const LAUNCHES_TO_WARM_UP = 2;
/** The pace is told by so many launches and so much time. */
const LAUNCHES = 3;
const SECONDS = 0.03;

/** Tells once, after some launches, whether a device is slower than the CPU. */
export class DeviceTrial {
  readonly #cpuPace: number;
  readonly #clock: SearchClock;
  #launches = 0;
  #begun = { boxes: 0, seconds: 0 };
  #pace: number | undefined;

  /** @param cpuPace boxes per second. */
  constructor(cpuPace: number, clock: SearchClock) {
    this.#cpuPace = cpuPace;
    this.#clock = clock;
  }

  /** A launch has come back. */
  launched(cpuBoxes: number, boxes: number): void {
    if (this.#pace !== undefined) return;
    const seconds = this.#clock(cpuBoxes, boxes);
    const launches = this.#launches++ - LAUNCHES_TO_WARM_UP;
    if (launches < 0) this.#begun = { boxes, seconds };
    const took = seconds - this.#begun.seconds;
    if (launches + 1 >= LAUNCHES && took >= SECONDS) this.#pace = (boxes - this.#begun.boxes) / took;
  }

  /** Boxes per second, once they are known. */
  get pace(): number | undefined {
    return this.#pace;
  }

  get isSlower(): boolean {
    return this.#pace !== undefined && this.#pace < this.#cpuPace;
  }
}

/** Boxes per second of devices, by adapter and shape, that this process has measured. */
const paces = new Map<string, number>();

export const knownPaces = {
  of: (device: string): number | undefined => paces.get(device),
  keep: (device: string, pace: number): void => void paces.set(device, pace),
  /** For tests. */
  forget: (): void => paces.clear(),
};
