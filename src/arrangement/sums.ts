import { copyOf64, float64s, uint8s } from "../base/small-arrays.ts";
import { allOf, type Steps } from "../base/steps.ts";
import { sign } from "../model/dyadic.ts";
import { largestColumn, type ScaledSystem } from "./scaling.ts";

/** Sums over all hyperplanes of a reduced system, of n merged ones. */
export interface Sums {
  /** n×R: summed |c|·v over the members of each hyperplane, scaled, rounded. */
  readonly V: Float64Array;
  /** R×R and R, scaled, rounded: with constant units and flipped members folded in. */
  readonly M: Float64Array;
  readonly g: Float64Array;
  /**
   * |M| + Σ|v_j||u_j|ᵀ and |g| + Σ|v_jh_j|, entrywise. What M + VᵀDU and VᵀDh + g as summed in f64, in any order and
   * over any mask, err by is at most γ_m of these and `F64.tiny`, with m = `terms`.
   */
  readonly matrixMagnitude: Float64Array;
  readonly rhsMagnitude: Float64Array;
}

/**
 * Sums over all hyperplanes, R² numbers for each of them: made when they are first asked for, as a run may be at its
 * end before.
 */
export class LaterSums {
  readonly #make: () => Steps<Sums>;
  #sums: Sums | undefined;

  constructor(make: () => Steps<Sums>) {
    this.#make = make;
  }

  get now(): Sums {
    return this.#sums ?? allOf(this.making());
  }

  *making(): Steps<Sums> {
    this.#sums ??= yield* this.#make();
    return this.#sums;
  }
}

/** Numbers that are added between two looks at the clock. */
const NUMBERS_AT_ONCE = 2 ** 12;

/** What `fold` gives where nothing is known: bounds that decide nothing. */
// biome-ignore lint/correctness/useYield: it takes no steps
export function* unknownSums(n: number, R: number): Steps<Sums> {
  return {
    M: new Float64Array(R * R),
    g: new Float64Array(R),
    V: new Float64Array(n * R),
    matrixMagnitude: new Float64Array(R * R).fill(Number.POSITIVE_INFINITY),
    rhsMagnitude: new Float64Array(R).fill(Number.POSITIVE_INFINITY),
  };
}

/**
 * M, g, V with constants and flipped members folded in, and the magnitudes that bound their rounding. All factors are
 * scaled before: each stored number and each product errs by u of itself and by at most 2^-1000 for underflow
 * (`isFit`).
 */
export function* fold(
  { dim: R, count: N, M: scaledM, g: scaledG, U: scaledU, V: scaledV, h: scaledH }: ScaledSystem,
  heads: readonly number[],
  later: Readonly<Int32Array>,
): Steps<Sums> {
  const M = copyOf64(scaledM.rounded);
  const g = copyOf64(scaledG.rounded);
  const U = scaledU.rounded;
  const v = scaledV.rounded;
  const h = scaledH.rounded;
  const matrixMagnitude = magnitudesOf(M);
  const rhsMagnitude = magnitudesOf(g);
  const V = float64s(heads.length * R);
  const merged = uint8s(N);

  const addOuter = (j: number, always: boolean) => {
    for (let i = 0; i < R; i++) {
      const vi = v[j * R + i]!;
      rhsMagnitude[i]! += Math.abs(vi * h[j]!);
      if (always) g[i]! += vi * h[j]!;
      for (let k = 0; k < R; k++) {
        const term = vi * U[j * R + k]!;
        matrixMagnitude[i * R + k]! += Math.abs(term);
        if (always) M[i * R + k]! += term;
      }
    }
  };
  const each = Math.max(1, Math.floor(NUMBERS_AT_ONCE / (R * R)));
  for (let i = 0; i < heads.length; i++) {
    const head = heads[i]!;
    const p = largestColumn(scaledU, head, R);
    let j = head;
    do {
      merged[j] = 1;
      // both entries are in [1, 2), as are the largest of all rows
      const c = U[j * R + p]! / U[head * R + p]!;
      addOuter(j, c < 0);
      // folding a flipped member and adding its |c|·v counts it twice
      if (c < 0) addOuter(j, false);
      for (let k = 0; k < R; k++) V[i * R + k]! += Math.abs(c) * v[j * R + k]!;
      j = later[j]!;
    } while (j > 0);
    if ((i + 1) % each === 0) yield;
  }
  for (let j = 0; j < N; j++) if (!merged[j]) addOuter(j, sign(scaledH.at(j)) < 0);
  return { M, g, V, matrixMagnitude, rhsMagnitude };
}

function magnitudesOf(values: Float64Array): Float64Array {
  const sizes = float64s(values.length);
  for (let i = 0; i < sizes.length; i++) sizes[i] = Math.abs(values[i]!);
  return sizes;
}
