import { add, type Dyadic, ONE } from "./dyadic.ts";
import type { ExactNumber } from "./exact-number.ts";
import { ExactArray, type PiecewiseLinearSystem } from "./system.ts";

/**
 * The system in kR dimensions whose zeros are the orbits with F^k(z_0) = z_0 (docs/design.md#cycles):
 *
 *     G(z_0, …, z_{k−1}) = (F(z_{k−1}) − z_0, F(z_0) − z_1, …, F(z_{k−2}) − z_{k−1}) = 0
 *
 * Hyperplane t·N + j of the block system is hyperplane j of the system at point t. For k = 1 it is the system itself.
 */
export function blockSystem(system: PiecewiseLinearSystem, period: number): PiecewiseLinearSystem {
  if (period === 1) return system;
  const { latentDim: R, hyperplanes: N } = system;
  const size = period * R;
  const M = new Array<ExactNumber>(size * size).fill(0);
  const g = new Array<ExactNumber>(size).fill(0);
  const V = new Array<ExactNumber>(period * N * size).fill(0);
  const U = new Float64Array(period * N * size);
  const h = new Array<ExactNumber>(period * N).fill(0);
  const A = Array.from({ length: R * R }, (_, at) => plusIdentity(system.M.at(at), at, R));
  for (let t = 0; t < period; t++) {
    const next = (t + 1) % period;
    for (let i = 0; i < R; i++) {
      const row = next * R + i;
      for (let k = 0; k < R; k++) M[row * size + t * R + k] = A[i * R + k]!;
      M[row * size + row] = -1;
      g[row] = system.g.get(i);
    }
    for (let j = 0; j < N; j++) {
      const unit = t * N + j;
      h[unit] = system.h.get(j);
      for (let k = 0; k < R; k++) {
        U[unit * size + t * R + k] = system.U[j * R + k]!;
        V[unit * size + next * R + k] = system.V.get(j * R + k);
      }
    }
  }
  return {
    latentDim: size,
    hyperplanes: period * N,
    time: system.time,
    M: ExactArray.of(M),
    g: ExactArray.of(g),
    U,
    V: ExactArray.of(V),
    h: ExactArray.of(h),
  };
}

function plusIdentity(entry: Dyadic, at: number, R: number): Dyadic {
  return at % (R + 1) === 0 ? add(entry, ONE) : entry;
}
