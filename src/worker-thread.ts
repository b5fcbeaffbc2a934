/**
 * Entry point of a worker thread of Node. It answers each request with the result of its job.
 * @module
 */
import { parentPort } from "node:worker_threads";
import { answer } from "./jobs.ts";
import { type JobRequest, READY } from "./parallel/message.ts";

parentPort?.on("message", async (request: JobRequest) => parentPort?.postMessage(await answer(request)));
parentPort?.postMessage(READY);
