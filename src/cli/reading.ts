import { DEFAULT_MEMORY } from "../formats/read/budget.ts";
import type { RawModel } from "../formats/read/json/raw.ts";
import { type ReadAnswer, type ReadPayload, type ReadRequest, unpackedAnswer } from "../formats/read/packed.ts";
import { isQuick, type ReadOptions, readArrays, readModels } from "../formats/read/read.ts";
import { FileError, StillpointError } from "../model/errors.ts";
import type { JobReply, WorkerPort } from "../parallel/message.ts";
import { spawnThread } from "../parallel/thread.ts";

/** The content of a file, or of the .npy files of a folder by name. */
type Content = ReadPayload["content"];

/** The time that reading may take: a bound for what no bound of a reader stops, far above what any file needs. */
const DEADLINE_MS = 30_000;
const BYTES_PER_MS = 5000;

/** JavaScript's own memory beside that of the numbers, in bytes. */
const OWN_MEMORY = 2 ** 28;

/** .npy files of a folder that are read at once, in bytes. */
const QUICK_ARRAYS = 2 ** 23;

/** The build puts `./reader-thread.js` in its place (tsdown.config.ts). */
const ENTRY = new URL("../workers/reader-thread.ts", import.meta.url);

interface Waiting {
  readonly resolve: (answer: ReadAnswer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Reads files where reading can be ended: small ones at once, all others in a worker with a limit of memory and a
 * deadline. The worker serves one file after the other, and is replaced when it was ended.
 */
export class ModelReader {
  readonly #signal: AbortSignal | undefined;
  #port: Promise<WorkerPort> | undefined;
  #waiting: Waiting | undefined;

  /** @param signal ends the worker and rejects what it reads */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Throws FileError; INTERNAL when the signal came. */
  async read(content: Content, file: string, name: string, given: ReadOptions): Promise<RawModel[]> {
    // a command's own `maxSeconds` is that of its whole run, which ends with what is done and not with an error
    const options = { ...given, maxSeconds: undefined };
    if (content instanceof Map) {
      const size = [...content.values()].reduce((total, bytes) => total + bytes.length, 0);
      if (size <= QUICK_ARRAYS) return readArrays(content, file, name, options);
    } else if (await isQuick(content as Uint8Array)) return readModels(content as Uint8Array, file, options);
    return unpackedAnswer(await this.#elsewhere({ content, file, name, options }));
  }

  async close(): Promise<void> {
    const port = this.#port;
    this.#port = undefined;
    await (await port)?.terminate();
  }

  async #elsewhere(payload: ReadPayload): Promise<ReadAnswer> {
    const { content, file, options } = payload;
    const whole = content instanceof Map ? [] : wholeBuffer(content as Uint8Array);
    const deadline = deadlineOf(content);
    const answer = new Promise<ReadAnswer>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    const end = (error: StillpointError): void => {
      this.#waiting?.reject(error);
      void this.close();
    };
    const late = setTimeout(() => {
      end(new FileError(file, `takes more than ${Math.round(deadline / 1000)} s to read`, "Save the arrays as .npz."));
    }, deadline);
    const onAbort = (): void => end(new StillpointError("INTERNAL", `${file}: cancelled while it was read`));
    this.#signal?.addEventListener("abort", onAbort, { once: true });
    try {
      this.#port ??= this.#start((options.maxMemory ?? DEFAULT_MEMORY) + OWN_MEMORY);
      const port = await this.#port;
      if (this.#signal?.aborted) onAbort();
      else port.post({ id: 0, job: "read", payload: new Map([["file", payload]]) satisfies ReadRequest }, whole);
      return await answer.catch((error: unknown) => {
        throw error instanceof Dead ? new FileError(file, error.message, "Save the arrays as .npz.") : error;
      });
    } finally {
      clearTimeout(late);
      this.#signal?.removeEventListener("abort", onAbort);
      this.#waiting = undefined;
    }
  }

  async #start(memory: number): Promise<WorkerPort> {
    const port = await spawnThread({ entry: ENTRY, megabytes: Math.ceil(memory / 2 ** 20) });
    port.onReply((reply: JobReply) => {
      if ("error" in reply) this.#waiting?.reject(new StillpointError(reply.error.code, reply.error.message));
      else this.#waiting?.resolve(reply.result as ReadAnswer);
    });
    port.onDeath((reason) => {
      this.#port = undefined;
      this.#waiting?.reject(new Dead(`can't be read: the worker that read it died (${reason})`));
    });
    return port;
  }
}

/** The end of a worker that nobody ended. */
class Dead extends Error {}

/** Milliseconds that reading may take. */
function deadlineOf(content: Content): number {
  return DEADLINE_MS + (content instanceof Map ? 0 : (content as Uint8Array).length) / BYTES_PER_MS;
}

/** The buffer of bytes that are all of it, which may then be handed over. */
function wholeBuffer({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
