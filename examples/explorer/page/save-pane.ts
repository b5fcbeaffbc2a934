import { prettyJson } from "../../../src/formats/write/write-json.ts";
import type { ExportFormat } from "../protocol.ts";
import { cliCommand } from "./cli-command.ts";
import { ExpectedError, type WorkerClient } from "./client.ts";
import { byId } from "./dom.ts";
import { type Entry, refOf } from "./entry.ts";
import { complain, say } from "./messages.ts";
import { pngOf } from "./png.ts";
import type { Proofs } from "./proofs.ts";
import { runOptions } from "./run-options.ts";
import { download, fileName, MEDIA_TYPES } from "./save.ts";
import { sharedAddress } from "./share.ts";

const COPIED_MILLISECONDS = 2000;

export type SaveFormat = ExportFormat | "svg" | "png" | "proof";

const button = (id: string): HTMLButtonElement => byId(id, HTMLButtonElement);

export interface Savable {
  readonly entries: readonly Entry[];
  readonly current: Entry | undefined;
  /** The picture that is shown. */
  readonly svg: string | undefined;
  readonly period: number;
}

/** Files, the command line, and the link that carries a small model. */
export class SavePane {
  readonly #desk: WorkerClient;
  readonly #proofs: Proofs;
  readonly #what: () => Savable;

  /** @param what asked for when something is saved */
  constructor(desk: WorkerClient, proofs: Proofs, what: () => Savable) {
    this.#desk = desk;
    this.#proofs = proofs;
    this.#what = what;
    this.#listen();
  }

  /** The command line for what is shown. */
  showCommand(): void {
    const { entries, period } = this.#chosen();
    const sources = [...new Set(entries.map(({ ref }) => ref.source))];
    byId("command", HTMLTextAreaElement).value =
      sources.length === 0
        ? ""
        : cliCommand({
            files: sources.map(({ name }) => name),
            options: runOptions(),
            input: entries.length === 1 ? entries[0]!.input : {},
            reading: sources[0]!.reading,
            period: entries.every(({ card }) => card?.time === "discrete") ? period : 1,
          });
  }

  /** The models that are saved, and that the command names. */
  #chosen(): Savable {
    const what = this.#what();
    const { entries, current } = what;
    if (entries.length > 1 && byId("scope", HTMLSelectElement).value === "all") return what;
    return { ...what, entries: current === undefined ? [] : [current] };
  }

  async #save(format: SaveFormat): Promise<void> {
    const { current, svg, entries } = this.#chosen();
    const solved = entries.filter(({ result }) => result !== undefined);
    const one = solved.length === 1 ? solved[0] : undefined;
    try {
      if (format === "svg" || format === "png") {
        if (svg === undefined || current === undefined) throw new ExpectedError("there is no picture yet");
        const name = fileName(current.name, format);
        download(name, format === "svg" ? svg : await pngOf(svg), MEDIA_TYPES[format]);
      } else if (solved.length === 0) throw new ExpectedError("there is no result yet");
      else if (format === "proof") {
        if (current?.result === undefined) throw new ExpectedError("there is no result yet");
        const proof = await this.#proofs.make(current, current.result);
        if (proof !== undefined)
          download(fileName(`${current.name}.proof`, "npz"), Uint8Array.from(proof), MEDIA_TYPES.npz);
      } else {
        const { bytes } = await this.#desk.call("export", { keys: solved.map(({ key }) => key), format });
        download(fileName(one?.name ?? "stillpoint", format), bytes, MEDIA_TYPES[format]);
      }
    } catch (error) {
      complain(`Saving ${format.toUpperCase()}`, error);
    }
  }

  /** The cycles of the current model, or the proof that they are all. */
  async #saveCycles(what: "json" | "proof"): Promise<void> {
    const { current } = this.#what();
    try {
      if (current?.cycles === undefined) throw new ExpectedError("there are no cycles yet");
      const { name, cycles } = current;
      if (what === "json") {
        download(fileName(`${name}.cycles`, "json"), `${prettyJson(cycles)}\n`, MEDIA_TYPES.json);
        return;
      }
      const proof = await this.#proofs.make(current, cycles);
      if (proof !== undefined)
        download(fileName(`${name}.cycles.proof`, "npz"), Uint8Array.from(proof), MEDIA_TYPES.npz);
    } catch (error) {
      complain(what === "json" ? "Saving cycles" : "Saving the proof of cycles", error);
    }
  }

  async #copyLink(): Promise<void> {
    const { current, period } = this.#what();
    try {
      if (current?.card === undefined) throw new ExpectedError("there is no model yet");
      const { text } = await this.#desk.call("link", { model: refOf(current) });
      const address = sharedAddress(location.href, { model: text, period });
      history.replaceState(null, "", address);
      await this.#copy(button("link"), address, "The link is in the address bar");
    } catch (error) {
      complain("The link", error);
    }
  }

  async #copyCommand(): Promise<void> {
    const area = byId("command", HTMLTextAreaElement);
    await this.#copy(button("copy"), area.value, "Selected: copy with Ctrl + C", () => area.select());
  }

  /** @param otherwise what is said where a browser keeps the clipboard to itself */
  async #copy(from: HTMLButtonElement, text: string, otherwise: string, orElse: () => void = () => {}): Promise<void> {
    const label = from.textContent;
    try {
      await navigator.clipboard.writeText(text);
      from.textContent = "Copied";
    } catch {
      orElse();
      from.textContent = otherwise;
    }
    say(from.textContent);
    from.disabled = true;
    setTimeout(() => {
      from.textContent = label;
      from.disabled = false;
    }, COPIED_MILLISECONDS);
  }

  #listen(): void {
    for (const id of ["method", "backend", "threads", "seconds", "scope"])
      byId(id, HTMLElement).addEventListener("change", () => this.showCommand());
    for (const each of byId("exports", HTMLElement).querySelectorAll("button"))
      each.addEventListener("click", () => void this.#save(each.dataset.format as SaveFormat));
    for (const each of byId("cycles-exports", HTMLElement).querySelectorAll("button"))
      each.addEventListener("click", () => void this.#saveCycles(each.dataset.cycles as "json" | "proof"));
    button("copy").addEventListener("click", () => void this.#copyCommand());
    button("link").addEventListener("click", () => void this.#copyLink());
  }
}
