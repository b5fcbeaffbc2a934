import { compareVectors } from "../../exact/affine.ts";
import type { Rational } from "../../exact/rational.ts";
import { describe } from "../../model/errors.ts";
import type { Model } from "../../model/types.ts";
import { checkContinuum } from "./check-continuum.ts";
import { checkPoint, checkVirtualPoint } from "./check-point.ts";
import { ExactModel } from "./exact-model.ts";
import type { Refuse, VerifyProblem } from "./problem.ts";
import { RESULT_SCHEMA, type ReportedResult } from "./result-schema.ts";

/** What checking a result against its model came to. */
export interface VerifyReport {
  /** True iff nothing that was checked is wrong. */
  readonly ok: boolean;
  readonly problems: readonly VerifyProblem[];
  readonly checked: { readonly fixedPoints: number; readonly virtualFixedPoints: number; readonly continua: number };
  /** What a check of this kind can't tell, in words. */
  readonly notChecked: readonly string[];
}

const COMPLETENESS =
  "Completeness: that no fixed point is missing can't be seen from a result; it takes the search again.";
const STABILITY =
  "Eigenvalues are checked by their sums and sums of squares to 1e-9 of the matrix, stability classes against the eigenvalues.";

/**
 * Checks every statement of a result about its points against the model, exactly, on code that shares nothing with the solver but
 * `model/` and `exact/`: the digest of the model, and for each fixed point its region's equations in rationals, z the correctly
 * rounded solution, the sign of every unit, the error bound, isolation, no repeats, ascending order; the same for virtual
 * points and for the affine hull, the point and the regions of continua.
 *
 * @param result a parsed result of the format `stillpoint/result@1`. Never throws on what it holds.
 */
export async function verifyResult(model: Model, result: unknown): Promise<VerifyReport> {
  const problems: VerifyProblem[] = [];
  const refuse: Refuse = (path, message) => problems.push({ path, message });
  const checked = { fixedPoints: 0, virtualFixedPoints: 0, continua: 0 };
  const report = (notChecked: readonly string[]): VerifyReport => ({
    ok: problems.length === 0,
    problems,
    checked,
    notChecked,
  });

  const parsed = RESULT_SCHEMA.safeParse(result);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) refuse(pathText(issue.path), issue.message);
    return report(["Anything: this is not a result of the format stillpoint/result@1."]);
  }
  const reported = parsed.data;
  checkModel(model, reported, refuse);
  if (problems.length > 0) return report(["The points: the result is of another model."]);

  const exact = new ExactModel(model.system);
  const points = reported.fixedPoints.map((point, i) => checkPoint(exact, point, `fixedPoints[${i}]`, refuse));
  checked.fixedPoints = reported.fixedPoints.length;
  checkOrder(points, refuse);
  reported.continua.forEach((continuum, c) => {
    const contains = checkContinuum(exact, continuum, `continua[${c}]`, refuse);
    points.forEach((point, i) => {
      if (point !== undefined && contains(point)) {
        refuse(`fixedPoints[${i}]`, `is a point of continua[${c}], so it is not isolated`);
      }
    });
  });
  checked.continua = reported.continua.length;
  checkVirtualPoints(exact, reported, refuse);
  checked.virtualFixedPoints = reported.virtualFixedPoints?.length ?? 0;
  if (reported.complete === (reported.incompleteBecause !== undefined)) {
    refuse("complete", "must be true without incompleteBecause, or false with it");
  }
  const unresolved = reported.fixedPoints.filter(({ status }) => status === "unresolved").length;
  return report([
    COMPLETENESS,
    STABILITY,
    ...(unresolved > 0
      ? [`${unresolved} unresolved points: the result does not claim that they are fixed points.`]
      : []),
  ]);
}

function checkModel({ kind, units, system, sha256 }: Model, { model }: ReportedResult, refuse: Refuse): void {
  const expected = { kind, units, latentDim: system.latentDim, hyperplanes: system.hyperplanes, sha256 };
  for (const key of ["sha256", "kind", "latentDim", "units", "hyperplanes"] as const) {
    if (model[key] !== expected[key]) {
      refuse(`model.${key}`, `is ${describe(model[key])}, but the model's is ${describe(expected[key])}`);
    }
  }
}

/** Exact points must ascend lexicographically; a point that comes twice is refused by name. */
function checkOrder(points: readonly (readonly Rational[] | undefined)[], refuse: Refuse): void {
  for (let i = 1; i < points.length; i++) {
    const point = points[i];
    if (point === undefined) continue;
    for (let k = i - 1; k >= 0; k--) {
      const earlier = points[k];
      if (earlier === undefined) continue;
      const order = compareVectors(earlier, point);
      if (order === 0) refuse(`fixedPoints[${i}]`, `is the same point as fixedPoints[${k}]`);
      else if (order > 0) refuse(`fixedPoints[${i}]`, `must come before fixedPoints[${k}] in lexicographic order of z`);
      break;
    }
  }
}

function checkVirtualPoints(exact: ExactModel, { virtualFixedPoints }: ReportedResult, refuse: Refuse): void {
  const seen = new Map<string, number>();
  virtualFixedPoints?.forEach((point, i) => {
    const path = `virtualFixedPoints[${i}]`;
    checkVirtualPoint(exact, point, path, refuse);
    const key = point.region.join();
    const earlier = seen.get(key);
    if (earlier !== undefined) refuse(path, `is of the same region as virtualFixedPoints[${earlier}]`);
    seen.set(key, i);
  });
}

/** `fixedPoints`, 3, `z`, 1 → `fixedPoints[3].z[1]`. */
function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text === "" ? "result" : text.replace(/^\./, "");
}
