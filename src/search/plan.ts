import type { PiecewiseLinearSystem } from "../model/system.ts";
import { BoxSearch } from "./box-search.ts";
import { endAtSpecialPoint } from "./endings.ts";
import type { SearchTally } from "./events.ts";
import { lowRankForm } from "./low-rank.ts";
import type { Leaf, OpenBox } from "./problem.ts";
import { type Root, rootsOf } from "./roots.ts";
import { searchSystem } from "./search-system.ts";
import { kernelFor } from "./wasm-kernel.ts";

/** A box that is still to be done, and the number of the root that it is a part of. */
export interface QueuedBox {
  readonly root: number;
  readonly box: OpenBox;
}

/** The finds of searches, in terms of the original hyperplanes. */
export interface SearchFinds {
  /** A region that may hold fixed points, as a mask (reused). */
  emit(mask: Uint32Array, regular: boolean): void;
  leaf(leaf: Leaf): void;
}

/**
 * The roots of a search and the problems that they are boxes of. The plan depends on the system alone, so it is the
 * same on every thread.
 */
export class SearchPlan {
  readonly roots: readonly Root[];
  readonly #reversed: Uint8Array | undefined;

  constructor(system: PiecewiseLinearSystem) {
    const form = lowRankForm(system);
    this.roots = rootsOf(form?.system ?? searchSystem(system));
    this.#reversed = form?.reversed;
  }

  /** A search in one root, without boxes at first. */
  search(root: number, finds: SearchFinds, tally: SearchTally): BoxSearch {
    const { problem } = this.roots[root];
    const events = {
      emit: (mask: Uint32Array, regular: boolean) => {
        this.#unreverse(mask);
        finds.emit(mask, regular);
      },
      leaf: (leaf: Leaf) => {
        this.#unreverse(leaf.mask);
        finds.leaf(leaf);
        return true;
      },
      special: endAtSpecialPoint,
    };
    return new BoxSearch(problem, kernelFor(problem.table), events, tally);
  }

  #unreverse(mask: Uint32Array): void {
    this.#reversed?.forEach((r, j) => {
      if (r) mask[j >>> 5] ^= 1 << (j & 31);
    });
  }
}

/** Boxes between two looks at the clock. */
const STEP = 64;

/**
 * One queued box, done for a budget of boxes: what is then left of it is queued again. So a single box that is most of
 * the work is shared among threads like any other work, and the queue does not depend on threads or clocks.
 */
export class BoxTask {
  readonly #search: BoxSearch;
  readonly #root: number;
  readonly #end: number;

  constructor(search: BoxSearch, { root, box }: QueuedBox, budget: number) {
    this.#search = search;
    this.#root = root;
    this.#end = search.tally.boxes + budget;
    search.resume(box);
  }

  /** @returns undefined while the budget lasts, then the boxes that are left. */
  advance(): QueuedBox[] | undefined {
    if (this.#search.step(STEP)) return [];
    if (this.#search.tally.boxes < this.#end) return undefined;
    return this.#search.takeOpen().map((box) => ({ root: this.#root, box }));
  }

  /** The number of boxes that are left if the task is given up. */
  get open(): number {
    return this.#search.open;
  }
}
