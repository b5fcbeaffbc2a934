import { compareVectors } from "../exact/affine.ts";
import type { Rational } from "../exact/rational.ts";
import type { ModelInput } from "../model/input.ts";
import { toModel } from "../model/parse.ts";
import type { Model } from "../model/types.ts";
import { checkConnectedSets } from "./check-connected-sets.ts";
import { checkContinua } from "./check-continua.ts";
import { checkContinuum, precedes } from "./check-continuum.ts";
import { checkDegeneracy } from "./check-degeneracy.ts";
import { EIGENVALUE_TOLERANCE } from "./check-eigenvalues.ts";
import { checkPoint, checkVirtualPoint } from "./check-point.ts";
import { checkModel, checkRun, checkSignSum } from "./check-run.ts";
import { CORNER_BUDGET } from "./corners.ts";
import { ExactModel } from "./exact-model.ts";
import type { Findings, Refuse } from "./problem.ts";
import { checkSeal, InTime, ReportDraft, type VerifyReport } from "./report.ts";
import type { ReportedResult } from "./result-schema.ts";

/** The format of the results of `findCycles`. */
const CYCLES = "stillpoint/cycles@1";

const NOTHING = { fixedPoints: 0, virtualFixedPoints: 0, continua: 0 };

/** Other records of the program, and the command for each. */
const OTHERS: Readonly<Record<string, string>> = {
  "stillpoint/part@1": "is one part of the work on a model: merge all parts first",
  "stillpoint/cycles-part@1": "is one part of the work on a model: merge all parts first",
  "stillpoint/error@1": "is an error and no result",
  "stillpoint/sweep@1": "is a sweep: verify the results of single inputs",
  "stillpoint/sweep-grid@1": "is a sweep: verify the results of single inputs",
  "stillpoint/checkpoints@1": "is a training run: verify each of its results",
};

/**
 * Checks every statement of a result against the model, exactly.
 *
 * - Its digest and that of the model, and the counts that follow from the model.
 * - Fixed points: the equations of the region in rationals, z as the correctly rounded solution, the sign of every
 *   unit, the error bound, isolation, sides, eigenvalues and class; no repeats, ascending order. Virtual points
 *   likewise.
 * - Continua: the affine hull, the point, the regions, the eigenvalues across, the vertices, rays and lines of all
 *   pieces, the ends, and the connected sets.
 *
 * - Results of `findCycles`: each orbit solved from its masks, and what follows from it (`verifyCycles`).
 *
 * Statements that the check can't decide are named in `unchecked`.
 *
 * The code is separate from the solver's, except for `model/` and `exact/`, which both use (docs/is-it-really-all.md
 * says what that means).
 * @param source the model; parsed with the same `input`, if the run had one (`parseModel`).
 * @param result a parsed result of the format `stillpoint/result@1` or `stillpoint/cycles@1`. Whatever it holds,
 *   nothing is thrown.
 * @throws ModelError for a model that is none.
 * @param whyStop asked before each point and each piece: why the check must stop there, or undefined. What is then not
 *   checked is named in `unchecked`.
 */
export async function verifyResult(
  source: ModelInput | Model,
  result: unknown,
  whyStop: () => string | undefined = () => undefined,
): Promise<VerifyReport> {
  const model = toModel(source);
  if (schemaOf(result) === CYCLES) {
    const { verifyCycles } = await import("./verify-cycles.ts");
    return verifyCycles(model, result, whyStop);
  }
  const draft = new ReportDraft();
  const { findings } = draft;
  const { refuse } = findings;
  const { pathText, RESULT_SCHEMA, unknownKeys } = await import("./result-schema.ts");
  const parsed = RESULT_SCHEMA.safeParse(result);
  if (!parsed.success) {
    const other = OTHERS[schemaOf(result)];
    if (other !== undefined) refuse("schema", other);
    else for (const issue of parsed.error.issues) refuse(pathText(issue.path), issue.message);
    findings.leave("result", "is no result of the format stillpoint/result@1");
    return draft.report(NOTHING);
  }
  checkSeal(result, findings);
  const reported = parsed.data;
  const before = draft.problems;
  checkModel(model, reported, findings);
  if (draft.problems > before) {
    findings.leave("result", "is of another model");
    return draft.report(NOTHING);
  }

  const inTime = new InTime(whyStop, findings);
  const checked = checkAnswer(model, reported, draft, inTime, whyStop);
  findings.leave(
    "fixedPoints[].eigenvalues",
    `digits past ${EIGENVALUE_TOLERANCE} of the matrix, in the sums of their powers; so too of virtual points and across continua`,
  );
  findings.leave("fixedPoints[].spectralBounds", "that they are as tight as they can be");
  for (const path of unknownKeys(result, reported)) findings.leave(path, "is no key of the format");
  return draft.report(checked);
}

/** Checks points, continua, and what is said of all of them. @returns how many were checked. */
function checkAnswer(
  model: Model,
  reported: ReportedResult,
  draft: ReportDraft,
  inTime: InTime,
  whyStop: () => string | undefined,
): VerifyReport["checked"] {
  const { findings } = draft;
  const exact = new ExactModel(model.system);
  const points = inTime.each("fixedPoints", reported.fixedPoints, (point, path) =>
    checkPoint(exact, point, path, findings),
  );
  inTime.all("fixedPoints[].nearlyDegenerate", () =>
    checkDegeneracy(exact, model.precision, reported, points, findings),
  );
  checkOrder(points, reported, findings.refuse);
  const budget = { ...CORNER_BUDGET };
  const continua = inTime.each("continua", reported.continua, (continuum, path) =>
    checkContinuum(exact, continuum, path, budget, findings),
  );
  for (const { path, contains } of continua) {
    points.forEach((point, i) => {
      if (point !== undefined && contains(point)) {
        findings.refuse(`fixedPoints[${i}]`, `is a point of ${path}, so it is not isolated`);
      }
    });
  }
  inTime.all("connectedSets", () => {
    checkContinua(continua, findings);
    checkConnectedSets(reported, continua, findings);
  });
  const virtualFixedPoints = checkVirtualPoints(exact, reported, findings, inTime);
  inTime.all("counts", () => checkRun(exact, reported, findings, whyStop));
  if (draft.problems === 0) inTime.all("complete", () => checkSignSum(exact, model.kind, reported, findings));
  return { fixedPoints: points.length, virtualFixedPoints, continua: continua.length };
}

function schemaOf(value: unknown): string {
  return typeof value === "object" && value !== null && "schema" in value ? String(value.schema) : "";
}

/** Exact points must ascend lexicographically; a point that comes twice is refused by name. */
function checkOrder(
  points: readonly (readonly Rational[] | undefined)[],
  { fixedPoints, complete }: ReportedResult,
  refuse: Refuse,
): void {
  // a run that had to stop may have had no time to compare points beyond their rounded coordinates
  const mayBe = (k: number, i: number): boolean => !complete && !precedesRounded(fixedPoints[i]!.z, fixedPoints[k]!.z);
  for (let i = 1; i < points.length; i++) {
    const point = points[i];
    if (point === undefined) continue;
    for (let k = i - 1; k >= 0; k--) {
      const earlier = points[k];
      if (earlier === undefined) continue;
      const order = compareVectors(earlier, point);
      if (order === 0) refuse(`fixedPoints[${i}]`, `is the same point as fixedPoints[${k}]`);
      else if (order > 0 && !mayBe(k, i))
        refuse(`fixedPoints[${i}]`, `must come before fixedPoints[${k}] in lexicographic order of z`);
      break;
    }
  }
}

/** Lexicographic order of numbers. */
function precedesRounded(a: readonly number[], b: readonly number[]): boolean {
  const k = a.findIndex((x, i) => x !== b[i]);
  return k >= 0 && a[k]! < b[k]!;
}

/** @returns how many were checked. */
function checkVirtualPoints(
  exact: ExactModel,
  { virtualFixedPoints }: ReportedResult,
  findings: Findings,
  inTime: InTime,
): number {
  const seen = new Map<string, number>();
  if (virtualFixedPoints === undefined) return 0;
  const checked = inTime.each("virtualFixedPoints", virtualFixedPoints, (point, path, i) => {
    checkVirtualPoint(exact, point, path, findings);
    const key = point.region.join();
    const earlier = seen.get(key);
    if (earlier !== undefined) findings.refuse(path, `is of the same region as virtualFixedPoints[${earlier}]`);
    else if (i > 0 && !precedes(virtualFixedPoints[i - 1]!.region, point.region))
      findings.refuse(path, "is out of order by its region");
    seen.set(key, i);
  });
  return checked.length;
}
