import { independentRows, solveFractionFree } from "../exact/elimination.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { add, multiply, ofNumber, type Rational, ZERO } from "../exact/rational.ts";
import { bitLength, type Dyadic, ZERO as NOTHING } from "../model/dyadic.ts";
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

/**
 * The model's own coordinates; or w = T z, where the rows of T are the normals of the hyperplanes `rows`, a basis of
 * all normals: U = P T. With M regular, G(z) = 0 means z = −M⁻¹ (c + Σ v_j relu(p_j·w − h_j)), so w is a zero of
 *
 *     H(w) = w + T M⁻¹ c + Σ T M⁻¹ v_j relu(p_j·w − h_j),
 *
 * and from a zero of H that z is one of G with T z = w. All of H is taken times one positive number, and rows of P and
 * h too, so that their entries are dyadic. Throws a Refusal where M is singular or the rows are no basis.
 */
export function coordinatesOf(system: PiecewiseLinearSystem, rows: readonly number[] | undefined): Coordinates {
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
  // one power of two for both sides leaves the solutions alone
  const { values } = scaleToIntegers([...system.M.numbers(), ...system.g.numbers(), ...system.V.numbers()]);
  const right: bigint[] = [];
  for (let i = 0; i < R; i++) {
    for (let j = 0; j < N; j++) right.push(values[R * R + R + j * R + i]!);
    right.push(-values[R * R + i]!);
  }
  const solved = solveFractionFree(values.slice(0, R * R), R, right, N + 1);
  require(solved !== undefined, "other coordinates need a regular M");
  const { determinant, X } = solved;
  const [signM, signT] = [determinant < 0n ? -1n : 1n, dT < 0n ? -1n : 1n];
  const common = signM * determinant * (signT * dT);
  const [size, sizeT] = [bitLength(common), bitLength(dT)];
  const project = (i: number, column: number): bigint =>
    T[i]!.reduce((sum, t, k) => sum + t * X[k * (N + 1) + column]!, 0n) * signM;
  const M = new Array<Dyadic>(rho * rho).fill(NOTHING);
  for (let i = 0; i < rho; i++) M[i * rho + i] = { m: common, e: -size };
  const h = system.h.toDyadics().map(({ m, e }) => ({ m: m * (signT * dT), e: e - sizeT }));
  const each = <A>(count: number, entry: (at: number) => A): A[] => Array.from({ length: count }, (_, at) => entry(at));
  const root: ExactRoot = {
    ...{ dim: rho, count: N, M, h },
    c: each(rho, (i) => ({ m: signT * dT * project(i, N), e: U.exponent - size })),
    U: each(N * rho, (at) => ({ m: signT * P[(at % rho) * N + Math.floor(at / rho)]!, e: -sizeT })),
    V: each(N * rho, (at) => ({ m: project(at % rho, Math.floor(at / rho)), e: U.exponent + sizeT - size })),
  };
  const T64 = rows.map((j) => Array.from(system.U.subarray(j * R, (j + 1) * R), ofNumber));
  return { root, at: (z) => T64.map((row) => row.reduce((sum, t, k) => add(sum, multiply(t, z[k]!)), ZERO)) };
}
