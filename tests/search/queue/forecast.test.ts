import { afterEach, describe, expect, it, vi } from "vitest";
import { parseModel } from "../../../src/index.ts";
import { Forecast } from "../../../src/search/queue/forecast.ts";
import { Outlook } from "../../../src/search/queue/outlook.ts";
import { BoxTask, type QueuedBox, SearchPlan } from "../../../src/search/queue/plan.ts";
import { runSearch } from "../../../src/search/queue/run.ts";
import { emptyTally } from "../../../src/search/queue/tally.ts";
import { random } from "../../regions/arrangements.ts";
import { poolHere, type Watch } from "../../support/threads-here.ts";

/** A model whose boxes are mostly near its fixed points, where the volume is small. */
async function steepModel() {
  const [N, R] = [160, 5];
  const next = random(11);
  const rows = (size: number) =>
    Array.from({ length: N }, () => Array.from({ length: R }, () => size * (next() * 2 - 1)));
  const U = rows(1);
  const V = rows(40 / N);
  const hx = Array.from({ length: N }, (_, j) => Math.cos(3 * j));
  const { system } = await parseModel({ A: new Array(R).fill(0.8), U, V, hx, hz: [0.1, 0, 0, 0.2, 0] });
  return system;
}

/** A queued box, of which only what a promise is made of is told. */
function boxOf(undecided: number, nearness: number, share = 2 ** -9): QueuedBox {
  const lo = new Float64Array(3);
  const box = { lo, undecided: new Int32Array(undecided), pieces: new Int32Array(100), nearness, share };
  return { root: 0, box: box as unknown as QueuedBox["box"] };
}

describe("a forecast", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("is 0 before any box is queued and 1 once all are done", () => {
    const forecast = new Forecast();
    expect(forecast.fraction(0)).toBe(0);
    const [root, part] = [boxOf(100, 0), boxOf(50, 0.5)];
    forecast.add([root]);
    expect(forecast.fraction(0)).toBe(0);
    forecast.done(root, 64, [part]);
    expect(forecast.fraction(64)).toBeGreaterThan(0);
    expect(forecast.fraction(64)).toBeLessThan(1);
    forecast.done(part, 3, []);
    expect(forecast.fraction(67)).toBe(1);
  });

  it("expects more of boxes that are less decided, farther from being discarded, and larger", () => {
    const fractionWith = (box: QueuedBox): number => {
      const forecast = new Forecast();
      forecast.add([box]);
      return forecast.fraction(100);
    };
    const usual = fractionWith(boxOf(80, 0.5));
    expect(fractionWith(boxOf(90, 0.5))).toBeLessThan(usual);
    expect(fractionWith(boxOf(80, 0.4))).toBeLessThan(usual);
    expect(fractionWith(boxOf(80, 0.5, 2 ** -6))).toBeLessThan(usual);
  });

  it("learns from boxes that are done to the end, with all that was left of them", () => {
    /** @param boxes that a part of the first box takes. */
    const fractionAfter = (boxes: number): number => {
      const forecast = new Forecast();
      const [first, part, other] = [boxOf(50, 0.5), boxOf(50, 0.5), boxOf(50, 0.5)];
      forecast.add([first, other]);
      forecast.done(first, 64, [part]);
      forecast.done(part, boxes, []);
      return forecast.fraction(1000);
    };
    expect(fractionAfter(100_000)).toBeLessThan(fractionAfter(1));
  });

  it("expects more of boxes with early points in them, also of points that are known later", () => {
    const [usual, other] = [boxOf(50, 0.5), boxOf(50, 0.5)];
    const points = { count: 0, within: (queued: QueuedBox) => (queued === other ? points.count : 0) };
    const forecast = new Forecast(points);
    forecast.add([usual, other]);
    const without = forecast.fraction(1000);
    points.count = 1;
    const withOne = forecast.fraction(1000);
    expect(withOne).toBeLessThan(without);
    points.count = 10;
    expect(forecast.fraction(1000)).toBeLessThan(withOne);
    forecast.done(other, 10, []);
    expect(forecast.fraction(1000)).toBeGreaterThan(without);
  });

  it("learns from boxes of a divided queue that are begun, however much is left of them", () => {
    /** @param boxes that a budget of the first box takes. */
    const fractionAfter = (boxes: number, isDivided: boolean): number => {
      const forecast = new Forecast();
      const first = boxOf(50, 0.5);
      forecast.add([first, boxOf(50, 0.5)]);
      if (isDivided) forecast.divided();
      forecast.done(first, boxes, [boxOf(50, 0.5)]);
      return forecast.fraction(1000);
    };
    expect(fractionAfter(100_000, true)).toBeLessThan(fractionAfter(10, true));
    expect(fractionAfter(100_000, false)).toBe(fractionAfter(10, false));
  });

  it("knows nothing of what is left of a box that was never queued", () => {
    const forecast = new Forecast();
    const known = boxOf(50, 0.5);
    forecast.add([known]);
    const before = forecast.fraction(10);
    forecast.done(boxOf(50, 0.5), 5, [boxOf(50, 0.5)]);
    expect(forecast.fraction(10)).toBe(before);
  });

  it("of a share of the search counts its boxes alone", () => {
    const forecast = new Forecast();
    const [mine, other] = [boxOf(50, 0.5), boxOf(100, 0)];
    forecast.add([mine, other]);
    const whole = forecast.fraction(10);
    forecast.restart([mine]);
    expect(forecast.fraction(10)).toBeGreaterThan(whole);
    forecast.done(mine, 10, []);
    expect(forecast.fraction(10)).toBe(1);
  });

  /** What was told, and the settled volume, at half and at nine tenths of the boxes. */
  async function toldOfSteep() {
    const plan = SearchPlan.of(await steepModel());
    const tally = emptyTally();
    const searches = plan.roots.map((_, root) => plan.search(root, { emit: () => {}, leaf: () => {} }, tally));
    const forecast = new Forecast();
    let queue: QueuedBox[] = searches.flatMap((search, root) => {
      search.start(plan.roots[root]!.box, 1 / searches.length);
      return search.takeOpen().map((box) => ({ root, box }));
    });
    forecast.add(queue);
    const seen: { boxes: number; fraction: number; volume: number }[] = [];
    const done = (queued: QueuedBox, budget: number): QueuedBox[] => {
      const before = tally.boxes;
      const task = new BoxTask(searches[queued.root]!, queued, budget);
      for (;;) {
        const left = task.advance();
        if (left === undefined) continue;
        forecast.done(queued, tally.boxes - before, left);
        const volume = searches.reduce((sum, { settled }) => sum + settled, 0);
        seen.push({ boxes: tally.boxes, fraction: forecast.fraction(tally.boxes), volume });
        return left;
      }
    };
    while (queue.length > 0 && queue.length < 256) queue = queue.flatMap((queued) => done(queued, 64));
    forecast.divided();
    while (queue.length > 0) queue.push(...done(queue.pop()!, 1024));
    const at = (part: number) => seen.find(({ boxes }) => boxes >= part * tally.boxes)!;
    return { half: at(0.5), late: at(0.9), end: seen.at(-1)! };
  }

  it("tells about half at half of the boxes, where almost all of the volume is settled, and does not jump at the end", async () => {
    const { half, late, end } = await toldOfSteep();
    expect(half.fraction).toBeGreaterThan(0.2);
    expect(half.fraction).toBeLessThan(0.8);
    // what was told before there was a forecast
    expect(half.volume).toBeGreaterThan(0.9);
    expect(late.fraction).toBeGreaterThan(0.8);
    expect(late.fraction).toBeLessThan(0.98);
    expect(end.fraction).toBe(1);
  });

  it("is wrong where the outlook tells nothing", async () => {
    vi.spyOn(Outlook.prototype, "of").mockReturnValue(1);
    expect((await toldOfSteep()).half.fraction).toBeGreaterThan(0.95);
  });
});

describe("what a search tells of its progress", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([
    ["one thread", 0],
    ["threads", 2],
  ])("never falls and ends at 1, and every box is told once, on %s", async (_, threads) => {
    const system = await steepModel();
    const told = vi.spyOn(Forecast.prototype, "done");
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => (now += 5));
    const fractions: number[] = [];
    const watch: Watch = { jobs: 0 };
    const pool = threads === 0 ? undefined : poolHere(threads, watch);
    const control = {
      onProgress: ({ fraction }: { fraction: number }) => fractions.push(fraction),
      ...(pool === undefined ? {} : { pool: () => pool, millisecondsBeforeThreads: 0 }),
    };
    const { complete, counts } = await runSearch(system, { add: () => {}, found: 0 }, control);
    expect(complete).toBe(true);
    expect(fractions.length).toBeGreaterThan(10);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions[0]).toBeGreaterThanOrEqual(0);
    expect(fractions.at(-1)).toBe(1);
    expect(fractions.filter((x) => x === 1)).toHaveLength(1);
    expect(told.mock.calls.reduce((sum, [, boxes]) => sum + boxes, 0)).toBe(counts.boxes);
    expect((told.mock.contexts[0] as Forecast).fraction(counts.boxes!)).toBe(1);
    expect(watch.jobs > 0).toBe(threads > 0);
    await pool?.close();
  });
});
