import { allowed, diagonalOf, power, type Recipe } from "../build.ts";

/**
 * One to three units with hardly a number that is not a power of two: the smallest models in which a size can be lost.
 */

/** z = 0 is nearly a fixed point: thresholds far below what u can resolve, kinks at h/u under the smallest number. */
export const kinksAtZero: Recipe = (random) => {
  const R = random.integer(1, 2);
  const N = random.integer(1, 3);
  const A = diagonalOf(random.vector(R, () => random.pick([0, 0.5, 1, 3, 1e60, -1e60])));
  const U = random.matrix(N, R, () => (random.unit() < 0.4 ? 0 : random.sign() * power(random, 100, 299)));
  const V = random.matrix(N, R, () =>
    random.unit() < 0.3 ? 0 : random.sign() * random.pick([1, 3, 0.5, power(random, -299, 20)]),
  );
  const hx = random.vector(N, () => (random.unit() < 0.3 ? 0 : random.sign() * power(random, -1074, -700)));
  const hz = random.vector(R, () => (random.unit() < 0.6 ? 0 : random.sign() * power(random, -1074, -600)));
  return allowed({ A, U, V, hx, hz }) ? { A, U, V, hx, hz } : undefined;
};

/** One coordinate far out, the other's kink at its scale; whole numbers otherwise. */
export const oneFarOut: Recipe = (random) => {
  const far = random.pick([1e16, 1e20, 1e32, 1e40, 2 ** 53, 2 ** 60, 1e80, 1e-40, 1e-100]);
  const few = () => random.pick([-3, -2, -1, 1, 2, 3, 0.5]);
  const N = random.integer(2, 4);
  const A = diagonalOf([random.pick([0, 1, 0.5, 3]), random.pick([0, 1, 0.5, 1.5])]);
  const U = Array.from({ length: N }, (_, j) =>
    (j % 2 === 0 ? [0, 1] : [1, 0]).map((x) => x * random.pick([1, 1, -1, 2])),
  );
  const V = U.map(() =>
    [few(), random.pick([0, few()])].map((x) => (random.unit() < 0.1 ? random.pick([1.5e-323, 1e-20, -2.5e-323]) : x)),
  );
  const hx = U.map(() => random.pick([far, 1, -1, far / 2, 1 / far, 0, few()]));
  const hz = [random.pick([few(), few() * far, far / 2]), random.pick([0, 1, few() * far, few()])];
  return allowed({ A, U, V, hx, hz }) ? { A, U, V, hx, hz } : undefined;
};

/** A unit of tiny slope whose kink is so far out that both meet at a size of one. */
export const tinySlopeFarKink: Recipe = (random) => {
  const R = random.integer(1, 2);
  const N = random.integer(2, 4);
  const where = random.pick([random.real(), 1, 3, random.real(1e5)]);
  const U = Array.from({ length: N }, (_, j) =>
    Array.from({ length: R }, (_, k) => (k === j % R ? random.pick([1, -1, 2]) : 0)),
  );
  const e = random.integer(10, 90);
  const hx = U.map((_, j) => random.pick([where, j === 0 ? where : random.sign() * random.unit() * 10 ** e]));
  const V = U.map((_, j) =>
    Array.from({ length: R }, () =>
      hx[j] === where ? random.pick([2, 1, -1, 0.5]) : random.sign() * random.pick([10 ** -e, 10 ** -e * 1e3, 1e-20]),
    ),
  );
  const A = diagonalOf(random.vector(R, () => random.pick([0, 0, 0.5, 1])));
  const hz = random.vector(R, () => random.pick([-where, where, 0, -where / 2]));
  return allowed({ A, U, V, hx, hz }) ? { A, U, V, hx, hz } : undefined;
};
