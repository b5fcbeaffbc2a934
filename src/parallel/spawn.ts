import type { WorkerPort } from "./message.ts";
import { spawnThread } from "./thread.ts";
import { spawnWebWorker } from "./web-worker.ts";

/**
 * Starts one worker of the kind that the runtime has.
 * @param workerUrl of the file of a Web Worker, where it can't be found by itself.
 */
export async function spawnWorker(workerUrl?: string | URL): Promise<WorkerPort> {
  const host = globalThis as { process?: { versions?: { node?: string } }; Deno?: unknown; Bun?: unknown };
  const isNode = host.process?.versions?.node !== undefined && host.Deno === undefined && host.Bun === undefined;
  return isNode ? spawnThread() : spawnWebWorker(workerUrl);
}
