import { afterEach, describe, expect, it, vi } from "vitest";
import { allOf } from "../../../src/base/steps.ts";
import { parseValue } from "../../../src/model/parse.ts";
import type { BoxSearch } from "../../../src/search/queue/box-search.ts";
import { Outlook } from "../../../src/search/queue/outlook.ts";
import { BoxTask, type QueuedBox, SearchPlan } from "../../../src/search/queue/plan.ts";
import { sharing } from "../../../src/search/queue/shares.ts";
import { emptyTally } from "../../../src/search/queue/tally.ts";
import { randomModel } from "../../cli/models.ts";

const OF = 6;
const plain = randomModel(7, 40, 5);
const model = { ...plain, V: plain.V.map((row) => row.map((x) => 20 * x)), A: [0.9, 0.8, 0.7, 0.6, 0.5] };
const plan = SearchPlan.of(parseValue(model, { name: "m" }).system);

/** A search in each root, and the boxes that all of them have done. */
class Searches {
  readonly tally = emptyTally();
  readonly found: string[] = [];
  readonly all: readonly BoxSearch[] = plan.roots.map((_, root) =>
    plan.search(root, { emit: (mask) => this.found.push(`${mask}`), leaf: () => {} }, this.tally),
  );

  roots(): QueuedBox[] {
    return this.all.flatMap((search, root) => {
      search.start(plan.roots[root]!.box, 1 / plan.roots.length);
      return search.takeOpen().map((box) => ({ root, box }));
    });
  }

  /** @returns what is left after so many boxes below each. */
  done(queue: readonly QueuedBox[], budget = Number.POSITIVE_INFINITY): QueuedBox[] {
    return queue.flatMap((queued) => {
      const task = new BoxTask(this.all[queued.root]!, queued, budget);
      for (;;) {
        const left = task.advance(Math.min(64, budget));
        if (left !== undefined) return left;
      }
    });
  }

  boxesOf(queue: readonly QueuedBox[]): number {
    const before = this.tally.boxes;
    expect(this.done(queue)).toEqual([]);
    return this.tally.boxes - before;
  }
}

function unevenness(boxes: readonly number[]): number {
  return (Math.max(...boxes) * boxes.length) / boxes.reduce((sum, each) => sum + each, 0);
}

describe("shares of a search", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const shared = (searches: Searches): QueuedBox[][] => {
    const shares = allOf(sharing(searches.all, searches.done(searches.roots(), 64), OF));
    const each = Array.from({ length: OF }, (_, i) => shares.of(i));
    expect(each.reduce((sum, queue) => sum + queue.length, 0)).toBe(shares.boxes);
    return each;
  };
  const corners = (shares: readonly QueuedBox[][]): string =>
    JSON.stringify(shares.map((queue) => queue.map(({ root, box }) => [root, ...box.lo])));

  it("are about equal, the same each time, and together the search, box for box", () => {
    const whole = new Searches();
    whole.done(whole.roots());
    const searches = new Searches();
    const shares = shared(searches);
    expect(corners(shared(new Searches()))).toBe(corners(shares));
    expect(shares).toHaveLength(OF);
    expect(unevenness(shares.map((queue) => searches.boxesOf(queue)))).toBeLessThan(1.3);
    expect(searches.tally.boxes).toBe(whole.tally.boxes);
    expect(searches.found.sort()).toEqual(whole.found.sort());
  });

  it("are uneven where the outlook tells nothing", () => {
    vi.spyOn(Outlook.prototype, "of").mockReturnValue(1);
    const searches = new Searches();
    expect(unevenness(shared(searches).map((queue) => searches.boxesOf(queue)))).toBeGreaterThan(1.5);
  });

  it("have a digest of what was divided, and into how many", () => {
    const digest = (queue: QueuedBox[], shares = OF) => allOf(sharing(new Searches().all, queue, shares)).digest;
    const queue = () => new Searches().done(new Searches().roots(), 64);
    const whole = digest(queue());
    expect(digest(queue())).toBe(whole);
    expect(digest(queue(), OF + 1)).not.toBe(whole);
    expect(digest(queue().slice(1))).not.toBe(whole);
    const [first, ...others] = queue();
    const lo = first!.box.lo.map((x) => x - 2 ** -40);
    expect(digest([{ ...first!, box: { ...first!.box, lo } }, ...others])).not.toBe(whole);
  });

  it("are very uneven where boxes are dealt as they come", () => {
    const searches = new Searches();
    let queue = searches.roots();
    while (queue.length < 256) queue = searches.done(queue, 1);
    const shares = Array.from({ length: OF }, (_, i) => queue.filter((_, k) => k % OF === i));
    expect(unevenness(shares.map((boxes) => searches.boxesOf(boxes)))).toBeGreaterThan(1.5);
  });

  it("of a search that has ended are empty", () => {
    const shares = allOf(sharing(new Searches().all, [], 3));
    expect(shares.boxes).toBe(0);
    expect([0, 1, 2].map((i) => shares.of(i))).toEqual([[], [], []]);
  });
});
