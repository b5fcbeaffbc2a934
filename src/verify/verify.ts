import { compareVectors } from "../exact/affine.ts";
import type { Rational } from "../exact/rational.ts";
import type { ModelInput } from "../model/input.ts";
import { toModel } from "../model/parse.ts";
import { sealOf } from "../model/seal.ts";
import type { Model } from "../model/types.ts";
import { checkConnectedSets } from "./check-connected-sets.ts";
import { checkContinua } from "./check-continua.ts";
import { checkContinuum, precedes } from "./check-continuum.ts";
import { checkDegeneracy } from "./check-degeneracy.ts";
import { EIGENVALUE_TOLERANCE } from "./check-eigenvalues.ts";
import { checkPoint, checkVirtualPoint } from "./check-point.ts";
import { checkModel, checkRun, checkSignSum } from "./check-run.ts";
import type { CornerBudget } from "./corners.ts";
import { ExactModel } from "./exact-model.ts";
import type { Findings, Refuse, Unchecked, VerifyProblem } from "./problem.ts";
import type { ReportedResult } from "./result-schema.ts";

/** The outcome of checking a result against its model. */
export interface VerifyReport {
  /** True iff every checked statement is right. */
  readonly ok: boolean;
  readonly problems: readonly VerifyProblem[];
  readonly checked: { readonly fixedPoints: number; readonly virtualFixedPoints: number; readonly continua: number };
  /** The statements of the result that this check can't decide, by name, and why. All other statements were checked. */
  readonly unchecked: readonly Unchecked[];
}

/** The work allowed for the corners of all pieces of a result together. */
const CORNER_BUDGET: CornerBudget = { programs: 20_000, choices: 200_000 };

/** Other records of the program, and the command for each. */
const OTHERS: Readonly<Record<string, string>> = {
  "stillpoint/part@1": "is one part of the work on a model: merge all parts first",
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
 * Statements that the check can't decide are named in `unchecked`.
 *
 * The code is separate from the solver's, except for `model/` and `exact/`, which both use (docs/is-it-really-all.md
 * says what that means).
 * @param source the model; parsed with the same `input`, if the run had one (`parseModel`).
 * @param result a parsed result of the format `stillpoint/result@1`. Whatever it holds, nothing is thrown.
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
  const problems: VerifyProblem[] = [];
  const unchecked: Unchecked[] = [];
  const refuse: Refuse = (path, message) => problems.push({ path, message });
  const findings: Findings = { refuse, leave: (path, reason) => unchecked.push({ path, reason }) };
  const checked = { fixedPoints: 0, virtualFixedPoints: 0, continua: 0 };
  const report = (): VerifyReport => ({
    ok: problems.length === 0,
    problems,
    checked,
    // the most important statement comes first
    unchecked: unchecked.sort((a, b) => Number(b.path === "complete") - Number(a.path === "complete")),
  });

  // 30 KB compressed, which a page that only computes never loads
  const { pathText, RESULT_SCHEMA, unknownKeys } = await import("./result-schema.ts");
  const parsed = RESULT_SCHEMA.safeParse(result);
  if (!parsed.success) {
    const other = OTHERS[schemaOf(result)];
    if (other !== undefined) refuse("schema", other);
    else for (const issue of parsed.error.issues) refuse(pathText(issue.path), issue.message);
    findings.leave("result", "is no result of the format stillpoint/result@1");
    return report();
  }
  checkSeal(result, findings);
  const reported = parsed.data;
  const before = problems.length;
  checkModel(model, reported, findings);
  if (problems.length > before) {
    findings.leave("result", "is of another model");
    return report();
  }

  const exact = new ExactModel(model.system);
  const inTime = new InTime(whyStop, findings);
  const points = inTime.each("fixedPoints", reported.fixedPoints, (point, path) =>
    checkPoint(exact, point, path, findings),
  );
  inTime.all("fixedPoints[].nearlyDegenerate", () =>
    checkDegeneracy(exact, model.precision, reported, points, findings),
  );
  checked.fixedPoints = points.length;
  checkOrder(points, refuse);
  const budget = { ...CORNER_BUDGET };
  const continua = inTime.each("continua", reported.continua, (continuum, path) =>
    checkContinuum(exact, continuum, path, budget, findings),
  );
  for (const { path, contains } of continua) {
    points.forEach((point, i) => {
      if (point !== undefined && contains(point)) {
        refuse(`fixedPoints[${i}]`, `is a point of ${path}, so it is not isolated`);
      }
    });
  }
  inTime.all("connectedSets", () => {
    checkContinua(continua, findings);
    checkConnectedSets(reported, continua, findings);
  });
  checked.continua = continua.length;
  checked.virtualFixedPoints = checkVirtualPoints(exact, reported, findings, inTime);
  inTime.all("counts", () => checkRun(exact, reported, findings));
  if (problems.length === 0) inTime.all("complete", () => checkSignSum(exact, model.kind, reported, findings));
  findings.leave(
    "fixedPoints[].eigenvalues",
    `digits past ${EIGENVALUE_TOLERANCE} of the matrix, in the sums of their powers; so too of virtual points and across continua`,
  );
  findings.leave("fixedPoints[].spectralBounds", "that they are as tight as they can be");
  for (const path of unknownKeys(result, reported)) findings.leave(path, "is no key of the format");
  return report();
}

function schemaOf(value: unknown): string {
  return typeof value === "object" && value !== null && "schema" in value ? String(value.schema) : "";
}

function checkSeal(result: unknown, { refuse, leave }: Findings): void {
  const seal = sealOf(result);
  if (seal === "broken") refuse("digest", "does not fit: the result is not as it was written");
  else if (seal === "missing")
    leave("digest", "is missing, as in results of earlier versions: that nothing was altered can't be told");
  else leave("digest", "is no signature: who alters a result can make its digest anew");
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
    else if (i > 0 && !precedes(virtualFixedPoints[i - 1].region, point.region))
      findings.refuse(path, "is out of order by its region");
    seen.set(key, i);
  });
  return checked.length;
}

/** Checks as many statements as there is time for, and names the others. */
class InTime {
  readonly #whyStop: () => string | undefined;
  readonly #findings: Findings;
  #because: string | undefined;

  constructor(whyStop: () => string | undefined, findings: Findings) {
    this.#whyStop = whyStop;
    this.#findings = findings;
  }

  #stopped(): string | undefined {
    this.#because ??= this.#whyStop();
    return this.#because;
  }

  /** @param path of the list. @returns what the check of each statement gives, as far as there is time. */
  each<T, U>(path: string, list: readonly T[], check: (item: T, path: string, i: number) => U): U[] {
    const done: U[] = [];
    for (const [i, item] of list.entries()) {
      const because = this.#stopped();
      if (because !== undefined) {
        this.#findings.leave(`${path}[${i}…${list.length - 1}]`, because);
        break;
      }
      done.push(check(item, `${path}[${i}]`, i));
    }
    return done;
  }

  /** A check of statements that belong together. */
  all(path: string, check: () => void): void {
    const because = this.#stopped();
    if (because === undefined) check();
    else this.#findings.leave(path, because);
  }
}
