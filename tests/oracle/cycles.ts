import type { ExactContinuum } from "./continua.ts";
import type { RawModel } from "./equation.ts";
import { exactAnswer, type OraclePoint } from "./independent.ts";

/** A map of the shallow kinds, z' = A z + W1 φ(W2 z + h2) + h1. */
export interface RawMap {
  readonly kind: "shPLRNN" | "clippedShPLRNN";
  readonly A: readonly (readonly number[])[];
  readonly W1: readonly (readonly number[])[];
  readonly W2: readonly (readonly number[])[];
  readonly h1: readonly number[];
  readonly h2: readonly number[];
}

export interface OracleCycle {
  readonly period: number;
  /** From the lexicographically least point. */
  readonly points: readonly { readonly z: readonly number[]; readonly active: number[]; readonly ties: number[] }[];
}

export interface OracleCycles {
  readonly cycles: readonly OracleCycle[];
  /** Of the block model of this period, with orbits that begin at any of their points. */
  readonly continua: readonly ExactContinuum[];
}

/** The raw model in kR dimensions whose fixed points are the orbits with F^k(z_0) = z_0. */
export function blockModel({ kind, A, W1, W2, h1, h2 }: RawMap, k: number): RawModel {
  const [R, N] = [A.length, W2.length];
  const blocks = (rows: number, columns: number, entry: (i: number, j: number) => number, shift: number): number[][] =>
    Array.from({ length: k * rows }, (_, i) =>
      Array.from({ length: k * columns }, (_, j) => {
        const [to, from] = [Math.floor(i / rows), Math.floor(j / columns)];
        return to === (from + shift) % k ? entry(i % rows, j % columns) : 0;
      }),
    );
  return {
    kind,
    A: blocks(R, R, (i, j) => A[i]![j]!, 1),
    W1: blocks(R, N, (i, j) => W1[i]![j]!, 1),
    W2: blocks(N, R, (i, j) => W2[i]![j]!, 0),
    h1: Array.from({ length: k }, () => h1).flat(),
    h2: Array.from({ length: k }, () => h2).flat(),
  };
}

/**
 * All cycles of minimal period k by the independent oracle for fixed points, on the model of all k points.
 */
export function exactCycles(raw: RawMap, k: number): OracleCycles {
  const answer = exactAnswer(blockModel(raw, k));
  const R = raw.A.length;
  const units = raw.W2.length;
  const cycles = new Map<string, OracleCycle>();
  for (const point of answer.points) {
    const orbit = orbitOf(point, k, R, units);
    if (smallestShift(orbit.map(({ key }) => key)) < k) continue;
    const order = orbit.map((_, t) => t).sort((a, b) => compare(orbit[a]!.exact, orbit[b]!.exact));
    const from = order[0]!;
    const points = orbit.map((_, t) => orbit[(from + t) % k]!).map(({ z, active, ties }) => ({ z, active, ties }));
    cycles.set(orbit[from]!.key, { period: k, points });
  }
  const continua = answer.continua.filter(
    ({ point, basis }) =>
      ![...Array(k).keys()].slice(1).some((d) => k % d === 0 && [point, ...basis].every((v) => repeats(v, d * R))),
  );
  return { cycles: [...cycles.values()], continua };
}

function repeats(vector: readonly number[], by: number): boolean {
  return vector.every((x, at) => x === vector[(at + by) % vector.length]);
}

function orbitOf({ z, exact, active, ties }: OraclePoint, k: number, R: number, units: number) {
  // the block model of a clipped model has all units with h2 first, then all without
  const own = (list: readonly number[], t: number) =>
    list
      .filter((at) => Math.floor((at % (k * units)) / units) === t)
      .map((at) => Math.floor(at / (k * units)) * units + (at % units));
  return Array.from({ length: k }, (_, t) => {
    const part = exact.slice(t * R, (t + 1) * R);
    return {
      z: z.slice(t * R, (t + 1) * R),
      exact: part,
      key: part.map(({ n, d }) => `${n}/${d}`).join(),
      active: own(active, t),
      ties: own(ties, t),
    };
  });
}

function smallestShift(keys: readonly string[]): number {
  for (let d = 1; d < keys.length; d++) if (keys.length % d === 0 && keys[0] === keys[d]) return d;
  return keys.length;
}

function compare(a: OraclePoint["exact"], b: OraclePoint["exact"]): number {
  for (const [i, x] of a.entries()) {
    const y = b[i]!;
    const difference = x.n * y.d - y.n * x.d;
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}
