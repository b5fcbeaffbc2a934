import type { Random } from "../../support/random.ts";
import { allowed, diagonalOf, ordinary, plantedAt, power, type Recipe, rough, shape, wild } from "../build.ts";

/** Models in which numbers of sizes far apart act on each other. */

const FAR = [1e15, 1e16, 1e20, 1e22, 1e30, 1e45, 1e60, 1e75, 2 ** 52, 2 ** 53, 2 ** 54, 2 ** 106];

/** Two scales in one model: some entries are times a factor from 1e15 to 1e200, or divided by it. */
export const twoScales: Recipe = (random) => {
  const model = random.unit() < 0.7 ? ordinary(random) : rough(random);
  if (model === undefined) return undefined;
  const large = random.pick([...FAR, 10 ** random.integer(15, 200)]);
  const factor = random.unit() < 0.5 ? large : 1 / large;
  const share = random.pick([0.15, 0.3, 0.5]);
  const some = (x: number) => (random.unit() < share ? x * factor : x);
  const rows = (matrix: readonly (readonly number[])[]) => matrix.map((row) => row.map(some));
  const changed = random.pick(["U", "V", "hx", "A", "hz", "all"]);
  const is = (part: string) => changed === part || changed === "all";
  const out = {
    A: is("A") ? rows(model.A) : model.A,
    U: is("U") ? rows(model.U) : model.U,
    V: is("V") ? rows(model.V) : model.V,
    hx: is("hx") ? model.hx.map(some) : model.hx,
    hz: is("hz") ? model.hz.map(some) : model.hz,
  };
  return allowed(out) ? out : undefined;
};

/** As `twoScales`, with a fixed point planted afterwards. */
export const twoScalesPlanted: Recipe = (random) => {
  const model = twoScales(random);
  if (model === undefined) return undefined;
  const z0 = model.A.map(() => random.integer(-4, 4) * random.pick([1, 1, ...FAR, 1e-16, 1e-30]));
  const out = plantedAt(model, z0);
  return allowed(out) ? out : undefined;
};

/** u 2^a, v 2^b, h 2^c: products reach 2^±600 and past the range of numbers. */
export const products: Recipe = (random) => {
  const { R, N } = shape(random);
  const one = (low: number, high: number) =>
    random.sign() * random.pick([1, 1.5, 3, 1 + random.unit()]) * power(random, low, high);
  const sizes = random.pick([
    { u: 290, v: 290, h: 290 },
    { u: -295, v: -295, h: -295 },
    { u: 290, v: -290, h: -295 },
    { u: 297, v: 0, h: -800 },
    { u: -290, v: -790, h: -500 },
    { u: -1000, v: 290, h: -1000 },
  ]);
  const near = (e: number) => one(e - random.pick([2, 20, 60]), Math.min(e + 2, 297));
  const A =
    random.unit() < 0.5
      ? diagonalOf(random.vector(R, () => 1))
      : diagonalOf(random.vector(R, () => random.pick([0, 0.5, 1, 2, one(-20, 290)])));
  const U = random.matrix(N, R, () => (random.unit() < 0.3 ? 0 : near(sizes.u)));
  const V = random.matrix(N, R, () => (random.unit() < 0.3 ? 0 : near(sizes.v)));
  const hx = random.vector(N, () => (random.unit() < 0.2 ? 0 : near(sizes.h)));
  if (random.unit() < 0.3) {
    const out = { A, U, V, hx, hz: random.vector(R, () => (random.unit() < 0.5 ? 0 : one(-600, 200))) };
    return allowed(out) ? out : undefined;
  }
  const where = random.pick([sizes.h - sizes.u, sizes.h - sizes.u + 3, 0]);
  if (where > 1000 || where < -1070) return undefined;
  const out = plantedAt(
    { A, U, V, hx },
    random.vector(R, () => random.sign() * random.integer(0, 3) * 2 ** where),
  );
  return allowed(out) ? out : undefined;
};

/** Every entry of any size. */
export const wildEntries: Recipe = (random) => {
  const { R, N } = shape(random);
  const parts = {
    A:
      random.unit() < 0.5
        ? diagonalOf(random.vector(R, () => random.pick([0, 0.5, 1, 2, wild(random)])))
        : random.matrix(R, R, () => wild(random)),
    U: random.matrix(N, R, () => wild(random)),
    V: random.matrix(N, R, () => wild(random)),
    hx: random.vector(N, () => wild(random)),
  };
  const out =
    random.unit() < 0.6
      ? plantedAt(
          parts,
          random.vector(R, () => wild(random)),
        )
      : { ...parts, hz: random.vector(R, () => wild(random)) };
  return allowed(out) ? out : undefined;
};

/** An ordinary model in which a few entries became subnormal or nearly so. */
export const subnormalEntries: Recipe = (random) => {
  const model = ordinary(random);
  if (model === undefined) return undefined;
  const least = (random: Random) =>
    random.sign() * random.integer(1, 9) * 2 ** random.pick([-1074, -1074, -1070, -1022, -1060]);
  const some = (x: number) => (random.unit() < 0.25 ? least(random) : x);
  const rows = (matrix: readonly (readonly number[])[]) => matrix.map((row) => row.map(some));
  return {
    A: model.A,
    U: random.unit() < 0.4 ? rows(model.U) : model.U,
    V: random.unit() < 0.7 ? rows(model.V) : model.V,
    hx: random.unit() < 0.5 ? model.hx.map(some) : model.hx,
    hz: random.unit() < 0.3 ? model.hz.map(some) : model.hz,
  };
};

/** Slopes a rounding away from those of a line of fixed points. */
export const nearlySingular: Recipe = (random) => {
  const { R, N } = shape(random);
  const close = () => 1 + random.pick([0, 2 ** -52, -(2 ** -53), 2 ** -40, -(2 ** -30)]);
  const A = diagonalOf(random.vector(R, close));
  const U = random.matrix(N, R, () => random.integer(-2, 2));
  const V = random.matrix(
    N,
    R,
    () => random.integer(-2, 2) * random.pick([1, 2 ** -52, 2 ** -53, 2 ** -100, 2 ** -300, 0]),
  );
  const hx = random.vector(N, () => random.integer(-2, 2));
  const z0 = random.vector(R, () => random.integer(-3, 3) * random.pick([1, 1, 2 ** 30, 2 ** 52, 2 ** 60]));
  const out = plantedAt({ A, U, V, hx }, z0);
  return allowed(out) ? out : undefined;
};

/** Every entry of a size drawn evenly from the whole range: products of two meet nothing of their own size. */
export const logUniform: Recipe = (random) => {
  const { R, N } = shape(random);
  const full = random.unit() < 0.5;
  const low = random.pick([-1074, -900, -600]);
  const one = () => {
    const significand = full ? 1 + random.unit() : random.pick([1, 1, 1.5, 1.25, 3]);
    return random.sign() * significand * 2 ** random.integer(low, 298);
  };
  const parts = {
    A: random.matrix(R, R, one),
    U: random.matrix(N, R, one),
    V: random.matrix(N, R, one),
    hx: random.vector(N, one),
  };
  const out = random.unit() < 0.3 ? plantedAt(parts, random.vector(R, one)) : { ...parts, hz: random.vector(R, one) };
  return allowed(out) ? out : undefined;
};

/** As `logUniform` but sparse: few entries, so that results reach where sums have nothing larger to hide behind. */
export const sparse: Recipe = (random) => {
  const { R, N } = shape(random);
  const one = () => {
    const significand = random.pick([1, 1, 3, 1 + random.unit()]);
    return random.sign() * significand * 2 ** random.pick([0, random.integer(-300, 298), random.integer(-1070, 298)]);
  };
  const rare = () => (random.unit() < 0.65 ? 0 : one());
  const parts = {
    A: diagonalOf(random.vector(R, () => random.pick([0, 1, 1, 0.5, rare()]))),
    U: Array.from({ length: N }, () => {
      const own = random.integer(0, R - 1);
      return random.vector(R, rare).map((x, k) => (k === own ? one() : x));
    }),
    V: Array.from({ length: N }, () => random.vector(R, () => (random.unit() < 0.5 ? 0 : one()))),
    hx: random.vector(N, rare),
  };
  const out = random.unit() < 0.5 ? plantedAt(parts, random.vector(R, rare)) : { ...parts, hz: random.vector(R, rare) };
  return allowed(out) ? out : undefined;
};
