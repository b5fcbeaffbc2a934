import type { RequestName, Requests, RunEvent, WorkerMessage } from "../protocol.ts";

/** A failure that the worker foresaw, with a message for the reader; others are defects. */
export class ExpectedError extends Error {}

interface Pending {
  readonly resolve: (give: never) => void;
  readonly reject: (error: Error) => void;
}

/** The page's side of one worker. */
export class WorkerClient {
  readonly #worker = new Worker(new URL("../worker/worker.ts", import.meta.url), { type: "module" });
  readonly #pending = new Map<number, Pending>();
  readonly #onRun: (run: number, event: RunEvent) => void;
  #nextId = 0;

  constructor(onRun: (run: number, event: RunEvent) => void = () => {}) {
    this.#onRun = onRun;
    this.#worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => this.#take(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(`The solver stopped: ${event.message || "its script could not be loaded"}`);
    };
  }

  call<Name extends RequestName>(name: Name, take: Requests[Name]["take"]): Promise<Requests[Name]["give"]> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, name, take });
    });
  }

  #take(message: WorkerMessage): void {
    if ("run" in message) {
      this.#onRun(message.run, message.event);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if ("give" in message) pending?.resolve(message.give as never);
    else pending?.reject(message.expected ? new ExpectedError(message.error) : new Error(message.error));
  }

  #fail(reason: string): void {
    for (const { reject } of this.#pending.values()) reject(new Error(reason));
    this.#pending.clear();
  }

  terminate(): void {
    this.#worker.terminate();
    this.#fail("The solver was ended.");
  }
}
