/** The part of gpu/ that the engine loads, in one dynamic import, when it looks for a GPU. */
export { GpuBackend } from "./backend.ts";
export { ResilientBackend } from "./resilient.ts";
