import { type ReadPayload, readPacked } from "./io/packed.ts";
import { type StagesPayload, StagesWorker } from "./parallel/threaded-backend.ts";
import { type DecidePayload, DecideWorker } from "./regions/decider.ts";
import { ChunkWorker, type SearchChunk } from "./search/chunk.ts";
import { type SolvePayload, solvePacked } from "./solver.ts";

/** A job of a worker. Payload and answer are data that can be cloned. */
export type Job = (payload: never) => unknown | Promise<unknown>;

const stagesWorker = new StagesWorker();
const decideWorker = new DecideWorker();
const chunkWorker = new ChunkWorker();

export const JOBS: Readonly<Record<string, Job>> = {
  /** Returns its payload. */
  echo: (payload: unknown) => payload,
  /** Batches of the regions method. */
  stages: (payload: StagesPayload) => stagesWorker.run(payload),
  /** What a GPU left open of a batch of the regions method. */
  decide: (payload: DecidePayload) => decideWorker.run(payload),
  /** Boxes of the search method. */
  search: (payload: SearchChunk) => chunkWorker.run(payload),
  /** Files of models. */
  read: (payload: ReadPayload) => readPacked(payload),
  /** Whole small models. */
  solve: (payload: SolvePayload) => solvePacked(payload),
};
