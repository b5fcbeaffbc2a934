/**
 * Stillpoint: every fixed point of a piecewise-linear recurrent network, with a proof that no fixed point is missing.
 * @module
 */
export { type Analysis, analyse, type Margins, type Observables } from "./analysis/analyse.ts";
export type { Mode } from "./analysis/modes.ts";
export { type StandardPLRNN, toStandardPLRNN } from "./analysis/standard-form.ts";
export type { Unchecked, VerifyProblem } from "./analysis/verify/problem.ts";
export { type VerifyReport, verifyResult } from "./analysis/verify/verify.ts";
export type { CheckReport } from "./check/check.ts";
export { checkProofFile } from "./check/read-proof.ts";
export type { CycleOptions } from "./cycles/options.ts";
export type * from "./cycles/result.ts";
export {
  countRegions,
  findCycles,
  findFixedPoints,
  findFixedPointsInPart,
  findFixedPointsOfMany,
  mergeParts,
  type RegionCount,
} from "./find.ts";
export type { Outcome } from "./many.ts";
export type { Method, MethodCost } from "./method.ts";
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
export type { FindOptions } from "./options.ts";
export type { Part, PartResult } from "./parts.ts";
export { type ProveOptions, type ProveOutcome, prove as proveResult } from "./prove/prove.ts";
export type * from "./result.ts";
export type { Progress } from "./stages/run.ts";
export { type CheckpointStep, type Checkpoints, compareCheckpoints, type Track } from "./sweep/checkpoints.ts";
export type * from "./sweep/result.ts";
export { type SweepGrid, type SweepOptions, sweepInput, sweepInputs } from "./sweep/sweep.ts";
export { VERSION } from "./version.ts";
