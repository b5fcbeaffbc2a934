import { Inbox } from "./inbox.ts";
import type { JobRequest, WorkerPort } from "./message.ts";

/** What a thread may be given beside its code. */
export interface ThreadOptions {
  /** Its entry; by default that of the workers that compute. */
  readonly entry?: URL;
  /** JavaScript's memory in MiB, after which the thread dies; Bun has no such limit. */
  readonly megabytes?: number;
}

/**
 * Starts a worker thread of Node. The build puts `./worker-thread.js` in the place of its entry (tsdown.config.ts), and
 * leaves this module out of what is for browsers.
 */
export async function spawnThread(options: ThreadOptions = {}): Promise<WorkerPort> {
  const { Worker } = await import("node:worker_threads");
  const entry = options.entry ?? new URL(/* @vite-ignore */ "../workers/worker-thread.ts", import.meta.url);
  const limits =
    options.megabytes === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: options.megabytes } };
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
