import { describe, expect, it } from "vitest";
import { partsOf } from "../../../src/cpu/box-stack.ts";
import { BoxStep } from "../../../src/cpu/box-step/step.ts";
import { accumulation, TINY } from "../../../src/search/kernel/bounds.ts";
import { halfWidth, type Kernel, LoopKernel, middle, Verdict } from "../../../src/search/kernel/kernel.ts";
import { wasmKernel } from "../../../src/search/kernel/wasm-kernel.ts";
import { type Box, type SearchProblem, searchProblem } from "../../../src/search/roots/problem.ts";
import { float32Below, stackSystem } from "../../../src/search/units/stack-system.ts";
import { magnitudesOf, pieceOf } from "../../../src/search/units/units.ts";
import { Answer, type StackSystem, StepKind, writeRecord } from "../../../src/stages/box-stack.ts";
import { plant, valueAt } from "../../support/planted.ts";
import { Random } from "../../support/random.ts";
import { boxRound, scaled } from "./enclosures.ts";

const FULL = process.env.STILLPOINT_FULL === "1";
/** Systems, and boxes of each: a million operands in the full run. */
const SYSTEMS = FULL ? 25_000 : 500;
const BOXES = 40;

/** Puts a box into a kernel's workspace, with nothing decided and the errors of the whole table times `factor`. */
function load({ table }: SearchProblem, kernel: Kernel, { lo, hi }: Box, factor: number): void {
  const { workspace } = kernel;
  const { matrix, constant } = magnitudesOf(table);
  const share = accumulation(table.terms, table.dim) * factor;
  workspace.lo.set(lo);
  workspace.hi.set(hi);
  workspace.M.set(table.M);
  workspace.k.set(table.k);
  workspace.matrixError.set(matrix.map((x) => x * share));
  workspace.constantError.set(constant.map((x) => x * share + TINY * factor));
  for (let j = 0; j < table.count; j++) workspace.undecided[j] = j;
}

/**
 * Whether what a kernel says of a box round a zero can be true: the zero is still there, and in a part that is not
 * discarded.
 */
function keepsZero(problem: SearchProblem, kernel: Kernel, box: Box, zero: Float64Array, factor = 1): boolean {
  const { table } = problem;
  const { dim: R } = table;
  load(problem, kernel, box, factor);
  const verdict = kernel.enclose(table.count);
  if (verdict === Verdict.EMPTY) return false;
  const { lo, hi, partCentres, partHalves, nearness } = kernel.workspace;
  if (!zero.every((x, k) => lo[k]! <= x && x <= hi[k]!)) return false;
  if (verdict !== Verdict.KEPT || !(nearness[0]! < 1)) return true;
  // the halves of each coordinate that hold the zero
  let parts = 0;
  partHalves.fill(0);
  for (let n = 0; n < R; n++) {
    const cut = middle(lo[n]!, hi[n]!);
    if (!(cut > lo[n]! && cut < hi[n]!)) continue;
    for (let k = 0; k < R; k++) {
      const [from, to] = k !== n ? [lo[k], hi[k]] : zero[n]! <= cut ? [lo[n], cut] : [cut, hi[n]];
      partCentres[parts * R + k] = middle(from!, to!);
      partHalves[k] = Math.max(partHalves[k]!, halfWidth(from!, to!, middle(from!, to!)));
    }
    parts++;
  }
  return kernel.sieve(parts) === 0;
}

/** The box rounded outwards to float32, with numbers that are no subnormals. */
function outward({ lo, hi }: Box): Box {
  return { lo: lo.map(float32Below), hi: hi.map((x) => -float32Below(-x)) };
}

/** Steps on one path. */
const MOST_STEPS = 12;

/**
 * Follows the parts that hold the zero down, step by step.
 * @returns the kinds of the steps; undefined where the zero was lost: its box was discarded, or cut off it.
 */
function descend(step: BoxStep, system: StackSystem, { lo, hi }: Box, zero: Float64Array): number[] | undefined {
  const { layout } = step;
  let record: Uint32Array = new Uint32Array(layout.stride);
  writeRecord(record, layout, 0, system, lo, hi);
  const kinds: number[] = [];
  for (let n = 0; n < MOST_STEPS; n++) {
    const answer = new Uint32Array(step.answerStride);
    step.run(record, answer);
    const kind = answer[Answer.kind]!;
    kinds.push(kind);
    if (kind === StepKind.empty) return undefined;
    const parts = kind === StepKind.split ? partsOf(answer, layout) : [answer.slice(Answer.record)];
    const next = parts.find((part) => {
      const floats = new Float32Array(part.buffer, part.byteOffset, layout.stride);
      return zero.every((x, k) => floats[layout.lo + k]! <= x && x <= floats[layout.hi + k]!);
    });
    if (next === undefined) return undefined;
    if (kind === StepKind.kept) return kinds;
    record = next;
  }
  return kinds;
}

/**
 * Lets the sweep alone see every range of a unit cut off at the unit's kinks, so that the steepest slope that it may
 * choose is 1, that of the middle piece, however much of the range lies beyond.
 */
function steepenChords({ table }: SearchProblem, { workspace }: LoopKernel): void {
  const { data, undecided } = workspace;
  for (const name of ["low", "high"] as const) {
    const cut = (ends: Float64Array, place: number): number => {
      const at = undecided[place]! * table.stride + 2 * table.dim;
      return Math.min(Math.max(ends[place]!, data[at]!), data[at + 1]!);
    };
    const value = new Proxy(workspace[name], {
      get: (ends, key) =>
        typeof key === "string" && /^\d+$/.test(key) ? cut(ends, Number(key)) : Reflect.get(ends, key),
    });
    Object.defineProperty(workspace, name, { value });
  }
}

/** Every case of a seed: a problem that is fit, its zero and boxes round it. */
function* cases(label: string, systems: number) {
  const random = Random.of(1, label);
  for (let i = 0; i < systems; i++) {
    const { system, zero } = scaled(plant(random, 1 + (i % 4)), 0.75);
    const problem = searchProblem(system, -1, true);
    // what underflows on the way is no zero any more
    if (!problem.fit || valueAt(system, zero).some(({ m }) => m !== 0n)) continue;
    yield { problem, zero, boxes: Array.from({ length: BOXES }, () => boxRound(random, zero)) };
  }
}

describe("no enclosure loses an exact zero, at any mix of scales", () => {
  it("by the loops, and by their sieve", { timeout: 1_000_000 }, () => {
    let seen = 0;
    for (const { problem, zero, boxes } of cases("loops", SYSTEMS)) {
      const kernel = new LoopKernel(problem.table);
      for (const box of boxes) {
        if (!keepsZero(problem, kernel, box, zero)) expect.fail(`system ${seen}: ${[...box.lo]} to ${[...box.hi]}`);
      }
      seen++;
    }
    expect(seen).toBeGreaterThan(SYSTEMS / 2);
  });

  it("by the kernel in WebAssembly, and by its sieve", { timeout: 1_000_000 }, () => {
    let seen = 0;
    for (const { problem, zero, boxes } of cases("wasm", SYSTEMS)) {
      const { table } = problem;
      const kernel = wasmKernel(table);
      if (kernel === undefined) continue;
      for (const box of boxes) {
        if (!keepsZero(problem, kernel, box, zero)) expect.fail(`system ${seen}: ${[...box.lo]} to ${[...box.hi]}`);
      }
      seen++;
    }
    expect(seen).toBeGreaterThan(SYSTEMS / 8);
  });

  it("by a step of the search on a device, in float32", { timeout: 1_000_000 }, () => {
    let seen = 0;
    let settled = 0;
    for (const { problem, zero, boxes } of cases("device", SYSTEMS)) {
      const system = stackSystem(problem.table, 4);
      if (system === undefined) continue;
      const step = new BoxStep([system]);
      for (const box of boxes) {
        const kinds = descend(step, system, outward(box), zero);
        if (kinds === undefined) expect.fail(`system ${seen}: ${[...box.lo]} to ${[...box.hi]}`);
        settled += kinds.filter((kind) => kind === StepKind.split || kind === StepKind.again).length;
      }
      seen++;
    }
    expect(seen).toBeGreaterThan(SYSTEMS / 8);
    // not by saying nothing
    expect(settled).toBeGreaterThan(SYSTEMS);
  });

  it("but would in float32 if kinks were a little off", () => {
    let lost = 0;
    for (const { problem, zero, boxes } of cases("device", 500)) {
      const system = stackSystem(problem.table, 4);
      if (system === undefined) continue;
      const R = system.dim;
      const base = system.base.slice();
      base.fill(0, R * R + R);
      // kinks that are a little off, as if they had no room
      const rows = system.rows.map((x, at) => (at % (2 * R + 3) === 2 * R ? x * (1 + 2 ** -12) + 2 ** -14 : x));
      const wrong = { ...system, base, rows };
      const step = new BoxStep([wrong]);
      if (boxes.some((box) => descend(step, wrong, outward(box), zero) === undefined)) lost++;
    }
    expect(lost).toBeGreaterThan(5);
  });

  it("by the sweep, tried on every box that is kept", { timeout: 1_000_000 }, () => {
    const swept = { loops: 0, wasm: 0 };
    for (const { problem, zero, boxes } of cases("sweep", SYSTEMS)) {
      const { table } = problem;
      const wasm = wasmKernel(table);
      if (wasm === undefined) continue;
      const kernels = { loops: new LoopKernel(table), wasm };
      for (const name of ["loops", "wasm"] as const) {
        const kernel = kernels[name];
        kernel.workspace.sweepFrom[0] = 0;
        for (const box of boxes) {
          if (!keepsZero(problem, kernel, box, zero)) expect.fail(`${name}: ${[...box.lo]} to ${[...box.hi]}`);
        }
        // with a constant moved away there is no zero, and the sweep discards some of the boxes that the bands keep
        const moved = { ...problem, table: { ...table, k: table.k.map((x, i) => x + 1.5 * Math.abs(x) + (i & 1)) } };
        for (const box of boxes) if (!keepsZero(moved, kernel, box, zero)) swept[name] += kernel.workspace.swept[0]!;
      }
    }
    expect(swept.loops).toBeGreaterThan(0);
    expect(swept.wasm).toBe(swept.loops);
  });

  it("by the sweep, but would if its slopes went beyond those of the chords", () => {
    let lost = 0;
    for (const { problem, zero, boxes } of cases("sweep", 500)) {
      const kernel = new LoopKernel(problem.table);
      kernel.workspace.sweepFrom[0] = 0;
      steepenChords(problem, kernel);
      const falls = (box: Box) => !keepsZero(problem, kernel, box, zero) && kernel.workspace.swept[0] === 1;
      if (boxes.some(falls)) lost++;
    }
    expect(lost).toBeGreaterThan(50);
  });

  it("but would without its error bounds", () => {
    let lost = 0;
    for (const { problem, zero, boxes } of cases("loops", 500)) {
      const kernel = new LoopKernel(problem.table);
      if (boxes.some((box) => !keepsZero(problem, kernel, box, zero, 0))) lost++;
    }
    expect(lost).toBeGreaterThan(20);
  });
});

describe("a decided unit", () => {
  it("has the piece that it is on, exactly", { timeout: 1_000_000 }, () => {
    for (const { problem, zero, boxes } of cases("pieces", SYSTEMS)) {
      const { table, system } = problem;
      const kernel = new LoopKernel(table);
      for (const box of boxes) {
        load(problem, kernel, box, 2 ** 20);
        if (kernel.enclose(table.count) !== Verdict.LINEAR) continue;
        // all pieces are known, so G(zero) is that of the region they make
        const k = table.k.slice();
        const M = table.M.slice();
        for (let j = 0; j < table.count; j++) {
          const { slope, offset } = pieceOf(table, j, kernel.workspace.pieces[j]!);
          const at = j * table.stride;
          for (let i = 0; i < table.dim; i++) {
            k[i]! += table.data[at + table.dim + i]! * offset;
            for (let n = 0; n < table.dim; n++) {
              M[i * table.dim + n]! += table.data[at + table.dim + i]! * slope * table.data[at + n]!;
            }
          }
        }
        const { matrix, constant } = magnitudesOf(table);
        for (let i = 0; i < table.dim; i++) {
          let value = k[i]!;
          let size = constant[i]!;
          for (let n = 0; n < table.dim; n++) {
            value += M[i * table.dim + n]! * zero[n]!;
            size += matrix[i * table.dim + n]! * Math.abs(zero[n]!);
          }
          expect(Math.abs(value)).toBeLessThanOrEqual(size * accumulation(table.terms, table.dim) + TINY);
        }
        expect(system.count).toBeGreaterThan(0);
      }
    }
  });
});
