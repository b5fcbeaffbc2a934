import { formatSeconds } from "../../../src/formats/write/write-text.ts";
import type { Progress, Result } from "../../../src/index.ts";
import type { RunEvent, RunOptions } from "../protocol.ts";
import type { WorkerClient } from "./client.ts";
import { type Entry, refOf, sameInput } from "./entry.ts";
import { plural } from "./format.ts";
import { textOf } from "./messages.ts";
import { type RunHandle, Solver } from "./solver.ts";

/** Points that a run has found so far are shown at most this often. */
const EARLY_MILLISECONDS = 1000;
/** How often a screen reader hears of progress. */
const ANNOUNCE_MILLISECONDS = 5000;

export interface RunEvents {
  /** A run begins or ends. */
  readonly onState: (running: boolean) => void;
  readonly onProgress: (fraction: number, text: string) => void;
  readonly announce: (text: string) => void;
  /** A model has a result, if only of the points so far, or has failed, or its run was cancelled. */
  readonly onEntry: (entry: Entry) => void;
  readonly onFailure: (failed: readonly Entry[]) => void;
  /** All models of a run have ended. */
  readonly onEnd: (entries: readonly Entry[]) => void;
}

interface Run {
  readonly entries: readonly Entry[];
  /** The inputs that the run took: sliders may have moved since. */
  readonly inputs: readonly Entry["input"][];
  readonly options: RunOptions;
  readonly started: number;
  handle: RunHandle | undefined;
  /** Results of points so far that are shown. */
  readonly shown: Set<Result>;
  /** The farthest model that was begun. */
  latest: number;
  announced: number;
  early: number | undefined;
  /** The reader has cancelled it: a model under way may still end with what it has. */
  stopped: boolean;
}

/** What is being solved and what waits for it. */
export class Runs {
  readonly #solver = new Solver();
  readonly #desk: WorkerClient;
  readonly #options: () => RunOptions;
  readonly #events: RunEvents;
  readonly #queue: Entry[] = [];
  #run: Run | undefined;

  /** @param desk keeps the results, for pictures and files. @param options asked for as each run begins */
  constructor(desk: WorkerClient, options: () => RunOptions, events: RunEvents) {
    this.#desk = desk;
    this.#options = options;
    this.#events = events;
  }

  /** Solves models, after the run that is under way. */
  solve(entries: readonly Entry[]): void {
    for (const entry of entries) if (!this.#queue.includes(entry)) this.#queue.push(entry);
    this.#begin();
  }

  /** Solves a model anew, giving up a run that is at it. */
  restart(entry: Entry): void {
    if (this.#run?.entries.includes(entry)) this.#cancel();
    this.solve([entry]);
  }

  /** Cancels the run and forgets what waits. */
  stop(): void {
    this.#queue.length = 0;
    this.#cancel();
  }

  #cancel(): void {
    if (this.#run === undefined) return;
    this.#run.stopped = true;
    this.#run.handle?.cancel();
  }

  #begin(): void {
    if (this.#run !== undefined || this.#queue.length === 0) return;
    const entries = this.#queue.splice(0);
    for (const entry of entries) {
      const { result, status, resultInput = {} } = entry;
      // an answer to the same question stays in sight until there is a better one
      entry.before =
        result !== undefined && status !== "running" && sameInput(resultInput, entry.input)
          ? { result, input: resultInput }
          : undefined;
      entry.status = "waiting";
      entry.early = [];
    }
    entries[0]!.status = "running";
    const now = performance.now();
    const run: Run = {
      entries,
      inputs: entries.map(({ input }) => input),
      options: this.#options(),
      started: now,
      handle: undefined,
      shown: new Set(),
      latest: 0,
      announced: now,
      early: undefined,
      stopped: false,
    };
    this.#run = run;
    this.#events.onState(true);
    this.#events.onProgress(0, "Starting…");
    run.handle = this.#solver.run(entries.map(refOf), run.options, (event) => this.#take(run, event));
    run.handle.ended.then(
      (how) => this.#end(run, how === "cancelled" ? "cancelled" : "cancelled before it began"),
      (error: unknown) => this.#end(run, textOf(error), true),
    );
  }

  #take(run: Run, event: RunEvent): void {
    const entry = run.entries[event.at]!;
    run.latest = Math.max(run.latest, event.at);
    if (entry.status === "waiting") entry.status = "running";
    switch (event.type) {
      case "progress":
        this.#tell(run, entry, event.progress);
        break;
      case "points":
        for (const point of event.points) entry.early.push(point);
        run.early ??= window.setTimeout(() => void this.#showEarly(run, entry), EARLY_MILLISECONDS);
        break;
      case "failure":
        entry.status = "failed";
        entry.error = event.message;
        this.#events.onFailure([entry]);
        this.#events.onEntry(entry);
        break;
      case "result":
        if (!this.#cutShort(run, entry, event.result)) this.#keep(run, entry, event.result, "solved");
        this.#tellDone(run);
    }
  }

  #keep(run: Run, entry: Entry, result: Result, status: Entry["status"]): void {
    if (status !== "running") {
      entry.early = [];
      entry.before = undefined;
    }
    entry.status = status;
    const input = run.inputs[run.entries.indexOf(entry)]!;
    entry.result = result;
    entry.resultInput = input;
    void this.#desk.call("keep", { key: entry.key, model: { ...entry.ref, input }, result });
    this.#events.onEntry(entry);
  }

  /** The points so far, as a result that says it is none yet. */
  async #showEarly(run: Run, entry: Entry): Promise<void> {
    run.early = undefined;
    const result = await this.#partial(run, entry, "the run goes on").catch(() => undefined);
    // it may have ended meanwhile, or what was there before may be more
    if (entry.before !== undefined && entry.before.result.fixedPoints.length >= entry.early.length) return;
    if (result === undefined || this.#run !== run || entry.status !== "running") return;
    run.shown.add(result);
    this.#keep(run, entry, result, "running");
  }

  #partial({ entries, inputs, options }: Run, entry: Entry, because: string): Promise<Result> {
    const model = { ...entry.ref, input: inputs[entries.indexOf(entry)]! };
    return this.#desk.call("partial", { model, points: entry.early, options, because });
  }

  /** @param because what became of models that have no result. */
  #end(run: Run, because: string, failed = false): void {
    window.clearTimeout(run.early);
    this.#run = undefined;
    const open = run.entries.filter(({ status }) => status === "waiting" || status === "running");
    for (const entry of open) {
      if (failed) {
        entry.status = "failed";
        entry.error = because;
      } else this.#cancelled(run, entry, because);
      this.#events.onEntry(entry);
    }
    if (failed) this.#events.onFailure(open.slice(0, 1));
    this.#events.onState(this.#queue.length > 0);
    if (this.#queue.length === 0) this.#events.onEnd(run.entries);
    this.#begin();
  }

  /** Whether a result is of a cancelled run that found less than was there before, which then comes back. */
  #cutShort(run: Run, entry: Entry, { complete, fixedPoints }: Result): boolean {
    return run.stopped && !complete && this.#restored(run, entry, fixedPoints.length);
  }

  /** Whether what was there before a run is more than the run found. If so it comes back. */
  #restored(run: Run, entry: Entry, found: number): boolean {
    const { result, before } = entry;
    if (before === undefined || (!before.result.complete && before.result.fixedPoints.length < found)) return false;
    // it may have made room for the points so far
    if (result !== before.result) this.#keep(run, entry, before.result, "solved");
    entry.early = [];
    entry.before = undefined;
    entry.status = "solved";
    this.#events.onEntry(entry);
    return true;
  }

  /** Shows at once what was shown last, and soon all that was found. */
  #cancelled(run: Run, entry: Entry, because: string): void {
    const { result, early } = entry;
    if (this.#restored(run, entry, early.length)) return;
    entry.status = "cancelled";
    entry.before = undefined;
    entry.result =
      result !== undefined && run.shown.has(result) ? { ...result, incompleteBecause: because } : undefined;
    if (early.length > 0) void this.#showFound(run, entry, because);
  }

  async #showFound(run: Run, entry: Entry, because: string): Promise<void> {
    const { early } = entry;
    const result = await this.#partial(run, entry, because).catch(() => undefined);
    // it may be solved anew by now
    if (result !== undefined && entry.early === early) this.#keep(run, entry, result, "cancelled");
  }

  #tell(run: Run, entry: Entry, { phase, fraction, done, fixedPoints }: Progress): void {
    // of models side by side only their number is known
    if (phase === "models") return;
    const many = run.entries.length > 1;
    const work = phase === "search" ? plural(done, "box", "boxes") : plural(done, "region");
    const seconds = formatSeconds((performance.now() - run.started) / 1000);
    const percent = `${many ? `${entry.name}: ` : ""}${(100 * fraction).toFixed(fraction < 0.1 ? 1 : 0)} %`;
    const found = `${plural(fixedPoints, "fixed point")} so far`;
    const share = many ? (run.latest + fraction) / run.entries.length : fraction;
    this.#events.onProgress(share, `${percent}, ${work}, ${found}, ${seconds}`);
    if (performance.now() - run.announced < ANNOUNCE_MILLISECONDS) return;
    run.announced = performance.now();
    this.#events.announce(`${percent} done, ${found}`);
  }

  #tellDone({ entries }: Run): void {
    if (entries.length === 1) return;
    const done = entries.filter(({ status }) => status !== "waiting" && status !== "running").length;
    const text = `${done.toLocaleString("en-US")} of ${plural(entries.length, "model")}`;
    this.#events.onProgress(done / entries.length, text);
  }
}
