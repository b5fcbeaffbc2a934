/**
 * Entry point of the worker thread that reads files of models, in Node, Deno and Bun. It is apart from the other
 * workers, since it needs none of their code and they none of its.
 * @module
 */
import { parentPort } from "node:worker_threads";
import { buffersOf, type ReadRequest, readPacked } from "../formats/read/packed.ts";
import { errorReply, type JobReply, type JobRequest, READY } from "../parallel/message.ts";

parentPort?.on("message", async ({ id, payload }: JobRequest) => {
  let reply: JobReply;
  try {
    reply = { id, result: await readPacked((payload as ReadRequest).get("file")!) };
  } catch (error) {
    reply = errorReply(id, error);
  }
  parentPort?.postMessage(reply, "result" in reply ? buffersOf(reply.result) : []);
});
parentPort?.postMessage(READY);
