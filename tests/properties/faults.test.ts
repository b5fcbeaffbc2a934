import { describe, expect, it } from "vitest";
import { type ReducedSystem, reduceSystem } from "../../src/arrangement/reduce.ts";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { expand, maskBatch } from "../../src/cpu/expand.ts";
import { intersect } from "../../src/cpu/intersect.ts";
import { Finalizer } from "../../src/finalize/finalizer.ts";
import { F64, UNCHECKED } from "../../src/float/precision.ts";
import { parseValue } from "../../src/model/parse.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { runRegions } from "../../src/regions/run.ts";
import type { StageBackend, StageOutput } from "../../src/stages/backend.ts";
import { type ExpandMode, type MaskBatch, type Segment, signBatch, Verdict } from "../../src/stages/batch.ts";
import type { StageModel } from "../../src/stages/stage-model.ts";
import { type CorpusCase, corpus, exactAnswer } from "../corpus/generate.ts";
import { independentSubsets, maskOfWords } from "../oracle/masks.ts";
import { type Place, placeDifferences } from "./compare.ts";

/**
 * Faults put into the run on purpose, one at a time: the exact answer, the count of owners or the set of masks must
 * notice each.
 */
const cases = corpus();
const find = (name: string): CorpusCase => cases.find((c) => c.name === name)!;
/** Isolated fixed points off all hyperplanes, so that every bit of their masks matters. */
const clear = ["generic-04", "generic-07", "duplicate-02", "slivers-05", "clipped-04"].map(find);

async function systemOf(c: CorpusCase): Promise<PiecewiseLinearSystem> {
  return (await parseValue(c.model)).system;
}

/** The CPU's stages, with a chance to spoil what goes in and what comes out. */
class FaultyBackend implements StageBackend {
  readonly name;
  readonly adapter = null;
  readonly #cpu = new CpuBackend();
  readonly #spoil: { segment?: (segment: Segment) => Segment[]; output?: (output: StageOutput) => StageOutput };

  constructor(
    spoil: { segment?: (segment: Segment) => Segment[]; output?: (output: StageOutput) => StageOutput },
    name: "cpu" | "webgpu" = "cpu",
  ) {
    this.#spoil = spoil;
    this.name = name;
  }

  batchSize(): number {
    return 7;
  }

  callsInFlight(): number {
    return 1;
  }

  refusal(): undefined {
    return undefined;
  }

  release(models: readonly StageModel[]): void {
    this.#cpu.release(models);
  }

  prepare(reduced: ReducedSystem, attempt: number): StageModel {
    return this.#cpu.prepare(reduced, attempt);
  }

  admit(model: StageModel, masks: MaskBatch, mode: ExpandMode): void {
    this.#cpu.admit(model, masks, mode);
  }

  async run(
    models: readonly StageModel[],
    segments: readonly Segment[],
    mode: ExpandMode,
    keepAll: boolean,
  ): Promise<StageOutput> {
    const spoiled = segments.flatMap((segment) => this.#spoil.segment?.(segment) ?? [segment]);
    const output = await this.#cpu.run(models, spoiled, mode, keepAll);
    return this.#spoil.output?.(output) ?? output;
  }
}

async function answerBy(system: PiecewiseLinearSystem, backend: StageBackend, mode: ExpandMode = "owned") {
  const finalizer = new Finalizer(system);
  const { counts } = await runRegions(system, finalizer, {}, backend, { expand: mode });
  return { places: [...finalizer.finish().fixedPoints] as readonly Place[], counts };
}

async function complaints(c: CorpusCase, backend: StageBackend, mode: ExpandMode = "owned"): Promise<string[]> {
  const { places } = await answerBy(await systemOf(c), backend, mode);
  return placeDifferences(places, (await exactAnswer(c)).points);
}

/** Every mask of the run, over the original hyperplanes. */
async function masksBy(system: PiecewiseLinearSystem, backend: StageBackend): Promise<bigint[]> {
  const masks: bigint[] = [];
  const visit = (mask: Uint32Array) => masks.push(maskOfWords(mask));
  await runRegions(system, new Finalizer(system), {}, backend, { expand: "owned", visit });
  return masks;
}

it("finds no fault where none was put in", async () => {
  for (const c of clear) {
    expect((await exactAnswer(c)).points.length, c.name).toBeGreaterThan(0);
    expect(await complaints(c, new FaultyBackend({})), c.name).toEqual([]);
  }
});

describe("one bit of a mask flipped", () => {
  it("loses a fixed point, whichever bit it is", async () => {
    for (const c of clear) {
      const { count } = reduceSystem(await systemOf(c));
      for (let j = 0; j < count; j++) {
        const flip = (output: StageOutput): StageOutput => ({
          ...output,
          candidates: { ...output.candidates, masks: output.candidates.masks.map((word) => word ^ (1 << j)) },
        });
        expect(await complaints(c, new FaultyBackend({ output: flip })), `${c.name}, bit ${j}`).not.toEqual([]);
      }
    }
  });

  it("makes one region come twice and another not at all", async () => {
    const system = await systemOf(find("generic-07"));
    const owners = independentSubsets(system);
    const distinct = async (backend: StageBackend) => new Set(await masksBy(system, backend)).size;
    expect(await distinct(new FaultyBackend({}))).toBe(owners);
    let spoiled = false;
    const flipFirst = (output: StageOutput): StageOutput => {
      if (spoiled || output.all === undefined) return output;
      spoiled = true;
      const masks = output.all.masks.slice();
      masks[0]! ^= 1;
      return { ...output, all: { ...output.all, masks } };
    };
    expect(await distinct(new FaultyBackend({ output: flipFirst }))).toBeLessThan(owners);
  });
});

describe("one subset dropped or done twice", () => {
  const shorten = (size: number) => (segment: Segment) =>
    segment.size !== size ? [segment] : segment.length === 1 ? [] : [{ ...segment, length: segment.length - 1 }];

  it("is a lost mask, of whatever size the subset was", async () => {
    const system = await systemOf(find("generic-07"));
    for (let size = 0; size <= system.latentDim; size++) {
      const run = answerBy(system, new FaultyBackend({ segment: shorten(size) }));
      await expect(run, `size ${size}`).rejects.toThrow(/a subset was lost or counted twice/);
    }
  });

  it("is a mask too many", async () => {
    const run = answerBy(
      await systemOf(find("generic-07")),
      new FaultyBackend({ segment: (segment) => [segment, { ...segment, length: 1 }] }),
    );
    await expect(run).rejects.toThrow(/a subset was lost or counted twice/);
  });
});

/** Calls the first sign of each batch undecided, so that its item branches; says so or not. */
class WideningBackend extends FaultyBackend {
  readonly #honest: boolean;

  constructor(honest: boolean) {
    super({}, "webgpu");
    this.#honest = honest;
  }

  override async run(models: readonly StageModel[], segments: readonly Segment[]): Promise<StageOutput> {
    const model = models[0]!;
    const { rank, words } = model;
    const masks = maskBatch(words);
    let items = 0;
    for (const segment of segments) {
      const signs = signBatch(segment.length, rank, words);
      intersect(model, segment, "owned", signs, 0);
      const own = new Set(signs.subsets.subarray(0, rank));
      const outside = Array.from({ length: model.count }, (_, j) => j).find((j) => !own.has(j))!;
      signs.undecided[0]! |= 1 << outside;
      expand(signs, rank, segment.length, "owned", 1, masks);
      items += segment.length;
    }
    const branched = masks.count - items;
    return {
      tallies: [
        {
          dependent: 0,
          masks: this.#honest ? items : masks.count,
          branched: this.#honest ? branched : 0,
          unique: masks.count,
        },
      ],
      escalated: [],
      candidates: {
        count: masks.count,
        words,
        model: new Uint32Array(masks.count),
        masks: masks.masks.slice(0, masks.count * words),
        verdicts: new Uint8Array(masks.count).fill(Verdict.singular),
      },
    };
  }
}

describe("one sign widened", () => {
  const c = find("generic-07");

  it("makes more masks than owners, which is noticed unless it is said", async () => {
    await expect(answerBy(await systemOf(c), new WideningBackend(false))).rejects.toThrow(/subset was lost or/);
  });

  it("costs a backend that branches only work, never a fixed point", async () => {
    const { places, counts } = await answerBy(await systemOf(c), new WideningBackend(true));
    expect(placeDifferences(places, (await exactAnswer(c)).points)).toEqual([]);
    expect(counts.masks).toBe(counts.subsets! - counts.dependentSubsets!);
  });
});

describe("two results swapped", () => {
  it("is noticed in the order and in the content", async () => {
    const c = cases.find(({ name }) => name === "slivers-01")!;
    const { points } = await exactAnswer(c);
    const { places } = await answerBy(await systemOf(c), new CpuBackend());
    expect(placeDifferences(places, points)).toEqual([]);
    const [first, second, ...rest] = places;
    expect(placeDifferences([second!, first!, ...rest], points)).not.toEqual([]);
    const crossed = [{ ...first!, active: second!.active }, { ...second!, active: first!.active }, ...rest];
    expect(placeDifferences(crossed, points)).not.toEqual([]);
  });
});

describe("bounds switched off", () => {
  const failing = async (precision: typeof F64, mode: ExpandMode) => {
    const failed: string[] = [];
    for (const c of cases.filter(({ kind }) => kind === "belowRounding" || kind === "slivers" || kind === "clipped")) {
      if ((await complaints(c, new CpuBackend(precision), mode)).length > 0) failed.push(c.name);
    }
    return failed;
  };

  it.each(["owned", "branch"] as const)("loses fixed points of the corpus, %s", async (mode) => {
    expect((await failing(UNCHECKED, mode)).length).toBeGreaterThanOrEqual(5);
  });

  it("loses none with the bounds on", async () => {
    expect(await failing(F64, "owned")).toEqual([]);
  });
});
