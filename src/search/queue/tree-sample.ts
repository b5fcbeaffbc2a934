import type { BoxSearch } from "./box-search.ts";
import { type Clues, Outlook } from "./outlook.ts";
import type { SearchPlan } from "./plan.ts";
import { alone, type Parts } from "./split-box.ts";
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

/** Parts of a box that was done, or a box that a sample begins with. */
interface Split {
  readonly root: number;
  /** Until they are done. */
  parts: Parts | undefined;
  readonly count: number;
  readonly clues: Clues;
  /** The split that the box was a part of. */
  readonly parent: Split | undefined;
  /** How many like it there are: those from which it was chosen. */
  weight: number;
  /** Boxes of its parts, as far as they are done. */
  boxes: number;
}

function splitOf(root: number, parts: Parts, parent?: Split): Split {
  const { count, clues } = parts;
  return { root, parts, count, clues, parent, weight: parent?.weight ?? 1, boxes: 0 };
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

  /** What a search begins with. */
  #roots(): Split[] {
    return this.#searches.flatMap((search, root) => {
      search.start(this.#plan.roots[root]!.box, 1 / this.#searches.length);
      return search.takeOpen().map((box) => splitOf(root, alone(box)));
    });
  }

  /** One sample. Yields what was done for each box: reused. @param kept boxes that are chosen of a generation. */
  *sampling(kept: number): Generator<SearchTally, TreeSize, void> {
    let boxes = 0;
    let evaluations = 0;
    let isCounted = true;
    const chosen: Split[] = [];
    let generation = this.#roots();
    while (generation.length > 0) {
      const next: Split[] = [];
      for (const split of generation) {
        const search = this.#searches[split.root]!;
        for (let i = 0; i < split.count; i++) {
          Object.assign(this.#tally, emptyTally());
          const parts = search.split(split.parts!.part(i));
          if (parts !== undefined) next.push(splitOf(split.root, parts, split));
          split.boxes += this.#tally.boxes;
          boxes += split.weight * this.#tally.boxes;
          evaluations += split.weight * this.#tally.evaluations;
          yield this.#tally;
        }
        split.parts = undefined;
        chosen.push(split);
      }
      if (next.length > kept) isCounted = false;
      generation = this.#choose(next, kept);
    }
    this.#learn(chosen);
    return { boxes, evaluations, isCounted };
  }

  /**
   * Some of the boxes, by a systematic sample: the chance of a box is proportional to its weight and the outlooks of
   * its parts, and its weight grows by as much as its chance is below 1.
   */
  #choose(splits: Split[], kept: number): Split[] {
    if (splits.length <= kept) return splits;
    const scores = splits.map(({ count, clues, weight }) => weight * count * this.#outlook.of(clues));
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
    for (const { count, clues, parent, weight, boxes } of chosen.toReversed()) {
      if (parent !== undefined) parent.boxes += (boxes * weight) / parent.weight;
      this.#outlook.learn(clues, boxes / count);
    }
    this.#outlook.fit();
  }
}
