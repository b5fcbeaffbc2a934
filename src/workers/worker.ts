/**
 * Entry point of a Web Worker (browsers, Deno, Bun). It answers each request with the result of its job. All bundlers
 * take it as one file: it has no `await` outside functions, and nothing is imported later.
 * @module
 */

import { type JobReply, type JobRequest, READY } from "../parallel/message.ts";
import { answer } from "./jobs.ts";

const scope = globalThis as object as {
  onmessage: ((event: { data: JobRequest }) => void) | null;
  postMessage(reply: JobReply | typeof READY): void;
};

scope.onmessage = async ({ data }) => scope.postMessage(await answer(data));
scope.postMessage(READY);
