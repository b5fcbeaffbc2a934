import type { RawMap } from "../oracle/cycles.ts";
import { drawMap, type MapParts } from "../support/maps.ts";
import type { Random } from "../support/random.ts";
import { product } from "./raw-maps.ts";

/** A map and the periods that are compared. */
export interface CycleModel {
  readonly name: string;
  readonly raw: RawMap;
  readonly most: number;
}

/** Shapes with N·k ≤ 20. */
const SHAPES = [
  { R: 1, N: 5, k: 4 },
  { R: 1, N: 6, k: 3 },
  { R: 1, N: 3, k: 4 },
  { R: 2, N: 2, k: 4 },
  { R: 2, N: 3, k: 4 },
  { R: 2, N: 4, k: 3 },
  { R: 2, N: 6, k: 2 },
  { R: 3, N: 2, k: 3 },
  { R: 3, N: 3, k: 3 },
  { R: 3, N: 4, k: 2 },
] as const;

const rawOf = ({ A, U, V, h, g }: MapParts): RawMap => ({
  kind: "shPLRNN",
  A,
  W1: A.map((_, i) => V.map((row) => row[i]!)),
  W2: U,
  h1: g.map((x) => 0 - x),
  h2: h.map((x) => 0 - x),
});

type Family = (random: Random, R: number, N: number) => RawMap;

/** Maps that permute coordinates, some with a turned sign, with a fixed point on some hyperplanes or not. */
const permutation: Family = (random, R, N) => {
  const parts = drawMap(random, R, N);
  const sign = random.pick([1, 1, -1]);
  const A = parts.A.map((row, i) => row.map((_, l) => (l === (i + 1) % R ? (i === 0 ? sign : 1) : 0)));
  return rawOf({ ...parts, A });
};

/** Turns by rational angles in the first two coordinates, or −1 where there is only one: continua of cycles. */
const turn: Family = (random, R, N) => {
  const parts = drawMap(random, R, N);
  const corner = random.pick([-1, 0, 1]);
  const A = parts.A.map((row, i) =>
    row.map((_, l) => {
      if (R === 1) return -1;
      if (i < 2 && l < 2) return [0, -1, 1, corner][2 * i + l]!;
      return i === l ? random.pick([0.5, -1, 1]) : 0;
    }),
  );
  return rawOf({ ...parts, A });
};

/** An eigenvalue −1 along one coordinate: segments of 2-cycles. */
const flip: Family = (random, R, N) => {
  const parts = drawMap(random, R, N);
  const A = parts.A.map((row, i) => row.map((x, l) => (i === 0 ? (l === 0 ? -1 : 0) : x)));
  return rawOf({ ...parts, A });
};

/**
 * A zigzag through (p_0, p_1), (p_1, p_2), … with its kinks at these points: a cycle that touches hyperplanes
 * everywhere.
 */
const throughPoints: Family = (random, R, N) => {
  const count = Math.min(N, 4);
  const points: number[] = [];
  while (points.length < count) {
    const x = random.dyadic(1, 3);
    if (!points.includes(x)) points.push(x);
  }
  const images = points.map((_, t) => points[(t + 1) % count]!);
  const order = points.map((_, t) => t).sort((a, b) => points[a]! - points[b]!);
  const slopes = order.slice(1).map((t, n) => {
    const before = order[n]!;
    return (images[t]! - images[before]!) / (points[t]! - points[before]!);
  });
  const all = [random.dyadic(1, 1), ...slopes, random.dyadic(1, 1)];
  const first = order[0]!;
  const zigzag: RawMap = {
    kind: "shPLRNN",
    A: [[all[0]!]],
    W1: [order.map((_, n) => all[n + 1]! - all[n]!)],
    W2: order.map(() => [1]),
    h1: [images[first]! - all[0]! * points[first]!],
    h2: order.map((t) => -points[t]!),
  };
  if (R === 1) return zigzag;
  const rest = rawOf(drawMap(random, R - 1, Math.max(1, N - count)));
  return product(zigzag, rest);
};

/** Rows of units times powers of two up to 2^±300, with the weights undone, and the smallest numbers in places of 0. */
const attacked: Family = (random, R, N) => {
  const { A, U, V, h, g } = drawMap(random, R, N);
  const e = U.map(() => random.integer(-290, 290));
  const tiny = () => random.sign() * 2 ** -1074;
  const speck = (x: number) => (x === 0 && random.unit() < 0.3 ? tiny() : x);
  return rawOf({
    A: A.map((row) => row.map(speck)),
    U: U.map((row, j) => row.map((x) => x * 2 ** e[j]!)),
    V: V.map((row, j) => row.map((x) => x * 2 ** -e[j]!)),
    h: h.map((x, j) => speck(x * 2 ** e[j]!)),
    g: g.map(speck),
  });
};

/** A map that folds the first coordinate at 0, as tents and Lozi's maps do, and the others into it: many cycles. */
const folding: Family = (random, R, N) => {
  const parts = drawMap(random, R, N);
  const left = random.pick([1.5, 2, 2.5, 3]);
  const right = random.pick([1.5, 2, 2.25, 3]);
  const weak = (row: readonly number[]) => row.map((x) => x / 8);
  const A = parts.A.map((row, i) =>
    row.map((_, l) =>
      i === 0 ? (l === 0 ? left : l === 1 ? 1 : 0) : l === i - 1 ? random.pick([0.25, -0.25, 0.5]) : 0,
    ),
  );
  const U = parts.U.map((row, j) => (j === 0 ? row.map((_, l) => (l === 0 ? 1 : 0)) : row));
  const V = parts.V.map((row, j) => (j === 0 ? row.map((_, i) => (i === 0 ? -left - right : 0)) : weak(row)));
  return rawOf({ A, U, V, h: parts.h.map((x, j) => (j === 0 ? 0 : x)), g: parts.g.map((_, i) => (i === 0 ? -1 : 0)) });
};

/** Units with two kinks, of which each is two hyperplanes. */
const clipped: Family = (random, R, N) => {
  const parts = drawMap(random, R, Math.max(1, Math.floor(N / 2)));
  return { ...rawOf(parts), kind: "clippedShPLRNN", h2: parts.h.map((x) => (x === 0 ? 0.5 : -x)) };
};

const FAMILIES: readonly (readonly [string, Family])[] = [
  ["small numbers", (random, R, N) => rawOf(drawMap(random, R, N))],
  ["a permutation", permutation],
  ["through points", throughPoints],
  ["a turn", turn],
  ["clipped", clipped],
  ["folding", folding],
  ["scales", attacked],
  ["a flip", flip],
  ["folding", folding],
];

/** The n-th of a list of random maps in which ties, continua and numbers of all sizes are common. */
export function cycleModel(random: Random, n: number): CycleModel {
  const { R, N, k } = SHAPES[n % SHAPES.length]!;
  const [name, family] = FAMILIES[n % FAMILIES.length]!;
  return { name: `${n}: ${name}, R = ${R}, N = ${N}`, raw: family(random, R, N), most: k };
}
