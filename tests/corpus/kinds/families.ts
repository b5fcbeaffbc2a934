import type { Random } from "../../support/random.ts";
import { type ModelObject, network, transposed } from "../build.ts";

function clippedModel(random: Random, L: number, R: number, overrides: ModelObject = {}): ModelObject {
  const { A, U, V, hx, hz } = network(random, L, R, 4);
  return { kind: "clippedShPLRNN", A, W1: transposed(V, R), W2: U, h1: hz, h2: hx, ...overrides };
}

/** z' = A z + W1 (relu(W2 z + h2) − relu(W2 z)) + h1: half of the hyperplanes through the origin. */
export function clipped(random: Random): ModelObject[] {
  const out = (
    [
      [1, 1],
      [3, 1],
      [4, 2],
      [5, 2],
      [4, 3],
      [5, 3],
      [5, 4],
    ] as const
  ).map(([L, R]) => clippedModel(random, L, R));
  // some thresholds zero, where the unit vanishes
  out.push(clippedModel(random, 4, 2, { h2: [0, 0.5, -0.5, -0] }), clippedModel(random, 3, 2, { h2: [0, 0, 0] }));
  // the origin is a fixed point, on the hyperplanes of every unit: h1 = −W1 relu(h2)
  for (const R of [1, 2, 3]) {
    const W1 = random.matrix(R, 4, () => random.dyadic(4, 2));
    const h2 = random.vector(4, () => random.dyadic(4));
    out.push(
      clippedModel(random, 4, R, {
        W1,
        h2,
        h1: W1.map((row) => -row.reduce((sum, w, j) => sum + w * Math.max(h2[j]!, 0), 0)),
      }),
    );
  }
  // steep units
  out.push(clippedModel(random, 5, 3, { h2: random.vector(5, () => random.real(2 ** -20)) }));
  return out;
}

/** z' = A z + W relu(z) + h: an orthant arrangement, all hyperplanes through the origin. */
export function standardPlrnn(random: Random): ModelObject[] {
  const draw = (M: number, h: number): ModelObject => ({
    kind: "PLRNN",
    A: random.vector(M, () => random.real(0.9)),
    W: random.matrix(M, M, () => random.real(2)),
    h: random.vector(M, () => random.real(h)),
  });
  return [draw(1, 1), draw(2, 1), draw(3, 1), draw(4, 1), draw(5, 1), draw(3, 0), draw(6, 1)];
}

export function almostLinear(random: Random): ModelObject[] {
  const draw = (M: number, P: number, h: number): ModelObject => ({
    kind: "ALRNN",
    A: random.vector(M, () => random.real(0.9)),
    W: random.matrix(M, M, () => random.real(1.5)),
    h: random.vector(M, () => random.real(h)),
    P,
  });
  return [draw(3, 1, 1), draw(4, 2, 1), draw(5, 5, 1), draw(5, 3, 0), draw(6, 2, 1)];
}

export function dendritic(random: Random): ModelObject[] {
  const draw = (M: number, B: number, entry: () => number): ModelObject => ({
    kind: "dendPLRNN",
    A: random.vector(M, () => random.real(0.9)),
    W: random.matrix(M, M, () => random.real(1.5)),
    h: random.vector(M, () => random.real()),
    alpha: random.vector(B, () => random.real(2)),
    H: random.matrix(M, B, entry),
  });
  return [
    draw(1, 4, () => random.real()),
    draw(2, 3, () => random.real()),
    draw(2, 5, () => random.integer(-1, 1)),
    draw(3, 3, () => random.real()),
    draw(3, 3, () => 0.1),
  ];
}

export function continuousTime(random: Random): ModelObject[] {
  const out = (
    [
      [4, 1],
      [6, 2],
      [8, 3],
    ] as const
  ).map(([N, R]): ModelObject => {
    const { U, V, hx, hz } = network(random, N, R, 4);
    return { kind: "continuous", U, V, hx, hz };
  });
  const { A, U, V, hx } = network(random, 6, 2, 4);
  out.push({ kind: "continuous", A, U, V, hx, hz: [0, 0] });
  return out;
}

/**
 * z' = φ(W z + h + b), with a leak or a decay, and relu inside the weights; two biases whose sum needs more than 53
 * bits.
 */
export function recurrentLayers(random: Random): ModelObject[] {
  const draw = (N: number, kind: string, extra: ModelObject = {}): ModelObject => ({
    kind,
    W: random.matrix(N, N, () => random.real(1.5)),
    h: random.vector(N, () => random.real()),
    ...extra,
  });
  const b = (N: number): ModelObject => ({ b: random.vector(N, () => random.real(2 ** -30)) });
  return [
    draw(1, "RNN"),
    draw(3, "RNN", b(3)),
    draw(4, "RNN", { A: random.vector(4, () => random.real(0.9)) }),
    draw(3, "leakyRNN", { alpha: 0.1, ...b(3) }),
    draw(4, "leakyRNN", { alpha: random.vector(4, () => random.real()), activation: { leaky: 0.1 } }),
    draw(3, "leakyPLRNN", { alpha: 0.3, h: undefined, ...b(3) }),
    draw(4, "leakyPLRNN", { alpha: 0.1, C: random.matrix(4, 2, () => random.real()), s: [0.1, -0.7] }),
  ].map((model) => JSON.parse(JSON.stringify(model)));
}

/** ż of an almost linear network, and of one with clipped units. */
export function continuousKinds(random: Random): ModelObject[] {
  return [
    ...almostLinear(random)
      .slice(0, 4)
      .map((model) => ({ ...model, kind: "continuousALRNN" })),
    clippedModel(random, 3, 1, { kind: "continuousClippedShPLRNN" }),
    clippedModel(random, 4, 2, { kind: "continuousClippedShPLRNN" }),
    clippedModel(random, 5, 3, { kind: "continuousClippedShPLRNN" }),
  ];
}

/** ẋ = −x + relu(W x + b). */
export function thresholdLinear(random: Random): ModelObject[] {
  const draw = (N: number, b: () => number, w: () => number): ModelObject => ({
    kind: "TLN",
    W: random.matrix(N, N, w).map((row, i) => row.map((x, k) => (i === k ? 0 : x))),
    b: random.vector(N, b),
  });
  const competitive = () => random.pick([-0.75, -1.5]);
  return [
    draw(
      2,
      () => 1,
      () => -2,
    ),
    draw(3, () => 1, competitive),
    draw(4, () => 1, competitive),
    draw(5, () => 1, competitive),
    draw(
      4,
      () => random.real(),
      () => random.real(2),
    ),
    draw(
      3,
      () => 0,
      () => random.real(2),
    ),
  ];
}

export function activations(random: Random): ModelObject[] {
  const of = (N: number, R: number, activation: unknown): ModelObject => ({ ...network(random, N, R, 4), activation });
  const second = (N: number, R: number, activation: unknown): ModelObject => {
    const { A, U, V, hx, hz } = network(random, N, R, 4);
    return { kind: "shPLRNN", A, W1: transposed(V, R), W2: U, h1: hz, h2: hx, activation };
  };
  return [
    of(4, 1, { leaky: 0.1 }),
    of(7, 2, { leaky: 0.01 }),
    second(7, 3, { leaky: -0.25 }),
    of(5, 3, { leaky: 1 }),
    of(3, 1, "hardtanh"),
    of(5, 2, "hardtanh"),
    second(4, 3, "hardtanh"),
    of(3, 2, { breakpoints: [-1, -0.25, 2], slopes: [0.1, 0.7, -0.3, 1.9] }),
    second(4, 2, { breakpoints: [0.5], slopes: [-1, 1] }),
    {
      kind: "TLN",
      W: [
        [0, -2],
        [-2, 0],
      ],
      b: [1, 1],
      activation: "hardtanh",
    },
    {
      kind: "PLRNN",
      A: [0.5, 0.25],
      W: [
        [0, 2],
        [2, 0],
      ],
      h: [0, 0],
      activation: { leaky: 0.1 },
    },
    {
      kind: "clippedShPLRNN",
      A: [0.5],
      W1: [[2, -1]],
      W2: [[1], [3]],
      h1: [0],
      h2: [1, -1],
      activation: { leaky: 0.3 },
    },
  ];
}

/** Constant input: C s need not be a float64 vector, nor hx − Wu s. */
export function inputs(random: Random): ModelObject[] {
  const s = [0.1, -0.7];
  const withInput = (N: number, R: number, extra: (N: number, R: number) => ModelObject): ModelObject => ({
    ...network(random, N, R, 4),
    ...extra(N, R),
  });
  const C = (_: number, R: number) => ({ C: random.matrix(R, 2, () => random.real()), s });
  const Wu = (N: number) => ({ Wu: random.matrix(N, 2, () => random.real()), s });
  return [
    withInput(4, 1, C),
    withInput(6, 2, Wu),
    withInput(7, 3, (N, R) => ({ ...C(N, R), ...Wu(N) })),
    withInput(6, 2, (_, R) => ({ C: random.matrix(R, 1, () => random.real()) })),
    // C s = 0.1·0.1 is not a float64 product; h2 = the float64 nearest to it
    { A: [[0]], U: [[1], [-1]], V: [[0.5], [0.25]], hx: [0.1 * 0.1, -(0.1 * 0.1)], hz: [0], C: [[0.1]], s: [0.1] },
    { ...clippedModel(random, 4, 2), Wu: random.matrix(4, 1, () => random.real()), s: [1.5] },
    {
      kind: "TLN",
      W: [
        [0, -0.5],
        [-2, 0],
      ],
      b: [0.5, 0],
      C: [[0.2], [-0.1]],
      Wu: [[0.1], [0.3]],
      s: [1.1],
    },
  ];
}
