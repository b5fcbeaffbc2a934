import type { Steps } from "../../base/steps.ts";
import type { PiecewiseLinearSystem } from "../../model/system.ts";
import { mixed } from "../../stages/sample.ts";
import { BoxTask, type QueuedBox, SearchPlan } from "./plan.ts";
import { emptyTally } from "./tally.ts";

/** How many boxes a search of all of space takes, estimated. */
export interface SearchEstimate {
  /** Boxes, as `counts.boxes` of a result has them. */
  readonly boxes: number;
  /**
   * "counted" where the whole search was done, "estimated" where a sample of it was, "at least" where even the sample
   * did not end within its limit.
   */
  readonly certainty: "counted" | "estimated" | "at least";
  /** Seconds on one thread of an ordinary machine, to within a factor of some three. */
  readonly seconds: number;
}

/** Open boxes that are kept. */
const POPULATION = 4000;
/**
 * Boxes done below each of them before some are chosen anew. All boxes of a generation then are about as deep: were
 * large boxes among small ones, most samples would lack the few that most of the tree is below.
 */
const GENERATION = 1;
/** Products that a sample may take, some seconds, and the share of it that a generation may. */
const MOST_PRODUCTS = 1.2e10;
const GENERATIONS = 150;
/** Microseconds a box, and nanoseconds a product of its units; measured from R = 3 to 7. */
const MICROSECONDS_A_BOX = 2;
const NANOSECONDS_A_PRODUCT = 0.4;

/**
 * A population estimate of the tree of boxes (after Knuth 1975 and Chen 1992): of the open boxes a random sample is
 * kept, and each box of the sample counts for all that it was chosen from. The expectation is the size of the tree,
 * whatever the sample; its spread grows with the depth of the tree. The sample depends on the seed alone.
 * @param seed of the random choice: hexadecimal digits, such as the SHA-256 of the model.
 * @param kept open boxes that are kept, at most.
 * @returns undefined where the tables of a search would take too much memory.
 */
export function* estimatingSearch(
  system: PiecewiseLinearSystem,
  seed: string,
  kept = POPULATION,
): Steps<SearchEstimate | undefined> {
  const plan = yield* SearchPlan.making(system);
  if (!(plan instanceof SearchPlan)) return undefined;
  const tally = emptyTally();
  const finds = { emit: () => {}, leaf: () => {} };
  const searches = plan.roots.map((_, root) => plan.search(root, finds, tally));
  let population: QueuedBox[] = searches.flatMap((search, root) => {
    search.start(plan.roots[root].box, 1 / searches.length);
    return search.takeOpen().map((box) => ({ root, box }));
  });
  const { table } = plan.roots[0].problem;
  const square = table.dim ** 2;
  const most = Math.min(
    kept,
    Math.max(16, Math.floor(MOST_PRODUCTS / GENERATIONS / GENERATION / (table.count * square))),
  );
  let random = Number.parseInt(seed.slice(0, 8), 16) >>> 0 || 1;
  let weight = 1;
  let boxes = 0;
  let products = 0;
  let done = 0;
  const result = (certainty: SearchEstimate["certainty"]): SearchEstimate => {
    const seconds = 1e-6 * MICROSECONDS_A_BOX * boxes + 1e-9 * NANOSECONDS_A_PRODUCT * products;
    return { boxes: Math.round(boxes), certainty, seconds };
  };
  while (population.length > 0) {
    const next: QueuedBox[] = [];
    for (const queued of population) {
      Object.assign(tally, emptyTally());
      const task = new BoxTask(searches[queued.root], queued, GENERATION);
      let left = task.advance(GENERATION);
      while (left === undefined) left = task.advance(GENERATION);
      for (const box of left) next.push(box);
      boxes += weight * tally.boxes;
      products += weight * tally.evaluations * square;
      done += tally.evaluations * square;
      yield;
      if (done > MOST_PRODUCTS) return result("at least");
    }
    population = next;
    if (next.length > most) {
      // every box has the same chance, and neighbours are seldom chosen together
      random = mixed(random + 0x9e3779b9);
      const stride = next.length / most;
      const from = (random / 2 ** 32) * stride;
      population = Array.from(
        { length: most },
        (_, i) => next[Math.min(next.length - 1, Math.floor(from + i * stride))],
      );
      weight *= stride;
    }
  }
  return result(weight === 1 ? "counted" : "estimated");
}
