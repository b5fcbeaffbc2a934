import { describe, expect, it } from "vitest";
import { binomial } from "../../src/arrangement/counts.ts";
import { reduceSystem } from "../../src/arrangement/reduce.ts";
import { F32 } from "../../src/float/precision.ts";
import { adapterName, isSoftware } from "../../src/gpu/device.ts";
import { encode, wordOf, wordsOf } from "../../src/gpu/encode.ts";
import { Counters, ModelRecord, Params, SegmentRecord } from "../../src/gpu/layouts.ts";
import { binomialTable, MAX_DIMENSION, refusal } from "../../src/gpu/model-set.ts";
import { takeOutput } from "../../src/gpu/output.ts";
import {
  BATCH_WORK,
  batchItems,
  capacityOf,
  DEFAULT_KNOBS,
  INVOCATION_WORK,
  SOFTWARE_BATCH_WORK,
  workOf,
} from "../../src/gpu/plan.ts";
import { judgeArithmetic, testPairs } from "../../src/gpu/self-test.ts";
import { readbackLayout } from "../../src/gpu/slot.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import { type StageModel, stageModel } from "../../src/stages/stage-model.ts";
import { arrangementOf } from "../regions/arrangements.ts";

const model = (system: PiecewiseLinearSystem): StageModel => stageModel(reduceSystem(system), F32, 0);
const generic = (N: number, R: number) => arrangementOf("generic", N, R, 1);

describe("structs", () => {
  it("are laid out as typegpu says: a vec2u begins on 8 bytes", () => {
    expect(wordsOf(SegmentRecord)).toBe(6);
    expect(wordOf(SegmentRecord, "firstRank")).toBe(4);
    const words = encode(SegmentRecord, [
      { model: 1, size: 2, firstItem: 3, firstRank: [4, 5] },
      { model: 6, size: 7, firstItem: 8, firstRank: [9, 10] },
    ]);
    expect(Array.from(words)).toEqual([1, 2, 3, 0, 4, 5, 6, 7, 8, 0, 9, 10]);
  });

  it("have no member twice and none missing", () => {
    for (const schema of [Params, ModelRecord]) {
      const members = Object.keys(schema.propTypes) as never[];
      const at = members.map((member) => wordOf(schema, member));
      expect([...at].sort((a, b) => a - b)).toEqual(Array.from({ length: wordsOf(schema) }, (_, i) => i));
    }
  });
});

describe("a readback", () => {
  const shape = { rank: 2, latentDim: 2, words: 1 };
  const layout = readbackLayout({ items: 8, home: 1, extra: 2, records: 10, open: 0, openItems: 0 }, shape, 1, {
    ...DEFAULT_KNOBS,
    readbackRecords: 4,
  });
  const of = (candidates: number, escalated: number): Uint32Array<ArrayBuffer> => {
    const words = Uint32Array.from({ length: layout.words }, (_, i) => 1000 + i);
    words[layout.counters + wordOf(Counters, "candidates")] = candidates;
    words[layout.counters + wordOf(Counters, "escalated")] = escalated;
    return words;
  };

  it("is taken as far as it holds something, in copies", () => {
    const words = of(3, 4);
    const output = takeOutput(words.buffer, layout, shape);
    const expected = { head: words.slice(0, layout.candidates), escalated: words.slice(layout.escalated) };
    words.fill(0);
    expect(output).toMatchObject({ ...expected, counts: { candidates: 3, escalated: 4 } });
    // a verdict, a mask, a model and a tag each
    expect(Array.from(output.candidates!)).toEqual(Array.from({ length: 12 }, (_, i) => 1000 + layout.candidates + i));
  });

  it("has none of the records where these are more than it has room for", () => {
    const output = takeOutput(of(5, 6).buffer, layout, shape);
    expect(output).toMatchObject({ candidates: undefined, escalated: undefined, counts: { candidates: 5 } });
    expect(takeOutput(of(0, 0).buffer, layout, shape).candidates).toHaveLength(0);
  });
});

describe("the table of binomials", () => {
  it("is exact up to 2^64 − 1 and stays there", () => {
    const n = 1024;
    const k = 16;
    const table = binomialTable(n, k);
    const most = 2n ** 64n - 1n;
    let saturated = 0;
    for (let m = 0; m < n; m += 31) {
      for (let r = 0; r < k; r++) {
        const exact = binomial(m, r);
        expect(table[m * k + r]).toBe(exact < most ? exact : most);
        if (exact >= most) saturated++;
      }
    }
    expect(saturated).toBeGreaterThan(10);
  });
});

describe("refusal", () => {
  it("takes what float32 can hold", () => {
    for (const kind of ["generic", "central", "clipped", "scaled", "flat"] as const) {
      expect(refusal(model(arrangementOf(kind, 9, 3, 1)), "owned")).toBeUndefined();
    }
    expect(refusal(model(generic(40, 16)), "branch")).toBeUndefined();
  });

  it("says why of everything else", () => {
    expect(refusal(model({ ...generic(2, 2), U: new Float64Array(4) }), "owned")).toMatch(/no hyperplanes/);
    expect(refusal(model(generic(3, MAX_DIMENSION + 1)), "owned")).toMatch(/latent dimension 31 is above the 30/);
    expect(refusal(model(generic(20, 18)), "branch")).toMatch(/2\^18 masks/);
    const far = { ...generic(4, 2), h: ExactArray.ofNumbers([1, 2 ** 61, 1, 1]) };
    expect(refusal(model(far), "owned")).toMatch(/exceed 2\^60/);
    const steep = {
      ...generic(4, 2),
      V: ExactArray.ofNumbers(new Array(8).fill(2 ** 70)),
      g: ExactArray.ofNumbers([2 ** 200, 1]),
    };
    expect(refusal(model(steep), "owned")).toMatch(/exceed 2\^60/);
    const near = model(generic(4, 2));
    expect(refusal({ ...near, U: near.U.map((x) => x * 2 ** -40) as Float32Array }, "owned")).toMatch(/equilibrated/);
    expect(refusal({ ...near, M: near.M.map(() => Number.NaN) as Float32Array }, "owned")).toMatch(/exceed 2\^60/);
  });
});

describe("batches", () => {
  const limits = { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28 } as GPUSupportedLimits;

  it("fit bindings of the guaranteed size, whatever the shape", () => {
    for (const [N, R, words] of [
      [20, 2, 1],
      [100, 4, 4],
      [1000, 2, 32],
      [1024, 16, 32],
      [30, 30, 1],
    ]) {
      const shape = { rank: R!, latentDim: R!, words: words! };
      const fake = { ...shape, count: N } as StageModel;
      for (const mode of ["owned", "branch"] as const) {
        if (mode === "branch" && R! > 16) continue;
        const items = batchItems([fake], mode, DEFAULT_KNOBS, limits);
        expect(items).toBeGreaterThanOrEqual(1);
        const { records } = capacityOf(items, [fake], mode, DEFAULT_KNOBS, BATCH_WORK);
        expect(records * (words! + 3) * 4).toBeLessThanOrEqual(2 ** 27);
        expect(records * (R! + 1) * 4).toBeLessThanOrEqual(2 ** 27);
        // multiplications of one submission; a single item can't be cut further
        if (items > 1) expect(records * N! * R! * R!).toBeLessThan(2 ** 33);
      }
    }
  });

  it("of large batches have room for a second look at what is open, within the work of a batch", () => {
    const fake = (rank: number, latentDim: number, count: number, models = 1) =>
      new Array<StageModel>(models).fill({ rank, latentDim, words: Math.ceil(count / 32), count } as StageModel);
    const wide = fake(3, 3, 256);
    const capacity = (items: number, models = wide, knobs = DEFAULT_KNOBS) =>
      capacityOf(items, models, "owned", knobs, BATCH_WORK);
    // a region of 256 units takes some 6,000 multiplications, a second look some 13,000
    expect(capacity(2 ** 14).open).toBe(0);
    expect(capacity(2 ** 17).open).toBe(capacity(2 ** 17).records);
    expect(capacity(2 ** 20).open).toBeGreaterThan(2 ** 18);
    expect(capacity(2 ** 20).open).toBeLessThan(2 ** 19);
    expect(capacity(2 ** 14).openItems).toBe(0);
    expect(capacity(2 ** 17).openItems).toBe(2 ** 17);
    // a second look at a point takes some 23,000
    expect(capacity(2 ** 20).openItems).toBeLessThan(2 ** 18);
    expect(capacity(8, wide, { ...DEFAULT_KNOBS, refineFrom: 0, refineShare: 0.1 }).open).toBe(3);
    expect(capacity(8, wide, { ...DEFAULT_KNOBS, refineFrom: 0, refineShare: 0.1 }).openItems).toBe(1);
    // many small models are not worth their integers
    expect(capacity(2 ** 20, fake(2, 2, 20, 1000)).open).toBe(0);
    // shaders have no integers of so many dimensions, and no invocation is that long
    expect(capacity(2 ** 20, fake(3, 17, 256)).open).toBe(0);
    expect(capacity(2 ** 20, fake(16, 16, 8192)).open).toBe(0);
  });

  it("are no more work than a watchdog lets pass, whatever the model; one that must be more is refused", () => {
    let taken = 0;
    let refused = 0;
    for (const R of [1, 2, 3, 5, 10, 16, 30]) {
      for (const N of [20, 128, 1024, 32_768, 2 ** 20]) {
        for (const rank of new Set([1, Math.min(R, N)])) {
          for (const mode of ["owned", "branch"] as const) {
            const fake = { rank, latentDim: R, words: Math.ceil(N / 32), count: N } as StageModel;
            const { item, invocation } = workOf(fake, N, mode);
            if (item > BATCH_WORK || invocation > INVOCATION_WORK) {
              expect(refusal(fake, mode)).toMatch(/watchdog|branch mode/);
              refused++;
              continue;
            }
            for (const most of [BATCH_WORK, SOFTWARE_BATCH_WORK]) {
              const items = batchItems([fake], mode, DEFAULT_KNOBS, limits, most);
              // on a software adapter one item may be more; no watchdog of a driver waits there
              if (items > 1 || most === BATCH_WORK) expect(items * item).toBeLessThanOrEqual(most);
            }
            taken++;
          }
        }
      }
    }
    expect(taken).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(20);
  });

  it("of all that the issues name are taken", () => {
    for (const [N, R] of [
      [128, 2],
      [256, 3],
      [100, 4],
      [100, 5],
      [1024, 12],
      [20, 30],
    ]) {
      const { item, invocation } = workOf(
        { rank: Math.min(N!, R!), latentDim: R!, words: Math.ceil(N! / 32) },
        N!,
        "owned",
      );
      expect(BATCH_WORK / item).toBeGreaterThan(1000);
      expect(invocation).toBeLessThan(INVOCATION_WORK);
    }
  });

  it("are as large as asked for where nothing limits them, and never above", () => {
    const small = { rank: 2, latentDim: 2, words: 1, count: 20 } as StageModel;
    expect(batchItems([small], "owned", { ...DEFAULT_KNOBS, batchItems: 7 }, limits)).toBe(7);
    expect(batchItems([small], "owned", DEFAULT_KNOBS, limits)).toBe(2 ** 20);
  });
});

describe("adapters", () => {
  const info = (parts: Partial<GPUAdapterInfo>) => parts as GPUAdapterInfo;

  it("on the CPU are recognised by what they say", () => {
    for (const device of [
      "SwiftShader Device (Subzero)",
      "llvmpipe (LLVM 15.0.6, 256 bits)",
      "Microsoft Basic Render Driver",
    ]) {
      expect(isSoftware(info({ device }))).toBe(true);
    }
    expect(isSoftware(info({ isFallbackAdapter: true }))).toBe(true);
    for (const device of ["NVIDIA H100 80GB HBM3", "apple-m1", "Radeon RX 7900"]) {
      expect(isSoftware(info({ vendor: "x", device }))).toBe(false);
    }
  });

  it("have a name even if they have none", () => {
    expect(adapterName(info({ vendor: "nvidia", architecture: "hopper", device: "", description: "H100" }))).toBe(
      "nvidia hopper H100",
    );
    expect(adapterName(undefined)).toBe("unnamed adapter");
  });
});

describe("the judge of the self-test", () => {
  /** What an adapter with correctly rounded arithmetic answers, with one operation changed. */
  function results(change: (at: number, x: number) => number): Uint32Array {
    const pairs = testPairs();
    const count = pairs.length / 2;
    const out = new Uint32Array(6 * count);
    const floats = new Float32Array(out.buffer);
    for (let i = 0; i < count; i++) {
      const [x, y] = [pairs[2 * i]!, pairs[2 * i + 1]!];
      let sum = 0;
      for (let t = 0; t < 16; t++) {
        const at = 2 * ((i + t) % count);
        sum = Math.fround(sum + Math.fround(pairs[at]! * pairs[at + 1]!));
      }
      [x + y, x - y, x * y, x / y, sum].forEach((value, k) => {
        floats[6 * i + k] = change(k, value);
      });
      out[6 * i + 5] = change(5, (x < y ? 1 : 0) | (x <= y ? 2 : 0) | (Math.abs(x) > Math.abs(y) ? 4 : 0));
    }
    return out;
  }

  it("accepts correct rounding, and every operation an ulp off", () => {
    expect(
      judgeArithmetic(
        testPairs(),
        results((_, x) => x),
      ),
    ).toEqual([]);
    expect(
      judgeArithmetic(
        testPairs(),
        results((at, x) => (at < 5 ? x * (1 + 2 ** -24) : x)),
      ),
    ).toEqual([]);
  });

  it("flags each operation that is worse", () => {
    for (const at of [0, 1, 2, 3, 4]) {
      const worse = results((k, x) => (k === at ? x * (1 + 2 ** -18) : x));
      expect(judgeArithmetic(testPairs(), worse).length).toBeGreaterThan(100);
    }
    expect(
      judgeArithmetic(
        testPairs(),
        results((k, x) => (k === 5 ? x ^ 1 : x)),
      ).length,
    ).toBe(1024);
    expect(
      judgeArithmetic(
        testPairs(),
        results((k, x) => (k === 0 ? Number.NaN : x)),
      ).length,
    ).toBe(1024);
  });
});
