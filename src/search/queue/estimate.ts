import type { Steps } from "../../base/steps.ts";
import type { PiecewiseLinearSystem } from "../../model/system.ts";
import { mixed } from "../../stages/sample.ts";
import { isWritten } from "../kernel/wasm-kernel.ts";
import type { UnitTable } from "../units/units.ts";
import { BoxTask, type QueuedBox, SearchPlan } from "./plan.ts";
import { emptyTally } from "./tally.ts";

/** How many boxes a search of all of space takes, estimated. */
export interface SearchEstimate {
  /** Boxes, as `counts.boxes` of a result has them. */
  readonly boxes: number;
  /**
   * "counted" where the whole search was done, "estimated" where a sample of it was; "at least" where the sample did
   * not end within its limit, and from 7 dimensions on, where most samples miss what most of the boxes are in.
   */
  readonly certainty: "counted" | "estimated" | "at least";
  /** Seconds on one thread of an ordinary machine, to an order of magnitude. */
  readonly seconds: number;
}

/** Limits of an estimate. */
export interface EstimateLimits {
  /** Open boxes that are kept, at most. */
  readonly kept?: number;
  /** Whether the caller's budget has ended. */
  readonly isLate?: (() => boolean) | undefined;
}

/** Open boxes that are kept. */
const POPULATION = 4000;
/**
 * Boxes done below each of them before some are chosen anew. All boxes of a generation then are about as deep: were
 * large boxes among small ones, most samples would lack the few that most of the tree is below.
 */
const GENERATION = 1;
/** Work of a sample at most, by the costs below: no clock, so that a model has one answer. */
const MOST_SECONDS = 1.5;
/** The generations that this work should last for. */
const GENERATIONS = 150;
/** From so many dimensions on, a sample says "at least". */
const MANY_DIMENSIONS = 7;
/** The tables of all roots, which take some 40 ms a MiB to make, and the steps of making them. */
const MOST_BYTES = 2 ** 25;
const MOST_STEPS = 2000;
/** Boxes between two questions of an ending (endings.ts). */
const BOXES_A_QUESTION = 64;
/** Seconds of a box of a search, and of one that is sampled, which is put into a workspace and taken out again. */
const SECONDS_A_BOX = 2e-6;
const SECONDS_A_SAMPLE = 5e-6;
/**
 * Seconds of a product in the kernel's sums: written code, or loops. Measured from R = 3 to 7, and at 16, 18 and 40.
 */
const SECONDS_A_PRODUCT = { written: 4e-10, loops: 4e-9 };
/** Products of a box: so many R³, and R² for each of its units. */
const CUBES_A_BOX = 6;

/**
 * A population estimate of the tree of boxes (after Knuth 1975 and Chen 1992): of the open boxes a random sample is
 * kept, and each box of the sample counts for all that it was chosen from. The expectation is the size of the tree,
 * whatever the sample; its spread grows with the depth of the tree. The sample depends on the seed alone.
 * @param seed of the random choice: hexadecimal digits, such as the SHA-256 of the model.
 * @returns undefined where the tables of a search are too large for a short sample, or if it is late before these are
 *   made.
 */
export function* estimatingSearch(
  system: PiecewiseLinearSystem,
  seed: string,
  { kept = POPULATION, isLate }: EstimateLimits = {},
): Steps<SearchEstimate | undefined> {
  const plan = yield* planning(system, isLate);
  if (plan === undefined) return undefined;
  const { table } = plan.roots[0]!.problem;
  const costs = costsOf(table);
  let spent = 0;
  let questions = 0;
  const tally = emptyTally();
  const finds = {
    emit: () => {},
    leaf: () => {},
    isLate: () => {
      const boxes = ++questions * BOXES_A_QUESTION;
      return spent + costs(boxes, boxes * table.count) > MOST_SECONDS || isLate?.() === true;
    },
  };
  const searches = plan.roots.map((_, root) => plan.search(root, finds, tally));
  let population: QueuedBox[] = searches.flatMap((search, root) => {
    search.start(plan.roots[root]!.box, 1 / searches.length);
    return search.takeOpen().map((box) => ({ root, box }));
  });
  const perBox = SECONDS_A_SAMPLE + costs(1, table.count);
  const most = Math.min(kept, Math.max(16, Math.floor(MOST_SECONDS / GENERATIONS / GENERATION / perBox)));
  let random = Number.parseInt(seed.slice(0, 8), 16) >>> 0 || 1;
  let weight = 1;
  let boxes = 0;
  let evaluations = 0;
  const result = (certainty: SearchEstimate["certainty"]): SearchEstimate => ({
    boxes: Math.round(boxes),
    certainty,
    seconds: costs(boxes, evaluations),
  });
  while (population.length > 0) {
    const next: QueuedBox[] = [];
    for (const queued of population) {
      Object.assign(tally, emptyTally());
      questions = 0;
      const task = new BoxTask(searches[queued.root]!, queued, GENERATION);
      let left = task.advance(GENERATION);
      while (left === undefined) left = task.advance(GENERATION);
      for (const box of left) next.push(box);
      boxes += weight * tally.boxes;
      evaluations += weight * tally.evaluations;
      spent += SECONDS_A_SAMPLE + costs(tally.boxes, tally.evaluations);
      yield;
      if (spent > MOST_SECONDS || isLate?.()) return result("at least");
    }
    population = next;
    if (next.length > most) {
      // every box has the same chance, and neighbours are seldom chosen together
      random = mixed(random + 0x9e3779b9);
      const stride = next.length / most;
      const from = (random / 2 ** 32) * stride;
      population = Array.from(
        { length: most },
        (_, i) => next[Math.min(next.length - 1, Math.floor(from + i * stride))]!,
      );
      weight *= stride;
    }
  }
  if (weight === 1) return result("counted");
  return result(table.dim < MANY_DIMENSIONS ? "estimated" : "at least");
}

function* planning(system: PiecewiseLinearSystem, isLate: EstimateLimits["isLate"]): Steps<SearchPlan | undefined> {
  const making = SearchPlan.making(system, MOST_BYTES);
  for (let steps = 0; steps < MOST_STEPS && !isLate?.(); steps++) {
    const { done, value } = making.next();
    if (done) return value instanceof SearchPlan ? value : undefined;
    yield;
  }
  return undefined;
}

/** Seconds of so many boxes with so many evaluations of units. */
function costsOf(table: UnitTable): (boxes: number, evaluations: number) => number {
  const square = table.dim ** 2;
  const aProduct = isWritten(table) ? SECONDS_A_PRODUCT.written : SECONDS_A_PRODUCT.loops;
  return (boxes, evaluations) =>
    SECONDS_A_BOX * boxes + aProduct * square * (CUBES_A_BOX * table.dim * boxes + evaluations);
}
