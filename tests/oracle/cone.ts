import { dot, nullSpace, reducedEchelon, subsets } from "./integers.ts";

/** A polyhedral cone { x : rows·x ≥ 0 } = span(lineality) + Σ cone(rays). */
export interface Cone {
  readonly lineality: readonly (readonly bigint[])[];
  readonly rays: readonly (readonly bigint[])[];
}

/**
 * The generators of { x ∈ R^dimension : row·x ≥ 0 for every row }, by trying every set of rows that can fix a ray.
 *
 * A polyhedron { t : C t ≥ e } is the part w > 0 of the cone { (t, w) : C t − e w ≥ 0, w ≥ 0 }: rays with w > 0 are its
 * vertices, those with w = 0 its directions of recession.
 */
export function coneGenerators(rows: readonly (readonly bigint[])[], dimension: number): Cone {
  const lineality = nullSpace(rows, dimension);
  // modulo the lineality space, every point has zeros off the pivot columns
  const { pivots } = reducedEchelon(rows, dimension);
  const r = pivots.length;
  if (r === 0) return { lineality, rays: [] };
  const pointed = rows.map((row) => pivots.map((column) => row[column]!));
  const rays = new Map<string, bigint[]>();
  for (const subset of subsets(pointed.length, r - 1)) {
    const directions = nullSpace(
      subset.map((i) => pointed[i]!),
      r,
    );
    if (directions.length !== 1) continue;
    for (const side of [1n, -1n]) {
      const ray = directions[0]!.map((x) => side * x);
      if (pointed.some((row) => dot(row, ray) < 0n)) continue;
      const zeros = pointed.map((row) => (dot(row, ray) === 0n ? "0" : "1")).join("");
      const full = new Array<bigint>(dimension).fill(0n);
      pivots.forEach((column, i) => {
        full[column] = ray[i]!;
      });
      // in a pointed cone an extreme ray is known by the rows that vanish on it
      rays.set(zeros, full);
    }
  }
  return { lineality, rays: [...rays.values()] };
}

/**
 * True iff { x : row_i·x > 0 for every row } is not empty: then some generator is positive on each row, and their sum
 * on all. Rows that vanish on every generator make it empty.
 */
export function hasInterior(rows: readonly (readonly bigint[])[], dimension: number): boolean {
  const { rays } = coneGenerators(rows, dimension);
  return rows.every((row) => rays.some((ray) => dot(row, ray) > 0n));
}
