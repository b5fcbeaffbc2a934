import { fromNumber, multiply, subtract, toNumber } from "../../../src/model/dyadic.ts";
import { hyperplaneNear } from "../../corpus/build.ts";
import type { Plain } from "../../oracle/systems.ts";
import type { Random } from "../../support/random.ts";
import {
  allowed,
  diagonalOf,
  ordinary,
  plantedAt,
  type Recipe,
  rescaled,
  rough,
  shuffled,
  sideBySide,
} from "../build.ts";

/** Models whose coordinates, kinks or ties are put where sizes far apart meet. */

/** A small model of its own in measures of its own. */
function block(random: Random, R: number, most: number): Plain | undefined {
  const shape = { R, N: random.integer(1, R === 1 ? 3 : 4) };
  const model = random.unit() < 0.7 ? ordinary(random, shape) : rough(random, shape);
  if (model === undefined) return undefined;
  const space = random.integer(-most, most);
  const units = random.vector(shape.N, () => random.pick([0, -space, random.integer(-80, 80)]));
  return rescaled(model, { units, space: new Array<number>(R).fill(space) });
}

/** Two or three models that don't feel each other, in measures far apart. */
export const decoupled: Recipe = (random) => {
  const sizes = random.pick([
    [1, 1],
    [1, 1],
    [1, 2],
    [1, 1, 1],
  ]);
  const blocks = sizes.map((R) => block(random, R, random.pick([60, 120, 200])));
  if (!blocks.every((x) => x !== undefined)) return undefined;
  return shuffled(random, sideBySide(blocks as Plain[]));
};

/** As `decoupled`, but one block drives the next with weights of any size. */
export const driven: Recipe = (random) => {
  const blocks = [block(random, 1, 100), block(random, random.integer(1, 2), 100)];
  if (!blocks.every((x) => x !== undefined)) return undefined;
  const model = sideBySide(blocks as Plain[]);
  const weight = () => random.sign() * 2 ** random.integer(-250, 250);
  const A = model.A.map((row, i) => row.map((a, k) => (k === 0 && i > 0 && random.unit() < 0.5 ? weight() : a)));
  const V = model.V.map((v, j) =>
    v.map((x, i) => (i > 0 && model.U[j]![0] !== 0 && random.unit() < 0.5 ? weight() : x)),
  );
  return shuffled(random, { ...model, A, V });
};

/** Parallel hyperplanes: kinks close together or of huge ratio, rows rescaled and turned round, ramps that cancel. */
export const parallel: Recipe = (random) => {
  const R = random.pick([1, 1, 1, 2]);
  const N = random.integer(2, 7);
  const directions = random.matrix(R, R, () => random.integer(-2, 2));
  if (directions.some((u) => u.every((x) => x === 0))) return undefined;
  const kinks = [
    0,
    1,
    -1,
    1 + 2 ** -52,
    1e22,
    -1e22,
    2 ** 60,
    1e-20,
    2 ** -300,
    random.real(),
    random.real(1e25),
    1e60,
    random.integer(-3, 3),
  ];
  const slopes = [1, -1, 2, -2, 0.5, 1e-20, -1e-20, 2 ** -60, 2 ** -200, random.real(), 1e10, 0];
  const U: number[][] = [];
  const hx: number[] = [];
  const V: number[][] = [];
  for (let j = 0; j < N; j++) {
    const ramp = j > 0 && random.unit() < 0.35;
    const c = random.pick([1, 1, 2, -1, 2 ** 60, 2 ** -200, -(2 ** 30)]) * (ramp ? 1 : 1);
    const u = ramp ? U[j - 1]! : random.pick(directions).map((x) => c * x);
    const kink = random.pick(kinks);
    U.push(u);
    hx.push(
      ramp
        ? random.unit() < 0.3
          ? hx[j - 1]!
          : hx[j - 1]! * random.pick([1 + 2 ** -52, 2, 1e10, -1]) + random.pick([0, kink])
        : kink * Math.abs(c),
    );
    V.push(ramp ? V[j - 1]!.map((x) => -x) : random.vector(R, () => random.pick(slopes) / Math.abs(c)));
  }
  const A = diagonalOf(random.vector(R, () => random.pick([0, 1, 0.5, 2, 1 - 2 ** -53, 1 + 2 ** -52])));
  const out = plantedAt(
    { A, U, V, hx },
    random.vector(R, () => random.pick(kinks)),
  );
  return allowed(out) ? out : undefined;
};

/** A fixed point on hyperplanes of any scale, exactly or by a rounding off. */
export const tiesAtOddScales: Recipe = (random) => {
  const R = random.integer(1, 3);
  const N = random.integer(2, R === 3 ? 6 : 7);
  const z0 = random.vector(R, () => random.integer(-3, 3) * 2 ** random.pick([0, 0, 0, 40, -40, 100, -250]));
  const U: number[][] = [];
  const hx: number[] = [];
  for (let j = 0; j < N; j++) {
    const c = 2 ** random.pick([0, 0, random.integer(-150, 150)]);
    const u = random.vector(R, () => c * random.pick([0, 1, -1, 2, random.real(), 2 ** random.integer(-40, 40)]));
    const on = random.unit() < 0.6;
    const h = on ? hyperplaneNear(u, z0) : c * random.real(4);
    U.push(u);
    // sometimes a last place off
    hx.push(random.unit() < 0.2 ? h * (1 + 2 ** -52) : h);
  }
  const V = U.map((u) => {
    const size = Math.max(...u.map(Math.abs));
    return random.vector(R, () => (size === 0 ? 1 : random.dyadic(1, 2) / 2 ** Math.floor(Math.log2(size))));
  });
  const A =
    random.unit() < 0.5
      ? diagonalOf(random.vector(R, () => random.pick([0, 0.5, 1, 2])))
      : random.matrix(R, R, () => random.dyadic(2, 2));
  const out = plantedAt({ A, U, V, hx }, z0);
  return allowed(out) ? out : undefined;
};

/** V-shaped dynamics whose corner touches, misses or crosses the diagonal by as little as there is. */
export const corners: Recipe = (random) => {
  const R = random.integer(1, 2);
  const blocks = Array.from({ length: R }, () => {
    const corner = random.pick([0, 1, 1e22, random.real(), 2 ** 40, 2 ** -200, 3]);
    const c = 2 ** random.pick([0, 0, random.integer(-100, 100)]);
    const left = random.pick([1, 0.5, 2 ** -60, 1e-20]);
    const right = random.pick([1, 0.5, 2 ** -60, 1e-20]);
    // G = ±(left·relu(corner − z) + right·relu(z − corner)) − gap
    const side = random.sign();
    const gap = random.pick([0, 0, 2 ** -1074, -(2 ** -1074), 2 ** -60, -(2 ** -60), 1e-30, -1e-30]);
    return {
      A: [[1]],
      U: [[c], [-c]],
      V: [[(side * right) / c], [(side * left) / c]],
      hx: [
        toNumber(multiply(fromNumber(corner), fromNumber(c))),
        -toNumber(multiply(fromNumber(corner), fromNumber(c))),
      ],
      hz: [toNumber(subtract(fromNumber(gap), fromNumber(0)))],
    };
  });
  const out = shuffled(random, sideBySide(blocks));
  return allowed(out) ? out : undefined;
};

/** Lines and planes of fixed points whose ends, slopes and neighbours are of sizes far apart. */
export const scaledContinua: Recipe = (random) => {
  const R = random.integer(1, 3);
  const still = random.integer(1, R);
  const N = random.integer(1, 5);
  const A = diagonalOf(Array.from({ length: R }, (_, i) => (i < still ? 1 : random.pick([0.5, 0, 2]))));
  const U = random.matrix(N, R, () => random.pick([0, 1, -1, 2]));
  // equal rows whose effects cancel past both, or pull back from outside
  const V = random.matrix(N, R, () => random.pick([0, 0, 0.5, -0.5, 1]));
  const hx = random.vector(N, () => random.integer(-2, 2));
  const model = { A, U, V, hx, hz: A.map((_, i) => (i < still ? 0 : random.integer(-1, 1))) };
  const units = random.vector(N, () => random.pick([0, random.integer(-100, 100)]));
  const most = random.pick([0, 30, 100]);
  return rescaled(model, { units, space: random.vector(R, () => random.integer(-most, most)) });
};

/**
 * Coordinates that know little of each other with fixed points at 1 and at 10^k, small numbers of digits everywhere.
 */
export const farApart: Recipe = (random) => {
  const R = random.integer(2, 3);
  const N = random.integer(R, R === 3 ? 6 : 7);
  const size = random.vector(R, () =>
    random.pick([1, 1, 10 ** random.integer(-60, 60), 10 ** random.integer(15, 40), 2 ** random.integer(-300, 100)]),
  );
  const few = () => random.pick([-3, -2, -1, 0.5, 1, 2, 3, 5]);
  const A = diagonalOf(random.vector(R, () => random.pick([0, 0, 1, 0.5, 3, 1.5])));
  const owns = Array.from({ length: N }, (_, j) => (j < R ? j : random.integer(0, R - 1)));
  const U = owns.map((own) =>
    Array.from({ length: R }, (_, k) =>
      k === own ? random.pick([1, 1, -1, 2]) : random.unit() < 0.1 ? random.pick([1e-20, 1, 1.5e-323]) : 0,
    ),
  );
  const V = owns.map((own) =>
    Array.from({ length: R }, (_, i) =>
      i === own ? few() : random.unit() < 0.35 ? few() * random.pick([1, size[i]! / size[own]!]) : 0,
    ),
  );
  const hx = owns.map((own) => random.pick([0, few(), few() * size[own]!, 1e-40, size[own]! * (1 + 2 ** -52)]));
  const hz = size.map((s) => random.pick([0, few() * s, few(), s / 2]));
  const parts = { A, U, V, hx };
  const out =
    random.unit() < 0.5
      ? plantedAt(
          parts,
          size.map((s) => few() * s),
        )
      : { ...parts, hz };
  return allowed(out) ? out : undefined;
};

/** Four dimensions, the last ones in measures of their own and driven by the first. */
export const fourDimensions: Recipe = (random) => {
  const blocks = [block(random, 2, 100), block(random, 1, 200), block(random, 1, 20)];
  if (!blocks.every((x) => x !== undefined)) return undefined;
  const model = sideBySide(blocks as Plain[]);
  const A = model.A.map((row, i) =>
    row.map((a, k) => (k < 2 && i >= 2 && random.unit() < 0.3 ? random.sign() * 2 ** random.integer(-200, 200) : a)),
  );
  return shuffled(random, { ...model, A });
};
