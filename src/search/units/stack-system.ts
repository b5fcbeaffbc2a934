import { FOLD_BITS, foldError } from "../../float/box-step.ts";
import { BOX_TINY, LARGEST_ENTRY, LARGEST_SUM, NO_KINK } from "../../float/boxes.ts";
import { F32 } from "../../float/precision.ts";
import { powerOfTwo } from "../../model/power-of-two.ts";
import {
  foldStride,
  MOST_STACK_DIMENSIONS,
  MOST_STACK_UNITS,
  type StackSystem,
  unitStride,
} from "../../stages/box-stack.ts";
import { accumulation } from "../kernel/bounds.ts";
import { magnitudesOf, type UnitTable } from "./units.ts";

/** The unit of an entry whose terms are all 0. */
const SMALLEST_UNIT = -100;
/** Smaller coordinates are rounded to this one or to 0. */
const SMALLEST_COORDINATE = 2 ** -100;

/**
 * A table in the form that a device takes.
 * @param reach bound on |z_k| of the boxes to come.
 * @returns undefined where numbers exceed the limits of the float32 bounds.
 */
export function stackSystem(table: UnitTable, reach: number): StackSystem | undefined {
  const { dim: R, count: L, data, stride, M, k } = table;
  if (L > MOST_STACK_UNITS || R > MOST_STACK_DIMENSIONS || !(reach <= LARGEST_ENTRY)) return undefined;
  const square = R * R;
  const entries = square + R;
  const rows = new Float32Array(L * unitStride(R));
  // the magnitudes of all terms of each entry of M and k
  const sizes = Float64Array.from([...M, ...k], Math.abs);
  for (let j = 0; j < L; j++) {
    const { u, v, b0, b1 } = unitOf(data, j * stride, R);
    const to = j * unitStride(R);
    const ramp = b1 === undefined;
    rows.set(u, to);
    rows.set(v, to + R);
    const kinks = Math.abs(b0!) + Math.abs(b1 ?? 0);
    rows.set([b0!, b1 ?? NO_KINK, kinks * F32.slack], to + 2 * R);
    for (const x of [...u, ...v, b0, ramp ? 0 : b1]) if (!(Math.abs(x!) <= LARGEST_ENTRY)) return undefined;
    for (let i = 0; i < R; i++) {
      for (let n = 0; n < R; n++) sizes[i * R + n]! += Math.abs(v[i]! * u[n]!);
      sizes[square + i]! += Math.abs(v[i]!) * kinks;
    }
  }
  const { matrix, constant } = magnitudesOf(table);
  const most = constant.map((b, i) => b + reach * matrix.subarray(i * R, i * R + R).reduce((sum, x) => sum + x, 0));
  if (!most.every((x) => x <= LARGEST_SUM)) return undefined;

  const units = sizes.map((size) => powerOfTwo(Math.max(SMALLEST_UNIT, Math.ceil(Math.log2(size)) + 1 - FOLD_BITS)));
  const folds = new Int32Array(L * foldStride(R));
  for (let j = 0; j < L; j++) {
    const { u, v, b0, b1 } = unitOf(data, j * stride, R);
    const to = j * foldStride(R);
    for (let i = 0; i < R; i++) {
      for (let n = 0; n < R; n++) folds[to + i * R + n] = Math.round((v[i]! * u[n]!) / units[i * R + n]!);
      const unit = units[square + i]!;
      folds[to + square + i] = Math.round((-v[i]! * b0!) / unit);
      folds[to + square + R + i] = b1 === undefined ? 0 : Math.round((v[i]! * (b1 - b0!)) / unit);
    }
  }
  const wide = accumulation(table.terms, R);
  const base = new Float32Array(2 * entries);
  const start = new Int32Array(entries);
  for (let at = 0; at < entries; at++) {
    const magnitude = at < square ? matrix[at]! : constant[at - square]!;
    base[at] = units[at]!;
    // slack covers the rounding to float32
    base[entries + at] = (foldError(L) * units[at]! + magnitude * wide + BOX_TINY) * F32.slack;
    start[at] = Math.round((at < square ? M[at]! : k[at - square]!) / units[at]!);
  }
  return { dim: R, count: L, rows, folds, base, start };
}

/** Unit j of a table; `b1` is undefined of a ramp. */
function unitOf(data: Float64Array, at: number, R: number) {
  const b1 = data[at + 2 * R + 1];
  return {
    u: data.subarray(at, at + R),
    v: data.subarray(at + R, at + 2 * R),
    b0: data[at + 2 * R],
    b1: b1 === Number.POSITIVE_INFINITY ? undefined : b1,
  };
}

/** A float32 that is at most x: the largest, or the one before it; no subnormal, as a device may take these for 0. */
export function float32Below(x: number): number {
  if (Math.abs(x) < SMALLEST_COORDINATE) return x < 0 ? -SMALLEST_COORDINATE : 0;
  const near = Math.fround(x);
  return near <= x ? near : Math.fround(x - Math.abs(x) * 2 ** -23);
}
