import { approximateInverse, inverseDefect } from "../bounds/inverse.ts";
import { type FloatArray, gamma } from "../bounds/precision.ts";
import { type MaskBatch, NO_HYPERPLANE, Verdict, type VerdictBatch } from "../stages/batch.ts";
import type { StageModel } from "../stages/stage-model.ts";

const LARGEST_DEFECT = 0.25;
/** Above this, sums over groups of four hyperplanes are not tabulated. */
const MAX_TABLE_BYTES = 2 ** 26;

/**
 * Sums of the rank-1 terms [v_j u_jᵀ | v_j h_j] over every subset of each group of `bits` consecutive hyperplanes ("Four Russians"),
 * so that a region's system takes ⌈n/bits⌉ additions of R(R + 1) numbers. Each term meets at most n roundings, as γ of the model assumes.
 */
interface RegionTables {
  readonly bits: number;
  /** groups × 2^bits × R(R + 1). */
  readonly sums: FloatArray;
  /** R(R + 1): the base matrix and right-hand side. */
  readonly base: FloatArray;
  readonly system: FloatArray;
  readonly work: FloatArray;
  readonly J: FloatArray;
  readonly X: FloatArray;
  readonly z: FloatArray;
}

const tablesOfModel = new WeakMap<StageModel, RegionTables>();

function tablesOf(model: StageModel): RegionTables {
  const cached = tablesOfModel.get(model);
  if (cached !== undefined) return cached;
  const { latentDim: R, count: n, precision } = model;
  const float = (length: number): FloatArray => new precision.array(length);
  const size = R * (R + 1);
  const bits = Math.ceil(n / 4) * 16 * size * precision.array.BYTES_PER_ELEMENT <= MAX_TABLE_BYTES ? 4 : 1;
  const groups = Math.ceil(n / bits);
  const sums = float(groups * 2 ** bits * size);
  for (let group = 0; group < groups; group++) {
    const start = group * 2 ** bits * size;
    for (let setting = 1; setting < 2 ** bits; setting++) {
      const b = 31 - Math.clz32(setting);
      const j = group * bits + b;
      const from = start + (setting ^ (1 << b)) * size;
      const to = start + setting * size;
      for (let i = 0; i < size; i++) sums[to + i] = sums[from + i];
      if (j >= n) continue;
      for (let i = 0; i < R; i++) {
        const v = model.V[j * R + i];
        for (let k = 0; k < R; k++) sums[to + i * R + k] += v * model.U[j * R + k];
        sums[to + R * R + i] += v * model.h[j];
      }
    }
  }
  const base = float(size);
  base.set(model.M);
  base.set(model.g, R * R);
  const tables = {
    bits,
    sums,
    base,
    system: float(size),
    work: float(R * R),
    J: float(R * R),
    X: float(R * R),
    z: float(R),
  };
  tablesOfModel.set(model, tables);
  return tables;
}

/**
 * Stage 4: the candidate of each mask, (M + VᵀDU) z = VᵀDh + g, and whether it lies in its own closed region.
 *
 * With X ≈ J⁻¹ and ‖I − XJ‖ ≤ q the exact candidate differs from X b by at most (q|Xb| + |X|(Δb + γ|b|))/(1 − q). The hyperplanes of
 * the mask's own subset are tried first: almost every candidate fails one of them.
 * @param subsets ρ hyperplanes of each batch item, from `intersect`.
 */
export function solve(model: StageModel, batch: MaskBatch, subsets: Uint32Array, out: VerdictBatch): void {
  const tables = tablesOf(model);
  for (let i = 0; i < batch.count; i++) {
    out.verdicts[i] = solveOne(model, tables, batch, i, subsets);
    out.z.set(tables.z, i * model.latentDim);
  }
}

function solveOne(model: StageModel, tables: RegionTables, batch: MaskBatch, at: number, subsets: Uint32Array): number {
  const { latentDim: R, count: n, rank, precision, U, h, uNorm, hError } = model;
  const { J, X, z, work, system } = tables;
  sumRegion(model, tables, batch.masks, at * batch.words);
  for (let i = 0; i < R * R; i++) J[i] = work[i] = system[i];
  if (!approximateInverse(work, X, R)) return Verdict.singular;
  const q = inverseDefect(J, X, R, model.matrixError, precision);
  if (!(q < LARGEST_DEFECT)) return Verdict.singular;

  const relative = gamma(R + 4, precision);
  let size = 0;
  let spread = 0;
  for (let i = 0; i < R; i++) {
    let sum = 0;
    let error = 0;
    for (let k = 0; k < R; k++) {
      const x = X[i * R + k];
      const b = system[R * R + k];
      sum += x * b;
      error += Math.abs(x) * (model.rhsError[k] + relative * Math.abs(b));
    }
    z[i] = sum;
    size = Math.max(size, Math.abs(sum));
    spread = Math.max(spread, error);
  }
  const spreadError = size <= precision.huge ? (q * size + spread) / (1 - q) : Number.NaN;
  const pointError = (spreadError + relative * size) * precision.slack + precision.tiny;

  /** Distance into the mask's side of hyperplane j beyond its error bound: < 0 surely outside, > 0 surely inside, else 0. */
  const side = (j: number): number => {
    let s = -h[j];
    for (let k = 0; k < R; k++) s += U[j * R + k] * z[k];
    const bound = uNorm[j] * pointError + hError[j];
    const inside = (batch.masks[at * batch.words + (j >>> 5)] >>> (j & 31)) & 1 ? s : -s;
    return inside > bound ? 1 : inside < -bound ? -1 : 0;
  };
  const subset = batch.items[at] * rank;
  for (let t = 0; t < rank; t++) {
    const j = subsets[subset + t];
    if (j !== NO_HYPERPLANE && side(j) < 0) return Verdict.no;
  }
  let verdict: number = Verdict.yes;
  for (let j = 0; j < n; j++) {
    const where = side(j);
    if (where < 0) return Verdict.no;
    if (where === 0) verdict = Verdict.undecided;
  }
  return verdict;
}

/** [M + VᵀDU | VᵀDh + g] of one mask into `tables.system`. */
function sumRegion(model: StageModel, tables: RegionTables, masks: Uint32Array, from: number): void {
  const { base, sums, system, bits } = tables;
  const size = base.length;
  const settings = 2 ** bits;
  const perWord = 32 / bits;
  for (let i = 0; i < size; i++) system[i] = base[i];
  const groups = Math.ceil(model.count / bits);
  for (let group = 0; group < groups; group++) {
    const setting = (masks[from + Math.floor(group / perWord)] >>> ((group % perWord) * bits)) & (settings - 1);
    if (setting === 0) continue;
    const start = (group * settings + setting) * size;
    for (let i = 0; i < size; i++) system[i] += sums[start + i];
  }
}
