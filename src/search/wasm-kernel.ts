import { type Kernel, LoopKernel, type Verdict } from "./kernel.ts";
import { writeKernel } from "./kernel-writer.ts";
import type { UnitTable } from "./units.ts";
import { layoutOf, loadTable, type Workspace } from "./workspace.ts";

/** With more dimensions the code that is written out grows long and is no faster than loops. */
const MOST_DIMENSIONS = 8;
const PAGE = 2 ** 16;

/** The fastest kernel for a problem: WebAssembly where there is any, else loops, with the same numbers to the last bit. */
export function kernelFor(table: UnitTable): Kernel {
  if (table.dim > MOST_DIMENSIONS || table.simple < table.count) return new LoopKernel(table);
  return wasmKernel(table) ?? new LoopKernel(table);
}

/**
 * The kernel in WebAssembly with vectors of two float64, written out for the problem's R. Only for units that are all simple.
 * @returns undefined where WebAssembly or its vectors are missing, or a content security policy forbids them.
 */
export function wasmKernel(table: UnitTable): Kernel | undefined {
  const { dim: R, count: L } = table;
  const { bytes } = layoutOf(R, L);
  try {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
    const { run } = new WebAssembly.Instance(moduleFor(R, L), { env: { memory } }).exports;
    return new WasmKernel(loadTable(table, memory.buffer), run as (count: number) => number);
  } catch {
    return undefined;
  }
}

/** Places of arrays are constants in the code, so a module serves one shape; the roots of a problem share one. */
const MOST_MODULES = 16;
const modules = new Map<string, WebAssembly.Module>();

function moduleFor(R: number, L: number): WebAssembly.Module {
  const shape = `${R},${L}`;
  let module = modules.get(shape);
  if (module === undefined) {
    module = new WebAssembly.Module(writeKernel(R, L));
    if (modules.size >= MOST_MODULES) modules.clear();
    modules.set(shape, module);
  }
  return module;
}

class WasmKernel implements Kernel {
  readonly workspace: Workspace;
  count = 0;
  readonly #run: (count: number) => number;

  constructor(workspace: Workspace, run: (count: number) => number) {
    this.workspace = workspace;
    this.#run = run;
  }

  get simple(): number {
    return this.count;
  }

  enclose(simple: number): Verdict {
    const packed = this.#run(simple);
    this.count = packed >> 2;
    return (packed & 3) as Verdict;
  }
}
