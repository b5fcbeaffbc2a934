import { fromNumber, multiply, toNumber } from "../../../src/model/dyadic.ts";
import type { Random } from "../../support/random.ts";
import { allowed, diagonalOf, ordinary, plantedAt, type Recipe, rescaled, rough, shape } from "../build.ts";
import { twoScales, wildEntries } from "./mixed.ts";
import { decoupled, parallel } from "./placed.ts";

/**
 * Arrangements with structure (equal hyperplanes, a rank below R, zeros, many units) that scales hide or nearly break.
 */

const exactProduct = (a: number, b: number) => toNumber(multiply(fromNumber(a), fromNumber(b)));
const hair = (random: Random) => random.pick([1, 1, 1 + 2 ** -52, 1 - 2 ** -53]);

/**
 * Rows that are multiples of one another, also by numbers that are no powers of two, at thresholds that are so too or
 * by a last place not.
 */
export const proportional: Recipe = (random) => {
  const R = random.integer(1, 3);
  const N = random.integer(2, R === 3 ? 6 : 7);
  const few = random.matrix(2, R, () =>
    random.pick([0, 1, -1, 3, random.integer(-5, 5) * 2 ** random.integer(-60, 60)]),
  );
  const levels = [0, 1, -2, random.integer(-7, 7) * 2 ** random.integer(-60, 60)];
  const factors = [1, -1, 3, 5, -7, 1 / 3, 2 ** 150, 3 * 2 ** -200, random.real(2 ** 40)];
  const U: number[][] = [];
  const hx: number[] = [];
  for (let j = 0; j < N; j++) {
    const c = random.nonzero(() => random.pick(factors));
    const own = random.pick(few);
    U.push(own.map((x) => exactProduct(x, c)));
    hx.push(exactProduct(random.pick(levels), c) * hair(random));
  }
  const V = U.map((u) => {
    const size = Math.max(...u.map(Math.abs)) || 1;
    return random.vector(R, () => random.dyadic(1, 2) / 2 ** Math.floor(Math.log2(size)));
  });
  const A = diagonalOf(random.vector(R, () => random.pick([0, 0.5, 1, 2])));
  const out = plantedAt(
    { A, U, V, hx },
    random.vector(R, () => random.pick([0, 1, -2, random.integer(-3, 3)])),
  );
  return allowed(out) ? out : undefined;
};

/** Units that see fewer directions than there are dimensions, exactly or but for a last place. */
export const lowRank: Recipe = (random) => {
  const R = random.integer(2, 4);
  const N = random.integer(2, 6);
  const rank = random.integer(1, R - 1);
  const seen = random.matrix(rank, R, () => random.integer(-2, 2) * 2 ** random.pick([0, 0, random.integer(-40, 40)]));
  const exact = random.unit() < 0.6;
  const U = Array.from({ length: N }, () => {
    const weights = random.vector(rank, () => random.integer(-2, 2));
    const c = 2 ** random.pick([0, random.integer(-150, 150)]);
    const row = Array.from({ length: R }, (_, k) => weights.reduce((sum, w, r) => sum + w * seen[r]![k]!, 0));
    return row.map((x) => c * x * (exact ? 1 : hair(random)));
  });
  const sizes = U.map((u) => Math.max(...u.map(Math.abs)) || 1);
  const V = sizes.map((size) => random.vector(R, () => random.dyadic(1, 2) / 2 ** Math.floor(Math.log2(size))));
  const hx = sizes.map((size) => random.integer(-3, 3) * 2 ** Math.floor(Math.log2(size)));
  const A = diagonalOf(random.vector(R, () => random.pick([0, 0.5, 1, 2])));
  const out = plantedAt(
    { A, U, V, hx },
    random.vector(R, () => random.integer(-3, 3)),
  );
  return allowed(out) ? out : undefined;
};

/** More units than elsewhere, so that the ways of larger models are taken. */
export const larger: Recipe = (random) => {
  const measure = { R: random.integer(2, 3), N: random.integer(8, 10) };
  const model = random.unit() < 0.5 ? ordinary(random, measure) : rough(random, measure);
  if (model === undefined) return undefined;
  const most = random.pick([0, 60, 140]);
  const draw = (n: number) => random.vector(n, () => random.integer(-most, most));
  return rescaled(model, { units: draw(measure.N), space: draw(measure.R) });
};

/** A model of another kind in which rows, columns, effects or thresholds became zero. */
export const withZeros: Recipe = (random) => {
  const model = random.pick([twoScales, wildEntries, decoupled, parallel])(random);
  if (model === undefined) return undefined;
  const { R, N } = { R: model.A.length, N: model.U.length };
  const none = (n: number) => random.vector(n, () => (random.unit() < 0.25 ? 0 : 1));
  const [rows, columns, effects, thresholds] = [none(N), none(R), none(N), none(N)];
  const times = (x: number, y: number) => (y === 0 ? 0 : x);
  const column = random.unit() < 0.3 ? columns : columns.map(() => 1);
  return {
    A: model.A,
    U: model.U.map((u, j) => u.map((x, k) => times(x, rows[j]! * column[k]!))),
    V: model.V.map((v, j) => v.map((x) => times(x, effects[j]!))),
    hx: model.hx.map((h, j) => times(h, thresholds[j]!)),
    hz: random.unit() < 0.3 ? model.hz.map(() => 0) : model.hz,
  };
};

/** The least and the greatest that a model may hold, and what lies next to powers of two. */
export const extremes: Recipe = (random) => {
  const { R, N } = shape(random);
  const least = 2 ** -1074;
  const any = () =>
    random.sign() *
    random.pick([
      0,
      0,
      1,
      1,
      2,
      2 ** 300,
      2 ** 300,
      2 ** 299,
      2 ** -1022,
      2 ** -1022 - least,
      least,
      3 * least,
      1 - 2 ** -53,
      1 + 2 ** -52,
      2 ** -300,
    ]);
  const A = random.unit() < 0.5 ? diagonalOf(random.vector(R, any)) : random.matrix(R, R, any);
  const parts = { A, U: random.matrix(N, R, any), V: random.matrix(N, R, any), hx: random.vector(N, any) };
  const out = random.unit() < 0.5 ? plantedAt(parts, random.vector(R, any)) : { ...parts, hz: random.vector(R, any) };
  return allowed(out) ? out : undefined;
};
