import { ExactArray, type PiecewiseLinearSystem } from "../src/model/system.ts";
import { random } from "../tests/regions/arrangements.ts";

/** A random network z' = A z + Vᵀ relu(U z − h) − g with standard normal weights and A diagonal. */
export function randomSystem(N: number, R: number, seed: number): PiecewiseLinearSystem {
  const next = random(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const normals = (length: number, scale: number) =>
    ExactArray.ofNumbers(Array.from({ length }, () => scale * normal()));
  const diagonal = (at: number) => (at % (R + 1) === 0 ? 0.9 * next() - 1 : 0);
  return {
    latentDim: R,
    hyperplanes: N,
    time: "discrete",
    M: ExactArray.ofNumbers(Array.from({ length: R * R }, (_, at) => diagonal(at))),
    g: normals(R, 1),
    U: Float64Array.from({ length: N * R }, normal),
    V: normals(N * R, 1 / Math.sqrt(N)),
    h: normals(N, 1),
  };
}
