import { describe, expect, it } from "vitest";
import { binomial } from "../../../src/arrangement/counts.ts";
import { reduceSystem } from "../../../src/arrangement/reduce.ts";
import type { LineKernel } from "../../../src/cpu/lines/kernel.ts";
import { lineKernels, loopLineKernel, writtenLineKernel } from "../../../src/cpu/lines/kernels.ts";
import { LoopLineKernel } from "../../../src/cpu/lines/loop-kernel.ts";
import { LineWalker } from "../../../src/cpu/lines/walker.ts";
import { Code, lineLayout, lineShape } from "../../../src/cpu/lines/workspace.ts";
import { regionSolver } from "../../../src/cpu/region-solver.ts";
import type { WalkSink } from "../../../src/cpu/walk.ts";
import { F64 } from "../../../src/float/precision.ts";
import type { PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { type StageModel, stageModel } from "../../../src/stages/stage-model.ts";
import { ARRANGEMENT_KINDS, allCandidates, arrangementOf, hostile } from "../../regions/arrangements.ts";

const modelOf = (system: PiecewiseLinearSystem): StageModel => stageModel(reduceSystem(system), F64, 0, 3);

/**
 * Runs loops and written code beside each other on all lines of a model, and notes every number in which they differ.
 */
class Twins implements LineKernel {
  readonly shape: LineKernel["shape"];
  readonly workspace: LineKernel["workspace"];
  readonly loops: LoopLineKernel;
  readonly differences: string[] = [];
  readonly calls = { parametrise: 0, cross: 0, sort: 0, dismiss: 0, dismissEnd: 0, unsorted: 0, open: 0 };
  readonly #written: LineKernel;
  readonly #apart: LoopLineKernel;
  readonly #before: Uint8Array;
  readonly #buffers: readonly [ArrayBuffer, ArrayBuffer];
  readonly #spoil: (workspace: LineKernel["workspace"]) => void;

  /** @param spoil is given the numbers of one of the two before each call. */
  constructor(model: StageModel, spoil: (workspace: LineKernel["workspace"]) => void = () => {}) {
    this.#spoil = spoil;
    this.shape = lineShape(model, 0);
    const made = writtenLineKernel(model, this.shape);
    if (made === undefined) throw new Error("there is no WebAssembly here");
    this.#written = made.kernel;
    this.loops = made.loops;
    this.workspace = made.kernel.workspace;
    const { bytes } = lineLayout(this.shape);
    const apart = new ArrayBuffer(bytes);
    this.#apart = new LoopLineKernel(model, this.shape, apart);
    this.#buffers = [this.workspace.h.buffer as ArrayBuffer, apart];
    this.#before = new Uint8Array(bytes);
  }

  parametrise(): number {
    this.calls.parametrise++;
    this.#prepare();
    const done = this.#written.parametrise();
    const loops = this.#apart.parametrise();
    if (done !== loops) this.differences.push(`the line is done: ${done} and ${loops}`);
    const { rank } = this.shape;
    this.#compare("parametrise", ["defect"], 1);
    if (done === 0) return 0;
    this.#compare("parametrise", ["p", "y"], rank);
    this.#compare("parametrise", ["lineErrors"], rank + 1);
    this.#compare("parametrise", ["x"], rank * (rank - 1));
    return 1;
  }

  cross(): void {
    this.calls.cross++;
    this.#prepare();
    this.#written.cross();
    this.#apart.cross();
    this.#compare("cross", ["t", "error", "beta"], this.workspace.size[0]!);
    this.#compare("cross", ["moments"], 6);
    this.#compareCodes();
  }

  tie(from: number, to: number): void {
    this.#prepare();
    this.#written.tie(from, to);
    this.#apart.tie(from, to);
    this.#compareCodes();
  }

  sort(): number {
    this.calls.sort++;
    this.#prepare();
    const crossings = this.#written.sort();
    const loops = this.#apart.sort();
    if (crossings < 0) {
      this.calls.unsorted++;
      this.#compare("unsorted", ["unsorted"], loops);
      return crossings;
    }
    if (crossings !== loops) this.differences.push(`sort gives ${crossings} and ${loops}`);
    this.#compare("sort", ["order"], crossings);
    this.#compare("sort", ["boundary"], crossings + 1);
    return crossings;
  }

  dismiss(crossings: number, from: number, to: number): number {
    this.calls.dismiss++;
    this.#prepare();
    const open = this.#written.dismiss(crossings, from, to);
    const loops = this.#apart.dismiss(crossings, from, to);
    this.calls.open += open;
    const places = [this.#written, this.#apart].map(({ workspace }, i) =>
      Array.from(workspace.open.subarray(0, [open, loops][i])).sort((a, b) => a - b),
    );
    if (String(places[0]) !== String(places[1])) this.differences.push(`open: ${places[0]} and ${places[1]}`);
    this.#compare("dismiss", ["tied"], this.workspace.tied.length);
    this.#compare("dismiss", ["dismissed"], 1);
    return open;
  }

  dismissEnd(setting: number): number {
    this.calls.dismissEnd++;
    this.#prepare();
    const dismissed = this.#written.dismissEnd(setting);
    const loops = this.#apart.dismissEnd(setting);
    if (dismissed !== loops) this.differences.push(`the end is dismissed: ${dismissed} and ${loops}`);
    return dismissed;
  }

  #prepare(): void {
    this.#before.set(new Uint8Array(this.#buffers[0], 0, this.#before.length));
    new Uint8Array(this.#buffers[1]).set(this.#before);
    this.#spoil(this.#apart.workspace);
  }

  #compare(what: string, names: readonly (keyof LineKernel["workspace"])[], length: number): void {
    for (const name of names) {
      const [a, b] = [this.workspace[name], this.#apart.workspace[name]];
      for (let i = 0; i < length; i++) {
        if (!Object.is(a[i], b[i])) this.differences.push(`${what}: ${name}[${i}] is ${a[i]} and ${b[i]}`);
      }
    }
  }

  #compareCodes(): void {
    const [a, b] = [this.workspace.codeWords, this.#apart.workspace.codeWords];
    for (let j = 0; j < this.workspace.size[0]!; j++) {
      if (a[2 * j] !== b[2 * j]) this.differences.push(`code ${j} is ${a[2 * j]} and ${b[2 * j]}`);
    }
  }
}

function walk(model: StageModel, kernels: { kernel: LineKernel; loops: LoopLineKernel }) {
  const found: string[] = [];
  const sink: WalkSink = {
    candidate: (mask, verdict) => found.push(`${mask.join()} ${verdict}`),
    escalate: (subset) => found.push(`escalated ${subset.join()}`),
  };
  const counts = { masks: 0, dependent: 0 };
  const walker = new LineWalker(model, kernels);
  for (const size of [model.rank, model.rank - 1]) {
    if (size < 1 || (size < model.rank && regionSolver(model).filter !== undefined)) continue;
    const total = Number(binomial(model.count, size));
    // in parts that cut lines
    for (let first = 0; first < total; first += 1001) {
      walker.walk({ model: 0, size, firstRank: BigInt(first), length: Math.min(1001, total - first) }, sink, counts);
    }
  }
  return { found, counts };
}

const newLoops = (model: StageModel) => loopLineKernel(model, lineShape(model, 0));

const SIZES = [
  [31, 2],
  [40, 2],
  [19, 3],
  [15, 4],
  [15, 5],
  [15, 6],
  [15, 7],
] as const;

describe.each(ARRANGEMENT_KINDS)("the written kernel on lines of %s arrangements", (kind) => {
  it.each(SIZES)("N = %i, R = %i: the same numbers as the loops", (N, R) => {
    for (let seed = 1; seed <= 2; seed++) {
      const model = modelOf(arrangementOf(kind, N, R, seed));
      const twins = new Twins(model);
      const answer = walk(model, { kernel: twins, loops: twins.loops });
      expect(twins.differences).toEqual([]);
      expect(answer).toEqual(walk(model, newLoops(model)));
      if (kind !== "generic") continue;
      expect(twins.calls.dismiss).toBeGreaterThan(0);
      expect(twins.calls.dismissEnd).toBeGreaterThan(0);
    }
  });
});

describe("the kernels of lines", () => {
  it("agree where hyperplanes nearly coincide, and leave open what they can't order", () => {
    let open = 0;
    for (let seed = 0; seed < 20; seed++) {
      const model = modelOf(allCandidates(hostile(seed, 12, 2 + (seed % 3))));
      const twins = new Twins(model);
      walk(model, { kernel: twins, loops: twins.loops });
      expect(twins.differences).toEqual([]);
      open += twins.calls.open;
    }
    expect(open).toBeGreaterThan(0);
  });

  it("agree on crossings too uneven for buckets", () => {
    const system = arrangementOf("generic", 80, 2, 5);
    const h = system.h.rounded.map((x, j) => (j < 70 ? 2 ** -400 * x : x));
    const model = { ...modelOf(system), h };
    const twins = new Twins(model);
    walk(model, { kernel: twins, loops: twins.loops });
    expect(twins.differences).toEqual([]);
    expect(twins.calls.unsorted).toBeGreaterThan(0);
  });

  it.each([
    ["columns", 4],
    ["direction", 2],
    ["uNorm", 3],
    ["x", 2],
    ["t", 7],
    ["rows", 5],
  ] as const)("differ where a number of %s does", (name, at) => {
    const model = modelOf(arrangementOf("generic", 19, 3, 1));
    const twins = new Twins(model, (workspace) => {
      workspace[name][at]! *= 1.5;
    });
    walk(model, { kernel: twins, loops: twins.loops });
    expect(twins.differences).not.toEqual([]);
  });

  it("are written for models that are large enough, or that follow others of their shape", () => {
    const isWritten = (N: number, R: number) => {
      const { kernel, loops } = lineKernels(modelOf(arrangementOf("generic", N, R, 1)));
      return kernel !== loops;
    };
    expect(isWritten(64, 2)).toBe(true);
    // 126 vertices each
    const many = Array.from({ length: 4 }, () => isWritten(9, 5));
    expect(many).toEqual([false, false, false, true]);
    expect(isWritten(8, 5)).toBe(true);
  });

  it("dismiss candidates where there are enough vertices, and dimensions have few minors", () => {
    const dismisses = (N: number, R: number) =>
      lineKernels(modelOf(arrangementOf("generic", N, R, 1))).kernel.shape.dismisses;
    expect([dismisses(6, 2), dismisses(2000, 1), dismisses(20, 8)]).toEqual([false, false, false]);
    expect([dismisses(7, 2), dismisses(20, 7)]).toEqual([true, true]);
  });

  it("mark crossings by the sign beyond them", () => {
    const model = modelOf(arrangementOf("generic", 31, 2, 1));
    const { kernel, loops } = newLoops(model);
    walk(model, { kernel, loops });
    const { codeWords, beta } = kernel.workspace;
    for (let j = 0; j < 31; j++) {
      if ((codeWords[2 * j]! & (Code.FLAT | Code.OWN)) !== 0) continue;
      expect((codeWords[2 * j]! & Code.POSITIVE) !== 0).toBe(beta[j]! > 0);
    }
  });
});
