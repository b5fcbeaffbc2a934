import type { CurveTable } from "./curve-table.ts";
import { clearRow, type EdgeKernel, edgeKernelFor, writeRow } from "./edge-kernel.ts";

/**
 * About how many directions are looked at for an edge, at least: a ball that n hyperplanes meet is left after about
 * n/√R edges, and then all D directions are gone through.
 */
const FEWEST_NEAR = 32;
const NEAR = 2.5;
/** The most that the next ball is larger or smaller than the last. */
const GROWTH = 2;
/** The ball's hyperplanes are chosen with this much to spare. */
const SPARE = 1 + 2 ** -30;

/**
 * The directions that an edge can cross: those with a kink in a ball round a point of the curve. An edge that ends in
 * the ball lies in it, so no other direction matters. Where it ends elsewhere a new ball is drawn round its beginning,
 * and an edge that is too long for that too is found among all directions.
 */
export class NearDirections {
  /** The place u·z of each direction at the centre of the ball, and the kinks on both sides. */
  readonly x: Float64Array;
  readonly lo: Float64Array;
  readonly hi: Float64Array;
  /** R: dz = A⁻¹d on the edge to come. */
  readonly y: Float64Array;
  /** The length of the last edge, as a change of t, and whether it crossed its hyperplane upwards. */
  length = 0;
  upwards = false;
  readonly #R: number;
  readonly #D: number;
  readonly #wanted: number;
  readonly #U: Float64Array;
  /** D: 1/‖u‖. */
  readonly #scales: Float64Array;
  readonly #all: EdgeKernel;
  readonly #near: EdgeKernel;
  /** The directions in the list of the near ones, ascending, and where in it each direction is, or −1. */
  readonly #list: Int32Array;
  readonly #at: Int32Array;
  #radius = 0;
  #nextRadius = 0;
  /** R: from the centre of the ball to the point on the curve. */
  readonly #offset: Float64Array;
  /** The last edge, by which the near kernel has to move, or 0. */
  #pending = 0;
  /** Whether the ball has to be drawn anew round the centre. */
  #isStale = true;

  constructor({ dim: R, count: D, U }: CurveTable, kernel: (R: number, D: number) => EdgeKernel = edgeKernelFor) {
    this.#R = R;
    this.#D = D;
    this.#wanted = Math.max(FEWEST_NEAR, Math.ceil(NEAR * Math.sqrt(D * Math.sqrt(R))));
    this.#U = U;
    this.#all = kernel(R, D);
    this.#near = kernel(R, D);
    this.#scales = new Float64Array(D);
    for (let j = 0; j < D; j++) {
      writeRow(this.#all.arrays, j, U, j, R);
      this.#scales[j] = 1 / Math.hypot(...U.subarray(j * R, j * R + R));
    }
    const { x, lo, hi, control } = this.#all.arrays;
    lo.fill(Number.NEGATIVE_INFINITY);
    hi.fill(Number.POSITIVE_INFINITY);
    control[3] = D;
    this.x = x;
    this.lo = lo;
    this.hi = hi;
    this.y = this.#near.arrays.y;
    this.#list = new Int32Array(D);
    this.#at = new Int32Array(D).fill(-1);
    this.#offset = new Float64Array(R);
  }

  /** Forgets the last curve. */
  begin(): void {
    this.#nextRadius = 0;
  }

  /** To be called when x was computed afresh. */
  moved(): void {
    this.#offset.fill(0);
    this.#pending = 0;
    this.#isStale = true;
    if (this.#nextRadius === 0) this.#nextRadius = this.#firstRadius();
  }

  /** To be called when lo and hi of a direction have changed. */
  bounded(j: number): void {
    const at = this.#at[j]!;
    if (at < 0) return;
    this.#near.arrays.lo[at] = this.lo[j]!;
    this.#near.arrays.hi[at] = this.hi[j]!;
  }

  /**
   * Goes to the end of the edge that begins here along y.
   * @param sense the sign of dt. @returns the direction there, −1 if there is none; `length` may be infinite or NaN.
   */
  advance(sense: number): number {
    if (!this.#isStale) {
      const next = this.#advanceNear(sense);
      if (next >= 0) return next;
      this.#moveCentre();
    }
    this.#gather();
    const next = this.#advanceNear(sense);
    return next >= 0 ? next : this.#advanceAmongAll(sense);
  }

  /** @returns −1 if the edge leaves the ball. */
  #advanceNear(sense: number): number {
    const { dx, control } = this.#near.arrays;
    const y = this.y;
    const offset = this.#offset;
    control[0] = this.#pending;
    control[1] = sense;
    const at = this.#near.advance();
    this.#pending = 0;
    if (at < 0) return -1;
    const length = control[2]!;
    const step = sense * length;
    let square = 0;
    for (let k = 0; k < this.#R; k++) {
      const end = offset[k]! + step * y[k]!;
      square += end * end;
    }
    // written so that NaN and infinity leave it
    if (!(square < this.#radius * this.#radius)) return -1;
    for (let k = 0; k < this.#R; k++) offset[k]! += step * y[k]!;
    this.#pending = length;
    this.length = length;
    this.upwards = dx[at]! > 0;
    return this.#list[at]!;
  }

  #advanceAmongAll(sense: number): number {
    const { x, dx, y, control } = this.#all.arrays;
    y.set(this.y);
    control[0] = 0;
    control[1] = sense;
    const next = this.#all.advance();
    const length = control[2]!;
    this.length = length;
    if (next < 0) return next;
    for (let j = 0; j < this.#D; j++) x[j]! += length * dx[j]!;
    this.upwards = dx[next]! > 0;
    this.#isStale = true;
    return next;
  }

  /** Makes the point on the curve the centre. */
  #moveCentre(): void {
    const { x, dx, y, control } = this.#all.arrays;
    y.set(this.#offset);
    control[0] = 0;
    control[1] = 1;
    this.#all.advance();
    for (let j = 0; j < this.#D; j++) x[j]! += dx[j]!;
    this.#offset.fill(0);
  }

  /** Lists the directions with kinks in the ball. */
  #gather(): void {
    const D = this.#D;
    const { x, lo, hi } = this;
    this.#radius = this.#nextRadius;
    const scales = this.#scales;
    const list = this.#list;
    const place = this.#at;
    const reach = this.#radius * SPARE;
    let count = 0;
    for (let j = 0; j < D; j++) {
      const gap = Math.min(x[j]! - lo[j]!, hi[j]! - x[j]!);
      // a gap that is NaN counts as near
      if (gap * scales[j]! > reach) place[j] = -1;
      else {
        place[j] = count;
        list[count++] = j;
      }
    }
    const { arrays } = this.#near;
    for (let at = 0; at < count; at++) {
      const j = list[at]!;
      writeRow(arrays, at, this.#U, j, this.#R);
      arrays.x[at] = x[j]!;
      arrays.dx[at] = 0;
      arrays.lo[at] = lo[j]!;
      arrays.hi[at] = hi[j]!;
    }
    if (count % 2 === 1) clearRow(arrays, count, this.#R);
    arrays.control[3] = count;
    this.#isStale = false;
    this.#nextRadius *= Math.min(GROWTH, Math.max(1 / GROWTH, this.#wanted / count));
  }

  /** The radius of a ball that meets as many hyperplanes as are wanted; infinite if there are no more. */
  #firstRadius(): number {
    if (this.#D <= this.#wanted) return Number.POSITIVE_INFINITY;
    const distances = this.#scales.map((scale, j) => this.#gap(j) * scale);
    return distances.sort()[this.#wanted]!;
  }

  /** How far u·z is from the next kink of a direction. */
  #gap(j: number): number {
    return Math.min(this.x[j]! - this.lo[j]!, this.hi[j]! - this.x[j]!);
  }
}
