import { describe, expect, it } from "vitest";
import { type Kernel, LoopKernel, Verdict } from "../../../src/search/kernel/kernel.ts";
import { writeKernel } from "../../../src/search/kernel/kernel-writer.ts";
import { kernelFor, releaseKernel, wasmKernel } from "../../../src/search/kernel/wasm-kernel.ts";
import type { UnitTable } from "../../../src/search/units/units.ts";
import { random } from "../../regions/arrangements.ts";
import { boxOf, residual, someParallelUnits, someUnits } from "./tables.ts";

interface Enclosed {
  readonly verdict: Verdict;
  readonly left: number;
  readonly numbers: Readonly<Record<string, readonly number[]>>;
}

/** One box through a kernel, its halves by the first coordinates through the sieve, and all that is read afterwards. */
function enclose(kernel: Kernel, table: UnitTable, seed: number): Enclosed {
  const { workspace } = kernel;
  const { centre, halves } = boxOf(table.dim, seed);
  for (let i = 0; i < table.dim; i++) {
    workspace.lo[i] = centre[i]! - halves[i]!;
    workspace.hi[i] = centre[i]! + halves[i]!;
  }
  workspace.M.set(table.M);
  workspace.k.set(table.k);
  workspace.matrixError.fill(2 ** -40);
  workspace.constantError.fill(2 ** -40);
  for (let j = 0; j < table.count; j++) workspace.undecided[j] = j;
  workspace.pieces.fill(0);
  const verdict = kernel.enclose(table.count);
  const left = kernel.count;
  const names = ["lo", "hi", "M", "k", "A", "G", "Q", "E", "spread", "volume", "blurred", "nearness"] as const;
  const numbers: Record<string, number[]> = {
    undecided: [...workspace.undecided.subarray(0, left)],
    pieces: [...workspace.pieces.subarray(0, table.count)],
    widths: [...workspace.widths.subarray(0, left)],
  };
  for (const name of names) numbers[name] = [...workspace[name]];
  // of a box without zeros, only that is of interest
  if (verdict === Verdict.EMPTY) return { verdict, left, numbers: {} };
  if (verdict === Verdict.KEPT) numbers.discarded = sieveParts(kernel, table.dim);
  return { verdict, left, numbers };
}

/** Eight parts of the box just kept, cut in the first coordinates: 1 for each that is discarded. */
function sieveParts(kernel: Kernel, R: number): number[] {
  const { workspace } = kernel;
  const { lo, hi, partCentres, partHalves } = workspace;
  const coordinates = [0, 1 % R, 2 % R];
  for (let part = 0; part < 8; part++) {
    const box = { lo: [...lo], hi: [...hi] };
    coordinates.forEach((n, bit) => {
      const middle = (box.lo[n]! + box.hi[n]!) / 2;
      if ((part >> bit) & 1) box.lo[n] = middle;
      else box.hi[n] = middle;
    });
    for (let n = 0; n < R; n++) {
      partCentres[part * R + n] = (box.lo[n]! + box.hi[n]!) / 2;
      partHalves[n] = ((box.hi[n]! - box.lo[n]!) / 2) * (1 + 2 ** -40);
    }
  }
  const bits = kernel.sieve(8);
  return Array.from({ length: 8 }, (_, part) => (bits >> part) & 1);
}

describe("the kernel in WebAssembly", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("for R = %i gives the loops' numbers, bit for bit", (R) => {
    const seen = new Set<Verdict>();
    const sieved = new Set<number>();
    for (let seed = 1; seed <= 40; seed++) {
      const table = someUnits(R, seed);
      const loops = new LoopKernel(table);
      const wasm = wasmKernel(table)!;
      for (let box = 0; box < 10; box++) {
        const expected = enclose(loops, table, 100 * seed + box);
        expect(enclose(wasm, table, 100 * seed + box)).toEqual(expected);
        seen.add(expected.verdict);
        for (const bit of expected.numbers.discarded ?? []) sieved.add(bit);
      }
    }
    expect([...sieved].sort()).toEqual([0, 1]);
    expect(seen).toContain(Verdict.KEPT);
    expect(seen).toContain(Verdict.EMPTY);
  });

  it("would be told apart by one changed number", () => {
    const table = someUnits(2, 1);
    const changed = { ...table, data: table.data.slice() };
    changed.data[1]! += 2 ** -40;
    const box = Array.from({ length: 50 }, (_, i) => i).find(
      (seed) => enclose(new LoopKernel(table), table, seed).verdict === Verdict.KEPT,
    )!;
    expect(enclose(wasmKernel(changed)!, table, box)).not.toEqual(enclose(new LoopKernel(table), table, box));
  });

  it("has a sieve that would be told apart by one changed number", () => {
    const table = someUnits(3, 5);
    const boxes = Array.from({ length: 200 }, (_, seed) => seed);
    const kept = boxes.filter((seed) => enclose(new LoopKernel(table), table, seed).verdict === Verdict.KEPT);
    const differs = kept.some((seed) => {
      const kernel = wasmKernel(table)!;
      const expected = enclose(kernel, table, seed).numbers.discarded;
      kernel.workspace.y[0]! += 0.25;
      return sieveParts(kernel, 3).join() !== expected!.join();
    });
    expect(differs).toBe(true);
  });

  it("is a valid module of moderate size", () => {
    for (let R = 1; R <= 8; R++) {
      expect(WebAssembly.validate(writeKernel(R, 1000))).toBe(true);
      expect(writeKernel(R, 1000).length).toBeLessThan(2 ** 17);
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

describe("a kernel that was given back", () => {
  it("is as a new one, of whatever it was the kernel before", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const before = someUnits(3, seed);
      const table = someUnits(3, seed + 100);
      const used = kernelFor(before);
      enclose(used, before, seed);
      const left = used.workspace.data.slice();
      releaseKernel(used);
      const again = kernelFor(table);
      expect(again).toBe(used);
      expect(again.workspace.data).not.toEqual(left);
      const made = wasmKernel(table)!;
      expect([...again.workspace.state, ...again.workspace.slopes]).toEqual([
        ...made.workspace.state,
        ...made.workspace.slopes,
      ]);
      for (let box = 1; box <= 5; box++) expect(enclose(again, table, box)).toEqual(enclose(made, table, box));
    }
  });

  it("is given to one search, and to none of another shape", () => {
    const table = someUnits(4, 5);
    const kernel = kernelFor(table);
    expect(kernelFor(table)).not.toBe(kernel);
    releaseKernel(kernel);
    expect(kernelFor(someUnits(2, 5))).not.toBe(kernel);
    expect(kernelFor(table)).toBe(kernel);
    expect(kernelFor(table)).not.toBe(kernel);
  });

  it("is not kept where it is large", () => {
    const { data, ...small } = someUnits(3, 5);
    const many = 200;
    const repeated = new Float64Array(data.length * many);
    for (let i = 0; i < many; i++) repeated.set(data, i * data.length);
    const table = { ...small, data: repeated, count: small.count * many };
    const kernel = kernelFor(table);
    releaseKernel(kernel);
    expect(kernelFor(table)).not.toBe(kernel);
  });
});

describe("the sieve", () => {
  it.each([
    ["ramps and clamps", someUnits],
    ["sums of three kinks", someParallelUnits],
  ])("never discards the part of a box that holds a zero, with %s", (_, make) => {
    let discarded = 0;
    let kept = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const R = 2 + (seed % 3);
      const table = make(R, seed);
      const { centre, halves } = boxOf(R, seed);
      const next = random(7 * seed);
      const zero = centre.map((c, i) => c + halves[i]! * (2 * next() - 1));
      residual(table, zero).forEach((value, i) => {
        table.k[i]! -= value;
      });
      const kernel = new LoopKernel(table);
      const { verdict, numbers } = enclose(kernel, table, seed);
      expect(verdict).not.toBe(Verdict.EMPTY);
      if (verdict !== Verdict.KEPT) continue;
      const { lo, hi } = kernel.workspace;
      const part = [0, 1 % R, 2 % R].map((n, bit) => {
        if (n === 0 && bit > 0) return 0;
        return zero[n]! > (lo[n]! + hi[n]!) / 2 ? 2 ** bit : 0;
      });
      // in two dimensions the first coordinate is cut twice: both quarters of the zero's half
      const holders = R > 2 ? [part[0]! + part[1]! + part[2]!] : [part[0]! + part[1]!, part[0]! + part[1]! + 4];
      const first = holders.map((at) => numbers.discarded![at]);
      expect(first).toContain(0);
      discarded += numbers.discarded!.filter((bit) => bit === 1).length;
      kept++;
    }
    expect(kept).toBeGreaterThan(100);
    // it is of use, too
    expect(discarded).toBeGreaterThan(kept);
  });

  it("discards it once the zero is moved away", () => {
    const moved = Array.from({ length: 60 }, (_, i) => i + 1).some((seed) => {
      const table = someUnits(3, seed);
      const { centre } = boxOf(3, seed);
      residual(table, centre).forEach((value, i) => {
        table.k[i]! -= value;
      });
      const kernel = new LoopKernel(table);
      if (enclose(kernel, table, seed).verdict !== Verdict.KEPT) return false;
      kernel.workspace.k[0]! += 100;
      kernel.workspace.G[0]! += 100;
      kernel.workspace.y.set([1, 0, 0]);
      return sieveParts(kernel, 3).every((bit) => bit === 1);
    });
    expect(moved).toBe(true);
  });
});
