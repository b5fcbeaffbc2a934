import { afterAll, describe, expect, it } from "vitest";
import { checkProof } from "../../src/check/check.ts";
import { readProof } from "../../src/check/read-proof.ts";
import { findFixedPoints, proveResult } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseModel } from "../../src/model/parse.ts";
import { createPool } from "../../src/parallel/pool.ts";
import { prove } from "../../src/prove/prove.ts";
import { type BranchPayload, BranchWorker } from "../../src/prove/root-task.ts";
import type { WorkerPool } from "../../src/stages/pool.ts";
import { Random } from "../support/random.ts";

const R = 4;
const N = 48;
const random = Random.of(11, "threads");
/** A proof of some ten branches, of one root. */
const RAW = {
  kind: "clippedShPLRNN",
  A: Array.from({ length: R }, (_, k) => 0.5 + 0.1 * k),
  W2: random.matrix(N, R, () => random.normal()),
  W1: random.matrix(R, N, () => (6 * random.normal()) / Math.sqrt(N)),
  h2: Array.from({ length: N }, () => random.normal()),
  h1: Array.from({ length: R }, () => random.normal() / 4),
} as ModelInput;
const model = await parseModel(RAW);
const result = await findFixedPoints(RAW);

/** Workers in this thread, which get copies as real ones do. */
function poolOf(size: number, answer: (payload: BranchPayload, worker: BranchWorker) => unknown) {
  const workers = Array.from({ length: size }, () => new BranchWorker());
  let jobs = 0;
  const pool: WorkerPool = {
    size,
    start: (most) => most,
    run: async (job, payload) => {
      expect(job).toBe("prove");
      const worker = workers[jobs++ % size]!;
      return structuredClone(await answer(structuredClone(payload) as BranchPayload, worker));
    },
    close: async () => {},
  };
  return { pool, asked: () => jobs };
}

const atOnce = { trees: true, millisecondsBeforeThreads: 0 };
const alone = await prove(model, result, atOnce);

describe("a proof on threads", () => {
  const pools: WorkerPool[] = [];
  afterAll(async () => {
    for (const pool of pools) await pool.close();
  });

  it("is accepted, and has the same bytes on two, three and five of them", async () => {
    expect(checkProof(model, result, readProof(alone.proof!, "alone"))).toMatchObject({ accepted: true });
    for (const size of [2, 3, 5]) {
      const { pool, asked } = poolOf(size, (payload, worker) => worker.run(payload));
      expect(await prove(model, result, { ...atOnce, pool: () => pool })).toEqual(alone);
      expect(asked()).toBeGreaterThan(2);
    }
  });

  it("has them on real threads", async () => {
    const pool = createPool(2);
    pools.push(pool);
    expect(await prove(model, result, { ...atOnce, pool: () => pool })).toEqual(alone);
    expect(await proveResult(RAW, result, { trees: true, threads: 3 })).toEqual(alone);
  });

  it("has them where workers die of every branch, and where they answer late and in another order", async () => {
    const mortal: WorkerPool = {
      ...poolOf(2, () => undefined).pool,
      run: async (_job, _payload, _most, here) => here!(),
    };
    expect(await prove(model, result, { ...atOnce, pool: () => mortal })).toEqual(alone);
    let late = 0;
    const { pool } = poolOf(3, async (payload, worker) => {
      const answer = worker.run(payload);
      await new Promise((resolve) => setTimeout(resolve, 40 - 10 * (late++ % 4)));
      return answer;
    });
    expect(await prove(model, result, { ...atOnce, pool: () => pool })).toEqual(alone);
  });

  it("is none where a worker comes upon a point that is not listed, or ends with an error", async () => {
    const lacking = { ...result, fixedPoints: [] };
    const pool = poolOf(2, () => ({ unproved: "the box [0, 1] meets a region" })).pool;
    expect(await prove(model, lacking, { ...atOnce, pool: () => pool })).toEqual({
      proof: undefined,
      because: expect.stringMatching(/^the box \[.*\] meets a region/),
    });
    const broken = poolOf(2, () => Promise.reject(new Error("out of memory"))).pool;
    await expect(prove(model, result, { ...atOnce, pool: () => broken })).rejects.toThrow("out of memory");
  });

  it("is none past the deadline or after a cancel, which does not wait for workers", async () => {
    const late = poolOf(2, (payload, worker) => worker.run({ ...payload, endsAt: 0 })).pool;
    expect(await prove(model, result, { ...atOnce, pool: () => late })).toMatchObject({
      proof: undefined,
      because: expect.stringContaining("the time was up after"),
    });
    const stop = new AbortController();
    const silent = poolOf(2, () => {
      stop.abort();
      return new Promise(() => {});
    }).pool;
    expect(await prove(model, result, { ...atOnce, pool: () => silent, signal: stop.signal })).toEqual({
      proof: undefined,
      because: "cancelled before the proof was done",
    });
  });

  it("has other bytes where a branch is proved in another way: the comparison would see it", async () => {
    const { pool } = poolOf(2, (payload, worker) => {
      const answer = worker.run(payload)!;
      return "unproved" in answer ? answer : { ...answer, ops: answer.ops.slice(1) };
    });
    const other = await prove(model, result, { ...atOnce, pool: () => pool });
    expect(other.proof).not.toEqual(alone.proof);
    expect(checkProof(model, result, readProof(other.proof!, "other"))).toMatchObject({ accepted: false });
  });
});
