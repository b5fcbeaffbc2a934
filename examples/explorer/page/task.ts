import type { Requests, RunEvent } from "../protocol.ts";
import { WorkerClient } from "./client.ts";

/** A worker that was asked to stop may take so long to give what it has. */
const GRACE_MILLISECONDS = 1500;

type TaskName = "cycles" | "prove" | "check" | "sweep";
type Progress = Extract<RunEvent, { type: "progress" }>["progress"];

/** One piece of long work at a time, in a worker of its own; a new one takes the place of the one before it. */
export class Task {
  readonly #client = new WorkerClient({ onRun: (run, event) => this.#tell(run, event) });
  #run = 0;
  #onProgress: ((progress: Progress) => void) | undefined;
  #busy = false;
  #grace: number | undefined;

  /** @returns what was found; undefined where another task took the place of this one. @throws ExpectedError */
  async do<Name extends TaskName>(
    name: Name,
    take: Omit<Requests[Name]["take"], "run">,
    onProgress: (progress: Progress) => void = () => {},
  ): Promise<Requests[Name]["give"] | undefined> {
    // at once: nobody waits for what it would still give
    if (this.#busy) this.#client.terminate();
    window.clearTimeout(this.#grace);
    const run = ++this.#run;
    this.#onProgress = onProgress;
    this.#busy = true;
    try {
      const given = await this.#client.call(name, { ...take, run } as Requests[Name]["take"]);
      return run === this.#run ? given : undefined;
    } catch (error) {
      if (run === this.#run) throw error;
      return undefined;
    } finally {
      if (run === this.#run) {
        this.#busy = false;
        window.clearTimeout(this.#grace);
      }
    }
  }

  /** Asks for what there is by now; a worker that does not hear is ended. */
  stop(): void {
    if (!this.#busy) return;
    this.#client.call("cancel", { run: this.#run }).catch(() => {});
    window.clearTimeout(this.#grace);
    this.#grace = window.setTimeout(() => {
      if (this.#busy) this.#client.terminate("Cancelled");
    }, GRACE_MILLISECONDS);
  }

  /** Ends the work without an answer. */
  drop(): void {
    if (!this.#busy) return;
    this.#run++;
    this.#busy = false;
    this.#client.terminate();
  }

  #tell(run: number, event: RunEvent): void {
    if (run === this.#run && event.type === "progress") this.#onProgress?.(event.progress);
  }
}
