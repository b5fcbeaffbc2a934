import type { Steps } from "../base/steps.ts";
import { determinant, solvingFractionFree } from "../exact/elimination.ts";
import { trailingZeros } from "../exact/integers.ts";
import type { ExactMatrix } from "../exact/matrix.ts";
import { roundQuotient } from "../exact/rounding.ts";
import { type ExactCandidate, ExactRegions, type ExactSigns } from "../finalize/exact-region.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { Word } from "./word.ts";

/** The map of one region as integers: F(z) = 2^e (J z − b) there. */
export interface StepMap {
  /** R×R row-major. */
  readonly J: readonly bigint[];
  /** R. */
  readonly b: readonly bigint[];
}

/** The composed map of k steps as integers: F^k(z) = 2^(k e) (P z + q). */
export interface ComposedMap {
  /** k. */
  readonly steps: number;
  /** P: R×R row-major. */
  readonly integers: readonly bigint[];
  /** R. */
  readonly q: readonly bigint[];
}

/** A point of an orbit, exactly and rounded, with its exact signs. */
export interface OrbitPoint {
  readonly exact: ExactCandidate;
  /** Correctly rounded; length R. */
  readonly z: readonly number[];
  /** max |z − exact|, rounded up. */
  readonly error: number;
  readonly signs: ExactSigns;
}

/** What the linear system of a word has: one solution in its closed regions, none, or a singular matrix. */
export type WordDecision =
  | { readonly kind: "orbit"; readonly points: readonly OrbitPoint[] }
  | { readonly kind: "none" }
  | { readonly kind: "singular" };

/** A prime, modulo which determinants are found not to be 0. */
const PRIME = 2n ** 61n - 1n;

/** The most step maps that are kept: a map of 512 units has more regions than memory. */
const MOST_KEPT = 4096;

/**
 * The exact algebra of words: the composed map F^k(z) = P z + q of a word, with k·R² integer products, and the solution
 * of (I − P) z_0 = q in R dimensions (docs/design.md#cycles).
 */
export class ComposedWords {
  readonly regions: ExactRegions;
  /** e ≤ 0, the exponent of all step maps. */
  readonly exponent: number;
  readonly #R: number;
  readonly #maps = new Map<string, StepMap>();

  constructor(system: PiecewiseLinearSystem) {
    this.regions = new ExactRegions(system);
    this.#R = system.latentDim;
    this.exponent = Math.min(0, this.regions.exponent);
  }

  /** The map of a region, in steps of one hyperplane. */
  *stepping(mask: Uint32Array): Steps<StepMap> {
    const key = mask.join();
    const known = this.#maps.get(key);
    if (known !== undefined) return known;
    const field = yield* this.regions.forming(mask);
    const up = BigInt(this.regions.exponent - this.exponent);
    const J = field.J.map((x) => x << up);
    const one = 1n << BigInt(-this.exponent);
    for (let i = 0; i < this.#R; i++) J[i * (this.#R + 1)]! += one;
    const map = { J, b: field.b.map((x) => x << up) };
    if (this.#maps.size >= MOST_KEPT) this.#maps.clear();
    this.#maps.set(key, map);
    return map;
  }

  /** The matrix of the composed map of the regions in order, P·2^(k e). */
  *multiplying(word: Word): Steps<ExactMatrix> {
    const { integers } = yield* this.composing(word);
    return { n: this.#R, integers, exponent: word.length * this.exponent };
  }

  /** The composed map of a word. */
  *composing(word: Word): Steps<ComposedMap> {
    let map = this.identity;
    for (const mask of word) map = yield* this.extending(map, mask);
    return map;
  }

  /** The composed map of no step. */
  get identity(): ComposedMap {
    const R = this.#R;
    const integers = Array.from({ length: R * R }, (_, at) => (at % (R + 1) === 0 ? 1n : 0n));
    return { steps: 0, integers, q: new Array<bigint>(R).fill(0n) };
  }

  /** The composed map with one step more, in a region, in steps of R products. */
  *extending({ steps, integers: P, q }: ComposedMap, mask: Uint32Array): Steps<ComposedMap> {
    const R = this.#R;
    const { J, b } = yield* this.stepping(mask);
    const shift = BigInt(-steps * this.exponent);
    const next = new Array<bigint>(R * R);
    for (let i = 0; i < R; i++) {
      for (let k = 0; k < R; k++) {
        let sum = 0n;
        for (let l = 0; l < R; l++) sum += J[i * R + l]! * P[l * R + k]!;
        next[i * R + k] = sum;
      }
      yield;
    }
    const offsets = q.map((_, i) => {
      let sum = -(b[i]! << shift);
      for (let l = 0; l < R; l++) sum += J[i * R + l]! * q[l]!;
      return sum;
    });
    return { steps: steps + 1, integers: next, q: offsets };
  }

  /** Decides a word, in steps of R products. */
  *deciding(word: Word): Steps<WordDecision> {
    const R = this.#R;
    const { integers, q } = yield* this.composing(word);
    const one = 1n << BigInt(-word.length * this.exponent);
    const matrix = integers.map((x, at) => (at % (R + 1) === 0 ? one - x : -x));
    const solution = yield* solvingFractionFree(matrix, R, q, 1);
    if (solution === undefined) return { kind: "singular" };
    const points = yield* this.following(word, { numerators: solution.X, denominator: solution.determinant });
    return points === undefined ? { kind: "none" } : { kind: "orbit", points };
  }

  /**
   * Whether a word repeated so many times surely has a regular matrix I − P: then its only solution is that of the word
   * itself. By the determinant modulo a prime, so in few cases false where it is regular.
   */
  *isRegularRepeated(word: Word, times: number): Steps<boolean> {
    const R = this.#R;
    const { integers } = yield* this.composing(word);
    const once = integers.map((x) => modulo(x));
    let power = once;
    for (let n = 1; n < times; n++) {
      const before = power;
      power = once.map((_, at) => {
        let sum = 0n;
        for (let l = 0; l < R; l++) sum += once[at - (at % R) + l]! * before[l * R + (at % R)]!;
        return modulo(sum);
      });
    }
    const one = 1n << BigInt(-word.length * times * this.exponent);
    const matrix = power.map((x, at) => modulo(at % (R + 1) === 0 ? one - x : -x));
    return modulo(determinant(matrix, R)) !== 0n;
  }

  /**
   * The orbit of z_0 through the closed regions of a word, in steps of one point.
   * @returns undefined as soon as a point lies outside its closed region.
   */
  *following(word: Word, start: ExactCandidate): Steps<OrbitPoint[] | undefined> {
    const R = this.#R;
    const points: OrbitPoint[] = [];
    let exact = start;
    for (const mask of word) {
      exact = withoutTwos(exact);
      const z = new Array<number>(R);
      const distances = new Array<number>(R);
      for (let i = 0; i < R; i++) roundQuotient(exact.numerators[i]!, exact.denominator, z, distances, i);
      const signs = this.regions.signs(exact, z, mask);
      if (signs === undefined) return undefined;
      points.push({ exact, z, error: Math.max(...distances), signs });
      yield;
      const { J, b } = yield* this.stepping(mask);
      const { numerators, denominator } = exact;
      const next = b.map((offset, i) => {
        let sum = -offset * denominator;
        for (let k = 0; k < R; k++) sum += J[i * R + k]! * numerators[k]!;
        return sum;
      });
      exact = { numerators: next, denominator: denominator << BigInt(-this.exponent) };
    }
    return points;
  }
}

function modulo(x: bigint): bigint {
  return x % PRIME;
}

/** The same point with the common power of two taken out: along an orbit it would grow with each step. */
function withoutTwos({ numerators, denominator }: ExactCandidate): ExactCandidate {
  let all = denominator;
  for (const x of numerators) all |= x;
  const zeros = BigInt(trailingZeros(all));
  if (zeros === 0n) return { numerators, denominator };
  return { numerators: numerators.map((x) => x >> zeros), denominator: denominator >> zeros };
}

/** Whether two exact points are the same. */
export function samePoint(a: ExactCandidate, b: ExactCandidate): boolean {
  return a.numerators.every((x, i) => x * b.denominator === b.numerators[i]! * a.denominator);
}

/** Lexicographic order of two exact points. */
export function comparePoints(a: OrbitPoint, b: OrbitPoint): number {
  for (let i = 0; i < a.z.length; i++) {
    if (a.z[i] !== b.z[i]) return a.z[i]! < b.z[i]! ? -1 : 1;
    const left = a.exact.numerators[i]! * b.exact.denominator;
    const right = b.exact.numerators[i]! * a.exact.denominator;
    // the product of both denominators turns the order round if it is negative
    if (left !== right) return (left < right === a.exact.denominator > 0n) === b.exact.denominator > 0n ? -1 : 1;
  }
  return 0;
}
