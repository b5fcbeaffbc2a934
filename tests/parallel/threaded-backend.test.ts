import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { StillpointError } from "../../src/model/errors.ts";
import { createPool } from "../../src/parallel/pool.ts";
import { spawnThread } from "../../src/parallel/thread.ts";
import { ThreadedBackend } from "../../src/parallel/threaded-backend.ts";
import { runRegions } from "../../src/regions/run.ts";
import type { StageBackend } from "../../src/stages/backend.ts";
import type { ExpandMode } from "../../src/stages/batch.ts";
import type { WorkerPool } from "../../src/stages/pool.ts";
import { allCandidates, arrangementOf } from "../regions/arrangements.ts";

let pool: WorkerPool;
beforeAll(async () => {
  pool = createPool(2);
});
afterAll(() => pool.close());

async function handedOver(backend: StageBackend, expand: ExpandMode, N: number) {
  const masks: string[] = [];
  const sink = { found: 0, add: (mask: Uint32Array, regular: boolean) => masks.push(`${mask.join()} ${regular}`) };
  const system = allCandidates(arrangementOf("generic", N, 3, 3));
  const { complete, counts } = await runRegions(system, sink, {}, backend, { expand });
  return { complete, counts, masks: masks.sort() };
}

describe("the threaded backend", () => {
  it("hands over the same candidates and counts as one thread, over many batches", async () => {
    const one = await handedOver(new CpuBackend(), "owned", 80);
    expect(one.counts.subsets).toBeGreaterThan(2 * 2 ** 15);
    expect(one.masks.length).toBe(one.counts.masks);
    expect(await handedOver(new ThreadedBackend(pool), "owned", 80)).toEqual(one);
  });

  it("works in branch mode", async () => {
    expect(await handedOver(new ThreadedBackend(pool), "branch", 16)).toEqual(
      await handedOver(new CpuBackend(), "branch", 16),
    );
  });

  it("hands over the same when workers are ended in the middle of their work", async () => {
    let posts = 0;
    const mortal = createPool(2, undefined, async () => {
      const port = await spawnThread();
      return {
        ...port,
        post: (request) => {
          port.post(request);
          if (++posts % 5 === 3 && posts < 14) void port.terminate();
        },
      };
    });
    try {
      const one = await handedOver(new CpuBackend(), "owned", 80);
      expect(await handedOver(new ThreadedBackend(mortal), "owned", 80)).toEqual(one);
      expect(mortal.trouble).toMatch(/worker thread.* died/);
    } finally {
      await mortal.close();
    }
  });

  it("does a batch here of which workers die", async () => {
    const deadly: WorkerPool = {
      size: 2,
      trouble: "2 worker threads died",
      start: () => 1,
      run: () => Promise.reject(new StillpointError("INTERNAL", "a worker died")),
      close: async () => {},
    };
    expect(await handedOver(new ThreadedBackend(deadly), "owned", 20)).toEqual(
      await handedOver(new CpuBackend(), "owned", 20),
    );
  });

  it("ends with the pool's error when a worker dies", async () => {
    const dead: WorkerPool = {
      size: 2,
      start: () => 2,
      run: () => Promise.reject(new Error("a worker died")),
      close: async () => {},
    };
    await expect(handedOver(new ThreadedBackend(dead), "owned", 10)).rejects.toThrow(/a worker died/);
  });
});
