import { rotationKey, type Word, type WordSink } from "../src/cycles/word.ts";
import { factorise, solveFactorised } from "../src/float/elimination.ts";
import { bit, setBit } from "../src/model/mask.ts";
import type { PiecewiseLinearSystem } from "../src/model/system.ts";
import type { Random } from "../tests/support/random.ts";

/** The numbers of SCYFI's defaults: masks in the pool come from random points of a cube of this half-width. */
const POOL = 1000;
const HALF_WIDTH = 10;
/** Steps from a virtual orbit's word to the next, before a new random word. */
const INNER_STEPS = 20;

/**
 * Cycles by restarts as SCYFI looks for them (Eisenmann et al. 2023; docs/comparison.md): a random sequence of k masks
 * from a pool of masks that random points have; the linear system of its composed map is solved in float64, and where
 * the orbit of the solution has other masks, these are taken next, until they are its own or have been seen.
 */
export class Restarts {
  readonly #system: PiecewiseLinearSystem;
  readonly #random: Random;
  readonly #sink: WordSink;
  readonly #pool: Uint32Array[];
  readonly #found = new Set<string>();

  constructor(system: PiecewiseLinearSystem, random: Random, sink: WordSink) {
    this.#system = system;
    this.#random = random;
    this.#sink = sink;
    const masks = new Map<string, Uint32Array>();
    for (let n = 0; n < POOL; n++) {
      const z = Float64Array.from({ length: system.latentDim }, () => random.real(HALF_WIDTH));
      const { mask } = this.#step(z);
      masks.set(mask.join(), mask);
    }
    this.#pool = [...masks.values()];
  }

  /** One restart. @returns whether it came upon a word that no restart before had. */
  once(period: number): boolean {
    let word: Word = Array.from({ length: period }, () => this.#random.pick(this.#pool));
    const seen = new Set<string>();
    for (let n = 0; n < INNER_STEPS; n++) {
      const name = word.map((mask) => mask.join()).join(";");
      if (seen.has(name)) return false;
      seen.add(name);
      const start = this.#solve(word);
      if (start === undefined) return false;
      let z = start;
      const own = word.map(() => {
        const { mask, next } = this.#step(z);
        z = next;
        return mask;
      });
      if (own.every((mask, t) => mask.join() === word[t]!.join())) return this.#keep(word);
      word = own;
    }
    return false;
  }

  #keep(word: Word): boolean {
    const key = `${word.length}: ${rotationKey(word)}`;
    if (this.#found.has(key)) return false;
    this.#found.add(key);
    this.#sink.add(word);
    return true;
  }

  /** The mask at a point, and its image. */
  #step(z: Float64Array): { mask: Uint32Array; next: Float64Array<ArrayBuffer> } {
    const { latentDim: R, hyperplanes: N, U, h } = this.#system;
    const mask = new Uint32Array(Math.max(1, Math.ceil(N / 32)));
    for (let j = 0; j < N; j++) {
      let x = -h.rounded[j]!;
      for (let k = 0; k < R; k++) x += U[j * R + k]! * z[k]!;
      if (x > 0) setBit(mask, j);
    }
    const { J, b } = this.#map(mask);
    return { mask, next: applied(J, b, z) };
  }

  /** F(z) = J z + b where the mask holds. */
  #map(mask: Uint32Array): { J: Float64Array; b: Float64Array } {
    const { latentDim: R, hyperplanes: N, M, V, U, g, h } = this.#system;
    const J = M.rounded.slice();
    const b = g.rounded.map((x) => -x);
    for (let i = 0; i < R; i++) J[i * (R + 1)]! += 1;
    for (let j = 0; j < N; j++) {
      if (bit(mask, j) === 0) continue;
      for (let i = 0; i < R; i++) {
        const v = V.rounded[j * R + i]!;
        for (let k = 0; k < R; k++) J[i * R + k]! += v * U[j * R + k]!;
        b[i]! -= v * h.rounded[j]!;
      }
    }
    return { J, b };
  }

  /** z_0 with F^k(z_0) = z_0 by the maps of a word; undefined where its matrix is singular. */
  #solve(word: Word): Float64Array<ArrayBuffer> | undefined {
    const R = this.#system.latentDim;
    let P: Float64Array = Float64Array.from({ length: R * R }, (_, at) => (at % (R + 1) === 0 ? 1 : 0));
    let q: Float64Array = new Float64Array(R);
    for (const mask of word) {
      const { J, b } = this.#map(mask);
      const before = P;
      P = before.map((_, at) => {
        let sum = 0;
        for (let l = 0; l < R; l++) sum += J[Math.floor(at / R) * R + l]! * before[l * R + (at % R)]!;
        return sum;
      });
      q = applied(J, b, q);
    }
    const matrix = P.map((x, at) => (at % (R + 1) === 0 ? 1 - x : -x));
    const order = new Uint32Array(R);
    if (!factorise(matrix, R, order)) return undefined;
    const z = new Float64Array(R);
    solveFactorised(matrix, R, order, q, z);
    return z.every(Number.isFinite) ? z : undefined;
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
