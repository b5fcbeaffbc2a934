import type { Random } from "./random.ts";

/**
 * A random clipped network with a weak leak and weights of W1 W2 of the order of `gain`, chaotic more often than not, the
 * more the larger the gain.
 */
export function chaoticClippedMap(random: Random, R: number, N: number, gain: number): object {
  return {
    kind: "clippedShPLRNN",
    A: random.vector(R, () => 0.3 * random.real()),
    W1: random.matrix(R, N, () => (gain * random.normal()) / Math.sqrt(N)),
    W2: random.matrix(N, R, () => random.normal() / Math.sqrt(R)),
    h1: random.vector(R, () => 0.5 * random.normal()),
    h2: random.vector(N, () => random.normal()),
  };
}
