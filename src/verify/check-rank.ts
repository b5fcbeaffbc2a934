import { findingIndependent } from "../exact/elimination.ts";
import type { ExactModel } from "./exact-model.ts";
import type { Findings } from "./problem.ts";

/**
 * Refuses a rank that is not that of U. In hundreds of dimensions the exact rank may take hours.
 * @param whyStop asked between two rows.
 * @returns the rank of U; undefined if there is none reported, or no time.
 */
export function checkRank(
  { hyperplanes: { normals }, system: { latentDim: R, hyperplanes: N } }: ExactModel,
  reported: number | undefined,
  findings: Findings,
  whyStop: () => string | undefined,
): number | undefined {
  if (reported === undefined) return undefined;
  const finding = findingIndependent((j) => normals[j]!, N, R);
  for (;;) {
    const { done, value } = finding.next();
    if (done) {
      const rank = value.length;
      if (reported !== rank) findings.refuse("model.rank", `is ${reported}, but the model's is ${rank}`);
      return rank;
    }
    const because = whyStop();
    if (because === undefined) continue;
    findings.leave("model.rank", because);
    return undefined;
  }
}
