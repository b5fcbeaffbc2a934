import { InOrder, PAUSE, withPauses } from "../api/in-order.ts";
import { type LineAnswer, type LinesPayload, LineWorker } from "../api/line-worker.ts";
import type { ModelLine } from "../formats/read/json/raw.ts";
import { isStillpointError } from "../model/errors.ts";
import { plainError, type WorkerPort } from "../parallel/message.ts";
import { createPool } from "../parallel/pool.ts";
import { spawnThread } from "../parallel/thread.ts";
import { MESSAGES_PER_WORKER, type WorkerPool } from "../stages/pool.ts";

/** Most lines and bytes in one message to a thread. */
const LINES_PER_MESSAGE = 64;
const BYTES_PER_MESSAGE = 2 ** 18;
/** Messages are made ahead, so that no thread waits for one whose answer is next. */
const MESSAGES_AHEAD = 2 * MESSAGES_PER_WORKER;
/** How long models are solved on this thread before what is left is told from it. */
const MILLISECONDS_TO_TELL = 100;
/** Threads must save more than this: each takes so long to start and to be as quick as this one. */
const LEAST_MILLISECONDS_SAVED = 1000;

/** The build puts `./lines-thread.js` in its place (tsdown.config.ts). */
const ENTRY = new URL("../workers/lines-thread.ts", import.meta.url);

/** A line that is handed out, with its place among the models that are. */
export interface BatchLine {
  readonly line: ModelLine;
  readonly index: number;
}

/** What became of a line. */
export type AnsweredLine = BatchLine & { readonly answer: LineAnswer };

/**
 * Threads that read lines of a file of models, solve these and write the lines of their results, so that little more
 * than bytes passes through this thread. They begin once many lines are left.
 */
export class LineThreads {
  readonly #pool: WorkerPool;
  readonly #options: LinesPayload["options"];
  /** Bytes that a model may take. */
  readonly memory: number | undefined;
  readonly #signal: AbortSignal;
  /** Milliseconds and bytes of what was solved on this thread. */
  #milliseconds = 0;
  #bytes = 0;

  /** @param spawn starts a thread; replaced in tests. */
  constructor(
    threads: number,
    signal: AbortSignal,
    { options, memory }: Pick<LinesPayload, "options" | "memory">,
    spawn: () => Promise<WorkerPort> = () => spawnThread({ entry: ENTRY }),
  ) {
    this.#pool = createPool(threads, undefined, spawn);
    this.#signal = signal;
    this.#options = options;
    this.memory = memory;
  }

  /** Notes that a line was solved on this thread. */
  solvedHere(bytes: number, milliseconds: number): void {
    this.#bytes += bytes;
    this.#milliseconds += milliseconds;
  }

  /**
   * Whether the next lines are for the threads: much is left, and all threads run. They are started and not waited for.
   * @param bytesLeft undefined for a pipe: then as much is taken to be left as has come.
   */
  isDue(bytesLeft: number | undefined): boolean {
    if (this.#milliseconds < MILLISECONDS_TO_TELL) return false;
    const left = (this.#milliseconds * (bytesLeft ?? this.#bytes)) / this.#bytes;
    if (left * (1 - 1 / this.#pool.size) < LEAST_MILLISECONDS_SAVED) return false;
    try {
      return this.#pool.start(this.#pool.size) === this.#pool.size;
    } catch (error) {
      // where no thread can be had, this one goes on alone
      if (isStillpointError(error)) return false;
      throw error;
    }
  }

  /** The answers to all lines, in their order; after a cancel those that threads have given until then. */
  async *answers(lines: AsyncIterable<BatchLine>): AsyncGenerator<AnsweredLine> {
    const order = new InOrder<AnsweredLine>();
    const most = MESSAGES_AHEAD * this.#pool.size;
    let message: BatchLine[] = [];
    let bytes = 0;
    const send = (): void => {
      if (message.length > 0) order.addLater(this.#answersTo(message));
      message = [];
      bytes = 0;
    };
    for await (const next of withPauses(lines, () => order.pending > 0 || message.length > 0)) {
      if (next === PAUSE) send();
      else {
        if (message.length > 0 && !follows(next, message.at(-1)!)) send();
        message.push(next);
        bytes += next.line.bytes.length;
        if (message.length >= LINES_PER_MESSAGE || bytes >= BYTES_PER_MESSAGE) send();
        if (order.pending >= most) yield* order.next();
      }
      yield* order.answered();
    }
    send();
    yield* order.rest();
  }

  /** The answers to lines of one file, in as many messages as these take. */
  async #answersTo(lines: readonly BatchLine[]): Promise<AnsweredLine[]> {
    const answered: AnsweredLine[] = [];
    while (answered.length < lines.length && !this.#signal.aborted) {
      const left = lines.slice(answered.length);
      const answers = await this.#ask(left);
      answers.forEach((answer, i) => {
        answered.push({ ...left[i]!, answer });
      });
    }
    return answered;
  }

  async #ask(lines: readonly BatchLine[]): Promise<readonly LineAnswer[]> {
    const payload = { ...joined(lines), options: this.#options, memory: this.memory };
    try {
      return (await this.#pool.run("lines", payload, undefined, () => new LineWorker().run(payload))) as LineAnswer[];
    } catch (error) {
      if (!isStillpointError(error)) throw error;
      const { name, index } = payload;
      const remarks = { details: [], warnings: [] };
      return [{ ...remarks, name: `${name}[${index}]`, error: plainError(error), namesFile: false }];
    }
  }

  /** What happened to threads that died; undefined if none did. */
  get trouble(): string | undefined {
    return this.#pool.trouble;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** Whether a line is the next of the same reading: a file may be given twice. */
function follows({ line }: BatchLine, { line: before }: BatchLine): boolean {
  return line.file === before.file && line.index === before.index + 1;
}

function joined(lines: readonly BatchLine[]): Omit<LinesPayload, "options" | "memory"> {
  const ends: number[] = [];
  let size = 0;
  for (const { line } of lines) {
    size += line.bytes.length;
    ends.push(size);
  }
  const bytes = new Uint8Array(size);
  for (const [i, { line }] of lines.entries()) bytes.set(line.bytes, ends[i]! - line.bytes.length);
  const { file, name, index } = lines[0]!.line;
  return { bytes, ends, file, name, index };
}
