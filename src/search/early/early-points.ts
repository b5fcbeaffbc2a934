import type { Steps } from "../../base/steps.ts";
import { factorising, solveFactorised } from "../../float/elimination.ts";
import { setBit } from "../../model/mask.ts";
import { evaluate, type PiecewiseLinearSystem } from "../../model/system.ts";
import type { CandidateSink } from "../../stages/run.ts";

/** After this number of products, ten or twenty milliseconds, there are no further starts. */
const MOST_PRODUCTS = 1e7;
const FEWEST_STARTS = 8;
const MOST_STARTS = 512;
/** In fewer dimensions a whole Newton step, or an edge of a curve, takes no time. */
const STEPPED_DIMENSIONS = 32;
/**
 * The largest number of Newton steps from one start, and the number of steps of the dynamics before them. On real models
 * 50 steps from twice as many starts met as many points as 200 steps, in half the time.
 */
const MOST_STEPS = 60;
const MAP_STEPS = 50;
/** From so many products of one evaluation on, a run looks at the clock between two of them. */
const MANY_PRODUCTS = 2 ** 14;
const SHORTEST_STEP = 2 ** -10;
/** A smaller |G|, relative to 1 + |z|, counts as a zero in float64. */
const NEARLY_ZERO = 1e-10;
/** Starts are up to this many times nearer or farther than the hyperplanes. */
const SPREAD = 8;

/**
 * Looks for fixed points with Newton's method from seeded starts, so that a user sees points at once and an answer cut
 * short has some. Proves nothing: the regions that it finds are handed to `sink`, which decides.
 *
 * Every other start first follows the map, or Euler steps of the flow, for a while towards an attractor. In steps of
 * one column or hyperplane.
 */
export function* emitEarlyPoints(system: PiecewiseLinearSystem, sink: CandidateSink): Steps<void> {
  const R = system.latentDim;
  const newton = new Newton(system);
  const size = typicalDistance(system);
  const next = uniform(1);
  const seen = new Set<string>();
  const z = new Float64Array(R);
  const step = system.time === "discrete" ? 1 : eulerStep(system);
  let products = 0;
  for (let start = 0; start < MOST_STARTS; start++) {
    if (start >= FEWEST_STARTS && products + newton.products > MOST_PRODUCTS) break;
    const scale = size * SPREAD ** (2 * next() - 1);
    for (let k = 0; k < R; k++) z[k] = scale * (2 * next() - 1);
    if (start % 2 === 1) {
      yield* followDynamics(system, z, MAP_STEPS, step);
      products += MAP_STEPS * productsOfOne(system);
    }
    const mask = yield* newton.from(z, MOST_STEPS);
    if (mask === undefined) continue;
    const key = mask.join();
    if (seen.has(key)) continue;
    seen.add(key);
    if (sink.addEarly !== undefined) sink.addEarly(mask);
    else sink.add(mask, false);
  }
}

/** The number of products of one `evaluate`. */
function productsOfOne({ latentDim: R, hyperplanes: N }: PiecewiseLinearSystem): number {
  return R * (R + 2 * N);
}

/** z ← z + step·G(z), while z stays finite: with a step of 1 the map itself. */
function* followDynamics(system: PiecewiseLinearSystem, z: Float64Array, steps: number, step: number): Steps<void> {
  const isStepped = z.length >= STEPPED_DIMENSIONS || productsOfOne(system) > MANY_PRODUCTS;
  for (let n = 0; n < steps; n++) {
    const G = evaluate(system, z);
    if (!G.every(Number.isFinite)) return;
    for (let k = 0; k < z.length; k++) z[k]! += step * G[k]!;
    if (isStepped) yield;
  }
}

/**
 * A step with which Euler's method follows the flow: a tenth of 1/‖M‖∞. It proves nothing, and may be too long where
 * many units are active. On threshold-linear networks of 30 and 40 units this step found more points than steps of half
 * or twice the length.
 */
function eulerStep({ latentDim: R, M }: PiecewiseLinearSystem): number {
  let norm = 0;
  for (let i = 0; i < R; i++) {
    let row = 0;
    for (let k = 0; k < R; k++) row += Math.abs(M.rounded[i * R + k]!);
    norm = Math.max(norm, row);
  }
  return norm > 0 && 1 / norm < Number.POSITIVE_INFINITY ? 0.1 / norm : 0.1;
}

/** mulberry32. */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Median distance of the hyperplanes that miss the origin; 1 if all pass through it. */
export function typicalDistance({ latentDim: R, hyperplanes: N, U, h }: PiecewiseLinearSystem): number {
  const distances: number[] = [];
  for (let j = 0; j < N; j++) {
    const norm = Math.hypot(...U.subarray(j * R, j * R + R));
    if (norm > 0 && h.rounded[j] !== 0) distances.push(Math.abs(h.rounded[j]!) / norm);
  }
  return distances.length === 0 ? 1 : distances.sort((a, b) => a - b)[distances.length >> 1]!;
}

/** Newton's method on G, each step halved until |G| falls. */
class Newton {
  /** The approximate number of products so far. */
  products = 0;
  readonly #system: PiecewiseLinearSystem;
  readonly #J: Float64Array;
  readonly #order: Uint32Array;
  readonly #step: Float64Array;
  readonly #mask: Uint32Array;

  constructor(system: PiecewiseLinearSystem) {
    const { latentDim: R, hyperplanes: N } = system;
    this.#system = system;
    this.#J = new Float64Array(R * R);
    this.#order = new Uint32Array(R);
    this.#step = new Float64Array(R);
    this.#mask = new Uint32Array(Math.max(1, Math.ceil(N / 32)));
  }

  /** The mask of the region in which `start` ends if G is nearly zero there, else undefined. */
  *from(start: Float64Array, steps: number): Steps<Uint32Array | undefined> {
    const system = this.#system;
    const R = system.latentDim;
    let z: Float64Array = start.slice();
    let G = evaluate(system, z);
    let size = norm(G);
    for (let step = 0; step < steps && size > 0; step++) {
      yield;
      yield* this.#form(z);
      if (!(yield* factorising(this.#J, R, this.#order))) return undefined;
      solveFactorised(this.#J, R, this.#order, G, this.#step);
      let length = 1;
      this.products += R ** 3;
      for (; length >= SHORTEST_STEP; length /= 2) {
        const next = z.map((x, k) => x - length * this.#step[k]!);
        const value = evaluate(system, next);
        this.products += productsOfOne(system);
        const nextSize = norm(value);
        if (!(nextSize < size * (1 - length / 10))) continue;
        z = next;
        G = value;
        size = nextSize;
        break;
      }
      // rounding also ends the steps: the exact finish decides whether there is a fixed point nearby
      if (length < SHORTEST_STEP) break;
    }
    if (!(size <= NEARLY_ZERO * (1 + norm(z)))) return undefined;
    yield* this.#form(z);
    return this.#mask.slice();
  }

  /** The mask at z and its region's matrix. */
  *#form(z: Float64Array): Steps<void> {
    const { latentDim: R, hyperplanes: N, U, M, V, h } = this.#system;
    const J = this.#J;
    const mask = this.#mask;
    J.set(M.rounded);
    mask.fill(0);
    for (let j = 0; j < N; j++) {
      let x = -h.rounded[j]!;
      for (let k = 0; k < R; k++) x += U[j * R + k]! * z[k]!;
      if (!(x > 0)) continue;
      setBit(mask, j);
      this.products += R * R;
      for (let i = 0; i < R; i++) {
        const v = V.rounded[j * R + i]!;
        if (v === 0) continue;
        for (let k = 0; k < R; k++) J[i * R + k]! += v * U[j * R + k]!;
      }
      if (R >= STEPPED_DIMENSIONS) yield;
    }
  }
}

function norm(x: Float64Array): number {
  return Math.sqrt(x.reduce((sum, each) => sum + each * each, 0));
}
