import { type StagesPayload, StagesWorker } from "./parallel/threaded-backend.ts";
import { type SolvePayload, solvePacked } from "./solver.ts";

/** What a worker can do, by name. Each takes and returns data that can be cloned. */
export type Job = (payload: never) => unknown | Promise<unknown>;

const stagesWorker = new StagesWorker();

export const JOBS: Readonly<Record<string, Job>> = {
  /** Gives its payload back: for tests of the pool itself. */
  echo: (payload: unknown) => payload,
  /** Batches of the regions method. */
  stages: (payload: StagesPayload) => stagesWorker.run(payload),
  /** A whole small model. */
  solve: (payload: SolvePayload) => solvePacked(payload),
};
