import { factorise, solveFactorised } from "../../float/elimination.ts";
import { type CurveTable, maskAt } from "./curve-table.ts";
import { edgeKernelFor } from "./edge-kernel.ts";
import { NearDirections } from "./near-directions.ts";

/** Steps after which the inverse and u·z are computed afresh, and after which the region's matrix is. */
const STEPS_BETWEEN_INVERSES = 64;
const INVERSES_BETWEEN_MATRICES = 64;
/** A point of the curve that lies this far outside its region, relative to its size, has slipped. */
const SLIP = 1e-6;
/** A crossing at which the determinant falls to less than this is followed by a fresh inverse. */
const NEARLY_SINGULAR = 1e-8;
/**
 * More edges of no length one after the other than this number for each dimension and direction go round in circles.
 */
const MOST_STANDING = 4;
/** A vertex of the curve with a |t| below this, relative to the constant of G, may be a zero on a hyperplane. */
const NEARLY_ZERO = 1e-12;

/** Where a curve has come to: plain data, from which any thread can follow it. */
export interface CurvePoint {
  /** R: G(z) = t d on the curve. */
  readonly d: Float64Array;
  readonly t: number;
  /** The place in each direction. */
  readonly places: Int32Array;
  /** The sign of dt along the curve times that of the determinant: the same all along a curve. */
  readonly orientation: number;
  /** The direction last crossed and whether it was crossed upwards; −1 at the beginning. */
  readonly crossed: number;
  readonly upwards: boolean;
  /** The places of the region in which the curve began: where it comes back there it is closed. */
  readonly first: Int32Array;
}

/** How far a curve was followed. */
export type CurveEnd = "further" | "far" | "closed" | "slipped";

/** Takes the mask of a region with a zero on the curve (reused). */
export type OnZero = (mask: Uint32Array, crossed: boolean) => void;

/**
 * Follows curves {z : G(z) = t d} from region to region. In a region z = A⁻¹(t d − c) is a line; at a hyperplane the
 * matrix changes by ± w uᵀ, its inverse by the formula of Sherman and Morrison, and dt changes its sign iff the
 * determinant does. Each sign change of t is a zero of G. One follower serves many curves, one after the other.
 */
export class CurveFollower {
  readonly table: CurveTable;
  /** The number of edges followed so far. */
  edges = 0;
  readonly #near: NearDirections;
  readonly #places: Int32Array;
  /** G(z) = A z + c in the region, and A⁻¹. */
  readonly #A: Float64Array;
  readonly #c: Float64Array;
  readonly #B: Float64Array;
  readonly #Bw: Float64Array;
  readonly #uB: Float64Array;
  readonly #factors: Float64Array;
  readonly #order: Uint32Array;
  readonly #column: Float64Array;
  readonly #mask: Uint32Array;
  /** The largest constant of G where all places are 0. */
  readonly #size: number;
  /** The sign of det A, the number of directions whose place is not that of the beginning, and edges since. */
  #going = { sign: 0, apart: 0, standing: 0, sinceInverse: 0, sinceMatrix: 0 };

  constructor(table: CurveTable, kernel = edgeKernelFor) {
    const { dim: R, count: D } = table;
    this.table = table;
    this.#near = new NearDirections(table, kernel);
    this.#places = new Int32Array(D);
    this.#A = new Float64Array(R * R);
    this.#c = new Float64Array(R);
    this.#B = new Float64Array(R * R);
    this.#Bw = new Float64Array(R);
    this.#uB = new Float64Array(R);
    this.#factors = new Float64Array(R * R);
    this.#order = new Uint32Array(R);
    this.#column = new Float64Array(R);
    this.#size = largest(table.k);
    this.#mask = new Uint32Array(Math.max(1, Math.ceil(table.hyperplanes / 32)));
  }

  /**
   * A curve that comes from infinity, where the direction e is its own (R numbers, not all zero).
   * @returns undefined where G's matrix is singular there.
   */
  fromFar(e: Float64Array): CurvePoint | undefined {
    const { dim: R, count: D, U, starts, kinks } = this.table;
    for (let d = 0; d < D; d++) {
      let slope = 0;
      for (let k = 0; k < R; k++) slope += U[d * R + k]! * e[k]!;
      this.#places[d] = slope > 0 ? starts[d + 1]! - starts[d]! : 0;
    }
    this.#sum();
    const sign = this.#invert();
    if (sign === 0) return undefined;
    const d = new Float64Array(R);
    for (let i = 0; i < R; i++) for (let k = 0; k < R; k++) d[i]! += this.#A[i * R + k]! * e[k]!;
    // z = t e − A⁻¹c is past all kinks from the largest of these t on
    let far = 0;
    const at = this.#solve(0, d);
    for (let j = 0; j < D; j++) {
      let x = 0;
      let slope = 0;
      for (let k = 0; k < R; k++) {
        x += U[j * R + k]! * at[k]!;
        slope += U[j * R + k]! * e[k]!;
      }
      const kink = slope > 0 ? kinks[starts[j + 1]! - 1]! : kinks[starts[j]!]!;
      const t = (kink - x) / slope;
      if (t < Number.POSITIVE_INFINITY) far = Math.max(far, t);
    }
    const places = this.#places.slice();
    const t = 2 * far + Number.MIN_VALUE;
    return { d, t, places, orientation: -sign, crossed: -1, upwards: false, first: places };
  }

  /**
   * A curve through a zero of G in the region of these places.
   * @param sense in which t changes there, 1 or −1. @returns undefined where the region's matrix is singular.
   */
  fromZero(places: Int32Array, d: Float64Array, sense: number): CurvePoint | undefined {
    this.#places.set(places);
    this.#sum();
    const sign = this.#invert();
    if (sign === 0) return undefined;
    return { d, t: 0, places, orientation: sense * sign, crossed: -1, upwards: false, first: places };
  }

  /**
   * Follows a curve for some edges.
   * @param between edges between two fresh inverses. @param goesOn whether `from` is where the last call has come to,
   *   so that nothing need be computed afresh. @returns where it has come to, and how it ended if it has.
   */
  follow(
    from: CurvePoint,
    edges: number,
    onZero: OnZero,
    between = STEPS_BETWEEN_INVERSES,
    goesOn = false,
  ): { readonly end: CurveEnd; readonly point: CurvePoint } {
    const { dim: R, count: D, starts } = this.table;
    const near = this.#near;
    const places = this.#places;
    const { d, orientation, first } = from;
    let { t, crossed, upwards } = from;
    const at = (): CurvePoint => ({ d, t, places: places.slice(), orientation, crossed, upwards, first });
    if (!goesOn && !this.#start(from)) return { end: "slipped", point: at() };
    const going = this.#going;
    const nearlyZero = NEARLY_ZERO * this.#size;
    for (let edge = 0; edge < edges; edge++) {
      this.edges++;
      const sense = orientation * going.sign;
      const next = near.advance(sense);
      const { length, upwards: up } = near;
      const before = t;
      if (next >= 0 && length < Number.POSITIVE_INFINITY) t += sense * length;
      else t = sense * Number.POSITIVE_INFINITY;
      if (before * t < 0 || (t === 0 && before !== 0)) this.#emit(onZero, true);
      else if (Math.abs(t) <= nearlyZero || Math.abs(before) <= nearlyZero) this.#emit(onZero, false);
      if (Number.isNaN(t)) return { end: "slipped", point: at() };
      if (next < 0 || length === Number.POSITIVE_INFINITY) return { end: "far", point: at() };
      // across the hyperplane
      going.standing = length > 0 ? 0 : going.standing + 1;
      if (going.standing > MOST_STANDING * (R + D) || (going.standing > 0 && next === crossed && up !== upwards)) {
        return { end: "slipped", point: at() };
      }
      const kink = starts[next]! + places[next]! - (up ? 0 : 1);
      if (places[next] === first[next]) going.apart++;
      places[next]! += up ? 1 : -1;
      if (places[next] === first[next]) going.apart--;
      this.#bound(next);
      near.bounded(next);
      crossed = next;
      upwards = up;
      const growth = this.#cross(next, kink, up ? 1 : -1);
      if (going.apart === 0) return { end: "closed", point: at() };
      if (growth < 0) going.sign = -going.sign;
      const isDue = ++going.sinceInverse >= between || !(Math.abs(growth) > NEARLY_SINGULAR);
      if (!isDue) continue;
      going.sinceInverse = 0;
      if (++going.sinceMatrix >= INVERSES_BETWEEN_MATRICES) {
        going.sinceMatrix = 0;
        this.#sum();
      }
      going.sign = this.#refresh(d, t, crossed, upwards);
      if (going.sign === 0) return { end: "slipped", point: at() };
    }
    return { end: "further", point: at() };
  }

  /** Begins in the region of a point. @returns whether the point is in it. */
  #start({ d, t, places, crossed, upwards, first }: CurvePoint): boolean {
    this.#places.set(places);
    this.#near.begin();
    let apart = 0;
    for (let j = 0; j < places.length; j++) {
      if (places[j] !== first[j]) apart++;
      this.#bound(j);
    }
    this.#sum();
    const sign = this.#refresh(d, t, crossed, upwards);
    this.#going = { sign, apart, standing: 0, sinceInverse: 0, sinceMatrix: 0 };
    return sign !== 0;
  }

  /** The kinks on both sides of a direction's place. */
  #bound(j: number): void {
    const { starts, kinks } = this.table;
    const place = starts[j]! + this.#places[j]!;
    const { lo, hi } = this.#near;
    lo[j] = place > starts[j]! ? kinks[place - 1]! : Number.NEGATIVE_INFINITY;
    hi[j] = place < starts[j + 1]! ? kinks[place]! : Number.POSITIVE_INFINITY;
  }

  /** A and c of the region, from the table. */
  #sum(): void {
    const { count: D, M, k, starts } = this.table;
    this.#A.set(M);
    this.#c.set(k);
    for (let d = 0; d < D; d++) {
      const end = starts[d]! + this.#places[d]!;
      for (let kink = starts[d]!; kink < end; kink++) this.#change(d, kink, 1);
    }
  }

  /** Adds w uᵀ of a kink to A, or takes it away, and likewise the constant. */
  #change(d: number, kink: number, sign: number): void {
    const { dim: R, U, kinks, jumps } = this.table;
    const A = this.#A;
    const c = this.#c;
    for (let i = 0; i < R; i++) {
      const w = sign * jumps[kink * R + i]!;
      c[i]! -= w * kinks[kink]!;
      if (w !== 0) for (let n = 0; n < R; n++) A[i * R + n]! += w * U[d * R + n]!;
    }
  }

  /** Changes A, c, A⁻¹ and A⁻¹d across a kink. @returns det A' / det A. */
  #cross(d: number, kink: number, sign: number): number {
    const { dim: R, U, jumps } = this.table;
    this.#change(d, kink, sign);
    const B = this.#B;
    const Bw = this.#Bw;
    const uB = this.#uB;
    const { y } = this.#near;
    uB.fill(0);
    let growth = 1;
    let uy = 0;
    for (let i = 0; i < R; i++) {
      const u = U[d * R + i]!;
      uy += u * y[i]!;
      let sum = 0;
      for (let n = 0; n < R; n++) {
        const b = B[i * R + n]!;
        sum += b * jumps[kink * R + n]!;
        uB[n]! += u * b;
      }
      Bw[i] = sign * sum;
      growth += u * Bw[i]!;
    }
    const scale = 1 / growth;
    uy *= scale;
    for (let i = 0; i < R; i++) {
      const factor = Bw[i]! * scale;
      y[i]! -= Bw[i]! * uy;
      for (let n = 0; n < R; n++) B[i * R + n]! -= factor * uB[n]!;
    }
    return growth;
  }

  /** A⁻¹ from A. @returns the sign of det A, 0 where it is singular. */
  #invert(): number {
    const { dim: R } = this.table;
    const factors = this.#factors;
    factors.set(this.#A);
    if (!factorise(factors, R, this.#order)) return 0;
    let sign = isEven(this.#order, R) ? 1 : -1;
    for (let i = 0; i < R; i++) {
      const pivot = factors[i * R + i]!;
      if (!(Math.abs(pivot) > 0)) return 0;
      if (pivot < 0) sign = -sign;
    }
    const unit = this.#Bw.fill(0);
    for (let n = 0; n < R; n++) {
      unit[n] = 1;
      solveFactorised(factors, R, this.#order, unit, this.#column);
      unit[n] = 0;
      for (let i = 0; i < R; i++) this.#B[i * R + n] = this.#column[i]!;
    }
    return sign;
  }

  /** z = A⁻¹(t d − c), from the factors of A. */
  #solve(t: number, d: Float64Array): Float64Array {
    const { dim: R } = this.table;
    const b = this.#uB;
    for (let i = 0; i < R; i++) b[i] = t * d[i]! - this.#c[i]!;
    solveFactorised(this.#factors, R, this.#order, b, this.#column);
    return this.#column;
  }

  /**
   * A⁻¹, A⁻¹d and all u·z afresh. @returns the sign of det A, or 0 where A is singular or the point has slipped out of
   * its region.
   */
  #refresh(d: Float64Array, t: number, crossed: number, upwards: boolean): number {
    const { dim: R, count: D, U } = this.table;
    const sign = this.#invert();
    if (sign === 0) return 0;
    const { x: xs, lo, hi, y } = this.#near;
    solveFactorised(this.#factors, R, this.#order, d, y);
    const z = this.#solve(t, d);
    for (let j = 0; j < D; j++) {
      let x = 0;
      let size = 0;
      for (let k = 0; k < R; k++) {
        const term = U[j * R + k]! * z[k]!;
        x += term;
        size += Math.abs(term);
      }
      const slack = SLIP * size;
      // written so that NaN has slipped
      if (!(x >= lo[j]! - slack && x <= hi[j]! + slack)) return 0;
      xs[j] = x;
    }
    // the end of the last edge lies on its hyperplane
    if (crossed >= 0) xs[crossed] = upwards ? lo[crossed]! : hi[crossed]!;
    this.#near.moved();
    return sign;
  }

  #emit(onZero: OnZero, crossed: boolean): void {
    maskAt(this.table, this.#places, this.#mask);
    onZero(this.#mask, crossed);
  }
}

function largest(values: Float64Array): number {
  return values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

/** Whether a permutation is even. */
function isEven(order: Uint32Array, n: number): boolean {
  const seen = new Uint8Array(n);
  let even = true;
  for (let i = 0; i < n; i++) {
    if (seen[i] === 1) continue;
    let at = i;
    let steps = 0;
    while (seen[at] === 0) {
      seen[at] = 1;
      at = order[at]!;
      steps++;
    }
    if (steps % 2 === 0) even = !even;
  }
  return even;
}
