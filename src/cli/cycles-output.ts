import type { CyclesResult } from "../cycles/result.ts";
import { prettyJson } from "../formats/write/write-json.ts";
import { wholeLine } from "../model/seal.ts";
import { cyclesCsv, cyclesText } from "./cycles-text.ts";
import type { Format } from "./endings.ts";
import type { CyclesPartRecord, Failure } from "./entry.ts";
import { openSink, type Sink } from "./terminal.ts";

/** Formats that cycles are written in. */
export const CYCLES_FORMATS = ["text", "json", "ndjson", "csv"] as const satisfies readonly Format[];

/** The destination of the cycles of a batch, in the order of its models. */
export class CyclesOutput {
  readonly #sink: Sink;
  readonly #format: Format;
  /** What is written at the end. */
  readonly #kept: (CyclesResult | Failure)[] = [];
  models = 0;
  cycles = 0;
  /** "part 2 of 4" where that was written. */
  part: string | undefined;

  private constructor(sink: Sink, format: Format) {
    this.#sink = sink;
    this.#format = format;
  }

  /** @param file undefined for standard output. */
  static async open(file: string | undefined, format: Format): Promise<CyclesOutput> {
    return new CyclesOutput(await openSink(file), format);
  }

  async add(result: CyclesResult): Promise<void> {
    this.models++;
    this.cycles += result.cycles.length;
    if (this.#format === "text")
      await this.#sink.write(`${this.models === 1 ? "" : "\n"}${cyclesText(result, this.#sink.style)}`);
    else if (this.#format === "ndjson") await this.#addLine(result);
    else this.#kept.push(result);
  }

  /** A part of the work on one model, for `merge`. */
  async addPart(part: CyclesPartRecord): Promise<void> {
    this.models++;
    this.part = `part ${part.part.index} of ${part.part.of}`;
    await this.#addLine(part);
  }

  /** A model without a result: in json and ndjson every model gives one value. */
  async addFailure(failure: Failure): Promise<void> {
    if (this.#format === "ndjson") await this.#addLine(failure);
    else this.#kept.push(failure);
  }

  async #addLine(record: object): Promise<void> {
    for (const piece of wholeLine(record)) await this.#sink.writeData(piece);
  }

  /** @returns false where nothing was written, and a file that was there stays as it was */
  async end(): Promise<boolean> {
    const kept = this.#kept;
    if (this.#format === "json" && kept.length > 0)
      await this.#sink.writeData(`${prettyJson(kept.length === 1 ? kept[0] : kept)}\n`);
    const results = kept.filter((entry) => "cycles" in entry);
    if (this.#format === "csv") for (const line of cyclesCsv(results)) await this.#sink.writeData(line);
    return this.close();
  }

  /** Ends a run that failed, or that has ended already. @returns as `end` */
  close(): Promise<boolean> {
    return this.#sink.close();
  }
}
