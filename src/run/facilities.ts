import { createPool } from "../parallel/pool.ts";
import type { Facilities } from "./engine.ts";

/** What a run may open on the main thread. The code for GPUs is loaded when one is looked for. */
export const FACILITIES: Facilities = {
  createPool: (threads, workerUrl) => createPool(threads, workerUrl),
  loadGpu: () => import("../gpu/index.ts"),
};
