import type { ModelFile } from "./model.ts";

/**
 * A decision network for one choice. The two units make a ramp from −1 to 1 of slope 2,
 *
 *     z' = 2 relu(z + 1/2) − 2 relu(z − 1/2) − 1,
 *
 * so the fixed points are −1 and 1 (stable: the two choices) and 0 (unstable: undecided).
 */
export function decision3(): ModelFile {
  return {
    name: "decision-3",
    kind: "shPLRNN",
    A: [0],
    U: [[1], [1]],
    V: [[2], [-2]],
    hx: [-0.5, 0.5],
    hz: [1],
  };
}

/** H/2 for the 4×4 Hadamard matrix: orthogonal, symmetric, and exact in binary. */
export const MIXING = [
  [0.5, 0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5, -0.5],
  [0.5, 0.5, -0.5, -0.5],
  [0.5, -0.5, -0.5, 0.5],
] as const;

/**
 * Four such choices at once, made along the four columns q of H/2 instead of the axes: unit pair i reads q_i·z and
 * writes q_i. The fixed points are H/2 times the 3^4 = 81 vectors of −1, 0 and 1; the 2^4 without a zero are stable.
 */
export function decision81(): ModelFile {
  const pairs = MIXING.flatMap((q) => [q, q]);
  return {
    name: "decision-81",
    kind: "shPLRNN",
    A: [0, 0, 0, 0],
    U: pairs,
    V: pairs.map((q, j) => q.map((x) => (j % 2 === 0 ? 2 * x : -2 * x))),
    hx: pairs.map((_, j) => (j % 2 === 0 ? -0.5 : 0.5)),
    hz: MIXING[0].map((_, k) => MIXING.reduce((sum, q) => sum + q[k]!, 0)),
  };
}
