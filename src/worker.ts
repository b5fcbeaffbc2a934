/**
 * Entry point of a worker (a worker thread of Node or Deno, or a Web Worker). It answers each request with the result
 * of its job.
 * @module
 */
import { buffersOf } from "./io/packed.ts";
import { JOBS } from "./jobs.ts";
import { errorReply, type JobReply, type JobRequest, READY } from "./parallel/message.ts";

async function answer({ id, job, payload }: JobRequest): Promise<JobReply> {
  try {
    const run = JOBS[job];
    if (run === undefined) throw new Error(`no job is called ${job}`);
    return { id, result: await run(payload as never) };
  } catch (error) {
    return errorReply(id, error);
  }
}

/** Worker threads of Node have a port for messages; all other workers use the global scope. */
async function listen(): Promise<void> {
  const scope = globalThis as object as {
    onmessage: ((event: { data: JobRequest }) => void) | null;
    postMessage?: (reply: JobReply | typeof READY) => void;
    process?: { versions?: { node?: string } };
    Deno?: unknown;
  };
  if (scope.process?.versions?.node !== undefined && scope.Deno === undefined) {
    const { parentPort } = await import("node:worker_threads");
    parentPort?.on("message", async (request: JobRequest) => {
      const reply = await answer(request);
      parentPort.postMessage(reply, "result" in reply && request.job === "read" ? buffersOf(reply.result) : []);
    });
    parentPort?.postMessage(READY);
    return;
  }
  scope.onmessage = async ({ data }) => scope.postMessage?.(await answer(data));
  scope.postMessage?.(READY);
}

await listen();
