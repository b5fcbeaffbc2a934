import type { RootTable } from "../check/root.ts";
import { LoopKernel } from "../search/kernel/kernel.ts";
import { writePropose } from "../search/kernel/kernel-writer.ts";
import { layoutOf, loadTable, strideOf, type Workspace } from "../search/kernel/workspace.ts";
import type { KernelTable } from "../search/units/units.ts";
import { moduleOf } from "../wasm/assembler.ts";
import { instantiate } from "../wasm/instance.ts";
import { LoopBound } from "./bound.ts";
import { writeBound } from "./bound-writer.ts";

/** In more dimensions the written code grows long and is no faster than loops. */
const MOST_DIMENSIONS = 8;

/** The numeric core of the prover. It proposes; what it says is beyond rounding is said with room for another order. */
export interface ProofKernel {
  readonly workspace: Workspace;
  /**
   * Decides units on a box and finds a functional for it: `LoopKernel.propose`.
   * @param count undecided units. @returns how many of them are left.
   */
  propose(count: number): number;
  /** Lower bounds on y·G over parts of that box: `LoopBound.run`. */
  bound(count: number, parts: number): void;
}

/** The rows of a root for the kernels: all its units are ramps or clamps. */
function kernelTable({ dim: R, count, U, V, b0, b1, margin }: RootTable): KernelTable {
  const stride = strideOf(R);
  const data = new Float64Array(count * stride);
  for (let j = 0; j < count; j++) {
    data.set(U.subarray(j * R, (j + 1) * R), j * stride);
    data.set(V.subarray(j * R, (j + 1) * R), j * stride + R);
    data.set([b0[j]!, b1[j]!, margin[j]!], j * stride + 2 * R);
  }
  return { dim: R, count, data, stride };
}

/** WebAssembly where the host has it, else loops, with the same numbers to the last bit. */
export function proofKernel(root: RootTable): ProofKernel {
  return (root.dim > MOST_DIMENSIONS ? undefined : wasmProofKernel(root)) ?? loopProofKernel(root);
}

/** @returns undefined where WebAssembly or its vectors are missing, or a content security policy forbids them. */
export function wasmProofKernel(root: RootTable): ProofKernel | undefined {
  const table = kernelTable(root);
  const { dim: R, count: L } = table;
  const layout = layoutOf(R, L);
  const made = instantiate(`proof ${R} ${L}`, layout.bytes, () =>
    moduleOf({ propose: writePropose(R, L), bound: writeBound(R, layout) }),
  );
  if (made === undefined) return undefined;
  const { propose, bound } = made.functions;
  return { workspace: loadTable(table, made.buffer), propose, bound };
}

export function loopProofKernel(root: RootTable): ProofKernel {
  const table = kernelTable(root);
  const kernel = new LoopKernel(table);
  const bound = new LoopBound(table, kernel.workspace);
  return {
    workspace: kernel.workspace,
    propose: (count) => {
      kernel.propose(count);
      return kernel.count;
    },
    bound: (count, parts) => bound.run(count, parts),
  };
}
