import { Random } from "./random.ts";

/** With numbers of few bits, so that what coincides does so exactly. */
const short = (x: number): number => Math.round(x * 64) / 64;

interface Network {
  readonly A: number[];
  readonly U: number[][];
  readonly V: number[][];
  readonly hx: number[];
  readonly hz: number[];
}

/** In `still` coordinates, the first ones, z' = z and no unit sees them: fixed points are lines or planes. */
function alongCoordinates(R: number, N: number, still: number, through: boolean): Network {
  const random = Random.of(R * N + still, "along coordinates");
  const beyond = (row: number[]): number[] => row.map((x, k) => (k < still ? 0 : short(x)));
  return {
    A: Array.from({ length: R }, (_, k) => (k < still ? 1 : 0.5)),
    U: random.matrix(N, R, () => random.normal()).map(beyond),
    V: random.matrix(N, R, () => random.normal() / 16).map(beyond),
    hx: Array.from({ length: N }, () => (through ? 0 : short(random.normal()))),
    hz: beyond(Array.from({ length: R }, () => (through ? 0 : random.normal() / 4))),
  };
}

/** The same network in the coordinates y with z_0 = y_0 − y_1 …: the lines and planes are slanted. */
function slanted({ A, U, V, hx, hz }: Network): { A: number[][] } & Omit<Network, "A"> {
  // z = S y with S = I − (ones above the diagonal), y = S⁻¹ z, and both are whole
  const R = A.length;
  const S = A.map((_, i) => A.map((_, k) => (k === i ? 1 : k === i + 1 ? -1 : 0)));
  const inverse = A.map((_, i) => A.map((_, k) => Number(k >= i)));
  const times = (x: readonly number[], matrix: number[][]): number[] =>
    matrix[0]!.map((_, k) => x.reduce((sum, xi, i) => sum + xi * matrix[i]![k]!, 0));
  const onto = (x: readonly number[]): number[] => inverse.map((row) => row.reduce((sum, a, k) => sum + a * x[k]!, 0));
  const columns = Array.from({ length: R }, (_, k) => onto(S.map((row, i) => A[i]! * row[k]!)));
  return {
    A: Array.from({ length: R }, (_, i) => columns.map((column) => column[i]!)),
    U: U.map((u) => times(u, S)),
    V: V.map(onto),
    hx,
    hz: onto(hz),
  };
}

/**
 * All but the last of N units are as `alongCoordinates` has them, all of whose hyperplanes contain the line z_0; the last
 * one pulls back where z_0 > 1: the line ends in all hyperplanes.
 */
export function lineWithEnd(R: number, N: number): Network {
  const { A, U, V, hx, hz } = alongCoordinates(R, N - 1, 1, true);
  const first = Array.from({ length: R }, (_, k) => Number(k === 0));
  return { A, U: [...U, first], V: [...V, first.map((x) => -x / 2)], hx: [...hx, 1], hz };
}

/** A ray of fixed points along −z_0; the other units' hyperplanes are parallel to it. */
export function parallelRay(R: number, N: number): Network {
  const { A, U, V, hx } = alongCoordinates(R, N - 1, 1, false);
  const first = Array.from({ length: R }, (_, k) => Number(k === 0));
  const hz = first.map((x) => (1 - x) / -8);
  return { A, U: [...U, first], V: [...V, first.map((x) => -x / 2)], hx: [...hx, 0], hz };
}

/** N units that see `rank` directions of R; in the first `still` coordinates z' is z but for them. */
function lowRank(R: number, N: number, rank: number, clipped = false, still = 0): object {
  const random = Random.of(R * N + rank, "low rank");
  const few = (x: number): number => Math.round(x * 8) / 8;
  const T = random.matrix(rank, R, () => few(random.normal()));
  const W2 = random
    .matrix(N, rank, () => few(random.normal()))
    .map((p) => T[0]!.map((_, k) => p.reduce((sum, x, i) => sum + x * T[i]![k]!, 0)));
  return {
    kind: clipped ? "clippedShPLRNN" : "shPLRNN",
    A: Array.from({ length: R }, (_, k) => (k < still ? 1 : short(0.2 + (0.5 * k) / R))),
    W1: random.matrix(R, N, () => short((2 * random.normal()) / Math.sqrt(N))),
    W2,
    h1: Array.from({ length: R }, () => short(random.normal() / 4)),
    h2: Array.from({ length: N }, () => short(random.normal())),
  };
}

/** Networks whose proofs by trees take what others do not: coordinates left out, cones about lines, low rank. */
export const SPECIAL_NETWORKS: readonly { readonly name: string; readonly model: object }[] = [
  { name: "line of fixed points that no unit sees", model: alongCoordinates(3, 40, 1, false) },
  { name: "plane that no unit sees", model: alongCoordinates(4, 30, 2, false) },
  { name: "slanted line that no unit sees", model: slanted(alongCoordinates(3, 30, 1, false)) },
  { name: "line in all hyperplanes", model: alongCoordinates(3, 24, 1, true) },
  { name: "slanted line in all hyperplanes", model: slanted(alongCoordinates(3, 24, 1, true)) },
  { name: "plane in all hyperplanes", model: alongCoordinates(4, 24, 2, true) },
  { name: "slanted plane in all hyperplanes", model: slanted(alongCoordinates(4, 24, 2, true)) },
  { name: "rank 2 of 8", model: lowRank(8, 40, 2) },
  { name: "rank 3 of 10", model: lowRank(10, 40, 3) },
  { name: "rank 2 of 6, clipped", model: lowRank(6, 30, 2, true) },
  { name: "rank 2 of 8, singular", model: lowRank(8, 40, 2, false, 2) },
  { name: "rank 3 of 6, clipped and singular", model: lowRank(6, 30, 3, true, 1) },
];
