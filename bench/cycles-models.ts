import { chaoticClippedMap } from "../tests/support/chaotic.ts";
import { Random } from "../tests/support/random.ts";
import { SEED } from "./models.ts";

/** A map whose cycles are sought, up to a period. */
export interface CycleCase {
  readonly name: string;
  readonly model: object;
  readonly maxPeriod: number;
}

/** A random clipped network that is chaotic more often than not. */
export function chaoticClipped(R: number, N: number, seed: number, gain = 8): object {
  return chaoticClippedMap(Random.of(SEED, `chaotic ${R} ${N} ${seed}`), R, N, gain);
}

/** Chaotic maps with cycles of several periods: others of the same makers have a fixed point only. */
export const CHAOTIC: readonly CycleCase[] = [
  { name: "chaotic R=2 N=20", model: chaoticClipped(2, 20, 4, 8), maxPeriod: 9 },
  { name: "chaotic R=3 N=5", model: chaoticClipped(3, 5, 1, 6), maxPeriod: 7 },
  { name: "chaotic R=4 N=5", model: chaoticClipped(4, 5, 4, 6), maxPeriod: 14 },
];
