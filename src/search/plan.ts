import type { PiecewiseLinearSystem } from "../model/system.ts";
import { BoxSearch, DEFAULT_TUNING, type SearchTally, type SearchTuning } from "./box-search.ts";
import { endAtSpecialPoint } from "./endings.ts";
import { lowRankForm } from "./low-rank.ts";
import { type Root, rootsOf } from "./roots.ts";
import { searchSystem } from "./search-system.ts";

/** Takes a region that may hold fixed points, as a mask over the original hyperplanes (reused). */
export type Emit = (mask: Uint32Array, regular: boolean) => void;

/** The boxes to begin with and how to search them: the same on every thread, as it depends on the system alone. */
export class SearchPlan {
  readonly roots: readonly Root[];
  readonly #reversed: Uint8Array | undefined;
  readonly #tuning: SearchTuning;

  constructor(system: PiecewiseLinearSystem, tuning: Partial<SearchTuning> = {}) {
    const form = lowRankForm(system);
    this.roots = rootsOf(form?.system ?? searchSystem(system));
    this.#reversed = form?.reversed;
    this.#tuning = { ...DEFAULT_TUNING, ...tuning };
  }

  /** A search in one root, with nothing to do yet. */
  search(root: number, emit: Emit, tally: SearchTally): BoxSearch {
    const events = {
      emit: (mask: Uint32Array, regular: boolean) => {
        this.#reversed?.forEach((r, j) => {
          if (r) mask[j >>> 5] ^= 1 << (j & 31);
        });
        emit(mask, regular);
      },
      leaf: () => false,
      special: endAtSpecialPoint,
    };
    return new BoxSearch(this.roots[root].problem, events, tally, this.#tuning);
  }
}
