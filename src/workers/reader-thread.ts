/**
 * Entry point of the worker thread of Node that reads files of models. It is apart from the other workers, since it
 * needs none of their code and they none of its.
 * @module
 */
import { parentPort } from "node:worker_threads";
import { buffersOf, type ReadPayload, readPacked } from "../formats/read/packed.ts";
import { errorReply, type JobReply, type JobRequest, READY } from "../parallel/message.ts";

parentPort?.on("message", async ({ id, payload }: JobRequest) => {
  let reply: JobReply;
  try {
    reply = { id, result: await readPacked(payload as ReadPayload) };
  } catch (error) {
    reply = errorReply(id, error);
  }
  parentPort?.postMessage(reply, "result" in reply ? buffersOf(reply.result) : []);
});
parentPort?.postMessage(READY);
