import type { Random } from "../../support/random.ts";
import { diagonal, dressed, hyperplaneAt, type ModelObject, planted, until } from "../build.ts";

/** A fixed point exactly on `k` of N hyperplanes; `bits` of each number's significand are used. */
function onHyperplanes(random: Random, N: number, R: number, k: number, bits: number): ModelObject {
  return dressed(
    random,
    until(() => {
      const z0 = random.vector(R, () => random.dyadic(bits));
      const U = random.matrix(N, R, () => random.nonzero(() => random.dyadic(bits)));
      const hx = U.map((u, j) => hyperplaneAt(u, z0, j < k ? 0 : random.nonzero(() => random.dyadic(6, 2))));
      if (!hx.every((h) => h !== undefined)) return undefined;
      const V = random.matrix(N, R, () => random.dyadic(4, 2));
      return planted({ A: random.matrix(R, R, () => random.dyadic(4)), U, V, hx }, z0);
    }),
  );
}

export function onOne(random: Random): ModelObject[] {
  return (
    [
      [3, 1, 3],
      [6, 2, 3],
      [6, 2, 20],
      [8, 3, 20],
      [7, 4, 20],
    ] as const
  ).map(([N, R, bits]) => onHyperplanes(random, N, R, 1, bits));
}

export function onTwo(random: Random): ModelObject[] {
  return (
    [
      [3, 1, 3],
      [6, 2, 3],
      [6, 2, 20],
      [8, 3, 20],
      [7, 4, 20],
    ] as const
  ).map(([N, R, bits]) => onHyperplanes(random, N, R, 2, bits));
}

export function onThree(random: Random): ModelObject[] {
  return (
    [
      [4, 1, 20],
      [6, 2, 20],
      [8, 3, 3],
      [8, 3, 20],
      [7, 4, 20],
    ] as const
  ).map(([N, R, bits]) => onHyperplanes(random, N, R, 3, bits));
}

export function onAll(random: Random): ModelObject[] {
  return (
    [
      [1, 1, 20],
      [5, 1, 20],
      [6, 2, 20],
      [9, 2, 3],
      [8, 3, 20],
      [7, 4, 20],
      [10, 3, 18],
      [6, 5, 18],
    ] as const
  ).map(([N, R, bits]) => onHyperplanes(random, N, R, N, bits));
}

/**
 * z' = z/2 + relu(z)/4 + relu(−z)/4 in each of R coordinates: the strict mask of the fixed point belongs to no region.
 */
function trap(R: number) {
  const identity = diagonal(new Array<number>(R).fill(1));
  return {
    A: diagonal(new Array<number>(R).fill(0.5)),
    U: [...identity, ...identity.map((row) => row.map((x) => -x))],
    V: [...identity, ...identity].map((row) => row.map((x) => x / 4)),
    hx: new Array<number>(2 * R).fill(0),
    hz: new Array<number>(R).fill(0),
  };
}

export function halfOpenTraps(random: Random): ModelObject[] {
  const out: ModelObject[] = [1, 2, 3, 4].map((R) => trap(R));
  for (const R of [1, 2, 3]) {
    // the trap at another place, in other coordinates
    const z0 = random.vector(R, () => random.dyadic(18));
    out.push(
      until(() => {
        const rows = random.matrix(R, R, () => random.dyadic(20));
        const U = [...rows, ...rows.map((row) => row.map((x) => -x))];
        const hx = U.map((u) => hyperplaneAt(u, z0));
        if (!hx.every((h) => h !== undefined)) return undefined;
        const V = random.matrix(2 * R, R, () => random.dyadic(3));
        return planted({ A: diagonal(new Array<number>(R).fill(0.5)), U, V, hx }, z0);
      }),
    );
  }
  // 1/3 is no float64, so no hyperplane goes through the fixed point: 3z' = … with h just beside it
  out.push({ A: [[-2]], U: [[3], [-3]], V: [[0.25], [0.25]], hx: [1, -1], hz: [-1] });
  // one-sided in a wedge: u_1 and −u_2 are nearly opposite
  out.push({
    A: diagonal([0.5, 0.5]),
    U: [
      [1, 2 ** -30],
      [-1, 2 ** -30],
      [0, 1],
    ],
    V: [
      [0.25, 0],
      [0.25, 0],
      [0, 0.125],
    ],
    hx: [0, 0, 0],
    hz: [0, 0],
  });
  return out;
}
