import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { Finalizer } from "../../../src/finalize/finalizer.ts";
import { findFixedPoints, parseModel } from "../../../src/index.ts";
import type { PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { createPool } from "../../../src/parallel/pool.ts";
import { CurveFollower } from "../../../src/search/early/curve.ts";
import { CurveRun } from "../../../src/search/early/curve-run.ts";
import { curveTable, maskAt, placesIn } from "../../../src/search/early/curve-table.ts";
import { clearRow, LoopEdgeKernel, wasmEdgeKernel } from "../../../src/search/early/edge-kernel.ts";
import { runSearch } from "../../../src/search/queue/run.ts";
import type { WorkerPool } from "../../../src/stages/pool.ts";
import { ARRANGEMENT_KINDS, arrangementOf, random } from "../../regions/arrangements.ts";

/** A clipped network: G is a regular linear map but for a bounded term, so it has a fixed point. */
function clipped(units: number, R: number, seed: number, gain: number) {
  const next = random(seed);
  const signed = (n: number) => Array.from({ length: n }, () => 2 * next() - 1);
  const W2 = Array.from({ length: units }, () => signed(R));
  const W1 = Array.from({ length: R }, () => signed(units).map((x) => gain * x));
  const A = signed(R).map((x) => 0.9 * x);
  return parseModel({ kind: "clippedShPLRNN", A, W1, W2, h1: signed(R), h2: signed(units) });
}

/** All that some rounds of curves find: masks in order, and the counts. */
async function roundsOf(system: PiecewiseLinearSystem, rounds: number, pool?: WorkerPool) {
  const finalizer = new Finalizer(system);
  const run = CurveRun.of(system, {
    sink: finalizer,
    control: {},
    pool: () => pool,
    settle: async () => finalizer.settle({}),
    isStopped: () => false,
  });
  for (let round = 0; round < rounds; round++) await run?.round();
  const { curves = 0, crossings = 0, met = [] } = run?.report ?? {};
  const points = finalizer.finish().fixedPoints.map(({ z }) => JSON.stringify(z));
  return { curves, crossings, met: met.map(({ mask, curves: times }) => `${mask}:${times}`), points };
}

describe("curves", () => {
  it("meet an odd number of zeros of a clipped network, all of them fixed points, and soon all", async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const model = await clipped(5, 6, seed, 3);
      const all = (await findFixedPoints(model)).fixedPoints.map(({ z }) => JSON.stringify(z));
      const follower = new CurveFollower(curveTable(model.system));
      const next = random(seed);
      for (let curve = 0; curve < 8; curve++) {
        const from = follower.fromFar(Float64Array.from({ length: 6 }, () => next() - 0.5))!;
        let crossings = 0;
        const { end } = follower.follow(from, 10_000, (_, crosses) => {
          if (crosses) crossings++;
        });
        expect(end).toBe("far");
        expect(crossings % 2).toBe(1);
      }
      const { points } = await roundsOf(model.system, 3);
      expect(points.sort()).toEqual(all.sort());
    }
  });

  it("find only fixed points of systems of any kind", async () => {
    let found = 0;
    for (const kind of ARRANGEMENT_KINDS) {
      for (const [N, R] of [
        [10, 2],
        [8, 3],
      ]) {
        const system = arrangementOf(kind, N!, R!, 7);
        const model = { ...(await parseModel({ A: [0.5], U: [[1]], V: [[1]], hx: [1], hz: [0] })), system };
        const { fixedPoints, continua } = await findFixedPoints(model, { method: "regions" });
        const all = fixedPoints.map(({ z }) => JSON.stringify(z));
        const { points } = await roundsOf(system, 2);
        if (continua.length === 0) for (const z of points) expect(all).toContain(z);
        found += points.length;
      }
    }
    expect(found).toBeGreaterThan(0);
  });

  it("that begin at a zero are closed or come from infinity, and end", async () => {
    const { system } = await clipped(12, 3, 2, 4);
    const table = curveTable(system);
    const follower = new CurveFollower(table);
    const mask = new Uint32Array(1);
    const far = follower.fromFar(Float64Array.of(1, 0.3, -0.2))!;
    follower.follow(far, 1000, (met) => mask.set(met));
    const places = placesIn(table, mask);
    const again = new Uint32Array(1);
    maskAt(table, places, again);
    expect(again).toEqual(mask);
    const begun = follower.fromZero(places, Float64Array.of(0.1, 0.2, 1), 1)!;
    expect(["far", "closed"]).toContain(follower.follow(begun, 10_000, () => {}).end);
  });

  it("are the same in slices of any kind, and after a fresh start from plain data", async () => {
    // so many units that not all directions are near
    const { system } = await clipped(200, 4, 3, 3);
    const masksOf = (edges: number) => {
      const follower = new CurveFollower(curveTable(system));
      const masks: string[] = [];
      let point = follower.fromFar(Float64Array.of(1, 0.3, -0.2, 0.5))!;
      for (let end = "further"; end === "further"; ) {
        ({ end, point } = follower.follow(structuredClone(point), edges, (mask) => masks.push(mask.join())));
      }
      return masks;
    };
    const masks = masksOf(100_000);
    expect(masks.length).toBeGreaterThan(0);
    expect(masksOf(7)).toEqual(masks);
    // here every edge begins with a look at all directions
    expect(masksOf(1)).toEqual(masks);
  });

  it("notice that a place is not on the curve", async () => {
    const { system } = await clipped(40, 4, 3, 3);
    const follower = new CurveFollower(curveTable(system));
    const from = follower.fromFar(Float64Array.of(1, 0.3, -0.2, 0.5))!;
    expect(follower.follow({ ...from, t: -from.t }, 10, () => {}).end).toBe("slipped");
  });

  it("are the same on any number of threads", async () => {
    const { system } = await clipped(60, 6, 1, 4);
    const pool = createPool(2);
    await vi.waitFor(() => expect(pool.start(2)).toBe(2), { timeout: 20_000 });
    const alone = await roundsOf(system, 4);
    expect(await roundsOf(system, 4, pool)).toEqual(alone);
    expect(alone.points.length).toBeGreaterThan(1);
    await pool.close();
  });

  it("come before the boxes, and tell what they met when a search is cut short", async () => {
    const { system } = await clipped(300, 12, 1, 3);
    const outcome = await runSearch(system, new Finalizer(system), { maxBoxes: 0 });
    expect(outcome.complete).toBe(false);
    expect(outcome.curves!.met.length).toBeGreaterThan(0);
    expect(outcome.curves!.far.isBounded).toBe(true);
  });
});

it("the kernel in WebAssembly gives the numbers of its loop to the last bit", () => {
  const number = fc.oneof(
    { weight: 8, arbitrary: fc.double({ min: -4, max: 4, noNaN: true }) },
    fc.constantFrom(0, -0, 2 ** -300, 2 ** 300, -(2 ** 300)),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 9 }),
      fc.infiniteStream(number),
      (R, D, stream) => {
        const kernels = [wasmEdgeKernel(R, D)!, new LoopEdgeKernel(R, D)] as const;
        const draw = (): number => stream.next().value;
        const [first, second] = [kernels[0].arrays, kernels[1].arrays];
        for (const name of ["rows", "x", "dx", "y"] as const) first[name].set(Array.from(first[name], draw));
        for (let j = 0; j < first.lo.length; j++) {
          first.lo[j] = first.x[j]! - Math.abs(draw());
          first.hi[j] = j % 3 === 0 ? Number.POSITIVE_INFINITY : first.x[j]! + Math.abs(draw());
        }
        // not all of them in use
        const used = D - (Math.abs(draw()) > 2 ? 1 : 0);
        if (used % 2 === 1) clearRow(first, used, R);
        first.control.set([Math.abs(draw()), stream.next().value < 0 ? -1 : 1, 0, used]);
        for (const name of Object.keys(first) as (keyof typeof first)[]) second[name].set(first[name]);
        expect(kernels[0].advance()).toBe(kernels[1].advance());
        for (const name of ["x", "dx"] as const)
          expect(first[name].subarray(0, used)).toEqual(second[name].subarray(0, used));
        expect(first.control).toEqual(second.control);
      },
    ),
    { seed: 3, numRuns: 100 },
  );
});
