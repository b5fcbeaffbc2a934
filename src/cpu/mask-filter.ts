import { genericRegionCount } from "../arrangement/counts.ts";
import { approximateInverse, inverseDefect, solveByInverse } from "../bounds/inverse.ts";
import { indices } from "../exact/region.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { scratchBySize } from "./scratch.ts";

const LARGEST_DEFECT = 0.25;
/** A filter is made only for models of few hyperplanes, of whose 2^n masks at least one in `MASKS_PER_REGION` is a region's. */
const MAX_HYPERPLANES = 14;
const MASKS_PER_REGION = 4;

/** Bounds on the errors and magnitudes of all entries of a node's matrix K and vector r. */
interface Bounds {
  readonly errorK: number;
  readonly errorR: number;
  readonly sizeK: number;
  readonly sizeR: number;
}

/**
 * Which of all 2^n masks of a small model may hold their candidate or have a singular matrix, in f64 with error bounds; a few floating
 * point operations a mask, where judging one takes O(R³).
 *
 * With M regular, s = Uz − h and y = relu(s) the system is s = r − K y, K = U M⁻¹Vᵀ, r = U M⁻¹g − h. Masks are the leaves of a
 * tree that decides hyperplane d at depth d: if its bit is 0 then y_d = 0, and column d goes; if it is 1 then y_d = s_d, and row d
 * is solved for y_d: K'_dl = K_dl/p, p = 1 + K_dd, and K'_jl = K_jl − K_jd K'_dl in the others, r likewise (the recursion by Schur
 * complements of Griffin and Tsatsomeros, "Principal minors, part I", 2006). At a leaf r is s at the region's candidate, and the
 * region's matrix is regular, as all p are.
 *
 * The exact system is that with M + Δ, |Δ| ≤ matrixError, and g + Δg in the place of M and g, where the Δs depend on the mask: so K
 * and r of the root err by what the bound of M's inverse says, and from there on errors follow one path. With A ≥ |K_jd|, B ≥ |K'_dl|
 * and |p̃ − p| ≤ δ, K'_dl errs by at most e₀ = (E + Bδ)/(|p̃| − δ) + 3uB (two roundings), and K'_jl by at most
 * E + A e₀ + E(B + e₀) + 2u(|K| + AB); r with its own E, size and b in the place of B.
 *
 * Whole subtrees go sooner where one row shows that they hold no fixed point: a decided row says s_j, or y_j, = r_j − Σ K_jl y_l over the
 * undecided l, and y ≥ 0 at a fixed point. So if r_j has the wrong sign and no K_jl the sign that could mend it, there is none. That says
 * nothing of whether the matrices are singular.
 */
export class MaskFilter {
  readonly #n: number;
  readonly #unit2: number;
  readonly #slack: number;
  readonly #tiny: number;
  readonly #prunes: boolean;
  /** The masks that are not excluded, one bit each. */
  readonly #open: Uint32Array;

  private constructor(model: StageModel, root: Float64Array, bounds: Bounds, prunes: boolean) {
    const { count: n, precision } = model;
    this.#n = n;
    this.#prunes = prunes;
    this.#unit2 = 2 * precision.unit;
    this.#slack = precision.slack;
    this.#tiny = precision.tiny;
    this.#open = new Uint32Array(Math.max(1, 2 ** (n - 5)));
    this.#visit(root, 0, 0, bounds, scratchOf(n));
  }

  /** Whether a model of n hyperplanes in ρ dimensions is one to make a filter for. */
  static pays(n: number, rank: number): boolean {
    return n > 0 && n <= MAX_HYPERPLANES && 2 ** n <= MASKS_PER_REGION * Number(genericRegionCount(n, rank));
  }

  /**
   * @param prunes whether masks of singular matrices may be excluded too, where their region surely holds no fixed point; much quicker.
   * @returns undefined where a filter would not pay, or nothing can be said.
   */
  static of(model: StageModel, prunes = false): MaskFilter | undefined {
    if (model.precision.array !== Float64Array || !MaskFilter.pays(model.count, model.rank)) return undefined;
    const start = rootOf(model);
    return start === undefined ? undefined : new MaskFilter(model, start.root, start.bounds, prunes);
  }

  /** Is there surely no fixed point in the closed region of this mask, and its matrix surely regular unless the filter prunes? */
  excludes(mask: number): boolean {
    return ((this.#open[mask >>> 5] >>> (mask & 31)) & 1) === 0;
  }

  /** The masks that are not excluded, ascending. */
  openMasks(): number[] {
    return indices(this.#open);
  }

  #visit(node: Float64Array, d: number, mask: number, bounds: Bounds, nodes: readonly Float64Array[]): void {
    if (d === this.#n) {
      if (!this.#isOutside(node, mask, bounds.errorR)) this.#open[mask >>> 5] |= 1 << (mask & 31);
      return;
    }
    if (this.#prunes && this.#isHopeless(node, d, mask, bounds)) return;
    this.#visit(node, d + 1, mask, bounds, nodes);
    const next = nodes[d];
    const bit = mask | (1 << d);
    const after = this.#solveRow(node, d, bounds, next);
    if (after === undefined) this.#openAll(d + 1, bit);
    else this.#visit(next, d + 1, bit, after, nodes);
  }

  /** Does a decided row show that no mask of the subtree has a fixed point? */
  #isHopeless(node: Float64Array, d: number, mask: number, { errorK, errorR }: Bounds): boolean {
    const n = this.#n;
    for (let j = 0, row = 0; j < d; j++, row += n + 1) {
      const wrong = (mask >>> j) & 1 ? -1 : 1;
      if (!(wrong * node[row + n] > errorR)) continue;
      let l = d;
      while (l < n && wrong * node[row + l] <= -errorK) l++;
      if (l === n) return true;
    }
    return false;
  }

  /** Is the candidate of a leaf surely on the wrong side of a hyperplane? */
  #isOutside(leaf: Float64Array, mask: number, errorR: number): boolean {
    const n = this.#n;
    for (let j = 0, at = n; j < n; j++, at += n + 1) {
      const s = leaf[at];
      if (((mask >>> j) & 1 ? -s : s) > errorR) return true;
    }
    return false;
  }

  /** Puts y_d = s_d, into `out`. @returns undefined if p may be zero. */
  #solveRow(node: Float64Array, d: number, bounds: Bounds, out: Float64Array): Bounds | undefined {
    const n = this.#n;
    const width = n + 1;
    const unit2 = this.#unit2;
    const { errorK, errorR, sizeK, sizeR } = bounds;
    const own = d * width;
    const p = 1 + node[own + d];
    const delta = (errorK + unit2 * Math.abs(p)) * this.#slack;
    if (!(Math.abs(p) > 2 * delta)) return undefined;
    const inverse = 1 / p;
    const spread = this.#slack / (Math.abs(p) - delta);
    let B = 0;
    for (let l = d + 1; l < n; l++) {
      const x = node[own + l] * inverse;
      out[own + l] = x;
      B = Math.max(B, Math.abs(x));
    }
    const solved = node[own + n] * inverse;
    out[own + n] = solved;
    const b = Math.abs(solved);
    let A = 0;
    for (let j = 0, row = 0; j < n; j++, row += width) {
      if (j === d) continue;
      const factor = node[row + d];
      A = Math.max(A, Math.abs(factor));
      for (let l = d + 1; l <= n; l++) out[row + l] = node[row + l] - factor * out[own + l];
    }
    const ownErrorK = ((errorK + B * delta) * spread + 2 * unit2 * B) * this.#slack;
    const ownErrorR = ((errorR + b * delta) * spread + 2 * unit2 * b) * this.#slack;
    const newSizeK = (sizeK + (A + 1) * B) * this.#slack;
    const newSizeR = (sizeR + (A + 1) * b) * this.#slack;
    const newErrorK = errorK + A * ownErrorK + errorK * (B + ownErrorK) + unit2 * newSizeK;
    const newErrorR = errorR + A * ownErrorR + errorK * (b + ownErrorR) + unit2 * newSizeR;
    return {
      errorK: Math.max(newErrorK, ownErrorK) * this.#slack + this.#tiny,
      errorR: Math.max(newErrorR, ownErrorR) * this.#slack + this.#tiny,
      sizeK: newSizeK,
      sizeR: newSizeR,
    };
  }

  #openAll(d: number, mask: number): void {
    for (let rest = 0; rest < 2 ** (this.#n - d); rest++) {
      const each = mask | (rest << d);
      this.#open[each >>> 5] |= 1 << (each & 31);
    }
  }
}

/** Room for n rows of [K | r] at each depth. */
const scratchOf = scratchBySize((n): readonly Float64Array[] =>
  Array.from({ length: n }, () => new Float64Array(n * (n + 1))),
);

/** [K | r] of the whole system, with bounds. */
function rootOf(model: StageModel): { root: Float64Array; bounds: Bounds } | undefined {
  const { latentDim: R, count: n, M, g, U, V, h, uNorm, hError, matrixError, rhsError, precision } = model;
  const X = new Float64Array(R * R);
  if (!approximateInverse(M.slice(), X, R)) return undefined;
  const q = inverseDefect(M, X, R, matrixError, precision);
  if (!(q < LARGEST_DEFECT)) return undefined;
  const width = n + 1;
  const root = new Float64Array(n * width);
  const x = new Float64Array(R);
  const none = new Float64Array(R);
  const bounds = { errorK: 0, errorR: 0, sizeK: 0, sizeR: 0 };
  for (let l = 0; l <= n; l++) {
    const isR = l === n;
    const pointError = isR
      ? solveByInverse(X, R, q, g, 0, rhsError, precision, x)
      : solveByInverse(X, R, q, V, l * R, none, precision, x);
    for (let j = 0; j < n; j++) {
      let sum = isR ? -h[j] : 0;
      for (let k = 0; k < R; k++) sum += U[j * R + k] * x[k];
      root[j * width + l] = sum;
      const error = uNorm[j] * pointError;
      if (isR) {
        bounds.errorR = Math.max(bounds.errorR, (error + hError[j]) * precision.slack);
        bounds.sizeR = Math.max(bounds.sizeR, Math.abs(sum));
      } else {
        bounds.errorK = Math.max(bounds.errorK, error * precision.slack);
        bounds.sizeK = Math.max(bounds.sizeK, Math.abs(sum));
      }
    }
  }
  return { root, bounds };
}
