import { nextSubset, unrankSubset } from "../../arrangement/subsets.ts";
import { gamma } from "../../float/precision.ts";
import { flipBit, setBit } from "../../model/mask.ts";
import { NO_HYPERPLANE, type Segment, Verdict } from "../../stages/batch.ts";
import type { StageModel } from "../../stages/stage-model.ts";
import { hasParallelPair, isParallelToOne } from "../parallel-pairs.ts";
import { type RegionSolver, regionSolver } from "../region-solver.ts";
import type { WalkCounts, WalkSink } from "../walk.ts";
import { FlatHyperplanes } from "./flat-hyperplanes.ts";
import type { LineKernel } from "./kernel.ts";
import { type LineKernels, releaseLineKernels } from "./kernels.ts";
import type { LoopLineKernel } from "./loop-kernel.ts";
import { Code, type LineWorkspace } from "./workspace.ts";

/**
 * The four stages for vertices (subsets of size ρ) in owned mode, line by line (docs/design.md#lines).
 *
 * ρ − 1 hyperplanes L meet in the line z(t) = p + t·y, c_1·z = t. Hyperplane j cuts it at t_j = −a_j/β_j, with
 * a_j = u_j·p − h_j and β_j = u_j·y, and has the sign of β_j beyond. Sorted by t, the mask changes by one bit and the
 * region's system by one rank-1 term at each crossing, so a line costs O(n ρ) and a vertex O(ρ R²). The vertex of L and
 * j owns the region above it along c_1: j's bit is the one beyond the crossing, and with u_j = Σ_L α_t u_t + β_j c_1
 * the bit of t ∈ L is set iff −α_t/β_j > 0.
 *
 * Each t_j carries an error bound. Crossings whose intervals overlap are not ordered, and their vertices are escalated.
 *
 * A kernel does the arithmetic of the whole line and dismisses almost all vertices; the walker judges the few that are
 * left open.
 */
export class LineWalker {
  readonly #model: StageModel;
  readonly #solver: RegionSolver;
  readonly #kernel: LineKernel;
  /**
   * The kernel's loops, on the same workspace: for lines that pass through the origin by structure, and for crossings
   * that buckets can't sort.
   */
  readonly #loops: LoopLineKernel;
  readonly #at: LineWorkspace;
  /** On lines through the origin, the point p of the perturbation δ. */
  readonly #pDelta: Float64Array;
  readonly #flat: FlatHyperplanes;
  /** The mask at the place on the line, bits of L zero; [J | b] there without the terms of L; the mask of a vertex. */
  readonly #lineMask: Uint32Array;
  readonly #running: Float64Array;
  readonly #mask: Uint32Array;

  /** @param model in float64, with error bounds for three passes. */
  constructor(model: StageModel, { kernel, loops }: LineKernels) {
    const { rank, words, latentDim: R } = model;
    this.#model = model;
    this.#solver = regionSolver(model);
    this.#kernel = kernel;
    this.#loops = loops;
    this.#at = kernel.workspace;
    this.#flat = new FlatHyperplanes(model, kernel.workspace);
    this.#pDelta = new Float64Array(rank);
    this.#lineMask = new Uint32Array(words);
    this.#mask = new Uint32Array(words);
    this.#running = new Float64Array(R * (R + 1));
  }

  /** Gives the kernels back. The walker must not walk any more. */
  release(): void {
    releaseLineKernels(this.#model, { kernel: this.#kernel, loops: this.#loops });
  }

  /** Walks a segment of subsets of ρ hyperplanes, or, where the kernel dismisses and there is no filter, of ρ − 1. */
  walk(segment: Segment, sink: WalkSink, counts: WalkCounts): void {
    if (segment.size === this.#model.rank) this.#walkVertices(segment, sink, counts);
    else this.#walkEnds(segment, sink, counts);
  }

  /** Walks the vertices of a segment, line by line. A line that is cut by the segment's ends is walked for its part. */
  #walkVertices(segment: Segment, sink: WalkSink, counts: WalkCounts): void {
    const { rank, count: n } = this.#model;
    const { subset } = this.#at;
    unrankSubset(n, rank, segment.firstRank, subset);
    for (let done = 0; done < segment.length; ) {
      const from = subset[rank - 1]!;
      const to = Math.min(n, from + segment.length - done);
      this.#walkLine(from, to, sink, counts);
      done += to - from;
      subset[rank - 1] = n - 1;
      nextSubset(n, rank, subset);
    }
  }

  /** Walks the vertices of L = subset[0 … ρ−2] with hyperplanes from ≤ j < to. */
  #walkLine(from: number, to: number, sink: WalkSink, counts: WalkCounts): void {
    const { rank, count: n } = this.#model;
    if (!this.#parametrise()) {
      if (hasParallelPair(this.#model, this.#at.subset, rank - 1)) counts.dependent += to - from;
      else for (let j = from; j < to; j++) this.#escalate(j, sink);
      return;
    }
    const central = this.#cross();
    const crossings = central === undefined ? this.#sort() : this.#sortCentral();
    if (crossings + rank - 1 === n) this.#flat.clear();
    else {
      this.#flat.list(central !== undefined, from, to);
      this.#leaveFlat(from, to, sink, counts);
    }
    const open = this.#open(crossings, from, to, sink, counts);
    if (open > 0) this.#visit(open, sink, counts);
  }

  /** Vertices of hyperplanes that may be parallel to the line: there are none, or they are left open. */
  #leaveFlat(from: number, to: number, sink: WalkSink, counts: WalkCounts): void {
    for (let i = 0; i < this.#flat.count; i++) {
      const j = this.#flat.hyperplane(i);
      if (j < from || j >= to) continue;
      if (isParallelToOne(this.#model, this.#at.subset, this.#model.rank - 1, j)) counts.dependent++;
      else this.#escalate(j, sink);
    }
  }

  /** Lists the places of vertices that are not dismissed, ascending. @returns their number. */
  #open(crossings: number, from: number, to: number, sink: WalkSink, counts: WalkCounts): number {
    const { open, order, dismissed } = this.#at;
    let count = 0;
    const dismisses = this.#kernel.shape.dismisses && sink.mask === undefined;
    if (dismisses && this.#solver.filter === undefined && this.#flat.areDecided) {
      this.#formBase();
      this.#kernel.tie(from, to);
      count = this.#kernel.dismiss(crossings, from, to);
      counts.masks += dismissed[0]!;
      if (count > 1) open.subarray(0, count).sort();
    } else {
      for (let s = 0; s < crossings; s++) if (order[s]! >= from && order[s]! < to) open[count++] = s;
    }
    return count;
  }

  /** Walks subsets L of ρ − 1 hyperplanes: L owns the region before the first crossing of its line. */
  #walkEnds(segment: Segment, sink: WalkSink, counts: WalkCounts): void {
    const { rank, count: n } = this.#model;
    const { subset } = this.#at;
    const L = subset.subarray(0, rank - 1);
    unrankSubset(n, rank - 1, segment.firstRank, L);
    subset[rank - 1] = NO_HYPERPLANE;
    for (let done = 0; done < segment.length; done++) {
      this.#walkEnd(L, sink, counts);
      nextSubset(n, rank - 1, L);
    }
  }

  #walkEnd(L: Uint32Array, sink: WalkSink, counts: WalkCounts): void {
    const isLine = this.#parametrise();
    if (!isLine && hasParallelPair(this.#model, L, L.length)) {
      counts.dependent++;
      return;
    }
    const verdict = isLine ? this.#judgeEnd(L, sink) : undefined;
    if (verdict === undefined) sink.escalate(Array.from(L));
    else counts.masks++;
    if (verdict !== undefined && verdict !== Verdict.no) sink.candidate(this.#lineMask, verdict);
  }

  /**
   * The verdict on the mask of L. The mask is in `#lineMask` unless the verdict is "no". @returns undefined if a bit is
   * not decided.
   */
  #judgeEnd(L: Uint32Array, sink: WalkSink): number | undefined {
    const { rank, count: n } = this.#model;
    this.#kernel.cross();
    this.#markOwn();
    const setting = this.#endSetting();
    if (setting === undefined) return undefined;
    this.#flat.clear();
    this.#formBase();
    if (sink.mask === undefined && this.#kernel.dismissEnd(setting) === 1) return Verdict.no;
    if (this.#loops.list() + rank - 1 < n) return undefined;
    this.#startMask();
    L.forEach((t, i) => {
      if ((setting >>> i) & 1) setBit(this.#lineMask, t);
    });
    sink.mask?.(this.#lineMask);
    return this.#solver.judgeMask(this.#lineMask, 0, this.#at.subset, 0, rank);
  }

  /**
   * The bits of L in the region before the first crossing. The bit of t is set iff the coefficient of c_2 on u_t is
   * positive.
   * @returns undefined if a bit is not decided.
   */
  #endSetting(): number | undefined {
    const { rank, directions, precision } = this.#model;
    const { x, lineErrors } = this.#at;
    let setting = 0;
    for (let t = 0; t < rank - 1; t++) {
      let alpha = 0;
      let norm = 0;
      for (let i = 0; i < rank; i++) {
        alpha += x[t * rank + i]! * directions[rank + i]!;
        norm += Math.abs(directions[rank + i]!);
      }
      if (!(Math.abs(alpha) > norm * lineErrors[2 + t]! * precision.slack + precision.tiny)) return undefined;
      if (alpha > 0) setting |= 1 << t;
    }
    return setting;
  }

  /** @returns as `#centralLine`. */
  #cross(): number | undefined {
    const central = this.#centralLine();
    if (central === undefined) this.#kernel.cross();
    else this.#crossCentral(central);
    this.#markOwn();
    return central;
  }

  #markOwn(): void {
    const { subset, codeWords } = this.#at;
    for (let t = 0; t < this.#model.rank - 1; t++) codeWords[2 * subset[t]!] = Code.OWN;
  }

  /** Judges the vertices at the first `count` places in `open`. */
  #visit(count: number, sink: WalkSink, counts: WalkCounts): void {
    const { open, order, boundary } = this.#at;
    this.#startMask();
    if (this.#solver.filter === undefined) {
      this.#solver.form(this.#lineMask, 0);
      this.#running.set(this.#solver.system);
    }
    let s = 0;
    for (let i = 0; i < count; i++) {
      const place = open[i]!;
      for (; s <= place; s++) this.#flip(order[s]!);
      const j = order[place]!;
      if (!boundary[place] || !boundary[place + 1] || !this.#flat.areDecidedAt(j) || !this.#own(j)) {
        this.#escalate(j, sink);
        continue;
      }
      counts.masks++;
      sink.mask?.(this.#mask);
      const verdict = this.#judge();
      if (verdict !== Verdict.no) sink.candidate(this.#mask, verdict);
    }
  }

  /** Computes the mask before the first crossing. */
  #startMask(): void {
    const { count: n } = this.#model;
    const { codeWords } = this.#at;
    const mask = this.#lineMask.fill(0);
    for (let j = 0; j < n; j++) {
      if ((codeWords[2 * j]! & (Code.POSITIVE | Code.FLAT | Code.OWN)) === 0) setBit(mask, j);
    }
    const flat = this.#flat;
    for (let i = 0; i < flat.count; i++) if (flat.isPositive(i)) setBit(mask, flat.hyperplane(i));
  }

  /**
   * Sums the terms that are the same on the whole line: M and g, and the terms of hyperplanes that do not cross the
   * line.
   */
  #formBase(): void {
    const { M, g } = this.#model;
    const { base } = this.#at;
    const { terms } = this.#solver;
    // a loop, as `set` takes longer for so few
    for (let i = 0; i < M.length; i++) base[i] = M[i]!;
    for (let i = 0; i < g.length; i++) base[M.length + i] = g[i]!;
    const flat = this.#flat;
    for (let f = 0; f < flat.count; f++) {
      if (!flat.isPositive(f)) continue;
      const from = flat.hyperplane(f) * base.length;
      for (let i = 0; i < base.length; i++) base[i]! += terms[from + i]!;
    }
  }

  #judge(): number {
    const { rank } = this.#model;
    const { subset } = this.#at;
    if (this.#solver.filter !== undefined) return this.#solver.judgeMask(this.#mask, 0, subset, 0, rank);
    return this.#solver.judge(this.#mask, 0, subset, 0, rank);
  }

  #escalate(j: number, sink: WalkSink): void {
    this.#at.subset[this.#model.rank - 1] = j;
    sink.escalate(Array.from(this.#at.subset));
  }

  /** Puts the line of L into the workspace. @returns whether L's hyperplanes surely meet in a line. */
  #parametrise(): boolean {
    return this.#kernel.parametrise() === 1 || this.#loops.parametriseByPivots();
  }

  /**
   * Computes p_δ into `#pDelta` if the line passes through the origin by structure. @returns the error bound of p_δ;
   * undefined for other lines.
   */
  #centralLine(): number | undefined {
    const { rank, centred, delta } = this.#model;
    const { subset } = this.#at;
    if (rank === 1) return undefined;
    for (let t = 0; t < rank - 1; t++) if (!centred[subset[t]!]) return undefined;
    return this.#loops.combine(delta, this.#pDelta);
  }

  /** Bound on the error of α_t per ‖u_j‖₁ and per largest entry of B⁻¹'s column. */
  get #bitError(): number {
    const { rank, precision } = this.#model;
    const q = this.#at.defect[0]!;
    return (q / (1 - q) + gamma(rank + 4, precision)) * precision.slack;
  }

  /** Crosses a line through the origin, where all centred hyperplanes cross at the origin and are told apart by δ. */
  #crossCentral(pDeltaError: number): void {
    const { count: n, h, hError, centred, delta, precision } = this.#model;
    const { p, lineErrors } = this.#at;
    const deltaError = gamma(4, precision);
    for (let j = 0; j < n; j++) {
      if (centred[j] === 1) this.#loops.crossing(j, this.#pDelta, pDeltaError, -delta[j]!, deltaError);
      else this.#loops.crossing(j, p, lineErrors[0]!, -h[j]!, hError[j]!);
    }
  }

  #sort(): number {
    const crossings = this.#kernel.sort();
    if (crossings >= 0) return crossings;
    this.#loops.sortByComparison(0, -1 - crossings);
    return -1 - crossings;
  }

  /** Sorts the crossings in three blocks: t < 0, the centred hyperplanes, t > 0. */
  #sortCentral(): number {
    const { centred } = this.#model;
    const { order, unsorted, boundary, t, error } = this.#at;
    const crossings = this.#loops.list();
    const listed = unsorted.slice(0, crossings);
    const starts: number[] = [];
    let clear = true;
    let end = 0;
    for (const block of [-1, 0, 1]) {
      const first = end;
      starts.push(first);
      for (const j of listed) if ((centred[j] ? 0 : t[j]! < 0 ? -1 : 1) === block) unsorted[end++] = j;
      this.#loops.sortRange(first, end);
      if (block === 0) continue;
      for (let s = first; s < end; s++) if (!(Math.abs(t[order[s]!]!) > error[order[s]!]!)) clear = false;
    }
    for (const start of starts) boundary[start] = clear ? 1 : 0;
    // an interval that reaches t = 0 overlaps the whole middle block
    if (!clear) boundary.fill(0, 0, crossings);
    boundary[0] = 1;
    boundary[crossings] = 1;
    return crossings;
  }

  #flip(j: number): void {
    flipBit(this.#lineMask, j);
    if (this.#solver.filter !== undefined) return;
    const running = this.#running;
    const { beta } = this.#at;
    const { terms } = this.#solver;
    const size = running.length;
    const at = j * size;
    if (beta[j]! > 0) for (let i = 0; i < size; i++) running[i]! += terms[at + i]!;
    else for (let i = 0; i < size; i++) running[i]! -= terms[at + i]!;
  }

  /**
   * Puts the mask and the system of the region that L and j own into `#mask` and the solver. A solver with a filter
   * forms the system itself.
   * @returns false where a bit of L is not decided.
   */
  #own(j: number): boolean {
    const { rank, arrangementU: U, uNorm, precision } = this.#model;
    const { terms, system } = this.#solver;
    const { subset, beta, x } = this.#at;
    const running = this.#running;
    const mask = this.#mask;
    const size = system.length;
    const error = uNorm[j]! * this.#bitError;
    for (let w = 0; w < mask.length; w++) mask[w] = this.#lineMask[w]!;
    const summed = this.#solver.filter === undefined;
    if (summed) for (let i = 0; i < size; i++) system[i] = running[i]!;
    for (let t = 0; t < rank - 1; t++) {
      let alpha = 0;
      let largest = 0;
      for (let i = 0; i < rank; i++) {
        const entry = x[t * rank + i]!;
        alpha += U[j * rank + i]! * entry;
        largest = Math.max(largest, Math.abs(entry));
      }
      if (!(Math.abs(alpha) > error * largest + precision.tiny)) return false;
      if (alpha > 0 === beta[j]! > 0) continue;
      const own = subset[t]!;
      setBit(mask, own);
      if (!summed) continue;
      const at = own * size;
      for (let i = 0; i < size; i++) system[i]! += terms[at + i]!;
    }
    subset[rank - 1] = j;
    return true;
  }
}
