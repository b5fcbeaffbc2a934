import type { ListedResult } from "../base/listed-result.ts";
import { formatCount } from "../base/words.ts";
import { foundText } from "../formats/write/write-text.ts";
import { isStillpointError, type StillpointError } from "../model/errors.ts";
import { sealed, withLine } from "../model/seal.ts";
import type { Batch } from "./batch.ts";
import { type Entry, isFailure, isResult, type PartRecord } from "./entry.ts";
import { EXIT, type ExitCode, exitCodeOf } from "./exit.ts";
import type { Output } from "./output.ts";
import type { ProgressLine } from "./progress.ts";
import type { ShardMark } from "./shard.ts";
import { type Found, foundOf, Tally } from "./summary.ts";
import type { Log } from "./terminal.ts";

interface RecordsOptions {
  readonly log: Log;
  readonly progress: ProgressLine;
  readonly batch: Batch;
  readonly output: Output;
  /** Text says itself what is incomplete. */
  readonly isText: boolean;
  readonly verbose: boolean | undefined;
}

/** The records of a batch on their way to the output, in the order of the models; what they come to, and exit codes. */
export class SolveRecords {
  readonly tally = new Tally();
  readonly codes = new Set<ExitCode>();
  readonly log: Log;
  readonly #options: RecordsOptions;

  constructor(options: RecordsOptions) {
    this.log = options.log;
    this.#options = options;
  }

  takePlace(index: number): ReturnType<Batch["takePlace"]> {
    return this.#options.batch.takePlace(index);
  }

  async add(entry: Entry, mark: ShardMark | undefined, error?: StillpointError): Promise<void> {
    const { log, progress, output, isText, verbose } = this.#options;
    progress.clear();
    this.tally.add(foundOf(entry));
    if (isFailure(entry)) {
      log.error(entry.error.message);
      this.codes.add(error === undefined ? EXIT.error : exitCodeOf(error));
    } else {
      this.codes.add(entry.complete ? EXIT.complete : EXIT.incomplete);
      if (verbose) describeRun(entry, log);
      if (!entry.complete && !isText) {
        const unseen = isResult(entry) && entry.found !== undefined ? `; ${foundText(entry.found)}` : "";
        log.warn(`${entry.model.name}: incomplete: ${entry.incompleteBecause ?? "no reason given"}${unseen}`);
      }
    }
    // a result has a digest already; the digest of a shard's record also covers its place in the batch
    if (mark === undefined) await output.add(isResult(entry) ? entry : sealed(entry));
    else await output.add(sealed({ ...entry, shard: mark }));
  }

  /**
   * Adds a result as its line of JSON, which is parsed only where more than its counts is wanted.
   * @param complete the counts of a complete result.
   */
  async addLine(line: string, complete: Pick<Found, "fixedPoints" | "continua"> | undefined): Promise<void> {
    const { progress, output, verbose } = this.#options;
    if (complete === undefined || verbose) return this.add(withLine(JSON.parse(line) as Entry, line), undefined);
    progress.clear();
    this.tally.add({ fate: "complete", ...complete });
    this.codes.add(EXIT.complete);
    await output.addLine(line);
  }

  /** Adds what comes before a model: earlier results that stand, and models that could not be read. */
  async addBefore(index: number): Promise<void> {
    const { batch, output } = this.#options;
    for (const interlude of batch.before(index)) {
      if ("slot" in interlude) {
        this.tally.add(interlude.found, true);
        this.codes.add(interlude.found.fate === "complete" ? EXIT.complete : EXIT.incomplete);
        output.reuse(interlude.slot);
      } else await this.add(interlude.failure, interlude.mark, interlude.error);
    }
  }

  /** A proof or a picture: where it can't be written, the results go on. */
  async beside<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isStillpointError(error)) throw error;
      const code = exitCodeOf(error);
      // that one file was named for several models is said once
      if (code !== EXIT.usage || !this.codes.has(code)) this.log.error(error.message);
      this.codes.add(code);
      return undefined;
    }
  }
}

function describeRun(result: ListedResult | PartRecord, log: Log): void {
  const { model, counts, seconds, method, backend, adapter } = result;
  const list = (values: Readonly<Record<string, number>>, digits?: number): string =>
    Object.entries(values)
      .map(([key, n]) => `${key} ${digits === undefined ? formatCount(n) : n.toFixed(digits)}`)
      .join(", ");
  log.detail(`${model.name}: sha256 ${model.sha256}`);
  log.detail(`${model.name}: ${method} on ${backend}${adapter === null ? "" : ` (${adapter})`}: ${list(counts)}`);
  log.detail(`${model.name}: seconds: ${list(seconds, 4)}`);
}
