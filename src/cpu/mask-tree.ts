import { approximateInverse, inverseDefect, solveByInverse } from "../float/inverse.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { Judge } from "./judge.ts";
import { scratchBySize } from "./scratch.ts";

const LARGEST_DEFECT = 0.25;
/**
 * A node is made anew where an error is larger than this, after some levels, and with enough levels below for this to
 * pay. Measured.
 */
const LARGEST_ERROR = 2 ** -8;
const LEVELS_BEFORE_REFRESH = 2;
const LEAST_LEVELS_BELOW = 5;
/** The levels that `pieces` does at once. */
const LEVELS_AT_ONCE = 10;

/** [K | r] of one node of the tree: n rows of n + 1 numbers. */
interface Node {
  readonly rows: Float64Array;
  /** n each: bounds on the errors of a row's entries of K, in the columns that are not decided, and of r. */
  readonly errorK: Float64Array;
  readonly errorR: Float64Array;
  /** n: the largest entry of K in each row. */
  readonly sizeK: Float64Array;
  /** The depth at which the node, or the node that it was derived from, was made from the model itself. */
  madeAt: number;
}

/**
 * Finds the masks of a small model that may hold their candidate or have a singular matrix, in float64 with error
 * bounds (docs/design.md#all-masks). A mask takes a few operations, where judging it would take O(R³).
 *
 * With M regular, s = Uz − h and y = relu(s) the system is s = r − K y, K = U M⁻¹Vᵀ, r = U M⁻¹g − h. The masks are the
 * leaves of a tree that decides hyperplane d at depth d. If its bit is 0 then y_d = 0, and column d goes. If its bit is
 * 1 then y_d = s_d, and row d is solved for y_d: K'_dl = K_dl/p, p = 1 + K_dd, and K'_jl = K_jl − K_jd K'_dl in the
 * others, r likewise (the recursion by Schur complements of Griffin and Tsatsomeros, "Principal minors, part I", 2006).
 * At a leaf r is s at the region's candidate, and the region's matrix is regular, as all p are.
 *
 * The exact system is that with M + Δ, |Δ| ≤ matrixError, and g + Δg in the place of M and g, where the Δs depend on
 * the mask. So K and r of the root err by the bound of M's inverse. From the root on errors follow one path, row by
 * row, since a bound for all rows would grow with the product of the largest factors. With |K_jl| erring by E_j,
 * B ≥ |K'_dl| and |p̃ − p| ≤ δ, K'_dl errs by at most e₀ = (E_d + Bδ)/(|p̃| − δ) + 3uB (two roundings), and K'_jl by at
 * most E_j + |K_jd|e₀ + E_j(B + e₀) + 2u(|K_j| + |K_jd|B), where |K_j| is the largest entry of the row; and likewise
 * for r, with its own errors and with b in the place of B. Where errors have grown too large a node is made anew from
 * the model, with the decided units put into M and g.
 *
 * A whole subtree is excluded where one row shows that it holds no fixed point. A decided row says that s_j, or y_j, is
 * r_j − Σ K_jl y_l over the undecided l, and y ≥ 0 at a fixed point. So if r_j has the wrong sign and no K_jl has the
 * sign that could change this, there is no fixed point. This does not tell whether the matrices are singular.
 */
export class MaskTree {
  readonly #n: number;
  readonly #unit2: number;
  readonly #slack: number;
  readonly #tiny: number;
  readonly #prunes: boolean;
  readonly #origin: Origin;
  readonly #root: Node;
  readonly #nodes: readonly Node[];
  /** Room for nodes that are made anew, by depth. */
  readonly #anew: readonly Node[];
  /** Called with each mask that is not excluded. */
  #open: (mask: number) => void = () => {};

  private constructor(origin: Origin, root: Node, model: StageModel, prunes: boolean, { nodes, anew }: Scratch) {
    const { count: n, precision } = model;
    this.#origin = origin;
    this.#root = root;
    this.#n = n;
    this.#prunes = prunes;
    this.#unit2 = 2 * precision.unit;
    this.#slack = precision.slack;
    this.#tiny = precision.tiny;
    this.#nodes = nodes;
    this.#anew = anew;
  }

  /**
   * @param model in float64, of at most 31 hyperplanes.
   * @param prunes whether masks with a singular matrix may be excluded too, where their region surely holds no fixed
   *   point; this is much quicker.
   * @param own whether the tree has memory of its own; a tree without must be visited at once.
   * @returns undefined where M is not surely regular.
   */
  static of(model: StageModel, prunes: boolean, own: boolean): MaskTree | undefined {
    const { count: n } = model;
    const origin = new Origin(model);
    const root = emptyNode(n);
    if (!origin.write(root, 0, 0)) return undefined;
    return new MaskTree(origin, root, model, prunes, own ? newScratch(n) : sharedScratch(n));
  }

  /** @param open is called with each mask that is not excluded. */
  visit(open: (mask: number) => void): void {
    this.#open = open;
    this.#visit(this.#root, 0, 0);
  }

  /** `visit` in pieces: yields, every few thousand masks, how many have been looked at. */
  *pieces(open: (mask: number) => void): Generator<number> {
    this.#open = open;
    let looked = 0;
    for (const masks of this.#walk(this.#root, 0, 0)) {
      looked += masks;
      yield looked;
    }
  }

  *#walk(node: Node, d: number, mask: number): Generator<number> {
    const below = this.#n - d;
    if (below <= LEVELS_AT_ONCE) {
      this.#visit(node, d, mask);
      yield 2 ** below;
      return;
    }
    if (this.#prunes && this.#isHopeless(node, d, mask)) {
      yield 2 ** below;
      return;
    }
    const best = this.#refreshed(node, d, mask);
    yield* this.#walk(best, d + 1, mask);
    const next = this.#nodes[d]!;
    const bit = mask | (1 << d);
    if (this.#solveRow(best, d, next)) yield* this.#walk(next, d + 1, bit);
    else yield* this.#walkAll(d + 1, bit);
  }

  /** Opens all masks of a subtree for which the tree has no node. */
  *#walkAll(d: number, mask: number): Generator<number> {
    const below = this.#n - d;
    if (below <= LEVELS_AT_ONCE) {
      this.#openAll(d, mask);
      yield 2 ** below;
      return;
    }
    yield* this.#walkAll(d + 1, mask);
    yield* this.#walkAll(d + 1, mask | (1 << d));
  }

  #visit(node: Node, d: number, mask: number): void {
    if (d === this.#n) {
      if (!this.#isOutside(node, mask)) this.#open(mask);
      return;
    }
    if (this.#prunes && this.#isHopeless(node, d, mask)) return;
    const best = this.#refreshed(node, d, mask);
    this.#visit(best, d + 1, mask);
    const next = this.#nodes[d]!;
    const bit = mask | (1 << d);
    if (this.#solveRow(best, d, next)) this.#visit(next, d + 1, bit);
    else this.#openAll(d + 1, bit);
  }

  /**
   * The node, or one made anew from the model where errors have grown so much that many masks below would stay open.
   */
  #refreshed(node: Node, d: number, mask: number): Node {
    if (d - node.madeAt < LEVELS_BEFORE_REFRESH || this.#n - d < LEAST_LEVELS_BELOW) return node;
    let worst = 0;
    for (let j = 0; j < this.#n; j++) worst = Math.max(worst, node.errorK[j]!, node.errorR[j]!);
    if (worst < LARGEST_ERROR) return node;
    const anew = this.#anew[d]!;
    return this.#origin.write(anew, mask, d) ? anew : node;
  }

  /** Whether a decided row shows that no mask of the subtree has a fixed point. */
  #isHopeless({ rows, errorK, errorR }: Node, d: number, mask: number): boolean {
    const n = this.#n;
    for (let j = 0, row = 0; j < d; j++, row += n + 1) {
      const wrong = (mask >>> j) & 1 ? -1 : 1;
      if (!(wrong * rows[row + n]! > errorR[j]!)) continue;
      let l = d;
      while (l < n && wrong * rows[row + l]! <= -errorK[j]!) l++;
      if (l === n) return true;
    }
    return false;
  }

  /** Whether the candidate of a leaf is surely on the wrong side of a hyperplane. */
  #isOutside({ rows, errorR }: Node, mask: number): boolean {
    const n = this.#n;
    for (let j = 0, at = n; j < n; j++, at += n + 1) {
      const s = rows[at]!;
      if (((mask >>> j) & 1 ? -s : s) > errorR[j]!) return true;
    }
    return false;
  }

  /** Makes the child with y_d = s_d, in `out`. @returns false if p may be zero. */
  #solveRow({ rows, errorK, errorR, sizeK, madeAt }: Node, d: number, out: Node): boolean {
    out.madeAt = madeAt;
    const n = this.#n;
    const width = n + 1;
    const unit2 = this.#unit2;
    const slack = this.#slack;
    const tiny = this.#tiny;
    const own = d * width;
    const p = 1 + rows[own + d]!;
    const delta = (errorK[d]! + unit2 * Math.abs(p)) * slack;
    if (!(Math.abs(p) > 2 * delta)) return false;
    const inverse = 1 / p;
    const spread = slack / (Math.abs(p) - delta);
    let B = 0;
    for (let l = d + 1; l < n; l++) {
      const x = rows[own + l]! * inverse;
      out.rows[own + l] = x;
      B = Math.max(B, Math.abs(x));
    }
    const solved = rows[own + n]! * inverse;
    const b = Math.abs(solved);
    const ownErrorK = ((errorK[d]! + B * delta) * spread + 2 * unit2 * B) * slack + tiny;
    const ownErrorR = ((errorR[d]! + b * delta) * spread + 2 * unit2 * b) * slack + tiny;
    out.rows[own + n] = solved;
    out.errorK[d] = ownErrorK;
    out.errorR[d] = ownErrorR;
    out.sizeK[d] = B;
    for (let j = 0, row = 0; j < n; j++, row += width) {
      if (j === d) continue;
      const factor = rows[row + d]!;
      const size = Math.abs(factor);
      let largest = 0;
      for (let l = d + 1; l < n; l++) {
        const entry = rows[row + l]! - factor * out.rows[own + l]!;
        out.rows[row + l] = entry;
        largest = Math.max(largest, Math.abs(entry));
      }
      const before = rows[row + n]!;
      out.rows[row + n] = before - factor * solved;
      out.sizeK[j] = largest;
      const error = errorK[j]!;
      const roundedK = unit2 * (sizeK[j]! + size * B);
      const roundedR = unit2 * (Math.abs(before) + size * b);
      out.errorK[j] = (error + size * ownErrorK + error * (B + ownErrorK) + roundedK) * slack + tiny;
      out.errorR[j] = (errorR[j]! + size * ownErrorR + error * (b + ownErrorR) + roundedR) * slack + tiny;
    }
    return true;
  }

  #openAll(d: number, mask: number): void {
    for (let rest = 0; rest < 2 ** (this.#n - d); rest++) this.#open(mask | (rest << d));
  }
}

interface Scratch {
  /** A node for each depth, and one more for each depth for nodes made anew. */
  readonly nodes: readonly Node[];
  readonly anew: readonly Node[];
}

function newScratch(n: number): Scratch {
  const nodes = () => Array.from({ length: n }, () => emptyNode(n));
  return { nodes: nodes(), anew: nodes() };
}

const sharedScratch = scratchBySize(newScratch);

function emptyNode(n: number): Node {
  return {
    rows: new Float64Array(n * (n + 1)),
    errorK: new Float64Array(n),
    errorR: new Float64Array(n),
    sizeK: new Float64Array(n),
    madeAt: 0,
  };
}

/**
 * Makes nodes from the model itself: the hyperplanes of a mask are put into M and g, then K = U M⁻¹Vᵀ and r = U
 * M⁻¹g − h are computed by an inverse with a bound on its error.
 */
class Origin {
  readonly #model: StageModel;
  /** [J | b] of a mask. */
  readonly #judge: Judge;
  readonly #X: Float64Array;
  readonly #work: Float64Array;
  readonly #x: Float64Array;
  readonly #none: Float64Array;
  readonly #mask = new Uint32Array(1);

  constructor(model: StageModel) {
    const { latentDim: R } = model;
    this.#model = model;
    this.#judge = new Judge(model);
    this.#X = new Float64Array(R * R);
    this.#work = new Float64Array(R * R);
    this.#x = new Float64Array(R);
    this.#none = new Float64Array(R);
  }

  /**
   * Makes the node of a mask whose first d hyperplanes are decided. @returns false if the matrix is not surely regular.
   */
  write(out: Node, mask: number, d: number): boolean {
    const { latentDim: R, count: n, U, V, h, uNorm, hError, matrixError, rhsError, precision } = this.#model;
    this.#mask[0] = mask;
    this.#judge.form(this.#mask, 0);
    const system = this.#judge.system as Float64Array;
    this.#work.set(system.subarray(0, R * R));
    if (!approximateInverse(this.#work, this.#X, R)) return false;
    const q = inverseDefect(system, this.#X, R, matrixError, precision);
    if (!(q < LARGEST_DEFECT)) return false;
    out.madeAt = d;
    out.errorK.fill(0);
    out.sizeK.fill(0);
    const x = this.#x;
    for (let l = d; l <= n; l++) {
      const isR = l === n;
      const pointError = isR
        ? solveByInverse(this.#X, R, q, system, R * R, rhsError, precision, x)
        : solveByInverse(this.#X, R, q, V, l * R, this.#none, precision, x);
      for (let j = 0; j < n; j++) {
        let sum = isR ? -h[j]! : 0;
        for (let k = 0; k < R; k++) sum += U[j * R + k]! * x[k]!;
        out.rows[j * (n + 1) + l] = sum;
        const error = uNorm[j]! * pointError;
        if (isR) out.errorR[j] = (error + hError[j]!) * precision.slack;
        else {
          out.errorK[j] = Math.max(out.errorK[j]!, error * precision.slack);
          out.sizeK[j] = Math.max(out.sizeK[j]!, Math.abs(sum));
        }
      }
    }
    return true;
  }
}
