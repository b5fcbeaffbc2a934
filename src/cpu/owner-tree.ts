import { nextSubset, unrankSubset } from "../arrangement/subsets.ts";
import { solveFractionFree } from "../exact/elimination.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { quotient } from "../exact/rational.ts";
import { type FloatArray, gamma } from "../float/precision.ts";
import { setBit } from "../model/mask.ts";
import { NO_HYPERPLANE, type Segment, Verdict } from "../stages/batch.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { isParallelToOne } from "./parallel-pairs.ts";
import { type RegionSolver, regionSolver } from "./region-solver.ts";
import { scratchBySize } from "./scratch.ts";
import type { WalkCounts, WalkSink } from "./walk.ts";

/**
 * All hyperplanes and c_{ρ−k+1} in one basis, which consists of U_T for a prefix T of the current subset and of some of
 * the c's.
 */
interface Tableau {
  /**
   * (n + 1)×(k + 1): coefficients. Columns 0 … q belong to c's, column 0 to c_{ρ−k}; then come the columns of T, the
   * latest first. Row n is c_{ρ−k+1}.
   */
  readonly rows: Float64Array;
  /** n + 1: bounds on the error of the coefficients on c's, and on their magnitude. */
  readonly errors: Float64Array;
  readonly sizes: Float64Array;
  /** n + 1: the same bounds for the coefficients on T. */
  readonly ownErrors: Float64Array;
  readonly ownSizes: Float64Array;
  /** Whether the entries are valid: false below a pivot that may be zero. */
  valid: boolean;
  /** Whether T holds parallel hyperplanes. */
  dependent: boolean;
}

/**
 * The four stages for subsets of fewer than ρ hyperplanes in owned mode (docs/design.md#owner-trees), by pivoting.
 *
 * A subset T of size k needs the basis c_1 … c_{ρ−k}, U_T: a hyperplane outside has the sign opposite to its
 * coefficient on c_{ρ−k}, and t ∈ T has its bit set iff the coefficient of c_{ρ−k+1} on u_t is positive. This basis
 * comes from c_1 … c_ρ by k pivots. Each pivot puts a hyperplane in the place of one of c_{ρ−k+1} … c_ρ, the one with
 * the largest coefficient. Subsets of one size come in lexicographic order, as the leaves of a tree whose nodes are
 * their prefixes. A leaf costs two columns of a pivot, O(n + k), where an inverse would cost O(ρ³ + nρ).
 *
 * Errors, row by row: with f = x_q/P the new entries are x_c − f·y_c, where y is the pivot row. If x errs by at most e
 * and y by at most e_t < |P|, then f errs by at most e_f = (e + |f|e_t)/(|P| − e_t) + 2u|f|, and a new entry by
 * e + |f|e_t + e_f(|y| + e_t) and the rounding of a product and a difference, 2u(|x| + |f||y|).
 */
export class OwnerTree {
  readonly #model: StageModel;
  readonly #solver: RegionSolver;
  /**
   * n×ρ: the coefficients of all hyperplanes on c_1 … c_ρ, and the error bound of each row; undefined if c_1 … c_ρ are
   * dependent.
   */
  readonly #coefficients: { readonly values: Float64Array; readonly errors: Float64Array } | undefined;
  /** Room for ρ hyperplanes: the subset, then padding. */
  readonly #subset: Uint32Array;
  readonly #inSubset: Uint8Array;
  readonly #mask: Uint32Array;

  /** @param model in float64. */
  constructor(model: StageModel) {
    this.#model = model;
    this.#solver = regionSolver(model);
    this.#coefficients = coefficientsOnDirections(model);
    this.#subset = new Uint32Array(model.rank);
    this.#inSubset = new Uint8Array(model.count);
    this.#mask = new Uint32Array(model.words);
  }

  /** Visits a segment of subsets of size 1 … ρ − 1. */
  walk(segment: Segment, sink: WalkSink, counts: WalkCounts): void {
    const { count: n } = this.#model;
    const k = segment.size;
    const subset = this.#subset.fill(NO_HYPERPLANE);
    const current = subset.subarray(0, k);
    unrankSubset(n, k, segment.firstRank, subset);
    const tableaus = this.#tableausOf(k);
    let known = 0;
    for (let done = 0; done < segment.length; ) {
      for (let d = known; d < k - 1; d++) this.#pivot(tableaus[d]!, tableaus[d + 1]!, k, d);
      const from = subset[k - 1]!;
      const to = Math.min(n, from + segment.length - done);
      this.#leaves(tableaus[k - 1]!, k, from, to, sink, counts);
      done += to - from;
      subset[k - 1] = n - 1;
      known = Math.max(0, nextSubset(n, k, current));
    }
  }

  /** The tableaus by length of the prefix, with the first one filled. */
  #tableausOf(k: number): Tableau[] {
    const { count: n, rank } = this.#model;
    const width = k + 1;
    const tableaus = scratchOf(n, k);
    const root = tableaus[0]!;
    root.valid = this.#coefficients !== undefined;
    if (this.#coefficients === undefined) return tableaus;
    const { values, errors } = this.#coefficients;
    root.rows.fill(0, n * width);
    root.errors.set(errors);
    for (let j = 0; j < n; j++) {
      let size = 0;
      for (let c = 0; c < width; c++) {
        const x = values[j * rank + rank - width + c]!;
        root.rows[j * width + c] = x;
        size = Math.max(size, Math.abs(x));
      }
      root.sizes[j] = size;
    }
    root.rows[n * width + 1] = 1;
    root.sizes[n] = 1;
    return tableaus;
  }

  /** Makes the tableau of a prefix with subset[d] from that of the d hyperplanes before. */
  #pivot(from: Tableau, to: Tableau, k: number, d: number): void {
    const { count: n, precision } = this.#model;
    const { rows } = from;
    const out = to.rows;
    const width = k + 1;
    const q = k - d;
    const t = this.#subset[d]!;
    const at = t * width;
    let p = q;
    for (let c = 1; c < q; c++) if (Math.abs(rows[at + c]!) > Math.abs(rows[at + p]!)) p = c;
    const pivot = rows[at + p]!;
    const error = from.errors[t]!;
    to.dependent = from.dependent || isParallelToOne(this.#model, this.#subset, d, t);
    to.valid = from.valid && Math.abs(pivot) > 2 * error;
    if (!to.valid) return;
    const size = from.sizes[t]!;
    const ownError = from.ownErrors[t]!;
    const ownSize = from.ownSizes[t]!;
    const { slack, tiny } = precision;
    const unit2 = 2 * precision.unit;
    const inverse = 1 / pivot;
    const spread = slack / (Math.abs(pivot) - error);
    for (let j = 0; j <= n; j++) {
      const row = j * width;
      const f = rows[row + p]! * inverse;
      const factor = Math.abs(f);
      const factorError = ((from.errors[j]! + factor * error) * spread + unit2 * factor) * slack;
      const terms = from.sizes[j]! + factor * size;
      to.errors[j] = (from.errors[j]! + factor * error + factorError * (size + error) + unit2 * terms) * slack + tiny;
      // the size of the entries as they are: a bound derived from bounds would double at every pivot
      let largest = 0;
      // the last c takes the column that has become free
      for (let c = 0; c < q; c++) {
        const source = c === p ? q : c;
        const entry = rows[row + source]! - f * rows[at + source]!;
        out[row + c] = entry;
        largest = Math.max(largest, Math.abs(entry));
      }
      to.sizes[j] = largest;
      // coefficients on T are needed only for hyperplanes that may come in after t
      if (j <= t) continue;
      const ownTerms = from.ownSizes[j]! + factor * ownSize;
      to.ownErrors[j] = Math.max(
        (from.ownErrors[j]! + factor * ownError + factorError * (ownSize + ownError) + unit2 * ownTerms) * slack + tiny,
        factorError,
      );
      let largestOwn = factor;
      out[row + q] = f;
      for (let c = q + 1; c < width; c++) {
        const entry = rows[row + c]! - f * rows[at + c]!;
        out[row + c] = entry;
        largestOwn = Math.max(largestOwn, Math.abs(entry));
      }
      to.ownSizes[j] = largestOwn;
    }
  }

  /** Visits the subsets of the prefix subset[0 … k−2] with hyperplanes from ≤ t < to. */
  #leaves(tableau: Tableau, k: number, from: number, to: number, sink: WalkSink, counts: WalkCounts): void {
    if (tableau.dependent) {
      counts.dependent += to - from;
      return;
    }
    const { rank } = this.#model;
    const subset = this.#subset;
    for (let s = 0; s < k - 1; s++) this.#inSubset[subset[s]!] = 1;
    for (let t = from; t < to; t++) {
      subset[k - 1] = t;
      this.#inSubset[t] = 1;
      if (tableau.valid && this.#own(tableau, k, t) && this.#signs(tableau, k, t)) {
        counts.masks++;
        sink.mask?.(this.#mask);
        const verdict = this.#solver.judgeMask(this.#mask, 0, subset, 0, rank);
        if (verdict !== Verdict.no) sink.candidate(this.#mask, verdict);
      } else if (isParallelToOne(this.#model, subset, k - 1, t)) counts.dependent++;
      else sink.escalate(Array.from(subset.subarray(0, k)));
      this.#inSubset[t] = 0;
    }
    for (let s = 0; s < k - 1; s++) this.#inSubset[subset[s]!] = 0;
  }

  /**
   * Puts the bits of the subset's own hyperplanes into a new mask, by the row of c_{ρ−k+1}. False if a bit is not
   * decided.
   */
  #own({ rows, errors, ownErrors, ownSizes }: Tableau, k: number, t: number): boolean {
    const { count: n, precision } = this.#model;
    const { slack, tiny } = precision;
    const unit2 = 2 * precision.unit;
    const mask = this.#mask.fill(0);
    const width = k + 1;
    const at = t * width;
    const row = n * width;
    const pivot = rows[at + 1]!;
    const error = errors[t]!;
    if (!(Math.abs(pivot) > 2 * error)) return false;
    const f = rows[row + 1]! / pivot;
    const factor = Math.abs(f);
    const factorError =
      (((errors[n]! + factor * error) * slack) / (Math.abs(pivot) - error) + unit2 * factor) * slack + tiny;
    if (!(factor > factorError)) return false;
    if (f > 0) setBit(mask, t);
    const bound =
      (ownErrors[n]! +
        factor * ownErrors[t]! +
        factorError * (ownSizes[t]! + ownErrors[t]!) +
        unit2 * (ownSizes[n]! + factor * ownSizes[t]!)) *
        slack +
      tiny;
    for (let s = 0; s < k - 1; s++) {
      const alpha = rows[row + k - s]! - f * rows[at + k - s]!;
      if (!(Math.abs(alpha) > bound)) return false;
      const j = this.#subset[s]!;
      if (alpha > 0) setBit(mask, j);
    }
    return true;
  }

  /**
   * Sets the bits of all other hyperplanes: 1 iff the coefficient on c_{ρ−k} is negative. False if a bit is not
   * decided.
   */
  #signs({ rows, errors, sizes }: Tableau, k: number, t: number): boolean {
    const { count: n, precision } = this.#model;
    const width = k + 1;
    const mask = this.#mask;
    const inSubset = this.#inSubset;
    const y = rows[t * width]!;
    const pivot = rows[t * width + 1]!;
    const inverse = 1 / pivot;
    const error = errors[t]!;
    const size = Math.abs(y);
    // as in `#pivot`, for one column
    const { slack, tiny } = precision;
    const unit2 = 2 * precision.unit;
    const spread = slack / (Math.abs(pivot) - error);
    const perFactor = error + (size + error) * (error * spread + unit2) + unit2 * size;
    const perError = 1 + (size + error) * spread;
    for (let j = 0, row = 0; j < n; j++, row += width) {
      if (inSubset[j] === 1) continue;
      const f = rows[row + 1]! * inverse;
      const x = rows[row]! - f * y;
      const bound = (errors[j]! * perError + Math.abs(f) * perFactor + unit2 * sizes[j]!) * slack + tiny;
      if (!(Math.abs(x) > bound)) return false;
      if (x < 0) setBit(mask, j);
    }
    return true;
  }
}

/** Tableaus by size k. */
const tableausBySize = scratchBySize((): Tableau[][] => []);

function scratchOf(n: number, k: number): Tableau[] {
  const tableaus = tableausBySize(n);
  const perRow = () => new Float64Array(n + 1);
  tableaus[k] ??= Array.from({ length: k }, () => ({
    rows: new Float64Array((n + 1) * (k + 1)),
    errors: perRow(),
    sizes: perRow(),
    ownErrors: perRow(),
    ownSizes: perRow(),
    valid: true,
    dependent: false,
  }));
  return tableaus[k];
}

/**
 * C⁻¹ for the matrix C of directions, correctly rounded, and its largest magnitude. All models of one rank share it.
 */
interface InverseDirections {
  readonly X: Float64Array;
  readonly largest: number;
}

const inverses: { readonly directions: FloatArray; readonly inverse: InverseDirections | undefined }[] = [];

function inverseDirections({ rank, directions }: StageModel): InverseDirections | undefined {
  const known = inverses.find(
    (entry) => entry.directions.length === directions.length && entry.directions.every((x, at) => x === directions[at]),
  );
  if (known !== undefined) return known.inverse;
  const identity = Array.from({ length: rank * rank }, (_, at) => (at % (rank + 1) === 0 ? 1n : 0n));
  const { values, exponent } = scaleToIntegers(directions);
  const solution = solveFractionFree(values, rank, identity, rank);
  let inverse: InverseDirections | undefined;
  if (solution !== undefined) {
    const X = Float64Array.from(solution.X, (x) => quotient(x, solution.determinant) * 2 ** -exponent);
    inverse = { X, largest: X.reduce((most, x) => Math.max(most, Math.abs(x)), 0) };
  }
  inverses.push({ directions, inverse });
  return inverse;
}

/**
 * β with u_j = Σ β_ji c_i for all hyperplanes and bounds on the error of each row, or undefined if the c's are
 * dependent.
 */
function coefficientsOnDirections(model: StageModel) {
  const { rank, count: n, arrangementU, uNorm, precision } = model;
  const inverse = inverseDirections(model);
  if (inverse === undefined) return undefined;
  const { X, largest } = inverse;
  // X is rounded, and so is a sum of ρ products with it
  const relative = gamma(rank + 1, precision) * largest * precision.slack;
  const values = new Float64Array(n * rank);
  const errors = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    errors[j] = uNorm[j]! * relative + precision.tiny;
    for (let i = 0; i < rank; i++) {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += arrangementU[j * rank + k]! * X[k * rank + i]!;
      values[j * rank + i] = sum;
    }
  }
  return { values, errors };
}
