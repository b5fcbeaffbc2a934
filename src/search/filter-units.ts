import {
  BOX_TINY,
  boxAccumulation,
  LARGEST_ENTRY,
  LARGEST_SUM,
  MOST_BOX_UNITS,
  NO_KINK,
} from "../bounds/boxes.ts";
import { F32 } from "../bounds/precision.ts";
import { type BoxUnits, MOST_FILTER_DIMENSIONS, unitStride } from "../stages/box-filter.ts";
import type { UnitTable } from "./units.ts";

/**
 * A table for the box filter.
 * @param reach bound on |z_k| of the boxes to come.
 * @returns undefined where it has other units than ramps and clamps, or numbers that float32's bounds are not made for.
 */
export function filterUnits(table: UnitTable, reach: number): BoxUnits | undefined {
  const { dim: R, count: L, simple, data, stride, M, k } = table;
  if (simple < L || L > MOST_BOX_UNITS || R > MOST_FILTER_DIMENSIONS || !(reach <= LARGEST_ENTRY)) return undefined;
  const rows = new Float32Array(L * unitStride(R));
  for (let j = 0; j < L; j++) {
    const to = j * unitStride(R);
    rows.set(data.subarray(j * stride, j * stride + 2 * R + 2), to);
    if (data[j * stride + 2 * R + 1] === Number.POSITIVE_INFINITY) rows[to + 2 * R + 1] = NO_KINK;
  }
  const { matrix, constant } = magnitudes(table);
  const most = constant.map((b, i) => b + reach * matrix.subarray(i * R, i * R + R).reduce((sum, x) => sum + x, 0));
  const within = (x: number) => Math.abs(x) <= LARGEST_ENTRY;
  if (!most.every((x) => x <= LARGEST_SUM) || ![...M, ...k].every(within)) return undefined;
  if (!rows.every((x) => within(x) || x === NO_KINK)) return undefined;
  const factor = boxAccumulation(L, R);
  // slack covers that float32 rounds
  const upward = (x: number) => (x * factor + BOX_TINY) * F32.slack;
  return { dim: R, count: L, rows, base: Float32Array.from([...M, ...k, ...matrix.map(upward), ...constant.map(upward)]) };
}

/** Ā and b̄ of bounds.ts over all units. */
function magnitudes({ dim: R, count: L, data, stride, ...table }: UnitTable) {
  const { weight, slopeBound, offsetBound } = table;
  const matrix = table.matrixMagnitude.slice();
  const constant = table.constantMagnitude.slice();
  for (let j = 0; j < L; j++) {
    for (let i = 0; i < R; i++) {
      const size = weight[j * R + i];
      constant[i] += size * offsetBound[j];
      for (let n = 0; n < R; n++) matrix[i * R + n] += size * slopeBound[j] * Math.abs(data[j * stride + n]);
    }
  }
  return { matrix, constant };
}
