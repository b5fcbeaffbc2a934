import type { ModelRef, RunEvent, RunOptions } from "../protocol.ts";
import { WorkerClient } from "./client.ts";

/**
 * A worker that does not stop by itself so soon after a cancel is ended: the page answers within a fifth of a second.
 */
const GRACE_MILLISECONDS = 80;

export interface RunHandle {
  /**
   * "cancelled" where the worker had to be ended, so that models under way have no result. @throws what the run threw
   */
  readonly ended: Promise<"done" | "cancelled">;
  cancel(): void;
}

/** Runs models in a worker of its own, one run at a time. */
export class Solver {
  #client: WorkerClient | undefined;
  #listener: { run: number; onEvent: (event: RunEvent) => void } | undefined;
  #nextRun = 0;

  run(models: readonly ModelRef[], options: RunOptions, onEvent: (event: RunEvent) => void): RunHandle {
    const run = this.#nextRun++;
    // an ended worker may have messages on their way
    this.#client ??= new WorkerClient({ onRun: (of, event) => this.#deliver(of, event) });
    this.#listener = { run, onEvent };
    const client = this.#client;
    let killed = false;
    const ended = client.call("run", { run, models, options }).then(
      () => "done" as const,
      (error: unknown) => {
        if (killed) return "cancelled" as const;
        throw error;
      },
    );
    const cancel = (): void => {
      client.call("cancel", { run }).catch(() => {});
      const timer = setTimeout(() => {
        killed = true;
        client.terminate();
        this.#client = undefined;
      }, GRACE_MILLISECONDS);
      void ended.catch(() => {}).then(() => clearTimeout(timer));
    };
    return { ended, cancel };
  }

  #deliver(run: number, event: RunEvent): void {
    if (this.#listener?.run === run) this.#listener.onEvent(event);
  }
}
