/**
 * Entry point of a worker thread of Node. It answers each request with the result of its job.
 * @module
 */
import { parentPort } from "node:worker_threads";
import { type JobRequest, READY } from "../parallel/message.ts";
import { answer } from "./jobs.ts";

parentPort?.on("message", async (request: JobRequest) => parentPort?.postMessage(await answer(request)));
parentPort?.postMessage(READY);
