import type { ModuleBytes } from "./assembler.ts";

/**
 * Most modules that are kept. A module is written for one shape of a problem, with places in memory as constants in the
 * code; problems of one shape share a module.
 */
const MOST_MODULES = 16;
const PAGE = 2 ** 16;
const modules = new Map<string, WebAssembly.Module>();

/** The functions that a module exports, by their names in it. */
export type KernelFunctions<Name extends string> = Readonly<Record<Name, (...parameters: number[]) => number>>;

/** A kernel's functions over a memory of their own. */
export interface KernelInstance<Name extends string> {
  readonly buffer: ArrayBuffer;
  readonly functions: KernelFunctions<Name>;
}

/**
 * Instantiates the module of a shape, made anew if there is none yet, over a new memory.
 * @param shape names the module. @param bytes the memory that it needs.
 * @returns undefined where WebAssembly or its vectors are missing, or a content security policy forbids them.
 */
export function instantiate<Name extends string>(
  shape: string,
  bytes: number,
  write: () => ModuleBytes<Name>,
): KernelInstance<Name> | undefined {
  try {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
    let module = modules.get(shape);
    if (module === undefined) {
      module = new WebAssembly.Module(write());
      if (modules.size >= MOST_MODULES) modules.clear();
      modules.set(shape, module);
    }
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return { buffer: memory.buffer, functions: exports as KernelFunctions<Name> };
  } catch {
    return undefined;
  }
}
