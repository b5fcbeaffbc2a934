import type { Readable, Writable } from "node:stream";
import { runtimeName } from "../../base/runtime.ts";
import { VERSION } from "../../base/version.ts";
import { modelOfLine } from "../../formats/read/json/json.ts";
import { FileError, OptionError } from "../../model/errors.ts";
import type { Progress } from "../../stages/run.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { Answers, type RequestId } from "./answers.ts";
import { type Line, MAX_LINE_BYTES, requestLines } from "./lines.ts";
import { Models, solveModels } from "./many.ts";
import type { Json } from "./options.ts";
import { type Call, REQUESTS } from "./requests.ts";

/** The version of the protocol (docs/serve.md). */
const PROTOCOL = 1;

/** The name of the request that has many answers. */
const MANY = "solveMany";

/** The time between two messages on the progress of one request. */
const PROGRESS_MS = 100;

/** The time that cancelled requests have to end, once the client has gone. */
const LAST_MS = 1000;

/** A request that is not answered yet. */
interface Running {
  readonly stop: AbortController;
  /** The models that follow, if it is a request of many. */
  readonly models: Models | undefined;
}

/**
 * `stillpoint serve --stdio`: answers requests, one a line, until the input ends (docs/serve.md). All requests are
 * answered at the same time. None of them ends the process, whatever it holds.
 */
export async function serve(input: Readable = process.stdin, output: Writable = process.stdout): Promise<ExitCode> {
  const session = new Session(new Answers(output));
  await session.begin();
  let number = 0;
  for await (const line of requestLines(input)) await session.take(line, number++);
  await session.end();
  return EXIT.complete;
}

class Session {
  readonly #answers: Answers;
  readonly #running = new Map<RequestId, Running>();
  readonly #work = new Set<Promise<void>>();
  /** Of all requests of many that there were: models may come after their end. */
  readonly #many = new Set<RequestId>();

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  begin(): Promise<void> {
    const requests = requestNames();
    return this.#answers.hello({ stillpoint: VERSION, protocol: PROTOCOL, runtime: runtimeName(), requests });
  }

  /** Resolves when the next line may be read. */
  async take(line: Line, number: number): Promise<void> {
    let message: Json;
    try {
      message = parsed(line, number);
    } catch (error) {
      void this.#answers.error(idOf("tooLong" in line ? line.start : line), error);
      return;
    }
    const { id, cancel } = message;
    if (cancel !== undefined) this.#running.get(cancel as RequestId)?.stop.abort();
    else if (!isId(id)) {
      void this.#answers.error(null, new OptionError("id", "must be a number or a text", id, "Number the requests."));
    } else if (message.do === undefined) await this.#follow(id, message);
    else this.#begin(id, message);
  }

  /** Cancels what is not answered yet, and waits for the answers, but not long. */
  async end(): Promise<void> {
    for (const { stop, models } of this.#running.values()) {
      stop.abort();
      models?.end();
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_MS);
    });
    await Promise.race([Promise.all(this.#work), late]);
    clearTimeout(timer);
    await Promise.race([this.#answers.flushed(), late]);
  }

  /** A model that follows a request of many, or the end of these. */
  async #follow(id: RequestId, message: Json): Promise<void> {
    if (!this.#many.has(id)) {
      const needed = `Use ${requestNames().join(", ")}.`;
      void this.#answers.error(id, new OptionError("do", "is missing", undefined, needed));
      return;
    }
    const models = this.#running.get(id)?.models;
    if (message.end === true) models?.end();
    // a request that was cancelled, or has failed, may be sent models for a while
    else if (models !== undefined) await models.add(message);
  }

  #begin(id: RequestId, request: Json): void {
    if (this.#running.has(id)) {
      const error = new OptionError("id", "is that of a request that is not answered yet", id, "Give each its own.");
      void this.#answers.error(null, error);
      return;
    }
    const stop = new AbortController();
    const models = request.do === MANY ? new Models() : undefined;
    if (models !== undefined) this.#many.add(id);
    stop.signal.addEventListener("abort", () => models?.end());
    this.#running.set(id, { stop, models });
    const onProgress = request.progress === true ? this.#progressOf(id) : undefined;
    const work = this.#answer(id, { request, signal: stop.signal, onProgress }, models).finally(() => {
      this.#running.delete(id);
      this.#work.delete(work);
    });
    this.#work.add(work);
  }

  async #answer(id: RequestId, call: Call, models: Models | undefined): Promise<void> {
    try {
      if (models === undefined) {
        const result = await handlerOf(call)(call);
        await this.#answers.result(id, result, proofBeside(result));
      } else {
        for await (const outcome of solveModels(call, models)) {
          const { index } = outcome;
          if ("result" in outcome) await this.#answers.result(id, outcome.result, { index });
          else await this.#answers.error(id, outcome.error, { index, name: outcome.name });
        }
        await this.#answers.end(id);
      }
    } catch (error) {
      models?.end();
      await this.#answers.error(id, error, call.signal.aborted ? { cancelled: true } : {});
    }
  }

  #progressOf(id: RequestId): (progress: Progress) => void {
    let last = Number.NEGATIVE_INFINITY;
    return (progress) => {
      const now = performance.now();
      if (now - last < PROGRESS_MS) return;
      last = now;
      void this.#answers.progress(id, progress);
    };
  }
}

/** Throws FileError for a line that is no object. */
function parsed(line: Line, number: number): Json {
  if (!("tooLong" in line))
    return (modelOfLine({ bytes: line, file: "request", name: "request", index: number }) as { value: Json }).value;
  throw new FileError(
    `request ${number}`,
    `is a line of ${line.tooLong} bytes; the limit is ${MAX_LINE_BYTES}`,
    "Give large arrays as npz.",
  );
}

/** The id of a line that can't be read as a whole, where it stands first. */
function idOf(line: Uint8Array): RequestId | null {
  const start = new TextDecoder().decode(line.subarray(0, 256));
  const [, id] = /^\s*\{\s*"id"\s*:\s*(\d{1,15}|"[\w-]*")\s*[,}]/.exec(start) ?? [];
  return id === undefined ? null : JSON.parse(id);
}

function isId(id: unknown): id is RequestId {
  return typeof id === "string" || typeof id === "number";
}

/** The proof file of a result, in base64: it is no part of the result, whose digest does not cover it. */
function proofBeside(result: object | string): { readonly proofBytes?: string } {
  if (typeof result === "string" || !("proofBytes" in result) || !(result.proofBytes instanceof Uint8Array)) return {};
  return { proofBytes: Buffer.from(result.proofBytes).toString("base64") };
}

function handlerOf({ request }: Call): (call: Call) => Promise<object | string> {
  const name = request.do;
  if (typeof name === "string" && Object.hasOwn(REQUESTS, name)) return REQUESTS[name]!;
  throw new OptionError("do", "is no request", name, `Use ${requestNames().join(", ")}.`);
}

function requestNames(): string[] {
  return [...Object.keys(REQUESTS), MANY];
}
