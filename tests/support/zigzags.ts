import type { ModelInput } from "../../src/index.ts";
import { Random } from "./random.ts";

/**
 * z' = z + g(z), where each of R coordinates of g goes up and down K times through zero and hears a little of the
 * others: (K + 1)^R fixed points, or fewer for a larger `coupling`. K is odd.
 */
export function zigzags(R: number, K: number, coupling = 0): ModelInput {
  const random = Random.of(7, `zigzags ${R} ${K}`);
  const units = Array.from({ length: R * K }, (_, j) => ({ k: Math.floor(j / K), t: j % K }));
  const one = (k: number) => (_: unknown, i: number) => (i === k ? 1 : 0);
  return {
    kind: "shPLRNN",
    A: new Array<number>(R).fill(3),
    U: units.map(({ k }) => Array.from({ length: R }, one(k))),
    V: units.map(({ k, t }) =>
      Array.from({ length: R }, (_, i) => (i !== k ? (coupling * random.normal()) / K : t % 2 === 0 ? -4 : 4)),
    ),
    hx: units.map(({ t }) => t + 0.5 + 0.1 * random.unit()),
    hz: Array.from({ length: R }, () => 0.1 * random.unit()),
  };
}
