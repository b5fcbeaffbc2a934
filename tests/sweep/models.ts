import type { Random } from "../support/random.ts";

export type Raw = Record<string, unknown>;

/** A model with one input, and the values of s at which the number of its fixed points changes, by hand. */
export interface HandSolved {
  readonly name: string;
  readonly model: Raw;
  readonly from: number;
  readonly to: number;
  /** As fractions [numerator, denominator], ascending. */
  readonly changes: readonly (readonly [number, number])[];
  readonly counts: readonly number[];
}

/**
 * z' = 2 relu(z + ½) − 2 relu(z − ½) − 1: fixed points −1, 0, 1. An input c·s shifts the ramp: three points for |c
 * s| < ½.
 */
const ramp = { A: [0], U: [[1], [1]], V: [[2], [-2]], hx: [-0.5, 0.5], hz: [1] };

export const HAND_SOLVED: readonly HandSolved[] = [
  {
    name: "a ramp and an input of weight 3",
    model: { ...ramp, C: [[3]] },
    from: -1,
    to: 1,
    changes: [
      [-1, 6],
      [1, 6],
    ],
    counts: [1, 3, 1],
  },
  {
    name: "the same input through the units: z' = f(z + 3s), so fixed points of f at z + 3s = x, x = f(x) + 3s",
    model: { ...ramp, Wu: [[3], [3]] },
    from: -1,
    to: 1,
    changes: [
      [-1, 6],
      [1, 6],
    ],
    counts: [1, 3, 1],
  },
  {
    name: "an input that moves one hyperplane only: z' = 2 relu(z + ½ + s) − 2 relu(z − ½) − 1",
    // below both: z = −1, s ≤ 1/2. Above both: z = 1 + 2s ≥ ½, s ≥ −1/4; where s < −1 the second unit is on first
    model: { ...ramp, Wu: [[1], [0]] },
    from: -0.75,
    to: 1,
    changes: [
      [-1, 4],
      [1, 2],
    ],
    counts: [1, 3, 1],
  },
  {
    name: "hard tanh, z' = 3 tanh(z) + 7 s: three points for |7 s| < 2",
    model: { kind: "shPLRNN", A: [0], U: [[1]], V: [[3]], hx: [0], hz: [0], C: [[7]], activation: "hardtanh" },
    from: -1,
    to: 1,
    changes: [
      [-2, 7],
      [2, 7],
    ],
    counts: [1, 3, 1],
  },
  {
    name: "leaky ReLU: z' = 2 φ(z) + 5 s − 1, slope ½ on the left",
    // right: z = 2z + 5s − 1, z = 1 − 5s ≥ 0; left: z = z/2 + 5s − 1 with leak ¼, z = 10 s − 2 ≤ 0
    model: { kind: "shPLRNN", A: [0], U: [[1]], V: [[2]], hx: [0], hz: [1], C: [[5]], activation: { leaky: 0.25 } },
    from: -1,
    to: 1,
    changes: [[1, 5]],
    counts: [2, 0],
  },
  {
    name: "a classical PLRNN of one unit: z' = −z/2 + 3 relu(z) + 3 s",
    // left: 1.5 z = 3 s; right: −1.5 z = 3 s: two points for s < 0
    model: { kind: "PLRNN", A: [-0.5], W: [[3]], h: [0], C: [[3]] },
    from: -1,
    to: 2,
    changes: [[0, 1]],
    counts: [2, 0],
  },
  {
    name: "an almost linear RNN: the linear coordinate drives the rectified one, x = 2s, y' = −y/2 + 3 relu(y) + x − 1",
    model: {
      kind: "ALRNN",
      A: [0.5, -0.5],
      W: [
        [0, 0],
        [1, 3],
      ],
      h: [0, -1],
      P: 1,
      C: [[1], [0]],
    },
    from: -1,
    to: 1,
    changes: [[1, 2]],
    counts: [2, 0],
  },
  {
    name: "a dendritic unit: z' = 3 (relu(z + 1) − relu(z − 1)) − 3 + s",
    model: { kind: "dendPLRNN", A: [0], W: [[3]], h: [-3], alpha: [1, -1], H: [[-1, 1]], C: [[1]] },
    from: -4,
    to: 4,
    changes: [
      [-2, 1],
      [2, 1],
    ],
    counts: [1, 3, 1],
  },
  {
    name: "a continuous-time unit: ż = −z + 2 relu(z + ½) − 2 relu(z − ½) − 1 + ¾ s",
    model: { kind: "continuous", U: [[1], [1]], V: [[2], [-2]], hx: [-0.5, 0.5], hz: [1], C: [[0.75]] },
    from: -1,
    to: 1,
    changes: [
      [-2, 3],
      [2, 3],
    ],
    counts: [1, 3, 1],
  },
  {
    name: "threshold-linear units that inhibit each other: x_i = relu(1 + s_i − 2 x_j)",
    // the winner alone: needs its input > 0 and the other's ≤ 2·its own; both: x = (b_i − 2 b_j)/(1 − 4)
    model: {
      kind: "TLN",
      W: [
        [0, -2],
        [-2, 0],
      ],
      b: [1, 1],
      Wu: [[1], [0]],
    },
    from: -0.75,
    to: 2,
    changes: [
      [-1, 2],
      [1, 1],
    ],
    counts: [1, 3, 1],
  },
];

/**
 * A small random model whose input acts on the latent variables, on the units, or on both. Each unit writes about along
 * what it reads, with either sign, so that regions differ in the sign of det(M + VᵀDU) and branches fold.
 */
export function randomModel(random: Random, R: number, N: number, where: "C" | "Wu" | "both"): Raw {
  const draw = (): number => random.real(2);
  const U = random.matrix(N, R, draw);
  return {
    A: random.matrix(R, R, () => random.real(0.5)),
    U,
    V: U.map((u, j) => u.map((x) => (j % 2 === 0 ? 2 : -2) * x + random.real(0.5))),
    hx: random.vector(N, draw),
    hz: random.vector(R, draw),
    ...(where === "Wu" ? {} : { C: random.matrix(R, 1, draw) }),
    ...(where === "C" ? {} : { Wu: random.matrix(N, 1, draw) }),
  };
}

/** G = |z| + |s|: a fixed point for s = 0 alone. */
export const ISOLATED: Raw = {
  A: [1],
  U: [[1], [-1], [0], [0]],
  V: [[1], [1], [1], [1]],
  hx: [0, 0, 0, 0],
  hz: [0],
  Wu: [[0], [0], [1], [-1]],
};
