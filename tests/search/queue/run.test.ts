import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Finalizer } from "../../../src/finalize/finalizer.ts";
import { type Model, parseModel } from "../../../src/index.ts";
import type { ModelInput } from "../../../src/model/input.ts";
import type { PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { runSearch, runShortSearch } from "../../../src/search/queue/run.ts";
import { corpus } from "../../corpus/generate.ts";
import { ARRANGEMENT_KINDS, arrangementOf, hostile } from "../../regions/arrangements.ts";
import { answer, expectSame, search } from "./searches.ts";

const FULL = process.env.STILLPOINT_FULL === "1";

async function modelOf(system: PiecewiseLinearSystem): Promise<Model> {
  const model = await parseModel({ A: [0.5], U: [[1]], V: [[1]], hx: [1], hz: [0] });
  return { ...model, system };
}

describe("search = regions, byte for byte", () => {
  it.each(FULL ? [1, 2, 3, 4, 5] : [1])("on the corpus of seed %i", async (seed) => {
    for (const { model } of corpus(seed)) await expectSame(await parseModel(model as ModelInput));
  });

  it.each(ARRANGEMENT_KINDS)("on random %s systems", async (kind) => {
    for (let seed = 1; seed <= (FULL ? 60 : 3); seed++) {
      for (const [N, R] of [
        [20, 2],
        [12, 3],
        [8, 4],
        [3, 4],
        [6, 1],
      ]) {
        await expectSame(await modelOf(arrangementOf(kind, N!, R!, seed + 100)));
      }
    }
  });

  it("where hyperplanes nearly coincide", async () => {
    for (let seed = 1; seed <= 12; seed++) await expectSame(await modelOf(hostile(seed, 12, 1 + (seed % 3))));
  });

  it("notices a result that lacks a point", async () => {
    const result = await search({ A: [0.5], U: [[1], [-1]], V: [[1.5], [-1.5]], hx: [0.5, 0.5], hz: [0] });
    expect(answer({ ...result, fixedPoints: result.fixedPoints.slice(1) })).not.toBe(answer(result));
  });
});

const models = new URL("../../../../shared/models/", import.meta.url);
const expected = new URL("../../../../shared/expected/", import.meta.url);
const there = existsSync(models);

describe.skipIf(!there)("real models", () => {
  const read = (folder: URL, name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));

  it.each([
    ["smc_eeg_rank3_01", 43],
    ["smc_eeg_rank3_02", 33],
    ["smc_hc2_rank3", 1],
  ])("%s: clipped, 1024 hyperplanes, %i fixed points, all of them", async (name, count) => {
    const result = await search(read(models, name));
    expect(result.complete).toBe(true);
    expect(result.fixedPoints).toHaveLength(count);
    for (const z of read(expected, name).z as number[][]) {
      const near = result.fixedPoints.filter((point) =>
        point.z.every((x, i) => Math.abs(x - z[i]!) <= 1e-9 * Math.max(1, ...z.map(Math.abs))),
      );
      expect(near).toHaveLength(1);
    }
  });

  it.each([
    "smc_teacher_reach_rnn_128",
    "smc_teacher_rdm_rnn",
    "smc_student_osc40_poisson",
    "alrnn_lorenz_m20_p2",
    "plrnn_osc3",
    "plrnn_wm5",
  ])("%s: the same as by regions", async (name) => expectSame(await parseModel(read(models, name))));
});

describe("a short search", () => {
  const system = arrangementOf("duplicates", 30, 6, 1);
  const sinkOf = () => new Finalizer(system);

  it("is the search where the boxes suffice", async () => {
    const whole = await runSearch(system, sinkOf(), {});
    const boxes = whole.counts.boxes!;
    expect(boxes).toBeGreaterThan(300);
    const sink = sinkOf();
    const short = await runShortSearch(system, sink, {}, boxes);
    expect(short).toMatchObject({ complete: true, counts: whole.counts });
    const all = sinkOf();
    await runSearch(system, all, {});
    expect(sink.finish().fixedPoints).toEqual(all.finish().fixedPoints);
  });

  it("is none where they do not, however few more it takes, and where it is stopped", async () => {
    const { counts } = await runSearch(system, sinkOf(), {});
    for (const boxes of [0, 1, 64, 300, counts.boxes! - 1]) {
      expect(await runShortSearch(system, sinkOf(), {}, boxes)).toBe(undefined);
    }
    expect(await runShortSearch(system, sinkOf(), { signal: AbortSignal.abort() }, 1e6)).toBe(undefined);
  });
});
