import type { OrbitPayload } from "../cycles/orbits/search-orbits.ts";
import type { TreePayload } from "../cycles/trees.ts";
import { CycleWorker } from "../cycles/worker.ts";
import { errorReply, type JobReply, type JobRequest } from "../parallel/message.ts";
import { type StagesPayload, StagesWorker } from "../parallel/threaded-backend.ts";
import { type BranchPayload, BranchWorker } from "../prove/root-task.ts";
import { type AuditPayload, AuditWorker } from "../regions/audit-worker.ts";
import { type DecidePayload, DecideWorker } from "../regions/decider.ts";
import { type SolvePayload, solvePacked } from "../run/solver.ts";
import { type CurvePayload, CurveWorker } from "../search/early/curve-slices.ts";
import { ChunkWorker, type SearchChunk } from "../search/queue/chunk.ts";

/** A job of a worker. Payload and answer are data that can be cloned. */
export type Job = (payload: never) => unknown | Promise<unknown>;

const stagesWorker = new StagesWorker();
const decideWorker = new DecideWorker();
const auditWorker = new AuditWorker();
const chunkWorker = new ChunkWorker();
const curveWorker = new CurveWorker();
const branchWorker = new BranchWorker();
const cycleWorker = new CycleWorker();

export const JOBS: Readonly<Record<string, Job>> = {
  /** Returns its payload. */
  echo: (payload: unknown) => payload,
  /** Batches of the regions method. */
  stages: (payload: StagesPayload) => stagesWorker.run(payload),
  /** What a GPU left open of a batch of the regions method. */
  decide: (payload: DecidePayload) => decideWorker.run(payload),
  /** The audit of a batch of the regions method on a GPU. */
  audit: (payload: AuditPayload) => auditWorker.run(payload),
  /** Boxes of the search method. */
  search: (payload: SearchChunk) => chunkWorker.run(payload),
  /** Parts of curves that look for points. */
  curves: (payload: CurvePayload) => curveWorker.run(payload),
  /** Branches of proofs. */
  prove: (payload: BranchPayload) => branchWorker.run(payload),
  /** Parts of trees of boxes or polytopes in search of cycles. */
  cycleTree: (payload: TreePayload) => cycleWorker.tree(payload),
  /** Parts of trees of linear programs in search of cycles. */
  cycleOrbits: (payload: OrbitPayload) => cycleWorker.orbits(payload),
  /** Whole small models. */
  solve: (payload: SolvePayload) => solvePacked(payload),
};

/** What a worker answers to a request. */
export async function answer({ id, job, payload }: JobRequest): Promise<JobReply> {
  try {
    const run = JOBS[job];
    if (run === undefined) throw new Error(`no job is called ${job}`);
    return { id, result: await run(payload as never) };
  } catch (error) {
    return errorReply(id, error);
  }
}
