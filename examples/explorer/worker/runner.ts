import { findFixedPointsOfMany, isStillpointError, type Model } from "../../../src/index.ts";
import type { EarlyPoint, ModelRef, Requests, RunEvent, RunOptions } from "../protocol.ts";
import type { Library } from "./library.ts";

/** Points and progress go to the page at most this often. */
const REPORT_MILLISECONDS = 100;

/** Solves models one run at a time and tells how it goes. */
export class Runner {
  readonly #library: Library;
  readonly #tell: (run: number, event: RunEvent) => void;
  readonly #stops = new Map<number, AbortController>();

  constructor(library: Library, tell: (run: number, event: RunEvent) => void) {
    this.#library = library;
    this.#tell = tell;
  }

  cancel(run: number): null {
    this.#stops.get(run)?.abort();
    return null;
  }

  /** Ends when all models are done, or soon after a cancel. @throws StillpointError for options that are none. */
  async run({ run, models, options }: Requests["run"]["take"]): Promise<null> {
    const stop = new AbortController();
    this.#stops.set(run, stop);
    try {
      await this.#solve(models, options, stop.signal, (event) => this.#tell(run, event));
    } finally {
      this.#stops.delete(run);
    }
    return null;
  }

  async #solve(
    models: readonly ModelRef[],
    options: RunOptions,
    signal: AbortSignal,
    tell: (event: RunEvent) => void,
  ): Promise<void> {
    // places of the models that were parsed, and of the latest
    const places: number[] = [];
    let found: EarlyPoint[] = [];
    let reported = 0;
    const at = (): number => places.at(-1) ?? 0;
    const flush = (): void => {
      if (found.length > 0) tell({ type: "points", at: at(), points: found });
      found = [];
      reported = performance.now();
    };
    const parsed = async function* (library: Library): AsyncGenerator<Model> {
      for (const [place, ref] of models.entries()) {
        try {
          const model = await library.model(ref);
          flush();
          places.push(place);
          yield model;
        } catch (error) {
          if (!isStillpointError(error)) throw error;
          tell({ type: "failure", at: place, message: error.message });
        }
      }
    };
    const outcomes = findFixedPointsOfMany(parsed(this.#library), {
      ...options,
      signal,
      onProgress: (progress) => {
        if (performance.now() - reported < REPORT_MILLISECONDS) return;
        flush();
        tell({ type: "progress", at: at(), progress });
      },
      // models that share a GPU's batches are read ahead of their points
      onFixedPoint: options.backend === "webgpu" && models.length > 1 ? undefined : (point) => found.push(point),
    });
    for await (const outcome of outcomes) {
      flush();
      const place = places[outcome.index]!;
      if ("result" in outcome) tell({ type: "result", at: place, result: outcome.result });
      else tell({ type: "failure", at: place, message: outcome.error.message });
    }
  }
}
