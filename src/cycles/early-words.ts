import type { Steps } from "../base/steps.ts";
import { factorising, solveFactorised } from "../float/elimination.ts";
import { setBit } from "../model/mask.ts";
import { evaluate, type PiecewiseLinearSystem } from "../model/system.ts";
import { typicalDistance, uniform } from "../search/early/early-points.ts";
import { maskWords } from "./block.ts";
import type { WordSink } from "./word.ts";

/** After this number of products for one period, about a tenth of a second, there are no further starts. */
const MOST_PRODUCTS = 3e7;
const FEWEST_STARTS = 4;
const MOST_STARTS = 256;
/** Every other start first follows the map for this number of steps. */
const MAP_STEPS = 300;
/** A word that is not its own successor after this number of rounds is given up. */
const MOST_ROUNDS = 30;
/** Starts are up to this many times nearer or farther than the hyperplanes. */
const SPREAD = 8;

/**
 * Looks for cycles of one period as SCYFI does (Eisenmann et al. 2023): the linear system of the word of an orbit's
 * first k points is solved, the word of the solution's orbit is taken next, until a word repeats. Proves nothing: the
 * words are handed to `sink`, which decides. In steps of one point.
 * @param seed other starts for another whole number.
 */
export function* emitEarlyWords(system: PiecewiseLinearSystem, period: number, sink: WordSink, seed = 0): Steps<void> {
  const { latentDim: R, hyperplanes: N } = system;
  const size = typicalDistance(system);
  const next = uniform(period + 1000 * seed);
  const orbit = new Orbit(system, period);
  const productsOfRound = period * (R * (R + 2 * N) + R ** 3) + R ** 3;
  let products = 0;
  for (let start = 0; start < MOST_STARTS; start++) {
    if (start >= FEWEST_STARTS && products > MOST_PRODUCTS) break;
    const scale = size * SPREAD ** (2 * next() - 1);
    let z = Float64Array.from({ length: R }, () => scale * (2 * next() - 1));
    if (start % 2 === 1) {
      for (let n = 0; n < MAP_STEPS; n++) {
        z = evaluate(system, z).map((x, i) => x + z[i]!);
        yield;
      }
      products += MAP_STEPS * R * (R + 2 * N);
    }
    const seen = new Set<string>();
    for (let round = 0; round < MOST_ROUNDS && z.every(Number.isFinite); round++) {
      const key = yield* orbit.follow(z);
      products += productsOfRound;
      if (seen.has(key)) {
        sink.add(orbit.word);
        break;
      }
      seen.add(key);
      const solved = yield* orbit.solve();
      if (solved === undefined) break;
      z = solved;
    }
  }
}

/** The composed map along an orbit, in plain float64. */
class Orbit {
  readonly word: Uint32Array[];
  readonly #system: PiecewiseLinearSystem;
  /** F^t(z) = P z + q in the regions that the orbit has gone through. */
  #P = new Float64Array(0);
  #q = new Float64Array(0);

  constructor(system: PiecewiseLinearSystem, period: number) {
    this.#system = system;
    this.word = Array.from({ length: period }, () => new Uint32Array(maskWords(system.hyperplanes)));
  }

  /** Follows the orbit of z for k steps. @returns a text that equal words share. */
  *follow(start: Float64Array): Steps<string> {
    const { latentDim: R, hyperplanes: N, M, V, U, g, h } = this.#system;
    let z = start;
    this.#P = Float64Array.from({ length: R * R }, (_, at) => (at % (R + 1) === 0 ? 1 : 0));
    this.#q = new Float64Array(R);
    for (const mask of this.word) {
      mask.fill(0);
      const J = M.rounded.slice();
      const b = g.rounded.map((x) => -x);
      for (let i = 0; i < R; i++) J[i * (R + 1)]! += 1;
      for (let j = 0; j < N; j++) {
        let x = -h.rounded[j]!;
        for (let k = 0; k < R; k++) x += U[j * R + k]! * z[k]!;
        if (!(x > 0)) continue;
        setBit(mask, j);
        for (let i = 0; i < R; i++) {
          const v = V.rounded[j * R + i]!;
          if (v === 0) continue;
          for (let k = 0; k < R; k++) J[i * R + k]! += v * U[j * R + k]!;
          b[i]! -= v * h.rounded[j]!;
        }
      }
      z = applied(J, b, z);
      const q = applied(J, b, this.#q);
      const P = new Float64Array(R * R);
      for (let i = 0; i < R; i++)
        for (let l = 0; l < R; l++) {
          const x = J[i * R + l]!;
          if (x !== 0) for (let k = 0; k < R; k++) P[i * R + k]! += x * this.#P[l * R + k]!;
        }
      this.#P = P;
      this.#q = q;
      yield;
    }
    return this.word.map((mask) => mask.join()).join(";");
  }

  /** The z with P z + q = z; undefined if the matrix is singular in float64. */
  *solve(): Steps<Float64Array<ArrayBuffer> | undefined> {
    const R = this.#system.latentDim;
    const matrix = this.#P.map((x, at) => (at % (R + 1) === 0 ? 1 - x : -x));
    const order = new Uint32Array(R);
    if (!(yield* factorising(matrix, R, order))) return undefined;
    const z = new Float64Array(R);
    solveFactorised(matrix, R, order, this.#q, z);
    return z;
  }
}

/** J z + b. */
function applied(J: Float64Array, b: Float64Array, z: Float64Array): Float64Array<ArrayBuffer> {
  const R = z.length;
  return Float64Array.from(b, (x, i) => {
    let sum = x;
    for (let k = 0; k < R; k++) sum += J[i * R + k]! * z[k]!;
    return sum;
  });
}
