import { LAYOUT_NAMES } from "../../../src/formats/read/names/layouts.ts";
import type { ReadOptions } from "../../../src/formats/read/read.ts";
import { formatSeconds } from "../../../src/formats/write/write-text.ts";
import type { ModelFile } from "../protocol.ts";
import { findAdapter } from "./adapter.ts";
import { arrayForm } from "./array-form.ts";
import { ExpectedError, WorkerClient } from "./client.ts";
import { MODEL_COLUMNS } from "./columns.ts";
import { CyclesPane } from "./cycles-pane.ts";
import { byId } from "./dom.ts";
import type { Entry } from "./entry.ts";
import { EXAMPLES } from "./examples.ts";
import { listenForFiles } from "./files.ts";
import { plural } from "./format.ts";
import { batchText, factsText, foundText, sizeText, verdictOf, verdictText } from "./headline.ts";
import { InputSliders } from "./inputs.ts";
import { clearMessages, complain, complainOf, say } from "./messages.ts";
import { type Opened, type OpenedProof, Opening } from "./opening.ts";
import { PicturePane } from "./picture-pane.ts";
import { PointsPane } from "./points-pane.ts";
import { Proofs } from "./proofs.ts";
import { readingOf } from "./reading.ts";
import { defaultThreads, runOptions } from "./run-options.ts";
import { Runs } from "./runs.ts";
import { SavePane } from "./save-pane.ts";
import { sharedIn } from "./share.ts";
import { SortableTable } from "./table.ts";

/** A model that is likely to take less, in seconds, is solved anew while its slider moves. */
const LIVE_SECONDS = 0.3;
/** The table of a batch is made anew at most this often. */
const REFRESH_MILLISECONDS = 500;
/** A run shorter than this shows no progress: it would only flicker. */
const QUIET_MILLISECONDS = 150;

const button = (id: string): HTMLButtonElement => byId(id, HTMLButtonElement);
const select = (id: string): HTMLSelectElement => byId(id, HTMLSelectElement);
const input = (id: string): HTMLInputElement => byId(id, HTMLInputElement);
const html = (id: string): HTMLElement => byId(id, HTMLElement);

/** The page: its models, the one that is looked at, and what is done with them. */
export class App {
  readonly #desk = new WorkerClient({ onDeath: () => void this.#revive() });
  readonly #opening = new Opening();
  readonly #proofs = new Proofs();
  readonly #runs = new Runs(this.#desk, runOptions, {
    onState: (running) => this.#showRunning(running),
    onProgress: showProgress,
    announce: say,
    onEntry: (entry) => this.#changed(entry),
    onFailure: complainOf,
    onEnd: (entries) => this.#ended(entries),
  });
  readonly #models = new SortableTable<Entry>(html("batch-table"), "All models", (i) =>
    this.#choose(this.#entries[i]!),
  );
  readonly #sliders = new InputSliders(html("sliders"), (values, final) => this.#changeInput(values, final));
  readonly #pictures = new PicturePane(
    this.#desk,
    runOptions,
    () => this.#cycles.period,
    (point) => this.#points.choose(point),
  );
  readonly #points = new PointsPane(this.#desk, (point) => this.#pictures.select(point));
  readonly #cycles = new CyclesPane(
    this.#desk,
    runOptions,
    () => this.#pictures.redraw(),
    (cycle) => this.#pictures.selectCycle(cycle),
  );
  readonly #save = new SavePane(this.#desk, this.#proofs, () => ({
    entries: this.#entries,
    current: this.#current,
    svg: this.#pictures.svg,
    period: this.#cycles.period,
  }));
  #entries: readonly Entry[] = [];
  #current: Entry | undefined;
  /** Proofs that wait for the results of the models that they were dropped with. */
  #waitingProofs: readonly OpenedProof[] = [];
  /** Counts what was opened: what is read late is not shown in the place of what was opened after it. */
  #openings = 0;
  #refresh: number | undefined;
  #quiet: number | undefined;

  async start(): Promise<void> {
    this.#listen();
    void showAdapter();
    const shared = await this.#openShared();
    if (shared) return;
    select("example").value = "0";
    await this.#openExample(0);
  }

  /** The model of the page's address. @returns whether there is one */
  async #openShared(): Promise<boolean> {
    const shared = sharedIn(location.href);
    if (shared === undefined) return false;
    try {
      const file = await this.#opening.unlink(shared.model);
      await this.#open([file], {}, { period: shared.period });
      return this.#current !== undefined;
    } catch (error) {
      complain("The link", error);
      return false;
    }
  }

  async #openExample(i: number): Promise<void> {
    const { url, file } = EXAMPLES[i]!;
    try {
      const response = await fetch(url);
      if (!response.ok) throw new ExpectedError(`it could not be fetched (${response.status})`);
      await this.#open([{ name: file, content: await response.blob() }], {}, { isExample: true });
    } catch (error) {
      complain(file, error);
    }
  }

  async #openFiles(files: readonly ModelFile[]): Promise<void> {
    if (files.length === 0) return;
    try {
      const reading = readingOf({
        layout: select("layout").value,
        map: input("map").value,
        set: input("set").value,
        prefix: input("prefix").value,
        columnMajor: input("column-major").checked,
      });
      await this.#open(files, reading);
    } catch (error) {
      clearMessages();
      complain("Names in files", error);
    }
  }

  /**
   * Models that are opened take the place of those before, which go at once; proofs alone leave them.
   * @param period of the cycles that are to be found. @param isExample of which the menu has the name
   */
  async #open(
    files: readonly ModelFile[],
    reading: ReadOptions,
    { period = 1, isExample = false }: { readonly period?: number; readonly isExample?: boolean } = {},
  ): Promise<void> {
    const opening = ++this.#openings;
    const before = { entries: this.#entries, current: this.#current };
    // a message about a link stays beside the example in its place
    if (!isExample) clearMessages();
    html("forms").replaceChildren();
    this.#runs.stop();
    this.#showNone(files.length === 1 ? files[0]!.name : plural(files.length, "file"), "Reading…");
    const opened = await this.#readAll(files, reading);
    if (opening !== this.#openings) return;
    if (opened.entries.length === 0 && !opened.cancelled) {
      this.#entries = before.entries;
      if (before.current !== undefined) this.#choose(before.current);
      void this.#proofs.check(opened.proofs, this.#entries);
      return;
    }
    for (const { key, ref } of before.entries) void this.#desk.call("keep", { key, model: ref, result: undefined });
    this.#waitingProofs = opened.proofs;
    this.#entries = opened.entries;
    this.#showFailures(opened.entries);
    const good = opened.entries.filter(({ error }) => error === undefined);
    if (good.length === 0) {
      this.#showNone("No model", opened.cancelled ? "Cancelled." : "Nothing could be read.");
      return;
    }
    if (!isExample) select("example").value = "";
    this.#cycles.period = period;
    this.#choose(good[0]!);
    this.#runs.solve(good);
    this.#showModels();
  }

  async #readAll(files: readonly ModelFile[], reading: ReadOptions): Promise<Opened> {
    const started = performance.now();
    this.#showRunning(true);
    const show = (done: number): void => {
      const file = files[done]!.name;
      const seconds = formatSeconds((performance.now() - started) / 1000);
      const count = files.length === 1 ? "" : ` (${done + 1} of ${files.length})`;
      showProgress(done / files.length, `Reading ${file}${count}, ${seconds}`);
    };
    say(files.length === 1 ? `Reading ${files[0]!.name}` : `Reading ${plural(files.length, "file")}`);
    try {
      return await this.#opening.open(files, reading, show);
    } finally {
      this.#showRunning(false);
    }
  }

  /** What could not be read: a form where the reader can say which array is which, else a message. */
  #showFailures(entries: readonly Entry[]): void {
    const failed = entries.filter(({ error }) => error !== undefined);
    const sources = new Set<number>();
    const plain: Entry[] = [];
    for (const entry of failed) {
      const { misfit, ref, error = "" } = entry;
      if (misfit === undefined || misfit.holdings.length === 0) plain.push(entry);
      // of a file with many models one form is enough
      else if (!sources.has(ref.source.id)) {
        sources.add(ref.source.id);
        const form = arrayForm(ref.source, error, misfit, this.#opening.remembered, {
          onRead: (options) => {
            form.remove();
            void this.#readAgain(entry, options);
          },
          onDismiss: () => form.remove(),
        });
        html("forms").append(form);
      }
    }
    complainOf(plain);
  }

  /** Reads a file again as the reader said: its models take the place of what could not be read. */
  async #readAgain(entry: Entry, options: ReadOptions): Promise<void> {
    const { source } = entry.ref;
    const opening = this.#openings;
    this.#opening.remember(options);
    const { entries } = await this.#readAll([source], options);
    if (opening !== this.#openings) return;
    const at = this.#entries.findIndex(({ ref }) => ref.source.id === source.id);
    const others = this.#entries.filter(({ ref }) => ref.source.id !== source.id);
    this.#entries = [...others.slice(0, Math.max(0, at)), ...entries, ...others.slice(Math.max(0, at))];
    this.#showFailures(entries);
    const good = entries.filter(({ error }) => error === undefined);
    if (good.length === 0) return;
    select("example").value = "";
    this.#choose(good[0]!);
    this.#runs.solve(good);
    this.#showModels();
  }

  #choose(entry: Entry): void {
    this.#current = entry;
    this.#sliders.show(entry.card?.input ?? [], entry.input);
    this.#showCurrent();
    this.#models.select(this.#entries.indexOf(entry));
  }

  /** No model is at hand. */
  #showNone(title: string, verdict: string): void {
    this.#current = undefined;
    html("work").hidden = true;
    html("headline").textContent = title;
    html("verdict").textContent = verdict;
    html("verdict").dataset.complete = "open";
    html("facts").textContent = "";
    html("inputs").hidden = true;
    html("batch").hidden = true;
    this.#points.show(undefined);
    this.#cycles.show(undefined);
    this.#pictures.clear();
    this.#save.showCommand();
  }

  #changed(entry: Entry): void {
    if (entry === this.#current) this.#showCurrent();
    this.#refresh ??= window.setTimeout(() => this.#showModels(), REFRESH_MILLISECONDS);
  }

  #ended(entries: readonly Entry[]): void {
    this.#showModels();
    say(this.#summary(entries));
    const proofs = this.#waitingProofs;
    this.#waitingProofs = [];
    void this.#proofs.check(proofs, this.#entries);
  }

  #changeInput(values: Readonly<Record<string, number>>, final: boolean): void {
    const entry = this.#current;
    if (entry?.card === undefined) return;
    entry.input = values;
    this.#save.showCommand();
    if (entry.card.seconds <= LIVE_SECONDS) this.#runs.solve([entry]);
    else if (final) this.#runs.restart(entry);
  }

  #showRunning(running: boolean): void {
    button("cancel").disabled = !running;
    window.clearTimeout(this.#quiet);
    if (!running) html("running").hidden = true;
    else
      this.#quiet = window.setTimeout(() => {
        html("running").hidden = false;
      }, QUIET_MILLISECONDS);
  }

  #summary(entries: readonly Entry[]): string {
    if (entries.length > 1) return batchText(this.#entries);
    const [{ result, error } = {}] = entries;
    return result === undefined ? (error ?? "Cancelled.") : `${foundText(result)}. ${verdictText(result)}`;
  }

  #showCurrent(): void {
    const entry = this.#current;
    if (entry === undefined) return;
    const { card, result, name, status } = entry;
    html("work").hidden = false;
    html("headline").textContent = name;
    html("verdict").textContent = verdictOf(entry);
    html("verdict").dataset.complete = result === undefined || status === "running" ? "open" : `${result.complete}`;
    html("facts").textContent =
      card === undefined ? "" : result === undefined || status === "running" ? sizeText(card) : factsText(card, result);
    html("inputs").hidden = (card?.input ?? []).length === 0;
    html("live").textContent =
      (card?.seconds ?? 0) > LIVE_SECONDS ? "Solved anew when you let go." : "Solved anew as you move it.";
    this.#save.showCommand();
    this.#pictures.show(entry, this.#entries);
    this.#points.show(entry);
    this.#cycles.show(entry);
  }

  #showModels(): void {
    window.clearTimeout(this.#refresh);
    this.#refresh = undefined;
    const several = this.#entries.length > 1;
    for (const id of ["batch", "solve-all", "scope-label"]) html(id).hidden = !several;
    if (!several) return;
    this.#pictures.offer(this.#entries);
    html("batch-summary").textContent = batchText(this.#entries);
    this.#models.show(MODEL_COLUMNS, this.#entries, this.#current && this.#entries.indexOf(this.#current));
  }

  /** A worker that draws and analyses has died: the next one is told what it must know. */
  async #revive(): Promise<void> {
    this.#pictures.forget();
    for (const { key, ref, result, resultInput = {} } of this.#entries) {
      if (result !== undefined) void this.#desk.call("keep", { key, model: { ...ref, input: resultInput }, result });
    }
    try {
      await this.#cycles.reattach();
    } catch (error) {
      complain("Cycles", error);
    }
    this.#showCurrent();
  }

  #cancel(): void {
    this.#opening.cancel();
    this.#runs.stop();
  }

  #listen(): void {
    const none = new Option("none", "");
    none.hidden = true;
    select("example").replaceChildren(none, ...EXAMPLES.map(({ about }, i) => new Option(about, `${i}`)));
    select("layout").replaceChildren(new Option("none", ""), ...LAYOUT_NAMES.map((name) => new Option(name, name)));
    input("threads").value = `${defaultThreads(navigator.hardwareConcurrency)}`;
    listenForFiles(html("drop"), button("pick"), input("files"), (files) => void this.#openFiles(files));
    select("example").addEventListener("change", () => {
      clearMessages();
      void this.#openExample(Number(select("example").value));
    });
    button("solve").addEventListener("click", () => this.#current?.card && this.#runs.solve([this.#current]));
    button("solve-all").addEventListener("click", () => this.#runs.solve(this.#entries.filter(({ card }) => card)));
    button("cancel").addEventListener("click", () => this.#cancel());
    window.addEventListener("hashchange", () => void this.#openShared());
    // on a small screen the options would be in the way
    byId("options", HTMLDetailsElement).open = window.matchMedia("(min-width: 761px)").matches;
  }
}

function showProgress(fraction: number, text: string): void {
  byId("bar", HTMLProgressElement).value = fraction;
  html("progress").textContent = text;
}

async function showAdapter(): Promise<void> {
  const { kind, text } = await findAdapter();
  html("adapter").dataset.kind = kind;
  html("adapter").textContent = text;
  const option = byId("backend-webgpu", HTMLOptionElement);
  option.disabled = kind === "none";
  if (kind === "none") option.textContent = "WebGPU (not here)";
  if (kind === "software") option.textContent = "WebGPU (software)";
}
