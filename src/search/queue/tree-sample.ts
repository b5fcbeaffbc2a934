import type { BoxSearch } from "./box-search.ts";
import { Outlook, type SplitBox } from "./outlook.ts";
import { doneOnce, type QueuedBox, type SearchPlan } from "./plan.ts";
import { SystematicSample } from "./systematic-sample.ts";
import { emptyTally, type SearchTally } from "./tally.ts";

/** The tree of a search, as one sample has it. */
interface TreeSize {
  /** Boxes: right on the average. */
  readonly boxes: number;
  /** Evaluations of units in them. */
  readonly evaluations: number;
  /** Whether every box was done. */
  readonly isCounted: boolean;
}

/** A box that was done and split, or boxes that a sample begins with. */
interface Split {
  /** Until they are done. */
  parts: readonly QueuedBox[];
  /** What tells of the boxes below; undefined of those that a sample begins with. */
  readonly box: SplitBox | undefined;
  /** The split box that it is a part of. */
  readonly parent: Split | undefined;
  /** The boxes that it stands for: those from which it was chosen. */
  weight: number;
  /** Boxes below it, as far as they are done. */
  below: number;
}

/** What the search that has just done a box tells of what is left of it. @param units of all. */
function splitBoxOf({ nearness }: BoxSearch, left: readonly QueuedBox[], units: number): SplitBox {
  const { undecided, share } = left[0]!.box;
  return { undecided: undecided.length / Math.max(1, units), nearness, share };
}

/**
 * Samples of a search's tree (after Knuth 1975 and Chen 1992). Generation by generation some of the boxes that were
 * split are chosen, and their parts are done. Each stands for all that it was chosen from, so that the expectation is
 * the size of the tree, however they are chosen. Those with a large outlook are preferred, and the outlook learns from
 * one sample for the next. Samples hand nothing on.
 */
export class TreeSampler {
  readonly #plan: SearchPlan;
  readonly #searches: readonly BoxSearch[];
  readonly #tally = emptyTally();
  readonly #outlook = new Outlook();
  readonly #sample: SystematicSample;

  /** @param seed of the random choice. @param isLate whether to stop, asked where a single box may take long. */
  constructor(plan: SearchPlan, seed: number, isLate?: () => boolean) {
    this.#plan = plan;
    this.#sample = new SystematicSample(seed);
    const finds = { emit: () => {}, leaf: () => {}, isLate };
    this.#searches = plan.roots.map((_, root) => plan.search(root, finds, this.#tally));
  }

  /** The boxes that a search begins with. */
  #roots(): QueuedBox[] {
    return this.#searches.flatMap((search, root) => {
      search.start(this.#plan.roots[root]!.box, 1 / this.#searches.length);
      return search.takeOpen().map((box) => ({ root, box }));
    });
  }

  /** One sample. Yields what was done for each box: reused. @param kept boxes that are chosen of a generation. */
  *sampling(kept: number): Generator<SearchTally, TreeSize, void> {
    let boxes = 0;
    let evaluations = 0;
    let isCounted = true;
    const chosen: Split[] = [];
    let generation: Split[] = [{ parts: this.#roots(), box: undefined, parent: undefined, weight: 1, below: 0 }];
    while (generation.length > 0) {
      const next: Split[] = [];
      for (const split of generation) {
        for (const part of split.parts) {
          Object.assign(this.#tally, emptyTally());
          const left = this.#done(part, split);
          if (left !== undefined) next.push(left);
          split.below += this.#tally.boxes;
          boxes += split.weight * this.#tally.boxes;
          evaluations += split.weight * this.#tally.evaluations;
          yield this.#tally;
        }
        split.parts = [];
        chosen.push(split);
      }
      if (next.length > kept) isCounted = false;
      generation = this.#choose(next, kept);
    }
    this.#learn(chosen);
    return { boxes, evaluations, isCounted };
  }

  #done(queued: QueuedBox, parent: Split): Split | undefined {
    const search = this.#searches[queued.root]!;
    const parts = doneOnce(search, queued);
    if (parts.length === 0) return undefined;
    const box = splitBoxOf(search, parts, search.problem.table.count);
    return { parts, box, parent, weight: parent.weight, below: 0 };
  }

  /**
   * Some of the boxes, by a systematic sample: the chance of a box is proportional to its weight and its outlook, and
   * its weight grows by as much as its chance is below 1.
   */
  #choose(splits: Split[], kept: number): Split[] {
    if (splits.length <= kept) return splits;
    const scores = splits.map(({ box, weight }) => weight * this.#outlook.of(box!));
    const chosen: Split[] = [];
    this.#sample.choose(scores, kept, (i, factor) => {
      const split = splits[i]!;
      split.weight *= factor;
      chosen.push(split);
    });
    return chosen;
  }

  /** Has the outlook learn from what was chosen, in the order of generations. */
  #learn(chosen: readonly Split[]): void {
    for (const { box, parent, weight, below } of chosen.toReversed()) {
      if (parent !== undefined) parent.below += (below * weight) / parent.weight;
      if (box !== undefined) this.#outlook.learn(box, below);
    }
    this.#outlook.fit();
  }
}
