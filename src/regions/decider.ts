import { OwnerTie } from "../arrangement/owner.ts";
import { type ReducedSystem, reduceSystem } from "../arrangement/reduce.ts";
import type { Steps } from "../base/steps.ts";
import { solve } from "../cpu/solve.ts";
import { F64 } from "../float/precision.ts";
import { type SentSystem, unpackSystem } from "../model/transfer.ts";
import { type ExpandMode, type MaskBatch, NO_HYPERPLANE, Verdict, type VerdictBatch } from "../stages/batch.ts";
import type { Limited } from "../stages/helpers.ts";
import { type StageModel, stageModel } from "../stages/stage-model.ts";
import { Escalation, type EscalationCounts } from "./escalation.ts";

/** The items of a batch that a backend leaves open. */
export interface OpenItems {
  /** Masks over the reduced hyperplanes, one after the other, whose candidates are not surely outside their region. */
  readonly masks: Uint32Array;
  /** Subsets whose signs are not all sure. */
  readonly subsets: readonly (readonly number[])[];
}

/** The decision on open items. */
export interface Decision {
  /** Masks, one after the other, whose candidates float64 can't exclude either. */
  readonly masks: number[];
  /** For each of these masks 1 if its matrix is surely regular. */
  readonly regular: number[];
  /** The number of masks that the subsets had. */
  readonly ofSubsets: number;
  /** The number of these masks that were left after `admit`. */
  readonly admitted: number;
  readonly counts: EscalationCounts;
  /** Whether the owner directions failed: the rest was not decided then. */
  readonly tied: boolean;
  /** The number of items that there was no time for. */
  readonly left: number;
}

/** The number of open items. @param words of a mask. */
export function openCount({ masks, subsets }: OpenItems, words: number): number {
  return masks.length / words + subsets.length;
}

/** Items between two looks at the clock: an item may take some milliseconds. */
const ITEMS_AT_ONCE = 32;

/** Subsets that are done in one step where float64 and structure decide them: a few microseconds each. */
const SUBSETS_IN_A_STEP = 8;

/** Divides open items into the pieces that are done between two looks at the clock. */
export function* piecesOf({ masks, subsets }: OpenItems, words: number): Generator<OpenItems> {
  for (let from = 0; from < masks.length; from += ITEMS_AT_ONCE * words) {
    yield { masks: masks.subarray(from, from + ITEMS_AT_ONCE * words), subsets: [] };
  }
  for (let from = 0; from < subsets.length; from += ITEMS_AT_ONCE) {
    yield { masks: new Uint32Array(0), subsets: subsets.slice(from, from + ITEMS_AT_ONCE) };
  }
}

/** Joins the decisions on pieces, in order. `left` items were not decided for lack of time. */
export function joined(parts: readonly Decision[], left: number): Decision {
  const counts = noCounts();
  for (const part of parts) for (const name of COUNTS) counts[name] += part.counts[name];
  return {
    masks: parts.flatMap(({ masks }) => masks),
    regular: parts.flatMap(({ regular }) => regular),
    ofSubsets: parts.reduce((sum, { ofSubsets }) => sum + ofSubsets, 0),
    admitted: parts.reduce((sum, { admitted }) => sum + admitted, 0),
    counts,
    tied: parts.some(({ tied }) => tied),
    left,
  };
}

/** Called with the masks of each subset before they are solved; may take masks out. */
export type Admit = (masks: MaskBatch, perturbed: boolean) => void;

/** Decides what a backend leaves open of one model: in float64, and exactly where float64 is not enough. */
export class Decider {
  readonly #reduced: ReducedSystem;
  readonly #attempt: number;
  readonly #stage: StageModel;
  /** Made when first needed: few of many small models leave anything undecided. */
  #escalation: Escalation | undefined;
  /** Room for the largest batch so far: most are the one mask of a subset. */
  #verdicts: VerdictBatch = { verdicts: new Uint8Array(0), z: new Float64Array(0) };

  /** @param stage the float64 view of the system, with the owner directions of this attempt. */
  constructor(reduced: ReducedSystem, stage: StageModel, attempt: number) {
    this.#reduced = reduced;
    this.#stage = stage;
    this.#attempt = attempt;
  }

  /** Words of a mask. */
  get words(): number {
    return this.#reduced.words;
  }

  /** In steps. Whoever takes not all of them leaves all these items open. */
  *deciding({ masks, subsets }: OpenItems, mode: ExpandMode, admit?: Admit): Steps<Decision> {
    const { words } = this.#reduced;
    const decision = {
      masks: [] as number[],
      regular: [] as number[],
      ofSubsets: 0,
      admitted: 0,
      tied: false,
      left: 0,
    };
    const count = masks.length / words;
    if (count > 0) {
      const ownSubset = new Uint32Array(Math.max(1, this.#stage.rank)).fill(NO_HYPERPLANE);
      this.#solve({ words, count, masks, items: new Uint32Array(count) }, ownSubset, decision);
    }
    if (subsets.length === 0) return { ...decision, counts: noCounts() };
    this.#escalation ??= new Escalation(this.#reduced, this.#stage, this.#attempt);
    const escalation = this.#escalation;
    const before = { ...escalation.counts };
    try {
      for (const [place, subset] of subsets.entries()) {
        if (place % SUBSETS_IN_A_STEP === 0) yield;
        const rest = escalation.resolve(subset, mode);
        if (rest !== undefined) yield* rest;
        decision.ofSubsets += escalation.masks.count;
        admit?.(escalation.masks, escalation.signs.perturbed[0] === 1);
        decision.admitted += escalation.masks.count;
        this.#solve(escalation.masks, escalation.signs.subsets, decision);
      }
    } catch (error) {
      if (!(error instanceof OwnerTie)) throw error;
      decision.tied = true;
    }
    const after = escalation.counts;
    const counts = noCounts();
    for (const name of COUNTS) counts[name] = after[name] - before[name];
    return { ...decision, counts };
  }

  #solve(batch: MaskBatch, subsets: Uint32Array, to: Pick<Decision, "masks" | "regular">): void {
    const { count, words, masks } = batch;
    if (count === 0) return;
    if (this.#verdicts.verdicts.length < count)
      this.#verdicts = { verdicts: new Uint8Array(count), z: new Float64Array(count * this.#stage.latentDim) };
    const { verdicts } = this.#verdicts;
    solve(this.#stage, batch, subsets, this.#verdicts);
    for (let i = 0; i < count; i++) {
      if (verdicts[i] === Verdict.no) continue;
      for (let w = 0; w < words; w++) to.masks.push(masks[i * words + w]!);
      to.regular.push(verdicts[i] === Verdict.singular ? 0 : 1);
    }
  }
}

const COUNTS = ["exactDecisions", "structuralDecisions", "dependent"] as const;

export function noCounts(): EscalationCounts {
  return { exactDecisions: 0, structuralDecisions: 0, dependent: 0 };
}

/** The payload of the job "decide": open items of owned mode. */
export interface DecidePayload extends OpenItems, SentSystem, Limited {
  readonly attempt: number;
}

/** The worker's side: the decider of the last key and attempt. */
export class DecideWorker {
  #key = "";
  #decider!: Decider;

  run({ key, system, attempt, masks, subsets, endsAt = Number.POSITIVE_INFINITY }: DecidePayload): Decision {
    if (`${key} ${attempt}` !== this.#key) {
      const reduced = reduceSystem(unpackSystem(system));
      this.#decider = new Decider(reduced, stageModel(reduced, F64, attempt), attempt);
      this.#key = `${key} ${attempt}`;
    }
    const { words } = this.#decider;
    const parts: Decision[] = [];
    let left = openCount({ masks, subsets }, words);
    for (const piece of piecesOf({ masks, subsets }, words)) {
      const steps = this.#decider.deciding(piece, "owned");
      let step = steps.next();
      while (!step.done && Date.now() < endsAt) step = steps.next();
      if (!step.done) break;
      parts.push(step.value);
      left -= openCount(piece, words);
    }
    return joined(parts, left);
  }
}
