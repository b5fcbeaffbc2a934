import type { Steps } from "../../base/steps.ts";
import { mixed } from "../../stages/sample.ts";
import type { BoxSearch } from "./box-search.ts";
import { BoxTask, type QueuedBox, type SearchPlan } from "./plan.ts";
import { emptyTally } from "./tally.ts";

/** Groups a share, and how many there are at most before the first sample. */
const GROUPS_A_SHARE = 32;
const MOST_GROUPS = 8192;
/** Of the groups this part is opened at once: those that the most work is expected of. */
const OPENED_AT_ONCE = 0.02;
/** A group is opened when a sample gives it more than this part of a share's work; into at most so many groups. */
const LARGE = 1 / 16;
const MOST_OF_ONE = 512;
/** Samples are taken until none gives a group more than this part of a share, or so many are taken. */
const FINE_ENOUGH = 0.25;
const MOST_SAMPLES = 6;
/** Boxes of a sample that are open at a time. */
const LEAST_KEPT = 512;
const MOST_KEPT = 4096;

/** Open boxes that one box was split into, and how much work they look like. */
interface Group {
  readonly boxes: readonly QueuedBox[];
  readonly key: number;
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
  const opener = new Opener(plan, searches);
  const first: Group[] = [];
  for (const box of queue.splice(0)) {
    first.push({ boxes: [box], key: Number.POSITIVE_INFINITY });
    yield;
  }
  let groups = yield* opener.opening(first, Math.max(4 * of, Math.min(GROUPS_A_SHARE * of, MOST_GROUPS)));
  const sampler = new Sampler(plan, Math.max(LEAST_KEPT, Math.min(GROUPS_A_SHARE * of, MOST_KEPT)));
  let sizes: Float64Array = new Float64Array(groups.length);
  for (let sample = 0; sample < MOST_SAMPLES && groups.length > of; sample++) {
    sizes = yield* sampler.sampling(groups);
    const share = sizes.reduce((sum, size) => sum + size, 0) / of;
    if (sample + 1 === MOST_SAMPLES || !sizes.some((size) => size > FINE_ENOUGH * share)) break;
    const next: Group[] = [];
    for (const [i, group] of groups.entries()) {
      const parts = Math.min(MOST_OF_ONE, Math.ceil((4 * sizes[i]!) / (LARGE * share)));
      if (sizes[i]! > LARGE * share) next.push(...(yield* opener.opening([group], parts)));
      else next.push(group);
    }
    groups = next;
  }
  return dealt(groups, sizes, of);
}

/** Deals groups, the largest first: to one share after the other, and back again. */
function dealt(groups: readonly Group[], sizes: Float64Array, of: number): QueuedBox[][] {
  const order = groups.map((_, i) => i).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || a - b);
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
      const most = Math.max(1, Math.ceil(OPENED_AT_ONCE * all.length));
      const least = all.map(({ key }) => key).sort((a, b) => b - a)[most - 1]!;
      const next: Group[] = [];
      for (const group of all) {
        if (group.key < least) next.push(group);
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
    return [{ boxes, key: (2 * boxes[0]!.box.undecided.length) / units - search.nearness }];
  }
}

/** @returns what is left of a box of which one box, at least, is done. */
function doneOnce(search: BoxSearch, queued: QueuedBox): QueuedBox[] {
  const task = new BoxTask(search, queued, 1);
  for (;;) {
    const left = task.advance(1);
    if (left !== undefined) return left;
  }
}

/** A box of a sample: it stands for `weight` boxes below a group. */
interface Member {
  readonly queued: QueuedBox;
  readonly group: number;
  readonly weight: number;
}

/** Samples of the trees below groups, by searches of their own that hand nothing on. */
class Sampler {
  readonly #searches: readonly BoxSearch[];
  readonly #units: readonly number[];
  readonly #tally = emptyTally();
  readonly #kept: number;
  #random = 0;

  /** @param kept open boxes at a time. */
  constructor(plan: SearchPlan, kept: number) {
    this.#kept = kept;
    this.#units = plan.roots.map(({ problem }) => Math.max(1, problem.table.count));
    this.#searches = plan.roots.map((_, root) => plan.search(root, { emit: () => {}, leaf: () => {} }, this.#tally));
  }

  /** @returns an estimate of the boxes below each group. */
  *sampling(groups: readonly Group[]): Steps<Float64Array> {
    const sizes = new Float64Array(groups.length);
    let members: Member[] = groups.flatMap(({ boxes }, group) => boxes.map((queued) => ({ queued, group, weight: 1 })));
    while (members.length > 0) {
      const next: Member[] = [];
      for (const { queued, group, weight } of this.#chosen(members)) {
        const before = this.#tally.boxes;
        for (const left of doneOnce(this.#searches[queued.root]!, queued)) next.push({ queued: left, group, weight });
        sizes[group]! += weight * (this.#tally.boxes - before);
        yield;
      }
      members = next;
    }
    return sizes;
  }

  /**
   * Some of the boxes, by a systematic sample: the chance of a box is proportional to its weight and to the cube of its
   * share of undecided units, as more is below such boxes, and its weight grows by as much as its chance is below 1.
   */
  #chosen(members: readonly Member[]): Iterable<Member> {
    const kept = this.#kept;
    if (members.length <= kept) return members;
    const scores = members.map(
      ({ queued, weight }) => weight * (queued.box.undecided.length / this.#units[queued.root]!) ** 3 + 2 ** -40,
    );
    const sorted = scores.slice().sort((a, b) => b - a);
    let rest = scores.reduce((sum, score) => sum + score, 0);
    let sure = 0;
    while (sure < kept && sorted[sure]! * (kept - sure) >= rest) rest -= sorted[sure++]!;
    const least = sure > 0 ? sorted[sure - 1]! : Number.POSITIVE_INFINITY;
    const stride = rest / Math.max(1, kept - sure);
    this.#random = mixed(this.#random + 0x9e3779b9);
    let at = (this.#random / 2 ** 32) * stride;
    let sum = 0;
    const chosen: Member[] = [];
    for (const [i, member] of members.entries()) {
      if (scores[i]! >= least) chosen.push(member);
      else {
        sum += scores[i]!;
        if (sum <= at) continue;
        at += stride;
        chosen.push({ ...member, weight: (member.weight * stride) / scores[i]! });
      }
    }
    return chosen;
  }
}
