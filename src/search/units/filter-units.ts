import {
  BOX_TINY,
  boxBaseError,
  boxSpreadError,
  boxUnitError,
  LARGEST_ENTRY,
  LARGEST_SUM,
  MOST_BOX_UNITS,
  NO_KINK,
} from "../../float/boxes.ts";
import { F32 } from "../../float/precision.ts";
import { type BoxUnits, MOST_FILTER_DIMENSIONS, unitStride } from "../../stages/box-filter.ts";
import { accumulation } from "../kernel/bounds.ts";
import { magnitudesOf, type UnitTable } from "./units.ts";

/**
 * The units of a table in the form that the box filter takes.
 * @param reach bound on |z_k| of the boxes to come.
 * @returns undefined where some unit is neither ramp nor clamp, or where numbers exceed the limits of the float32
 *   bounds.
 */
export function filterUnits(table: UnitTable, reach: number): BoxUnits | undefined {
  const { dim: R, count: L, simple, data, stride, M, k } = table;
  if (simple < L || L > MOST_BOX_UNITS || R > MOST_FILTER_DIMENSIONS || !(reach <= LARGEST_ENTRY)) return undefined;
  const rows = new Float32Array(L * unitStride(R));
  for (let j = 0; j < L; j++) {
    const at = j * stride;
    const to = j * unitStride(R);
    const [b0, b1] = data.subarray(at + 2 * R, at + 2 * R + 2);
    const ramp = b1 === Number.POSITIVE_INFINITY;
    rows.set(data.subarray(at, at + 2 * R), to);
    rows.set([b0, ramp ? NO_KINK : b1, (Math.abs(b0) + (ramp ? 0 : Math.abs(b1))) * F32.slack], to + 2 * R);
    const numbers = [...data.subarray(at, at + 2 * R + 1), ramp ? 0 : b1];
    if (!numbers.every((x) => Math.abs(x) <= LARGEST_ENTRY)) return undefined;
  }
  const { matrix, constant } = magnitudesOf(table);
  const most = constant.map((b, i) => b + reach * matrix.subarray(i * R, i * R + R).reduce((sum, x) => sum + x, 0));
  if (!most.every((x) => x <= LARGEST_SUM)) return undefined;
  const relative = boxBaseError(R);
  const wide = accumulation(table.terms, R);
  // slack covers the rounding to float32
  const bound = (x: number, magnitude: number) => (Math.abs(x) * relative + magnitude * wide + BOX_TINY) * F32.slack;
  const base = [
    ...M,
    ...k,
    ...M.map((x, at) => bound(x, matrix[at])),
    ...k.map((x, i) => bound(x, constant[i])),
    boxUnitError(L, R),
    boxSpreadError(L, R),
  ];
  return { dim: R, count: L, rows, base: Float32Array.from(base) };
}
