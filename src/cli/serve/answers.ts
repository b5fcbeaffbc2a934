import type { Writable } from "node:stream";
import { FileError, isStillpointError, ModelError, OptionError } from "../../model/errors.ts";
import { jsonLine } from "../../model/seal.ts";
import type { Progress } from "../../stages/run.ts";
import { errorText } from "../terminal.ts";

/** What names a request: its client chooses it, and every answer carries it. */
export type RequestId = string | number;

/** An error as an answer holds it; which of the last five are there depends on the kind of error. */
export interface AnswerError {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly value?: string;
  readonly option?: string;
  readonly file?: string;
  readonly problem?: string;
  readonly remedy?: string;
}

/** Writes answers, each on a line of its own, in the order in which they are given. */
export class Answers {
  readonly #output: Writable;
  #last: Promise<void> = Promise.resolve();

  constructor(output: Writable) {
    this.#output = output;
  }

  /** The first line. */
  hello(facts: object): Promise<void> {
    return this.#write([JSON.stringify(facts)]);
  }

  /** @param place members that stand before the result, such as an index */
  result(id: RequestId, result: object | string, place: object = {}): Promise<void> {
    const start = JSON.stringify({ id, ...place }).slice(0, -1);
    const pieces = typeof result === "string" ? [JSON.stringify(result)] : jsonLine(result);
    return this.#write(enclosed(`${start},"result":`, pieces));
  }

  error(id: RequestId | null, error: unknown, place: object = {}): Promise<void> {
    return this.#write([JSON.stringify({ id, ...place, error: answerError(error) })]);
  }

  progress(id: RequestId, progress: Progress): Promise<void> {
    return this.#write([JSON.stringify({ id, progress })]);
  }

  end(id: RequestId): Promise<void> {
    return this.#write([JSON.stringify({ id, end: true })]);
  }

  /** Resolves when all answers are on their way. */
  flushed(): Promise<void> {
    return this.#last;
  }

  /** The pieces of one line follow each other, whatever else is to be written meanwhile. */
  #write(pieces: Iterable<string>): Promise<void> {
    const line = this.#last.then(async () => {
      let held = "";
      try {
        for (const piece of pieces) {
          if (held !== "") await written(this.#output, held);
          held = piece;
        }
      } finally {
        // a line that can't be made to its end is ended all the same: the next one is none of it
        await written(this.#output, `${held}\n`);
      }
    });
    this.#last = line.catch(() => {});
    return line;
  }
}

function* enclosed(before: string, pieces: Iterable<string>): Generator<string> {
  let held = before;
  for (const piece of pieces) {
    if (held !== before) yield held;
    held = held === before ? before + piece : piece;
  }
  yield `${held}}`;
}

/** Resolves also when the stream breaks, which its error event reports. */
function written(output: Writable, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (output.write(text, () => resolve())) resolve();
  });
}

function answerError(error: unknown): AnswerError {
  const code = isStillpointError(error) ? error.code : "INTERNAL";
  const message = isStillpointError(error) ? error.message : `this should not have happened: ${errorText(error)}`;
  if (error instanceof ModelError) {
    const { field, value, remedy } = error;
    return { code, message, field, value, remedy };
  }
  if (error instanceof OptionError) return { code, message, option: error.option };
  if (error instanceof FileError) {
    const { file, problem, remedy } = error;
    return { code, message, file, problem, remedy };
  }
  return { code, message };
}
