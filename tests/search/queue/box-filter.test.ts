import { describe, expect, it, vi } from "vitest";
import { CpuBackend } from "../../../src/cpu/backend.ts";
import { TwinBoxFilter } from "../../../src/cpu/filter-boxes.ts";
import { Finalizer } from "../../../src/finalize/finalizer.ts";
import { parseModel } from "../../../src/index.ts";
import type { ModelInput } from "../../../src/model/input.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { createPool } from "../../../src/parallel/pool.ts";
import { BoxStack, FilteredRoot } from "../../../src/search/queue/box-filter-run.ts";
import { runSearch, type SearchControl } from "../../../src/search/queue/run.ts";
import { filterUnits } from "../../../src/search/units/filter-units.ts";
import type { UnitTable } from "../../../src/search/units/units.ts";
import type { StageBackend } from "../../../src/stages/backend.ts";
import { type BoxFilter, type BoxUnits, BoxVerdict, type FilteredBoxes } from "../../../src/stages/box-filter.ts";
import { corpus } from "../../corpus/generate.ts";
import { withZero } from "../../parity/box-bodies.ts";
import { ARRANGEMENT_KINDS, type ArrangementKind, arrangementOf, hostile, random } from "../../regions/arrangements.ts";
import { someGenericUnits, someUnits } from "../kernel/tables.ts";

// points found before the boxes would hide that a box was lost
vi.mock("../../../src/search/early/early-points.ts", async (original) => ({
  ...(await original<typeof import("../../../src/search/early/early-points.ts")>()),
  emitEarlyPoints: () => [],
}));
vi.mock("../../../src/search/early/curve-run.ts", () => ({ CurveRun: { of: () => undefined } }));

/** The twin, with something done to what it says. */
class FakeFilter extends TwinBoxFilter {
  calls = 0;
  readonly #change: (out: FilteredBoxes, call: number, boxes: Float32Array) => void;

  constructor(change: (out: FilteredBoxes, call: number, boxes: Float32Array) => void = () => {}, batch = 64) {
    super(batch);
    this.#change = change;
  }

  override async filter(units: BoxUnits, boxes: Float32Array): Promise<FilteredBoxes> {
    const out = await super.filter(units, boxes);
    this.#change(out, this.calls++, boxes);
    return out;
  }
}

class FilteringBackend extends CpuBackend {
  readonly boxes: BoxFilter;

  constructor(boxes: BoxFilter) {
    super();
    this.boxes = boxes;
  }
}

const on = (filter: BoxFilter) => async (): Promise<StageBackend> => new FilteringBackend(filter);

async function answerOf(system: PiecewiseLinearSystem, control: SearchControl = {}) {
  const finalizer = new Finalizer(system);
  const outcome = await runSearch(system, finalizer, control);
  const { fixedPoints, continua } = finalizer.finish();
  const text = JSON.stringify({ fixedPoints, continua }, (_, x) => (typeof x === "bigint" ? `${x}n` : x));
  return { outcome, text, found: fixedPoints.length };
}

/** @returns boxes filtered, none where a search ended before. */
async function expectSame(system: PiecewiseLinearSystem): Promise<number> {
  const without = await answerOf(system);
  const filtered = await answerOf(system, { filterOn: on(new FakeFilter()) });
  expect(filtered.outcome.complete).toBe(true);
  expect(filtered.text).toBe(without.text);
  expect(without.outcome.counts).not.toHaveProperty("gpuBoxes");
  return filtered.outcome.counts.gpuBoxes ?? 0;
}

/** A system whose weights are so large that it takes many boxes. */
function steep(kind: ArrangementKind, N: number, R: number, seed: number, factor = 16): PiecewiseLinearSystem {
  const system = arrangementOf(kind, N, R, seed);
  return { ...system, V: ExactArray.ofNumbers(system.V.rounded.map((x) => factor * x)) };
}

describe("a search with a box filter finds what one without finds, byte for byte,", () => {
  it("on the corpus", async () => {
    let boxes = 0;
    for (const { model } of corpus(1)) boxes += await expectSame((await parseModel(model as ModelInput)).system);
    expect(boxes).toBeGreaterThan(0);
  });

  it.each(ARRANGEMENT_KINDS)("on random %s systems", async (kind) => {
    let boxes = 0;
    for (const [N, R] of [
      [40, 2],
      [80, 3],
      [24, 4],
      [12, 5],
    ]) {
      for (const seed of [201, 202]) boxes += await expectSame(steep(kind, N, R, seed));
    }
    // of a grid most hyperplanes are parallel and make units of many kinks, which are the CPU's
    if (kind !== "grid") expect(boxes).toBeGreaterThan(0);
  });

  it("where hyperplanes nearly coincide", async () => {
    for (let seed = 1; seed <= 4; seed++) await expectSame(hostile(seed, 30, 1 + (seed % 3)));
  });

  it("along a bent line of fixed points", async () => {
    const { U, h } = arrangementOf("generic", 60, 3, 9);
    const rows = Array.from({ length: 60 }, (_, j) => [...U.subarray(3 * j, 3 * j + 3)]);
    const V = rows.map(([a, b, c]) => [0, a - b, b + c]);
    const A = [
      [1, 0, 0],
      [0, 0.5, 0],
      [0, 0, 0.25],
    ];
    const { system } = await parseModel({ A, U: rows, V, hx: [...h.rounded], hz: [0, 0.125, 0.5] });
    expect(await expectSame(system)).toBeGreaterThan(0);
    expect(JSON.parse((await answerOf(system)).text).continua.length).toBeGreaterThan(10);
  });

  it("about a point on all hyperplanes", async () => {
    expect(await expectSame(steep("central", 120, 3, 7, 64))).toBeGreaterThan(0);
  });

  it("and would not if the filter were wrong", async () => {
    // not so wrong that its audit would notice
    const liar = new FakeFilter((out) => {
      out.nearness.forEach((near, i) => {
        if (near > 0.5) out.verdicts[i] |= BoxVerdict.empty;
      });
    });
    const lost = await Promise.all(
      [201, 202, 203, 204].map(async (seed) => {
        const system = steep("clipped", 60, 4, seed, 64);
        return (await answerOf(system)).found - (await answerOf(system, { filterOn: on(liar) })).found;
      }),
    );
    expect(liar.calls).toBeGreaterThan(0);
    expect(Math.max(...lost)).toBeGreaterThan(0);
  });
});

describe("a search with a box filter", () => {
  const system = steep("generic", 60, 4, 5, 64);

  it("counts what was filtered, says on what, and leaves less to the CPU", async () => {
    const without = await answerOf(system);
    const { outcome } = await answerOf(system, { filterOn: on(new FakeFilter()) });
    expect(outcome.counts.gpuBoxes).toBeGreaterThan(100);
    expect(outcome.counts.boxes).toBeLessThan(without.outcome.counts.boxes!);
    expect(outcome.backend).toEqual({ name: "cpu", adapter: null });
  });

  it("does not ask for one where it ends before, and not for a share", async () => {
    const filterOn = vi.fn(on(new FakeFilter()));
    await answerOf(arrangementOf("generic", 3, 2, 1), { filterOn });
    const share = await answerOf(system, { filterOn, share: { index: 1, of: 2 } });
    expect(filterOn).not.toHaveBeenCalled();
    expect(share.outcome.queue).toEqual((await answerOf(system, { share: { index: 1, of: 2 } })).outcome.queue);
  });

  it("leaves units of many kinks to the CPU", async () => {
    expect(filterUnits(someGenericUnits(3, 1), 4)).toBe(undefined);
    expect(filterUnits(someUnits(3, 1), 4)).toBeDefined();
    expect(filterUnits(someUnits(7, 1), 4)).toBe(undefined);
    expect(filterUnits(someUnits(3, 1), 2 ** 30)).toBe(undefined);
    const table = someUnits(3, 1);
    expect(
      filterUnits({ ...table, k: table.k.map(() => 2 ** 50), constantMagnitude: table.k.map(() => 2 ** 50) }, 4),
    ).toBe(undefined);
  });

  it("does the same work whatever the threads", async () => {
    const pool = createPool(2);
    await vi.waitFor(() => expect(pool.start(2)).toBe(2), { timeout: 20_000 });
    const one = await answerOf(system, { filterOn: on(new FakeFilter()) });
    const control = { pool: () => pool, millisecondsBeforeThreads: 0, filterOn: on(new FakeFilter()) };
    const two = await answerOf(system, control);
    expect(two.text).toBe(one.text);
    expect(two.outcome.counts).toEqual(one.outcome.counts);
    await pool.close();
  });

  it("stops between batches when cancelled, and when its time is over, and says how many boxes were open", async () => {
    const abort = new AbortController();
    const cancelling = new FakeFilter((_, call) => {
      if (call === 2) abort.abort();
    });
    const cancelled = await answerOf(system, { signal: abort.signal, filterOn: on(cancelling) });
    expect(cancelled.outcome.incompleteBecause).toMatch(/^cancelled: [\d,]+ boxes were open/);
    expect(Number(/\d+/.exec(cancelled.outcome.incompleteBecause!)![0])).toBeGreaterThan(10);
    expect(cancelling.calls).toBe(3);

    const deadline = performance.now() + 600;
    const late = new FakeFilter((_, call) => {
      while (call === 2 && performance.now() < deadline);
    });
    const stopped = await answerOf(system, { deadline, filterOn: on(late) });
    expect(stopped.outcome.incompleteBecause).toMatch(/^the time budget ended: [\d,]+ boxes were open/);
    expect(late.calls).toBe(3);
  });

  it("tells how far it is, ever further", async () => {
    const fractions: number[] = [];
    const slow = new FakeFilter(() => {
      const end = performance.now() + 50;
      while (performance.now() < end);
    });
    await answerOf(system, { onProgress: ({ fraction }) => fractions.push(fraction), filterOn: on(slow) });
    expect(fractions.length).toBeGreaterThan(2);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.every((x) => x >= 0 && x <= 1)).toBe(true);
  });

  it("does not believe a filter that discards what its twin would not", async () => {
    const liar = new FakeFilter((out) => out.verdicts.fill(BoxVerdict.empty));
    const run = answerOf(system, { filterOn: on(liar) });
    await expect(run).rejects.toMatchObject({ code: "GPU_FAILED" });
    await expect(run).rejects.toThrow(/discarded a box that the CPU does not, by far \(0\.\d+ of what would do\)/);
  });

  it("passes the failure of a filter on", async () => {
    const failing = new FakeFilter((_, call) => {
      if (call === 1) throw new Error("the device was lost");
    });
    await expect(answerOf(system, { filterOn: on(failing) })).rejects.toThrow("the device was lost");
  });
});

/** With v so large that boxes round the zero are many. */
function steeper(table: UnitTable): UnitTable {
  const { dim: R, count, stride, data, weight } = table;
  const larger = data.map((x, at) => (at % stride >= R && at % stride < 2 * R && at < count * stride ? 8 * x : x));
  return { ...table, data: larger, weight: weight.map((x) => 8 * x) };
}

describe("the boxes of a root", () => {
  it("are discarded or kept, so that no point of it is in none", async () => {
    const R = 3;
    const table = withZero(steeper(someUnits(R, 3)), [0.2, 0.3, -0.4]);
    // ends that float32 has not
    const box = { lo: new Float64Array(R).fill(-1 / 3), hi: new Float64Array(R).fill(1.1) };
    const discarded: Float32Array[] = [];
    const filter = new FakeFilter((out, _, boxes) => {
      out.verdicts.forEach((verdict, i) => {
        if (verdict & BoxVerdict.empty) discarded.push(boxes.slice(2 * R * i, 2 * R * (i + 1)));
      });
    });
    const boxes = new FilteredRoot(filterUnits(table, 2)!);
    boxes.add(box, 1);
    while (boxes.open > 0) await boxes.step(filter);
    let shares = boxes.settled;
    const kept: { lo: Float64Array; hi: Float64Array }[] = [];
    for (let next = boxes.kept.pop(); next !== undefined; next = boxes.kept.pop()) {
      shares += next.share;
      kept.push(next.box);
    }
    expect(shares).toBeCloseTo(1, 12);
    expect(boxes.boxes).toBeGreaterThan(50);
    expect(discarded.length).toBeGreaterThan(20);
    expect(kept.length).toBeGreaterThan(0);
    const within = (z: readonly number[]) =>
      kept.some(({ lo, hi }) => z.every((x, k) => lo[k] <= x && x <= hi[k])) ||
      discarded.some((row) => z.every((x, k) => Math.abs(x - row[k]) <= row[R + k]));
    const next = random(1);
    const points = Array.from({ length: 2000 }, () => Array.from({ length: R }, () => -1 / 3 + (1.1 + 1 / 3) * next()));
    points.push([-1 / 3, -1 / 3, -1 / 3], [1.1, 1.1, 1.1], [1.1, -1 / 3, 1.1]);
    for (const z of points) expect(within(z)).toBe(true);
    expect(within([1.2, 0, 0])).toBe(false);
    discarded.pop();
    discarded.splice(0, discarded.length >> 1);
    expect(points.every(within)).toBe(false);
  });

  it("come off a stack in the order of one, however many there are", () => {
    const stack = new BoxStack(2);
    for (let i = 0; i < 1000; i++) stack.push(Float64Array.of(i, i, i + 1, i + 1, i / 1000, 0, 0));
    expect(stack.take(3)[0]).toBe(997);
    for (let i = 996; i >= 0; i--) {
      expect(stack.pop()).toEqual({
        box: { lo: Float64Array.of(i, i), hi: Float64Array.of(i + 1, i + 1) },
        share: i / 1000,
      });
    }
    expect(stack.pop()).toBe(undefined);
    expect(stack.take(5)).toHaveLength(0);
  });
});
