import { type JobReply, type JobRequest, READY, type WorkerPort } from "./message.ts";

type Message = JobReply | typeof READY;

/** The messages of a worker: that it is ready, then replies. */
class Inbox {
  #handler: (reply: JobReply) => void = () => {};
  #isReady: () => void = () => {};

  readonly port: Pick<WorkerPort, "ready" | "onReply"> = {
    ready: new Promise<void>((resolve) => {
      this.#isReady = resolve;
    }),
    onReply: (handler) => {
      this.#handler = handler;
    },
  };

  readonly take = (message: Message): void => {
    if (message === READY) this.#isReady();
    else this.#handler(message);
  };
}

/**
 * Starts one worker of the kind that the runtime has. The build puts in the place of the worker's entry
 * (tsdown.config.ts).
 * @param megabytes of JavaScript's memory, after which the worker dies; only in Node
 */
export async function spawnWorker(megabytes?: number): Promise<WorkerPort> {
  const host = globalThis as { process?: { versions?: { node?: string } }; Deno?: unknown; Bun?: unknown };
  const isNode = host.process?.versions?.node !== undefined && host.Deno === undefined && host.Bun === undefined;
  return isNode ? spawnThread(megabytes) : spawnWebWorker();
}

async function spawnThread(megabytes: number | undefined): Promise<WorkerPort> {
  const { Worker } = await import("node:worker_threads");
  const entry = new URL(/* @vite-ignore */ "../worker.ts", import.meta.url);
  const limits = megabytes === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: megabytes } };
  const worker = entry.pathname.endsWith(".ts")
    ? new Worker(loadSource(entry), { ...limits, eval: true })
    : new Worker(entry, limits);
  // an idle pool must not keep the process alive
  worker.unref();
  const inbox = new Inbox();
  worker.on("message", inbox.take);
  return {
    ...inbox.port,
    post: (request: JobRequest, transfer = []) => worker.postMessage(request, transfer),
    onDeath: (handler) => {
      worker.on("error", (error) => handler(error instanceof Error ? error.message : String(error)));
      worker.on("exit", (code) => handler(`it exited with code ${code}`));
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
}

/** A loader for TypeScript, which Node 20 needs when it runs from source (tests, development). */
function loadSource(entry: URL): string {
  return `import("tsx/esm/api").then(({ register }) => { register(); return import(${JSON.stringify(entry.href)}); });`;
}

async function spawnWebWorker(): Promise<WorkerPort> {
  // bundlers know this form, and make a separate file of the worker
  const worker = new Worker(new URL("../worker.ts", import.meta.url), { type: "module" });
  const inbox = new Inbox();
  worker.onmessage = ({ data }: MessageEvent<Message>) => inbox.take(data);
  return {
    ...inbox.port,
    post: (request: JobRequest, transfer = []) => worker.postMessage(request, [...transfer]),
    onDeath: (handler) => {
      worker.onerror = (event) => handler(event.message);
    },
    terminate: async () => worker.terminate(),
  };
}
