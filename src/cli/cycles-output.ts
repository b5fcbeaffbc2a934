import type { CyclesResult } from "../cycles/result.ts";
import { prettyJson } from "../formats/write/write-json.ts";
import { wholeLine } from "../model/seal.ts";
import { cyclesCsv, cyclesText } from "./cycles-text.ts";
import type { Format } from "./endings.ts";
import { openSink, type Sink } from "./terminal.ts";

/** Formats that cycles are written in. */
export const CYCLES_FORMATS = ["text", "json", "ndjson", "csv"] as const satisfies readonly Format[];

/** The destination of the cycles of a batch, in the order of its models. */
export class CyclesOutput {
  readonly #sink: Sink;
  readonly #format: Format;
  /** Results that are written at the end. */
  readonly #kept: CyclesResult[] = [];
  models = 0;
  cycles = 0;

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
    else if (this.#format === "ndjson") await this.addLine(result);
    else this.#kept.push(result);
  }

  /** Writes any record as one line. */
  async addLine(record: object): Promise<void> {
    for (const piece of wholeLine(record)) await this.#sink.writeData(piece);
  }

  async end(): Promise<void> {
    const kept = this.#kept;
    if (this.#format === "json" && kept.length > 0)
      await this.#sink.writeData(`${prettyJson(kept.length === 1 ? kept[0] : kept)}\n`);
    if (this.#format === "csv") for (const line of cyclesCsv(kept)) await this.#sink.writeData(line);
    await this.#sink.close();
  }
}
