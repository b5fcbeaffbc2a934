import { allOf, type Steps } from "../base/steps.ts";
import { dot } from "./affine.ts";
import {
  type FractionFreeSolution,
  findingIndependent,
  nullSpace,
  reducingRows,
  solvingFractionFree,
} from "./elimination.ts";
import { integerDot, type Polyhedron } from "./polyhedron.ts";
import { ofInteger, type Rational, rational, ZERO } from "./rational.ts";

/*
 * Linear programs in few variables and many rows, in exact integers. The state is a set of `dim` independent rows that
 * are tight, whose matrix B has the inverse K/D: a pivot costs dim² products and a look at a row costs dim products,
 * whatever the number of rows (a revised simplex on the dual side; Schrijver, "Theory of linear and integer
 * programming", 1986, chapter 11).
 */

/**
 * `dim` independent rows, all tight at one vertex. B⁻¹ = K/D with K integer (the adjugate up to sign) and D = |det
 * B| > 0.
 */
export class TightRows {
  readonly dim: number;
  /** Row numbers of the polyhedron, by position. */
  readonly rows: number[];
  readonly #bounds: bigint[];
  /** Column-major: the entries of column k of K are K[k·dim …], because a pivot works on columns. */
  readonly #K: bigint[];
  #D: bigint;

  private constructor(polyhedron: Polyhedron, rows: readonly number[], { determinant, X }: FractionFreeSolution) {
    const n = rows.length;
    this.dim = n;
    this.rows = [...rows];
    this.#bounds = rows.map((i) => polyhedron.bound(i));
    this.#D = determinant < 0n ? -determinant : determinant;
    this.#K = Array.from({ length: n * n }, (_, at) => {
      const value = X[(at % n) * n + Math.floor(at / n)]!;
      return determinant < 0n ? -value : value;
    });
  }

  /** Throws RangeError when the rows are dependent. */
  static of(polyhedron: Polyhedron, rows: readonly number[]): TightRows {
    return allOf(TightRows.making(polyhedron, rows));
  }

  /** `of` in steps of one row. */
  static *making(polyhedron: Polyhedron, rows: readonly number[]): Steps<TightRows> {
    const n = rows.length;
    const identity = Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1n : 0n));
    const inverse = yield* solvingFractionFree(
      rows.flatMap((i) => [...polyhedron.normal(i)]),
      n,
      identity,
      n,
    );
    if (inverse === undefined) throw new RangeError(`rows ${rows.join(", ")} are linearly dependent`);
    return new TightRows(polyhedron, rows, inverse);
  }

  get denominator(): bigint {
    return this.#D;
  }

  /** D·x at the vertex x. */
  vertex(): bigint[] {
    const n = this.dim;
    const x = new Array<bigint>(n).fill(0n);
    for (let k = 0; k < n; k++) {
      const bound = this.#bounds[k]!;
      if (bound === 0n) continue;
      for (let i = 0; i < n; i++) x[i]! += this.#K[k * n + i]! * bound;
    }
    return x;
  }

  /** D·y where yᵀB = g: how g combines the tight rows. */
  multipliers(g: readonly bigint[]): bigint[] {
    const n = this.dim;
    const y = new Array<bigint>(n);
    for (let k = 0; k < n; k++) {
      let sum = 0n;
      for (let i = 0; i < n; i++) if (g[i] !== 0n) sum += g[i]! * this.#K[k * n + i]!;
      y[k] = sum;
    }
    return y;
  }

  /** D·(the edge that leaves row `position` and keeps the others tight), pointing into the polyhedron. */
  edge(position: number): bigint[] {
    return this.#K.slice(position * this.dim, (position + 1) * this.dim).map((x) => -x);
  }

  /**
   * Puts row i, whose multipliers are given, in the place of the row at `position` (multiplier non-zero), in steps of
   * one row.
   */
  *replacing(position: number, i: number, bound: bigint, multipliers: readonly bigint[]): Steps<void> {
    const n = this.dim;
    const K = this.#K;
    const negative = multipliers[position]! < 0n;
    const pivot = negative ? -multipliers[position]! : multipliers[position]!;
    const from = position * n;
    for (let k = 0; k < n; k++) {
      if (k === position) continue;
      const factor = negative ? -multipliers[k]! : multipliers[k]!;
      for (let r = 0; r < n; r++) {
        K[k * n + r] = (K[k * n + r]! * pivot - K[from + r]! * factor) / this.#D;
      }
      yield;
    }
    if (negative) for (let r = 0; r < n; r++) K[from + r] = -K[from + r]!;
    this.#D = pivot;
    this.rows[position] = i;
    this.#bounds[position] = bound;
  }
}

/**
 * Lexicographic dual simplex: from tight rows whose multipliers for `objective` are all ≥ 0, moves to the vertex that
 * maximises objective·x over the polyhedron, or finds that there is no point in it. `tight` is changed in place.
 *
 * The objective is perturbed by infinitely small multiples of the first tight rows. So every step lowers it strictly
 * and no set of tight rows recurs, whichever violated row enters. "below" when the maximum is less than `floor`.
 * In steps of one row.
 */
export function* maximising(
  polyhedron: Polyhedron,
  tight: TightRows,
  objective: readonly bigint[],
  floor?: bigint,
): Steps<"optimal" | "infeasible" | "below"> {
  const start = tight.rows.map((i) => polyhedron.normal(i));
  let next = 0;
  for (;;) {
    const x = tight.vertex();
    const D = tight.denominator;
    if (floor !== undefined && integerDot(objective, x) < floor * D) return "below";
    // the search for a violated row continues where it stopped, so most rows are looked at only once
    let entering = -1;
    for (let looked = 0; looked < polyhedron.count; looked++) {
      const i = next;
      next = next + 1 === polyhedron.count ? 0 : next + 1;
      if (integerDot(polyhedron.normal(i), x) > polyhedron.bound(i) * D) {
        entering = i;
        break;
      }
      yield;
    }
    if (entering < 0) return "optimal";
    const alpha = tight.multipliers(polyhedron.normal(entering));
    const leaving = yield* lexicographicRatio(tight, alpha, objective, start);
    if (leaving < 0) return "infeasible";
    yield* tight.replacing(leaving, entering, polyhedron.bound(entering), alpha);
  }
}

/**
 * Position with alpha > 0 and the lexicographically least (y, y of the first start row, …)/alpha; −1 if no alpha is
 * positive.
 */
function* lexicographicRatio(
  tight: TightRows,
  alpha: readonly bigint[],
  objective: readonly bigint[],
  start: readonly (readonly bigint[])[],
): Steps<number> {
  let tied: number[] = [];
  for (let k = 0; k < alpha.length; k++) if (alpha[k]! > 0n) tied.push(k);
  for (let level = 0; tied.length > 1; level++) {
    const y = tight.multipliers(level === 0 ? objective : start[level - 1]!);
    let least = [tied[0]!];
    for (const k of tied.slice(1)) {
      const difference = y[k]! * alpha[least[0]!]! - y[least[0]!]! * alpha[k]!;
      if (difference < 0n) least = [k];
      else if (difference === 0n) least.push(k);
    }
    tied = least;
    yield;
  }
  return tied.length === 0 ? -1 : tied[0]!;
}

export type LinearProgramResult =
  | { readonly status: "optimal"; readonly point: Rational[]; readonly value: Rational }
  | { readonly status: "unbounded" }
  | { readonly status: "infeasible" };

/** A polyhedron whose rows span the whole space, with its coordinates among the original ones. */
interface Reduced {
  readonly polyhedron: Polyhedron;
  /** Numbers of independent rows, as many as there are coordinates. */
  readonly rows: number[];
  /** Original coordinates kept; the others are zero. */
  readonly columns: number[];
}

/**
 * Drops coordinates until the rows span the space: a polyhedron that contains lines has no vertex. In steps of one row.
 */
export function* droppingLines(polyhedron: Polyhedron): Steps<Reduced> {
  const { dim, count } = polyhedron;
  const rows = yield* findingIndependent((i) => polyhedron.normal(i), count, dim);
  if (rows.length === dim) return { polyhedron, rows, columns: Array.from({ length: dim }, (_, k) => k) };
  const { pivots: columns } = yield* reducingRows(
    rows.flatMap((i) => [...polyhedron.normal(i)]),
    rows.length,
    dim,
  );
  return {
    polyhedron: {
      dim: columns.length,
      count,
      normal: (i) => {
        const full = polyhedron.normal(i);
        return columns.map((k) => full[k]!);
      },
      bound: (i) => polyhedron.bound(i),
    },
    rows,
    columns,
  };
}

function expand(dim: number, columns: readonly number[], tight: TightRows): Rational[] {
  const point = new Array<Rational>(dim).fill(ZERO);
  const x = tight.vertex();
  columns.forEach((column, k) => {
    point[column] = rational(x[k]!, tight.denominator);
  });
  return point;
}

/** Tight rows at a vertex of the polyhedron, whose rows must span the space; undefined iff it is empty. */
function* findingVertex({ polyhedron, rows }: Reduced): Steps<TightRows | undefined> {
  const tight = yield* TightRows.making(polyhedron, rows);
  const objective = new Array<bigint>(polyhedron.dim).fill(0n);
  for (const i of rows) {
    const normal = polyhedron.normal(i);
    for (let k = 0; k < normal.length; k++) objective[k]! += normal[k]!;
  }
  return (yield* maximising(polyhedron, tight, objective)) === "optimal" ? tight : undefined;
}

/** Whether two polyhedra of one space have a point in common. */
export function haveCommonPoint(p: Polyhedron, q: Polyhedron): boolean {
  const both: Polyhedron = {
    dim: p.dim,
    count: p.count + q.count,
    normal: (i) => (i < p.count ? p.normal(i) : q.normal(i - p.count)),
    bound: (i) => (i < p.count ? p.bound(i) : q.bound(i - p.count)),
  };
  return feasiblePoint(both) !== undefined;
}

/** A point of the polyhedron (a vertex if it has one), or undefined iff it is empty. */
export function feasiblePoint(polyhedron: Polyhedron): Rational[] | undefined {
  return allOf(findingPoint(polyhedron));
}

/** `feasiblePoint` in steps of one row. */
export function* findingPoint(polyhedron: Polyhedron): Steps<Rational[] | undefined> {
  const reduced = yield* droppingLines(polyhedron);
  const tight = yield* findingVertex(reduced);
  return tight && expand(polyhedron.dim, reduced.columns, tight);
}

/** The greatest value of objective·x over the polyhedron, and a point where it is taken. Bland's rule makes it end. */
export function maximise(polyhedron: Polyhedron, objective: readonly bigint[]): LinearProgramResult {
  const reduced = allOf(droppingLines(polyhedron));
  const tight = allOf(findingVertex(reduced));
  if (tight === undefined) return { status: "infeasible" };
  if (reduced.columns.length < polyhedron.dim) {
    const lines = nullSpace(
      reduced.rows.flatMap((i) => [...polyhedron.normal(i)]),
      reduced.rows.length,
      polyhedron.dim,
    );
    const target = objective.map(ofInteger);
    if (lines.some((line) => dot(line, target).n !== 0n)) return { status: "unbounded" };
  }
  const w = reduced.columns.map((k) => objective[k]!);
  for (;;) {
    const leaving = leastIndex(tight.multipliers(w), tight.rows);
    if (leaving < 0) {
      const value = rational(integerDot(w, tight.vertex()), tight.denominator);
      return { status: "optimal", point: expand(polyhedron.dim, reduced.columns, tight), value };
    }
    const entering = firstRowMet(reduced.polyhedron, tight, tight.edge(leaving));
    if (entering < 0) return { status: "unbounded" };
    const normal = reduced.polyhedron.normal(entering);
    allOf(tight.replacing(leaving, entering, reduced.polyhedron.bound(entering), tight.multipliers(normal)));
  }
}

/** Position of the row of least number among those with a negative multiplier; −1 if there is none. */
function leastIndex(multipliers: readonly bigint[], rows: readonly number[]): number {
  let best = -1;
  multipliers.forEach((y, k) => {
    if (y < 0n && (best < 0 || rows[k]! < rows[best]!)) best = k;
  });
  return best;
}

/** The row of least number among those that a walk from the vertex along `edge` meets first; −1 if it meets none. */
function firstRowMet(polyhedron: Polyhedron, tight: TightRows, edge: readonly bigint[]): number {
  const x = tight.vertex();
  const D = tight.denominator;
  let best = -1;
  let bestSlack = 0n;
  let bestSpeed = 1n;
  for (let i = 0; i < polyhedron.count; i++) {
    const speed = integerDot(polyhedron.normal(i), edge);
    if (speed <= 0n) continue;
    const slack = polyhedron.bound(i) * D - integerDot(polyhedron.normal(i), x);
    if (best < 0 || slack * bestSpeed < bestSlack * speed) {
      best = i;
      bestSlack = slack;
      bestSpeed = speed;
    }
  }
  return best;
}
