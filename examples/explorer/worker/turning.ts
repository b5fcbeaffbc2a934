/**
 * The direction that lies behind a plane: orthogonal to it, and of those the one along which states differ most; any
 * one where they do not differ.
 * @param across @param up orthonormal directions of R ≥ 3 numbers
 */
export function behindOf(
  across: readonly number[],
  up: readonly number[],
  states: readonly (readonly number[])[],
): number[] {
  const R = across.length;
  const mean = across.map((_, k) => states.reduce((sum, z) => sum + z[k]!, 0) / Math.max(1, states.length));
  const rest = states.map((z) =>
    without(
      z.map((x, k) => x - mean[k]!),
      across,
      up,
    ),
  );
  // the power method on the covariance of what the plane does not show; what it gives need not be exact
  let direction = longest(rest);
  for (let i = 0; i < 50 && direction !== undefined; i++) {
    const from = direction;
    const sum = across.map((_, k) => rest.reduce((total, z) => total + dot(z, from) * z[k]!, 0));
    direction = unit(without(sum, across, up)) ?? direction;
  }
  if (direction !== undefined) return direction;
  const axes = across.map((_, k) =>
    without(
      Array.from({ length: R }, (_, i) => (i === k ? 1 : 0)),
      across,
      up,
    ),
  );
  return longest(axes) ?? axes[0]!;
}

function longest(vectors: readonly (readonly number[])[]): number[] | undefined {
  let best: readonly number[] | undefined;
  for (const each of vectors) if (best === undefined || dot(each, each) > dot(best, best)) best = each;
  return best === undefined ? undefined : unit(best);
}

/** A vector less its parts along two orthonormal directions, taken off twice: once leaves their rounding errors. */
function without(z: readonly number[], across: readonly number[], up: readonly number[]): number[] {
  let left = [...z];
  for (const direction of [across, up, across, up]) {
    const along = dot(left, direction);
    left = left.map((x, k) => x - along * direction[k]!);
  }
  return left;
}

function unit(z: readonly number[]): number[] | undefined {
  const length = Math.hypot(...z);
  return length > 1e-12 && Number.isFinite(length) ? z.map((x) => x / length) : undefined;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, k) => sum + x * b[k]!, 0);
}
