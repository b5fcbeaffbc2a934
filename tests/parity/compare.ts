import { ExactArrangement } from "../../src/arrangement/owner.ts";
import { expandMask, type ReducedSystem } from "../../src/arrangement/reduce.ts";
import { rational, toNumber } from "../../src/exact/rational.ts";
import { ExactRegions } from "../../src/finalize/exact-region.ts";
import { approximateInverse, inverseDefect } from "../../src/float/inverse.ts";
import { gamma } from "../../src/float/precision.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import {
  type ExpandMode,
  ItemStatus,
  type MaskBatch,
  NO_HYPERPLANE,
  type SignBatch,
  Verdict,
  type VerdictBatch,
} from "../../src/stages/batch.ts";
import type { StageModel } from "../../src/stages/stage-model.ts";

/** Comparators of the parity tests: each lists what is wrong, and has a negative control in stages.test.ts. */

const bit = (words: Uint32Array, at: number, j: number): boolean => ((words[at + (j >>> 5)]! >>> (j & 31)) & 1) === 1;

export interface Comparison {
  readonly complaints: string[];
  /** Things compared, and those of them that the stage had decided. */
  readonly total: number;
  readonly decided: number;
}

/** `intersect` against exact arithmetic: every decided sign, own bit and dependence. */
export function compareSigns(reduced: ReducedSystem, signs: SignBatch, mode: ExpandMode): Comparison {
  const exact = new ExactArrangement(reduced, 0);
  const complaints: string[] = [];
  const rank = reduced.columns.length;
  let total = 0;
  let decided = 0;
  for (let item = 0; item < signs.status.length; item++) {
    const subset = Array.from(signs.subsets.subarray(item * rank, (item + 1) * rank)).filter(
      (j) => j !== NO_HYPERPLANE,
    );
    const name = `item ${item} [${subset}]`;
    const point = exact.at(subset);
    total += reduced.count;
    const status = signs.status[item];
    if (status === ItemStatus.dependent) {
      if (point !== undefined) complaints.push(`${name} is called dependent`);
      decided += reduced.count;
      continue;
    }
    if (status === ItemStatus.escalate) continue;
    if (point === undefined) {
      complaints.push(`${name} is not called dependent`);
      continue;
    }
    const own = mode === "owned" && subset.length > 0 ? point.ownBits() : [];
    for (let j = 0; j < reduced.count; j++) {
      const t = subset.indexOf(j);
      if (bit(signs.undecided, item * signs.words, j)) continue;
      decided++;
      if (mode === "branch" && t >= 0) continue;
      const expected = t >= 0 ? own[t] : point.sign(j).sign > 0;
      if (bit(signs.positive, item * signs.words, j) !== expected) complaints.push(`${name}: wrong bit ${j}`);
    }
  }
  return { complaints, total, decided };
}

/** Each mask with its item, sorted: for sets of masks in any order. */
export function sortedMasks(batch: MaskBatch, withItems = true): string[] {
  return Array.from({ length: batch.count }, (_, i) => {
    const mask = Array.from(batch.masks.subarray(i * batch.words, (i + 1) * batch.words)).join();
    return withItems ? `${batch.items[i]}: ${mask}` : mask;
  }).sort();
}

/** The masks that `expand` is to make of a batch, by its definition. */
export function expectedMasks(
  signs: SignBatch,
  rank: number,
  n: number,
  mode: ExpandMode,
  maxUndecided: number,
): string[] {
  const out: string[] = [];
  for (let item = 0; item < signs.status.length; item++) {
    if (signs.status[item] !== ItemStatus.ok) continue;
    const at = item * signs.words;
    const undecided = Array.from({ length: n }, (_, j) => j).filter((j) => bit(signs.undecided, at, j));
    if (undecided.length > maxUndecided) continue;
    const own = Array.from(signs.subsets.subarray(item * rank, (item + 1) * rank));
    const free = mode === "branch" ? [...undecided, ...own] : undecided;
    for (let setting = 0; setting < 2 ** free.length; setting++) {
      const mask = Uint32Array.from(signs.positive.subarray(at, at + signs.words));
      free.forEach((j, b) => {
        mask[j >>> 5] = (mask[j >>> 5]! & ~(1 << (j & 31))) | (((setting >>> b) & 1) << (j & 31));
      });
      out.push(`${item}: ${Array.from(mask).join()}`);
    }
  }
  return out.sort();
}

/**
 * Verdicts against exact arithmetic: what is called "no" is regular and outside its closed region, "yes" inside,
 * "undecided" regular.
 * @param found is told of each candidate that a verdict other than "singular" speaks of.
 */
export function compareDecisions(
  system: PiecewiseLinearSystem,
  reduced: ReducedSystem,
  masks: MaskBatch,
  verdicts: Uint8Array,
  found: (mask: number, candidate: readonly number[]) => void = () => {},
): Comparison {
  const exact = new ExactRegions(system);
  const complaints: string[] = [];
  const original = new Uint32Array(Math.max(1, Math.ceil(system.hyperplanes / 32)));
  let decided = 0;
  for (let i = 0; i < masks.count; i++) {
    expandMask(reduced, masks.masks, i * masks.words, original);
    const candidate = exact.candidate(exact.region(original));
    const approximate = candidate?.numerators.map((n) => toNumber(rational(n, candidate.denominator))) ?? [];
    const inside = candidate !== undefined && exact.signs(candidate, approximate, original) !== undefined;
    const verdict = verdicts[i];
    if (verdict === Verdict.no || verdict === Verdict.yes) decided++;
    if (verdict === Verdict.singular) continue;
    if (candidate === undefined) complaints.push(`mask ${i} is singular, verdict ${verdict}`);
    if (verdict === Verdict.no && inside) complaints.push(`mask ${i} holds its candidate and is called "no"`);
    if (verdict === Verdict.yes && !inside)
      complaints.push(`mask ${i} does not hold its candidate and is called "yes"`);
    found(i, approximate);
  }
  return { complaints, total: masks.count, decided };
}

/**
 * `solve` against exact arithmetic: its verdicts, and z within 4 times the error bound that float32 arithmetic gives (4,
 * as the two implementations' inverses differ).
 */
export function compareVerdicts(
  system: PiecewiseLinearSystem,
  reduced: ReducedSystem,
  model: StageModel,
  masks: MaskBatch,
  out: VerdictBatch,
): Comparison {
  const R = system.latentDim;
  const wrong: string[] = [];
  const compared = compareDecisions(system, reduced, masks, out.verdicts, (i, candidate) => {
    const bound = 4 * candidateError(model, masks.masks, i * masks.words);
    candidate.forEach((z, k) => {
      const scaled = z * 2 ** reduced.columnExponents[k]!;
      const error = Math.abs(out.z[i * R + k]! - scaled);
      if (!(error <= bound + 2 ** -100)) wrong.push(`mask ${i}: z[${k}] errs by ${error}, the bound is ${bound}`);
    });
  });
  return { ...compared, complaints: [...compared.complaints, ...wrong] };
}

/**
 * The bound of src/cpu/region-solver.ts on a candidate computed in the model's precision; Infinity where there is none.
 */
function candidateError(model: StageModel, masks: Uint32Array, from: number): number {
  const { latentDim: R, count: n, precision, M, V, U, h, g } = model;
  const J = new Float64Array(M);
  const b = new Float64Array(g);
  for (let j = 0; j < n; j++) {
    if (!bit(masks, from, j)) continue;
    for (let i = 0; i < R; i++) {
      for (let k = 0; k < R; k++) J[i * R + k]! += V[j * R + i]! * U[j * R + k]!;
      b[i]! += V[j * R + i]! * h[j]!;
    }
  }
  const X = new Float64Array(R * R);
  if (!approximateInverse(J.slice(), X, R)) return Number.POSITIVE_INFINITY;
  const q = inverseDefect(J, X, R, model.matrixError, precision);
  if (!(q < 1)) return Number.POSITIVE_INFINITY;
  const relative = gamma(R + 4, precision);
  let size = 0;
  let spread = 0;
  for (let i = 0; i < R; i++) {
    let sum = 0;
    let error = 0;
    for (let k = 0; k < R; k++) {
      sum += X[i * R + k]! * b[k]!;
      error += Math.abs(X[i * R + k]!) * (model.rhsError[k]! + relative * Math.abs(b[k]!));
    }
    size = Math.max(size, Math.abs(sum));
    spread = Math.max(spread, error);
  }
  return ((q * size + spread) / (1 - q) + relative * size) * precision.slack + precision.tiny;
}
