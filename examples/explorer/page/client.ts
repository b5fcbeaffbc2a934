import type { RequestName, Requests, RunEvent, WorkerMessage } from "../protocol.ts";

/** A failure that the worker foresaw, with a message for the reader; others are defects. */
export class ExpectedError extends Error {}

interface Pending {
  readonly resolve: (give: never) => void;
  readonly reject: (error: Error) => void;
}

export interface ClientEvents {
  readonly onRun?: (run: number, event: RunEvent) => void;
  /** The worker died, and what it had been told is to be told again; a new one starts with the next call. */
  readonly onDeath?: () => void;
}

let nextName = 0;

/** The page's side of one worker, which is started when it is first called, and anew after it has died. */
export class WorkerClient {
  readonly #pending = new Map<number, Pending>();
  readonly #events: ClientEvents;
  #worker: Worker | undefined;
  #watch: AbortController | undefined;
  #nextId = 0;

  constructor(events: ClientEvents = {}) {
    this.#events = events;
  }

  call<Name extends RequestName>(name: Name, take: Requests[Name]["take"]): Promise<Requests[Name]["give"]> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker ??= this.#start();
      this.#worker.postMessage({ id, name, take });
    });
  }

  /** Ends the worker: what is under way is rejected with this reason. */
  terminate(reason = "The worker was ended."): void {
    this.#end();
    this.#fail(reason);
  }

  #start(): Worker {
    const name = `stillpoint-${crypto.randomUUID?.() ?? `${performance.now()}-${nextName++}`}`;
    const worker = new Worker(new URL("../worker/worker.ts", import.meta.url), { type: "module", name });
    const watch = new AbortController();
    this.#watch = watch;
    worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
      if (worker !== this.#worker) return;
      if ("lives" in data) this.#watchOver(name, watch);
      else this.#take(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (worker === this.#worker) this.#die(event.message || "its script could not be loaded");
    };
    return worker;
  }

  /** A worker holds the lock of its name as long as it lives: a browser that ends one for its memory tells nobody. */
  #watchOver(name: string, watch: AbortController): void {
    navigator.locks
      .request(name, { signal: watch.signal }, () => {
        if (!watch.signal.aborted) this.#die("the browser ended it, most likely for want of memory");
      })
      .catch(() => {
        // the watch was called off
      });
  }

  #die(why: string): void {
    this.#end();
    this.#fail(`The worker died: ${why}. Another one takes its place; what it was doing can be tried again`);
    this.#events.onDeath?.();
  }

  #end(): void {
    this.#watch?.abort();
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #take(message: Exclude<WorkerMessage, { lives: true }>): void {
    if ("run" in message) {
      this.#events.onRun?.(message.run, message.event);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if ("give" in message) pending?.resolve(message.give as never);
    else pending?.reject(message.expected ? new ExpectedError(message.error) : new Error(message.error));
  }

  #fail(reason: string): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(new ExpectedError(reason));
  }
}
