import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { measuredSpeed, measureSpeed, type RegionsWork, type Speed, secondsAt } from "../../src/run/calibration.ts";
import { Engine, type Facilities } from "../../src/run/engine.ts";
import type { FindOptions } from "../../src/run/options.ts";
import type { StageBackend } from "../../src/stages/backend.ts";
import { arrangementOf } from "../regions/arrangements.ts";

/** A backend that takes as long as stated, by a clock of its own. */
function stated({ fixedSeconds, itemsPerSecond }: Speed) {
  const calls: number[] = [];
  let time = 0;
  const run = async (items: number): Promise<void> => {
    // the first call compiles
    time += (calls.length === 0 ? 1 : fixedSeconds) + items / itemsPerSecond;
    calls.push(items);
  };
  return { calls, run, now: () => time };
}

describe("measureSpeed", () => {
  const speeds = fc.record({
    fixedSeconds: fc.double({ min: 0, max: 0.003, noNaN: true }),
    itemsPerSecond: fc.double({ min: 1e5, max: 1e10, noNaN: true }),
  });
  const most = 2 ** 20;

  it("finds the stated speed, whatever it is, by calls that take some milliseconds or have most items", async () => {
    await fc.assert(
      fc.asyncProperty(speeds, async (speed) => {
        const { run, now, calls } = stated(speed);
        const found = await measureSpeed({ least: 1, most, run }, 0, now);
        expect(found.itemsPerSecond / speed.itemsPerSecond).toBeCloseTo(1, 5);
        expect(found.fixedSeconds).toBeCloseTo(speed.fixedSeconds, 8);
        const last = calls.at(-1)!;
        expect(last).toBeLessThanOrEqual(most);
        if (last > 512) expect(secondsAt(speed, last / 4)).toBeLessThan(0.0041);
      }),
    );
  });

  it("makes a call of the least size, unless it is clear before that the speed is of no use", async () => {
    await fc.assert(
      fc.asyncProperty(speeds, fc.double({ min: 0.01, max: 100, noNaN: true }), async (speed, ratio) => {
        const { run, now, calls } = stated(speed);
        const found = await measureSpeed({ least: 2 ** 18, most, run }, ratio * speed.itemsPerSecond, now);
        expect(found.itemsPerSecond / speed.itemsPerSecond).toBeCloseTo(1, 5);
        const largest = Math.max(...calls);
        expect(largest >= 2 ** 18).toBe(found.isBound === undefined);
        if (ratio < 0.999) expect(found.isBound).toBeUndefined();
        if (ratio > 1.001 && secondsAt(speed, 2 ** 15) > 0.004) expect(found.isBound).toBe(true);
      }),
    );
  });

  it("gives a number where there are few items, and where the clock stands still", async () => {
    const { run, now, calls } = stated({ fixedSeconds: 0, itemsPerSecond: 1000 });
    expect((await measureSpeed({ least: 10, most: 5, run }, 0, now)).itemsPerSecond).toBeCloseTo(1000, 6);
    expect(calls).toEqual([5, 5, 5]);
    const still = await measureSpeed({ least: 1, most: 2 ** 12, run }, 0, () => 0);
    expect(secondsAt(still, 1e6)).toBeGreaterThan(0);
    expect(secondsAt(still, 1e6)).toBeLessThan(1e6);
  });
});

const system = arrangementOf("generic", 9, 3, 1);
const work: RegionsWork = { system, regions: 100_000_000n, mode: "owned", keepAll: false };

describe("measuredSpeed", () => {
  it("runs subsets of the very model, once for each shape and backend", async () => {
    const calls: number[] = [];
    class Counting extends CpuBackend {
      override async run(...args: Parameters<CpuBackend["run"]>): ReturnType<CpuBackend["run"]> {
        for (const { size, firstRank, length } of args[1]) {
          expect(size).toBe(3);
          // 9 over 3
          expect(firstRank + BigInt(length)).toBeLessThanOrEqual(84n);
          calls.push(length);
        }
        return super.run(...args);
      }
    }
    const speed = (await measuredSpeed(new Counting(), work))!;
    expect(speed.itemsPerSecond).toBeGreaterThan(0);
    const first = calls.length;
    expect(first).toBeGreaterThan(1);
    expect(await measuredSpeed(new Counting(), { ...work, system: arrangementOf("generic", 9, 3, 2) })).toBe(speed);
    expect(calls.length).toBe(first);
    await measuredSpeed(new Counting(), { ...work, mode: "branch", system: arrangementOf("generic", 9, 3, 1) });
    expect(calls.length).toBeGreaterThan(first);
  });

  it("measures again what was only known to be slower than more threads", async () => {
    class Telling extends CpuBackend {
      override readonly adapter = "telling" as never;
      calls = 0;
      leastTelling = (): number => 2 ** 19;
      override async run(...args: Parameters<CpuBackend["run"]>): ReturnType<CpuBackend["run"]> {
        this.calls++;
        return super.run(...args);
      }
    }
    const large = { ...work, system: arrangementOf("generic", 200, 3, 1) };
    const backend = new Telling();
    const bound = await measuredSpeed(backend, large, 1e15);
    expect(bound).toMatchObject({ isBound: true });
    const { calls } = backend;
    expect(await measuredSpeed(backend, large, 1e14)).toBe(bound);
    expect(backend.calls).toBe(calls);
    expect((await measuredSpeed(backend, large, 1))?.isBound).toBeUndefined();
    expect(backend.calls).toBeGreaterThan(calls);
  });

  it("tells no speed of a backend that refuses the model, and tries again after a failure", async () => {
    class Refusing extends CpuBackend {
      override refusal(): undefined {
        return "no" as never;
      }
    }
    expect(await measuredSpeed(new Refusing(), work)).toBeUndefined();
    class Failing extends CpuBackend {
      override run(): never {
        throw new Error("lost");
      }
    }
    const other = { ...work, system: arrangementOf("generic", 10, 3, 1) };
    await expect(measuredSpeed(new Failing(), other)).rejects.toThrow("lost");
    expect(await measuredSpeed(new CpuBackend(), other)).toBeDefined();
  });
});

describe('the choice of "auto"', () => {
  /** An engine with a GPU, and speeds in regions per second: of a thread, and of the GPU. */
  async function chosen(
    thread: number,
    gpu: number | undefined,
    options: FindOptions = {},
    more = {},
    software = false,
  ) {
    const opened: string[] = [];
    const backend = { name: "webgpu", adapter: "acme", software, destroy() {} };
    class Resilient {
      readonly name = "webgpu";
      readonly software = software;
      destroy(): void {}
    }
    const facilities = {
      createPool: (size: number) => ({ size, close: async () => {} }),
      loadGpu: async () => ({
        GpuBackend: {
          open: async () => {
            opened.push("gpu");
            return backend;
          },
        },
        ResilientBackend: Resilient,
      }),
    } as unknown as Facilities;
    const asked: string[] = [];
    const speedOf = async ({ name }: StageBackend): Promise<Speed | undefined> => {
      asked.push(name);
      if (name === "cpu") return { fixedSeconds: 0, itemsPerSecond: thread };
      return gpu === undefined ? undefined : { fixedSeconds: 0.1, itemsPerSecond: gpu };
    };
    const engine = new Engine(options, facilities, speedOf);
    const { name } = await engine.backend({ ...work, ...more });
    await engine.close();
    return { name, opened: opened.length, asked };
  }

  it("is the GPU only where it ends sooner than all threads together", async () => {
    expect((await chosen(1e6, 2e6)).name).toBe("webgpu");
    expect((await chosen(1e6, 0.5e6)).name).toBe("cpu");
    // 100 s on a thread, 50.1 s on the GPU
    expect((await chosen(1e6, 2e6, { threads: 2 })).name).toBe("cpu");
    expect((await chosen(1e6, 2e6, { threads: 1 })).name).toBe("webgpu");
    expect((await chosen(1e6, 40e6, { threads: 16 })).name).toBe("webgpu");
    expect((await chosen(1e6, 15e6, { threads: 16 })).name).toBe("cpu");
    // one thread does what needs a list of all masks
    for (const more of [{ mode: "branch" }, { keepAll: true }])
      expect((await chosen(1e6, 15e6, { threads: 16 }, more)).name).toBe("webgpu");
  });

  it("opens no GPU for a run that ends in the time that this takes, and measures nothing for a short one", async () => {
    expect(await chosen(1e9, 1e12)).toEqual({ name: "cpu", opened: 0, asked: ["cpu"] });
    expect(await chosen(1e6, 1e12, {}, { regions: 10_000n })).toEqual({ name: "cpu", opened: 0, asked: [] });
    expect(await chosen(1e6, 1e12, { backend: "cpu" })).toEqual({ name: "cpu", opened: 0, asked: [] });
    expect(await chosen(1e6, 1, { backend: "webgpu" })).toEqual({ name: "webgpu", opened: 1, asked: [] });
  });

  it("is never a software adapter, nor a GPU that refuses the model", async () => {
    expect(await chosen(1e6, 1e12, {}, {}, true)).toEqual({ name: "cpu", opened: 1, asked: ["cpu"] });
    expect((await chosen(1e6, undefined, { threads: 2 })).name).toBe("cpu");
  });
});
