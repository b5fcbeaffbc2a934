import type { ReducedSystem } from "../arrangement/reduce.ts";
import { F64 } from "../float/precision.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { sentSystem } from "../model/transfer.ts";
import type { ExpandMode } from "../stages/batch.ts";
import { limitOf } from "../stages/helpers.ts";
import type { WorkerPool } from "../stages/pool.ts";
import { type RunControl, stopReason, Turns, takeSteps } from "../stages/run.ts";
import { type StageModel, stageModel } from "../stages/stage-model.ts";
import {
  type Admit,
  type DecidePayload,
  Decider,
  type Decision,
  joined,
  type OpenItems,
  openCount,
  piecesOf,
} from "./decider.ts";

/** Open items per message to a worker: some tens of milliseconds of work. */
const ITEMS_PER_MESSAGE = 2048;

/** An attempt at the regions of a model. */
export interface Attempt {
  readonly system: PiecewiseLinearSystem;
  readonly reduced: ReducedSystem;
  /** The model as the backend has it. */
  readonly stage: StageModel;
  /** The number of the owner directions. */
  readonly attempt: number;
  readonly mode: ExpandMode;
}

/** Decides what a backend has left open in one attempt, in float64 and then exactly, on this thread or by workers. */
export class OpenDecisions {
  readonly #of: Attempt;
  readonly #admit: Admit;
  /** Made when first needed: of many small models, few leave anything undecided. */
  #lazyStage64: StageModel | undefined;
  #lazyDecider: Decider | undefined;
  readonly #spent: (milliseconds: number) => void;

  /** @param admit takes the masks that decisions on subsets make. @param spent told of time on this thread. */
  constructor(of: Attempt, admit: Admit, spent: (milliseconds: number) => void) {
    this.#of = of;
    this.#admit = admit;
    this.#spent = spent;
    this.#lazyStage64 = of.stage.precision.name === "f64" ? of.stage : undefined;
  }

  /** The model in float64. */
  get stage64(): StageModel {
    const { reduced, attempt } = this.#of;
    this.#lazyStage64 ??= stageModel(reduced, F64, attempt);
    return this.#lazyStage64;
  }

  get #decider(): Decider {
    const { reduced, attempt } = this.#of;
    this.#lazyDecider ??= new Decider(reduced, this.stage64, attempt);
    return this.#lazyDecider;
  }

  /** Decides open items on this thread, in pieces between which the clock is looked at. */
  async decide(open: OpenItems, control: RunControl): Promise<Decision> {
    const { reduced, mode } = this.#of;
    const { words } = reduced;
    const turns = new Turns();
    const parts: Decision[] = [];
    let left = openCount(open, words);
    for (const piece of piecesOf(open, words)) {
      const before = performance.now();
      const decided = await takeSteps(this.#decider.deciding(piece, mode, this.#admit), control, turns);
      this.#spent(performance.now() - before);
      if ("stopped" in decided) break;
      parts.push(decided.value);
      left -= openCount(piece, words);
      if (left > 0 && stopReason(control) !== undefined) break;
    }
    return joined(parts, left);
  }

  /** Sends open items to workers. @returns the decisions to come, in order. */
  send({ masks, subsets }: OpenItems, pool: WorkerPool, control: RunControl): Promise<Decision>[] {
    const { system, attempt, reduced } = this.#of;
    const { words } = reduced;
    const sent: Promise<Decision>[] = [];
    const common = { ...sentSystem(system), ...limitOf(control), attempt };
    const send = (open: OpenItems) => {
      const payload = { ...common, ...open } satisfies DecidePayload;
      const decision = pool.run("decide", payload, pool.size, () => this.decide(open, control)) as Promise<Decision>;
      // the error is seen where the decision is awaited; until then it must not count as unhandled
      decision.catch(() => {});
      sent.push(decision);
    };
    for (let from = 0; from < masks.length; from += ITEMS_PER_MESSAGE * words) {
      send({ masks: masks.slice(from, from + ITEMS_PER_MESSAGE * words), subsets: [] });
    }
    for (let from = 0; from < subsets.length; from += ITEMS_PER_MESSAGE) {
      send({ masks: new Uint32Array(0), subsets: subsets.slice(from, from + ITEMS_PER_MESSAGE) });
    }
    return sent;
  }
}
