import { VERSION } from "../base/version.ts";
import { content } from "../exact/integers.ts";
import { add, type Dyadic, negate, ONE, compare as order, sign, ZERO } from "../model/dyadic.ts";
import { describe } from "../model/errors.ts";
import type { Model } from "../model/types.ts";
import { checkRank } from "./check-rank.ts";
import type { ExactModel } from "./exact-model.ts";
import type { Findings } from "./problem.ts";
import type { ReportedResult } from "./result-schema.ts";

/** Refuses a summary of another model. */
export function checkModel(
  { kind, units, system, sha256 }: Model,
  { model }: Pick<ReportedResult, "model">,
  findings: Findings,
): void {
  const { latentDim, hyperplanes } = system;
  const expected = { sha256, kind, latentDim, units, hyperplanes };
  for (const key of ["sha256", "kind", "latentDim", "units", "hyperplanes"] as const) {
    if (model[key] !== expected[key]) {
      findings.refuse(`model.${key}`, `is ${describe(model[key])}, but the model's is ${describe(expected[key])}`);
    }
  }
}

/**
 * Refuses statements of a result on its run that its options, its counts or the model rule out, and names statements
 * that are not checked.
 */
export function checkRun(
  model: ExactModel,
  result: ReportedResult,
  findings: Findings,
  whyStop: () => string | undefined,
): void {
  const { refuse } = findings;
  const { complete, incompleteBecause, backend, adapter } = result;
  if (complete && result.model.rank === undefined) refuse("model.rank", "must be given in a complete result");
  if (complete && result.fixedPoints.some(({ unclassified }) => unclassified !== undefined))
    refuse("complete", "must be false where a point is not classified");
  if (complete === (incompleteBecause !== undefined)) {
    refuse("complete", "must be true without incompleteBecause, or false with it");
  }
  if ((adapter === null) !== (backend === "cpu")) {
    refuse("adapter", `is ${describe(adapter)}, must be ${backend === "cpu" ? "null on the CPU" : "a name on a GPU"}`);
  }
  checkFound(result, findings);
  checkOptions(result, findings);
  const rho = checkRank(model, result.model.rank, findings, whyStop);
  checkCounts(model, rho, result, findings);
  nameUncheckable(result, findings);
}

function checkFound({ found, complete, method, fixedPoints }: ReportedResult, { refuse, leave }: Findings): void {
  if (found === undefined) return;
  const { points, singletons, doubletons, crossings, chao1, degreeSum, degreeMustBe } = found;
  if (complete || method !== "search") refuse("found", "must be absent but in a search that is not complete");
  if (points > fixedPoints.length) refuse("found.points", `is ${points}, but only ${fixedPoints.length} are listed`);
  if (singletons + doubletons > points) refuse("found.singletons", "and doubletons are more than the points");
  const least = singletons + 2 * doubletons + 3 * (points - singletons - doubletons);
  if (crossings < least) refuse("found.crossings", `is ${crossings}, but the points were met ${least} times or more`);
  const estimate = points + Math.round((singletons * (singletons - 1)) / (2 * (doubletons + 1)));
  if (chao1 !== estimate) refuse("found.chao1", `is ${chao1}, must be ${estimate}`);
  if ((degreeSum === undefined) !== (degreeMustBe === undefined))
    refuse("found.degreeSum", "must be there with degreeMustBe, and absent without it");
  leave("found", "which curves were followed can't be told from what was found");
}

function checkOptions(
  { provenance, method, backend, virtualFixedPoints, complete }: ReportedResult,
  { refuse }: Findings,
): void {
  const { options } = provenance;
  const asked = options.method ?? "auto";
  if (asked !== "auto" && asked !== method) {
    refuse("method", `is ${method}, but the options ask for ${describe(asked)}`);
  }
  if (options.backend === "cpu" && backend !== "cpu")
    refuse("backend", `is ${backend}, but the options ask for the CPU`);
  const wanted = options.virtual === true;
  if (virtualFixedPoints !== undefined && !wanted) {
    refuse("virtualFixedPoints", "are given, but the options don't ask for them");
  } else if (virtualFixedPoints === undefined && wanted && complete) {
    refuse("virtualFixedPoints", "are missing, but the options ask for them");
  }
}

/** Checks the counts that follow from the model, and the counts that must fit the points. */
function checkCounts(
  model: ExactModel,
  rho: number | undefined,
  result: ReportedResult,
  { refuse, leave }: Findings,
): void {
  const { counts, method, complete, fixedPoints, continua, provenance } = result;
  const is = (key: string, expected: bigint, why: string): void => {
    if (counts[key] !== undefined && BigInt(counts[key]) !== expected)
      refuse(`counts.${key}`, `is ${counts[key]}, but ${why} ${expected}`);
  };
  const atLeast = (key: string, least: number, why: string): void => {
    if (counts[key] !== undefined && counts[key] < least)
      refuse(`counts.${key}`, `is ${counts[key]}, less than the ${why}`);
  };
  const own = provenance.version === VERSION;
  const needed = method === "search" ? ["boxes"] : counts.allMasks === undefined ? ["subsets", "masks"] : ["allMasks"];
  for (const key of own && complete ? [...needed, "exactSolves"] : []) {
    if (counts[key] === undefined) refuse(`counts.${key}`, `is missing for the method ${method}`);
  }
  const foreign = (method === "search" ? ["allMasks", "subsets", "masks"] : ["boxes"]).find(
    (key) => counts[key] !== undefined,
  );
  if (own && foreign !== undefined) refuse(`counts.${foreign}`, `is none of the method ${method}`);
  const derived = new Set<string>();
  if (own && method === "regions" && complete && rho !== undefined) {
    const n = distinctHyperplanes(model);
    is("allMasks", 1n << BigInt(n), `2^${n} is`);
    const owned = provenance.options.expand !== "branch";
    let subsets = 0n;
    for (let k = owned ? 0 : rho; k <= rho; k++) subsets += choose(n, k);
    is("subsets", subsets, "the model has");
    for (const key of ["allMasks", "subsets"]) derived.add(key);
    if (owned && counts.masks !== undefined && counts.masks + (counts.dependentSubsets ?? 0) !== counts.subsets) {
      refuse(
        "counts.masks",
        "and counts.dependentSubsets must add up to counts.subsets: each independent subset owns one region",
      );
    }
  }
  if (complete) is("unsettled", 0n, "a complete search leaves");
  // an incomplete search also lists points of curves, for which none of its own regions was solved
  if (complete || method !== "search") {
    atLeast("exactSolves", fixedPoints.length, `${fixedPoints.length} fixed points`);
    atLeast("singularRegions", continua.length, `${continua.length} continua`);
  }
  atLeast("exactSolves", counts.singularRegions ?? 0, `${counts.singularRegions} singular regions`);
  for (const key of Object.keys(counts)) {
    if (!derived.has(key)) leave(`counts.${key}`, "what the run met on its way can't be told from its answer");
  }
}

/** The number of hyperplanes with a normal, where coinciding ones count once. */
function distinctHyperplanes({ hyperplanes: { normals, offsets } }: ExactModel): number {
  const seen = new Set<string>();
  normals.forEach((normal, j) => {
    const lead = normal.find((x) => x !== 0n);
    if (lead === undefined) return;
    const row = [...normal, offsets[j]!];
    const divisor = lead > 0n ? content(row) : -content(row);
    seen.add(row.map((x) => x / divisor).join());
  });
  return seen.size;
}

function choose(n: number, k: number): bigint {
  let c = 1n;
  for (let i = 1; i <= k; i++) c = (c * BigInt(n - k + i)) / BigInt(i);
  return n < k ? 0n : c;
}

function nameUncheckable(result: ReportedResult, { leave }: Findings): void {
  const { complete, provenance, backendNote, shard, virtualFixedPoints } = result;
  leave("complete", complete ? COMPLETENESS : "what was not covered can't be told from what was found");
  if (!complete) leave("incompleteBecause", "what was not covered can't be told from what was found");
  if (virtualFixedPoints !== undefined) leave("virtualFixedPoints", "that none is missing takes all regions again");
  leave("model.name", "is no part of what the model's digest is made of");
  for (const key of ["method", "backend", "adapter"]) leave(key, HOW);
  if (backendNote !== undefined) leave("backendNote", HOW);
  for (const key of ["proof", "noProofBecause", "proofFile"] as const) {
    if (result[key] !== undefined) leave(key, "is about a proof file, which check reads");
  }
  leave("seconds", HOW);
  leave(
    "provenance.version",
    provenance.version === VERSION ? HOW : `${provenance.version} may differ from ${VERSION}, which checks it; ${HOW}`,
  );
  for (const key of ["options", "runtime", "date"]) leave(`provenance.${key}`, HOW);
  if (shard !== undefined) leave("shard", "its place in a batch is for merge to check");
}

const COMPLETENESS =
  "that no fixed point, continuum or region is missing can't be seen from a result; it takes the search again";
const HOW = "how, when and with what an answer was found can't be told from it";

/**
 * Refuses a complete list of a clipped model whose signs of det(I − J) don't add up to +1. For z' = A z + (something
 * bounded) with ‖A‖ < 1 they do, because the sum is the degree of z − F(z) on a large ball. The check does not apply if
 * a point is tied or there is a continuum.
 */
export function checkSignSum(
  model: ExactModel,
  kind: Model["kind"],
  result: ReportedResult,
  { refuse }: Findings,
): void {
  const { complete, continua, fixedPoints } = result;
  if (kind !== "clippedShPLRNN" || !complete || continua.length > 0 || fixedPoints.some(({ ties }) => ties.length > 0))
    return;
  const { latentDim: R } = model.system;
  if (!contracts(model.jacobian([]), R)) return;
  // det(I − J) = det(−(M + VᵀDU))
  const sum =
    fixedPoints.reduce((total, { active }) => total + model.determinantSign(active), 0) * (R % 2 === 0 ? 1 : -1);
  if (sum !== 1)
    refuse("complete", `is true, but the signs of det(I − J) add up to ${sum} and must to 1: the list is not complete`);
}

/** ‖A‖ < 1 in the ∞- or the 1-norm, exactly. */
function contracts(A: readonly Dyadic[], R: number): boolean {
  const sums = (at: (i: number, k: number) => number): boolean =>
    Array.from({ length: R }, (_, i) => {
      let sum = ZERO;
      for (let k = 0; k < R; k++) {
        const x = A[at(i, k)]!;
        sum = add(sum, sign(x) < 0 ? negate(x) : x);
      }
      return sum;
    }).every((sum) => order(sum, ONE) < 0);
  return sums((i, k) => i * R + k) || sums((i, k) => k * R + i);
}
