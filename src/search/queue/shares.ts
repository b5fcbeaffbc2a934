import type { Steps } from "../../base/steps.ts";
import type { BoxSearch } from "./box-search.ts";
import type { SplitBox } from "./outlook.ts";
import type { QueuedBox, SearchPlan } from "./plan.ts";
import { doneOnce, splitBoxOf, TreeSampler } from "./tree-sample.ts";

/** Groups a share, at least; and one for so many boxes of the search, as far as these are known. */
const GROUPS_A_SHARE = 32;
const BOXES_A_GROUP = 512;
const MOST_GROUPS = 8192;
/**
 * Weights of the share of undecided units against the nearness. By none of them the groups with the most work are always
 * first, so of the groups this part is opened at once by each of them.
 */
const WEIGHTS = [1, 2, 4, 8];
const OPENED_AT_ONCE = 0.005;
/** A group is opened when a sample gives it more than this part of a share's work; into at most so many groups. */
const LARGE = 1 / 16;
const MOST_OF_ONE = 512;
/** Samples are taken until none gives a group more than this part of a share, or so many are taken. */
const FINE_ENOUGH = 0.25;
const MOST_SAMPLES = 5;
/** Samples more after the last group was opened. */
const SAMPLES_MORE = 1;
/** Split boxes of a generation of a sample. */
const KEPT = 128;
/** Of the random choice: all shares make the same. */
const SEED = 1;

/** Open boxes that one box was split into. */
interface Group {
  readonly boxes: readonly QueuedBox[];
  /** What that box told. */
  readonly box: Pick<SplitBox, "undecided" | "nearness">;
  /** The boxes below, as each sample has estimated them. */
  readonly estimates: number[];
}

/**
 * Divides what is left of a search into shares of about equal work (docs/design.md#parts).
 *
 * How many boxes are below a box can't be told from the box: one in a thousand may hold a third of all. Boxes with many
 * undecided units whose functional was far from discarding them hold most, so these are opened first. Then a sample of
 * the tree below all groups (as in estimate.ts) tells which are too large still, and these are opened further.
 *
 * All that is opened is done by `searches`, box for box as in any search; samples leave no trace.
 * @param queue is emptied. @returns a list of boxes for each share, the same on every machine of one kind.
 */
export function* sharing(
  plan: SearchPlan,
  searches: readonly BoxSearch[],
  queue: QueuedBox[],
  of: number,
): Steps<QueuedBox[][]> {
  const opener = new Opener(searches);
  const first: Group[] = [];
  for (const box of queue.splice(0)) {
    first.push({ boxes: [box], box: { undecided: 1, nearness: 0 }, estimates: [] });
    yield;
  }
  let groups = yield* opener.opening(first, Math.max(4 * of, Math.min(GROUPS_A_SHARE * of, MOST_GROUPS)));
  const sampler = new TreeSampler(plan, SEED);
  for (let sample = 1; groups.length > of; sample++) {
    yield* estimating(groups, sampler);
    const all = groups.reduce((sum, group) => sum + sizeOf(group), 0);
    const share = all / of;
    const wanted = Math.min(Math.floor(all / BOXES_A_GROUP), MOST_GROUPS);
    const isFine = groups.length >= wanted && !groups.some((group) => sizeOf(group) > FINE_ENOUGH * share);
    if (isFine || sample === MOST_SAMPLES) break;
    const next: Group[] = [];
    for (const group of groups) {
      const size = sizeOf(group) / (LARGE * share);
      if (size > 1) next.push(...(yield* opener.opening([group], Math.min(MOST_OF_ONE, Math.ceil(4 * size)))));
      else next.push(group);
    }
    groups = yield* opener.opening(next, wanted);
  }
  // groups that were opened last have been in few samples
  if (groups.length > of) for (let more = 0; more < SAMPLES_MORE; more++) yield* estimating(groups, sampler);
  return dealt(groups, of);
}

/** The mean of the estimates. */
function sizeOf({ estimates }: Group): number {
  return estimates.reduce((sum, size) => sum + size, 0) / Math.max(1, estimates.length);
}

/** Takes a sample of the trees below all groups. */
function* estimating(groups: readonly Group[], sampler: TreeSampler): Steps<void> {
  const sampling = sampler.sampling(
    groups.map(({ boxes }) => boxes),
    KEPT,
  );
  let next = sampling.next();
  for (; !next.done; next = sampling.next()) yield;
  const { boxes, outlooks } = next.value;
  // each errs where the other need not
  for (const [i, { estimates }] of groups.entries()) estimates.push((boxes[i]! + outlooks[i]!) / 2);
}

/** Deals groups, the largest first: each to the share that has least. */
function dealt(groups: readonly Group[], of: number): QueuedBox[][] {
  const sizes = groups.map(sizeOf);
  const order = groups.map((_, i) => i).sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const shares: QueuedBox[][] = Array.from({ length: of }, () => []);
  const sums = new Float64Array(of);
  for (const i of order) {
    let least = 0;
    for (let k = 1; k < of; k++) if (sums[k]! < sums[least]!) least = k;
    sums[least]! += sizes[i]!;
    shares[least]!.push(...groups[i]!.boxes);
  }
  return shares;
}

/** Does single boxes, those first that look like the most work. */
class Opener {
  readonly #searches: readonly BoxSearch[];

  constructor(searches: readonly BoxSearch[]) {
    this.#searches = searches;
  }

  /** Opens groups until there are so many, or none. */
  *opening(groups: readonly Group[], want: number): Steps<Group[]> {
    let all = groups.slice();
    while (all.length > 0 && all.length < want) {
      const isLarge = largest(all);
      const next: Group[] = [];
      for (const group of all) {
        if (!isLarge(group)) next.push(group);
        else for (const box of group.boxes) next.push(...this.#open(box));
        yield;
      }
      all = next;
    }
    return all;
  }

  #open(queued: QueuedBox): Group[] {
    const search = this.#searches[queued.root]!;
    const boxes = doneOnce(search, queued);
    if (boxes.length === 0) return [];
    return [{ boxes, box: splitBoxOf(search, boxes, search.problem.table.count), estimates: [] }];
  }
}

/** Those of the groups that look like the most work. */
function largest(groups: readonly Group[]): (group: Group) => boolean {
  const place = Math.ceil(OPENED_AT_ONCE * groups.length) - 1;
  const least = WEIGHTS.map((weight) => {
    const keys = groups.map(({ box: { undecided, nearness } }) => weight * undecided - nearness);
    return keys.sort((a, b) => b - a)[place]!;
  });
  return ({ box: { undecided, nearness } }) => WEIGHTS.some((weight, i) => weight * undecided - nearness >= least[i]!);
}
