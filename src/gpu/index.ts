/** What the engine loads, in one dynamic import, where a GPU is looked for. */
export { GpuBackend } from "./backend.ts";
export { ResilientBackend } from "./resilient.ts";
