import type { JobReply, JobRequest, WorkerPort } from "./message.ts";

/** Starts one worker with what the runtime has. */
export async function spawnWorker(): Promise<WorkerPort> {
  const host = globalThis as { process?: { versions?: { node?: string } }; Deno?: unknown; Bun?: unknown };
  const isNode = host.process?.versions?.node !== undefined && host.Deno === undefined && host.Bun === undefined;
  return isNode ? spawnThread() : spawnWebWorker();
}

async function spawnThread(): Promise<WorkerPort> {
  const { Worker } = await import("node:worker_threads");
  const worker = import.meta.url.endsWith(".ts")
    ? new Worker(loadSource(new URL("../worker.ts", import.meta.url)), { eval: true })
    : new Worker(new URL("./worker.js", import.meta.url));
  // an idle pool must not keep the process alive
  worker.unref();
  return {
    post: (request: JobRequest) => worker.postMessage(request),
    onReply: (handler: (reply: JobReply) => void) => worker.on("message", handler),
    onDeath: (handler) => {
      worker.on("error", (error) => handler(error instanceof Error ? error.message : String(error)));
      worker.on("exit", (code) => handler(`it exited with code ${code}`));
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
}

/** From source (tests, development) Node 20 needs a loader for TypeScript. */
function loadSource(entry: URL): string {
  return `import("tsx/esm/api").then(({ register }) => { register(); return import(${JSON.stringify(entry.href)}); });`;
}

async function spawnWebWorker(): Promise<WorkerPort> {
  const worker = import.meta.url.endsWith(".ts")
    ? new Worker(new URL("../worker.ts", import.meta.url), { type: "module" })
    : new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  return {
    post: (request: JobRequest) => worker.postMessage(request),
    onReply: (handler) => {
      worker.onmessage = ({ data }: MessageEvent<JobReply>) => handler(data);
    },
    onDeath: (handler) => {
      worker.onerror = (event) => handler(event.message);
    },
    terminate: async () => worker.terminate(),
  };
}
