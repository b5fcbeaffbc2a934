import type { Steps } from "../../base/steps.ts";
import type { PiecewiseLinearSystem } from "../../model/system.ts";
import { isWritten } from "../kernel/wasm-kernel.ts";
import type { UnitTable } from "../units/units.ts";
import { SearchPlan } from "./plan.ts";
import type { SearchTally } from "./tally.ts";
import { TreeSampler } from "./tree-sample.ts";

/** How many boxes a search of all of space takes, estimated. */
export interface SearchEstimate {
  /** Boxes, as `counts.boxes` of a result has them. */
  readonly boxes: number;
  /**
   * "counted" where the whole search was done, "estimated" where samples of it were; "at least" where these did not
   * end within their limit, or differ so much that they may all have missed what most of the boxes are in.
   */
  readonly certainty: "counted" | "estimated" | "at least";
  /** The relative standard error of `boxes`, as the samples differ; absent where there are not several. */
  readonly relativeError?: number;
  /** Seconds on one thread of an ordinary machine, to an order of magnitude. */
  readonly seconds: number;
}

/** Limits of an estimate. */
export interface EstimateLimits {
  /** Split boxes of a generation that are kept, at most. */
  readonly kept?: number;
  /** Whether the caller's budget has ended. */
  readonly isLate?: (() => boolean) | undefined;
}

/** Split boxes of a generation that are kept: by the first sample, and by any, at least and most. */
const FIRST_KEPT = 24;
const LEAST_KEPT = 8;
const MOST_KEPT = 4000;
/** Samples that only learn what to choose, the second in this part of the time; and those for the estimate. */
const LEARNERS = 2;
const LEARNING = 0.2;
const SAMPLES = 4;
/** The relative standard error at which there are samples enough, and from which on all may have missed most. */
const SURE = 0.03;
const UNSURE = 0.4;
/** Samples of fewer kept boxes may all miss most, and agree. */
const ENOUGH_KEPT = 32;
/** Work of all samples at most, by the costs below: no clock, so that a model has one answer. */
const MOST_SECONDS = 3;
/** A search that takes less is done as a whole. */
const SECONDS_TO_COUNT = 0.4;
/** The tables of all roots, which take some 40 ms a MiB to make, and the steps of making them. */
const MOST_BYTES = 2 ** 25;
const MOST_STEPS = 2000;
/** Boxes between two questions of an ending (endings.ts). */
const BOXES_A_QUESTION = 64;
/** Seconds of a box of a search, and of one that is sampled, which is put into a workspace and taken out again. */
const SECONDS_A_BOX = 2e-6;
const SECONDS_A_SAMPLE = 1.5e-5;
/**
 * Seconds of a product in the kernel's sums: written code, or loops. Measured from R = 3 to 7, and at 16, 18 and 40.
 */
const SECONDS_A_PRODUCT = { written: 4e-10, loops: 4e-9 };
/** Products of a box: so many R³, and R² for each of its units. */
const CUBES_A_BOX = 6;

/**
 * Estimates the size of the tree of boxes by samples (tree-sample.ts). Their expectation is that size; what they differ
 * by tells how far their mean may be from it. They depend on the seed alone.
 * @param seed of the random choice: hexadecimal digits, such as the SHA-256 of the model.
 * @returns undefined where the tables of a search are too large for a short sample, or if it is late before these are
 *   made.
 */
export function* estimatingSearch(
  system: PiecewiseLinearSystem,
  seed: string,
  { kept = Number.POSITIVE_INFINITY, isLate }: EstimateLimits = {},
): Steps<SearchEstimate | undefined> {
  const plan = yield* planning(system, isLate);
  if (plan === undefined) return undefined;
  const { table } = plan.roots[0]!.problem;
  const costs = costsOf(table);
  let spent = 0;
  let questions = 0;
  const isBoxLate = (): boolean => {
    const boxes = ++questions * BOXES_A_QUESTION;
    return spent + costs(boxes, boxes * table.count) > MOST_SECONDS || isLate?.() === true;
  };
  const sampler = new TreeSampler(plan, Number.parseInt(seed.slice(0, 8), 16) >>> 0 || 1, isBoxLate);
  const samples: Size[] = [];
  const settled = (certainty: SearchEstimate["certainty"]): SearchEstimate => {
    // the first two are of use only where there are no others
    const sizes = samples.length > LEARNERS + 1 ? samples.slice(LEARNERS) : samples;
    return described(sizes, costs, certainty);
  };
  let width = Math.min(kept, FIRST_KEPT);
  while (samples.length < LEARNERS + SAMPLES) {
    const before = spent;
    const size = { boxes: 0, evaluations: 0 };
    const sampling = sampler.sampling(width);
    let next = sampling.next();
    for (; !next.done; next = sampling.next()) {
      questions = 0;
      const { boxes, evaluations } = next.value;
      size.boxes += boxes;
      size.evaluations += evaluations;
      spent += SECONDS_A_SAMPLE + costs(boxes, evaluations);
      yield;
      if (spent <= MOST_SECONDS && !isLate?.()) continue;
      if (samples.length === 0) samples.push(size);
      return settled("at least");
    }
    const { boxes, evaluations, isCounted } = next.value;
    const whole = { boxes, evaluations };
    if (isCounted) return described([whole], costs, "counted");
    samples.push(whole);
    if (samples.length > LEARNERS + 1 && errorOf(samples.slice(LEARNERS)) < SURE) break;
    if (samples.length > LEARNERS) continue;
    const each = (spent - before) / width;
    const seconds = samples.length < LEARNERS ? LEARNING * MOST_SECONDS : (MOST_SECONDS - spent) / (SAMPLES + 1);
    const isShort = whole.boxes * SECONDS_A_SAMPLE + costs(whole.boxes, evaluations) < SECONDS_TO_COUNT;
    width = isShort ? kept : Math.min(kept, MOST_KEPT, Math.max(LEAST_KEPT, Math.floor(seconds / each)));
  }
  const isEnough = width >= Math.min(kept, ENOUGH_KEPT) && errorOf(samples.slice(LEARNERS)) < UNSURE;
  return settled(isEnough ? "estimated" : "at least");
}

/** Boxes of a tree, and evaluations of units in them. */
type Size = Pick<SearchTally, "boxes" | "evaluations">;

function described(
  sizes: readonly Size[],
  costs: (boxes: number, evaluations: number) => number,
  certainty: SearchEstimate["certainty"],
): SearchEstimate {
  const boxes = mean(sizes.map((size) => size.boxes));
  return {
    boxes: Math.round(boxes),
    certainty,
    ...(sizes.length > 1 ? { relativeError: errorOf(sizes) } : {}),
    seconds: costs(boxes, mean(sizes.map(({ evaluations }) => evaluations))),
  };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
}

/** The standard error of the mean of the boxes, relative to it. */
function errorOf(sizes: readonly Size[]): number {
  const all = sizes.map(({ boxes }) => boxes);
  const middle = mean(all);
  return Math.sqrt(mean(all.map((x) => (x - middle) ** 2)) / (all.length - 1)) / middle;
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
