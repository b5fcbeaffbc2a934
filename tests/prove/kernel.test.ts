import { describe, expect, it } from "vitest";
import { Boxes } from "../../src/check/boxes.ts";
import { exactSystem } from "../../src/check/exact-root.ts";
import { type RootTable, rootTable } from "../../src/check/root.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseModel } from "../../src/model/parse.ts";
import { loopProofKernel, type ProofKernel, wasmProofKernel } from "../../src/prove/kernel.ts";
import { Random } from "../support/random.ts";

async function tableOf(R: number, seed: number, clipped: boolean): Promise<RootTable> {
  const random = Random.of(seed, "proof kernel");
  const normal = () => random.normal();
  const raw = {
    kind: clipped ? "clippedShPLRNN" : "shPLRNN",
    A: Array.from({ length: R }, () => 0.5),
    W1: random.matrix(R, 9, normal),
    W2: random.matrix(9, R, normal),
    h1: Array.from({ length: R }, normal),
    h2: Array.from({ length: 9 }, normal),
  };
  const { system } = await parseModel(raw as ModelInput);
  const hi = new Float64Array(R).fill(4);
  return rootTable(
    exactSystem(system),
    hi.map((x) => -x),
    hi,
    new Int16Array(R),
  );
}

/** What is read after a box and three parts of it have been through a kernel. */
function run({ workspace, propose, bound }: ProofKernel, table: RootTable, seed: number) {
  const R = table.dim;
  const random = Random.of(seed, "proof box");
  for (let n = 0; n < R; n++) {
    workspace.lo[n] = 3 * random.normal();
    workspace.hi[n] = workspace.lo[n]! + random.real(3) ** 2;
  }
  const { lo, hi, M, k, undecided } = workspace;
  M.set(table.M);
  k.set(table.c);
  for (let j = 0; j < table.count; j++) undecided[j] = j;
  const count = propose(table.count);
  const found = { y: [...workspace.y], nearness: workspace.nearness[0], spread: [...workspace.spread] };
  for (let n = 0; n < R; n++) {
    workspace.partHalves[n] = (hi[n]! - lo[n]!) / 2;
    for (let part = 0; part < 3; part++) {
      workspace.partCentres[part * R + n] = (lo[n]! + hi[n]!) / 2 + 0.1 * (part - 1) * workspace.partHalves[n]!;
    }
    workspace.y[n] = random.integer(-127, 127);
  }
  bound(count, 3);
  return { ...found, M: [...M], k: [...k], count, bounds: [...workspace.partBounds.subarray(0, 3)] };
}

describe("the kernel of the prover", () => {
  it.each([1, 2, 3, 5, 8])("in WebAssembly gives the loops' numbers, bit for bit, for R = %i", async (R) => {
    for (const clipped of [false, true]) {
      const table = await tableOf(R, R, clipped);
      const [loops, wasm] = [loopProofKernel(table), wasmProofKernel(table)!];
      for (let seed = 0; seed < 40; seed++) expect(run(wasm, table, seed)).toEqual(run(loops, table, seed));
    }
  });

  it("would be told apart by one changed number", async () => {
    const table = await tableOf(3, 7, true);
    const changed = { ...table, b0: table.b0.map((x, j) => (j === 2 ? x + 2 ** -30 : x)) };
    const differs = (seed: number) =>
      run(wasmProofKernel(changed)!, table, seed).bounds.join() !==
      run(loopProofKernel(table), table, seed).bounds.join();
    expect(Array.from({ length: 20 }, (_, seed) => seed).some(differs)).toBe(true);
  });

  it("bounds functionals as the checker does, up to rounding", async () => {
    for (const clipped of [false, true]) {
      const table = await tableOf(4, 11, clipped);
      const boxes = new Boxes(table);
      const kernel = loopProofKernel(table);
      for (let seed = 0; seed < 40; seed++) {
        const { bounds } = run(kernel, table, seed);
        const { lo, hi } = boxes.level(0);
        lo.set(kernel.workspace.lo);
        hi.set(kernel.workspace.hi);
        const expected = boxes.lowerBound(boxes.enter(0), kernel.workspace.y);
        expect(Math.abs(bounds[1]! - expected)).toBeLessThan(1e-9);
      }
    }
  });
});
