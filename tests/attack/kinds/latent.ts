import type { ModelObject } from "../../corpus/build.ts";
import type { Random } from "../../support/random.ts";
import { diagonalOf, ordinary, shifted, whole, wholeMatrix, wild } from "../build.ts";

/** The kinds whose units are latent variables, with scales of their own for every coordinate or every number. */

type Matrix = number[][];

/** Few bits, or any size, or few bits of which some are far too large or small. */
function entries(random: Random): () => number {
  const few = () => random.dyadic(1, 2);
  const far = random.pick([1e15, 1e-15, 1e30, 1e-30, 1e80, 1e-100, 2 ** 200, 2 ** -290, 2 ** -1070]);
  return random.pick([
    few,
    few,
    () => wild(random),
    () => few() * (random.unit() < 0.2 ? far : 1),
    () => random.sign() * 2 ** random.integer(-1000, 290),
  ]);
}

/** z_i = s_i y_i with powers of two for A, W (rows and columns), and vectors or rows that are measured like z. */
function inMeasures(random: Random, parts: { squares: Matrix[]; alongside: Matrix }): typeof parts | undefined {
  const M = parts.alongside.length;
  const most = random.pick([0, 0, 40, 149]);
  const e = random.vector(M, () => random.integer(-most, most));
  const squares = parts.squares.map((square) =>
    wholeMatrix(square.map((row, i) => row.map((x, k) => shifted(x, e[k]! - e[i]!)))),
  );
  const kept = whole(squares);
  const alongside = wholeMatrix(parts.alongside.map((row, i) => row.map((x) => shifted(x, -e[i]!))));
  return kept === undefined || alongside === undefined ? undefined : { squares: kept, alongside };
}

function latentParts(random: Random, M: number, columns: number) {
  const entry = entries(random);
  const A = diagonalOf(random.vector(M, () => random.pick([0, 0.5, 1, -1, 2, entry()])));
  const W = random.matrix(M, M, entry);
  const alongside = random.matrix(M, columns, () => (random.unit() < 0.2 ? 0 : entry()));
  return inMeasures(random, { squares: [A, W], alongside });
}

const column = (matrix: Matrix, k: number) => matrix.map((row) => row[k]!);

export function scaledPlrnn(random: Random): ModelObject | undefined {
  const parts = latentParts(random, random.integer(1, 5), 1);
  if (parts === undefined) return undefined;
  const [A, W] = parts.squares;
  return { kind: "PLRNN", A, W, h: column(parts.alongside, 0) };
}

export function scaledAlrnn(random: Random): ModelObject | undefined {
  const M = random.integer(1, 4);
  const parts = latentParts(random, M, 1);
  if (parts === undefined) return undefined;
  const [A, W] = parts.squares;
  return { kind: "ALRNN", A, W, h: column(parts.alongside, 0), P: random.integer(1, M) };
}

export function scaledDendritic(random: Random): ModelObject | undefined {
  const M = random.integer(1, 3);
  const B = random.integer(1, M === 3 ? 2 : 3);
  const parts = latentParts(random, M, B + 1);
  if (parts === undefined) return undefined;
  const [A, W] = parts.squares;
  const entry = entries(random);
  return {
    kind: "dendPLRNN",
    A,
    W,
    h: column(parts.alongside, 0),
    alpha: random.vector(B, () => random.pick([1, -1, entry()])),
    H: parts.alongside.map((row) => row.slice(1)),
  };
}

export function scaledThresholdLinear(random: Random): ModelObject | undefined {
  const parts = latentParts(random, random.integer(1, 5), 1);
  if (parts === undefined) return undefined;
  return { kind: "TLN", W: parts.squares[1], b: column(parts.alongside, 0) };
}

/**
 * Continuous time, where each equation may be scaled freely, τ_i ż_i = …: powers of two of their own for rows,
 * coordinates and units at once, 2^-298 to 2^298. Fixed points move with the coordinates alone; classes change with the
 * rows.
 */
export function continuousInAllMeasures(random: Random): ModelObject | undefined {
  const original = ordinary(random, { R: random.integer(1, 4), N: random.integer(1, 6) });
  if (original === undefined) return undefined;
  const most = random.pick([40, 100, 298]);
  const draw = (n: number) => random.vector(n, () => random.integer(-most, most));
  const [rows, space, units] = [draw(original.A.length), draw(original.A.length), draw(original.U.length)];
  const A = wholeMatrix(original.A.map((row, i) => row.map((x, k) => shifted(x, rows[i]! + space[k]!))));
  const U = wholeMatrix(original.U.map((u, j) => u.map((x, k) => shifted(x, units[j]! + space[k]!))));
  const V = wholeMatrix(original.V.map((v, j) => v.map((x, i) => shifted(x, rows[i]! - units[j]!))));
  const hx = whole(original.hx.map((h, j) => shifted(h, units[j]!)));
  const hz = whole(original.hz.map((x, i) => shifted(x, rows[i]!)));
  return [A, U, V, hx, hz].every((part) => part !== undefined) ? { kind: "continuous", A, U, V, hx, hz } : undefined;
}
