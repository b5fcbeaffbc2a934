/**
 * Entry point of a worker thread that reads and solves lines of a file and gives lines of results, in Node, Deno and
 * Bun. It is apart from the other workers, since pages, which have no files, need none of its code.
 * @module
 */
import { parentPort } from "node:worker_threads";
import { type LinesPayload, LineWorker } from "../api/line-worker.ts";
import { errorReply, type JobReply, type JobRequest, READY } from "../parallel/message.ts";

const worker = new LineWorker();

parentPort?.on("message", async ({ id, payload }: JobRequest) => {
  let reply: JobReply;
  try {
    reply = { id, result: await worker.run(payload as LinesPayload) };
  } catch (error) {
    reply = errorReply(id, error);
  }
  parentPort?.postMessage(reply);
});
parentPort?.postMessage(READY);
