import type { Steps } from "../../base/steps.ts";
import { bit } from "../../exact/region.ts";
import { factorising, solveFactorised } from "../../float/elimination.ts";
import { evaluate, type PiecewiseLinearSystem } from "../../model/system.ts";
import type { CandidateSink } from "../../stages/run.ts";
import { STEPPED_DIMENSIONS, typicalDistance, uniform } from "./early-points.ts";

/** In fewer dimensions the search ends soon enough without curves. */
const FEWEST_DIMENSIONS = 6;
/** The largest number of operations for following curves: about ten seconds, in searches that take hours. */
const MOST_OPERATIONS = 1e10;
const MOST_PATHS = 4096;
/** Starts are in turn 4, 16, … 4^FARTHEST times as far from the origin as the hyperplanes. */
const FARTHEST = 8;
/** Edges of one curve between two looks at the clock, and fewer where they would take more products. */
const EDGES = 64;
const PRODUCTS_AT_ONCE = 2 ** 22;

/**
 * Finds more fixed points early, in searches that will be long. From a far point z₀ it follows the curve G(z) = s d,
 * d = G(z₀), from s = 1 on through all regions on the way: the curve is a polygon, and each of its crossings of s = 0
 * is a zero of G. For a clipped network with I − A regular G is nearly linear far out, so a curve that begins there
 * ends at s = −∞ and meets at least one zero on its way. A curve that begins too near may be closed. (Katzenelson, "An
 * algorithm for solving nonlinear resistor networks", 1965; Eaves, "Homotopies for computation of fixed points", 1972.)
 * Proves nothing: the regions of the zeros are handed to `sink`.
 *
 * In steps of some edges, or in many dimensions of one hyperplane or column.
 */
export function* emitPointsOnPaths(system: PiecewiseLinearSystem, sink: CandidateSink): Steps<void> {
  const { latentDim: R, hyperplanes: N } = system;
  if (R < FEWEST_DIMENSIONS) return;
  const perEdge = 4 * N * R + R ** 3;
  const distance = typicalDistance(system);
  const next = uniform(2);
  const seen = new Set<string>();
  const emit = (mask: Uint32Array): void => {
    const key = mask.join();
    if (seen.has(key)) return;
    seen.add(key);
    sink.add(mask, false);
  };
  let left = Math.ceil(MOST_OPERATIONS / perEdge);
  const edges = Math.max(1, Math.min(EDGES, Math.floor(PRODUCTS_AT_ONCE / perEdge)));
  for (let path = 0; path < MOST_PATHS && left > 0; path++) {
    const far = distance * 4 ** (FARTHEST - (path % FARTHEST));
    const curve = yield* Path.beginning(
      system,
      Float64Array.from({ length: R }, () => far * (2 * next() - 1)),
      emit,
    );
    let more = true;
    while (more && left > 0) {
      more = yield* curve.following(edges);
      left -= edges;
      yield;
    }
  }
}

/** One polygon G(z) = s d. */
class Path {
  readonly #system: PiecewiseLinearSystem;
  readonly #emit: (mask: Uint32Array) => void;
  readonly #z: Float64Array;
  readonly #d: Float64Array;
  readonly #mask: Uint32Array;
  readonly #J: Float64Array;
  readonly #factors: Float64Array;
  readonly #order: Uint32Array;
  /** The direction of an edge: dz for ds = 1, then turned so that z moves along it. */
  readonly #edge: Float64Array;
  readonly #first: Uint32Array;
  #s = 1;
  /** The sign of ds along the edge. */
  #ascent = -1;
  /** The hyperplane last crossed, and how fast u·z moved there. */
  #crossed = -1;
  #heading = 0;

  private constructor(system: PiecewiseLinearSystem, start: Float64Array, emit: (mask: Uint32Array) => void) {
    const { latentDim: R, hyperplanes: N, M } = system;
    this.#system = system;
    this.#emit = emit;
    this.#z = start;
    this.#d = evaluate(system, start);
    this.#mask = new Uint32Array(Math.max(1, Math.ceil(N / 32)));
    this.#J = M.rounded.slice();
    this.#factors = new Float64Array(R * R);
    this.#order = new Uint32Array(R);
    this.#edge = new Float64Array(R);
    this.#first = new Uint32Array(this.#mask.length);
  }

  /**
   * A curve at its start, in the region there.
   * @param emit takes the mask of each region with a zero on the curve (reused).
   */
  static *beginning(
    system: PiecewiseLinearSystem,
    start: Float64Array,
    emit: (mask: Uint32Array) => void,
  ): Steps<Path> {
    const path = new Path(system, start, emit);
    const { latentDim: R, hyperplanes: N, U, h } = system;
    for (let j = 0; j < N; j++) {
      let x = -h.rounded[j];
      for (let k = 0; k < R; k++) x += U[j * R + k] * start[k];
      if (!(x > 0)) continue;
      path.#flip(j);
      if (R >= STEPPED_DIMENSIONS) yield;
    }
    path.#first.set(path.#mask);
    return path;
  }

  /** @returns false when the curve has gone to infinity, has closed, or has come to a singular region. */
  *following(edges: number): Steps<boolean> {
    const { latentDim: R } = this.#system;
    for (let edge = 0; edge < edges; edge++) {
      if (!(yield* this.#directing())) return false;
      const next = this.#nextHyperplane();
      const length = next?.length ?? Number.POSITIVE_INFINITY;
      if (this.#s * this.#ascent < 0 && -this.#s * this.#ascent <= length) this.#emit(this.#mask);
      if (next === undefined || !Number.isFinite(length)) return false;
      for (let k = 0; k < R; k++) this.#z[k] += length * this.#edge[k];
      this.#s += length * this.#ascent;
      this.#flip(next.hyperplane);
      // a region holds one edge, so a curve that comes back to its first region is closed
      if (this.#mask.every((word, i) => word === this.#first[i])) return false;
      this.#crossed = next.hyperplane;
      this.#heading = next.speed;
    }
    return true;
  }

  /** Directs the edge through this region away from the hyperplane last crossed, whether s grows or falls. */
  *#directing(): Steps<boolean> {
    const { latentDim: R, U } = this.#system;
    this.#factors.set(this.#J);
    if (!(yield* factorising(this.#factors, R, this.#order))) return false;
    solveFactorised(this.#factors, R, this.#order, this.#d, this.#edge);
    if (this.#crossed >= 0) {
      let speed = 0;
      for (let k = 0; k < R; k++) speed += U[this.#crossed * R + k] * this.#edge[k];
      this.#ascent = speed > 0 === this.#heading > 0 ? 1 : -1;
    }
    for (let k = 0; k < R; k++) this.#edge[k] *= this.#ascent;
    return true;
  }

  /** The first hyperplane ahead that bounds this region, and its distance along the edge. */
  #nextHyperplane(): { hyperplane: number; length: number; speed: number } | undefined {
    const { latentDim: R, hyperplanes: N, U, h } = this.#system;
    let found: { hyperplane: number; length: number; speed: number } | undefined;
    for (let j = 0; j < N; j++) {
      let x = -h.rounded[j];
      let speed = 0;
      for (let k = 0; k < R; k++) {
        x += U[j * R + k] * this.#z[k];
        speed += U[j * R + k] * this.#edge[k];
      }
      const active = bit(this.#mask, j) === 1;
      if (active ? speed >= 0 : speed <= 0) continue;
      // rounding may have put z just past it
      const length = Math.max(0, -x / speed);
      if (found === undefined || length < found.length) found = { hyperplane: j, length, speed };
    }
    return found;
  }

  /** Moves into the region on the other side of a hyperplane. */
  #flip(j: number): void {
    const { latentDim: R, U, V } = this.#system;
    this.#mask[j >>> 5] ^= 1 << (j & 31);
    const sign = bit(this.#mask, j) === 1 ? 1 : -1;
    for (let i = 0; i < R; i++) {
      const v = sign * V.rounded[j * R + i];
      if (v === 0) continue;
      for (let k = 0; k < R; k++) this.#J[i * R + k] += v * U[j * R + k];
    }
  }
}
