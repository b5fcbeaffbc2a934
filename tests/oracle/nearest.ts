import { dot, gcd, nullSpace, type Rational, rational, reducedEchelon, subsets } from "./integers.ts";

/**
 * The point of { Σ t_i basis_i : constraints·t ≥ 0 } (homogeneous, w > 0) that is nearest to the origin.
 *
 * It is the foot of the perpendicular on the affine hull of the face that it lies in, so every set of constraints that
 * can fix a face is tried.
 */
export function nearestToOrigin(
  basis: readonly (readonly bigint[])[],
  constraints: readonly (readonly bigint[])[],
  R: number,
): Rational[] {
  const n = basis.length;
  const heights = basis.map((vector) => vector[R]!);
  let best: { z: Rational[]; square: Rational } | undefined;
  for (let size = 0; size < n; size++) {
    for (const face of subsets(constraints.length, size)) {
      const t = foot(
        basis,
        face.map((i) => constraints[i]!),
        R,
      );
      if (t === undefined || dot(heights, t) <= 0n || constraints.some((row) => dot(row, t) < 0n)) continue;
      const w = dot(heights, t);
      const whole = Array.from({ length: R }, (_, k) =>
        basis.reduce((total, vector, i) => total + t[i]! * vector[k]!, 0n),
      );
      const square = rational(dot(whole, whole), w * w);
      if (best === undefined || square.n * best.square.d < best.square.n * square.d) {
        best = { z: whole.map((x) => rational(x, w)), square };
      }
    }
  }
  return best!.z;
}

/**
 * t with heights·t > 0 that minimizes |z|² at height 1 on the face, or undefined where the face has no such point or is
 * given by dependent rows. In coordinates c of the face's own span: Gram c = μ heights, with heights·c = 1.
 */
function foot(
  basis: readonly (readonly bigint[])[],
  face: readonly (readonly bigint[])[],
  R: number,
): bigint[] | undefined {
  const span = nullSpace(face, basis.length).map(lowest);
  if (span.length !== basis.length - face.length) return undefined;
  const vectors = span.map((t) =>
    Array.from({ length: R + 1 }, (_, k) => basis.reduce((total, vector, i) => total + t[i]! * vector[k]!, 0n)),
  );
  const heights = vectors.map((vector) => vector[R]!);
  const equations = [
    ...vectors.map((a, i) => [...vectors.map((b) => dot(a.slice(0, R), b.slice(0, R))), -heights[i]!, 0n]),
    [...heights, 0n, 1n],
  ];
  const size = span.length + 1;
  const { rows, pivots, d } = reducedEchelon(equations, size);
  if (pivots.length < size) return undefined;
  const c = rows.slice(0, span.length).map((row) => (d < 0n ? -row[size]! : row[size]!));
  return basis.map((_, i) => span.reduce((total, t, k) => total + c[k]! * t[i]!, 0n));
}

function lowest(vector: readonly bigint[]): bigint[] {
  const content = vector.reduce(gcd, 0n);
  return content === 0n ? [...vector] : vector.map((x) => x / content);
}
