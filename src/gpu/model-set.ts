import { F32, gamma } from "../float/precision.ts";
import type { ExpandMode } from "../stages/batch.ts";
import { integerWords } from "../stages/integer-model.ts";
import type { StageModel } from "../stages/stage-model.ts";
import type { Gpu } from "./device.ts";
import { encode } from "./encode.ts";
import { ModelRecord } from "./layouts.ts";
import { BATCH_WORK, INVOCATION_WORK, workOf } from "./plan.ts";
import { type Shape, strides } from "./specialise.ts";

/**
 * Largest R: the two R×R matrices of a thread must fit in the 8192 bytes that WGSL guarantees for private variables.
 */
export const MAX_DIMENSION = 30;
/**
 * The largest entry of each row of U in the ρ columns of the arrangement must be at least this; `F32.tiny` rests on it.
 */
const SMALLEST_CHOSEN = 2 ** -16;
/** Largest ρ in branch mode: 2^ρ masks of one vertex go into one batch. */
const MAX_BRANCH_RANK = 16;

/**
 * Why this backend can't compute with a model in float32; undefined if it can. The error bounds of the shaders assume:
 * rows of U equilibrated to a largest magnitude in [1, 2), and all operands at most 2^60, so that no product or sum
 * leaves the finite range.
 */
export function refusal(model: StageModel, mode: ExpandMode): string | undefined {
  const { rank, latentDim: R, count: n } = model;
  if (rank === 0) return "there are no hyperplanes to intersect";
  if (R > MAX_DIMENSION)
    return `latent dimension ${R} is above the ${MAX_DIMENSION} that fit a shader's private memory`;
  if (mode === "branch" && rank > MAX_BRANCH_RANK) {
    return `branch mode makes 2^${rank} masks of one vertex, more than the 2^${MAX_BRANCH_RANK} that a batch is laid out for`;
  }
  const work = workOf(model, n, mode);
  if (work.item > BATCH_WORK || work.invocation > INVOCATION_WORK) {
    return (
      `one subset takes ${work.item.toExponential(1)} multiplications, ${work.invocation.toExponential(1)} of them one after another; ` +
      `above ${BATCH_WORK} or ${INVOCATION_WORK} a GPU's watchdog might end it`
    );
  }
  for (let j = 0; j < n; j++) {
    let largest = 0;
    for (let k = 0; k < R; k++) largest = Math.max(largest, Math.abs(model.U[j * R + k]!));
    if (!(largest >= 0.5 && largest <= 4)) return "the rows of U could not be equilibrated without rounding";
    let chosen = 0;
    for (let i = 0; i < rank; i++) chosen = Math.max(chosen, Math.abs(model.arrangementU[j * rank + i]!));
    if (!(chosen >= SMALLEST_CHOSEN)) return "some row of U is too small in the columns that its rank is seen in";
  }
  // the errors are γ_m·magnitude with m ≥ 10
  const largestError = (F32.huge * gamma(10, F32)) / F32.slack;
  const small =
    [model.M, model.g, model.V, model.h].every((array) => array.every((x) => Math.abs(x) <= F32.huge)) &&
    [model.matrixError, model.rhsError].every((array) => array.every((x) => x <= largestError));
  return small ? undefined : "numbers exceed 2^60 after scaling, where float32 products could overflow";
}

/** The masks that a set of models keeps in branch mode. */
export interface SeenMasks {
  readonly slots: GPUBuffer;
  readonly slotCount: number;
  readonly unique: GPUBuffer;
  /** The number of records that `unique` has room for. */
  readonly capacity: number;
  /** Records in use. */
  count: number;
}

/** Models of one shape in device memory, in the layouts that intersect.wgsl and solve.wgsl state. */
export class ModelSet {
  readonly models: readonly StageModel[];
  readonly shape: Shape;
  readonly largestCount: number;
  readonly records: GPUBuffer;
  readonly arrangement: GPUBuffer;
  readonly regions: GPUBuffer;
  readonly binomials: GPUBuffer;
  /** Masks of earlier batches; only in branch mode. */
  seen: SeenMasks | undefined;
  readonly #gpu: Gpu;
  #integers: GPUBuffer | undefined;

  constructor(gpu: Gpu, models: readonly StageModel[]) {
    const { rank, latentDim, words } = models[0]!;
    this.#gpu = gpu;
    this.models = models;
    this.shape = { rank, latentDim, words };
    this.largestCount = models.reduce((most, { count }) => Math.max(most, count), 0);
    const arrangements = models.map((model) => packArrangement(model, this.shape));
    const regions = models.map((model) => packRegions(model, this.shape));
    const arrangementStarts = starts(arrangements.map(({ length }) => length));
    const regionStarts = starts(regions.map(({ length }) => length));
    const integerStarts = starts(models.map(integerWords));
    const records = models.map(({ count }, i) => ({
      count,
      arrangement: arrangementStarts[i]!,
      regions: regionStarts[i]!,
      integers: integerStarts[i]!,
    }));
    this.records = gpu.upload("stillpoint models", encode(ModelRecord, records));
    this.arrangement = gpu.upload("stillpoint arrangement", concatenate(arrangements));
    this.regions = gpu.upload("stillpoint regions", concatenate(regions));
    this.binomials = gpu.upload("stillpoint binomials", binomialTable(this.largestCount + 1, rank + 1));
  }

  /** Integers for the second look: uploaded when a batch has one. */
  get integers(): GPUBuffer {
    if (this.#integers === undefined) {
      const lengths = this.models.map(integerWords);
      const words = new Uint32Array(lengths.reduce((sum, length) => sum + length, 0));
      starts(lengths).forEach((start, i) => {
        words.set(this.models[i]!.integers, start);
      });
      this.#integers = this.#gpu.upload("stillpoint integers", words);
    }
    return this.#integers;
  }

  release(): void {
    this.#gpu.release(this.records, this.arrangement, this.regions, this.binomials);
    if (this.#integers !== undefined) this.#gpu.release(this.#integers);
    if (this.seen !== undefined) this.#gpu.release(this.seen.slots, this.seen.unique);
  }
}

function packArrangement(model: StageModel, shape: Shape): Float32Array<ArrayBuffer> {
  const { rank, count: n } = model;
  const { plane } = strides(shape);
  const out = new Float32Array(rank * rank + n * plane);
  out.set(model.directions);
  for (let j = 0; j < n; j++) {
    const row = rank * rank + j * plane;
    out.set(model.arrangementU.subarray(j * rank, (j + 1) * rank), row);
    out.set(
      [model.h[j]!, model.uNorm[j]!, model.hError[j]!, model.delta[j]!, model.centred[j]!, model.direction[j]!],
      row + rank,
    );
  }
  return out;
}

function packRegions(model: StageModel, shape: Shape): Float32Array<ArrayBuffer> {
  const { latentDim: R, count: n } = model;
  const { unit } = strides(shape);
  // entries of V that float32 flushes to zero err by at most 2^-126, and their products with h by 2^-126·|h|
  let largest = 0;
  for (const x of model.h) largest = Math.max(largest, Math.abs(x));
  const flushed = n * 2 ** -125 * largest;
  const out = new Float32Array(2 * R * R + 2 * R + n * unit);
  out.set(model.M);
  out.set(model.matrixError, R * R);
  out.set(model.g, 2 * R * R);
  out.set(
    model.rhsError.map((x) => (x + flushed) * F32.slack),
    2 * R * R + R,
  );
  for (let j = 0; j < n; j++) {
    const row = 2 * R * R + 2 * R + j * unit;
    out.set(model.U.subarray(j * R, (j + 1) * R), row);
    out.set(model.V.subarray(j * R, (j + 1) * R), row + R);
    out.set([model.h[j]!, model.uNorm[j]!, model.hError[j]!], row + 2 * R);
  }
  return out;
}

/** C(m, r) for m < n, r < k as 64-bit numbers, low word first; larger numbers become 2^64 − 1. */
export function binomialTable(n: number, k: number): BigUint64Array<ArrayBuffer> {
  const table = new BigUint64Array(n * k);
  const most = 2n ** 64n - 1n;
  for (let m = 0; m < n; m++) {
    table[m * k] = 1n;
    for (let r = 1; r < Math.min(k, m + 1); r++) {
      const sum = table[(m - 1) * k + r - 1]! + table[(m - 1) * k + r]!;
      table[m * k + r] = sum < most ? sum : most;
    }
  }
  return table;
}

function starts(lengths: readonly number[]): number[] {
  let next = 0;
  return lengths.map((length) => {
    const start = next;
    next += length;
    return start;
  });
}

function concatenate(arrays: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const out = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    out.set(array, at);
    at += array.length;
  }
  return out;
}
