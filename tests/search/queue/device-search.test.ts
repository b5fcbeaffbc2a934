import { beforeEach, describe, expect, it, vi } from "vitest";
import { parseModel } from "../../../src/index.ts";
import { StillpointError } from "../../../src/model/errors.ts";
import type { ModelInput } from "../../../src/model/input.ts";
import type { PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { createPool } from "../../../src/parallel/pool.ts";
import { EarlySearch } from "../../../src/search/early/early-search.ts";
import { knownPaces } from "../../../src/search/queue/device-pace.ts";
import { stackSystem } from "../../../src/search/units/stack-system.ts";
import type { StageBackend } from "../../../src/stages/backend.ts";
import { type DeviceStacks, Field, STATE_WORDS, State } from "../../../src/stages/box-stack.ts";
import { corpus } from "../../corpus/generate.ts";
import { ARRANGEMENT_KINDS, arrangementOf, hostile } from "../../regions/arrangements.ts";
import { productOf } from "../../support/products.ts";
import { someParallelUnits, someUnits } from "../kernel/tables.ts";
import { answerOf, FakeStacks, on, steep } from "./devices.ts";

// points found before the boxes would hide that a box was lost
for (const when of ["first", "long", "beside"] as const) {
  vi.spyOn(EarlySearch.prototype, when).mockResolvedValue();
}

const FULL = process.env.STILLPOINT_FULL === "1";

/** @returns boxes filtered, none where a search ended before. */
async function expectSame(system: PiecewiseLinearSystem): Promise<number> {
  const without = await answerOf(system);
  const filtered = await answerOf(system, { device: on(new FakeStacks()) });
  expect(filtered.outcome.complete).toBe(true);
  expect(filtered.text).toBe(without.text);
  expect(without.outcome.counts).not.toHaveProperty("gpuBoxes");
  return filtered.outcome.counts.gpuBoxes ?? 0;
}

describe("a search on a device finds what one without finds, byte for byte,", () => {
  it("on the corpus", async () => {
    let boxes = 0;
    const models = corpus(1).filter((_, i) => FULL || i % 8 === 0);
    for (const { model } of models) boxes += await expectSame((await parseModel(model as ModelInput)).system);
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
      // the twin takes long over many units through one point
      if (!FULL && kind === "central" && N! > 40) continue;
      for (const seed of FULL ? [201, 202] : [201]) boxes += await expectSame(steep(kind, N!, R!, seed));
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
    const V = rows.map(([a, b, c]) => [0, a! - b!, b! + c!]);
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

  it("and would not if it lost boxes that it should give back", async () => {
    const lost: number[] = [];
    for (const seed of [201, 202, 203, 204]) {
      // together with a device that says so, so that their volume is not missed
      const more = new Uint32Array(STATE_WORDS);
      const liar = new FakeStacks((report, _, stride) => {
        for (let at = 0; at < report.kept.length; at += stride) more[State.depths + report.kept[at + Field.depth]!]!++;
        return { ...report, state: report.state.map((x, at) => x + more[at]!), kept: new Uint32Array(0) };
      });
      const system = steep("clipped", 60, 4, seed, 64);
      lost.push((await answerOf(system)).found - (await answerOf(system, { device: on(liar) })).found);
    }
    expect(Math.max(...lost)).toBeGreaterThan(0);
  });
});

describe("a search on a device", () => {
  const system = steep("generic", 60, 4, 5, 64);

  it("counts what was done there, says on what, and leaves little to the CPU", async () => {
    const without = await answerOf(system);
    const { outcome } = await answerOf(system, { device: on(new FakeStacks()) });
    expect(outcome.counts.gpuBoxes).toBeGreaterThan(100);
    expect(outcome.counts.gpuReturned).toBeLessThan(0.1 * outcome.counts.gpuBoxes!);
    expect(outcome.counts.gpuAudited).toBeGreaterThan(0);
    expect(outcome.counts.boxes).toBeLessThan(without.outcome.counts.boxes!);
    expect(outcome.backend).toEqual({ name: "cpu", adapter: null });
  });

  it("does the same boxes whatever the sizes of stack, slab and launch", async () => {
    const one = await answerOf(system, { device: on(new FakeStacks()) });
    for (const sizes of [
      { capacity: 64, slab: 4, kept: 5, rounds: 3 },
      { capacity: 2 ** 14, slab: 1024, kept: 2048, rounds: 50 },
    ]) {
      const other = await answerOf(system, { device: on(new FakeStacks(undefined, sizes)) });
      expect(other.text).toBe(one.text);
      for (const count of ["gpuBoxes", "gpuEvaluations", "gpuReturned", "boxes"] as const) {
        expect(other.outcome.counts[count]).toBe(one.outcome.counts[count]);
      }
    }
  });

  it("does not ask for one where it ends before", async () => {
    const { open } = on(new FakeStacks());
    const device = { open: vi.fn(open) };
    await answerOf(arrangementOf("generic", 3, 2, 1), { device });
    await answerOf(system, { device: { ...device, boxesBefore: 1e9 } });
    expect(device.open).not.toHaveBeenCalled();
  });

  it("does a share of a search, which is the same share as without it", async () => {
    const { system: product } = await parseModel(productOf([2, 3], 16, 1, 6).model);
    const gpuBoxes: number[] = [];
    for (const index of [1, 2, 3]) {
      const share = { index, of: 3 };
      const without = await answerOf(product, { share });
      const { outcome, text } = await answerOf(product, { share, device: on(new FakeStacks()) });
      expect(outcome.queue).toEqual(without.outcome.queue);
      expect(outcome.complete).toBe(true);
      expect(text).toBe(without.text);
      expect(without.outcome.counts).not.toHaveProperty("gpuBoxes");
      gpuBoxes.push(outcome.counts.gpuBoxes!);
    }
    expect(Math.min(...gpuBoxes)).toBeGreaterThan(1000);
  });

  it("begins on the CPU where it is told to, and goes on without a device that there is not", async () => {
    const without = await answerOf(system);
    const late = await answerOf(system, { device: { ...on(new FakeStacks()), boxesBefore: 200 } });
    expect(late.text).toBe(without.text);
    expect(late.outcome.counts.boxes).toBeGreaterThanOrEqual(200);
    const none = await answerOf(system, { device: { open: async () => undefined } });
    expect(none.text).toBe(without.text);
    expect(none.outcome.complete).toBe(true);
  });

  it("takes sums of many kinks, and leaves many dimensions and large numbers to the CPU", () => {
    expect(stackSystem(someParallelUnits(3, 1), 4)).toBeDefined();
    expect(stackSystem(someUnits(12, 1), 4)).toBeDefined();
    expect(stackSystem(someUnits(13, 1), 4)).toBe(undefined);
    expect(stackSystem(someUnits(3, 1), 2 ** 30)).toBe(undefined);
    const table = someUnits(3, 1);
    const large = table.k.map(() => 2 ** 50);
    expect(stackSystem({ ...table, k: large, constantMagnitude: large }, 4)).toBe(undefined);
  });

  it("does the same work whatever the threads", async () => {
    const pool = createPool(2);
    await vi.waitFor(() => expect(pool.start(2)).toBe(2), { timeout: 20_000 });
    const one = await answerOf(system, { device: on(new FakeStacks()) });
    const control = { pool: () => pool, millisecondsBeforeThreads: 0, device: on(new FakeStacks()) };
    const two = await answerOf(system, control);
    expect(two.text).toBe(one.text);
    expect(two.outcome.counts).toEqual(one.outcome.counts);
    await pool.close();
  });

  it("stops between launches when cancelled, and at a limit on boxes, and says how many boxes were open", async () => {
    const abort = new AbortController();
    const cancelling = new FakeStacks((report, launch) => {
      if (launch === 2) abort.abort();
      return report;
    });
    const cancelled = await answerOf(system, { signal: abort.signal, device: on(cancelling) });
    expect(cancelled.outcome.incompleteBecause).toMatch(/^cancelled: [\d,]+ boxes were open/);
    expect(Number(/\d+/.exec(cancelled.outcome.incompleteBecause!)![0])).toBeGreaterThan(10);
    expect(cancelling.launches).toBe(3);
    const limited = await answerOf(system, { device: on(new FakeStacks()), maxBoxes: 500 });
    expect(limited.outcome.incompleteBecause).toMatch(/^the search took more than 500 boxes: [\d,]+ boxes were open/);
  });

  it("tells how far it is, ever further", async () => {
    const fractions: number[] = [];
    const slow = new FakeStacks((report) => {
      const end = performance.now() + 50;
      while (performance.now() < end);
      return report;
    });
    await answerOf(system, { onProgress: ({ fraction }) => fractions.push(fraction), device: on(slow) });
    expect(fractions.length).toBeGreaterThan(2);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.every((x) => x >= 0 && x <= 1)).toBe(true);
  });

  it("does not believe a device that loses a box, or does one twice", async () => {
    for (const change of [
      (state: Uint32Array) => state[State.depths + 12]!++,
      (state: Uint32Array) => state[State.depths + 12]!--,
    ]) {
      const liar = new FakeStacks((report) => {
        const state = report.state.slice();
        change(state);
        return { ...report, state };
      });
      const run = answerOf(system, { device: on(liar) });
      await expect(run).rejects.toMatchObject({ code: "GPU_FAILED" });
      await expect(run).rejects.toThrow(/some were lost or done twice/);
    }
  });

  it("does not believe a device that discards a box with a fixed point", async () => {
    const systems = [201, 203, 204].map((seed) => steep("clipped", 60, 4, seed, 64));
    const runs = systems.map((system) => {
      let kept: Uint32Array<ArrayBuffer> | undefined;
      const liar = new FakeStacks((report, _, stride) => {
        if (report.kept.length > 0) kept = report.kept.slice(0, stride);
        return { ...report, discarded: kept };
      });
      return answerOf(system, { device: on(liar) });
    });
    const reasons = (await Promise.allSettled(runs)).flatMap((run) => (run.status === "rejected" ? [run.reason] : []));
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) {
      expect(reason).toMatchObject({ code: "GPU_FAILED" });
      expect(reason.message).toMatch(/discarded a box in which the CPU finds/);
    }
  });

  describe("that begins beside the CPU", () => {
    // 22,540 boxes on the CPU alone, of which 5,216 are done before the queue is long
    const long = steep("generic", 40, 7, 5);
    /** The CPU does 1,000 boxes a second. */
    const clockOf = (pace: number) => (cpu: number, device: number) => cpu / 1000 + device / pace;
    const beside = (stacks: DeviceStacks, pace: number) => ({
      device: { ...on(stacks), boxesBefore: 5500, clock: clockOf(pace) },
    });
    beforeEach(knownPaces.forget);

    it("gets its boxes back where it is slower, and says so", async () => {
      const slow = await answerOf(long, beside(new FakeStacks(), 100));
      expect(slow.text).toBe((await answerOf(long)).text);
      expect(slow.outcome.complete).toBe(true);
      const note = /^the GPU did [\d,]+ boxes and was slower than the CPU, which did the rest$/;
      expect(slow.outcome.backend?.note).toMatch(note);
      expect(slow.outcome.counts.gpuBoxes).toBeGreaterThan(0);
      expect(slow.outcome.counts.gpuBoxes).toBeLessThan(2000);
    });

    it("keeps them where it is quicker, and is tried again only there", async () => {
      for (const [pace, again] of [
        [100, false],
        [10_000, true],
      ] as const) {
        knownPaces.forget();
        for (const [i, expected] of [true, again].entries()) {
          const { outcome } = await answerOf(long, { ...beside(new FakeStacks(), pace), maxBoxes: 9000 });
          expect("gpuBoxes" in outcome.counts, `${pace} boxes a second, search ${i}`).toBe(expected);
          expect(outcome.backend?.note === undefined).toBe(again || !expected);
        }
      }
    });

    it.each([
      [1e12, 0],
      [1e-9, 1],
    ])(
      "is opened only if at least so many milliseconds are likely to be left: %d",
      async (leastMillisecondsLeft, times) => {
        const { device } = beside(new FakeStacks(), 10_000);
        const open = vi.fn(device.open);
        await answerOf(long, { device: { ...device, open, leastMillisecondsLeft }, maxBoxes: 9000 });
        expect(open).toHaveBeenCalledTimes(times);
      },
    );

    it("is not held against the CPU where it was asked for", async () => {
      const { device } = beside(new FakeStacks(), 100);
      const { outcome } = await answerOf(long, { device: { ...device, boxesBefore: 0 }, maxBoxes: 2000 });
      expect(outcome.counts.gpuBoxes).toBeGreaterThan(1000);
      expect(outcome.backend?.note).toBeUndefined();
    });

    it("is not believed if it lost a box before it gave its boxes back", async () => {
      const liar = new FakeStacks((report) => {
        const state = report.state.slice();
        state[State.depths + 12]!++;
        return { ...report, state };
      });
      await expect(answerOf(long, beside(liar, 100))).rejects.toThrow(/some were lost or done twice/);
    });

    it("gets what is queued once it is open, and the CPU goes on until then", async () => {
      const { device } = beside(new FakeStacks(), 10_000);
      let isOpen = (): void => {};
      const open = async (): Promise<StageBackend> => {
        await new Promise<void>((resolve) => {
          isOpen = resolve;
        });
        return device.open();
      };
      let before = 0;
      const clock = (cpu: number, done: number): number => {
        if (done === 0) before = cpu;
        if (cpu > 6500) isOpen();
        return device.clock(cpu, done);
      };
      const { outcome } = await answerOf(long, { device: { ...device, clock, open }, maxBoxes: 12_000 });
      expect(outcome.counts.gpuBoxes).toBeGreaterThan(0);
      expect(before).toBeGreaterThan(6500);
    });
  });

  it("passes the failure of a device on, or goes on without it where that is asked for", async () => {
    const without = await answerOf(system);
    const failing = () =>
      new FakeStacks((report, launch) => {
        if (launch === 2) throw new StillpointError("GPU_FAILED", "the device was lost");
        return report;
      });
    await expect(answerOf(system, { device: on(failing()) })).rejects.toThrow("the device was lost");
    const reasons: string[] = [];
    const giveUp = (reason: string) => reasons.push(reason) > 0;
    const rescued = await answerOf(system, { device: { ...on(failing()), giveUp } });
    expect(reasons).toEqual(["the device was lost"]);
    expect(rescued.outcome.complete).toBe(true);
    expect(rescued.text).toBe(without.text);
  });
});
