import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { reduceSystem } from "../../src/arrangement/reduce.ts";
import { F32 } from "../../src/bounds/precision.ts";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { GpuBackend } from "../../src/gpu/backend.ts";
import type { Knobs } from "../../src/gpu/plan.ts";
import { parseModel } from "../../src/model/parse.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import { runRegions, subsetCount } from "../../src/regions/run.ts";
import type { StageBackend } from "../../src/stages/backend.ts";
import type { ExpandMode } from "../../src/stages/batch.ts";
import { corpus } from "../corpus/generate.ts";
import { maskOfWords } from "../oracle/masks.ts";
import { ARRANGEMENT_KINDS, allCandidates, arrangementOf, random } from "../regions/arrangements.ts";
import { describeWithGpu, gpuForTests } from "../support/gpu.ts";
import { type Answer, answersOf, differing } from "./answers.ts";
import { twins } from "./implementations.ts";

const gpu = await gpuForTests("parity of the pipeline");
const FULL = process.env.STILLPOINT_FULL === "1";
const modes = ["owned", "branch"] as const;
const reference = new CpuBackend();

/** Seven items cross workgroups, rows of workgroups, batches; every list overflows its readback; the table is nearly full. */
const TINY: Partial<Knobs> = {
  workgroup: 2,
  workgroups: 3,
  batchItems: 7,
  readbackRecords: 1,
  slotsPerRecord: 0.5,
  maxProbes: 2,
  extraShare: 0.05,
};

const opened: GpuBackend[] = [];
function gpuBackend(...options: ConstructorParameters<typeof GpuBackend>[1][]): GpuBackend {
  const backend = new GpuBackend(gpu!, options[0]);
  opened.push(backend);
  return backend;
}

afterAll(() => {
  for (const backend of opened) backend.freeBatches();
  const left = gpu?.bufferCount;
  gpu?.destroy();
  if (left !== undefined) expect(left).toBe(0);
});

function sink() {
  const masks: bigint[] = [];
  return { masks, found: 0, add: (mask: Uint32Array) => void masks.push(maskOfWords(mask)) };
}

/** Every region's mask, visited. */
async function visited(system: PiecewiseLinearSystem, backend: StageBackend, expand: ExpandMode): Promise<string[]> {
  const masks: string[] = [];
  const visit = (mask: Uint32Array, perturbed: boolean) => masks.push(`${maskOfWords(mask)}${perturbed ? "p" : ""}`);
  await runRegions(system, sink(), {}, backend, { expand, visit });
  return masks.sort();
}

const backends: [string, () => StageBackend, typeof describe.skip][] = [
  ["CPU twins in float32", () => new CpuBackend(F32), describe],
  ["GPU", () => gpuBackend(), describeWithGpu(gpu)],
  ["GPU in tiny batches", () => gpuBackend({ knobs: TINY }), describeWithGpu(gpu)],
];

for (const [name, open, describeIt] of backends) {
  describeIt(name, () => {
    const sizes = [
      [8, 2],
      [7, 3],
    ] as const;

    it.each(ARRANGEMENT_KINDS)("%s: the same fixed points, continua and regions as float64", async (kind) => {
      const backend = open();
      for (const [N, R] of sizes) {
        const systems = [5, 6].map((seed) => arrangementOf(kind, N, R, seed));
        for (const mode of modes) {
          const found = await answersOf(systems, backend, mode);
          expect(differing(found, await answersOf(systems, reference, mode))).toEqual([]);
        }
        expect(await visited(systems[0], backend, "owned")).toEqual(await visited(systems[0], reference, "owned"));
        const inBranch = new Set(await visited(systems[0], backend, "branch"));
        for (const mask of await visited(systems[0], reference, "branch")) {
          // which of several subsets comes first, and so whether it was a perturbed one, differs in this mode
          expect(inBranch.has(mask) || inBranch.has(`${mask}p`) || inBranch.has(mask.replace("p", ""))).toBe(true);
        }
      }
    });

    it("hands over a superset of the exact masks", async () => {
      const backend = open();
      for (const kind of ["generic", "clipped", "small"] as const) {
        for (const mode of modes) {
          const system = allCandidates(arrangementOf(kind, 8, 2, 7));
          const exact = sink();
          await runRegions(system, exact, {}, reference, { expand: mode });
          const found = sink();
          await runRegions(system, found, {}, backend, { expand: mode });
          const masks = new Set(found.masks);
          expect(exact.masks.length).toBeGreaterThan(10);
          for (const mask of exact.masks) expect(masks.has(mask)).toBe(true);
        }
      }
    });
  });
}

describeWithGpu(gpu)("the stage switch", () => {
  it.each([1, 2, 3] as const)("with the first %i stages on the CPU gives the same answers", async (count) => {
    const systems = (["generic", "clipped", "small"] as const).map((kind) => arrangementOf(kind, 8, 2, 5));
    for (const mode of modes) {
      const backend = gpuBackend({ hostStages: { count, twins }, knobs: { batchItems: 11 } });
      const found = await answersOf(systems, backend, mode);
      expect(differing(found, await answersOf(systems, reference, mode))).toEqual([]);
    }
  });
});

describe("the comparator of answers", () => {
  it("notices one lost fixed point and one changed bit", async () => {
    const [answer] = await answersOf([arrangementOf("generic", 8, 2, 5)], reference, "owned");
    expect(answer.fixedPoints).toBeGreaterThan(0);
    const lost = JSON.parse(answer.text);
    lost.fixedPoints.pop();
    const changed = JSON.parse(answer.text);
    changed.fixedPoints[0].z[0] *= 1 + 2 ** -52;
    for (const other of [lost, changed]) {
      expect(differing([answer], [{ ...answer, text: JSON.stringify(other) }])).toEqual([0]);
    }
    expect(differing([answer], [answer])).toEqual([]);
  });
});

/** A small system that float32 reads wrongly: hyperplanes that nearly meet in a point near a fixed point, nearly singular regions. */
function f32Hostile(seed: number): PiecewiseLinearSystem {
  const next = random(seed);
  const R = 2 + (seed % 2);
  const N = R + 3;
  const between = (a: number, b: number) => a + (b - a) * next();
  const relative = 10 ** between(-9, -6);
  const condition = 10 ** between(0, 7);
  const z = Array.from({ length: R }, () => between(-1, 1));
  const U = Array.from({ length: N * R }, () => between(-1, 1));
  // near-ties of hyperplanes with the point z, and of the last hyperplane's normal with the first's
  for (let k = 0; k < R; k++) U[(N - 1) * R + k] = U[k] * (1 + relative * between(-1, 1)) + relative * between(-1, 1);
  const h = Array.from({ length: N }, (_, j) => {
    const at = z.reduce((sum, x, k) => sum + U[j * R + k] * x, 0);
    return at + relative * between(-1, 1) * (j < R + 1 || j === N - 1 ? 1 : 1e6);
  });
  const V = Array.from({ length: N * R }, () => between(-1, 1) / N);
  const M = Array.from({ length: R * R }, (_, at) => (at % (R + 1) === 0 ? -1 : between(-0.2, 0.2)));
  // the matrix of z's own region gets a singular value of 1/condition: its first row is nearly the second
  const inside = Array.from({ length: N }, (_, j) => z.reduce((sum, x, k) => sum + U[j * R + k] * x, -h[j]) > 0);
  const J = M.map((m, at) => {
    const i = Math.floor(at / R);
    return inside.reduce((sum, on, j) => sum + (on ? V[j * R + i] * U[j * R + (at % R)] : 0), m);
  });
  for (let k = 0; k < R; k++) M[k] += J[R + k] * (1 + between(-1, 1) / condition) - J[k];
  const g = Array.from({ length: R }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < R; k++) sum += M[i * R + k] * z[k];
    for (let j = 0; j < N; j++) {
      const x = z.reduce((total, y, k) => total + U[j * R + k] * y, -h[j]);
      if (x > 0) sum += V[j * R + i] * x;
    }
    return sum;
  });
  return {
    latentDim: R,
    hyperplanes: N,
    time: "discrete",
    M: ExactArray.ofNumbers(M),
    g: ExactArray.ofNumbers(g),
    U: Float64Array.from(U),
    V: ExactArray.ofNumbers(V),
    h: ExactArray.ofNumbers(h),
  };
}

/** Runs systems on both and expects equal answers in both modes. */
async function expectSame(systems: readonly PiecewiseLinearSystem[], backend: GpuBackend, names?: readonly string[]) {
  const found: Record<string, Answer[]> = {};
  for (const mode of modes) {
    found[mode] = await answersOf(systems, backend, mode);
    const expected = await answersOf(systems, reference, mode);
    expect(differing(found[mode], expected).map((i) => names?.[i] ?? i)).toEqual([]);
  }
  return found;
}

describeWithGpu(gpu)("large shapes", () => {
  it.each([
    ["1024 hyperplanes on a line", 1024, 1],
    ["65 in the plane, three words", 65, 2],
    ["16 dimensions, rank 9", 9, 16],
    ["10 dimensions of rank 10", 10, 10],
  ] as const)("%s", async (_, N, R) => {
    await expectSame([arrangementOf("generic", N, R, 5), arrangementOf("clipped", N, R, 6)], gpuBackend());
  });
});

describeWithGpu(gpu)("nothing missed in float32", () => {
  it("1,000 hostile systems have the fixed points that float64 finds", async () => {
    const systems = Array.from({ length: 1000 }, (_, seed) => f32Hostile(seed + 1));
    const { owned } = await expectSame(systems, gpuBackend());
    const total = owned.reduce((sum, { fixedPoints }) => sum + fixedPoints, 0);
    expect(total).toBeGreaterThan(900);
    // they bite: a fair share of signs or candidates was not decided in float32
    const doubts = owned.filter(({ outcome }) => outcome.counts.undecided + outcome.counts.f64Decisions > 3);
    expect(doubts.length).toBeGreaterThan(300);
  });

  it("and would lose some without the error bounds", async () => {
    const systems = Array.from({ length: 60 }, (_, seed) => f32Hostile(seed + 1));
    const unchecked = new CpuBackend({ ...F32, unit: 0, tiny: 0, huge: Number.POSITIVE_INFINITY, slack: 0 });
    const found = await answersOf(systems, unchecked, "owned");
    expect(differing(found, await answersOf(systems, reference, "owned")).length).toBeGreaterThan(5);
  });

  it("the whole corpus gives the same answers, in owned and in branch mode", async () => {
    const cases = corpus();
    const systems = await Promise.all(cases.map(async ({ model }) => (await parseModel(model)).system));
    const { owned } = await expectSame(
      systems,
      gpuBackend(),
      cases.map(({ name }) => name),
    );
    const refused = owned.filter(({ outcome }) => outcome.backend?.name === "cpu");
    expect(refused.length).toBeLessThan(0.05 * cases.length);
    for (const { outcome } of refused) expect(outcome.backend?.note).toMatch(/^solved on the CPU: /);
  });
});

const MODELS = new URL("../../../shared/models/", import.meta.url);

/** Non-clipped real models, all or a sample. */
function realModels(): string[] {
  const names = readdirSync(MODELS).filter((name) => name.endsWith(".json"));
  const sampled = FULL
    ? names
    : names.filter((name) => !/bursting|_m30_/.test(name) && (!/^(scyfi|dynamix)/.test(name) || /_0[01]0/.test(name)));
  return sampled.filter((name) => JSON.parse(readFileSync(new URL(name, MODELS), "utf8")).kind !== "clippedShPLRNN");
}

describe.skipIf(gpu === undefined || !existsSync(MODELS))("real models (../shared/models)", () => {
  const load = async (name: string) =>
    (await parseModel(JSON.parse(readFileSync(new URL(name, MODELS), "utf8")))).system;

  it("give the same answers, in owned and in branch mode", { timeout: 3_600_000 }, async () => {
    const names = realModels();
    expect(names.length).toBeGreaterThan(FULL ? 300 : 15);
    await expectSame(await Promise.all(names.map(load)), gpuBackend(), names);
  });

  it("300 small ones take ⌈items/batch⌉ dispatch sequences per shape", async () => {
    const names = readdirSync(MODELS).filter((name) => name.startsWith("scyfi"));
    const systems = await Promise.all(names.map(load));
    const batchItems = 4096;
    const answers = await answersOf(systems, gpuBackend({ knobs: { batchItems } }), "owned");
    const groups = new Map<number, { items: number; models: number }>();
    for (const system of systems) {
      const reduced = reduceSystem(system);
      const group = groups.get(system.latentDim) ?? { items: 0, models: 0 };
      group.items += Number(subsetCount(reduced.count, reduced.columns.length, "owned"));
      group.models++;
      groups.set(system.latentDim, group);
    }
    expect(names.length).toBe(300);
    expect(groups.size).toBe(2);
    answers.forEach(({ outcome: { counts } }, i) => {
      const { items, models } = groups.get(systems[i].latentDim)!;
      const sequences = Math.ceil(items / batchItems);
      expect(counts).toMatchObject({ models, batches: sequences, dispatches: 5 * sequences });
      expect(counts.readbacks).toBeGreaterThanOrEqual(sequences);
    });
  });
});
