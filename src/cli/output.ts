import { existsSync, rmSync, statSync } from "node:fs";
import { readJson } from "../formats/read/json/json.ts";
import { FileError, OptionError } from "../model/errors.ts";
import { sealOf, withLine } from "../model/seal.ts";
import { readBytes } from "./bytes.ts";
import type { Format } from "./endings.ts";
import { type Entry, isResult, readEntry } from "./entry.ts";
import { documentPieces, gathered, streamedDocument } from "./formats.ts";
import { Journal, type Slot } from "./journal.ts";
import { lockFile } from "./lock.ts";
import { isDevice, modeOf, replaceFile } from "./replace.ts";
import { EarlierResults } from "./resume.ts";
import { openSink, type Sink } from "./terminal.ts";

/** The destination of the results of a batch, in the order of its models. */
export interface Output {
  add(entry: Entry): Promise<void>;
  /** Adds a result as its line of JSON. */
  addLine(line: string): Promise<void>;
  /** Puts the result of an earlier run at the next place. */
  reuse(slot: Slot): void;
  /**
   * @param cancelled whether some models are not solved, so that the run may be continued: what an earlier run found of
   * them stays
   * @returns false where nothing was written, and a file that was there stays as it was
   */
  end(cancelled: boolean): Promise<boolean>;
  /** Ends a run that failed: what was written stays to be continued, and a new file without a record is removed. */
  abandon(): void;
}

export interface OpenedOutput {
  readonly output: Output;
  readonly earlier: EarlierResults;
}

/**
 * @param file undefined for standard output
 * @throws FileError if the file can't be written or continued; OptionError for a format that can't go there
 */
export async function openOutput(file: string | undefined, format: Format, resume: boolean): Promise<OpenedOutput> {
  if (resume && file === undefined) {
    throw new OptionError("--resume", "needs the file of the interrupted run", undefined, "Give it with -o.");
  }
  if (file === undefined || isDevice(file)) {
    if (format === "npz" && file === undefined && process.stdout.isTTY) {
      throw new OptionError("--format", "is binary and not for a terminal", format, "Use -o FILE.npz.");
    }
    return { output: new StreamOutput(await openSink(file), format), earlier: new EarlierResults() };
  }
  return openFile(file, format, resume);
}

/** Output that is written as results come if the format allows it, else at the end. */
class StreamOutput implements Output {
  readonly #sink: Sink;
  readonly #format: Format;
  readonly #document: ReturnType<typeof streamedDocument>;
  readonly #entries: Entry[] = [];

  constructor(sink: Sink, format: Format) {
    this.#sink = sink;
    this.#format = format;
    this.#document = streamedDocument(format, sink.style);
  }

  async add(entry: Entry): Promise<void> {
    if (this.#document === undefined) this.#entries.push(entry);
    else for (const piece of gathered(this.#document.add(entry))) await this.#write(piece);
  }

  async addLine(line: string): Promise<void> {
    if (this.#format === "ndjson") await this.#write(`${line}\n`);
    else await this.add(withLine(JSON.parse(line) as Entry, line));
  }

  reuse(): never {
    throw new Error("a stream has no earlier results");
  }

  async end(): Promise<boolean> {
    if (this.#document !== undefined) for (const piece of gathered(this.#document.end())) await this.#write(piece);
    else for await (const piece of documentPieces(this.#format, this.#entries)) await this.#write(piece);
    return this.#sink.close();
  }

  abandon(): void {}

  #write(piece: string | Uint8Array): Promise<void> {
    const isData = typeof piece === "string" && this.#format !== "text";
    return isData ? this.#sink.writeData(piece) : this.#sink.write(piece);
  }
}

/** Name of the journal beside a file whose format can't be appended to. */
function journalOf(file: string): string {
  return `${file}.journal.ndjson`;
}

async function openFile(file: string, format: Format, resume: boolean): Promise<OpenedOutput> {
  const unlock = lockFile(file);
  try {
    return await openLocked(file, format, resume, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function openLocked(file: string, format: Format, resume: boolean, unlock: () => void): Promise<OpenedOutput> {
  const path = format === "ndjson" ? file : journalOf(file);
  const earlier = new EarlierResults();
  const isThere = existsSync(path);
  const isNew = !isThere || statSync(path).size === 0;
  if (!resume) {
    if (format !== "ndjson" && !isNew) {
      throw new FileError(
        path,
        "holds the results of an interrupted run",
        `Continue it with --resume, or delete the file to begin anew.`,
      );
    }
    const journal = Journal.create(path, file, modeOf(file));
    return { output: new FileOutput(file, format, journal, earlier, unlock, isThere), earlier };
  }
  const journal = Journal.open(path, file, (value, slot) =>
    earlier.add(intact(readEntry(value, path), path, `the record at byte ${slot.offset}`), slot),
  );
  // a finished json file has no journal
  if (isNew && format === "json" && existsSync(file)) {
    const entries = readJson(await readBytes(file), file, "result").map((raw) => {
      if ("error" in raw) throw raw.error;
      return intact(readEntry(raw.value, file), file, raw.name);
    });
    // a journal with only some of the entries would be taken for the whole file
    for (const entry of entries) earlier.add(entry, await journal.append(entry));
  }
  return { output: new FileOutput(file, format, journal, earlier, unlock, isThere), earlier };
}

/**
 * Returns a record that is unchanged since it was written, or that has no digest. Throws FileError for a record whose
 * digest does not fit, and leaves the file as it is: only its owner knows whether the record is damaged or was changed
 * on purpose.
 */
function intact(entry: Entry, file: string, which: string): Entry {
  if (sealOf(entry) !== "broken") return entry;
  throw new FileError(
    file,
    `${which} (model ${entry.model.name}) is not as it was written: its digest does not fit`,
    "Take that record out of the file to have its model solved anew; the others are kept.",
  );
}

/**
 * A file on disk. NDJSON is appended to the file. For other formats a journal grows beside the file; at the end the new
 * file is made from the journal and replaces the old one in one step. So a run that is killed loses only the model in
 * work.
 */
class FileOutput implements Output {
  readonly #file: string;
  readonly #format: Format;
  readonly #journal: Journal;
  /** Places of the records, in the order of the models: two lists of numbers, since there may be very many. */
  readonly #offsets: number[] = [];
  readonly #lengths: number[] = [];

  /** Results with very many points that are kept, by their offsets: to read them again would make all their points. */
  readonly #kept = new Map<number, Entry>();
  #keptPoints = 0;
  readonly #earlier: EarlierResults;
  readonly #unlock: () => void;
  readonly #wasThere: boolean;

  /** @param wasThere whether the journal is older than this run. */
  constructor(
    file: string,
    format: Format,
    journal: Journal,
    earlier: EarlierResults,
    unlock: () => void,
    wasThere: boolean,
  ) {
    this.#file = file;
    this.#format = format;
    this.#journal = journal;
    this.#earlier = earlier;
    this.#unlock = unlock;
    this.#wasThere = wasThere;
  }

  async add(entry: Entry): Promise<void> {
    const slot = await this.#journal.append(entry);
    this.reuse(slot);
    this.#earlier.replace(entry);
    if (this.#format === "ndjson" || !isResult(entry) || Array.isArray(entry.fixedPoints)) return;
    this.#keptPoints += entry.fixedPoints.length;
    if (this.#keptPoints <= MOST_KEPT_POINTS) this.#kept.set(slot.offset, entry);
  }

  async addLine(line: string): Promise<void> {
    this.reuse(this.#journal.appendLine(line));
  }

  reuse({ offset, length }: Slot): void {
    this.#offsets.push(offset);
    this.#lengths.push(length);
  }

  async end(cancelled: boolean): Promise<boolean> {
    const journal = this.#journal;
    if (cancelled) for (const slot of this.#earlier.left()) this.reuse(slot);
    const isNothing = cancelled && this.#offsets.length === 0;
    if (!isNothing) await this.#putInPlace();
    // of a cancelled run the journal stays to be continued; json is continued from the file itself
    if (this.#format !== "ndjson" && (!cancelled || isNothing || this.#format === "json")) rmSync(journal.path);
    journal.close();
    this.#unlock();
    return !isNothing;
  }

  abandon(): void {
    const journal = this.#journal;
    journal.close();
    if (journal.size === 0 && !this.#wasThere) rmSync(journal.path, { force: true });
    this.#unlock();
  }

  async #putInPlace(): Promise<void> {
    this.#journal.sync();
    if (this.#format === "ndjson" && this.#isInOrder()) return;
    await replaceFile(this.#file, documentPieces(this.#format, this.#entries()));
  }

  /** Whether the journal holds exactly the records of this run, in the order of the models. */
  #isInOrder(): boolean {
    let at = 0;
    for (let i = 0; i < this.#offsets.length; i++) {
      if (this.#offsets[i] !== at) return false;
      at += this.#lengths[i]! + 1;
    }
    return at === this.#journal.size;
  }

  #entries(): Iterable<Entry> {
    const offsets = this.#offsets;
    const lengths = this.#lengths;
    const journal = this.#journal;
    const kept = this.#kept;
    return {
      *[Symbol.iterator]() {
        for (let i = 0; i < offsets.length; i++) {
          const slot = { offset: offsets[i]!, length: lengths[i]! };
          yield kept.get(slot.offset) ?? readEntry(journal.read(slot), journal.path);
        }
      },
    };
  }
}

/** The points of all results that are kept until their file is written. */
const MOST_KEPT_POINTS = 2 ** 20;
