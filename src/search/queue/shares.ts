import type { Steps } from "../../base/steps.ts";
import { sha256 } from "../../model/sha256.ts";
import type { BoxSearch } from "./box-search.ts";
import { doneOnce, type QueuedBox, type SearchPlan } from "./plan.ts";
import { SystematicSample } from "./systematic-sample.ts";
import { emptyTally } from "./tally.ts";

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
const MOST_SAMPLES = 8;
/** Open boxes of a sample, at a time: as many as groups are wanted, but not fewer. */
const LEAST_KEPT = 1024;
/** What a box promises at least, where the most is about 1: slender boxes with few undecided units may have many below. */
const LEAST_PROMISE = 0.05;

/** Open boxes that one box was split into. */
interface Group {
  readonly boxes: readonly QueuedBox[];
  /** How near the functional of that box came to discarding it, and the share of units that it left undecided. */
  readonly nearness: number;
  readonly undecided: number;
  /** The boxes below, as each sample has estimated them. */
  readonly estimates: number[];
}

/**
 * Divides what is left of a search into shares of about equal work (docs/design.md#parts).
 *
 * How many boxes are below a box can't be told from the box: one in a thousand may hold a third of all. Boxes with many
 * undecided units whose functional was far from discarding them hold most, so these are opened first. Then samples of
 * the tree below all groups tell which are too large still, and these are opened further.
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
  const opener = new Opener(plan, searches);
  const first: Group[] = [];
  for (const box of queue.splice(0)) {
    first.push({ boxes: [box], nearness: 0, undecided: 1, estimates: [] });
    yield;
  }
  let groups = yield* opener.opening(first, Math.max(4 * of, Math.min(GROUPS_A_SHARE * of, MOST_GROUPS)));
  const sampler = new Sampler(plan);
  for (let sample = 1; groups.length > of; sample++) {
    yield* sampler.sampling(groups);
    const all = groups.reduce((sum, group) => sum + sizeOf(group), 0);
    const share = all / of;
    const wanted = Math.min(Math.floor(all / BOXES_A_GROUP), MOST_GROUPS);
    sampler.kept = Math.max(LEAST_KEPT, wanted);
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
  return dealt(groups, of);
}

/** The mean of the estimates. */
function sizeOf({ estimates }: Group): number {
  return estimates.reduce((sum, size) => sum + size, 0) / Math.max(1, estimates.length);
}

/** Deals groups, the largest first: to one share after the other, and back again. */
function dealt(groups: readonly Group[], of: number): QueuedBox[][] {
  const sizes = groups.map(sizeOf);
  const order = groups.map((_, i) => i).sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const shares: QueuedBox[][] = Array.from({ length: of }, () => []);
  for (const [place, i] of order.entries()) {
    const round = Math.floor(place / of);
    const at = place % of;
    shares[round % 2 === 0 ? at : of - 1 - at]!.push(...groups[i]!.boxes);
  }
  return shares;
}

/** Does single boxes, those first that look like the most work. */
class Opener {
  readonly #plan: SearchPlan;
  readonly #searches: readonly BoxSearch[];

  constructor(plan: SearchPlan, searches: readonly BoxSearch[]) {
    this.#plan = plan;
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
    const units = Math.max(1, this.#plan.roots[queued.root]!.problem.table.count);
    return [{ boxes, nearness: search.nearness, undecided: boxes[0]!.box.undecided.length / units, estimates: [] }];
  }
}

/** Those of the groups that look like the most work. */
function largest(groups: readonly Group[]): (group: Group) => boolean {
  const place = Math.ceil(OPENED_AT_ONCE * groups.length) - 1;
  const least = WEIGHTS.map((weight) => {
    const keys = groups.map(({ undecided, nearness }) => weight * undecided - nearness);
    return keys.sort((a, b) => b - a)[place]!;
  });
  return ({ undecided, nearness }) => WEIGHTS.some((weight, i) => weight * undecided - nearness >= least[i]!);
}

/** A box of a sample: it stands for `weight` boxes below a group. */
interface Member {
  readonly queued: QueuedBox;
  readonly group: number;
  readonly weight: number;
  /** Of the box that it is a part of. */
  readonly nearness: number;
}

/** Samples of the trees below groups, by searches of their own that hand nothing on. */
class Sampler {
  readonly #searches: readonly BoxSearch[];
  readonly #units: readonly number[];
  readonly #tally = emptyTally();
  /** Open boxes at a time, at most. */
  kept = LEAST_KEPT;
  readonly #sample = new SystematicSample(0);

  constructor(plan: SearchPlan) {
    this.#units = plan.roots.map(({ problem }) => Math.max(1, problem.table.count));
    this.#searches = plan.roots.map((_, root) => plan.search(root, { emit: () => {}, leaf: () => {} }, this.#tally));
  }

  /** Adds to each group an estimate of the boxes below it. */
  *sampling(groups: readonly Group[]): Steps<void> {
    const sizes = new Float64Array(groups.length);
    let members: Member[] = groups.flatMap(({ boxes, nearness }, group) =>
      boxes.map((queued) => ({ queued, group, weight: 1, nearness })),
    );
    while (members.length > 0) {
      const next: Member[] = [];
      for (const { queued, group, weight } of this.#chosen(members)) {
        const before = this.#tally.boxes;
        const search = this.#searches[queued.root]!;
        for (const left of doneOnce(search, queued)) {
          next.push({ queued: left, group, weight, nearness: search.nearness });
        }
        sizes[group]! += weight * (this.#tally.boxes - before);
        yield;
      }
      members = next;
    }
    for (const [i, { estimates }] of groups.entries()) estimates.push(sizes[i]!);
  }

  /**
   * Some of the boxes, by a systematic sample: the chance of a box is proportional to its weight and to what its share
   * of undecided units and the nearness of its parent promise, and its weight grows by as much as its chance is below 1.
   */
  #chosen(members: readonly Member[]): Iterable<Member> {
    const { kept } = this;
    if (members.length <= kept) return members;
    const scores = members.map(({ queued, weight, nearness }) => {
      const undecided = queued.box.undecided.length / this.#units[queued.root]!;
      return weight * (undecided * (1.125 - nearness) + LEAST_PROMISE);
    });
    const chosen: Member[] = [];
    this.#sample.choose(scores, kept, (i, factor) => {
      const member = members[i]!;
      chosen.push(factor === 1 ? member : { ...member, weight: member.weight * factor });
    });
    return chosen;
  }
}

/** A digest of all shares of one search, so that these can be told to have divided the same boxes in the same way. */
export function digestOf(shares: readonly (readonly QueuedBox[])[]): string {
  const bytes = ({ buffer, byteOffset, byteLength }: Float64Array) => new Uint8Array(buffer, byteOffset, byteLength);
  return sha256(
    shares.flatMap((boxes) => [
      `${boxes.length};`,
      ...boxes.flatMap(({ root, box }) => [Uint8Array.of(root), bytes(box.lo), bytes(box.hi)]),
    ]),
  );
}
