import { describe, expect, it } from "vitest";
import { ExactArray } from "../../src/model/system.ts";
import { type Kernel, LoopKernel, Verdict } from "../../src/search/kernel.ts";
import { writeKernel } from "../../src/search/kernel-writer.ts";
import { type UnitTable, unitTable } from "../../src/search/units.ts";
import { kernelFor, wasmKernel } from "../../src/search/wasm-kernel.ts";
import { random } from "../regions/arrangements.ts";

/** Ramps and clamps in R dimensions: every third pair of hyperplanes is parallel with opposite v. */
function someUnits(R: number, seed: number): UnitTable {
  const next = random(seed);
  const signed = () => 2 * next() - 1;
  const U: number[] = [];
  const V: number[] = [];
  const h: number[] = [];
  // on a line all are parallel, and more than one make a unit of many kinks
  for (let j = 0; j < (R === 1 ? 1 : 40); j++) {
    const u = Array.from({ length: R }, signed);
    const v = Array.from({ length: R }, () => signed() / 4);
    U.push(...u);
    V.push(...v);
    h.push(signed() / 2);
    if (j % 3 > 0 || R === 1) continue;
    U.push(...u);
    V.push(...v.map((x) => -x));
    h.push(signed() / 2);
  }
  return unitTable({
    dim: R,
    count: h.length,
    M: ExactArray.ofNumbers(Array.from({ length: R * R }, (_, at) => (at % (R + 1) === 0 ? -1 : 0))),
    g: ExactArray.ofNumbers(Array.from({ length: R }, () => signed() / 8)),
    U: ExactArray.ofNumbers(U),
    V: ExactArray.ofNumbers(V),
    h: ExactArray.ofNumbers(h),
  });
}

interface Enclosed {
  readonly verdict: Verdict;
  readonly left: number;
  readonly numbers: Readonly<Record<string, readonly number[]>>;
}

/** One box through a kernel, and all that it writes which is read afterwards. */
function enclose(kernel: Kernel, table: UnitTable, seed: number): Enclosed {
  const next = random(seed);
  const { workspace } = kernel;
  const size = 2 ** (1 - 5 * next());
  for (let i = 0; i < table.dim; i++) {
    const middle = 2 * next() - 1;
    workspace.lo[i] = middle - size;
    workspace.hi[i] = middle + (i > 0 && seed % 7 === 0 ? -size : size);
  }
  workspace.M.set(table.M);
  workspace.k.set(table.k);
  workspace.matrixError.fill(2 ** -40);
  workspace.constantError.fill(2 ** -40);
  for (let j = 0; j < table.count; j++) workspace.undecided[j] = j;
  workspace.pieces.fill(0);
  const verdict = kernel.enclose(table.simple, table.count);
  const left = kernel.count;
  const names = ["lo", "hi", "M", "k", "A", "G", "Q", "E", "spread", "volume", "blurred"] as const;
  const numbers: Record<string, number[]> = {
    undecided: [...workspace.undecided.subarray(0, left)],
    pieces: [...workspace.pieces.subarray(0, table.count)],
    widths: [...workspace.widths.subarray(0, left)],
  };
  for (const name of names) numbers[name] = [...workspace[name]];
  // of a box without zeros, only that is of interest
  return verdict === Verdict.EMPTY ? { verdict, left, numbers: {} } : { verdict, left, numbers };
}

describe("the kernel in WebAssembly", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("for R = %i gives the loops' numbers, bit for bit", (R) => {
    const seen = new Set<Verdict>();
    for (let seed = 1; seed <= 40; seed++) {
      const table = someUnits(R, seed);
      expect(table.simple).toBe(table.count);
      const loops = new LoopKernel(table);
      const wasm = wasmKernel(table)!;
      for (let box = 0; box < 10; box++) {
        const expected = enclose(loops, table, 100 * seed + box);
        expect(enclose(wasm, table, 100 * seed + box)).toEqual(expected);
        seen.add(expected.verdict);
      }
    }
    expect(seen).toContain(Verdict.KEPT);
    expect(seen).toContain(Verdict.EMPTY);
  });

  it("would be told apart by one changed number", () => {
    const table = someUnits(2, 1);
    const changed = { ...table, data: table.data.slice() };
    changed.data[1] += 2 ** -40;
    const box = Array.from({ length: 50 }, (_, i) => i).find(
      (seed) => enclose(new LoopKernel(table), table, seed).verdict === Verdict.KEPT,
    )!;
    expect(enclose(wasmKernel(changed)!, table, box)).not.toEqual(enclose(new LoopKernel(table), table, box));
  });

  it("is a valid module of moderate size", () => {
    for (let R = 1; R <= 8; R++) {
      expect(WebAssembly.validate(writeKernel(R, 1000))).toBe(true);
      expect(writeKernel(R, 1000).length).toBeLessThan(65_536);
      const damaged = writeKernel(R, 1000);
      damaged[damaged.length - 2] = 0xff;
      expect(WebAssembly.validate(damaged)).toBe(false);
    }
  });

  it("makes way for the loops where a content security policy forbids it", () => {
    const table = someUnits(3, 77);
    const { Module } = WebAssembly;
    const forbidden = class {
      constructor() {
        throw new WebAssembly.CompileError("blocked by CSP");
      }
    };
    WebAssembly.Module = forbidden as unknown as typeof WebAssembly.Module;
    try {
      // a shape that no module has been made for
      const odd = { ...table, count: table.count - 1, simple: table.count - 1 };
      expect(wasmKernel(odd)).toBeUndefined();
      expect(kernelFor(odd)).toBeInstanceOf(LoopKernel);
    } finally {
      WebAssembly.Module = Module;
    }
    expect(kernelFor(table)).not.toBeInstanceOf(LoopKernel);
  });
});
