import { modelOfLine } from "../formats/read/json/json.ts";
import type { ModelLine } from "../formats/read/json/raw.ts";
import { namedLine } from "../formats/read/read.ts";
import { FileError, isStillpointError } from "../model/errors.ts";
import { jsonLine } from "../model/seal.ts";
import { type PlainError, plainError } from "../parallel/message.ts";
import { Engine } from "../run/engine.ts";
import type { FindOptions, plainOptions } from "../run/options.ts";
import { solveModel } from "../run/solver.ts";
import { isSmall } from "./many.ts";
import { type Prepared, prepared } from "./prepared.ts";

/** Models are begun for so long; those of the lines that are left are given back. */
const MILLISECONDS_OF_MESSAGE = 50;

/** Lines that follow each other in a file, for a worker. */
export interface LinesPayload extends Pick<ModelLine, "file" | "name" | "index"> {
  /** All lines, without line feeds between them. */
  readonly bytes: Uint8Array;
  /** Where each line ends. */
  readonly ends: readonly number[];
  /** Bytes that a model may take. */
  readonly memory: number | undefined;
  readonly options: ReturnType<typeof plainOptions<FindOptions>>;
}

/** What became of a line: its result as a line of JSON, why it has none, or that it wants all threads. */
export type LineAnswer = Pick<Prepared, "details" | "warnings"> &
  (
    | {
        readonly text: string;
        /** How many points and continua a complete result has; undefined for one that is not complete. */
        readonly complete: { readonly fixedPoints: number; readonly continua: number } | undefined;
      }
    | {
        /** The name that the failure goes by. */
        readonly name: string;
        readonly error: PlainError;
        /** Whether the message names the file itself. */
        readonly namesFile: boolean;
      }
    | { readonly isLarge: true }
  );

/** Reads and solves small models of lines, one after the other, and writes their results. */
export class LineWorker {
  /** All payloads of a process have the same options. */
  #engine: Engine | undefined;

  /** @returns the answers to the first lines: at least to one, and to as many as there is time for. */
  async run(payload: LinesPayload): Promise<LineAnswer[]> {
    const { options } = payload;
    this.#engine ??= new Engine({ ...options, threads: 1 });
    const began = performance.now();
    const answers: LineAnswer[] = [];
    for (const line of linesOf(payload)) {
      answers.push(await answerTo(line, payload, this.#engine));
      if (performance.now() - began > MILLISECONDS_OF_MESSAGE) break;
    }
    return answers;
  }
}

function* linesOf({ bytes, ends, file, name, index }: LinesPayload): Generator<ModelLine> {
  let from = 0;
  for (const [i, end] of ends.entries()) {
    yield { bytes: bytes.subarray(from, end), file, name, index: index + i };
    from = end;
  }
}

async function answerTo(line: ModelLine, { memory, options }: LinesPayload, engine: Engine): Promise<LineAnswer> {
  let name = `${line.name}[${line.index}]`;
  let remarks: Pick<Prepared, "details" | "warnings"> = { details: [], warnings: [] };
  try {
    const raw = namedLine(modelOfLine(line, memory), {}, line.file);
    if ("error" in raw) throw raw.error;
    const { model, details, warnings } = prepared(raw, options.input);
    remarks = { details, warnings };
    if (!isSmall(model)) return { ...remarks, isLarge: true };
    name = model.name;
    const solved = solveModel(model, options, engine);
    const result = solved instanceof Promise ? await solved : solved;
    const { fixedPoints, continua } = result;
    const complete = result.complete ? { fixedPoints: fixedPoints.length, continua: continua.length } : undefined;
    return { ...remarks, text: [...jsonLine(result)].join(""), complete };
  } catch (error) {
    if (!isStillpointError(error)) throw error;
    return { ...remarks, name, error: plainError(error), namesFile: error instanceof FileError };
  }
}
