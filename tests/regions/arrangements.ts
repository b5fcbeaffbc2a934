import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import { plant } from "../support/planted.ts";
import { Random } from "../support/random.ts";

/** mulberry32, for tests whose cases must not change. */
export function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const ARRANGEMENT_KINDS = [
  "generic",
  "central",
  "clipped",
  "duplicates",
  "grid",
  "small",
  "flat",
  "zeros",
  "scaled",
] as const;
export type ArrangementKind = (typeof ARRANGEMENT_KINDS)[number];

/** A system of one kind of arrangement, in general position or in one of the special ones that real models have. */
export function arrangementOf(kind: ArrangementKind, N: number, R: number, seed: number): PiecewiseLinearSystem {
  const next = random(seed);
  const integer = (limit: number) => Math.floor(next() * (2 * limit + 1)) - limit;
  let U = Array.from({ length: N }, () => Array.from({ length: R }, () => next() * 2 - 1));
  let h = Array.from({ length: N }, () => next() * 2 - 1);
  if (kind === "central") h.fill(0);
  if (kind === "clipped") {
    const L = N >> 1;
    U = U.map((row, j) => (j < 2 * L && j >= L ? [...U[j - L]!] : row));
    h = h.map((x, j) => (j < 2 * L && j >= L ? 0 : x));
  }
  if (kind === "duplicates") {
    for (let j = 1; j < N; j += 3) {
      U[j] = U[j - 1]!.map((x) => -2 * x);
      h[j] = -2 * h[j - 1]!;
    }
    for (let j = 2; j < N; j += 3) {
      U[j] = [...U[j - 1]!];
      h[j] = h[j - 1]!;
    }
  }
  if (kind === "grid") {
    U = U.map((_, j) => Array.from({ length: R }, (_, k) => (k === j % R ? 1 : 0)));
    h = h.map(() => integer(2));
  }
  if (kind === "small") {
    U = U.map((row) => row.map(() => integer(1)));
    h = h.map(() => integer(1));
  }
  // rank 1 less than R, exactly: the last column repeats the first
  if (kind === "flat") U = U.map((row) => [...row.slice(0, -1), row[0]!]);
  if (kind === "zeros") U = U.map((row, j) => (j % 3 === 0 ? row.map(() => 0) : row));
  const scale = (j: number) => (kind === "scaled" ? 10 ** ((j % 3) * 12 - 12) : 1);
  U = U.map((row, j) => row.map((x) => x * scale(j)));
  h = h.map((x, j) => x * scale(j));
  return {
    latentDim: R,
    hyperplanes: N,
    time: "discrete",
    M: ExactArray.ofNumbers(Array.from({ length: R * R }, (_, at) => (at % (R + 1) === 0 ? -0.5 : next() * 0.1))),
    g: ExactArray.ofNumbers(Array.from({ length: R }, () => next() - 0.5)),
    U: Float64Array.from(U.flat()),
    V: ExactArray.ofNumbers(Array.from({ length: N * R }, (_, at) => (next() * 2 - 1) / N / scale(Math.floor(at / R)))),
    h: ExactArray.ofNumbers(h),
  };
}

/** Rows that nearly repeat or nearly depend on others, down to the last bits. */
export function hostile(seed: number, N: number, R: number): PiecewiseLinearSystem {
  const base = arrangementOf("generic", N, R, seed);
  const next = random(seed + 1000);
  const U = base.U.slice();
  const h = base.h.rounded.slice();
  for (let j = 1; j < N; j += 2) {
    const scale = 2 ** -Math.floor(next() * 52);
    for (let k = 0; k < R; k++) U[j * R + k] = U[(j - 1) * R + k]! + (next() - 0.5) * scale;
    h[j] = h[j - 1]! + (next() - 0.5) * scale;
  }
  return { ...base, U, h: ExactArray.ofNumbers(h) };
}

/** With M = 0 and V = 0 every region is singular, so every mask is handed over as a candidate. */
export function allCandidates(system: PiecewiseLinearSystem): PiecewiseLinearSystem {
  return {
    ...system,
    M: ExactArray.ofNumbers(new Float64Array(system.M.length)),
    V: ExactArray.ofNumbers(new Float64Array(system.V.length)),
  };
}

/** Numbers at many scales, with parallel rows and a fixed point that often lies on hyperplanes. */
export function farApart(seed: number, R: number): PiecewiseLinearSystem {
  const { dim, count, M, g, U, V, h } = plant(new Random(seed), R).system;
  return { latentDim: dim, hyperplanes: count, time: "discrete", M, g, U: U.rounded, V, h };
}
