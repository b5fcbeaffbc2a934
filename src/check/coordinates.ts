import { independentRows, solveFractionFree } from "../exact/elimination.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { add, multiply, ofNumber, type Rational, ZERO } from "../exact/rational.ts";
import { bitLength, ZERO as NOTHING, subtract } from "../model/dyadic.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { type ExactRoot, exactSystem } from "./exact-root.ts";
import { require } from "./refusal.ts";

/** What the boxes of a proof are boxes of. */
export interface Coordinates {
  /** G, or a system with the same zeros, region by region. */
  readonly root: ExactRoot;
  /** Of a point; of a direction too, as they are linear. */
  at(z: readonly Rational[]): Rational[];
}

/** Equations of G, and rows of T: row k is added to row i of M for each [i, k]. */
export type AddedRows = readonly (readonly [number, number])[];

/**
 * The model's own coordinates; or w = T z, where the rows of T are the normals of the hyperplanes `rows`, a basis of
 * all normals: U = P T. With A = M + K T regular, where K is 1 at each [i, k] of `added`, G(z) = 0 means
 * z = −A⁻¹ (c + Σ v_j relu(p_j·w − h_j) − K w), so w is a zero of
 *
 *     H(w) = (I − T A⁻¹ K) w + T A⁻¹ c + Σ T A⁻¹ v_j relu(p_j·w − h_j),
 *
 * and from a zero of H that z is one of G with T z = w. All of H is taken times one positive number, and rows of P and
 * h too, so that their entries are dyadic. Throws a Refusal where A is singular or the rows are no basis.
 */
export function coordinatesOf(
  system: PiecewiseLinearSystem,
  rows: readonly number[] | undefined,
  added: AddedRows = [],
): Coordinates {
  const base = exactSystem(system);
  if (rows === undefined) return { root: base, at: (z) => z.slice() };
  const { dim: R, count: N } = base;
  const rho = rows.length;
  require(rho > 0 && rho <= R && rows.every((j) => j < N), "rows name hyperplanes that are not there");
  const U = scaleToIntegers(system.U);
  const T = rows.map((j) => U.values.slice(j * R, (j + 1) * R));
  const transposed = (lists: readonly (readonly bigint[])[]): bigint[] =>
    lists[0]!.flatMap((_, k) => lists.map((list) => list[k]!));
  const columns = independentRows(transposed(T), R, rho);
  require(columns.length === rho, "the rows are not independent");
  const block = T.map((row) => columns.map((k) => row[k]!));
  const normals = Array.from({ length: N }, (_, j) => U.values.slice(j * R, (j + 1) * R));
  const chosen = transposed(normals.map((u) => columns.map((k) => u[k]!)));
  const { determinant: dT, X: P } = solveFractionFree(transposed(block), rho, chosen, N)!;
  for (let j = 0; j < N; j++) {
    for (let k = 0; k < R; k++) {
      let sum = 0n;
      for (let a = 0; a < rho; a++) sum += P[a * N + j]! * T[a]![k]!;
      require(sum === dT * normals[j]![k]!, "the rows do not span all normals");
    }
  }
  const { columns: width, X, determinant } = solvedFor(system, rows, added);
  const [signM, signT] = [determinant < 0n ? -1n : 1n, dT < 0n ? -1n : 1n];
  const common = signM * determinant * (signT * dT);
  const [size, sizeT] = [bitLength(common), bitLength(dT)];
  const project = (i: number, column: number): bigint =>
    T[i]!.reduce((sum, t, k) => sum + t * X[k * width + column]!, 0n) * signM;
  const h = system.h.toDyadics().map(({ m, e }) => ({ m: m * (signT * dT), e: e - sizeT }));
  const each = <A>(count: number, entry: (at: number) => A): A[] => Array.from({ length: count }, (_, at) => entry(at));
  const root: ExactRoot = {
    ...{ dim: rho, count: N, h },
    M: each(rho * rho, (at) => {
      const [i, k] = [Math.floor(at / rho), at % rho];
      const kept = added.length === 0 ? NOTHING : { m: signT * dT * project(i, N + 1 + k), e: U.exponent - size };
      return subtract(i === k ? { m: common, e: -size } : NOTHING, kept);
    }),
    c: each(rho, (i) => ({ m: signT * dT * project(i, N), e: U.exponent - size })),
    U: each(N * rho, (at) => ({ m: signT * P[(at % rho) * N + Math.floor(at / rho)]!, e: -sizeT })),
    V: each(N * rho, (at) => ({ m: project(at % rho, Math.floor(at / rho)), e: U.exponent + sizeT - size })),
  };
  const T64 = rows.map((j) => Array.from(system.U.subarray(j * R, (j + 1) * R), ofNumber));
  return { root, at: (z) => T64.map((row) => row.reduce((sum, t, k) => add(sum, multiply(t, z[k]!)), ZERO)) };
}

/**
 * A⁻¹ (v_1 … v_N, c, K) times the determinant, R × `columns`; K is left out if nothing is added. Throws a Refusal where
 * A is singular.
 */
function solvedFor(
  { latentDim: R, hyperplanes: N, U, M, g, V }: PiecewiseLinearSystem,
  rows: readonly number[],
  added: AddedRows,
): { readonly columns: number; readonly determinant: bigint; readonly X: readonly bigint[] } {
  const T = rows.flatMap((j) => Array.from(U.subarray(j * R, (j + 1) * R)));
  // one power of two for both sides leaves the solutions alone
  const { values } = scaleToIntegers([...M.numbers(), ...g.numbers(), ...V.numbers(), ...T, 1]);
  const one = values.pop()!;
  const A = values.slice(0, R * R);
  const K = new Array<bigint>(R * rows.length).fill(0n);
  for (const [i, k] of added) {
    require(i < R && k < rows.length, "rows are added that are not there");
    K[i * rows.length + k]! += one;
    for (let n = 0; n < R; n++) A[i * R + n]! += values[R * R + R + N * R + k * R + n]!;
  }
  const right: bigint[] = [];
  for (let i = 0; i < R; i++) {
    for (let j = 0; j < N; j++) right.push(values[R * R + R + j * R + i]!);
    right.push(-values[R * R + i]!);
    if (added.length > 0) right.push(...K.slice(i * rows.length, (i + 1) * rows.length));
  }
  const columns = right.length / R;
  const solved = solveFractionFree(A, R, right, columns);
  require(solved !== undefined, "other coordinates need a regular matrix");
  return { columns, ...solved };
}
