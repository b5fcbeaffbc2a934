import { allowed, diagonalOf, plantedAt, type Recipe } from "../build.ts";

/**
 * Many parallel units: kinks spread over all sizes along one or two directions, so many that a method which hopes for
 * few regions is tried first. The cells of two directions are few enough for the oracle.
 */
export const crowd: Recipe = (random) => {
  const R = random.integer(1, 2);
  const most = random.unit() < 0.1 ? 200 : 30;
  const N = random.integer(8, most);
  const along = random.vector(R, () => random.integer(0, R - 1));
  const heavy = random.integer(0, R - 1);
  // all but a few along one axis
  const axis = Array.from({ length: N }, (_, j) => (j < 3 ? along[j % R]! : heavy));
  const size = random.pick([1, 1e10, 1e32, 2 ** -200]);
  const kinks = () =>
    size *
    random.pick([random.integer(-5, 5), random.real(), random.real(1e-16), 1e-40, 1 + random.integer(0, 9) * 2 ** -52]);
  const steep = random.pick([1, 1e-10, 1e20]);
  const U = axis.map((own) =>
    Array.from({ length: R }, (_, k) => (k === own ? random.pick([1, 1, 2, -1, 2 ** 70]) : 0)),
  );
  const hx = U.map((u, j) => kinks() * Math.abs(u[axis[j]!]!));
  const V = U.map((u, j) =>
    Array.from(
      { length: R },
      (_, i) =>
        (random.unit() < 0.3
          ? 0
          : (steep * random.pick([1, -1, 0.5, -2, random.real(), 1e-20])) / Math.abs(u[axis[j]!]!)) +
        (i === axis[j] ? 0 : 0),
    ),
  );
  const A = diagonalOf(random.vector(R, () => random.pick([0, 1, 0.5, 2])));
  const out = plantedAt(
    { A, U, V, hx },
    random.vector(R, () => random.pick([kinks(), 6, 0, size])),
  );
  return allowed(out) ? out : undefined;
};
