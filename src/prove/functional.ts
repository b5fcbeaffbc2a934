import type { ExactRoot } from "../check/exact-root.ts";
import { negate } from "../model/dyadic.ts";
import { ExactArray } from "../model/system.ts";
import { type Kernel, Verdict } from "../search/kernel/kernel.ts";
import { kernelFor } from "../search/kernel/wasm-kernel.ts";
import { searchProblem } from "../search/roots/problem.ts";

/** A functional of a proof: whole numbers, one for each equation of the root. */
export interface Functional {
  readonly y: Float64Array;
  /** Whether it needs 32 bits. */
  readonly wide: boolean;
}

const BYTE = 127;
const WORD = 2 ** 30;

/** What a box's enclosure keeps for its parts. */
interface Inherited {
  readonly M: Float64Array;
  readonly k: Float64Array;
  undecided: Int32Array;
  count: number;
  simple: number;
}

/** Why an enclosure of a box says that it holds no zero, or what it says else. */
export interface Proposal {
  /** "empty": y·G > 0 up to rounding; "linear": no unit is undecided; "kept": neither. */
  readonly verdict: "empty" | "linear" | "kept";
  /** The functional that came nearest, signed so that y·G > 0 at the centre; float64. */
  readonly y: Float64Array;
  /** How near it came: below 1 of a box that is kept, else 1. */
  readonly nearness: number;
}

/**
 * The kernel of the search, asked for functionals: it only proposes, so nothing here is relied on. Boxes go from a
 * root down as in `Boxes`, and are not contracted.
 */
export class Proposer {
  readonly #kernel: Kernel;
  readonly #levels: Inherited[] = [];
  readonly #R: number;
  readonly #L: number;
  readonly #start: Inherited;
  readonly #y: Float64Array;

  /** @param scale exponents of the equations, as in the table of the root. */
  constructor(root: ExactRoot, scale: ArrayLike<number>) {
    const { dim: R, count, M, c, U, V, h } = root;
    const shifted = (values: ExactRoot["M"], row: (at: number) => number) =>
      ExactArray.ofDyadics(values.map((x, at) => (x.m === 0n ? x : { m: x.m, e: x.e + scale[row(at)] })));
    const system = {
      dim: R,
      count,
      M: shifted(M, (at) => Math.floor(at / R)),
      g: shifted(c.map(negate), (at) => at),
      U: ExactArray.ofDyadics(U),
      V: shifted(V, (at) => at % R),
      h: ExactArray.ofDyadics(h),
    };
    const { table } = searchProblem(system, -1, false);
    this.#kernel = kernelFor(table);
    // a box that only a sweep empties is better halved by the spread, as a checker takes the edges at the box's centre
    this.#kernel.workspace.sweepFrom[0] = Number.POSITIVE_INFINITY;
    this.#R = R;
    this.#L = table.count;
    this.#y = new Float64Array(R);
    this.#start = {
      M: table.M,
      k: table.k,
      undecided: Int32Array.from({ length: table.count }, (_, j) => j),
      count: table.count,
      simple: table.simple,
    };
  }

  /** Encloses G on the box of a depth, which lies in that of the depth before. */
  propose(depth: number, lo: Float64Array, hi: Float64Array): Proposal {
    const { workspace } = this.#kernel;
    const parent = depth === 0 ? this.#start : this.#levels[depth - 1];
    workspace.lo.set(lo);
    workspace.hi.set(hi);
    workspace.M.set(parent.M);
    workspace.k.set(parent.k);
    for (let q = 0; q < parent.count; q++) workspace.undecided[q] = parent.undecided[q];
    const code = this.#kernel.enclose(parent.simple, parent.count);
    const level = this.#level(depth);
    level.M.set(workspace.M);
    level.k.set(workspace.k);
    level.count = this.#kernel.count;
    level.simple = this.#kernel.simple;
    for (let q = 0; q < level.count; q++) level.undecided[q] = workspace.undecided[q];
    const y = this.#y;
    let atCentre = 0;
    for (let i = 0; i < this.#R; i++) atCentre += workspace.y[i] * workspace.G[i];
    for (let i = 0; i < this.#R; i++) y[i] = atCentre < 0 ? -workspace.y[i] : workspace.y[i];
    const verdict = code === Verdict.EMPTY ? "empty" : code === Verdict.LINEAR ? "linear" : "kept";
    return { verdict, y, nearness: verdict === "kept" ? workspace.nearness[0] : 1 };
  }

  /** Of the last box that was kept: Σ w|v|₁|u|, what the bands' widths come from, coordinate by coordinate. */
  get spread(): Float64Array {
    return this.#kernel.workspace.spread;
  }

  /** Of a last box without undecided units: the matrix of its region, row-major. */
  get matrix(): Float64Array {
    return this.#kernel.workspace.M;
  }

  #level(depth: number): Inherited {
    for (let d = this.#levels.length; d <= depth; d++) {
      this.#levels.push({
        M: new Float64Array(this.#R * this.#R),
        k: new Float64Array(this.#R),
        undecided: new Int32Array(this.#L + 1),
        count: 0,
        simple: 0,
      });
    }
    return this.#levels[depth];
  }
}

/** y in whole numbers of one byte, or of 32 bits; undefined for one that is zero or no number. */
export function quantise(y: ArrayLike<number>, wide: boolean): Functional | undefined {
  let largest = 0;
  for (let i = 0; i < y.length; i++) largest = Math.max(largest, Math.abs(y[i]));
  if (!(largest > 0 && largest < Number.POSITIVE_INFINITY)) return undefined;
  const factor = (wide ? WORD : BYTE) / largest;
  // + 0: no −0
  return { y: Float64Array.from(y, (x) => Math.round(x * factor) + 0), wide };
}
