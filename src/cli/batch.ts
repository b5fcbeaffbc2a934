import { prepared } from "../api/prepared.ts";
import type { ModelLine, RawModel } from "../formats/read/json/raw.ts";
import { FileError, isStillpointError, type StillpointError } from "../model/errors.ts";
import type { Model } from "../model/types.ts";
import type { FindOptions } from "../run/options.ts";
import { isStdin } from "./bytes.ts";
import { type Failure, failureOf } from "./entry.ts";
import type { BatchLine, LineThreads } from "./line-threads.ts";
import type { ProgressLine } from "./progress.ts";
import type { Earlier } from "./resume.ts";
import { markOf, type ShardMark, type ShardPlan } from "./shard.ts";
import { type OpenedSource, openSource, readSource, type Source, type SourceReading } from "./sources.ts";
import type { Log } from "./terminal.ts";

/** An entry between the models that are solved: a model that could not be read, or one that an earlier run solved. */
export type Interlude =
  | { readonly failure: Failure; readonly error: StillpointError; readonly mark: ShardMark | undefined }
  | Earlier;

/** The place of a model in its batch. */
export interface Place {
  /** The name of the model in messages. */
  readonly label: string;
  readonly mark: ShardMark | undefined;
}

export interface BatchOptions {
  readonly reading: SourceReading;
  readonly input: FindOptions["input"];
  readonly shard: ShardPlan | undefined;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly progress: ProgressLine;
  /** Writes what `before` gives. Called while no model is in work. */
  writeInterludes(): Promise<void>;
  /** The result of an earlier run for a model. */
  earlier(model: Model, mark: ShardMark | undefined): Earlier | undefined;
  /** Threads that take lines once they are due; undefined where lines are models like others. */
  readonly lineThreads?: Pick<LineThreads, "isDue" | "solvedHere"> | undefined;
}

/** A model of a source, not yet validated. */
interface NextModel {
  readonly raw: RawModel;
  readonly place: Place;
  /** The milliseconds that its file took. */
  readonly read: number;
  /** Its line, which a thread may read in its place. */
  readonly line: ModelLine | undefined;
}

/** Models after which waiting signals and timers have their turn. */
const MODELS_PER_TURN = 64;

/** Interludes that are kept for their turn: a file may have millions of lines that are no models. */
const MOST_INTERLUDES = 64;

/** The models of a file, or the reason why it has none. */
type Loaded = (OpenedSource & { readonly milliseconds: number }) | { readonly error: StillpointError };

/** The models of all sources in order, and the interludes between them. */
export class Batch {
  readonly #sources: readonly Source[];
  readonly #options: BatchOptions;
  /** Places of the models that were yielded and not asked for yet, by index. */
  readonly #places = new Map<number, Place>();
  #begun = 0;
  #inWork = 0;
  #onRest: (() => void) | undefined;
  readonly #source = this.#all();
  /** A model that was taken from the source and is to be given next. */
  #held: NextModel | undefined;
  /** Bytes of the current file of lines that were not read. */
  #bytesLeft: number | undefined;
  #interludes: { readonly before: number; readonly interlude: Interlude }[] = [];
  /** The number of sources that belong to this run. */
  readonly files: number;
  /** The number of these sources that were not opened. */
  notBegun: number;
  /** The number of models of the last opened source that were not yielded. */
  modelsLeft = 0;
  /** The name of a source that was read in part when the signal came. */
  cut: string | undefined;

  constructor(sources: readonly Source[], options: BatchOptions) {
    this.#sources = sources;
    this.#options = options;
    const { shard } = options;
    this.files = shard === undefined ? sources.length : [...sources.keys()].filter((s) => shard.hasSource(s)).length;
    this.notBegun = this.files;
  }

  /** The models that are next: all, or up to a line that is for the threads of lines. */
  async *models(): AsyncGenerator<Model> {
    const { lineThreads } = this.#options;
    for (let next = await this.#next(); next !== undefined; next = await this.#next()) {
      const { line } = next;
      if (line !== undefined && lineThreads?.isDue(this.#bytesLeft) === true) {
        this.#held = next;
        return;
      }
      if (this.#interludes.length >= MOST_INTERLUDES) await this.#writeInterludes();
      const model = this.#prepare(next);
      if (model === undefined) continue;
      const began = performance.now();
      yield model;
      if (line !== undefined) lineThreads?.solvedHere(line.bytes.length, performance.now() - began);
    }
  }

  /** The lines that are next, to be read and solved by threads. They end before a model that is none. */
  async *lines(): AsyncGenerator<BatchLine> {
    for (let next = await this.#next(); next !== undefined; next = await this.#next()) {
      const { line } = next;
      if (line === undefined || this.#interludes.length > 0) {
        this.#held = next;
        return;
      }
      this.#begin(next.raw.name, next.place);
      yield { line, index: this.#begun - 1 };
    }
  }

  /** Whether a model was held back for the threads of lines, or from them. */
  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  /** Closes what is open. */
  close(): void {
    // what still waits for a pipe is not waited for
    this.#source.return(undefined).catch(() => {});
  }

  async #next(): Promise<NextModel | undefined> {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) return held;
    const { value, done } = await this.#source.next();
    return done ? undefined : value;
  }

  async *#all(): AsyncGenerator<NextModel> {
    const { signal, shard } = this.#options;
    for (const [s, source] of this.#sources.entries()) {
      if (signal.aborted) return;
      if (shard !== undefined && !shard.hasSource(s)) continue;
      this.notBegun--;
      const loaded = await this.#load(source);
      if ("error" in loaded && signal.aborted) {
        this.notBegun++;
        return;
      }
      if ("error" in loaded) {
        this.#fail(sourceName(source), undefined, loaded.error, this.#mark(s, 0, 1));
        continue;
      }
      try {
        yield* this.#modelsOf(loaded, source, s);
      } catch (error) {
        if (!isStillpointError(error)) throw error;
        if (signal.aborted) this.cut = sourceName(source);
        else this.#fail(sourceName(source), undefined, error, undefined);
      }
    }
  }

  async *#modelsOf(loaded: Exclude<Loaded, { error: unknown }>, source: Source, s: number): AsyncGenerator<NextModel> {
    const { raws, several, size } = loaded;
    const { signal, shard } = this.#options;
    const isList = Array.isArray(raws);
    const count = isList ? raws.length : 0;
    this.modelsLeft = isList ? [...raws.keys()].filter((m) => shard === undefined || shard.hasModel(m)).length : 0;
    this.#bytesLeft = size;
    let m = -1;
    for await (const raw of raws) {
      m++;
      if (signal.aborted) {
        if (!isList) this.cut = sourceName(source);
        return;
      }
      if (shard !== undefined && !shard.hasModel(m)) continue;
      if (isList) this.modelsLeft--;
      // many models that can't be solved would otherwise keep signals waiting
      if (m % MODELS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      const label = several ? raw.name : sourceName(source);
      // whoever waits for a pipe is not reading
      const read = isList && !several && "path" in source && !isStdin(source.path) ? loaded.milliseconds : 0;
      const line = isList || "error" in raw ? undefined : raw.line;
      if (this.#bytesLeft !== undefined) this.#bytesLeft -= line?.bytes.length ?? 0;
      yield { raw, place: { label, mark: this.#mark(s, m, count) }, read, line };
    }
  }

  /** Models of large files are not read ahead of those in work without bound. */
  async #writeInterludes(): Promise<void> {
    if (this.#inWork > 0) {
      await new Promise<void>((resolve) => {
        this.#onRest = resolve;
      });
    }
    await this.#options.writeInterludes();
  }

  /** To be called when all is done about a model that was yielded. */
  finished(): void {
    if (--this.#inWork === 0) this.#onRest?.();
  }

  /** The number of models that were yielded to be solved. */
  get begun(): number {
    return this.#begun;
  }

  /** The place of a model, once. */
  takePlace(index: number): Place {
    const place = this.#places.get(index);
    if (place === undefined) throw new RangeError(`no model ${index} is under way`);
    this.#places.delete(index);
    return place;
  }

  /** Removes and returns the interludes before the model of this index. */
  before(index: number): Interlude[] {
    const due = this.#interludes.filter(({ before }) => before <= index);
    this.#interludes = this.#interludes.slice(due.length);
    return due.map(({ interlude }) => interlude);
  }

  #mark(source: number, model: number, models: number): ShardMark | undefined {
    const { shard } = this.#options;
    return shard === undefined ? undefined : markOf(shard, { source, model, models });
  }

  async #load(source: Source): Promise<Loaded> {
    if ("error" in source) return source;
    const { reading, shard } = this.#options;
    const began = performance.now();
    const loaded = (opened: OpenedSource): Loaded => ({ ...opened, milliseconds: performance.now() - began });
    try {
      if (shard === undefined) return loaded(await openSource(source, reading));
      // the mark of a shard's record says how many models its file has
      const raws = await readSource(source, reading);
      return loaded({ raws, several: raws.length > 1 });
    } catch (error) {
      if (isStillpointError(error)) return { error };
      throw error;
    }
  }

  /** The model if it is to be solved. */
  #prepare({ raw, place, read }: NextModel): Model | undefined {
    if ("error" in raw) {
      this.#fail(raw.name, undefined, raw.error, place.mark);
      return undefined;
    }
    const { input, log, earlier } = this.#options;
    try {
      const { model, details, warnings } = prepared(raw, input, read);
      for (const text of details) log.detail(`${place.label}: ${text}`);
      for (const text of warnings) log.warn(`${place.label}: ${text}`);
      const done = earlier(model, place.mark);
      if (done !== undefined) {
        this.#interlude(done);
        return undefined;
      }
      this.#begin(model.name, place);
      return model;
    } catch (error) {
      if (!isStillpointError(error)) throw error;
      // a FileError names its file
      this.#fail(raw.name, error instanceof FileError ? undefined : place.label, error, place.mark);
      return undefined;
    }
  }

  #begin(name: string, place: Place): void {
    const { files, notBegun } = this;
    this.#options.progress.start(`${files > 1 ? `[${files - notBegun}/${files}] ` : ""}${name}`);
    this.#places.set(this.#begun++, place);
    this.#inWork++;
  }

  #fail(name: string, label: string | undefined, error: StillpointError, mark: ShardMark | undefined): void {
    this.#interlude({ failure: failureOf(name, label, error), error, mark });
  }

  #interlude(interlude: Interlude): void {
    this.#interludes.push({ before: this.#begun, interlude });
  }
}

function sourceName(source: Source): string {
  return "path" in source ? source.path : source.error.file;
}
