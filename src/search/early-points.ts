import { factorise, solveFactorised } from "../bounds/elimination.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { CandidateSink } from "../stages/run.ts";

/** Arithmetic that looking for points early may cost: some tens of milliseconds. */
const MOST_OPERATIONS = 1e7;
const FEWEST_STARTS = 32;
const MOST_STARTS = 512;
/** Newton steps from one start. */
const MOST_STEPS = 25;
/** Starts are this many times nearer or farther than the hyperplanes are. */
const SPREAD = 8;

/**
 * Looks for fixed points with Newton's method from seeded starts, so that a user sees points at once and an answer cut short has
 * some. Proves nothing: what it finds are regions handed to `sink`, which decides.
 *
 * In a piecewise-linear system a Newton step goes to the candidate of the region it starts in; a candidate in its own region is a
 * fixed point.
 */
export function emitEarlyPoints(system: PiecewiseLinearSystem, sink: CandidateSink): void {
  const { latentDim: R, hyperplanes: N } = system;
  const newton = new Newton(system);
  const perStep = N * R * (R + 2) + R ** 3;
  const starts = Math.round(Math.min(MOST_STARTS, Math.max(FEWEST_STARTS, MOST_OPERATIONS / (perStep * MOST_STEPS))));
  const size = typicalDistance(system);
  const next = uniform(1);
  const seen = new Set<string>();
  const z = new Float64Array(R);
  for (let start = 0; start < starts; start++) {
    const scale = size * SPREAD ** (2 * next() - 1);
    for (let k = 0; k < R; k++) z[k] = scale * (2 * next() - 1);
    const mask = newton.from(z, MOST_STEPS);
    if (mask === undefined) continue;
    const key = mask.join();
    if (seen.has(key)) continue;
    seen.add(key);
    sink.add(mask, false);
  }
}

/** mulberry32. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Median distance of the hyperplanes that miss the origin; 1 if all pass through it. */
function typicalDistance({ latentDim: R, hyperplanes: N, U, h }: PiecewiseLinearSystem): number {
  const distances: number[] = [];
  for (let j = 0; j < N; j++) {
    const norm = Math.hypot(...U.subarray(j * R, j * R + R));
    if (norm > 0 && h.rounded[j] !== 0) distances.push(Math.abs(h.rounded[j]) / norm);
  }
  return distances.length === 0 ? 1 : distances.sort((a, b) => a - b)[distances.length >> 1];
}

class Newton {
  readonly #system: PiecewiseLinearSystem;
  readonly #J: Float64Array;
  readonly #b: Float64Array;
  readonly #order: Uint32Array;
  readonly #z: Float64Array;
  #mask: Uint32Array;
  #previous: Uint32Array;

  constructor(system: PiecewiseLinearSystem) {
    const { latentDim: R, hyperplanes: N } = system;
    this.#system = system;
    this.#J = new Float64Array(R * R);
    this.#b = new Float64Array(R);
    this.#order = new Uint32Array(R);
    this.#z = new Float64Array(R);
    this.#mask = new Uint32Array(Math.max(1, Math.ceil(N / 32)));
    this.#previous = this.#mask.slice();
  }

  /** The mask of a region that holds its own candidate, reached from `start`; undefined if none is in so many steps. */
  from(start: Float64Array, steps: number): Uint32Array | undefined {
    const { latentDim: R } = this.#system;
    const z = this.#z;
    z.set(start);
    for (let step = 0; step < steps; step++) {
      [this.#previous, this.#mask] = [this.#mask, this.#previous];
      this.#form();
      if (step > 0 && this.#mask.every((word, w) => word === this.#previous[w])) return this.#mask.slice();
      if (!factorise(this.#J, R, this.#order)) return undefined;
      solveFactorised(this.#J, R, this.#order, this.#b, z);
      if (!z.every(Number.isFinite)) return undefined;
    }
    return undefined;
  }

  /** The mask at z and its region's system. */
  #form(): void {
    const { latentDim: R, hyperplanes: N, U, M, g, V, h } = this.#system;
    const J = this.#J;
    const b = this.#b;
    const z = this.#z;
    const mask = this.#mask;
    J.set(M.rounded);
    b.set(g.rounded);
    mask.fill(0);
    for (let j = 0; j < N; j++) {
      const offset = h.rounded[j];
      let x = -offset;
      for (let k = 0; k < R; k++) x += U[j * R + k] * z[k];
      if (!(x > 0)) continue;
      mask[j >>> 5] |= 1 << (j & 31);
      for (let i = 0; i < R; i++) {
        const v = V.rounded[j * R + i];
        if (v === 0) continue;
        b[i] += v * offset;
        for (let k = 0; k < R; k++) J[i * R + k] += v * U[j * R + k];
      }
    }
  }
}
