import type { PiecewiseLinearSystem } from "../../src/model/system.ts";

/**
 * The number of fixed points of a model of one or two latent dimensions, in plain float64 and with nothing of src/ but
 * the system: the published way (Pals 2023), all vertices with either side of each of their hyperplanes, repeats
 * removed, every mask solved by Cramer's rule and kept if all signs agree. Good where no point is within rounding of a
 * hyperplane.
 */
export function floatCount(system: PiecewiseLinearSystem): number {
  const masks = new Map<string, Uint8Array>();
  for (const { z, tied } of vertices(system)) {
    const mask = new Uint8Array(system.hyperplanes);
    for (let j = 0; j < mask.length; j++) mask[j] = argument(system, j, z) > 0 ? 1 : 0;
    for (let setting = 0; setting < 2 ** tied.length; setting++) {
      tied.forEach((j, i) => {
        mask[j] = (setting >> i) & 1;
      });
      masks.set(String.fromCharCode(...mask), mask.slice());
    }
  }
  return [...masks.values()].filter((mask) => isFixedPoint(system, mask)).length;
}

function argument({ latentDim: R, U, h }: PiecewiseLinearSystem, j: number, z: readonly number[]): number {
  let x = -h.rounded[j]!;
  for (let k = 0; k < R; k++) x += U[j * R + k]! * z[k]!;
  return x;
}

function vertices(system: PiecewiseLinearSystem): { z: number[]; tied: number[] }[] {
  const { latentDim: R, hyperplanes: N, U, h } = system;
  if (R > 2) throw new RangeError(`counts in one or two dimensions, got ${R}`);
  const out: { z: number[]; tied: number[] }[] = [];
  for (let i = 0; i < N; i++) {
    if (R === 1) out.push({ z: [h.rounded[i]! / U[i]!], tied: [i] });
    for (let j = i + 1; R === 2 && j < N; j++) {
      const z = solve2([U[2 * i]!, U[2 * i + 1]!, U[2 * j]!, U[2 * j + 1]!], [h.rounded[i]!, h.rounded[j]!]);
      out.push({ z, tied: [i, j] });
    }
  }
  return out;
}

function solve2([a, b, c, d]: readonly number[], [p, q]: readonly number[]): number[] {
  const determinant = a! * d! - b! * c!;
  return [(d! * p! - b! * q!) / determinant, (a! * q! - c! * p!) / determinant];
}

function isFixedPoint(system: PiecewiseLinearSystem, mask: Uint8Array): boolean {
  const { latentDim: R, hyperplanes: N, U, h } = system;
  const V = system.V.rounded;
  const matrix = Array.from(system.M.rounded);
  const right = Array.from(system.g.rounded);
  for (let j = 0; j < N; j++) {
    if (mask[j] === 0) continue;
    for (let i = 0; i < R; i++) {
      for (let k = 0; k < R; k++) matrix[i * R + k]! += V[j * R + i]! * U[j * R + k]!;
      right[i]! += V[j * R + i]! * h.rounded[j]!;
    }
  }
  const z = R === 1 ? [right[0]! / matrix[0]!] : solve2(matrix, right);
  return z.every(Number.isFinite) && mask.every((bit, j) => argument(system, j, z) > 0 === (bit === 1));
}
