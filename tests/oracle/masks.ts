import { type Dyadic, fromNumber } from "../../src/model/dyadic.ts";
import { dot, integerRow, reducedEchelon, subsets } from "./integers.ts";
import { regionHasInterior } from "./naive.ts";

/** Hyperplanes u_j·z = h_j of an arrangement; masks depend on nothing else. */
export interface Arrangement {
  readonly latentDim: number;
  readonly hyperplanes: number;
  /** N×R. */
  readonly U: Float64Array;
  readonly h: { at(j: number): Dyadic };
}

/**
 * The masks of all regions of the arrangement u_j·z = h_j + ε·δ_j, ε infinitely small and positive, exactly: bit j set
 * iff u_j·z > h_j + ε·δ_j inside the region.
 *
 * Brute force (docs/design.md#branch-mode): every vertex with all 2^ρ settings of its tied bits. Where rank U = ρ < R
 * the arrangement is that of ρ independent columns. Throws Error when δ leaves a hyperplane through a vertex of others,
 * i.e. is not generic for this arrangement.
 */
export function perturbedMasks(arrangement: Arrangement, delta: readonly number[]): Set<bigint> {
  const { hyperplanes: N } = arrangement;
  const rows = arrangementRows(arrangement, delta);
  const { rho, normals } = independentColumns(arrangement, rows);
  const masks = new Set<bigint>();
  for (const subset of subsets(N, rho)) {
    const {
      rows: solved,
      pivots,
      d,
    } = reducedEchelon(
      subset.map((j) => [...normals[j]!, rows[j]!.h, rows[j]!.delta]),
      rho,
    );
    if (pivots.length < rho) continue;
    const positive = d > 0n ? 1n : -1n;
    const vertex = solved.map((row) => row[rho]!);
    const drift = solved.map((row) => row[rho + 1]!);
    let base = 0n;
    for (let j = 0; j < N; j++) {
      if (subset.includes(j)) continue;
      const there = positive * (dot(normals[j]!, vertex) - rows[j]!.h * d);
      const nearby = positive * (dot(normals[j]!, drift) - rows[j]!.delta * d);
      if (there === 0n && nearby === 0n) throw new Error(`δ is not generic: hyperplane ${j} meets vertex ${subset}`);
      if (there > 0n || (there === 0n && nearby > 0n)) base |= 1n << BigInt(j);
    }
    for (let setting = 0; setting < 2 ** rho; setting++) {
      masks.add(subset.reduce((mask, j, i) => ((setting >> i) & 1 ? mask | (1n << BigInt(j)) : mask), base));
    }
  }
  return masks;
}

/** The masks of the regions that have an interior without any perturbation. */
export function regionMasks(arrangement: Arrangement, delta: readonly number[]): Set<bigint> {
  const signRows = arrangementRows(arrangement, delta).map(({ u, h }) => [...u, -h]);
  const all = [...perturbedMasks(arrangement, delta)];
  return new Set(all.filter((mask) => regionHasInterior(signRows, Number(mask), arrangement.latentDim)));
}

/** Number of linearly independent subsets of the rows of U, the empty one included: what the owner rule must emit. */
export function independentSubsets(arrangement: Arrangement): number {
  const rows = arrangementRows(arrangement, new Array<number>(arrangement.hyperplanes).fill(0));
  let count = 0;
  for (let k = 0; k <= arrangement.latentDim; k++) {
    for (const subset of subsets(arrangement.hyperplanes, k)) {
      const chosen = subset.map((j) => rows[j]!.u);
      if (reducedEchelon(chosen, arrangement.latentDim).pivots.length === k) count += 1;
    }
  }
  return count;
}

/** A mask stored as 32-bit words, bit j in word ⌊j/32⌋, as one integer. */
export function maskOfWords(words: Uint32Array): bigint {
  return words.reduce((mask, word, i) => mask | (BigInt(word) << BigInt(32 * i)), 0n);
}

interface Row {
  readonly u: bigint[];
  readonly h: bigint;
  readonly delta: bigint;
}

function arrangementRows({ latentDim: R, hyperplanes: N, U, h }: Arrangement, delta: readonly number[]): Row[] {
  return Array.from({ length: N }, (_, j) => {
    const normal = Array.from(U.subarray(j * R, (j + 1) * R), fromNumber);
    const whole = integerRow([...normal, h.at(j), fromNumber(delta[j]!)]);
    return { u: whole.slice(0, R), h: whole[R]!, delta: whole[R + 1]! };
  });
}

function independentColumns({ latentDim: R }: Arrangement, rows: readonly Row[]) {
  const { pivots } = reducedEchelon(
    rows.map((row) => row.u),
    R,
  );
  return { rho: pivots.length, normals: rows.map((row) => pivots.map((column) => row.u[column]!)) };
}
