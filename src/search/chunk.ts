import { type PlainSystem, unpackSystem } from "../model/transfer.ts";
import { type BoxSearch, emptyTally, type OpenBox, type SearchTally, type SearchTuning } from "./box-search.ts";
import { SearchPlan } from "./plan.ts";

/** A box that is still to be done, and the root it is a part of. */
export interface QueuedBox {
  readonly root: number;
  readonly box: OpenBox;
}

/** Some boxes of a search, as a worker receives them (the job "search"). */
export interface SearchChunk {
  /** The same for the same system and tuning: a worker keeps its plan. */
  readonly key: number;
  readonly system: PlainSystem;
  readonly tuning: Partial<SearchTuning>;
  readonly boxes: readonly QueuedBox[];
  /** Time left, if it is limited. */
  readonly milliseconds?: number | undefined;
}

export interface ChunkResult {
  /** Regions found, one mask after another, and whether each was proved regular. */
  readonly masks: Uint32Array;
  readonly regular: Uint8Array;
  readonly tally: SearchTally;
  /** Share of the whole search's volume that was settled. */
  readonly settled: number;
  /** Boxes left when time ran out. */
  readonly open: number;
}

const STEP = 64;

/** The worker's side of a search: the plan of the last key, and a search for each of its roots. */
export class ChunkWorker {
  #key: number | undefined;
  #plan: SearchPlan | undefined;

  run({ key, system, tuning, boxes, milliseconds }: SearchChunk): ChunkResult {
    if (key !== this.#key || this.#plan === undefined) {
      this.#plan = new SearchPlan(unpackSystem(system), tuning);
      this.#key = key;
    }
    const deadline = milliseconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + milliseconds;
    const masks: number[] = [];
    const regular: number[] = [];
    const tally = emptyTally();
    const searches = new Map<number, BoxSearch>();
    let open = 0;
    for (const { root, box } of boxes) {
      let search = searches.get(root);
      if (search === undefined) {
        search = this.#plan.search(
          root,
          (mask, sure) => {
            for (const word of mask) masks.push(word);
            regular.push(sure ? 1 : 0);
          },
          tally,
        );
        searches.set(root, search);
      }
      if (performance.now() >= deadline) {
        open++;
        continue;
      }
      search.resume(box);
      while (!search.step(STEP)) {
        if (performance.now() < deadline) continue;
        open += search.open;
        break;
      }
    }
    let settled = 0;
    for (const search of searches.values()) settled += search.settled;
    return { masks: Uint32Array.from(masks), regular: Uint8Array.from(regular), tally, settled, open };
  }
}
