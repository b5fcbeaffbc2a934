import { formatSeconds } from "../../../src/formats/write/write-text.ts";
import type { SweepRange } from "../../../src/index.ts";
import type { RunOptions } from "../protocol.ts";
import type { WorkerClient } from "./client.ts";
import { byId } from "./dom.ts";
import { type Entry, refOf } from "./entry.ts";
import { reachOf } from "./inputs.ts";
import { Task } from "./task.ts";

/** Values at which the branches are tabulated: nothing that is drawn comes from them alone. */
const SAMPLES = 41;
/** Unless the reader says how long a run may take. */
const SECONDS = 20;
/** Branches of cycles of longer periods would hide each other. */
const LONGEST_PERIOD = 4;

const input = (id: string): HTMLInputElement => byId(id, HTMLInputElement);
const select = (id: string): HTMLSelectElement => byId(id, HTMLSelectElement);

/**
 * The branches of fixed points, and of cycles up to the period of the slider, over one component of the input: which
 * one, from where to where, and the sweep itself.
 */
export class Branches {
  readonly #task = new Task();
  readonly #desk: WorkerClient;
  readonly #options: () => RunOptions;
  readonly #period: () => number;
  /** What the sweep that is attached is of. */
  #done = "";
  #entry: Entry | undefined;

  /** @param period that cycles are found up to. @param onChange other branches are wanted */
  constructor(desk: WorkerClient, options: () => RunOptions, period: () => number, onChange: () => void) {
    this.#desk = desk;
    this.#options = options;
    this.#period = period;
    select("branch-input").addEventListener("change", () => {
      this.#showRange();
      onChange();
    });
    for (const id of ["branch-from", "branch-to"]) input(id).addEventListener("change", onChange);
  }

  /** The form for a model's inputs. */
  show(entry: Entry): void {
    if (entry === this.#entry) return;
    this.#entry = entry;
    this.#task.drop();
    const count = entry.card?.input.length ?? 0;
    const names = Array.from({ length: count }, (_, k) => new Option(`s${k}`, `s${k}`));
    select("branch-input").replaceChildren(...names);
    if (count > 0) this.#showRange();
  }

  /** The value of the swept component that the result is for. */
  at(entry: Entry): number {
    const name = select("branch-input").value;
    const given = entry.card?.input[Number(name.slice(1))] ?? 0;
    return entry.resultInput?.[name] ?? given;
  }

  /**
   * Makes the sweep that is asked for, unless it is there. @returns whether the desk has it now; false where another
   * one took its place. @throws ExpectedError
   */
  async follow(entry: Entry, onProgress: (text: string) => void): Promise<boolean> {
    const range: SweepRange = {
      parameter: select("branch-input").value,
      from: input("branch-from").valueAsNumber,
      to: input("branch-to").valueAsNumber,
      samples: SAMPLES,
    };
    const others = Object.entries(entry.input).filter(([name]) => name !== range.parameter);
    const period = entry.card?.time === "discrete" ? Math.min(this.#period(), LONGEST_PERIOD) : 1;
    const key = JSON.stringify([entry.key, range, others, period]);
    if (key === this.#done) return true;
    const started = performance.now();
    const { threads, maxSeconds = SECONDS } = this.#options();
    onProgress("Following branches…");
    const sweep = await this.#task.do(
      "sweep",
      { model: refOf(entry), range, options: { threads, maxSeconds, maxPeriod: period > 1 ? period : undefined } },
      ({ fraction }) => {
        const seconds = formatSeconds((performance.now() - started) / 1000);
        onProgress(`Following branches: ${Math.round(100 * fraction)} %, ${seconds}`);
      },
    );
    if (sweep === undefined) return false;
    await this.#desk.call("attach", { key: entry.key, sweep });
    this.#done = key;
    onProgress(sweep.complete ? "" : `The branches are incomplete: ${sweep.incompleteBecause}.`);
    return true;
  }

  /** The desk has lost what was attached. */
  forget(): void {
    this.#done = "";
  }

  #showRange(): void {
    const given = this.#entry?.card?.input[Number(select("branch-input").value.slice(1))] ?? 0;
    const reach = reachOf(given);
    input("branch-from").value = `${given - reach}`;
    input("branch-to").value = `${given + reach}`;
  }
}
