import { type SentSystem, unpackSystem } from "../../model/transfer.ts";
import type { Limited } from "../../stages/helpers.ts";
import type { Leaf } from "../roots/problem.ts";
import type { BoxSearch } from "./box-search.ts";
import { BoxTask, type QueuedBox, SearchPlan } from "./plan.ts";
import { emptyTally, type SearchTally } from "./tally.ts";

/** Boxes of a search as a worker receives them (the job "search"). */
export interface SearchChunk extends SentSystem, Limited {
  readonly boxes: readonly QueuedBox[];
  /** Boxes to do below each box, before what is left of the box is given back. */
  readonly budget: number;
  /** After so long no more of the boxes are begun, but for the first. */
  readonly milliseconds: number;
}

export interface ChunkResult {
  /** The regions found, one mask after another, and for each whether its matrix was proved regular. */
  readonly masks: Uint32Array;
  readonly regular: Uint8Array;
  readonly leaves: readonly Leaf[];
  readonly tally: SearchTally;
  /** The settled share of the whole search's volume. */
  readonly settled: number;
  /** Boxes done of each box that was begun: the first so many. */
  readonly done: readonly number[];
  /** What is still to be done of each box that was begun: the first so many. The others are not sent back. */
  readonly rest: readonly (readonly QueuedBox[])[];
  /** Boxes left when time ran out. */
  readonly open: number;
}

/** The worker's side of a search: keeps the plan of the last key, and a search for each root. */
export class ChunkWorker {
  #key: number | undefined;
  /** Of the chunk at hand. */
  #deadline = Number.POSITIVE_INFINITY;
  #plan: SearchPlan | undefined;
  readonly #searches = new Map<number, BoxSearch>();
  readonly #tally = emptyTally();
  #masks: number[] = [];
  #regular: number[] = [];
  #leaves: Leaf[] = [];

  run({ key, system, boxes, budget, milliseconds, endsAt }: SearchChunk): ChunkResult {
    if (key !== this.#key || this.#plan === undefined) {
      this.#plan = SearchPlan.of(unpackSystem(system));
      this.#key = key;
      this.#searches.clear();
    }
    const deadline = endsAt === undefined ? Number.POSITIVE_INFINITY : performance.now() + endsAt - Date.now();
    this.#deadline = deadline;
    Object.assign(this.#tally, emptyTally());
    const rest: (readonly QueuedBox[])[] = [];
    const done: number[] = [];
    const until = performance.now() + milliseconds;
    let settled = 0;
    let open = 0;
    for (const box of boxes) {
      if (rest.length > 0 && performance.now() >= until) break;
      if (performance.now() >= deadline) {
        open++;
        done.push(0);
        rest.push([]);
        continue;
      }
      const search = this.#search(this.#plan, box.root);
      const before = search.settled;
      const boxesBefore = this.#tally.boxes;
      const task = new BoxTask(search, box, budget);
      let left = task.advance();
      while (left === undefined && performance.now() < deadline) left = task.advance();
      if (left === undefined) open += task.open;
      done.push(this.#tally.boxes - boxesBefore);
      rest.push(left ?? []);
      settled += search.settled - before;
    }
    const found = { masks: Uint32Array.from(this.#masks), regular: Uint8Array.from(this.#regular) };
    const leaves = this.#leaves;
    this.#masks = [];
    this.#regular = [];
    this.#leaves = [];
    return { ...found, leaves, tally: { ...this.#tally }, settled, done, rest, open };
  }

  #search(plan: SearchPlan, root: number): BoxSearch {
    let search = this.#searches.get(root);
    if (search === undefined) {
      const finds = {
        emit: (mask: Uint32Array, sure: boolean) => {
          for (const word of mask) this.#masks.push(word);
          this.#regular.push(sure ? 1 : 0);
        },
        leaf: (leaf: Leaf) => {
          this.#leaves.push(leaf);
        },
        isLate: () => performance.now() >= this.#deadline,
      };
      search = plan.search(root, finds, this.#tally);
      this.#searches.set(root, search);
    }
    return search;
  }
}
