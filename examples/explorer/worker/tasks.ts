import {
  type CheckReport,
  checkProofFile,
  findCycles,
  type ModelInput,
  proveResult,
  sweepInput,
} from "../../../src/index.ts";
import { parseValue } from "../../../src/model/parse.ts";
import type { Requests, RunEvent } from "../protocol.ts";
import { bytesOf, type Library } from "./library.ts";

/** Long work beside the search for fixed points: cycles, proofs, sweeps. Each can be cancelled by its run's number. */
export class Tasks {
  readonly #library: Library;
  readonly #tell: (run: number, event: RunEvent) => void;
  readonly #stops = new Map<number, AbortController>();

  constructor(library: Library, tell: (run: number, event: RunEvent) => void) {
    this.#library = library;
    this.#tell = tell;
  }

  cancel(run: number): void {
    this.#stops.get(run)?.abort();
  }

  /** @throws StillpointError, as `findCycles`. */
  cycles({ run, model, maxPeriod, options }: Requests["cycles"]["take"]): Promise<Requests["cycles"]["give"]> {
    return this.#during(run, async (control) =>
      findCycles(await this.#library.model(model), { ...options, ...control, maxPeriod }),
    );
  }

  prove({ run, model, result, maxSeconds }: Requests["prove"]["take"]): Promise<Requests["prove"]["give"]> {
    return this.#during(run, async ({ signal }) => {
      const deadline = maxSeconds === undefined ? undefined : performance.now() + 1000 * maxSeconds;
      const onProgress = (done: number): void => {
        this.#tell(run, { type: "progress", at: 0, progress: { phase: "proof", fraction: 0, done, fixedPoints: 0 } });
      };
      const outcome = await proveResult(await this.#library.model(model), result, { signal, deadline, onProgress });
      return outcome.proof === undefined ? { because: outcome.because } : { proof: outcome.proof };
    });
  }

  async check({ model, result, proof: { name, content } }: Requests["check"]["take"]): Promise<CheckReport> {
    if (!(content instanceof Blob)) return { accepted: false, because: `${name} is no file` };
    return checkProofFile(await this.#library.model(model), result, await bytesOf(content, name), name);
  }

  /** @throws StillpointError, as `sweepInput`. */
  sweep({ run, model, range, options }: Requests["sweep"]["take"]): Promise<Requests["sweep"]["give"]> {
    return this.#during(run, async (control) => {
      const { value, name } = await this.#library.raw(model);
      // what can't be parsed has its own message
      await parseValue(value, { name });
      const input = withoutSwept(model.input, range.parameter);
      return sweepInput(value as ModelInput, range, { ...options, ...control, name, input });
    });
  }

  async #during<T>(
    run: number,
    work: (control: { signal: AbortSignal; onProgress: (progress: Progress) => void }) => Promise<T>,
  ): Promise<T> {
    const stop = new AbortController();
    this.#stops.set(run, stop);
    try {
      const onProgress = (progress: Progress): void => this.#tell(run, { type: "progress", at: 0, progress });
      return await work({ signal: stop.signal, onProgress });
    } finally {
      this.#stops.delete(run);
    }
  }
}

type Progress = Extract<RunEvent, { type: "progress" }>["progress"];

function withoutSwept(input: Readonly<Record<string, number>>, parameter: string): Record<string, number> {
  return Object.fromEntries(Object.entries(input).filter(([key]) => key !== parameter));
}
