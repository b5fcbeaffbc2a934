import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import type { Random } from "../support/random.ts";

/** A map z ↦ A z + Σ v_j relu(u_j·z − h_j) − g from plain rows of float64 numbers. A − I must be float64. */
export function mapOf(
  A: readonly (readonly number[])[],
  U: readonly (readonly number[])[],
  V: readonly (readonly number[])[],
  h: readonly number[],
  g: readonly number[],
): PiecewiseLinearSystem {
  const M = A.flatMap((row, i) => row.map((x, n) => (n === i ? x - 1 : x)));
  return {
    latentDim: A.length,
    hyperplanes: U.length,
    time: "discrete",
    M: ExactArray.ofNumbers(M),
    g: ExactArray.ofNumbers(g),
    U: Float64Array.from(U.flat()),
    V: ExactArray.ofNumbers(V.flat()),
    h: ExactArray.ofNumbers(h),
  };
}

/** A random small map: dyadic numbers of few bits make ties and continua, clipped pairs a bounded map. */
export function randomMap(random: Random, R: number, N: number): PiecewiseLinearSystem {
  const bits = random.pick([0, 1, 2, 20]);
  const draw = () => random.dyadic(bits, 2);
  const clipped = N % 2 === 0 && random.unit() < 0.4;
  const A = random.matrix(R, R, () => (clipped ? random.dyadic(3, 1) / (2 * R) : draw() / 2));
  const U = random.matrix(N, R, draw);
  const V = random.matrix(N, R, draw);
  const h = random.vector(N, draw);
  const g = random.vector(R, draw);
  if (clipped) {
    for (let j = 0; j < N; j += 2) {
      U[j + 1] = U[j]!.slice();
      V[j + 1] = V[j]!.map((x) => -x);
    }
  }
  return mapOf(A, U, V, h, g);
}

/** A copy in coordinates times powers of two, whose orbits are the same but for their scale. */
export function scaled(system: PiecewiseLinearSystem, exponents: readonly number[]): PiecewiseLinearSystem {
  const { latentDim: R, hyperplanes: N, M, g, U, V, h } = system;
  const s = exponents.map((e) => 2 ** e);
  return {
    ...system,
    M: ExactArray.ofNumbers(M.rounded.map((x, at) => (x * s[Math.floor(at / R)]!) / s[at % R]!)),
    g: ExactArray.ofNumbers(g.rounded.map((x, i) => x * s[i]!)),
    U: U.map((x, at) => x / s[at % R]!),
    V: ExactArray.ofNumbers(V.rounded.map((x, at) => x * s[at % R]!)),
    h,
    hyperplanes: N,
  };
}
