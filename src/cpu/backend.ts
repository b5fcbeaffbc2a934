import type { ReducedSystem } from "../arrangement/reduce.ts";
import { memo } from "../base/memo.ts";
import { F64, type Precision } from "../float/precision.ts";
import type { EscalatedSubset, StageBackend, StageOutput, StageTally } from "../stages/backend.ts";
import {
  type ExpandMode,
  ItemStatus,
  type MaskBatch,
  NO_HYPERPLANE,
  type Segment,
  type SignBatch,
  signBatch,
  Verdict,
  type VerdictBatch,
} from "../stages/batch.ts";
import { type StageModel, stageModel } from "../stages/stage-model.ts";
import { dedup, MaskSet } from "./dedup.ts";
import { expand, maskBatch } from "./expand.ts";
import { intersect } from "./intersect.ts";
import { LEAST_VERTICES, lineKernels } from "./lines/kernels.ts";
import { LineWalker } from "./lines/walker.ts";
import { lineShape } from "./lines/workspace.ts";
import { OwnerTree } from "./owner-tree.ts";
import { refine } from "./refine.ts";
import { regionSolver } from "./region-solver.ts";
import { reintersect } from "./reintersect.ts";
import { solve } from "./solve.ts";
import type { WalkSink } from "./walk.ts";

/**
 * Signs that float64 leaves undecided are decided exactly and not branched: then owners make no duplicates, and masks
 * can be counted.
 */
const MAX_UNDECIDED = 0;
/** Memory that the unique masks of one model may take in branch mode. */
const MAX_MASK_BYTES = 2 ** 29;
const BATCH_SIZE = 4096;
/** Lines are walked with running sums (`lines/walker.ts`). */
const WALK_PASSES = 3;

/** Multiplications of a batch: about a tenth of a second, between two looks at the clock. */
const BATCH_WORK = 2 ** 26;
const LEAST_BATCH = 1;
/**
 * Walks begin with an exact inverse of the owner directions, which takes seconds at a rank of 100; nobody visits 2^40
 * regions.
 */
const MOST_RANK_TO_WALK = 40;

/** Multiplications for one subset: its point, forming and solving a region's system, and its signs. */
export function workOfSubset({ latentDim: R, rank, count: n }: StageModel): number {
  return 4 * (rank ** 3 + R ** 3) + n * R * (1 + R / 4);
}

/** At most `most` subsets, and fewer where each takes long. */
export function subsetsPerBatch(models: readonly StageModel[], most: number): number {
  const work = models.reduce((sum, model) => Math.max(sum, workOfSubset(model)), 1);
  return Math.max(LEAST_BATCH, Math.min(most, Math.floor(BATCH_WORK / work)));
}

/**
 * The walkers of a model's subsets: lines take the subsets of at least `leastForLines` hyperplanes, the tree the
 * others.
 */
interface Walkers {
  readonly leastForLines: number;
  lines?: LineWalker;
  tree?: OwnerTree;
}

/** The four stages on the CPU, one model at a time. */
export class CpuBackend implements StageBackend {
  readonly name = "cpu";
  readonly adapter = null;
  readonly #precision: Precision;
  readonly #seen = memo<StageModel, MaskSet | undefined>();
  readonly #walks: boolean;
  readonly #leastVertices: number;
  readonly #walkers = memo<StageModel, Walkers | undefined>();
  #signs: SignBatch | undefined;
  #masks: MaskBatch | undefined;
  #verdicts: VerdictBatch = { verdicts: new Uint8Array(0), z: new Float64Array(0) };

  /**
   * @param precision F64, or F32 as the reference of the GPU's parity tests.
   * @param walks whether subsets are walked along lines and trees in owned mode, unless every mask is wanted; else they
   *   are taken one by one. Only in float64. The answer is the same.
   * @param leastVertices from how many vertices on a model's candidates are dismissed line by line.
   */
  constructor(precision: Precision = F64, walks = precision.array === Float64Array, leastVertices = LEAST_VERTICES) {
    this.#precision = precision;
    this.#walks = walks;
    this.#leastVertices = leastVertices;
  }

  batchSize(models: readonly StageModel[]): number {
    return subsetsPerBatch(models, BATCH_SIZE);
  }

  callsInFlight(): number {
    return 1;
  }

  refusal(): undefined {
    return undefined;
  }

  prepare(reduced: ReducedSystem, attempt: number): StageModel {
    return stageModel(reduced, this.#precision, attempt, WALK_PASSES);
  }

  admit(model: StageModel, masks: MaskBatch, mode: ExpandMode): void {
    if (mode === "owned") return;
    let seen = this.#seen.get(model);
    if (seen === undefined) {
      seen = new MaskSet(model.words, MAX_MASK_BYTES);
      this.#seen.set(model, seen);
    }
    dedup(masks, seen);
  }

  async run(...batch: Parameters<CpuBackend["runNow"]>): Promise<StageOutput> {
    return this.runNow(...batch);
  }

  runNow(models: readonly StageModel[], segments: readonly Segment[], mode: ExpandMode, keepAll: boolean): StageOutput {
    const output = new OutputBuilder(models, keepAll);
    for (const segment of segments) {
      const model = models[segment.model]!;
      const { rank, words, latentDim: R } = model;
      if (this.#walksOn(model, segment) && mode === "owned" && !keepAll) {
        output.addWalk(this.#walker(model, segment.size), segment);
        continue;
      }
      const signs = this.#signBatch(segment.length, rank, words);
      intersect(model, segment, mode, signs, 0);
      reintersect(model, signs, segment.length, mode, MAX_UNDECIDED);
      const masks = this.#maskBatch(words);
      expand(signs, rank, segment.length, mode, MAX_UNDECIDED, masks);
      output.addItems(signs, segment, rank);
      const made = masks.count;
      this.admit(model, masks, mode);
      output.count(segment, made, masks.count);
      if (masks.count * R > this.#verdicts.z.length || masks.count > this.#verdicts.verdicts.length) {
        this.#verdicts = { verdicts: new Uint8Array(masks.count), z: new Float64Array(masks.count * R) };
      }
      solve(model, masks, signs.subsets, this.#verdicts);
      refine(model, masks, signs.subsets, this.#verdicts.verdicts);
      output.addMasks(segment.model, masks, this.#verdicts.verdicts, signs);
    }
    return output.finish();
  }

  maskOf(model: StageModel, segment: Segment): Uint32Array | "dependent" | undefined {
    // other subsets are not walked, but taken one by one
    if (!this.#walksOn(model, segment)) return undefined;
    const found: { mask?: Uint32Array } = {};
    const sink = {
      mask(mask: Uint32Array) {
        found.mask = mask.slice();
      },
      candidate() {},
      escalate() {},
    };
    const counts = { masks: 0, dependent: 0 };
    this.#walker(model, segment.size).walk(segment, sink, counts);
    return counts.dependent > 0 ? "dependent" : found.mask;
  }

  release(models: readonly StageModel[]): void {
    for (const model of models) {
      if (this.#seen.get(model) !== undefined) this.#seen.set(model, undefined);
      const walkers = this.#walkers.get(model);
      walkers?.lines?.release();
      if (walkers !== undefined) this.#walkers.set(model, undefined);
    }
  }

  #walksOn({ rank }: StageModel, { size }: Segment): boolean {
    return this.#walks && size > 0 && rank <= MOST_RANK_TO_WALK;
  }

  #walker(model: StageModel, size: number): LineWalker | OwnerTree {
    let walkers = this.#walkers.get(model);
    if (walkers === undefined) {
      const takesEnds = lineShape(model, this.#leastVertices).dismisses && regionSolver(model).filter === undefined;
      walkers = { leastForLines: takesEnds ? Math.max(1, model.rank - 1) : model.rank };
      this.#walkers.set(model, walkers);
    }
    if (size >= walkers.leastForLines) {
      walkers.lines ??= new LineWalker(model, lineKernels(model, this.#leastVertices));
      return walkers.lines;
    }
    walkers.tree ??= new OwnerTree(model);
    return walkers.tree;
  }

  #signBatch(length: number, rank: number, words: number): SignBatch {
    const old = this.#signs;
    if (old === undefined || old.words !== words || old.status.length < length || old.subsets.length < length * rank) {
      this.#signs = signBatch(length, rank, words);
    }
    return this.#signs!;
  }

  #maskBatch(words: number): MaskBatch {
    if (this.#masks?.words !== words) this.#masks = maskBatch(words);
    this.#masks.count = 0;
    return this.#masks;
  }
}

/** Collects the output of `run`, and is the sink of its walks: a sink for each walk takes as long as a short walk. */
class OutputBuilder implements WalkSink {
  /** The model of the walk that is under way. */
  #walked = 0;
  readonly #tallies: StageTally[];
  readonly #words: number;
  readonly #escalated: EscalatedSubset[] = [];
  readonly #models: number[] = [];
  readonly #candidates: number[] = [];
  readonly #verdicts: number[] = [];
  readonly #all: { models: number[]; masks: number[]; perturbed: number[] } | undefined;

  constructor(models: readonly StageModel[], keepAll: boolean) {
    this.#words = models[0]!.words;
    this.#tallies = models.map(() => ({ dependent: 0, masks: 0, branched: 0, unique: 0 }));
    this.#all = keepAll ? { models: [], masks: [], perturbed: [] } : undefined;
  }

  candidate(mask: Uint32Array, verdict: number): void {
    this.#models.push(this.#walked);
    this.#verdicts.push(verdict);
    for (let w = 0; w < this.#words; w++) this.#candidates.push(mask[w]!);
  }

  escalate(subset: readonly number[]): void {
    this.#escalated.push({ model: this.#walked, subset });
  }

  addWalk(walker: LineWalker | OwnerTree, segment: Segment): void {
    const counts = { masks: 0, dependent: 0 };
    this.#walked = segment.model;
    walker.walk(segment, this, counts);
    this.count(segment, counts.masks, counts.masks);
    this.#tallies[segment.model]!.dependent += counts.dependent;
  }

  count({ model }: Segment, masks: number, unique: number): void {
    this.#tallies[model]!.masks += masks;
    this.#tallies[model]!.unique += unique;
  }

  addItems(signs: SignBatch, segment: Segment, rank: number): void {
    for (let item = 0; item < segment.length; item++) {
      const status = signs.status[item];
      if (status === ItemStatus.dependent) this.#tallies[segment.model]!.dependent++;
      else if (status === ItemStatus.escalate) {
        const subset = Array.from(signs.subsets.subarray(item * rank, item * rank + rank));
        this.#escalated.push({ model: segment.model, subset: subset.filter((j) => j !== NO_HYPERPLANE) });
      }
    }
  }

  addMasks(model: number, batch: MaskBatch, verdicts: Uint8Array, signs: SignBatch): void {
    const words = this.#words;
    for (let i = 0; i < batch.count; i++) {
      if (verdicts[i] !== Verdict.no) {
        this.#models.push(model);
        this.#verdicts.push(verdicts[i]!);
        for (let w = 0; w < words; w++) this.#candidates.push(batch.masks[i * words + w]!);
      }
      if (this.#all !== undefined) {
        this.#all.models.push(model);
        this.#all.perturbed.push(signs.perturbed[batch.items[i]!]!);
        for (let w = 0; w < words; w++) this.#all.masks.push(batch.masks[i * words + w]!);
      }
    }
  }

  finish(): StageOutput {
    const all = this.#all;
    return {
      tallies: this.#tallies,
      escalated: this.#escalated,
      candidates: {
        count: this.#models.length,
        words: this.#words,
        model: new Uint32Array(this.#models),
        masks: new Uint32Array(this.#candidates),
        verdicts: new Uint8Array(this.#verdicts),
      },
      ...(all === undefined
        ? {}
        : {
            all: {
              model: Uint32Array.from(all.models),
              perturbed: Uint8Array.from(all.perturbed),
              masks: Uint32Array.from(all.masks),
            },
          }),
    };
  }
}
