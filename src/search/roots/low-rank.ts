import { findingColumns } from "../../arrangement/rank.ts";
import type { Steps } from "../../base/steps.ts";
import { findingIndependent, solvingFractionFree } from "../../exact/elimination.ts";
import { scaleToIntegers } from "../../exact/integers.ts";
import { add, bitLength, type Dyadic, dyadic, multiply, ZERO } from "../../model/dyadic.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../model/system.ts";
import type { SearchSystem } from "./search-system.ts";

/** A system in ρ = rank U coordinates with the same zeros, region by region. */
export interface LowRankForm {
  /**
   * The system in ρ coordinates. Its hyperplanes are those of the original, in order; a region's matrix is regular iff
   * the original's is.
   */
  readonly system: SearchSystem;
  /** Hyperplanes whose bit is the complement of the original's. */
  readonly reversed: Uint8Array;
}

/** Choices of reversed units tried when M itself is singular. */
const ATTEMPTS = 6;

/**
 * The ρ-dimensional form (docs/design.md#low-rank-form): with U = P T and M regular, w = T z obeys
 *
 *     w + T M⁻¹ Vᵀ relu(P w − h) = T M⁻¹ g.
 *
 * Multiplied by det M and by the denominator of P it has dyadic entries, so it is exact. T is made of ρ rows of U. If M
 * is singular, some units are reversed, relu(x) = x + relu(−x), which puts them into M. In steps of one row.
 * @returns undefined if ρ = R or 0, or if every M tried is singular.
 */
export function* findingLowRankForm(system: PiecewiseLinearSystem): Steps<LowRankForm | undefined> {
  const { latentDim: R, hyperplanes: N, U } = system;
  const columns = yield* findingColumns(U, N, R);
  const rho = columns.length;
  if (rho === R || rho === 0) return undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const reversed = Uint8Array.from({ length: N }, (_, j) => Number(reverses(attempt, j)));
    const solved = yield* solvingForUnits(system, reversed);
    if (solved !== undefined) return { system: yield* reducing(system, columns, reversed, solved), reversed };
  }
  return undefined;
}

/**
 * Whether an attempt reverses unit j. The first attempt reverses no unit; each further one about half of the units, by
 * a bit of a multiplicative hash.
 */
function reverses(attempt: number, j: number): boolean {
  return attempt > 0 && (Math.imul(j + 1, 0x9e3779b1) >>> (31 - attempt)) % 2 === 1;
}

interface Solved {
  /** det M and adj(M) [Vᵀ | g] (R×(N + 1)), both with M, and so too V and g, scaled to integers. */
  readonly determinant: bigint;
  readonly columns: readonly bigint[];
}

function* solvingForUnits(system: PiecewiseLinearSystem, reversed: Uint8Array): Steps<Solved | undefined> {
  const { latentDim: R, hyperplanes: N, U, V } = system;
  const M = system.M.toDyadics();
  const g = system.g.toDyadics();
  const u = ExactArray.ofNumbers(U);
  for (let j = 0; j < N; j++) {
    if (!reversed[j]) continue;
    for (let i = 0; i < R; i++) {
      const v = V.at(j * R + i);
      for (let k = 0; k < R; k++) M[i * R + k] = add(M[i * R + k]!, multiply(v, u.at(j * R + k)));
      g[i] = add(g[i]!, multiply(v, system.h.at(j)));
    }
  }
  // one power of two for both sides leaves the solutions alone
  const { values } = scaleToIntegers([...M, ...g, ...V.numbers()]);
  const right: bigint[] = [];
  for (let i = 0; i < R; i++) {
    for (let j = 0; j < N; j++) right.push(values[R * R + R + j * R + i]!);
    right.push(values[R * R + i]!);
  }
  const solution = yield* solvingFractionFree(values.slice(0, R * R), R, right, N + 1);
  return solution === undefined ? undefined : { determinant: solution.determinant, columns: solution.X };
}

function* reducing(
  system: PiecewiseLinearSystem,
  columns: readonly number[],
  reversed: Uint8Array,
  { determinant, columns: solved }: Solved,
): Steps<SearchSystem> {
  const { latentDim: R, hyperplanes: N } = system;
  const rho = columns.length;
  const { values: U, exponent } = scaleToIntegers(system.U);
  const block = (j: number) => columns.map((k) => U[j * R + k]!);
  const order = pivotOrder(system.U, N, R, rho);
  const rows = (yield* findingIndependent((i) => block(order[i]!), N, rho)).map((i) => order[i]!);
  // P T = U on the chosen columns, transposed: Tᵀ Pᵀ = Uᵀ
  const T = rows.map(block);
  const transposed = Array.from({ length: rho * rho }, (_, at) => T[at % rho]![Math.floor(at / rho)]!);
  const right: bigint[] = [];
  for (const k of columns) for (let j = 0; j < N; j++) right.push(U[j * R + k]!);
  const { determinant: dT, X: P } = (yield* solvingFractionFree(transposed, rho, right, N))!;
  const sign = dT > 0n ? 1n : -1n;

  // T adj(M) times a column of [Vᵀ | g]
  const project = (i: number, column: number): Dyadic => {
    let sum = 0n;
    for (let k = 0; k < R; k++) sum += U[rows[i]! * R + k]! * solved[k * (N + 1) + column]!;
    return { m: sum, e: exponent };
  };
  const M = new Array<Dyadic>(rho * rho).fill(ZERO);
  const g: Dyadic[] = [];
  const rowsU: Dyadic[] = [];
  const rowsV: Dyadic[] = [];
  const h: Dyadic[] = [];
  for (let i = 0; i < rho; i++) {
    M[i * rho + i] = { m: determinant * sign * dT, e: 0 };
    const right = project(i, N);
    g.push({ m: right.m * sign * dT, e: right.e });
  }
  for (let j = 0; j < N; j++) {
    const side = reversed[j] ? -1n : 1n;
    const offset = system.h.at(j);
    for (let k = 0; k < rho; k++) rowsU.push({ m: P[k * N + j]! * sign * side, e: 0 });
    h.push({ m: offset.m * sign * dT * side, e: offset.e });
    for (let i = 0; i < rho; i++) rowsV.push(project(i, j));
    yield;
  }
  return balanced(rho, N, M, g, rowsU, rowsV, h);
}

/**
 * Rows in the order in which complete pivoting takes them, so that the first ρ are far from dependent; then all other
 * rows.
 */
function pivotOrder(U: Float64Array, N: number, R: number, rho: number): number[] {
  const work = U.slice();
  const order: number[] = [];
  const left = new Set(Array.from({ length: N }, (_, j) => j));
  for (let step = 0; step < rho; step++) {
    let best = -1;
    let at = 0;
    for (const j of left) {
      for (let k = 0; k < R; k++) {
        if (Math.abs(work[j * R + k]!) > best) {
          best = Math.abs(work[j * R + k]!);
          at = j * R + k;
        }
      }
    }
    const row = Math.floor(at / R);
    const column = at % R;
    left.delete(row);
    order.push(row);
    for (const j of left) {
      const factor = work[j * R + column]! / work[at]!;
      for (let k = 0; k < R; k++) work[j * R + k]! -= factor * work[row * R + k]!;
    }
  }
  return [...order, ...left];
}

/**
 * The same system with powers of two moved between its matrices, so that all numbers are within the range of float64.
 */
function balanced(
  rho: number,
  N: number,
  M: readonly Dyadic[],
  g: readonly Dyadic[],
  U: readonly Dyadic[],
  V: readonly Dyadic[],
  h: readonly Dyadic[],
): SearchSystem {
  const rowExponents = Array.from({ length: N }, (_, j) => largestExponent(U.slice(j * rho, j * rho + rho)));
  const scaledV = V.map((v, at) => shift(v, rowExponents[Math.floor(at / rho)]!));
  const common = -largestExponent(M);
  return {
    dim: rho,
    count: N,
    M: ExactArray.ofDyadics(M.map((x) => shift(x, common))),
    g: ExactArray.ofDyadics(g.map((x) => shift(x, common))),
    U: ExactArray.ofDyadics(U.map((u, at) => shift(u, -rowExponents[Math.floor(at / rho)]!))),
    V: ExactArray.ofDyadics(scaledV.map((v) => shift(v, common))),
    h: ExactArray.ofDyadics(h.map((x, j) => shift(x, -rowExponents[j]!))),
  };
}

function shift({ m, e }: Dyadic, by: number): Dyadic {
  return dyadic(m, e + by);
}

function largestExponent(values: readonly Dyadic[]): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const { m, e } of values) if (m !== 0n) largest = Math.max(largest, bitLength(m) - 1 + e);
  return largest === Number.NEGATIVE_INFINITY ? 0 : largest;
}
