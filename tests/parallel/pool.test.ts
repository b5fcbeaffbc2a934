import { afterEach, describe, expect, it, vi } from "vitest";
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
    ready: Promise.resolve(),
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
    pool = createPool(2);
    const jobs = Array.from({ length: 7 }, (_, i) => pool!.run("echo", { i, data: Float64Array.of(i, 0.5) }));
    const results = (await Promise.all(jobs)) as { i: number; data: Float64Array }[];
    expect(results.map(({ i, data }) => [i, data[0]])).toEqual(Array.from({ length: 7 }, (_, i) => [i, i]));
  });

  it("passes on the error of a job and goes on", async () => {
    pool = createPool(1);
    await expect(pool.run("no such job", 1)).rejects.toThrow(/no job is called no such job/);
    expect(await pool.run("echo", 5)).toBe(5);
  });

  it("gives the job of a worker that dies to another one, and says so", async () => {
    const workers = [fakeWorker(), fakeWorker()];
    let started = 0;
    pool = createPool(1, undefined, async () => workers[started++]!.port);
    const first = pool.run("echo", 1);
    const second = pool.run("echo", 2);
    await vi.waitFor(() => expect(workers[0]!.posted).toHaveLength(1));
    expect(pool.trouble).toBeUndefined();
    workers[0]!.die("out of memory");
    // an error and the end that follows it are one death
    workers[0]!.die("it exited with code 1");
    await vi.waitFor(() => expect(workers[1]!.posted).toHaveLength(1));
    expect(pool.trouble).toMatch(/^a worker thread died \(out of memory\), and what was in work there was done again$/);
    expect(workers[1]!.posted[0]!.payload).toBe(1);
    workers[1]!.reply({ id: workers[1]!.posted[0]!.id, result: "A" });
    expect(await first).toBe("A");
    workers[1]!.reply({ id: workers[1]!.posted[1]!.id, result: "B" });
    expect(await second).toBe("B");
  });

  it("rejects a job of which two workers died, and goes on with the others", async () => {
    const workers = [fakeWorker(), fakeWorker(), fakeWorker()];
    let started = 0;
    pool = createPool(1, undefined, async () => workers[started++]!.port);
    const first = pool.run("echo", 1);
    const second = pool.run("echo", 2);
    for (const worker of workers.slice(0, 2)) {
      await vi.waitFor(() => expect(worker.posted).toHaveLength(1));
      worker.die("out of memory");
    }
    await expect(first).rejects.toThrow(/a worker died: out of memory/);
    await vi.waitFor(() => expect(workers[2]!.posted).toHaveLength(1));
    workers[2]!.reply({ id: workers[2]!.posted[0]!.id, result: "B" });
    expect(await second).toBe("B");
  });

  it("does such a job here where that is possible, and says so", async () => {
    const workers = [fakeWorker(), fakeWorker(), fakeWorker()];
    let started = 0;
    pool = createPool(2, undefined, async () => workers[started++]!.port);
    const job = pool.run("echo", 1, 1, () => "here");
    for (const worker of workers.slice(0, 2)) {
      await vi.waitFor(() => expect(worker.posted).toHaveLength(1));
      worker.die("out of memory");
    }
    expect(await job).toBe("here");
    expect(pool.trouble).toMatch(/^2 worker threads died .* was done again, at last on this thread$/);
  });

  it("does jobs here when no worker can be had, but for those of a closed pool", async () => {
    pool = createPool(1, undefined, () => Promise.reject(new Error("no threads")));
    expect(await pool.run("echo", 1, 1, () => "here")).toBe("here");
    expect(await pool.run("echo", 1, 1, async () => "again")).toBe("again");
    expect(pool.trouble).toBe("a worker could not be started: no threads: its work was done on this thread");
    await expect(
      pool.run("echo", 1, 1, () => {
        throw new Error("its own");
      }),
    ).rejects.toThrow("its own");
    await pool.close();
    await expect(pool.run("echo", 1, 1, () => "here")).rejects.toThrow("no threads");
  });

  it("is given up when workers die again and again", async () => {
    const jobs: Promise<unknown>[] = [];
    pool = createPool(1, undefined, async () => {
      const worker = fakeWorker();
      return { ...worker.port, post: () => worker.die("no code") };
    });
    for (let i = 0; i < 5; i++) jobs.push(pool.run("echo", i));
    for (const job of jobs) await expect(job).rejects.toThrow(/a worker died: no code/);
    await expect(pool.run("echo", 9)).rejects.toThrow(/a worker died/);
  });

  it("rejects jobs of a closed pool, never leaves them hanging", async () => {
    const worker = fakeWorker();
    pool = createPool(1, undefined, async () => worker.port);
    const job = pool.run("echo", 1);
    const closing = pool.close();
    await expect(job).rejects.toThrow(/closed/);
    await closing;
  });

  it("gives a worker one job at a time", async () => {
    const worker = fakeWorker();
    pool = createPool(1, undefined, async () => worker.port);
    const first = pool.run("echo", "a");
    const second = pool.run("echo", "b");
    await vi.waitFor(() => expect(worker.posted).toHaveLength(1));
    worker.reply({ id: worker.posted[0]!.id, result: "A" });
    expect(await first).toBe("A");
    expect(worker.posted).toHaveLength(2);
    worker.reply({ id: worker.posted[1]!.id, result: "B" });
    expect(await second).toBe("B");
  });

  it("starts a worker only for a job that finds none free", async () => {
    const workers: ReturnType<typeof fakeWorker>[] = [];
    pool = createPool(3, undefined, async () => {
      workers.push(fakeWorker());
      return workers[workers.length - 1]!.port;
    });
    expect(workers).toHaveLength(0);
    const first = pool.run("echo", 1);
    await vi.waitFor(() => expect(workers[0]?.posted).toHaveLength(1));
    const second = pool.run("echo", 2);
    await vi.waitFor(() => expect(workers[1]?.posted).toHaveLength(1));
    workers[0]!.reply({ id: workers[0]!.posted[0]!.id, result: 10 });
    expect(await first).toBe(10);
    const third = pool.run("echo", 3);
    expect(workers[0]!.posted).toHaveLength(2);
    workers[0]!.reply({ id: workers[0]!.posted[1]!.id, result: 30 });
    workers[1]!.reply({ id: workers[1]!.posted[0]!.id, result: 20 });
    expect(await Promise.all([second, third])).toEqual([20, 30]);
    expect(workers).toHaveLength(2);
  });

  it("runs no more of some jobs at once than they ask for, on workers that are already there", async () => {
    const workers = [fakeWorker(), fakeWorker()];
    let started = 0;
    pool = createPool(2, undefined, async () => workers[started++]!.port);
    const posted = () => workers.flatMap((worker) => worker.posted.map(({ payload }) => payload));
    const sides = ["a", "b"].map((payload) => pool!.run("echo", payload, 1));
    await vi.waitFor(() => expect(posted()).toEqual(["a"]));
    expect(started).toBe(1);
    workers[0]!.reply({ id: workers[0]!.posted[0]!.id, result: "A" });
    expect(await sides[0]).toBe("A");
    expect(posted()).toEqual(["a", "b"]);
    const free = pool.run("echo", "c");
    await vi.waitFor(() => expect(posted()).toHaveLength(3));
    expect(workers[1]!.posted).toHaveLength(1);
    workers[0]!.reply({ id: workers[0]!.posted[1]!.id, result: "B" });
    workers[1]!.reply({ id: workers[1]!.posted[0]!.id, result: "C" });
    expect(await Promise.all([sides[1], free])).toEqual(["B", "C"]);
    const later = ["d", "e"].map((payload) => pool!.run("echo", payload, 1));
    expect(posted()).toHaveLength(4);
    const [busy] = workers.filter(({ posted: [...jobs] }) => jobs.at(-1)?.payload === "d");
    busy!.reply({ id: busy!.posted.at(-1)!.id, result: "D" });
    expect(await later[0]).toBe("D");
    const [next] = workers.filter(({ posted: [...jobs] }) => jobs.at(-1)?.payload === "e");
    next!.reply({ id: next!.posted.at(-1)!.id, result: "E" });
    expect(await later[1]).toBe("E");
  });

  it("gives a worker nothing before it is ready, and tells how many are", async () => {
    const worker = fakeWorker();
    let isReady = () => {};
    const ready = new Promise<void>((resolve) => {
      isReady = resolve;
    });
    let spawned = 0;
    pool = createPool(2, undefined, async () => {
      spawned++;
      return spawned === 1 ? { ...worker.port, ready } : { ...fakeWorker().port, ready: new Promise(() => {}) };
    });
    expect(pool.start(1)).toBe(0);
    expect(pool.start(1)).toBe(0);
    expect(spawned).toBe(1);
    const job = pool.run("echo", 1, 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(worker.posted).toHaveLength(0);
    isReady();
    await vi.waitFor(() => expect(worker.posted).toHaveLength(1));
    expect(pool.start(1)).toBe(1);
    worker.reply({ id: worker.posted[0]!.id, result: 2 });
    expect(await job).toBe(2);
    expect(spawned).toBe(1);
    // the other one never gets ready
    expect(pool.start(2)).toBe(1);
    expect(pool.start(5)).toBe(1);
    expect(spawned).toBe(2);
    worker.die("out of memory");
    expect(pool.start(1)).toBe(0);
  });

  it("rejects all jobs when a worker can't be started", async () => {
    pool = createPool(2, undefined, async () => {
      throw new Error("no more threads");
    });
    const jobs = [pool.run("echo", 1), pool.run("echo", 2)];
    for (const job of jobs) await expect(job).rejects.toThrow(/could not be started: no more threads/);
    await expect(pool.run("echo", 3)).rejects.toThrow(/could not be started/);
  });

  it("ends workers that were still being started when it was closed", async () => {
    const worker = fakeWorker();
    let ended = false;
    let ready: (port: WorkerPort) => void = () => {};
    pool = createPool(1, undefined, () => new Promise((resolve) => (ready = resolve)));
    const job = pool.run("echo", 1);
    const closing = pool.close();
    ready({
      ...worker.port,
      terminate: async () => {
        ended = true;
      },
    });
    await expect(job).rejects.toThrow(/closed/);
    await closing;
    expect(ended).toBe(true);
    expect(worker.posted).toHaveLength(0);
  });

  it.each([0, -1, 1.5, Number.NaN, 5000])("refuses %s threads", async (threads) => {
    expect(() => createPool(threads)).toThrow(/threads: must be an integer/);
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
