import type { Plain } from "../../oracle/systems.ts";
import type { Random } from "../../support/random.ts";
import {
  diagonalOf,
  ordinary,
  plantedAt,
  type Recipe,
  rescaled,
  rough,
  type Scales,
  shifted,
  whole,
  wholeMatrix,
  withRowsScaled,
} from "../build.ts";

/** Ordinary models in measures that are nobody's: the answer is that of the ordinary model in those measures. */

/** A model with what it was scaled from. */
export interface Equivalent {
  readonly model: Plain;
  readonly original: Plain;
  readonly scales: Scales;
}

const exponents = (random: Random, n: number, most: number) => random.vector(n, () => random.integer(-most, most));
const none = (n: number) => new Array<number>(n).fill(0);

function equivalent(random: Random, draw: (N: number, R: number) => Scales): Equivalent | undefined {
  const original = random.unit() < 0.7 ? ordinary(random) : rough(random);
  if (original === undefined) return undefined;
  const scales = draw(original.U.length, original.A.length);
  const model = rescaled(original, scales);
  return model === undefined ? undefined : { model, original, scales };
}

/** (c u, c h, v/c) with c from 2^-298 to 2^298, one for each unit. */
export const perUnit = (random: Random) =>
  equivalent(random, (N, R) => ({ units: exponents(random, N, random.pick([60, 298])), space: none(R) }));

/** z_k = s_k y_k, one power of two for each coordinate. */
export const perColumn = (random: Random) =>
  equivalent(random, (N, R) => ({ units: none(N), space: exponents(random, R, random.pick([40, 149])) }));

/** Both at once. */
export const perUnitAndColumn = (random: Random) =>
  equivalent(random, (N, R) => ({ units: exponents(random, N, 148), space: exponents(random, R, 148) }));

/** All coordinates by one power of two, far down or far up: numbers end near 2^-1074 or 2^300. */
export const allOfSpace = (random: Random) =>
  equivalent(random, (N, R) => {
    const e = random.integer(-290, 290);
    const c = random.integer(-290, 290);
    return { units: new Array<number>(N).fill(c), space: new Array<number>(R).fill(e) };
  });

/** Each equation by a power of two of its own. */
export const perRow: Recipe = (random) => {
  const original = ordinary(random);
  if (original === undefined) return undefined;
  const integrators = original.A.every((row, i) => row[i] === 1);
  const rows = original.A.map(() => random.integer(integrators ? -298 : 0, integrators ? 298 : 50));
  return withRowsScaled(original, rows);
};

/**
 * Integrators, A = I: each row of Vᵀ relu(U z − hx) − hz may be scaled freely, and so z may lie anywhere: near 2^-1074
 * and below, where no float64 tells it from zero, or near 2^1024 and past it.
 */
export const integrators: Recipe = (random) => {
  const R = random.integer(1, 2);
  const drawn = ordinary(random, { R, N: random.integer(1, 5) });
  if (drawn === undefined) return undefined;
  const original = plantedAt(
    { ...drawn, A: diagonalOf(none(R).map(() => 1)) },
    random.vector(R, () => random.integer(-3, 3)),
  );
  const far = random.pick([
    -1000, -1040, -1070, -1074, -1076, -1080, -1120, -1200, -600, 600, 1000, 1015, 1020, 1022, 1023, 1030,
  ]);
  const space = none(R).map(() => far + random.pick([0, 0, random.integer(-30, 30)]));
  const least = Math.min(...space);
  const base = Math.min(290, least + 290) - random.pick([0, 20, 60]);
  const units = original.U.map(() => Math.max(-1068, base - random.pick([0, 0, random.integer(0, 80)])));
  const lowest = Math.min(...units);
  const rows = none(R).map(() => Math.min(290, lowest + 290) - random.pick([0, 40, random.integer(0, 200)]));
  const parts = {
    A: original.A,
    U: wholeMatrix(original.U.map((u, j) => u.map((x, k) => shifted(x, units[j]! - space[k]!)))),
    V: wholeMatrix(original.V.map((v, j) => v.map((x, i) => shifted(x, rows[i]! - units[j]!)))),
    hx: whole(original.hx.map((h, j) => shifted(h, units[j]!))),
    hz: whole(original.hz.map((x, i) => shifted(x, rows[i]!))),
  };
  return Object.values(parts).every((part) => part !== undefined) ? (parts as Plain) : undefined;
};
