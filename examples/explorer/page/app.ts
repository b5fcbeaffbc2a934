import { LAYOUT_NAMES } from "../../../src/formats/read/names/layouts.ts";
import type { Analysis, FixedPoint } from "../../../src/index.ts";
import type { ExportFormat, ModelFile, Reading, RunOptions, Source } from "../protocol.ts";
import { findAdapter } from "./adapter.ts";
import { cliCommand } from "./cli-command.ts";
import { ExpectedError, WorkerClient } from "./client.ts";
import { MODEL_COLUMNS, pointColumns } from "./columns.ts";
import { continuaOf } from "./continua.ts";
import { detailsOf } from "./details.ts";
import { byId, element } from "./dom.ts";
import { type Entry, makeEntry } from "./entry.ts";
import { EXAMPLES } from "./examples.ts";
import { listenForFiles } from "./files.ts";
import { plural } from "./format.ts";
import { batchText, factsText, foundText, sizeText, verdictOf, verdictText } from "./headline.ts";
import { InputSliders } from "./inputs.ts";
import { clearMessages, complain, complainOf, say, textOf } from "./messages.ts";
import { PicturePane } from "./picture-pane.ts";
import { readingOf } from "./reading.ts";
import { Runs } from "./runs.ts";
import { download, fileName, MEDIA_TYPES } from "./save.ts";
import { SortableTable } from "./table.ts";

/** A model that is likely to take less, in seconds, is solved anew while its slider moves. */
const LIVE_SECONDS = 0.3;
/** The table of a batch is made anew at most this often. */
const REFRESH_MILLISECONDS = 500;
/** A run shorter than this shows no progress: it would only flicker. */
const QUIET_MILLISECONDS = 150;
const COPIED_MILLISECONDS = 2000;

const button = (id: string): HTMLButtonElement => byId(id, HTMLButtonElement);
const select = (id: string): HTMLSelectElement => byId(id, HTMLSelectElement);
const input = (id: string): HTMLInputElement => byId(id, HTMLInputElement);
const html = (id: string): HTMLElement => byId(id, HTMLElement);

/** The page: its models, the one that is looked at, and what is done with them. */
export class App {
  readonly #desk = new WorkerClient();
  readonly #runs = new Runs(this.#desk, runOptions, {
    onState: (running) => this.#showRunning(running),
    onProgress: showProgress,
    announce: say,
    onEntry: (entry) => this.#changed(entry),
    onFailure: complainOf,
    onEnd: (entries) => {
      this.#showModels();
      say(this.#summary(entries));
    },
  });
  readonly #models = new SortableTable<Entry>(html("batch-table"), "All models", (i) => this.#choose(this.#entries[i]));
  readonly #points = new SortableTable<FixedPoint>(html("points"), "Fixed points", (i) => this.#choosePoint(i));
  readonly #sliders = new InputSliders(html("sliders"), (values, final) => this.#changeInput(values, final));
  readonly #pictures = new PicturePane(this.#desk, (point) => this.#choosePoint(point));
  #entries: readonly Entry[] = [];
  #current: Entry | undefined;
  #point: number | undefined;
  #nextSource = 0;
  #refresh: number | undefined;
  #quiet: number | undefined;

  async start(): Promise<void> {
    this.#listen();
    void showAdapter();
    select("example").value = "0";
    await this.#openExample(0);
  }

  async #openExample(i: number): Promise<void> {
    const { url, file } = EXAMPLES[i];
    try {
      const response = await fetch(url);
      if (!response.ok) throw new ExpectedError(`it could not be fetched (${response.status})`);
      await this.#open([{ name: file, content: await response.blob() }], {});
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
      if (await this.#open(files, reading)) select("example").value = "";
    } catch (error) {
      complain("Names in files", error);
    }
  }

  /** Models that are opened take the place of those before. @returns false if none can be read; then those stay. */
  async #open(files: readonly ModelFile[], reading: Source["reading"]): Promise<boolean> {
    clearMessages();
    say(files.length === 1 ? `Reading ${files[0].name}` : `Reading ${plural(files.length, "file")}`);
    const sources = files.map((file): Source => ({ ...file, id: this.#nextSource++, reading }));
    const entries = (await Promise.all(sources.map((source) => this.#read(source)))).flat();
    const good = entries.filter(({ error }) => error === undefined);
    complainOf(entries.filter(({ error }) => error !== undefined));
    if (good.length === 0) return false;
    this.#runs.stop();
    for (const { key, ref } of this.#entries) void this.#desk.call("keep", { key, model: ref, result: undefined });
    this.#entries = entries;
    this.#choose(good[0]);
    this.#runs.solve(good);
    this.#showModels();
    return true;
  }

  async #read(source: Source): Promise<Entry[]> {
    try {
      const readings = await this.#desk.call("read", { source });
      return readings.map((each: Reading, index) => makeEntry(source, index, each.name, each));
    } catch (error) {
      return [makeEntry(source, 0, source.name, { error: textOf(error) })];
    }
  }

  #choose(entry: Entry): void {
    this.#current = entry;
    this.#point = undefined;
    this.#sliders.show(entry.card?.input ?? [], entry.input);
    this.#showCurrent();
    this.#models.select(this.#entries.indexOf(entry));
  }

  #changed(entry: Entry): void {
    if (entry === this.#current) this.#showCurrent();
    this.#refresh ??= window.setTimeout(() => this.#showModels(), REFRESH_MILLISECONDS);
  }

  #changeInput(values: Readonly<Record<string, number>>, final: boolean): void {
    const entry = this.#current;
    if (entry?.card === undefined) return;
    entry.input = values;
    this.#showCommand();
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
    const [{ result, error }] = entries;
    return result === undefined ? (error ?? "Cancelled.") : `${foundText(result)}. ${verdictText(result)}`;
  }

  #showCurrent(): void {
    const entry = this.#current;
    if (entry === undefined) return;
    const { card, result, name, status } = entry;
    html("headline").textContent = name;
    html("verdict").textContent = verdictOf(entry);
    html("verdict").dataset.complete = result === undefined || status === "running" ? "open" : `${result.complete}`;
    html("facts").textContent =
      card === undefined ? "" : result === undefined || status === "running" ? sizeText(card) : factsText(card, result);
    html("inputs").hidden = (card?.input ?? []).length === 0;
    html("live").textContent =
      (card?.seconds ?? 0) > LIVE_SECONDS ? "Solved anew when you let go." : "Solved anew as you move it.";
    this.#showPoints();
    this.#showCommand();
    this.#pictures.show(entry);
  }

  #showPoints(): void {
    const { result, card } = this.#current ?? {};
    const points = result?.fixedPoints ?? [];
    if (this.#point !== undefined && this.#point >= points.length) this.#point = undefined;
    html("points-title").textContent = plural(points.length, "fixed point");
    html("points").hidden = points.length === 0;
    this.#points.show(pointColumns(points, card?.time ?? "discrete"), points, this.#point);
    html("continua").replaceChildren(...continuaOf(result));
    void this.#showDetails();
  }

  #choosePoint(point: number): void {
    this.#point = point;
    this.#points.select(point);
    void this.#showDetails();
  }

  async #showDetails(): Promise<void> {
    const [entry, i] = [this.#current, this.#point];
    const result = entry?.result;
    this.#pictures.select(i);
    if (entry === undefined || result === undefined || i === undefined) {
      html("details-title").textContent = "No point selected";
      html("details").replaceChildren(element("p", { class: "hint" }, "Select one in the picture or in the table."));
      return;
    }
    const show = (analysis: Analysis | undefined): void => {
      html("details-title").textContent = `Point ${i}`;
      html("details").replaceChildren(...detailsOf(result, result.fixedPoints[i], analysis));
    };
    show(undefined);
    try {
      const analysis = await this.#desk.call("analyse", { key: entry.key, point: i });
      if (this.#current === entry && this.#point === i && entry.result === result) show(analysis);
    } catch (error) {
      complain(entry.name, error);
    }
  }

  #showModels(): void {
    window.clearTimeout(this.#refresh);
    this.#refresh = undefined;
    const several = this.#entries.length > 1;
    for (const id of ["batch", "solve-all", "scope-label"]) html(id).hidden = !several;
    if (!several) return;
    html("batch-summary").textContent = batchText(this.#entries);
    this.#models.show(MODEL_COLUMNS, this.#entries, this.#current && this.#entries.indexOf(this.#current));
  }

  /** The models that are saved, and that the command names. */
  #chosen(): readonly Entry[] {
    if (this.#entries.length > 1 && select("scope").value === "all") return this.#entries;
    return this.#current === undefined ? [] : [this.#current];
  }

  #showCommand(): void {
    const entries = this.#chosen();
    const sources = [...new Set(entries.map(({ ref }) => ref.source))];
    if (sources.length === 0) return;
    byId("command", HTMLTextAreaElement).value = cliCommand({
      files: sources.map(({ name }) => name),
      options: runOptions(),
      input: entries.length === 1 ? entries[0].input : {},
      reading: sources[0].reading,
    });
  }

  async #copyCommand(): Promise<void> {
    const area = byId("command", HTMLTextAreaElement);
    const copy = button("copy");
    const label = copy.textContent;
    try {
      await navigator.clipboard.writeText(area.value);
      copy.textContent = "Copied";
    } catch {
      // a browser that keeps the clipboard to itself: the reader can copy the selection
      area.select();
      copy.textContent = "Selected: copy with Ctrl + C";
    }
    say(copy.textContent);
    copy.disabled = true;
    setTimeout(() => {
      copy.textContent = label;
      copy.disabled = false;
    }, COPIED_MILLISECONDS);
  }

  async #save(format: ExportFormat | "svg"): Promise<void> {
    const entries = this.#chosen().filter(({ result }) => result !== undefined);
    const one = format === "svg" ? this.#current : entries.length === 1 ? entries[0] : undefined;
    const name = fileName(one?.name ?? "stillpoint", format);
    try {
      if (format === "svg") {
        if (this.#pictures.svg === undefined) throw new ExpectedError("there is no picture yet");
        download(name, this.#pictures.svg, MEDIA_TYPES.svg);
        return;
      }
      if (entries.length === 0) throw new ExpectedError("there is no result yet");
      const { bytes } = await this.#desk.call("export", { keys: entries.map(({ key }) => key), format });
      download(name, bytes, MEDIA_TYPES[format]);
    } catch (error) {
      complain(`Saving ${name}`, error);
    }
  }

  #listen(): void {
    const none = new Option("none", "");
    none.hidden = true;
    select("example").replaceChildren(none, ...EXAMPLES.map(({ about }, i) => new Option(about, `${i}`)));
    select("layout").replaceChildren(new Option("none", ""), ...LAYOUT_NAMES.map((name) => new Option(name, name)));
    // one for the page itself
    input("threads").value = `${Math.max(1, (navigator.hardwareConcurrency ?? 2) - 1)}`;
    listenForFiles(html("drop"), button("pick"), input("files"), (files) => void this.#openFiles(files));
    select("example").addEventListener("change", () => void this.#openExample(Number(select("example").value)));
    button("solve").addEventListener("click", () => this.#current?.card && this.#runs.solve([this.#current]));
    button("solve-all").addEventListener("click", () => this.#runs.solve(this.#entries.filter(({ card }) => card)));
    button("cancel").addEventListener("click", () => this.#runs.stop());
    for (const id of ["method", "backend", "threads", "seconds", "scope"])
      html(id).addEventListener("change", () => this.#showCommand());
    for (const each of html("exports").querySelectorAll("button"))
      each.addEventListener("click", () => void this.#save(each.dataset.format as ExportFormat | "svg"));
    button("copy").addEventListener("click", () => void this.#copyCommand());
    // on a small screen the options would be in the way
    byId("options", HTMLDetailsElement).open = window.matchMedia("(min-width: 761px)").matches;
  }
}

function runOptions(): RunOptions {
  const seconds = input("seconds").valueAsNumber;
  const threads = input("threads").valueAsNumber;
  return {
    method: select("method").value as RunOptions["method"],
    backend: select("backend").value as RunOptions["backend"],
    threads: Number.isInteger(threads) && threads > 0 ? threads : 1,
    ...(seconds > 0 ? { maxSeconds: seconds } : {}),
  };
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
