import { dot, gcd, nullSpace, reducedEchelon, subsets } from "./integers.ts";

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

/** All of space. */
export function wholeSpace(dimension: number): Cone {
  const unit = (i: number) => Array.from({ length: dimension }, (_, k) => (i === k ? 1n : 0n));
  return { lineality: Array.from({ length: dimension }, (_, i) => unit(i)), rays: [] };
}

/**
 * The part of a cone with row·x ≥ 0 (double description; Motzkin et al. 1953). Rays may be given that are sums of
 * others.
 * @param rows that the cone was cut by before: two rays are joined only if no other vanishes on all rows that both do.
 */
export function cutCone({ lineality, rays }: Cone, row: readonly bigint[], rows: readonly (readonly bigint[])[]): Cone {
  const off = lineality.findIndex((line) => dot(row, line) !== 0n);
  if (off >= 0) {
    const side = dot(row, lineality[off]!) > 0n ? 1n : -1n;
    const axis = lineality[off]!.map((x) => side * x);
    const height = dot(row, axis);
    const level = (x: readonly bigint[]) => primitive(x.map((each, k) => height * each - dot(row, x) * axis[k]!));
    return { lineality: lineality.filter((_, i) => i !== off).map(level), rays: [...rays.map(level), axis] };
  }
  const heights = rays.map((ray) => dot(row, ray));
  const zeros = rays.map((ray) => rows.map((each) => dot(each, ray) === 0n));
  const kept = rays.filter((_, i) => heights[i]! >= 0n);
  for (const [p, above] of heights.entries()) {
    if (above <= 0n) continue;
    for (const [n, below] of heights.entries()) {
      if (below >= 0n) continue;
      const shared = rows.flatMap((_, i) => (zeros[p]![i] && zeros[n]![i] ? [i] : []));
      const isJoined = !rays.some((_, other) => other !== p && other !== n && shared.every((i) => zeros[other]![i]));
      if (isJoined) kept.push(primitive(rays[n]!.map((x, k) => above * x - below * rays[p]![k]!)));
    }
  }
  return { lineality, rays: kept };
}

function primitive(x: readonly bigint[]): bigint[] {
  const content = x.reduce(gcd, 0n);
  return content === 0n ? [...x] : x.map((each) => each / content);
}

/**
 * True iff { x : row_i·x > 0 for every row } is not empty: then some generator is positive on each row, and their sum
 * on all. Rows that vanish on every generator make it empty.
 */
export function hasInterior(rows: readonly (readonly bigint[])[], dimension: number): boolean {
  const { rays } = coneGenerators(rows, dimension);
  return rows.every((row) => rays.some((ray) => dot(row, ray) > 0n));
}
