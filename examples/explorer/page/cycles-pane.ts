import { formatSeconds } from "../../../src/formats/write/write-text.ts";
import type { Cycle, CyclesResult } from "../../../src/index.ts";
import type { RunOptions } from "../protocol.ts";
import { ExpectedError, type WorkerClient } from "./client.ts";
import { cycleColumns } from "./columns.ts";
import { cyclesText } from "./cycles-text.ts";
import { byId } from "./dom.ts";
import { type Entry, refOf, sameInput } from "./entry.ts";
import { plural } from "./format.ts";
import { say, textOf } from "./messages.ts";
import { inPageWords } from "./page-words.ts";
import { SortableTable } from "./table.ts";
import { Task } from "./task.ts";

/** Unless the reader says how long a run may take. */
const SECONDS = 30;
/** A slider that rests so long asks for its cycles. */
const REST_MILLISECONDS = 250;

const html = (id: string): HTMLElement => byId(id, HTMLElement);
const field = (id: string): HTMLInputElement => byId(id, HTMLInputElement);

/** Cycles that were asked for. */
interface Wanted {
  readonly entry: Entry;
  readonly period: number;
  readonly input: Entry["input"];
}

/** The slider "period", and the cycles up to it: found, drawn and listed. */
export class CyclesPane {
  readonly #task = new Task();
  readonly #desk: WorkerClient;
  readonly #options: () => RunOptions;
  readonly #table: SortableTable<Cycle>;
  readonly #onCycles: () => void;
  readonly #onSelect: (cycle: number | undefined) => void;
  #entry: Entry | undefined;
  /** The period, model and input that the cycles at hand, or under way, are of. */
  #wanted: Wanted | undefined;
  #selected: number | undefined;
  #timer: number | undefined;

  /**
   * @param onCycles the desk has other cycles of the current model. @param onSelect hears the index among the cycles
   *   that
   * it has
   */
  constructor(
    desk: WorkerClient,
    options: () => RunOptions,
    onCycles: () => void,
    onSelect: (cycle: number | undefined) => void,
  ) {
    this.#desk = desk;
    this.#options = options;
    this.#onCycles = onCycles;
    this.#onSelect = onSelect;
    this.#table = new SortableTable<Cycle>(html("cycles"), "Cycles", (i) => this.#choose(i));
    this.#listen();
  }

  get period(): number {
    return this.#askedFor();
  }

  set period(period: number) {
    field("period").value = `${period}`;
    field("period-exactly").value = `${period}`;
  }

  /** Another model, or another result of the same one. */
  show(entry: Entry | undefined): void {
    const isOther = entry !== this.#entry;
    this.#entry = entry;
    if (isOther) {
      this.#selected = undefined;
      this.#wanted = undefined;
      this.#task.drop();
      this.#listCycles(entry?.cycles);
    }
    html("cycles-section").hidden = entry?.card?.time !== "discrete";
    if (entry?.status === "solved" || entry?.status === "cancelled") this.#find();
  }

  /** The desk died, and has lost what was attached. */
  async reattach(): Promise<void> {
    const entry = this.#entry;
    if (entry?.cycles !== undefined) await this.#attach(entry, entry.cycles);
  }

  cancel(): void {
    this.#task.stop();
  }

  #choose(cycle: number): void {
    this.#selected = cycle;
    this.#table.select(cycle);
    this.#onSelect(cycle);
  }

  /** Finds the cycles that the slider asks for, unless they are at hand. */
  #find(): void {
    const [entry, period] = [this.#entry, this.#askedFor()];
    if (entry?.card?.time !== "discrete" || entry.result === undefined) return;
    const input = entry.resultInput ?? {};
    const same = this.#wanted;
    if (same?.entry === entry && same.period === period && sameInput(same.input, input)) return;
    const wanted = { entry, period, input };
    this.#wanted = wanted;
    if (period === 1) {
      this.#task.drop();
      if (entry.cycles !== undefined) void this.#take(wanted, undefined);
      html("cycles-text").textContent = "Fixed points only. A longer period finds cycles.";
      return;
    }
    void this.#run(wanted);
  }

  async #run(wanted: Wanted): Promise<void> {
    const { entry, period, input } = wanted;
    const { threads, maxSeconds = SECONDS } = this.#options();
    const started = performance.now();
    const tell = (text: string): void => {
      if (this.#wanted === wanted) html("cycles-text").textContent = text;
    };
    tell(`Finding cycles up to period ${period}…`);
    html("cycles-cancel").hidden = false;
    try {
      const model = { ...refOf(entry), input };
      const result = await this.#task.do(
        "cycles",
        { model, maxPeriod: period, options: { threads, maxSeconds } },
        ({ fixedPoints }) => {
          const seconds = formatSeconds((performance.now() - started) / 1000);
          tell(`Finding cycles up to period ${period}: ${plural(fixedPoints, "cycle")} so far, ${seconds}`);
        },
      );
      if (result === undefined || this.#wanted !== wanted) return;
      await this.#take(wanted, result);
      tell(cyclesText(result));
      say(cyclesText(result));
    } catch (error) {
      tell(inPageWords(error instanceof ExpectedError ? error.message : textOf(error)));
      // another try may go better
      if (this.#wanted === wanted) this.#wanted = undefined;
    } finally {
      if (this.#wanted === wanted || this.#wanted === undefined) html("cycles-cancel").hidden = true;
    }
  }

  async #take(wanted: Wanted, result: CyclesResult | undefined): Promise<void> {
    const { entry } = wanted;
    entry.cycles = result;
    await this.#attach(entry, result);
    if (this.#entry !== entry) return;
    this.#selected = undefined;
    this.#listCycles(result);
    this.#onCycles();
  }

  async #attach(entry: Entry, result: CyclesResult | undefined): Promise<void> {
    await this.#desk.call("attach", { key: entry.key, cycles: longCycles(result) });
  }

  #listCycles(result: CyclesResult | undefined): void {
    const cycles = longCycles(result);
    html("cycles").hidden = cycles.length === 0;
    html("cycles-exports").hidden = result === undefined;
    this.#table.show(cycleColumns(cycles), cycles, this.#selected);
    this.#onSelect(this.#selected);
    if (result === undefined) html("cycles-text").textContent = "";
  }

  #askedFor(): number {
    const period = field("period-exactly").valueAsNumber;
    return Number.isInteger(period) && period >= 1 ? period : 1;
  }

  #listen(): void {
    const [slider, exactly] = [field("period"), field("period-exactly")];
    slider.addEventListener("input", () => {
      exactly.value = slider.value;
      window.clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => this.#find(), REST_MILLISECONDS);
    });
    exactly.addEventListener("change", () => {
      slider.value = exactly.value;
      this.#find();
    });
    html("cycles-cancel").addEventListener("click", () => this.cancel());
  }
}

/** Cycles of period 2 and more: those of period 1 are the fixed points. */
function longCycles(result: CyclesResult | undefined): readonly Cycle[] {
  return (result?.cycles ?? []).filter(({ period }) => period > 1);
}
