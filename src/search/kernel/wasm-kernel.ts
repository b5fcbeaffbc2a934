import { instantiate, type KernelFunctions } from "../../wasm/instance.ts";
import type { UnitTable } from "../units/units.ts";
import { type Kernel, LoopKernel, type Verdict } from "./kernel.ts";
import { writeKernel } from "./kernel-writer.ts";
import { layoutOf, loadTable, type Workspace, writeTable } from "./workspace.ts";

/** In more dimensions the written code grows long and is no faster than loops. */
const MOST_DIMENSIONS = 8;

/**
 * The fastest kernel for a problem: WebAssembly if the host has it, else loops, with the same numbers to the last bit.
 */
export function kernelFor(table: UnitTable): Kernel {
  if (!isWritten(table)) return new LoopKernel(table);
  return idleKernel(table) ?? wasmKernel(table) ?? new LoopKernel(table);
}

/** Kernels that no search uses any more: to make a memory takes as long as to search ten boxes. The last is newest. */
const idleKernels: WasmKernel[] = [];
const MOST_IDLE = 16;
/** What a kernel may take in memory to be kept. One that takes more is for long searches. */
const MOST_IDLE_BYTES = 2 ** 19;

/** Gives back a kernel of `kernelFor`. Nobody may use it any more. */
export function releaseKernel(kernel: Kernel): void {
  if (!(kernel instanceof WasmKernel) || kernel.workspace.data.buffer.byteLength > MOST_IDLE_BYTES) return;
  if (idleKernels.length >= MOST_IDLE) idleKernels.shift();
  idleKernels.push(kernel);
}

/** A kernel that was given back, as if it were new. */
function idleKernel(table: UnitTable): Kernel | undefined {
  for (let i = idleKernels.length - 1; i >= 0; i--) {
    if (!idleKernels[i]!.fits(table)) continue;
    const [kernel] = idleKernels.splice(i, 1);
    kernel!.load(table);
    return kernel;
  }
  return undefined;
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
  return made && new WasmKernel(table, loadTable(table, made.buffer), made.functions);
}

class WasmKernel implements Kernel {
  readonly workspace: Workspace;
  count = 0;
  readonly #dim: number;
  readonly #units: number;
  readonly #functions: KernelFunctions<"enclose" | "sieve">;

  constructor({ dim, count }: UnitTable, workspace: Workspace, functions: KernelFunctions<"enclose" | "sieve">) {
    this.workspace = workspace;
    this.#dim = dim;
    this.#units = count;
    this.#functions = functions;
  }

  /** Whether the kernel is written for the shape of a table. */
  fits({ dim, count }: UnitTable): boolean {
    return this.#dim === dim && this.#units === count;
  }

  /** Makes this the kernel of another problem of its shape. */
  load(table: UnitTable): void {
    new Uint8Array(this.workspace.data.buffer).fill(0);
    writeTable(this.workspace, table);
    this.count = 0;
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
