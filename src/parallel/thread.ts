import { Inbox } from "./inbox.ts";
import type { JobRequest, WorkerPort } from "./message.ts";

/**
 * Starts a worker thread of Node. The build puts `./worker-thread.js` in the place of its entry (tsdown.config.ts), and
 * leaves this module out of what is for browsers.
 */
export async function spawnThread(): Promise<WorkerPort> {
  const { Worker } = await import("node:worker_threads");
  const entry = new URL(/* @vite-ignore */ "../worker-thread.ts", import.meta.url);
  const worker = entry.pathname.endsWith(".ts") ? new Worker(loadSource(entry), { eval: true }) : new Worker(entry);
  // an idle pool must not keep the process alive
  worker.unref();
  const inbox = new Inbox();
  worker.on("message", inbox.take);
  return {
    ...inbox.port,
    post: (request: JobRequest) => worker.postMessage(request),
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
