import { allOf, type Steps } from "../../base/steps.ts";
import { flipBit } from "../../model/mask.ts";
import type { PiecewiseLinearSystem } from "../../model/system.ts";
import { endAtSpecialPoint } from "../endings/endings.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { kernelFor, releaseKernel } from "../kernel/wasm-kernel.ts";
import { findingLowRankForm } from "../roots/low-rank.ts";
import type { Leaf, OpenBox } from "../roots/problem.ts";
import { findingRoots, type Root, rootBytes } from "../roots/roots.ts";
import { searchSystem } from "../roots/search-system.ts";
import { BoxSearch } from "./box-search.ts";
import type { SearchTally } from "./tally.ts";

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
  /** Whether the run has to stop; asked where a single box may take long. */
  readonly isLate?: (() => boolean) | undefined;
}

/** Memory that the tables of all roots may take. */
const MOST_BYTES = 2 ** 30;

/** The boxes to begin with and how to search them: the same on every thread, as it depends on the system alone. */
export class SearchPlan {
  readonly roots: readonly Root[];
  readonly #reversed: Uint8Array | undefined;
  readonly #kernels: Kernel[] = [];

  private constructor(roots: readonly Root[], reversed: Uint8Array | undefined) {
    this.roots = roots;
    this.#reversed = reversed;
  }

  /** @throws RangeError where the tables of all roots would take more memory than there may be. */
  static of(system: PiecewiseLinearSystem): SearchPlan {
    const plan = allOf(SearchPlan.making(system));
    if (plan instanceof SearchPlan) return plan;
    throw new RangeError(plan.tooLarge);
  }

  /** The plan in steps, or why there is none. @param mostBytes that the tables of all roots may take. */
  static *making(
    system: PiecewiseLinearSystem,
    mostBytes = MOST_BYTES,
  ): Steps<SearchPlan | { readonly tooLarge: string }> {
    const form = yield* findingLowRankForm(system);
    const searched = form?.system ?? searchSystem(system);
    const bytes = rootBytes(searched);
    if (bytes > mostBytes) {
      const gibibytes = Math.ceil(bytes / 2 ** 30);
      return { tooLarge: `the tables of a search in ${searched.dim} dimensions would take ${gibibytes} GiB` };
    }
    return new SearchPlan(yield* findingRoots(searched), form?.reversed);
  }

  /** A search in one root, without boxes at first. */
  search(root: number, finds: SearchFinds, tally: SearchTally): BoxSearch {
    const { problem } = this.roots[root]!;
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
      isLate: finds.isLate,
    };
    const kernel = kernelFor(problem.table);
    this.#kernels.push(kernel);
    return new BoxSearch(problem, kernel, events, tally);
  }

  /** Gives back the kernels of all searches of this plan, which nobody may use any more. */
  release(): void {
    for (const kernel of this.#kernels.splice(0)) releaseKernel(kernel);
  }

  /** A mask over the original hyperplanes as one over those of the first root, or the other way. */
  turned(mask: Uint32Array): Uint32Array {
    const turned = mask.slice();
    this.#unreverse(turned);
    return turned;
  }

  #unreverse(mask: Uint32Array): void {
    this.#reversed?.forEach((r, j) => {
      if (r) flipBit(mask, j);
    });
  }
}

/** Boxes after which a task looks whether its budget is spent. */
const STEP = 64;
/** Products of hyperplanes and coordinates, over boxes, between two looks at the clock: up to some 20 ms of work. */
const PRODUCTS_AT_ONCE = 2 ** 17;

/**
 * One queued box, done for a budget of boxes: what is then left of it is queued again. So a single box that is most of
 * the work is shared among threads like any other work, and the queue does not depend on threads or clocks.
 */
export class BoxTask {
  readonly #search: BoxSearch;
  readonly #root: number;
  readonly #end: number;
  /** Boxes between two looks at the clock. */
  readonly #atOnce: number;
  /** The number of boxes at which the task next looks at its budget, if it is on the way there. */
  #until: number | undefined;

  constructor(search: BoxSearch, { root, box }: QueuedBox, budget: number) {
    const { count, dim } = search.problem.table;
    this.#atOnce = Math.max(1, Math.floor(PRODUCTS_AT_ONCE / Math.max(1, count * dim)));
    this.#search = search;
    this.#root = root;
    this.#end = search.tally.boxes + budget;
    search.resume(box);
  }

  /**
   * Does some boxes.
   * @param boxes after which to look at the budget. @returns undefined while it lasts, then the boxes that are left.
   */
  advance(boxes = STEP): QueuedBox[] | undefined {
    const { tally } = this.#search;
    this.#until ??= tally.boxes + boxes;
    if (this.#search.step(Math.min(this.#atOnce, this.#until - tally.boxes))) return [];
    if (tally.boxes < this.#until) return undefined;
    this.#until = undefined;
    if (tally.boxes < this.#end) return undefined;
    return this.#search.takeOpen().map((box) => ({ root: this.#root, box }));
  }

  /** The number of boxes that are left if the task is given up. */
  get open(): number {
    return this.#search.open;
  }
}
