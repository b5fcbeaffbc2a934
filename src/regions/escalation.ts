import { ExactArrangement, type ExactPoint } from "../arrangement/owner.ts";
import type { ReducedSystem } from "../arrangement/reduce.ts";
import type { Steps } from "../base/steps.ts";
import { expand, maskBatch } from "../cpu/expand.ts";
import { intersectSubset } from "../cpu/intersect.ts";
import { clearBit, setBit } from "../model/mask.ts";
import { type ExpandMode, ItemStatus, type MaskBatch, type SignBatch, signBatch } from "../stages/batch.ts";
import type { StageModel } from "../stages/stage-model.ts";

export interface EscalationCounts {
  /** Signs, own bits and independence decided in exact arithmetic. */
  exactDecisions: number;
  /** Signs that follow from the order of parallel hyperplanes, without arithmetic. */
  structuralDecisions: number;
  dependent: number;
}

/**
 * Decides subsets that a backend could not decide: in float64, then by structure (the side of a parallel hyperplane),
 * then exactly. Afterwards nothing is undecided.
 */
export class Escalation {
  readonly counts: EscalationCounts = { exactDecisions: 0, structuralDecisions: 0, dependent: 0 };
  readonly signs: SignBatch;
  readonly masks: MaskBatch;
  readonly #reduced: ReducedSystem;
  readonly #stage: StageModel;
  readonly #exact: ExactArrangement;

  /** @param stage the float64 view of the same system, with the same owner directions. */
  constructor(reduced: ReducedSystem, stage: StageModel, attempt: number) {
    this.#reduced = reduced;
    this.#stage = stage;
    this.#exact = new ExactArrangement(reduced, attempt);
    this.signs = signBatch(1, Math.max(1, stage.rank), stage.words);
    this.masks = maskBatch(stage.words);
  }

  /**
   * The masks of one subset, in `this.masks`; none if it is dependent.
   * @returns the steps that are left, of exact arithmetic; undefined if there are none, as for most subsets.
   * @throws OwnerTie when the owner directions must be changed, as the steps do.
   */
  resolve(subset: readonly number[], mode: ExpandMode): Steps<void> | undefined {
    const { signs } = this;
    this.masks.count = 0;
    intersectSubset(this.#stage, subset, mode, signs, 0);
    if (signs.status[0] === ItemStatus.escalate) return this.#resolveExactly(subset, mode);
    return this.#resolveRest(subset, undefined, mode);
  }

  *#resolveExactly(subset: readonly number[], mode: ExpandMode): Steps<void> {
    const point = yield* this.#decideAll(subset);
    const rest = this.#resolveRest(subset, point, mode);
    if (rest !== undefined) yield* rest;
  }

  /** @param known the subset's point, where it has been solved exactly. */
  #resolveRest(subset: readonly number[], known: ExactPoint | undefined, mode: ExpandMode): Steps<void> | undefined {
    if (this.signs.status[0] === ItemStatus.dependent) {
      this.counts.dependent++;
      return undefined;
    }
    if (!this.#decideTwins(subset)) return this.#decideRest(subset, known, mode);
    this.#expand(mode);
    return undefined;
  }

  #expand(mode: ExpandMode): void {
    expand(this.signs, this.#stage.rank, 1, mode, 0, this.masks);
  }

  /** Independence and the subset's own bits; all other signs are then undecided. */
  *#decideAll(subset: readonly number[]): Steps<ExactPoint | undefined> {
    const { signs } = this;
    this.counts.exactDecisions++;
    const point = yield* this.#exact.finding(subset);
    signs.status[0] = point === undefined ? ItemStatus.dependent : ItemStatus.ok;
    if (point === undefined) return undefined;
    signs.positive.fill(0);
    signs.undecided.fill(0);
    for (let j = 0; j < this.#stage.count; j++) this.#mark(signs.undecided, j, true);
    const bits = yield* point.findingOwnBits();
    subset.forEach((t, i) => {
      this.#mark(signs.undecided, t, false);
      this.#mark(signs.positive, t, bits[i]!);
    });
    return point;
  }

  /** Decides the signs of hyperplanes that are parallel to one of the subset's. @returns whether no others are left. */
  #decideTwins(subset: readonly number[]): boolean {
    const { signs } = this;
    const { direction, orientation, place } = this.#reduced;
    let left = 0;
    for (let w = 0; w < signs.words; w++) {
      for (let rest = signs.undecided[w]!; rest !== 0; rest &= rest - 1) {
        const j = (w << 5) + 31 - Math.clz32(rest & -rest);
        for (let i = 0; i < subset.length; i++) {
          const twin = subset[i]!;
          if (direction[twin] !== direction[j]) continue;
          this.counts.structuralDecisions++;
          this.#mark(signs.positive, j, place[twin]! > place[j]! === orientation[j]! > 0);
          this.#mark(signs.undecided, j, false);
          break;
        }
      }
      left |= signs.undecided[w]!;
    }
    return left === 0;
  }

  *#decideRest(subset: readonly number[], known: ExactPoint | undefined, mode: ExpandMode): Steps<void> {
    const { signs } = this;
    let point = known;
    for (let w = 0; w < signs.words; w++) {
      for (let rest = signs.undecided[w]!; rest !== 0; rest &= rest - 1) {
        const j = (w << 5) + 31 - Math.clz32(rest & -rest);
        this.counts.exactDecisions++;
        point ??= yield* this.#exact.finding(subset);
        const { sign, perturbed } = point!.sign(j);
        yield;
        this.#mark(signs.positive, j, sign > 0);
        if (perturbed) signs.perturbed[0] = 1;
      }
      signs.undecided[w] = 0;
    }
    this.#expand(mode);
  }

  #mark(words: Uint32Array, j: number, on: boolean): void {
    if (on) setBit(words, j);
    else clearBit(words, j);
  }
}
