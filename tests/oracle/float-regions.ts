import { LuDecomposition, Matrix } from "ml-matrix";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { subsets } from "./integers.ts";

/**
 * The masks that the published method visits, in plain float64 without any bound (Pals 2023): solve each intersection
 * of R hyperplanes by LU, read the signs of the others there, let the R tied bits be either. It shows what a corpus
 * costs a solver that trusts its signs. For rank U < R it visits none.
 */
export function floatRegionMasks(system: PiecewiseLinearSystem): Set<number> {
  const { latentDim: R, hyperplanes: N, U } = system;
  const h = system.h.rounded;
  const masks = new Set<number>();
  for (const subset of subsets(N, R)) {
    const lu = new LuDecomposition(new Matrix(subset.map((j) => Array.from(U.subarray(j * R, (j + 1) * R)))));
    if (lu.isSingular()) continue;
    const z = lu.solve(Matrix.columnVector(subset.map((j) => h[j]!))).to1DArray();
    let base = 0;
    for (let j = 0; j < N; j++) {
      if (subset.includes(j)) continue;
      let x = -h[j]!;
      for (let k = 0; k < R; k++) x += U[j * R + k]! * z[k]!;
      if (x > 0) base |= 1 << j;
    }
    for (let setting = 0; setting < 2 ** R; setting++) {
      masks.add(subset.reduce((mask, j, i) => ((setting >> i) & 1 ? mask | (1 << j) : mask), base));
    }
  }
  return masks;
}
