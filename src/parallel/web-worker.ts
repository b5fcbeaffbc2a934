import { StillpointError } from "../model/errors.ts";
import { Inbox, type Message } from "./inbox.ts";
import type { JobRequest, WorkerPort } from "./message.ts";

/**
 * Starts a Web Worker.
 *
 * Without a URL of its own it is tried in two ways. The first is the form that bundlers know: they make a file of the
 * worker. Some leave the form as it is, and there is no file at its address; then the worker is made of its text.
 * @param url of the worker's file (`dist/browser/worker.js` of this package).
 * @throws StillpointError INTERNAL with the reasons, if the worker can't be started.
 */
export async function spawnWebWorker(url?: string | URL): Promise<WorkerPort> {
  const reasons: string[] = [];
  for (const start of url === undefined ? [fromFile, fromText] : [() => new Worker(url, { type: "module" })]) {
    try {
      const worker = await start();
      if (worker !== undefined) return await connected(worker);
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new StillpointError(
    "INTERNAL",
    `a Web Worker can't be started (${reasons.join("; ")}). Serve the file dist/browser/worker.js of this package from ` +
      "your own site and give its address as the option workerUrl, or leave out threads",
  );
}

function fromFile(): Worker {
  return new Worker(new URL("../workers/worker.ts", import.meta.url), { type: "module" });
}

/** Undefined where there is no text, so that it can't be tried. */
async function fromText(): Promise<Worker | undefined> {
  const { WORKER_TEXT } = await import("./worker-text.ts");
  if (WORKER_TEXT === undefined) return undefined;
  const url = URL.createObjectURL(new Blob([WORKER_TEXT], { type: "text/javascript" }));
  try {
    return new Worker(url, { type: "module" });
  } finally {
    // after a while, as not all browsers have read it by now
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}

/** The worker once it is ready. Rejected if its code can't be loaded. */
function connected(worker: Worker): Promise<WorkerPort> {
  const inbox = new Inbox();
  worker.onmessage = ({ data }: MessageEvent<Message>) => inbox.take(data);
  const port: WorkerPort = {
    ...inbox.port,
    post: (request: JobRequest, transfer = []) => worker.postMessage(request, [...transfer]),
    onDeath: (handler) => {
      worker.onerror = (event) => handler(reasonOf(event));
    },
    terminate: async () => worker.terminate(),
  };
  return new Promise((resolve, reject) => {
    worker.onerror = (event) => {
      event.preventDefault?.();
      worker.terminate();
      reject(new Error(reasonOf(event)));
    };
    port.ready.then(() => resolve(port));
  });
}

/** An error event has no message where the file could not be loaded. */
function reasonOf({ message }: ErrorEvent): string {
  return message || "its code could not be loaded";
}
