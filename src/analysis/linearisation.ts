import { scaleToIntegers } from "../exact/integers.ts";
import { add, type Dyadic, dyadic, fromNumber, toNumber } from "../model/dyadic.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";

/** An R×R matrix known exactly: entry (i, k) is entries[i·R + k]. */
export interface ExactMatrix {
  readonly n: number;
  readonly entries: readonly Dyadic[];
}

/** U and V of a system as integers, a power of two taken out of each column. */
interface ScaledUnits {
  /** N×R row-major: U[j·R + k] = u[j·R + k]·2^uExponent[k]. */
  readonly u: readonly bigint[];
  readonly uExponent: readonly number[];
  readonly v: readonly bigint[];
  readonly vExponent: readonly number[];
}

const scaledUnits = new WeakMap<PiecewiseLinearSystem, ScaledUnits>();

function scaledUnitsOf(system: PiecewiseLinearSystem): ScaledUnits {
  const known = scaledUnits.get(system);
  if (known !== undefined) return known;
  const { latentDim: R, hyperplanes: N, U, V } = system;
  const [u, uExponent] = scaleColumns(N, R, (at) => fromNumber(U[at]));
  const [v, vExponent] = scaleColumns(N, R, (at) => V.at(at));
  const scaled = { u, uExponent, v, vExponent };
  scaledUnits.set(system, scaled);
  return scaled;
}

function scaleColumns(rows: number, cols: number, at: (index: number) => Dyadic): [bigint[], number[]] {
  const integers = new Array<bigint>(rows * cols);
  const exponents: number[] = [];
  for (let k = 0; k < cols; k++) {
    const column = scaleToIntegers(Array.from({ length: rows }, (_, j) => at(j * cols + k)));
    exponents.push(column.exponent);
    for (let j = 0; j < rows; j++) integers[j * cols + k] = column.values[j];
  }
  return [integers, exponents];
}

/**
 * M + VᵀDU exactly, D_j = 1 for the hyperplanes in `active`: the Jacobian of G in that region (DESIGN.md section 1).
 *
 * A sum of integers, so the order of the units can't change it.
 */
export function fieldMatrix(system: PiecewiseLinearSystem, active: readonly number[]): ExactMatrix {
  const { latentDim: R, M } = system;
  const { u, uExponent, v, vExponent } = scaledUnitsOf(system);
  const sums = new Array<bigint>(R * R).fill(0n);
  for (const j of active) {
    for (let i = 0; i < R; i++) {
      const weight = v[j * R + i];
      if (weight === 0n) continue;
      for (let k = 0; k < R; k++) sums[i * R + k] += weight * u[j * R + k];
    }
  }
  return {
    n: R,
    entries: sums.map((sum, at) => add(M.at(at), dyadic(sum, vExponent[Math.floor(at / R)] + uExponent[at % R]))),
  };
}

/**
 * The Jacobian of the dynamics in that region, exactly: M + VᵀDU + I in discrete time, M + VᵀDU in continuous time.
 * @param field M + VᵀDU where it is known.
 */
export function jacobian(
  system: PiecewiseLinearSystem,
  active: readonly number[],
  field: ExactMatrix = fieldMatrix(system, active),
): ExactMatrix {
  if (system.time === "continuous") return field;
  const one: Dyadic = { m: 1n, e: 0 };
  return {
    n: field.n,
    entries: field.entries.map((entry, at) => (at % (field.n + 1) === 0 ? add(entry, one) : entry)),
  };
}

/** The n×n matrix integers·2^exponent. */
export function matrixOfIntegers(n: number, integers: readonly bigint[], exponent: number): ExactMatrix {
  return { n, entries: integers.map((x) => dyadic(x, exponent)) };
}

/** Each entry correctly rounded to float64; ±Infinity past the range. Row-major. */
export function rounded({ entries }: ExactMatrix): Float64Array {
  return Float64Array.from(entries, toNumber);
}

/** Whether two exact matrices of the same size are equal. */
export function equalMatrices(a: ExactMatrix, b: ExactMatrix): boolean {
  return a.entries.every(({ m, e }, at) => m === b.entries[at].m && e === b.entries[at].e);
}
