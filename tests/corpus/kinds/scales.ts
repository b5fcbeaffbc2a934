import type { Random } from "../../support/random.ts";
import { diagonal, dressed, hyperplaneAt, type ModelObject, network, planted, until } from "../build.ts";

/** Units scaled by 1e±12: (c u, c h, v / c). */
export function scaledUnits(random: Random): ModelObject[] {
  const out: ModelObject[] = [];
  for (const [N, R] of [
    [4, 1],
    [6, 2],
    [8, 2],
    [8, 3],
    [7, 4],
  ] as const) {
    const model = network(random, N, R, 3);
    model.U.forEach((u, j) => {
      const c = random.pick([1e12, 1e-12, 1]);
      model.U[j] = u.map((x) => c * x);
      model.hx[j] = c * model.hx[j]!;
      model.V[j] = model.V[j]!.map((x) => x / c);
    });
    out.push(dressed(random, model));
  }
  for (const [N, R] of [
    [6, 2],
    [7, 3],
  ] as const) {
    // on all hyperplanes, whole multiples of 1e12 beside 2^-40
    out.push(
      until(() => {
        const z0 = random.vector(R, () => random.dyadic(4));
        const U = random
          .matrix(N, R, () => random.integer(-7, 7))
          .map((u, j) => u.map((x) => x * (j % 2 ? 1e12 : 2 ** -40)));
        const hx = U.map((u) => hyperplaneAt(u, z0));
        if (!hx.every((h) => h !== undefined)) return undefined;
        const V = random.matrix(N, R, () => random.real()).map((v, j) => v.map((x) => x * (j % 2 ? 1e-12 : 2 ** 40)));
        return planted({ A: random.matrix(R, R, () => random.dyadic(4)), U, V, hx }, z0);
      }),
    );
  }
  return out;
}

/** Fixed points near 1e9. */
export function far(random: Random): ModelObject[] {
  return magnified(random, 1e9, 2 ** 30);
}

/** Fixed points near 1e-9. */
export function near(random: Random): ModelObject[] {
  return magnified(random, 1e-9, 2 ** -30);
}

function magnified(random: Random, scale: number, power: number): ModelObject[] {
  const out: ModelObject[] = (
    [
      [4, 1],
      [6, 2],
      [8, 3],
      [7, 4],
    ] as const
  ).map(([N, R]) => {
    const model = network(random, N, R, 3);
    return dressed(random, { ...model, hx: model.hx.map((h) => scale * h), hz: model.hz.map((h) => scale * h) });
  });
  for (const [N, R] of [
    [6, 2],
    [7, 3],
  ] as const) {
    out.push(
      until(() => {
        const z0 = random.vector(R, () => random.integer(-9, 9) * power);
        const U = random.matrix(N, R, () => random.dyadic(10));
        // half of the hyperplanes through the point, the others within 2^-30 of its size
        const hx = U.map((u, j) => hyperplaneAt(u, z0, j % 2 ? 0 : random.integer(-9, 9) * power * 2 ** -30));
        if (!hx.every((h) => h !== undefined)) return undefined;
        const V = random.matrix(N, R, () => random.integer(-2, 2));
        return planted({ A: random.matrix(R, R, () => random.dyadic(4)), U, V, hx }, z0);
      }),
    );
  }
  return out;
}

/**
 * A − I is no float64 matrix, and what is lost decides: z = 1/(1 − a) against a hyperplane at 1, and ties that hold for
 * the exact A − I only.
 */
export function roundingA(random: Random): ModelObject[] {
  const out: ModelObject[] = [2 ** -60, -(2 ** -60), 1e-17, -1e-300].map((a) => ({
    A: [[a]],
    U: [[1], [-1]],
    V: [[0.5], [0.25]],
    hx: [1, -1],
    hz: [-1],
  }));
  for (const R of [1, 2, 3]) {
    // (a − 1) + 3/2 − a = 1/2 at the planted point: the unit −a u takes back what A adds
    const a = random.pick([2 ** -60, 2 ** -70, -(2 ** -55)]);
    const identity = diagonal(new Array<number>(R).fill(1));
    const z0 = random.vector(R, () => random.integer(1, 7) / 4);
    const through = random.vector(R, () => random.integer(-3, 3));
    const model = planted(
      {
        A: diagonal(new Array<number>(R).fill(a)),
        U: [...identity, ...identity, through],
        V: [
          ...identity.map((row) => row.map((x) => 1.5 * x)),
          ...identity.map((row) => row.map((x) => -a * x)),
          random.vector(R, () => random.integer(-2, 2)),
        ],
        hx: [...new Array<number>(2 * R).fill(0), hyperplaneAt(through, z0)!],
      },
      z0,
    );
    if (model) out.push(model);
  }
  for (const [N, R] of [
    [5, 2],
    [7, 3],
  ] as const) {
    const model = network(random, N, R, 3);
    out.push({ ...model, A: diagonal(random.vector(R, () => random.real(10 ** -random.integer(1, 18)))) });
  }
  return out;
}

/** Numbers far outside any float32 range, whose products stay finite in float64 only with care. */
export function extreme(random: Random): ModelObject[] {
  const scaled = (N: number, R: number, u: number, v: number, h: number): ModelObject => {
    const model = network(random, N, R, 3);
    return {
      ...model,
      U: model.U.map((row) => row.map((x) => u * x)),
      V: model.V.map((row) => row.map((x) => v * x)),
      hx: model.hx.map((x) => u * h * x),
      hz: model.hz.map((x) => h * x),
    };
  };
  return [
    scaled(4, 1, 2 ** 200, 2 ** -200, 1),
    scaled(6, 2, 2 ** -150, 2 ** 150, 1),
    scaled(7, 3, 1, 1, 2 ** 250),
    scaled(6, 3, 1, 1, 2 ** -400),
    scaled(5, 2, 1, 1, 2 ** -1060),
    scaled(6, 3, 2 ** 90, 2 ** -90, 2 ** -120),
  ];
}
