import type { Word } from "../../src/cycles/word.ts";
import { type AffineSet, pointOf } from "../../src/exact/affine.ts";
import { solveAffine } from "../../src/exact/elimination.ts";
import { gcd } from "../../src/exact/integers.ts";
import { polyhedronOf } from "../../src/exact/polyhedron.ts";
import {
  add,
  multiply,
  negate,
  ONE,
  ofDyadic,
  ofInteger,
  ofNumber,
  type Rational,
  rational,
  sign,
  subtract,
  ZERO,
} from "../../src/exact/rational.ts";
import { feasiblePoint, maximise } from "../../src/exact/simplex.ts";
import { bit } from "../../src/model/mask.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import type { Random } from "./random.ts";

/** An orbit z_0 … z_{k−1} with F(z_{k−1}) = z_0, exactly. */
export type ExactOrbit = readonly (readonly Rational[])[];

/** A map's numbers as rationals. */
class RationalMap {
  readonly dim: number;
  readonly count: number;
  readonly #A: Rational[][];
  readonly #g: Rational[];
  readonly #U: Rational[][];
  readonly #V: Rational[][];
  readonly #h: Rational[];

  constructor({ latentDim: R, hyperplanes: N, M, g, U, V, h }: PiecewiseLinearSystem) {
    this.dim = R;
    this.count = N;
    const rows = (values: readonly Rational[], count: number) =>
      Array.from({ length: count }, (_, i) => values.slice(i * R, i * R + R));
    this.#A = rows(M.toDyadics().map(ofDyadic), R).map((row, i) => row.map((x, k) => (i === k ? add(x, ONE) : x)));
    this.#g = g.toDyadics().map(ofDyadic);
    this.#U = rows(Array.from(U, ofNumber), N);
    this.#V = rows(V.toDyadics().map(ofDyadic), N);
    this.#h = h.toDyadics().map(ofDyadic);
  }

  /** F(z) = J z + c on the closed region of a mask. */
  piece(mask: Uint32Array): { J: Rational[][]; c: Rational[] } {
    const J = this.#A.map((row) => [...row]);
    const c = this.#g.map(negate);
    for (let j = 0; j < this.count; j++) {
      if (bit(mask, j) === 0) continue;
      for (let i = 0; i < this.dim; i++) {
        for (let k = 0; k < this.dim; k++) J[i]![k] = add(J[i]![k]!, multiply(this.#V[j]![i]!, this.#U[j]![k]!));
        c[i] = subtract(c[i]!, multiply(this.#V[j]![i]!, this.#h[j]!));
      }
    }
    return { J, c };
  }

  /** u_j·z − h_j; of a direction without h. */
  unit(j: number, z: readonly Rational[], isDirection = false): Rational {
    const product = dot(this.#U[j]!, z);
    return isDirection ? product : subtract(product, this.#h[j]!);
  }
}

function dot(a: readonly Rational[], b: readonly Rational[]): Rational {
  return a.reduce((sum, x, k) => add(sum, multiply(x, b[k]!)), ZERO);
}

/** Integers in the ratios of rationals, by one positive factor. */
function integers(values: readonly Rational[]): bigint[] {
  const denominator = values.reduce((least, { d }) => (least / gcd(least, d)) * d, 1n);
  return values.map(({ n, d }) => n * (denominator / d));
}

/** Whether each point of an orbit lies in the closed region of its mask. */
function fits(map: RationalMap, word: Word, orbit: ExactOrbit): boolean {
  return word.every((mask, t) => {
    for (let j = 0; j < map.count; j++) {
      const s = sign(map.unit(j, orbit[t]!));
      if (s !== 0 && s > 0 !== (bit(mask, j) === 1)) return false;
    }
    return true;
  });
}

/** Whether some shift of an orbit fits a word. */
export function covers(map: RationalMap, word: Word, orbit: ExactOrbit): boolean {
  return orbit.some((_, shift) => fits(map, word, [...orbit.slice(shift), ...orbit.slice(0, shift)]));
}

/** All words of k masks over N hyperplanes, one of each set of shifts. */
export function* words(count: number, k: number): Generator<Word> {
  const masks = 2 ** count;
  for (let code = 0; code < masks ** k; code++) {
    const letters = Array.from({ length: k }, (_, t) => Math.floor(code / masks ** t) % masks);
    const least = letters.every((_, shift) => {
      for (let t = 0; t < k; t++) {
        const difference = letters[(t + shift) % k]! - letters[t]!;
        if (difference !== 0) return difference > 0;
      }
      return true;
    });
    if (least) yield letters.map((letter) => Uint32Array.of(letter));
  }
}

/** A word with orbits in its closed regions: the only one, or some of a continuum. */
export interface OracleWord {
  readonly word: Word;
  readonly singular: boolean;
  readonly orbits: readonly ExactOrbit[];
}

/**
 * Every word of period k with orbits, by trying all words in rationals: the composed map's equation is solved exactly and
 * the signs at all steps are looked at; of singular words linear programs in integers find corners and a middle.
 */
export function orbitsByAllWords(
  system: PiecewiseLinearSystem,
  k: number,
  random: Random,
): { map: RationalMap; words: OracleWord[] } {
  const map = new RationalMap(system);
  const found: OracleWord[] = [];
  for (const word of words(map.count, k)) {
    const pieces = word.map((mask) => map.piece(mask));
    const follow = (z: readonly Rational[], isDirection: boolean) => {
      const points = [z];
      for (const { J, c } of pieces) {
        const next = J.map((row, i) => {
          const product = dot(row, points.at(-1)!);
          return isDirection ? product : add(product, c[i]!);
        });
        points.push(next);
      }
      return points;
    };
    // (J_{k−1} … J_0 − I) z = −(what 0 goes to)
    const R = map.dim;
    const columns = Array.from(
      { length: R },
      (_, l) =>
        follow(
          Array.from({ length: R }, (_, i) => (i === l ? ONE : ZERO)),
          true,
        ).at(-1)!,
    );
    const offset = follow(new Array<Rational>(R).fill(ZERO), false).at(-1)!;
    const rows: bigint[] = [];
    const right: bigint[] = [];
    for (let i = 0; i < R; i++) {
      const row = columns.map((column, l) => (l === i ? subtract(column[i]!, ONE) : column[i]!));
      const scaled = integers([...row, negate(offset[i]!)]);
      right.push(scaled.pop()!);
      rows.push(...scaled);
    }
    const solutions = solveAffine(rows, R, R, right);
    if (solutions === undefined) continue;
    const singular = solutions.basis.length > 0;
    const starts = singular ? continuumPoints(map, word, solutions, follow, random) : [solutions.point];
    const orbits = starts.map((z) => follow(z, false).slice(0, k));
    if (!singular && !fits(map, word, orbits[0]!)) continue;
    if (orbits.length > 0) found.push({ word, singular, orbits });
  }
  return { map, words: found };
}

/** Corners of the set of first points of a word's orbits, and their mean, within a box; none if the set is empty. */
function continuumPoints(
  map: RationalMap,
  word: Word,
  solutions: AffineSet,
  follow: (z: readonly Rational[], isDirection: boolean) => (readonly Rational[])[],
  random: Random,
): (readonly Rational[])[] {
  const dim = solutions.basis.length;
  const base = follow(solutions.point, false);
  const directions = solutions.basis.map((direction) => follow(direction, true));
  const normals: bigint[][] = [];
  const bounds: bigint[] = [];
  word.forEach((mask, t) => {
    for (let j = 0; j < map.count; j++) {
      const outward = bit(mask, j) === 1 ? negate : (x: Rational) => x;
      const row = integers([
        ...directions.map((points) => outward(map.unit(j, points[t]!, true))),
        negate(outward(map.unit(j, base[t]!))),
      ]);
      bounds.push(row.pop()!);
      normals.push(row);
    }
  });
  const first = feasiblePoint(polyhedronOf(dim, normals, bounds));
  if (first === undefined) return [];
  const reach = first.reduce((most, { n, d }) => {
    const size = (n < 0n ? -n : n) / d + 1n;
    return size > most ? size : most;
  }, 1n);
  for (let i = 0; i < dim; i++) {
    for (const side of [1n, -1n]) {
      normals.push(Array.from({ length: dim }, (_, l) => (l === i ? side : 0n)));
      bounds.push(4n * reach);
    }
  }
  const points = [first];
  for (let n = 0; n < 2 * dim + 2; n++) {
    const result = maximise(
      polyhedronOf(dim, normals, bounds),
      Array.from({ length: dim }, () => BigInt(random.integer(-9, 9))),
    );
    if (result.status === "optimal") points.push(result.point);
  }
  const count = ofInteger(BigInt(points.length));
  const mean = Array.from({ length: dim }, (_, l) => {
    const { n, d } = points.reduce((sum, point) => add(sum, point[l]!), ZERO);
    return rational(n, d * count.n);
  });
  return [...points, mean].map((t) => pointOf(solutions, t));
}
