import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Errand, Helpers, type Limited, poolOnceLong } from "../../src/stages/helpers.ts";
import type { WorkerPool } from "../../src/stages/pool.ts";

/** A pool of workers that answer when the test says so. */
class SlowPool implements WorkerPool {
  readonly size: number;
  trouble: string | undefined;
  running: number;
  ended: string | undefined;
  readonly sent: { readonly payload: unknown; readonly most: number | undefined; answer: (result: unknown) => void }[] =
    [];

  constructor(size: number, running = size) {
    this.size = size;
    this.running = running;
  }

  start(): number {
    if (this.ended !== undefined) throw new Error(this.ended);
    return this.running;
  }

  run(_job: string, payload: unknown, most?: number): Promise<unknown> {
    return new Promise((answer, reject) => {
      const settle = (result: unknown) => (result instanceof Error ? reject(result) : answer(result));
      this.sent.push({ payload, most, answer: settle });
    });
  }

  async close(): Promise<void> {}
}

/** Adds numbers, some of them elsewhere: what the queues of boxes, branches and tasks have in common. */
class Sum {
  sum = 0;
  next = 0;
  readonly errand = (): Errand<{ readonly n: number }, number> | undefined =>
    this.next >= 10
      ? undefined
      : { job: "square", payload: { n: this.next++ }, here: ({ n }) => n * n, take: (square) => (this.sum += square) };
}

const nothing = (): void => {};

// the clocks stand still but where a test moves them
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("helpers", () => {
  it("have two messages for each worker that runs, beside this thread, and more as they answer", async () => {
    const pool = new SlowPool(3);
    const helpers = new Helpers(() => pool, {});
    const work = new Sum();
    helpers.send(work.errand);
    expect(pool.sent.map(({ payload, most }) => [payload, most])).toEqual(
      [0, 1, 2, 3].map((n) => [{ n, endsAt: undefined }, 2]),
    );
    helpers.send(work.errand);
    expect(pool.sent).toHaveLength(4);
    pool.sent[2]!.answer(4);
    await helpers.wait();
    expect(work.sum).toBe(4);
    helpers.send(work.errand);
    expect(pool.sent).toHaveLength(5);
    for (const { answer } of pool.sent) answer(1);
    while (helpers.areBusy) await helpers.wait();
    expect(work.sum).toBe(4 + 4);
  });

  it("are given nothing before they run, nor more of them than there is memory for, nor where there are none", () => {
    const work = new Sum();
    for (const [pool, most, messages] of [
      [undefined, undefined, 0],
      [new SlowPool(4, 0), undefined, 0],
      [new SlowPool(4, 1), undefined, 2],
      [new SlowPool(4), 1, 2],
    ] as const) {
      const before = work.next;
      new Helpers(() => pool, {}).send(work.errand, most);
      expect(work.next - before).toBe(messages);
    }
  });

  it("are told when to stop, by a deadline that may move", () => {
    const pool = new SlowPool(2);
    const control = { deadline: performance.now() + 1000 };
    const helpers = new Helpers(() => pool, control);
    helpers.send(new Sum().errand);
    const { endsAt } = pool.sent[0]!.payload as Limited;
    expect(endsAt).toBe(Date.now() + 1000);
  });

  it("end with the first failure of a job or of what takes its answer, and are given nothing after it", async () => {
    for (const failing of ["job", "take"]) {
      const pool = new SlowPool(3);
      const helpers = new Helpers(() => pool, {});
      const work = new Sum();
      helpers.send(() => ({
        ...work.errand()!,
        take: () => {
          throw new Error("of take");
        },
      }));
      expect(() => helpers.check()).not.toThrow();
      for (const [i, { answer }] of pool.sent.entries()) answer(failing === "job" ? new Error(`of job ${i}`) : i);
      while (helpers.areBusy) await helpers.wait();
      expect(() => helpers.check()).toThrow(failing === "job" ? "of job 0" : "of take");
      helpers.send(work.errand);
      expect(pool.sent).toHaveLength(4);
    }
  });

  it("leave this thread alone where all have died, and are an error where none was ever had", () => {
    const pool = new SlowPool(2);
    pool.ended = "a worker died";
    const work = new Sum();
    expect(() => new Helpers(() => pool, {}).send(work.errand)).toThrow("a worker died");
    pool.trouble = "five worker threads died";
    new Helpers(() => pool, {}).send(work.errand);
    expect(work.next).toBe(0);
  });

  it("get a turn for their answers at once, while others wait longer", async () => {
    const pool = new SlowPool(2);
    const helpers = new Helpers(() => pool, {});
    let reports = 0;
    const turnAfter = (milliseconds: number) => {
      vi.advanceTimersByTime(milliseconds);
      return helpers.turn(() => reports++);
    };
    expect(await turnAfter(50)).toBe(true);
    expect(reports).toBe(1);
    // nobody waits for an answer
    expect(await turnAfter(3)).toBe(false);
    helpers.send(new Sum().errand);
    expect(await turnAfter(1)).toBe(true);
    expect(await turnAfter(1)).toBe(false);
    expect(reports).toBe(1);
    expect(await turnAfter(50)).toBe(true);
    expect(reports).toBe(2);
  });

  it("lose an answer that nobody takes: a comparison of sums would see it", async () => {
    const total = async (take?: () => void): Promise<number> => {
      const pool = new SlowPool(2);
      const helpers = new Helpers(() => pool, {});
      const work = new Sum();
      for (;;) {
        helpers.send(() => {
          const errand = work.errand();
          return errand && { ...errand, take: take ?? errand.take };
        });
        for (const { payload, answer } of pool.sent.splice(0)) answer((payload as { n: number }).n ** 2);
        if (!helpers.areBusy) return work.sum;
        await helpers.wait();
      }
    };
    expect(await total()).toBe(285);
    expect(await total(nothing)).not.toBe(285);
  });
});

it("a pool is had only once a run has proved long", () => {
  const pool = new SlowPool(2);
  const now = performance.now();
  expect(poolOnceLong({ pool: () => pool }, now)()).toBeUndefined();
  expect(poolOnceLong({ pool: () => pool }, now - 1000)()).toBe(pool);
  expect(poolOnceLong({ pool: () => pool, millisecondsBeforeThreads: 0 }, now)()).toBe(pool);
  expect(poolOnceLong({}, now - 1000)()).toBeUndefined();
});

it("a pool is had the sooner the more is likely to be left, and then for good", () => {
  const pool = new SlowPool(2);
  const control = { pool: () => pool, millisecondsBeforeThreads: 1e9 };
  const had = (part: number, left: number) => poolOnceLong(control, performance.now() - part * 1e9, () => left)();
  expect(had(0.4, 1e6)).toBeUndefined();
  expect(had(0.6, 1e6)).toBe(pool);
  expect(had(0.6, 1000)).toBeUndefined();
  expect(had(1.1, 1000)).toBe(pool);
  expect(had(1.1, 100)).toBeUndefined();
  // what is left may be wrong
  expect(had(5.1, 100)).toBe(pool);
  let left = 1000;
  const again = poolOnceLong(control, performance.now() - 1.1e9, () => left);
  expect(again()).toBe(pool);
  left = 1;
  expect(again()).toBe(pool);
});
