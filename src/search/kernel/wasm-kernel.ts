import { instantiate, type KernelFunctions } from "../../wasm/instance.ts";
import type { UnitTable } from "../units/units.ts";
import { type Kernel, LoopKernel, type Verdict } from "./kernel.ts";
import { writeKernel } from "./kernel-writer.ts";
import { layoutOf, loadTable, type Workspace } from "./workspace.ts";

/** In more dimensions the written code grows long and is no faster than loops. */
const MOST_DIMENSIONS = 8;

/**
 * The fastest kernel for a problem: WebAssembly if the host has it, else loops, with the same numbers to the last bit.
 */
export function kernelFor(table: UnitTable): Kernel {
  return (isWritten(table) ? wasmKernel(table) : undefined) ?? new LoopKernel(table);
}

/** Whether the kernel of a problem is WebAssembly, on hosts that have it. */
export function isWritten({ dim }: UnitTable): boolean {
  return dim <= MOST_DIMENSIONS;
}

/**
 * The kernel in WebAssembly with vectors of two float64, written for the problem's R.
 * @returns undefined where WebAssembly or its vectors are missing, or a content security policy forbids them.
 */
export function wasmKernel(table: UnitTable): Kernel | undefined {
  const { dim: R, count: L } = table;
  const made = instantiate(`search ${R} ${L}`, layoutOf(R, L).bytes, () => writeKernel(R, L));
  return made && new WasmKernel(loadTable(table, made.buffer), made.functions);
}

class WasmKernel implements Kernel {
  readonly workspace: Workspace;
  count = 0;
  readonly #functions: KernelFunctions<"enclose" | "sieve">;

  constructor(workspace: Workspace, functions: KernelFunctions<"enclose" | "sieve">) {
    this.workspace = workspace;
    this.#functions = functions;
  }

  enclose(count: number): Verdict {
    const packed = this.#functions.enclose(count);
    this.count = packed >> 2;
    return (packed & 3) as Verdict;
  }

  sieve(parts: number): number {
    return this.#functions.sieve(this.count, parts);
  }
}
