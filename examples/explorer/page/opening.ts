import type { ReadOptions } from "../../../src/formats/read/read.ts";
import type { FileReading, ModelFile, ProofSubject, Source } from "../protocol.ts";
import { ExpectedError, WorkerClient } from "./client.ts";
import { type Entry, makeEntry } from "./entry.ts";
import { textOf } from "./messages.ts";

/** The time that a file may take, as on the command line: far above what any model needs. */
const DEADLINE_MS = 30_000;
const BYTES_PER_MS = 5000;

/** A proof among the files that were opened. */
export interface OpenedProof {
  readonly file: ModelFile;
  readonly about: ProofSubject;
}

export interface Opened {
  readonly entries: readonly Entry[];
  readonly proofs: readonly OpenedProof[];
  /** Whether the reader cancelled it, and files were left out. */
  readonly cancelled: boolean;
}

/**
 * Reads files in a worker of its own, one after the other: a file that takes too long or too much memory costs this
 * worker, and nothing else.
 */
export class Opening {
  readonly #reader = new WorkerClient();
  #nextSource = 0;
  #cancelled = false;
  #remembered: ReadOptions | undefined;

  /** What the reader said of a file's arrays, for files like it. */
  get remembered(): ReadOptions | undefined {
    return this.#remembered;
  }

  remember(options: ReadOptions): void {
    this.#remembered = options;
  }

  /** @param onProgress hears the number of files that are read */
  async open(
    files: readonly ModelFile[],
    reading: ReadOptions,
    onProgress: (done: number) => void = () => {},
  ): Promise<Opened> {
    this.#cancelled = false;
    const entries: Entry[] = [];
    const proofs: OpenedProof[] = [];
    for (const [done, file] of files.entries()) {
      if (this.#cancelled) break;
      onProgress(done);
      const { source, answer } = await this.#read(file, reading);
      if ("proof" in answer) proofs.push({ file, about: answer.proof });
      else for (const [k, each] of answer.models.entries()) entries.push(makeEntry(source, k, each.name, each));
    }
    return { entries, proofs, cancelled: this.#cancelled };
  }

  cancel(): void {
    this.#cancelled = true;
    this.#reader.terminate("Cancelled while it was read.");
  }

  /** The model that a link carries. @throws ExpectedError */
  async unlink(text: string): Promise<ModelFile> {
    const { json } = await this.#reader.call("unlink", { text });
    return { name: "shared by link", content: new Blob([json], { type: "application/json" }) };
  }

  /** As given; if the names do not fit, as an earlier file was read that they did not fit. */
  async #read(file: ModelFile, reading: ReadOptions): Promise<{ source: Source; answer: FileReading }> {
    const first = this.#source(file, reading);
    const answer = await this.#answer(first);
    const isNamed = Object.keys(reading).length > 0;
    if (this.#remembered === undefined || isNamed || !isMisfit(answer)) return { source: first, answer };
    const second = this.#source(file, this.#remembered);
    const again = await this.#answer(second);
    const isRead = "models" in again && again.models.every((each) => "card" in each);
    return isRead ? { source: second, answer: again } : { source: first, answer };
  }

  #source(file: ModelFile, reading: ReadOptions): Source {
    return { ...file, id: this.#nextSource++, reading };
  }

  async #answer(source: Source): Promise<FileReading> {
    const size = sizeOf(source);
    const deadline = DEADLINE_MS + size / BYTES_PER_MS;
    const late = window.setTimeout(() => {
      const seconds = Math.round(deadline / 1000);
      this.#reader.terminate(`It takes more than ${seconds} s to read. Save the arrays as .npz.`);
    }, deadline);
    try {
      return await this.#reader.call("read", { source });
    } catch (error) {
      const text = error instanceof ExpectedError ? error.message : textOf(error);
      return { models: [{ name: source.name, error: text }] };
    } finally {
      window.clearTimeout(late);
    }
  }
}

function isMisfit(answer: FileReading): boolean {
  return "models" in answer && answer.models.some((each) => "misfit" in each && each.misfit !== undefined);
}

function sizeOf({ content }: ModelFile): number {
  if (content instanceof Blob) return content.size;
  return [...content.values()].reduce((sum, { size }) => sum + size, 0);
}
