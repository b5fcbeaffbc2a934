import { Session } from "node:inspector";

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

/** How often blocks of code were entered. */
export interface Work {
  /** Of parts that work with long integers. */
  readonly exact: number;
  readonly other: number;
}

/** Parts of src/ whose loops are over long integers. */
const EXACT = /\/src\/(exact|finalize|analysis)\//;

/**
 * Counts work without a clock: how often blocks of code of src/ are entered (a loop's body once for each round), as the
 * engine counts them for coverage. However busy the machine is. Loops count only in code that is loaded after the meter
 * was made.
 */
export class WorkMeter {
  readonly #session = new Session();

  constructor() {
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    this.take();
  }

  /** Since the last call. */
  take(): Work {
    const work = { exact: 0, other: 0 };
    this.#session.post("Profiler.takePreciseCoverage", (error, coverage) => {
      if (error !== null) throw error;
      for (const { url, functions } of (coverage as unknown as Coverage).result) {
        if (!url.includes("/src/")) continue;
        const part = EXACT.test(url) ? "exact" : "other";
        for (const { ranges } of functions) for (const { count } of ranges) work[part] += count;
      }
    });
    return work;
  }

  close(): void {
    this.#session.post("Profiler.stopPreciseCoverage");
    this.#session.disconnect();
  }
}
