import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import type { Random } from "./random.ts";

/** z' = A z + Vᵀ relu(U z − h) − g, by rows. */
export interface MapParts {
  readonly A: number[][];
  readonly U: number[][];
  readonly V: number[][];
  readonly h: number[];
  readonly g: number[];
}

/** z' = A z + Vᵀ relu(U z − h) − g; entries of A − I are exact where they are float64. */
export function plainMapOf({ A, U, V, h, g }: MapParts): PiecewiseLinearSystem {
  const R = A.length;
  return {
    latentDim: R,
    hyperplanes: U.length,
    time: "discrete",
    M: ExactArray.ofNumbers(A.flatMap((row, i) => row.map((x, k) => x - (i === k ? 1 : 0)))),
    g: ExactArray.ofNumbers(g),
    U: Float64Array.from(U.flat()),
    V: ExactArray.ofNumbers(V.flat()),
    h: ExactArray.ofNumbers(h),
  };
}

/**
 * Small maps of all kinds: of small dyadic numbers (where continua and ties are common) and of real ones, with
 * parallel, equal and zero rows, hyperplanes through a fixed point, rotations, and reflections.
 */
export function drawMap(random: Random, R: number, N: number): MapParts {
  const bits = random.pick([0, 1, 2, -1]);
  const number = (scale: number) => (bits < 0 ? random.real(scale) : random.dyadic(bits, scale));
  const sparse = (scale: number) => (random.unit() < 0.25 ? 0 : number(scale));
  let A = random.matrix(R, R, () => sparse(1));
  const shape = random.unit();
  if (shape < 0.15 && R >= 2) {
    A = A.map((row, i) =>
      row.map((_, l) => (i === 0 && l === 1 ? -1 : i === 1 && l === 0 ? 1 : i === l && i > 1 ? 0.5 : 0)),
    );
  } else if (shape < 0.3) A = A.map((row, i) => row.map((_, l) => (i === l ? random.pick([1, -1, 0.5, 2]) : 0)));
  const U = random.matrix(N, R, () => sparse(2));
  const V = random.matrix(N, R, () => sparse(2));
  const h = random.vector(N, () => sparse(1));
  const g = random.vector(R, () => sparse(2));
  for (let j = 1; j < N; j++) {
    if (random.unit() > 0.35) continue;
    const s = random.pick([1, 1, -1, 2, -0.5]);
    U[j] = U[0]!.map((x) => s * x);
    if (random.unit() < 0.5) V[j] = V[0]!.map((x) => -x);
  }
  if (random.unit() < 0.1) U[N - 1] = new Array<number>(R).fill(0);
  if (random.unit() < 0.35 && bits >= 0) {
    // a fixed point on some hyperplanes: all numbers are small multiples of a power of two, so all sums are exact
    const z = random.vector(R, () => random.dyadic(1, 2));
    const value = (row: readonly number[]) => row.reduce((sum, x, l) => sum + x * z[l]!, 0);
    for (let j = 0; j < N; j++) if (random.unit() < 0.6) h[j] = value(U[j]!);
    for (let i = 0; i < R; i++) {
      g[i] = value(A[i]!) - z[i]!;
      for (let j = 0; j < N; j++) g[i]! += V[j]![i]! * Math.max(0, value(U[j]!) - h[j]!);
    }
  }
  return { A, U, V, h, g };
}

/** The same map in coordinates and rows scaled by powers of two; every product must stay exact. */
export function rescaled(random: Random, system: PiecewiseLinearSystem, span: number): PiecewiseLinearSystem {
  const { latentDim: R, hyperplanes: N } = system;
  const e = random.vector(R, () => random.integer(-span, span));
  const rows = random.vector(N, () => random.integer(-span, span));
  const common = (at: number) => Math.floor(at / R);
  return {
    ...system,
    M: ExactArray.ofNumbers(system.M.rounded.map((x, at) => x * 2 ** (e[common(at)]! - e[at % R]!))),
    g: ExactArray.ofNumbers(system.g.rounded.map((x, at) => x * 2 ** e[at]!)),
    U: system.U.map((x, at) => x * 2 ** (rows[common(at)]! - e[at % R]!)),
    V: ExactArray.ofNumbers(system.V.rounded.map((x, at) => x * 2 ** (e[at % R]! - rows[common(at)]!))),
    h: ExactArray.ofNumbers(system.h.rounded.map((x, at) => x * 2 ** rows[at]!)),
  };
}
