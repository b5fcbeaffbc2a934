import { scaleSystem } from "../../../src/arrangement/scaling.ts";
import type { Planted } from "../../support/planted.ts";
import type { Random } from "../../support/random.ts";

/** The system and its zero in coordinates in which the zero is at most `reach`: as the search scales it. */
export function scaled({ system, zero }: Planted, reach: number): Planted {
  const exponents = Int32Array.from({ length: system.dim }, (_, k) => {
    let largest = 0;
    for (let j = 0; j < system.count; j++) largest = Math.max(largest, Math.abs(system.U.rounded[j * system.dim + k]!));
    return largest > 0 ? -Math.floor(Math.log2(largest)) : 0;
  });
  let common = 0;
  zero.forEach((x, k) => {
    if (x !== 0) common = Math.max(common, Math.ceil(Math.log2(Math.abs(x) / reach)) - exponents[k]!);
  });
  const all = exponents.map((e) => e + common);
  return { system: scaleSystem(system, all), zero: zero.map((x, k) => x * 2 ** -all[k]!) };
}

/**
 * A box with the point in it: of any size in each coordinate, flat now and then, the point often on a face or in a
 * corner.
 */
export function boxRound(random: Random, z: Float64Array): { lo: Float64Array; hi: Float64Array } {
  const lo = z.slice();
  const hi = z.slice();
  const size = 2 ** -random.integer(0, 60);
  for (let k = 0; k < z.length; k++) {
    const width = random.pick([size, size, size * random.unit(), 2 ** -random.integer(0, 60), 0]);
    const share = random.pick([0, 1, 0.5, random.unit()]);
    lo[k] = Math.min(z[k]!, z[k]! - width * share);
    hi[k] = Math.max(z[k]!, z[k]! + width * (1 - share));
  }
  return { lo, hi };
}
