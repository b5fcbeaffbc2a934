/**
 * Stillpoint: every fixed point of a piecewise-linear recurrent network, with a proof that no fixed point is missing.
 * @module
 */

export {
  type CountOptions,
  countRegions,
  findCycles,
  findCyclesInPart,
  findFixedPoints,
  findFixedPointsInPart,
  findFixedPointsOfMany,
  mergeCyclesParts,
  mergeParts,
  type RegionCount,
} from "./api/find.ts";
export type { Outcome } from "./api/many.ts";
export type { Part, PartResult } from "./api/parts.ts";
export { type ProveOptions, proveResult } from "./api/prove.ts";
export type * from "./base/result.ts";
export { VERSION } from "./base/version.ts";
export type { PointsCheckReport } from "./check/check.ts";
export type { CyclesCheckReport } from "./check/orbits/check-cycles.ts";
export { type CheckReport, checkProofFile } from "./check/read-proof.ts";
export type { CycleOptions } from "./cycles/options.ts";
export type { CyclesPartResult, PeriodPart } from "./cycles/parts.ts";
export type { ProvedCycles } from "./cycles/proof/proved-cycles.ts";
export type * from "./cycles/result.ts";
export type { Division } from "./cycles/task-queue.ts";
export type { ActivationSpec } from "./model/activation.ts";
export type { Dyadic } from "./model/dyadic.ts";
export {
  type ErrorCode,
  FileError,
  isStillpointError,
  ModelError,
  OptionError,
  StillpointError,
} from "./model/errors.ts";
export type { ExactNumber } from "./model/exact-number.ts";
export type * from "./model/input.ts";
export type { NumericArray } from "./model/matrix.ts";
export { type ParseOptions, parseModel } from "./model/parse.ts";
export type { ExactArray, PiecewiseLinearSystem, Time } from "./model/system.ts";
export type { Model, ModelKind, Precision } from "./model/types.ts";
export type { CyclesProveOutcome, PeriodProof, PointsProveOutcome, ProveOutcome } from "./prove/prove.ts";
export type { ProvedResult } from "./prove/proved-result.ts";
export type { Method, MethodCost } from "./run/method.ts";
export type { FindOptions } from "./run/options.ts";
export type { SearchEstimate } from "./search/queue/estimate.ts";
export { type Analysis, analyse, type Margins, type Observables } from "./stability/analyse.ts";
export type { Mode } from "./stability/modes.ts";
export { type StandardPLRNN, toStandardPLRNN } from "./stability/standard-form.ts";
export type { Progress } from "./stages/run.ts";
export { type CheckpointStep, type Checkpoints, compareCheckpoints, type Track } from "./sweep/checkpoints.ts";
export type * from "./sweep/result.ts";
export { type SweepGrid, type SweepOptions, sweepInput, sweepInputs } from "./sweep/sweep.ts";
export type { Unchecked, VerifyProblem } from "./verify/problem.ts";
export type { VerifyReport } from "./verify/report.ts";
export { verifyResult } from "./verify/verify.ts";
