import { Random } from "../tests/support/random.ts";
import { SEED } from "./models.ts";

/** A map whose cycles are sought, up to a period. */
export interface CycleCase {
  readonly name: string;
  readonly model: object;
  readonly maxPeriod: number;
}

/**
 * A random clipped network that is chaotic more often than not: weights of W1 W2 of the order of `gain`, and a weak
 * leak.
 */
export function chaoticClipped(R: number, N: number, seed: number, gain = 8): object {
  const random = Random.of(SEED, `chaotic ${R} ${N} ${seed}`);
  return {
    kind: "clippedShPLRNN",
    A: random.vector(R, () => 0.3 * random.real()),
    W1: random.matrix(R, N, () => (gain * random.normal()) / Math.sqrt(N)),
    W2: random.matrix(N, R, () => random.normal() / Math.sqrt(R)),
    h1: random.vector(R, () => 0.5 * random.normal()),
    h2: random.vector(N, () => random.normal()),
  };
}

/** Chaotic maps with cycles of several periods: others of the same makers have a fixed point only. */
export const CHAOTIC: readonly CycleCase[] = [
  { name: "chaotic R=2 N=20", model: chaoticClipped(2, 20, 4, 8), maxPeriod: 9 },
  { name: "chaotic R=3 N=5", model: chaoticClipped(3, 5, 1, 6), maxPeriod: 7 },
  { name: "chaotic R=4 N=5", model: chaoticClipped(4, 5, 4, 6), maxPeriod: 14 },
];
