import type { Fan } from "./fan.ts";
import type { OrbitProblem } from "./maps.ts";

const even = (n: number): number => n + (n & 1);

/**
 * Where numbers lie in the rows of units and in the sums over units. A row is the numbers that decide a unit, then four
 * parts that are added to the sums, each by a weight of its own and each of an even number of numbers.
 */
export interface RowShape {
  /** D. */
  readonly dim: number;
  /** R. */
  readonly rows: number;
  /** P. */
  readonly parameters: number;
  /** Numbers of a row. */
  readonly stride: number;
  /** Offsets in a row. u is at 0. */
  readonly margin: number;
  readonly low: number;
  readonly high: number;
  readonly b0: number;
  readonly b1: number;
  /** Σ|v_i|. */
  readonly reach: number;
  /** Shares of the fan's directions in u, R. */
  readonly shares: number;
  /** From here on the parts of the sums. */
  readonly parts: number;
  /** Offsets in the sums, and of the parts behind `parts`: |d·v| for each of the fan's directions, times the width; */
  readonly support: 0;
  /** v vᵀ, R×R, times the width's square; */
  readonly square: number;
  /** v uᵀ, R×D, times the slope; */
  readonly J: number;
  /** v, R, times the value. */
  readonly next: number;
  /** Numbers of the sums. */
  readonly sums: number;
}

export function rowShape({ table, rows: R, free }: OrbitProblem, fan: Fan): RowShape {
  const { dim: D } = table;
  const parts = even(D + 6 + R);
  const square = even(fan.count);
  const J = square + even(R * R);
  const next = J + even(R * D);
  const sums = next + even(R);
  return {
    dim: D,
    rows: R,
    parameters: free.length,
    stride: parts + sums,
    margin: D,
    low: D + 1,
    high: D + 2,
    b0: D + 3,
    b1: D + 4,
    reach: D + 5,
    shares: D + 6,
    parts,
    support: 0,
    square,
    J,
    next,
    sums,
  };
}

/** Writes the rows of all units, and R places of the fan's directions for each. */
export function writeRows(
  { table, unitLow, unitHigh }: OrbitProblem,
  fan: Fan,
  shape: RowShape,
  data: Float64Array,
  places: Int32Array,
): void {
  const { dim: D, rows: R, stride, parts } = shape;
  for (let j = 0; j < table.count; j++) {
    const from = j * table.stride;
    const at = j * stride;
    const u = table.data.subarray(from, from + D);
    const v = table.data.subarray(from + D, from + D + R);
    data.set(u, at);
    data[at + shape.margin] = table.data[from + 2 * D + 2]!;
    data[at + shape.low] = unitLow[j]!;
    data[at + shape.high] = unitHigh[j]!;
    data[at + shape.b0] = table.data[from + 2 * D]!;
    data[at + shape.b1] = table.data[from + 2 * D + 1]!;
    data[at + shape.reach] = v.reduce((sum, x) => sum + Math.abs(x), 0);
    fan.split(u);
    data.set(fan.shares, at + shape.shares);
    places.set(fan.places, j * R);
    for (let d = 0; d < fan.count; d++) {
      let sum = 0;
      let size = 0;
      for (let i = 0; i < R; i++) {
        sum += fan.directions[d * R + i]! * v[i]!;
        size += Math.abs(fan.directions[d * R + i]! * v[i]!);
      }
      data[at + parts + d] = Math.abs(sum) + size * R * 2 ** -52;
    }
    for (let i = 0; i < R; i++) {
      for (let n = 0; n < R; n++) data[at + parts + shape.square + i * R + n] = v[i]! * v[n]!;
      for (let n = 0; n < D; n++) data[at + parts + shape.J + i * D + n] = v[i]! * u[n]!;
      data[at + parts + shape.next + i] = v[i]!;
    }
  }
}
