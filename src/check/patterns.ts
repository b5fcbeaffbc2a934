import type { PiecewiseLinearSystem } from "../model/system.ts";
import { gammaOf, TINY } from "./rounding.ts";
import { inverseOf } from "./star.ts";

/** Most hyperplanes of a model all of whose patterns are tried. */
export const MOST_PATTERNS = 20;

/** Past this the numbers of a model are left to exact arithmetic. */
const LARGEST = 2 ** 100;
const LARGEST_WEIGHT = 2 ** 200;

/**
 * A float64 test over single regions: true only for a mask whose closed region surely holds no solution.
 *
 * With A z = b the region's equations and Y ≈ A⁻¹: K = |I − Y A| + rounding and w ≥ |Y b| + rounding with K w ≤ w/2
 * give |z| ≤ 2w and |z − Y b| ≤ 2 K w + rounding. Such a z is outside if the sign of a hyperplane there is surely
 * wrong. Entries of A and b sum N + 1 rounded products: γ (rounding.ts) bounds the error by the magnitudes of these.
 * All numbers are at most 2^100, Y and w at most 2^200: underflow is below TINY.
 *
 * @returns undefined where the model's numbers are too large for it.
 */
export function patternFilter(system: PiecewiseLinearSystem): ((mask: number) => boolean) | undefined {
  const { latentDim: R, hyperplanes: N, U } = system;
  const V = system.V.rounded;
  const h = system.h.rounded;
  const width = R + 1;
  const gamma = gammaOf(N, R);
  const base = new Float64Array(R * width);
  for (let i = 0; i < R; i++) {
    for (let k = 0; k < R; k++) base[i * width + k] = system.M.rounded[i * R + k]!;
    base[i * width + R] = -system.g.rounded[i]!;
  }
  const size = base.map(Math.abs);
  for (let j = 0; j < N; j++) {
    for (let i = 0; i < R; i++) {
      const v = Math.abs(V[j * R + i]!);
      for (let k = 0; k < R; k++) size[i * width + k]! += v * Math.abs(U[j * R + k]!);
      size[i * width + R]! += v * Math.abs(h[j]!);
    }
  }
  for (const values of [size, U, V, h]) for (const x of values) if (!(Math.abs(x) <= LARGEST)) return undefined;

  const A = new Float64Array(R * R);
  const b = new Float64Array(R);
  const jolted = new Float64Array(R * R);
  const z = new Float64Array(R);
  const slack = new Float64Array(R);
  const w = new Float64Array(R);
  const far = new Float64Array(R);

  const assemble = (mask: number): void => {
    for (let i = 0; i < R; i++) {
      for (let k = 0; k < R; k++) A[i * R + k] = base[i * width + k]!;
      b[i] = -base[i * width + R]!;
    }
    for (let j = 0; j < N; j++) {
      if (((mask >> j) & 1) === 0) continue;
      for (let i = 0; i < R; i++) {
        const v = V[j * R + i]!;
        if (v === 0) continue;
        for (let k = 0; k < R; k++) A[i * R + k]! += v * U[j * R + k]!;
        b[i]! += v * h[j]!;
      }
    }
    // exactly singular matrices have an approximate inverse then; what it is worth is seen from K
    jolted.set(A);
    for (let i = 0; i < R; i++) {
      let most = 0;
      for (let k = 0; k < R; k++) most = Math.max(most, Math.abs(A[i * R + k]!));
      jolted[i * R + i]! += 2 ** -46 * most * (1 + i / (R + 0.7));
    }
  };

  return (mask) => {
    assemble(mask);
    const Y = inverseOf(jolted, R);
    if (Y === undefined) return false;
    let largest = 0;
    for (let i = 0; i < R; i++) {
      z[i] = 0;
      slack[i] = 0;
      for (let a = 0; a < R; a++) {
        const y = Y[i * R + a]!;
        if (!(Math.abs(y) < LARGEST_WEIGHT)) return false;
        z[i]! += y * b[a]!;
        slack[i]! += gamma * Math.abs(y) * size[a * width + R]!;
      }
      largest = Math.max(largest, Math.abs(z[i]!) + slack[i]!);
    }
    if (!(largest < LARGEST_WEIGHT)) return false;
    for (let i = 0; i < R; i++) w[i] = Math.abs(z[i]!) + slack[i]! + 2 ** -20 * largest + TINY;
    for (let i = 0; i < R; i++) {
      let sum = 0;
      for (let n = 0; n < R; n++) {
        let defect = n === i ? 1 : 0;
        let terms = 1;
        for (let a = 0; a < R; a++) {
          defect -= Y[i * R + a]! * A[a * R + n]!;
          terms += Math.abs(Y[i * R + a]!) * size[a * width + n]!;
        }
        sum += (Math.abs(defect) + gamma * terms) * w[n]!;
      }
      if (!(2 * sum <= w[i]!)) return false;
      far[i] = 2 * sum + slack[i]! + gamma * w[i]!;
    }
    for (let j = 0; j < N; j++) {
      let value = -h[j]!;
      let error = 0;
      for (let k = 0; k < R; k++) {
        value += U[j * R + k]! * z[k]!;
        error += Math.abs(U[j * R + k]!) * far[k]!;
      }
      const wrong = (mask >> j) & 1 ? -value : value;
      if (wrong > error * (1 + 2 ** -20) + gamma * Math.abs(h[j]!) + TINY) return true;
    }
    return false;
  };
}
