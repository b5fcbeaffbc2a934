import { afterEach, describe, expect, it } from "vitest";
import { parseModel } from "../../src/model/parse.ts";
import { packSystem, unpackSystem } from "../../src/model/transfer.ts";
import type { JobReply, JobRequest, WorkerPort } from "../../src/parallel/message.ts";
import { createPool } from "../../src/parallel/pool.ts";
import type { WorkerPool } from "../../src/stages/pool.ts";

let pool: WorkerPool | undefined;
afterEach(async () => {
  await pool?.close();
  pool = undefined;
});

/** A worker in this thread that answers when told to. */
function fakeWorker() {
  const posted: JobRequest[] = [];
  let reply: (reply: JobReply) => void = () => {};
  let die: (reason: string) => void = () => {};
  const port: WorkerPort = {
    post: (request) => posted.push(request),
    onReply: (handler) => {
      reply = handler;
    },
    onDeath: (handler) => {
      die = handler;
    },
    terminate: async () => {},
  };
  return { port, posted, reply: (r: JobReply) => reply(r), die: (reason: string) => die(reason) };
}

describe("the worker pool", () => {
  it("runs jobs on real threads, more of them than workers", async () => {
    pool = await createPool(2);
    const jobs = Array.from({ length: 7 }, (_, i) => pool!.run("echo", { i, data: Float64Array.of(i, 0.5) }));
    const results = (await Promise.all(jobs)) as { i: number; data: Float64Array }[];
    expect(results.map(({ i, data }) => [i, data[0]])).toEqual(Array.from({ length: 7 }, (_, i) => [i, i]));
  });

  it("passes on the error of a job and goes on", async () => {
    pool = await createPool(1);
    await expect(pool.run("no such job", 1)).rejects.toThrow(/no job is called no such job/);
    expect(await pool.run("echo", 5)).toBe(5);
  });

  it("rejects what is under way and all that comes later when a worker dies", async () => {
    const worker = fakeWorker();
    pool = await createPool(1, async () => worker.port);
    const first = pool.run("echo", 1);
    const second = pool.run("echo", 2);
    worker.die("out of memory");
    await expect(first).rejects.toThrow(/a worker died: out of memory/);
    await expect(second).rejects.toThrow(/a worker died/);
    await expect(pool.run("echo", 3)).rejects.toThrow(/a worker died/);
  });

  it("rejects jobs of a closed pool, never leaves them hanging", async () => {
    const worker = fakeWorker();
    pool = await createPool(1, async () => worker.port);
    const job = pool.run("echo", 1);
    const closing = pool.close();
    await expect(job).rejects.toThrow(/closed/);
    await closing;
  });

  it("gives a worker one job at a time", async () => {
    const worker = fakeWorker();
    pool = await createPool(1, async () => worker.port);
    const first = pool.run("echo", "a");
    const second = pool.run("echo", "b");
    expect(worker.posted).toHaveLength(1);
    worker.reply({ id: worker.posted[0].id, result: "A" });
    expect(await first).toBe("A");
    expect(worker.posted).toHaveLength(2);
    worker.reply({ id: worker.posted[1].id, result: "B" });
    expect(await second).toBe("B");
  });

  it.each([0, -1, 1.5, Number.NaN, 5000])("refuses %s threads", async (threads) => {
    await expect(createPool(threads)).rejects.toThrow(/threads: must be an integer/);
  });
});

describe("systems sent to a worker", () => {
  it("arrive exactly, inexact entries too", async () => {
    const { system } = await parseModel({
      A: [
        [0.1, 3],
        [1e-9, 0.7],
      ],
      U: [[1, 2]],
      V: [[3, 4]],
      hx: [0.1],
      hz: [1, 2],
    });
    const copy = unpackSystem(structuredClone(packSystem(system)));
    expect(system.M.allExact).toBe(false);
    expect(copy.M.toDyadics()).toEqual(system.M.toDyadics());
    expect([...copy.U]).toEqual([...system.U]);
    expect(copy).toMatchObject({ latentDim: 2, hyperplanes: 1, time: "discrete" });
  });
});
