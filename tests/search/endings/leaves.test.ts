import { describe, expect, it } from "vitest";
import { Finalizer } from "../../../src/finalize/finalizer.ts";
import { parseModel } from "../../../src/index.ts";
import { LeafSet } from "../../../src/search/endings/leaves.ts";
import { SearchPlan } from "../../../src/search/queue/plan.ts";
import { runSearch } from "../../../src/search/queue/run.ts";
import { emptyTally } from "../../../src/search/queue/tally.ts";
import { random } from "../../regions/arrangements.ts";
import { expectSame, runningPool, search } from "../queue/searches.ts";

describe("leaves for the regions method", () => {
  /**
   * 24 lines that nearly meet in one point where G is nearly zero, with steep weights: no box there is settled by
   * splitting.
   */
  async function nearlyConcurrent(seed: number) {
    const next = random(seed);
    const rows = () => Array.from({ length: 24 }, () => [2 * next() - 1, 2 * next() - 1]);
    const U = rows();
    const z = [0.1, 0.7];
    const hx = U.map(([a, b]) => a! * z[0]! + b! * z[1]!);
    return parseModel({ A: [0.5, 0.5], U, V: rows(), hx, hz: z.map((x) => -0.5 * x) });
  }

  it("settle what boxes can't, with the same answer", async () => {
    let leaves = 0;
    for (let seed = 1; seed <= 3; seed++) {
      const model = await nearlyConcurrent(seed);
      await expectSame(model);
      const { counts } = await search(model);
      leaves += counts.handedOn!;
      expect(counts.leafRegions! > 0).toBe(counts.handedOn! > 0);
    }
    expect(leaves).toBeGreaterThan(0);
  });

  it("are the same for every number of threads", async () => {
    const { system } = await nearlyConcurrent(1);
    const pool = await runningPool();
    const run = async (threads: boolean) => {
      const finalizer = new Finalizer(system);
      const control = threads ? { pool: () => pool, millisecondsBeforeThreads: 0 } : {};
      const { counts } = await runSearch(system, finalizer, control);
      return { counts, points: finalizer.finish().fixedPoints };
    };
    expect(await run(true)).toEqual(await run(false));
    await pool.close();
  });

  it("that are not taken leave the answer incomplete", async () => {
    const { system } = await nearlyConcurrent(1);
    const leaves = new LeafSet();
    const plan = SearchPlan.of(system);
    const tally = emptyTally();
    for (let root = 0; root < plan.roots.length; root++) {
      const search = plan.search(root, { emit: () => {}, leaf: (leaf) => leaves.add(leaf) }, tally);
      search.start(plan.roots[root]!.box, 1);
      while (!search.step(1000));
    }
    expect(tally.handedOn).toBeGreaterThan(0);
    const { left } = await leaves.solve(system, new Finalizer(system), { deadline: performance.now() - 1 });
    expect(left).toBeGreaterThan(0);
    expect(await leaves.solve(system, new Finalizer(system), {})).toMatchObject({ left: 0 });
  });
});
