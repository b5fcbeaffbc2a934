import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { type Binary, binaryOf, NOTHING, opposite } from "./binary.ts";
import { affineMap, arrangementOf, bitsOfCell } from "./cells.ts";
import type { EigenvalueCounts } from "./classes.ts";
import type { ExactContinuum } from "./continua.ts";
import { activationOf, type Equation, equationOf, type RawModel } from "./equation.ts";
import { isBounded } from "./extents.ts";
import { answerOfCells, type OraclePoint } from "./independent.ts";
import { compareRationals, integerRow, type Rational, rational } from "./integers.ts";
import { blockCell, blockEquation, wordsWithOrbits } from "./orbit-words.ts";

/** A map of the shallow kinds, z' = A z + W1 φ(W2 z + h2) + h1. */
export interface RawMap {
  readonly kind: "shPLRNN" | "clippedShPLRNN";
  readonly A: readonly (readonly number[])[];
  readonly W1: readonly (readonly number[])[];
  readonly W2: readonly (readonly number[])[];
  readonly h1: readonly number[];
  readonly h2: readonly number[];
}

/** One point of a cycle. */
export interface OracleCyclePoint {
  readonly z: readonly number[];
  readonly active: readonly number[];
  readonly ties: readonly number[];
}

export interface OracleCycle {
  /** The minimal one. */
  readonly period: number;
  /** From the lexicographically least point. */
  readonly points: readonly OracleCyclePoint[];
  /** z_0, z_1, … exactly. */
  readonly exact: readonly (readonly Rational[])[];
  /** Where no point lies on a hyperplane: the class, and where the multipliers lie. */
  readonly stability?: string;
  readonly counts?: EigenvalueCounts;
}

/** A continuum of cycles, and the sets that differ from it only in the point at which the orbits begin. */
export interface OracleContinuum extends Pick<ExactContinuum, "dimension" | "point" | "basis"> {
  readonly bounded: boolean;
  /** For each of its words, the hyperplanes that are on at each point; in the order of the block equation. */
  readonly words: readonly (readonly (readonly number[])[])[];
  /** Corners of each piece, points between them and along its rays, exactly; length k·R. */
  readonly orbits: readonly (readonly Rational[])[];
}

export interface OracleCycles {
  /** In ascending exact order of their first points. */
  readonly cycles: readonly OracleCycle[];
  /** Each as all sets that differ only in the point at which the orbits begin. */
  readonly continua: readonly (readonly OracleContinuum[])[];
}

/**
 * All cycles of minimal period k, by all words in exact arithmetic that shares nothing with src: the words that z_0 may
 * have, and what the independent oracle for fixed points finds in their cells of the system of all k points.
 */
export function exactCycles(raw: RawModel | RawMap | Equation, k: number): OracleCycles {
  const { equation, points, continua } = orbitsOfPeriod(raw, k);
  const R = equation.latentDim;
  const N = equation.arguments.length * equation.activation.breakpoints.length;
  const cycles = new Map<string, OracleCycle>();
  for (const point of points) {
    const orbit = split(point.exact, R);
    if (smallestShift(orbit) < k) continue;
    const from = leastOf(orbit);
    const turned = <T>(list: readonly T[]): T[] => [...list.slice(from), ...list.slice(0, from)];
    const exact = turned(orbit);
    const [z, active, ties] = [split(point.z, R), lists(point.active, N, k), lists(point.ties, N, k)];
    const isTied = point.ties.length > 0;
    cycles.set(nameOf(exact.flat()), {
      period: k,
      points: turned(z.map((each, t) => ({ z: each, active: active[t]!, ties: ties[t]! }))),
      exact,
      ...(isTied ? {} : classOf(point, k)),
    });
  }
  const own = continua.filter(({ point, basis }) => !hasSmallerPeriod([point, ...basis], k, R));
  return {
    cycles: [...cycles.values()].sort((a, b) => compareVectors(a.exact[0]!, b.exact[0]!)),
    continua: byRotation(
      own.map((each) => continuumOf(each, N, k)),
      k,
    ),
  };
}

/** All orbits with F^k(z_0) = z_0, those of shorter cycles included: the single ones, and some of each continuum. */
export function orbitsByWords(raw: RawModel | Equation, k: number): { orbits: Rational[][][]; continua: number } {
  const { equation, points, continua } = orbitsOfPeriod(raw, k);
  const N = equation.arguments.length * equation.activation.breakpoints.length;
  const sampled = continua.flatMap((each) => continuumOf(each, N, k).orbits);
  return {
    orbits: [...points.map(({ exact }) => exact), ...sampled].map((orbit) => split(orbit, equation.latentDim)),
    continua: continua.length,
  };
}

function orbitsOfPeriod(raw: RawModel | RawMap | Equation, k: number) {
  const equation = "G" in raw && "activation" in raw ? (raw as Equation) : equationOf(raw as RawModel);
  const block = blockEquation(equation, k);
  const arrangement = arrangementOf(block);
  const own = arrangementOf(equation);
  function* cells() {
    for (const word of wordsWithOrbits(equation, k)) {
      const cell = blockCell(arrangement, own, word);
      yield { cell, rows: affineMap(block, bitsOfCell(arrangement, cell)).map(integerRow) };
    }
  }
  return { equation, ...answerOfCells(block, arrangement, cells()) };
}

/** The equation of a system with ReLU units, for tests of methods that have no model. */
export function equationOfSystem({ latentDim: R, hyperplanes: N, M, g, U, V, h }: PiecewiseLinearSystem): Equation {
  const none = () => new Array<Binary>(R).fill(NOTHING);
  return {
    latentDim: R,
    time: "discrete",
    activation: activationOf("relu"),
    arguments: Array.from({ length: N }, (_, j) => ({
      one: opposite(h.at(j)),
      z: none().map((_, i) => binaryOf(U[j * R + i]!)),
      units: new Map(),
    })),
    G: Array.from({ length: R }, (_, i) => ({
      one: opposite(g.at(i)),
      z: none().map((_, l) => M.at(i * R + l)),
      units: new Map(Array.from({ length: N }, (_, j) => [j, V.at(j * R + i)] as const)),
    })),
  };
}

/** A multiplier is the k-th power of k eigenvalues of the block equation. */
function classOf({ classes, counts }: OraclePoint, k: number): Pick<OracleCycle, "stability" | "counts"> {
  const { stable, neutral, unstable } = counts!;
  return { stability: classes[0]!, counts: { stable: stable / k, neutral: neutral / k, unstable: unstable / k } };
}

function continuumOf(
  { dimension, point, basis, regions, pieces }: ExactContinuum,
  N: number,
  k: number,
): OracleContinuum {
  /** (p·a + q·b)/d */
  const mixed = (a: readonly Rational[], p: bigint, b: readonly Rational[], q: bigint, d: bigint): Rational[] =>
    a.map((x, i) => rational(p * x.n * b[i]!.d + q * b[i]!.n * x.d, d * x.d * b[i]!.d));
  const orbits = pieces.flatMap(({ extent: { vertices, rays, lines } }) => {
    const far = [...rays, ...lines, ...lines.map((line) => line.map(({ n, d }) => ({ n: -n, d })))];
    const first = vertices[0]!;
    const middles = vertices.slice(1).map((vertex) => mixed(first, 1n, vertex, 1n, 2n));
    const along = far.flatMap((ray) => [mixed(first, 3n, ray, 1n, 3n), mixed(first, 1n, ray, 7n, 1n)]);
    return [...vertices, ...middles, ...along];
  });
  return {
    dimension,
    point,
    basis,
    bounded: pieces.every(({ extent }) => isBounded(extent)),
    words: regions.map((region) => lists(region, N, k)),
    orbits,
  };
}

function byRotation(continua: readonly OracleContinuum[], k: number): OracleContinuum[][] {
  const classes = new Map<string, OracleContinuum[]>();
  for (const each of continua) {
    const names = Array.from({ length: k }, (_, t) =>
      each.words
        .map((word) => [...word.slice(t), ...word.slice(0, t)].map((list) => list.join()).join(";"))
        .sort()
        .join("|"),
    );
    const name = `${each.dimension}: ${names.sort()[0]}`;
    classes.set(name, [...(classes.get(name) ?? []), each]);
  }
  return [...classes.values()];
}

function hasSmallerPeriod(vectors: readonly (readonly number[])[], k: number, R: number): boolean {
  return Array.from({ length: k - 1 }, (_, i) => i + 1).some(
    (d) => k % d === 0 && vectors.every((v) => v.every((x, at) => x === v[(at + d * R) % v.length])),
  );
}

function split<T>(list: readonly T[], R: number): T[][] {
  return Array.from({ length: list.length / R }, (_, t) => list.slice(t * R, t * R + R));
}

function lists(indices: readonly number[], N: number, k: number): number[][] {
  return Array.from({ length: k }, (_, t) => indices.filter((at) => Math.floor(at / N) === t).map((at) => at % N));
}

function nameOf(z: readonly Rational[]): string {
  return z.map(({ n, d }) => `${n}/${d}`).join();
}

function smallestShift(orbit: readonly (readonly Rational[])[]): number {
  const names = orbit.map(nameOf);
  for (let d = 1; d < names.length; d++) if (names.length % d === 0 && names[0] === names[d]) return d;
  return names.length;
}

function leastOf(orbit: readonly (readonly Rational[])[]): number {
  return orbit.reduce((best, z, t) => (compareVectors(z, orbit[best]!) < 0 ? t : best), 0);
}

function compareVectors(a: readonly Rational[], b: readonly Rational[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareRationals(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return 0;
}
