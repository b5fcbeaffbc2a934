import { checkingPatterns } from "../check/check.ts";
import { type Claim, readClaim } from "../check/claim.ts";
import { MOST_PATTERNS } from "../check/patterns.ts";
import { Refusal } from "../check/refusal.ts";
import { Regions } from "../check/regions.ts";
import type { ModelInput } from "../model/input.ts";
import { toModel } from "../model/parse.ts";
import type { Model } from "../model/types.ts";
import { takeSteps } from "../stages/run.ts";
import { encodePatterns } from "./encode.ts";
import { patternsLeft } from "./patterns.ts";
import { OutOfBoxes, type ProofControl, ProofRun } from "./proof-run.ts";
import { Stuck, Unproved } from "./unproved.ts";

/** Limits and threads of `prove`: `performance.now()` at which to stop without a proof, and so on. */
export interface ProverOptions extends ProofControl {
  /** Trees of boxes also where all patterns could be tried. */
  readonly trees?: boolean | undefined;
}

/** What only this project sets. */
interface ProverTask extends ProverOptions {
  /**
   * Whether all patterns are tried before a proof by them is given, which says nothing else: of a result that need not
   * be right.
   */
  readonly tryPatterns?: boolean;
}

/** A proof file that a result lists all fixed points, or why there is none. */
export type PointsProveOutcome =
  | { readonly proof: Uint8Array; readonly by: "patterns" | "trees"; readonly boxes: number }
  | { readonly proof: undefined; readonly because: string };

/** A proof file that a result lists all cycles of some periods, or why there is none. */
export type CyclesProveOutcome =
  | {
      readonly proof: Uint8Array;
      readonly by: "signs";
      /** Nodes of all trees. */
      readonly boxes: number;
      /** Each period that the result calls complete. */
      readonly periods: readonly PeriodProof[];
    }
  | { readonly proof: undefined; readonly because: string; readonly periods?: readonly PeriodProof[] };

/** A proof file, or why there is none. */
export type ProveOutcome = PointsProveOutcome | CyclesProveOutcome;

/** Whether a proof file has a proof of one period, or why not. */
export type PeriodProof =
  | { readonly period: number; readonly proved: true; readonly nodes: number }
  | { readonly period: number; readonly proved: false; readonly because: string };

/**
 * Up to so many hyperplanes all patterns are tried; up to MOST_PATTERNS where there are more dimensions than boxes are
 * good for.
 */
const FEW_ENOUGH = 16;
const MANY_DIMENSIONS = 6;
/**
 * Boxes after which all patterns are to be tried, of a model that has not more than MOST_PATTERNS hyperplanes: so many,
 * or LONG_TRY where the patterns take a checker some seconds.
 */
const SHORT_TRY = 50_000;
const LONG_TRY = 200_000;
/**
 * Hyperplanes from which on patterns may take long to check; patterns left to exact arithmetic that do; and boxes that
 * are tried in the stead of those of a small model, at least.
 */
const SLOW_PATTERNS = 11;
const MANY_PATTERNS = 1500;
const QUICK_TRY = 4_000;

/**
 * Makes the proof that a complete result lists all fixed points of a model: a file that `checkProof` and
 * python/stillpoint/check_proof.py accept. Needs nothing of how the result was found. The same model and result give
 * the same bytes, whatever the number of threads.
 */
export async function prove(
  source: ModelInput | Model,
  result: unknown,
  options: ProverTask = {},
): Promise<PointsProveOutcome> {
  const model = toModel(source);
  try {
    const claim = readClaim(result);
    if (claim.sha256 !== model.sha256) throw new Unproved("the result is of another model");
    return await proveClaim(model, claim, options);
  } catch (error) {
    if (error instanceof Unproved || error instanceof Refusal) return { proof: undefined, because: error.message };
    throw error;
  }
}

async function proveClaim(
  model: Model,
  claim: Claim,
  { trees, tryPatterns, ...control }: ProverTask,
): Promise<PointsProveOutcome> {
  const { latentDim: R, hyperplanes: N } = model.system;
  const isSmall = N <= (R < MANY_DIMENSIONS ? FEW_ENOUGH : MOST_PATTERNS) && !trees;
  const canBePatterns = N <= MOST_PATTERNS && !trees;
  const left = canBePatterns && N >= SLOW_PATTERNS ? patternsLeft(model.system, claim) : 0;
  const byPatterns = async (boxes: number): Promise<PointsProveOutcome> => {
    if (tryPatterns) await tryAll(model, claim, control);
    return { proof: encodePatterns(model.sha256), by: "patterns", boxes };
  };
  if (isSmall && left < MANY_PATTERNS) return byPatterns(0);
  let mostBoxes = Number.POSITIVE_INFINITY;
  if (isSmall) mostBoxes = Math.min(Math.max(QUICK_TRY, left), SHORT_TRY);
  else if (canBePatterns) mostBoxes = left < MANY_PATTERNS ? SHORT_TRY : LONG_TRY;
  // where boxes are counted, they are done in one order
  const limited = mostBoxes < Number.POSITIVE_INFINITY ? { ...control, pool: undefined } : control;
  const run = new ProofRun(model, claim, limited, mostBoxes);
  try {
    return { proof: await run.run(), by: "trees", boxes: run.boxes };
  } catch (error) {
    // boxes may be stuck where many hyperplanes meet
    if (!(error instanceof OutOfBoxes || (canBePatterns && error instanceof Stuck))) throw error;
    return byPatterns(run.boxes);
  }
}

/** Tries all patterns as a checker does. Throws a Refusal where the claim is wrong, Unproved where the time ended. */
async function tryAll({ system }: Model, claim: Claim, control: ProofControl): Promise<void> {
  const regions = new Regions(system);
  regions.list(claim);
  const taken = await takeSteps(checkingPatterns(system, regions), control);
  if ("stopped" in taken) throw new Unproved(`${taken.stopped} while patterns were tried`);
}
