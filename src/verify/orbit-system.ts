import { add, type Dyadic, ONE, subtract, ZERO } from "../model/dyadic.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../model/system.ts";

/**
 * The system for all k points of an orbit at once, from its definition: z_{t+1} = F(z_t) for t < k − 1 and z_0 =
 * F(z_{k−1}), in k·R unknowns. Hyperplane j at point t is number t·N + j. Made apart from the search's own, so that a
 * mistake there can't hide here.
 */
export function orbitSystem(
  { latentDim: R, hyperplanes: N, time, M, g, U, V, h }: PiecewiseLinearSystem,
  k: number,
): PiecewiseLinearSystem {
  const size = k * R;
  const column = (t: number, i: number): number => t * R + i;
  const matrix = new Array<Dyadic>(size * size).fill(ZERO);
  const normals = new Float64Array(k * N * size);
  const weights = new Array<Dyadic>(k * N * size).fill(ZERO);
  for (let t = 0; t < k; t++) {
    const next = t + 1 < k ? t + 1 : 0;
    for (let i = 0; i < R; i++) {
      const row = column(next, i) * size;
      for (let l = 0; l < R; l++) {
        const entry = M.at(i * R + l);
        // F(z) = z + G(z); for k = 1 the − z_{t+1} below takes the identity off again
        matrix[row + column(t, l)] = i === l ? add(entry, ONE) : entry;
      }
      matrix[row + column(next, i)] = subtract(matrix[row + column(next, i)]!, ONE);
    }
    for (let j = 0; j < N; j++) {
      for (let i = 0; i < R; i++) {
        normals[(t * N + j) * size + column(t, i)] = U[j * R + i]!;
        weights[(t * N + j) * size + column(next, i)] = V.at(j * R + i);
      }
    }
  }
  const repeated = (values: ExactArray): ExactArray =>
    ExactArray.ofDyadics(Array.from({ length: k }, () => values.toDyadics()).flat());
  return {
    latentDim: size,
    hyperplanes: k * N,
    time,
    M: ExactArray.ofDyadics(matrix),
    g: repeated(g),
    U: normals,
    V: ExactArray.ofDyadics(weights),
    h: repeated(h),
  };
}
