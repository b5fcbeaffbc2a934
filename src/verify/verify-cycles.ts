import { compareVectors } from "../exact/affine.ts";
import type { Rational } from "../exact/rational.ts";
import type { Model } from "../model/types.ts";
import { checkCycle } from "./check-cycle.ts";
import { checkCycleContinua } from "./check-cycle-continua.ts";
import { EIGENVALUE_TOLERANCE } from "./check-eigenvalues.ts";
import { checkRank } from "./check-rank.ts";
import { checkModel } from "./check-run.ts";
import { CYCLES_SCHEMA, type ReportedCycles } from "./cycles-schema.ts";
import { ExactModel } from "./exact-model.ts";
import type { Findings } from "./problem.ts";
import { checkSeal, InTime, ReportDraft, type VerifyReport } from "./report.ts";
import { pathText, unknownKeys } from "./result-schema.ts";

/**
 * Checks the statements of a result of `findCycles` against the model, exactly: its digest and that of the model; of
 * each cycle the orbit, solved in rationals from its masks, with all points, signs and error bounds, the minimal
 * period, the first point, the multipliers and the class; no repeats, ascending order; the numbers by period; of
 * continua all that is said of continua of fixed points, for the orbits as points of k·R coordinates. What can't be
 * decided is named in `unchecked`.
 * @param whyStop as in `verifyResult`.
 */
export function verifyCycles(model: Model, result: unknown, whyStop: () => string | undefined): VerifyReport {
  const draft = new ReportDraft();
  const { findings } = draft;
  const checked = { fixedPoints: 0, virtualFixedPoints: 0, continua: 0, cycles: 0 };
  const parsed = CYCLES_SCHEMA.safeParse(result);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) findings.refuse(pathText(issue.path), issue.message);
    findings.leave("result", "is no result of the format stillpoint/cycles@1");
    return draft.report(checked);
  }
  checkSeal(result, findings);
  const reported = parsed.data;
  const before = draft.problems;
  checkModel(model, reported, findings);
  if (model.system.time !== "discrete") findings.refuse("model", "is a flow, and cycles are of maps");
  if (draft.problems > before) {
    findings.leave("result", "is of another model");
    return draft.report(checked);
  }
  const exact = new ExactModel(model.system);
  const inTime = new InTime(whyStop, findings);
  const firsts = inTime.each("cycles", reported.cycles, (cycle, path) => checkCycle(exact, cycle, path, findings));
  checkOrder(reported, firsts, findings);
  checkPeriods(reported, findings);
  const continua = checkCycleContinua(exact, reported, firsts, findings, inTime);
  inTime.all("model.rank", () => checkRank(exact, reported.model.rank, findings, whyStop));
  nameUncheckable(reported, findings);
  for (const path of unknownKeys(result, reported)) findings.leave(path, "is no key of the format");
  return draft.report({ ...checked, cycles: firsts.length, continua });
}

/** Cycles must ascend by period, then by their exact first points; one that comes twice is refused by name. */
function checkOrder(
  { cycles }: ReportedCycles,
  firsts: readonly (readonly Rational[] | undefined)[],
  { refuse }: Findings,
): void {
  for (let i = 1; i < cycles.length; i++) {
    const [before, here] = [cycles[i - 1]!.period, cycles[i]!.period];
    const [a, b] = [firsts[i - 1], firsts[i]];
    const order = before !== here ? before - here : a === undefined || b === undefined ? -1 : compareVectors(a, b);
    if (order === 0) refuse(`cycles[${i}]`, `is the same cycle as cycles[${i - 1}]`);
    else if (order > 0) refuse(`cycles[${i}]`, `must come before cycles[${i - 1}], by period and first point`);
  }
}

/** Refuses numbers by period, and claims of completeness, that don't fit each other. */
function checkPeriods(result: ReportedCycles, { refuse }: Findings): void {
  const { periods, cycles, continua } = result;
  let upTo = 0;
  for (const [i, report] of periods.entries()) {
    const path = `periods[${i}]`;
    const { period, complete, incompleteBecause } = report;
    if (i > 0 && period <= periods[i - 1]!.period) refuse(`${path}.period`, "must ascend");
    for (const [key, list] of [
      ["cycles", cycles],
      ["continua", continua],
    ] as const) {
      const listed = list.filter((each) => each.period === period).length;
      if (report[key] !== listed) refuse(`${path}.${key}`, `is ${report[key]}, but ${listed} are listed`);
    }
    if (complete === (incompleteBecause !== undefined))
      refuse(`${path}.complete`, "must be true without incompleteBecause, or false with it");
    if (complete && cycles.some((cycle) => cycle.period === period && cycle.unclassified !== undefined))
      refuse(`${path}.complete`, "must be false where a cycle is not classified");
    if (complete && period === upTo + 1) upTo = period;
  }
  const asked = new Set(periods.map(({ period }) => period));
  for (const key of ["cycles", "continua"] as const) {
    const other = result[key].findIndex(({ period }) => !asked.has(period));
    if (other >= 0) refuse(`${key}[${other}].period`, `is ${result[key][other]!.period}, which periods doesn't have`);
  }
  if (result.completeUpTo !== upTo) refuse("completeUpTo", `is ${result.completeUpTo}, but by its periods ${upTo}`);
  const all = periods.every(({ complete }) => complete);
  if (result.complete !== all) refuse("complete", `is ${result.complete}, but by its periods ${all}`);
  if (result.complete === (result.incompleteBecause !== undefined))
    refuse("complete", "must be true without incompleteBecause, or false with it");
}

function nameUncheckable(result: ReportedCycles, { leave }: Findings): void {
  const { complete, periods, cycles } = result;
  const missing = "that no cycle or continuum is missing can't be seen from a result; it takes the search again";
  leave("complete", complete ? missing : "what was not covered can't be told from what was found");
  for (const [i, report] of periods.entries()) {
    leave(`periods[${i}].complete`, report.complete ? missing : "what was not covered can't be told");
    for (const key of ["method", "counts", "seconds"]) leave(`periods[${i}].${key}`, HOW);
    if (report.incompleteBecause !== undefined) leave(`periods[${i}].incompleteBecause`, HOW);
  }
  if (!complete) leave("incompleteBecause", HOW);
  for (const key of ["proof", "noProofBecause", "proofFile"] as const) {
    if (result[key] !== undefined && result[key] !== "none") leave(key, "is about a proof file, which check reads");
  }
  if (cycles.length > 0) {
    leave("cycles[].eigenvalues", `digits past ${EIGENVALUE_TOLERANCE} of the matrix, in the sums of their powers`);
    leave("cycles[].spectralBounds", "that they are as tight as they can be");
    leave("cycles[].distance", "digits past those of a sum in float64");
  }
  leave("model.name", "is no part of what the model's digest is made of");
  for (const key of ["counts", "seconds", "provenance"]) leave(key, HOW);
}

const HOW = "how, when and with what an answer was found can't be told from it";
