import { memo } from "../base/memo.ts";
import { allOf, type Steps } from "../base/steps.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { type ExactMatrix, type FieldMatrix, RoundedMatrix } from "../exact/matrix.ts";
import type { ExactNumber } from "../model/exact-number.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";

/** U and V of a system as integers, a power of two taken out of each column. */
interface ScaledUnits {
  /** N×R row-major: U[j·R + k] = u[j·R + k]·2^uExponent[k]. */
  readonly u: readonly bigint[];
  readonly uExponent: readonly number[];
  readonly v: readonly bigint[];
  readonly vExponent: readonly number[];
}

const scaledUnits = memo<PiecewiseLinearSystem, ScaledUnits>();

function scaledUnitsOf(system: PiecewiseLinearSystem): ScaledUnits {
  const known = scaledUnits.get(system);
  if (known !== undefined) return known;
  const { latentDim: R, hyperplanes: N, U, V } = system;
  const [u, uExponent] = scaleColumns(N, R, (at) => U[at]!);
  const [v, vExponent] = scaleColumns(N, R, (at) => V.get(at));
  const scaled = { u, uExponent, v, vExponent };
  scaledUnits.set(system, scaled);
  return scaled;
}

function scaleColumns(rows: number, cols: number, at: (index: number) => ExactNumber): [bigint[], number[]] {
  const integers = new Array<bigint>(rows * cols);
  const exponents: number[] = [];
  for (let k = 0; k < cols; k++) {
    const column = scaleToIntegers(Array.from({ length: rows }, (_, j) => at(j * cols + k)));
    exponents.push(column.exponent);
    for (let j = 0; j < rows; j++) integers[j * cols + k] = column.values[j]!;
  }
  return [integers, exponents];
}

/**
 * M + VᵀDU exactly, D_j = 1 for the hyperplanes in `active`: the Jacobian of G in that region
 * (docs/design.md#the-problem).
 *
 * A sum of integers, so the order of the units can't change it.
 */
export function fieldMatrix(system: PiecewiseLinearSystem, active: readonly number[]): ExactMatrix {
  return allOf(formingField(system, active));
}

/** `fieldMatrix` in steps of one hyperplane. */
export function* formingField(system: PiecewiseLinearSystem, active: readonly number[]): Steps<ExactMatrix> {
  const { latentDim: R, M } = system;
  const { u, uExponent, v, vExponent } = scaledUnitsOf(system);
  const sums = new Array<bigint>(R * R).fill(0n);
  for (const j of active) {
    for (let i = 0; i < R; i++) {
      const weight = v[j * R + i]!;
      if (weight === 0n) continue;
      for (let k = 0; k < R; k++) sums[i * R + k]! += weight * u[j * R + k]!;
    }
    yield;
  }
  const base = scaleToIntegers(M.numbers());
  const exponents = sums.map((_, at) => vExponent[Math.floor(at / R)]! + uExponent[at % R]!);
  const exponent = Math.min(base.exponent, Math.min(...vExponent) + Math.min(...uExponent));
  const up = BigInt(base.exponent - exponent);
  return {
    n: R,
    integers: sums.map((sum, at) => (sum << BigInt(exponents[at]! - exponent)) + (base.values[at]! << up)),
    exponent,
  };
}

/**
 * The Jacobian of the dynamics in that region, exactly: M + VᵀDU + I in discrete time, M + VᵀDU in continuous time.
 * @param field M + VᵀDU where it is known.
 */
export function jacobian(
  system: PiecewiseLinearSystem,
  active: readonly number[],
  field: FieldMatrix = fieldMatrix(system, active),
): ExactMatrix {
  const nearest = field.jacobian;
  return nearest === undefined
    ? jacobianOf(system, field)
    : new RoundedMatrix(field.n, nearest, () => jacobianOf(system, field));
}

function jacobianOf({ time }: PiecewiseLinearSystem, field: ExactMatrix): ExactMatrix {
  return time === "continuous" ? field : plusIdentity(field);
}

function plusIdentity(field: ExactMatrix): ExactMatrix {
  const { n, exponent } = field;
  const integers = field.exponent > 0 ? field.integers.map((x) => x << BigInt(field.exponent)) : [...field.integers];
  const one = 1n << BigInt(Math.max(0, -exponent));
  for (let i = 0; i < n; i++) integers[i * (n + 1)]! += one;
  return { n, integers, exponent: Math.min(0, exponent) };
}
