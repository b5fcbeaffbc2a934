import type { Plain } from "../../oracle/systems.ts";
import type { Random } from "../../support/random.ts";
import { ordinary, type Recipe, rescaled, rough, type Scales, withRowsScaled } from "../build.ts";

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
