import { nextSubset, unrankSubset } from "../arrangement/subsets.ts";
import { approximateInverse, inverseDefect, solutionError } from "../bounds/inverse.ts";
import { gamma } from "../bounds/precision.ts";
import { type Segment, Verdict } from "../stages/batch.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { type RegionSolver, regionSolver } from "./region-solver.ts";
import type { WalkCounts, WalkSink } from "./walk.ts";

const LARGEST_DEFECT = 0.25;

/**
 * The four stages for vertices (subsets of size ρ) in owned mode, line by line (DESIGN.md section 2, "Lines").
 *
 * ρ − 1 hyperplanes L meet in the line z(t) = p + t·y, c_1·z = t. Hyperplane j cuts it at t_j = −a_j/β_j, with a_j = u_j·p − h_j and
 * β_j = u_j·y, and has the sign of β_j beyond. Sorted by t, the mask changes by one bit and the region's system by one rank-1 term at each
 * crossing, so a line costs O(n ρ + n log n) and a vertex O(ρ R²). The vertex of L and j owns the region above it along c_1: j's bit
 * is that beyond the crossing, and with u_j = Σ_L α_t u_t + β_j c_1 the bit of t ∈ L is set iff −α_t/β_j > 0.
 *
 * Each t_j carries an error bound. Crossings whose intervals overlap others' are not ordered, and their vertices are escalated.
 */
export class LineWalker {
  readonly #model: StageModel;
  readonly #solver: RegionSolver;
  readonly #B: Float64Array;
  readonly #work: Float64Array;
  readonly #X: Float64Array;
  /** p, and the p of the perturbation δ on lines through the origin. */
  readonly #p: Float64Array;
  readonly #pDelta: Float64Array;
  /** L, then the vertex's own hyperplane. */
  readonly #subset: Uint32Array;
  readonly #beta: Float64Array;
  /** t_j and its error bound; on lines through the origin, those of centred hyperplanes come from δ. */
  readonly #t: Float64Array;
  readonly #error: Float64Array;
  /** t with the hyperplane's number in its last bits, to sort without a comparator. */
  readonly #keys: Float64Array;
  readonly #keyWords: Uint32Array;
  readonly #indexMask: number;
  /** Crossings in order of t. */
  readonly #order: Uint32Array;
  /** Place s: 1 if all crossings before it surely lie before all from it on. */
  readonly #boundary: Uint8Array;
  readonly #starts: Float64Array;
  /** Hyperplanes that may be parallel to the line and are not surely on one side of all of it, with what decides them at a vertex. */
  readonly #loose: Uint32Array;
  #looseCount = 0;
  /** Error bound per ‖u‖₁ of u·p, u·p_δ, u·y. */
  #pError = 0;
  #pDeltaError = 0;
  #yError = 0;
  /** [J | b] on the line, without the terms of L; the mask on the line (bits of L zero); the mask of a vertex. */
  readonly #running: Float64Array;
  readonly #lineMask: Uint32Array;
  readonly #mask: Uint32Array;

  /** @param model in f64, with error bounds for three passes. */
  constructor(model: StageModel) {
    const { rank, latentDim: R, count: n, words } = model;
    this.#model = model;
    this.#solver = regionSolver(model);
    this.#B = new Float64Array(rank * rank);
    this.#work = new Float64Array(rank * rank);
    this.#X = new Float64Array(rank * rank);
    this.#p = new Float64Array(rank);
    this.#pDelta = new Float64Array(rank);
    this.#subset = new Uint32Array(rank);
    this.#beta = new Float64Array(n);
    this.#t = new Float64Array(n);
    this.#error = new Float64Array(n);
    this.#keys = new Float64Array(n);
    this.#keyWords = new Uint32Array(this.#keys.buffer);
    this.#indexMask = 2 ** Math.ceil(Math.log2(n + 1)) - 1;
    this.#order = new Uint32Array(n);
    this.#boundary = new Uint8Array(n + 1);
    this.#starts = new Float64Array(n + 1);
    this.#loose = new Uint32Array(n);
    this.#running = new Float64Array(R * (R + 1));
    this.#lineMask = new Uint32Array(words);
    this.#mask = new Uint32Array(words);
  }

  /** Walks the lines of a segment of vertices; a line cut by the segment's ends is walked for its part. */
  walk(segment: Segment, sink: WalkSink, counts: WalkCounts): void {
    const { rank, count: n } = this.#model;
    const subset = this.#subset;
    unrankSubset(n, rank, segment.firstRank, subset);
    for (let done = 0; done < segment.length; ) {
      const from = subset[rank - 1];
      const to = Math.min(n, from + segment.length - done);
      this.#walkLine(from, to, sink, counts);
      done += to - from;
      subset[rank - 1] = n - 1;
      nextSubset(n, rank, subset);
    }
  }

  /** The vertices of L = subset[0 … ρ−2] with hyperplanes from ≤ j < to. */
  #walkLine(from: number, to: number, sink: WalkSink, counts: WalkCounts): void {
    const q = this.#invert();
    if (!(q < LARGEST_DEFECT)) {
      if (this.#hasParallelPair()) counts.dependent += to - from;
      else for (let j = from; j < to; j++) this.#escalate(j, sink);
      return;
    }
    const central = this.#parametrise(q);
    const crossings = this.#cross(central, from, to, sink, counts);
    this.#sort(crossings, central);
    this.#start(crossings);
    for (let s = 0; s < crossings; s++) {
      const j = this.#order[s];
      this.#flip(j);
      if (j < from || j >= to) continue;
      if (!this.#boundary[s] || !this.#boundary[s + 1] || !this.#looseDecided(j) || !this.#own(j, q)) {
        this.#escalate(j, sink);
        continue;
      }
      counts.masks++;
      const verdict = this.#judge();
      if (verdict !== Verdict.no) sink.candidate(this.#mask, verdict);
    }
  }

  #judge(): number {
    const { rank } = this.#model;
    if (this.#solver.filter !== undefined) return this.#solver.judgeMask(this.#mask, 0, this.#subset, 0, rank);
    return this.#solver.judge(this.#mask, 0, this.#subset, 0, rank);
  }

  #escalate(j: number, sink: WalkSink): void {
    this.#subset[this.#model.rank - 1] = j;
    sink.escalate(Array.from(this.#subset));
  }

  /** X ≈ B⁻¹ for the rows U_L, c_1. */
  #invert(): number {
    const { rank, arrangementU, directions, precision } = this.#model;
    for (let t = 0; t < rank; t++) {
      for (let c = 0; c < rank; c++) {
        const entry = t < rank - 1 ? arrangementU[this.#subset[t] * rank + c] : directions[c];
        this.#B[t * rank + c] = this.#work[t * rank + c] = entry;
      }
    }
    if (!approximateInverse(this.#work, this.#X, rank)) return Number.POSITIVE_INFINITY;
    return inverseDefect(this.#B, this.#X, rank, undefined, precision);
  }

  #hasParallelPair(): boolean {
    const { rank, direction } = this.#model;
    for (let s = 0; s < rank - 1; s++) {
      for (let t = 0; t < s; t++) if (direction[this.#subset[s]] === direction[this.#subset[t]]) return true;
    }
    return false;
  }

  /** p, p_δ and y with their errors; true if the line passes through the origin by structure. */
  #parametrise(q: number): boolean {
    const { rank, h, delta, centred, precision } = this.#model;
    const X = this.#X;
    const relative = gamma(rank + 4, precision);
    let central = rank > 1;
    for (let t = 0; t < rank - 1; t++) if (!centred[this.#subset[t]]) central = false;

    const combine = (values: ArrayLike<number>, out: Float64Array): number => {
      let size = 0;
      let spread = 0;
      for (let i = 0; i < rank; i++) {
        let sum = 0;
        let absolute = 0;
        for (let t = 0; t < rank - 1; t++) {
          const term = X[i * rank + t] * values[this.#subset[t]];
          sum += term;
          absolute += Math.abs(term);
        }
        out[i] = sum;
        size = Math.max(size, Math.abs(sum));
        spread = Math.max(spread, absolute);
      }
      return solutionError(size, relative * spread, q, relative, precision);
    };
    this.#pError = combine(h, this.#p);
    if (central) this.#pDeltaError = combine(delta, this.#pDelta);
    let size = 0;
    for (let i = 0; i < rank; i++) size = Math.max(size, Math.abs(X[i * rank + rank - 1]));
    this.#yError = solutionError(size, 0, q, relative, precision);
    return central;
  }

  /**
   * Finds the crossings: their number, with `#order` unsorted. Hyperplanes that may be parallel to the line have no crossing; those not
   * surely on one side of all its vertices become `#loose`.
   */
  #cross(central: boolean, from: number, to: number, sink: WalkSink, counts: WalkCounts): number {
    const { rank, count: n, arrangementU: U, h, hError, uNorm, centred, delta, precision } = this.#model;
    const X = this.#X;
    const indexError = 2 * (this.#indexMask + 1) * 2 ** -52;
    const lineMask = this.#lineMask.fill(0);
    const deltaError = gamma(4, precision);
    let crossings = 0;
    let reach = 0;
    let own = 0;
    let flat = 0;
    for (let j = 0; j < n; j++) {
      if (own < rank - 1 && this.#subset[own] === j) {
        own++;
        continue;
      }
      const byDelta = central && centred[j] === 1;
      const point = byDelta ? this.#pDelta : this.#p;
      let a = byDelta ? -delta[j] : -h[j];
      let b = 0;
      for (let i = 0, at = j * rank; i < rank; i++, at++) {
        a += U[at] * point[i];
        b += U[at] * X[i * rank + rank - 1];
      }
      const slopeError = uNorm[j] * this.#yError;
      const offsetError = byDelta ? uNorm[j] * this.#pDeltaError + deltaError : uNorm[j] * this.#pError + hError[j];
      const t = -a / b;
      const size = Math.abs(t);
      const steep = Math.abs(b) > 2 * slopeError && size < precision.huge;
      if (!steep) {
        // kept with a_j and its error in the place of t_j
        this.#t[j] = byDelta ? 0 : a;
        this.#error[j] = byDelta ? 1 : offsetError;
        this.#loose[flat++] = j;
        if (a > 0) lineMask[j >>> 5] |= 1 << (j & 31);
        if (j >= from && j < to) {
          if (this.#parallelToLine(j)) counts.dependent++;
          else this.#escalate(j, sink);
        }
        continue;
      }
      const error =
        ((offsetError + size * slopeError) / (Math.abs(b) - slopeError) + size * indexError) * precision.slack +
        precision.tiny;
      this.#beta[j] = b;
      this.#t[j] = t;
      this.#error[j] = error;
      this.#order[crossings++] = j;
      if (b < 0) lineMask[j >>> 5] |= 1 << (j & 31);
      if (!byDelta && j >= from && j < to && size + error > reach) reach = size + error;
    }
    this.#looseCount = 0;
    for (let f = 0; f < flat; f++) {
      const j = this.#loose[f];
      if (!this.#flatDecided(j, reach)) this.#loose[this.#looseCount++] = j;
    }
    return crossings;
  }

  #parallelToLine(j: number): boolean {
    const { rank, direction } = this.#model;
    for (let t = 0; t < rank - 1; t++) if (direction[this.#subset[t]] === direction[j]) return true;
    return false;
  }

  /** Has hyperplane j, of slope at most 3·slopeError, surely the sign of a_j at all |t| ≤ reach? */
  #flatDecided(j: number, reach: number): boolean {
    const slope = 3 * this.#model.uNorm[j] * this.#yError;
    return Math.abs(this.#t[j]) > (this.#error[j] + slope * reach) * this.#model.precision.slack;
  }

  #looseDecided(j: number): boolean {
    const reach = Math.abs(this.#t[j]) + this.#error[j];
    for (let f = 0; f < this.#looseCount; f++) if (!this.#flatDecided(this.#loose[f], reach)) return false;
    return true;
  }

  /** Sorts `#order` by t and finds which neighbours are surely in order. On a central line all centred crossings are at t = 0, told apart by δ. */
  #sort(crossings: number, central: boolean): void {
    const { centred } = this.#model;
    if (!central) {
      this.#sortRange(0, crossings);
      this.#bound(0, crossings);
    } else {
      // three blocks: t < 0, the centred ones, t > 0
      const order = this.#order.subarray(0, crossings);
      const blockOf = (j: number) => (centred[j] ? 0 : this.#t[j] < 0 ? -1 : 1);
      order.sort((i, j) => blockOf(i) - blockOf(j));
      let first = 0;
      let clear = true;
      const starts: number[] = [];
      for (const block of [-1, 0, 1]) {
        starts.push(first);
        let end = first;
        while (end < crossings && blockOf(order[end]) === block) {
          if (block !== 0 && !(Math.abs(this.#t[order[end]]) > this.#error[order[end]])) clear = false;
          end++;
        }
        this.#sortRange(first, end);
        this.#bound(first, end);
        first = end;
      }
      for (const start of starts) this.#boundary[start] = clear ? 1 : 0;
      // an interval that reaches t = 0 overlaps the whole block there
      if (!clear) this.#boundary.fill(0, 0, crossings + 1);
    }
    this.#boundary[0] = 1;
    this.#boundary[crossings] = 1;
  }

  #sortRange(first: number, end: number): void {
    const order = this.#order;
    const keys = this.#keys.subarray(first, end);
    for (let s = first; s < end; s++) {
      const j = order[s];
      this.#keys[s] = this.#t[j];
      this.#keyWords[2 * s] = ((this.#keyWords[2 * s] & ~this.#indexMask) | j) >>> 0;
    }
    keys.sort();
    for (let s = first; s < end; s++) order[s] = this.#keyWords[2 * s] & this.#indexMask;
  }

  #bound(first: number, end: number): void {
    const starts = this.#starts;
    starts[end] = Number.POSITIVE_INFINITY;
    for (let s = end - 1; s >= first; s--) {
      const j = this.#order[s];
      starts[s] = Math.min(starts[s + 1], this.#t[j] - this.#error[j]);
    }
    let highest = Number.NEGATIVE_INFINITY;
    for (let s = first; s < end; s++) {
      this.#boundary[s] = highest < starts[s] ? 1 : 0;
      const j = this.#order[s];
      highest = Math.max(highest, this.#t[j] + this.#error[j]);
    }
  }

  /** The system before the first crossing. */
  #start(crossings: number): void {
    if (crossings === 0 || this.#solver.filter !== undefined) return;
    this.#solver.form(this.#lineMask, 0);
    this.#running.set(this.#solver.system);
  }

  #flip(j: number): void {
    const running = this.#running;
    const { terms } = this.#solver;
    const size = running.length;
    const at = j * size;
    this.#lineMask[j >>> 5] ^= 1 << (j & 31);
    if (this.#solver.filter !== undefined) return;
    if (this.#beta[j] > 0) for (let i = 0; i < size; i++) running[i] += terms[at + i];
    else for (let i = 0; i < size; i++) running[i] -= terms[at + i];
  }

  /** Mask and system of the region that L and j own, into `#mask` and the solver (which forms its own if it has a filter); false where a bit of L is not decided. */
  #own(j: number, q: number): boolean {
    const { rank, arrangementU: U, uNorm, precision } = this.#model;
    const { terms, system } = this.#solver;
    const X = this.#X;
    const mask = this.#mask;
    const size = system.length;
    const error = uNorm[j] * (q / (1 - q) + gamma(rank + 4, precision)) * precision.slack;
    for (let w = 0; w < mask.length; w++) mask[w] = this.#lineMask[w];
    const summed = this.#solver.filter === undefined;
    if (summed) for (let i = 0; i < size; i++) system[i] = this.#running[i];
    for (let t = 0; t < rank - 1; t++) {
      let alpha = 0;
      let largest = 0;
      for (let i = 0; i < rank; i++) {
        const x = X[i * rank + t];
        alpha += U[j * rank + i] * x;
        largest = Math.max(largest, Math.abs(x));
      }
      if (!(Math.abs(alpha) > error * largest + precision.tiny)) return false;
      if (alpha > 0 === this.#beta[j] > 0) continue;
      const own = this.#subset[t];
      mask[own >>> 5] |= 1 << (own & 31);
      if (!summed) continue;
      const at = own * size;
      for (let i = 0; i < size; i++) system[i] += terms[at + i];
    }
    this.#subset[rank - 1] = j;
    return true;
  }
}
