import type { Random } from "../../support/random.ts";
import { dressed, type ModelObject, network, planted, reordered, until } from "../build.ts";

export function zeroRows(random: Random): ModelObject[] {
  return (
    [
      [3, 1],
      [5, 2],
      [6, 3],
      [7, 2],
      [4, 4],
    ] as const
  ).map(([N, R], i) => {
    const model = network(random, N, R, 3);
    const thresholds = [0, -0, 1, -1, 2 ** -40];
    model.U.forEach((_, j) => {
      if (j % 2 === 0) {
        model.U[j] = random.vector(R, () => random.pick([0, -0]));
        model.hx[j] = thresholds[(i + j) % thresholds.length]!;
      }
    });
    return dressed(random, model);
  });
}

export function parallel(random: Random): ModelObject[] {
  return (
    [
      [4, 1],
      [6, 2],
      [8, 2],
      [7, 3],
      [8, 4],
    ] as const
  ).map(([N, R]) => {
    const model = network(random, N, R, 3);
    for (let j = 1; j < N; j++) {
      // the same direction, scaled exactly, at its own place
      if (j % 3 !== 0) model.U[j] = model.U[j - 1]!.map((x) => x * random.pick([1, -1, 2, -0.5]));
    }
    return dressed(random, model);
  });
}

export function duplicate(random: Random): ModelObject[] {
  return (
    [
      [3, 1],
      [4, 2],
      [8, 2],
      [8, 3],
      [8, 4],
    ] as const
  ).map(([N, R]) => {
    const model = network(random, N, R, 3);
    for (let j = 1; j < N; j += 2) {
      const factor = random.pick([1, 2, 0.25]);
      model.U[j] = model.U[j - 1]!.map((x) => factor * x);
      model.hx[j] = factor * model.hx[j - 1]!;
    }
    return dressed(random, reordered(random, model));
  });
}

/** −u and −h: the other side of the same hyperplane. relu(−x) = relu(x) − x. */
export function flipped(random: Random): ModelObject[] {
  return (
    [
      [2, 1],
      [4, 2],
      [8, 2],
      [8, 3],
      [6, 4],
    ] as const
  ).map(([N, R]) => {
    const model = network(random, N, R, 3);
    for (let j = 1; j < N; j += 2) {
      const factor = -random.pick([1, 2, 0.25]);
      model.U[j] = model.U[j - 1]!.map((x) => factor * x);
      model.hx[j] = factor * model.hx[j - 1]!;
    }
    return dressed(random, reordered(random, model));
  });
}

/** Rows in exact proportion that is no power of two: u, 3u, −5u through one point. */
export function proportional(random: Random): ModelObject[] {
  return [1, 2, 3].map((R) => {
    const z0 = random.vector(R, () => random.dyadic(4, 2));
    return until(() => {
      const base = random.matrix(3, R, () => random.nonzero(() => random.dyadic(20)));
      const U = base.flatMap((u) => [1, 3, -5].map((factor) => u.map((x) => factor * x)));
      const hx = U.map((u) => u.reduce((sum, x, k) => sum + x * z0[k]!, 0));
      const V = random.matrix(U.length, R, () => random.dyadic(4));
      return planted({ A: random.matrix(R, R, () => random.dyadic(4)), U, V, hx }, z0);
    });
  });
}

/** h = 0: every hyperplane through the origin. With hz = 0 the origin is a fixed point on all of them. */
export function central(random: Random): ModelObject[] {
  const sizes: [number, number][] = [
    [4, 1],
    [6, 2],
    [12, 2],
    [7, 3],
    [9, 3],
    [7, 4],
  ];
  return sizes.flatMap(([N, R]) => {
    const model = { ...network(random, N, R, 4), hx: random.vector(N, () => random.pick([0, -0])) };
    return [dressed(random, model), dressed(random, { ...model, hz: model.hz.map(() => 0) })];
  });
}

/**
 * Every hyperplane through one point that is not the origin, of coordinates with many bits: no computed sign there
 * means anything, and the fixed point lies in one of the cones around it.
 */
export function shiftedCentral(random: Random): ModelObject[] {
  const sizes: [number, number][] = [
    [6, 1],
    [7, 2],
    [12, 2],
    [8, 3],
    [10, 3],
    [7, 4],
    [8, 4],
  ];
  return sizes.map(([N, R]) => {
    const drawn = until(() => {
      const apex = random.vector(R, () => random.dyadic(25));
      const U = random.matrix(N, R, () => random.dyadic(24));
      const hx = U.map((u) => u.reduce((sum, x, k) => sum + x * apex[k]!, 0));
      return { U, hx };
    });
    return dressed(random, { ...network(random, N, R, 4), ...drawn });
  });
}

/** Rows ±e_i with whole thresholds: many hyperplanes through each vertex. */
export function grid(random: Random): ModelObject[] {
  const out: ModelObject[] = [];
  for (const [N, R] of [
    [5, 1],
    [6, 2],
    [10, 2],
    [8, 3],
    [9, 3],
    [8, 4],
  ] as const) {
    const U = Array.from({ length: N }, (_, j) => {
      const row = new Array<number>(R).fill(0);
      row[j % R] = random.sign();
      return row;
    });
    out.push(
      dressed(random, {
        A: random.matrix(R, R, () => random.dyadic(2)),
        U,
        V: random.matrix(N, R, () => random.integer(-2, 2)),
        hx: random.vector(N, () => random.integer(-2, 2)),
        hz: random.vector(R, () => random.integer(-2, 2)),
      }),
    );
  }
  for (const [N, R] of [
    [7, 2],
    [8, 3],
    [9, 3],
    [8, 4],
    [7, 5],
  ] as const) {
    // a fixed point on a grid point
    const z0 = random.vector(R, () => random.integer(-1, 1));
    out.push(
      until(() =>
        planted(
          {
            A: random.matrix(R, R, () => random.dyadic(1)),
            U: random.matrix(N, R, () => random.integer(-1, 1)),
            V: random.matrix(N, R, () => random.integer(-2, 2)),
            hx: random.vector(N, () => random.integer(-1, 1)),
          },
          z0,
        ),
      ),
    );
  }
  return out;
}
