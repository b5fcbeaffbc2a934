import { lowestExponentOf, scaleToIntegers } from "../exact/integers.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";

/** M and g as integers times 2^exponent, which is low enough for all terms, too. */
export interface ScaledBase {
  /** R×R, then R. */
  readonly base: readonly bigint[];
  readonly exponent: number;
}

export function scaledBase({ latentDim: R, hyperplanes: N, M, g, U, V, h }: PiecewiseLinearSystem): ScaledBase {
  const base = scaleToIntegers([...M.numbers(), ...g.numbers()]);
  const weights = V.numbers();
  const offsets = h.numbers();
  let { exponent } = base;
  for (let j = 0; j < N; j++) {
    const row = Math.min(lowestExponentOf(U, j * R, (j + 1) * R), lowestExponentOf(offsets, j, j + 1));
    exponent = Math.min(exponent, lowestExponentOf(weights, j * R, (j + 1) * R) + row);
  }
  return { base: base.values.map((x) => x << BigInt(base.exponent - exponent)), exponent };
}
