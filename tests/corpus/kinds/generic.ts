import type { Random } from "../../support/random.ts";
import { diagonal, dressed, type ModelObject, network } from "../build.ts";

export function generic(random: Random): ModelObject[] {
  const sizes: [number, number][] = [
    [1, 1],
    [4, 1],
    [9, 1],
    [5, 2],
    [8, 2],
    [10, 2],
    [6, 3],
    [8, 3],
    [9, 3],
    [7, 4],
    [8, 4],
    [10, 3],
    [7, 5],
    [12, 2],
    [11, 4],
    [10, 5],
  ];
  return sizes.map(([N, R]) => dressed(random, network(random, N, R, random.pick([1, 2, 4]))));
}

/** Fewer units than dimensions: no vertex exists in R^R. */
export function fewUnits(random: Random): ModelObject[] {
  const sizes: [number, number][] = [
    [1, 2],
    [2, 3],
    [3, 4],
    [1, 5],
    [2, 5],
    [4, 5],
  ];
  const drawn: ModelObject[] = sizes.map(([N, R]) => dressed(random, network(random, N, R, 4)));
  // two units on the first coordinate of three, with three fixed points
  drawn.push({
    A: diagonal([0, 0.5, -0.25]),
    U: [
      [2, 0, 0],
      [2, 0, 0],
    ],
    V: [
      [2, 1, 0],
      [-2, 0, 1],
    ],
    hx: [-1, 1],
    hz: [2, 0, 0.5],
  });
  return drawn;
}

/** U = P T of rank below both N and R, exactly (small whole factors), or with a zero or repeated column. */
export function rankDeficient(random: Random): ModelObject[] {
  const out: ModelObject[] = [];
  for (const [N, R, rho] of [
    [5, 3, 2],
    [6, 3, 1],
    [8, 4, 2],
    [7, 4, 3],
    [6, 5, 2],
  ] as const) {
    const P = random.matrix(N, rho, () => random.integer(-3, 3));
    const T = random.matrix(rho, R, () => random.integer(-3, 3));
    const U = P.map((row) => T[0]!.map((_, k) => row.reduce((sum, p, i) => sum + p * T[i]![k]!, 0)));
    out.push(dressed(random, { ...network(random, N, R, 3), U }));
  }
  const zeroColumn = network(random, 6, 3, 3);
  out.push({ ...zeroColumn, U: zeroColumn.U.map(([x, , y]) => [x!, 0, y!]) });
  const repeated = network(random, 6, 3, 3);
  out.push({ ...repeated, U: repeated.U.map(([x, y]) => [x!, y!, -2 * x!]) });
  const zero = network(random, 3, 2, 3);
  out.push({ ...zero, U: zero.U.map(() => [0, 0]) });
  return out;
}

/** No fixed point: the first coordinate always grows, or the two branches of a fold both miss. */
export function none(random: Random): ModelObject[] {
  const grows = (R: number, N: number): ModelObject => ({
    A: diagonal([1, ...random.vector(R - 1, () => random.real(0.9))]),
    U: random.matrix(N, R, () => random.normal()),
    V: random.matrix(N, R, () => random.real()).map(([first, ...rest]) => [Math.abs(first!), ...rest]),
    hx: random.vector(N, () => random.normal()),
    hz: [-0.25, ...random.vector(R - 1, () => random.normal())],
  });
  const fold = (gap: number): ModelObject => ({ A: [[0.5]], U: [[1]], V: [[1]], hx: [0.5], hz: [-0.25 - gap] });
  // G = −z/2 + relu(z − 1/2) + 1/4 + gap is least at z = 1/2, where it is the gap
  return [grows(1, 3), grows(2, 5), grows(3, 7), fold(0.25), fold(2 ** -54), fold(1e-12)];
}

/** Two or more fixed points that differ by less than rounding shows, and one just past a fold. */
export function twins(random: Random): ModelObject[] {
  const fold = (gap: number): ModelObject => ({ A: [[0.5]], U: [[1]], V: [[1]], hx: [0.5], hz: [-0.25 + gap] });
  const third = {
    A: [
      [0, 0],
      [0, -2],
    ],
    U: [
      [1, 0],
      [1, 0],
    ],
    V: [
      [2, 2 ** -60],
      [-2, -(2 ** -60)],
    ],
    hx: [0.5, 1.5],
    hz: [0, -1],
  };
  const swapped = {
    A: [
      [-2, 0],
      [0, 0],
    ],
    U: [
      [0, 1],
      [0, 1],
    ],
    V: [
      [-(2 ** -70), 2],
      [2 ** -70, -2],
    ],
    hx: [0.5, 1.5],
    hz: [-random.integer(1, 9), 0],
  };
  return [fold(2 ** -54), fold(1e-12), fold(0), third, swapped];
}
