import { type Band, simpleBand } from "../../search/units/simple-units.ts";
import type { UnitTable } from "../../search/units/units.ts";

/*
 * Loops over undecided units that much of the time goes to, written out for few dimensions. All arrays are row-major; a
 * unit's row in `data` is u (D), v (D), b0, b1, ε (search/units/units.ts).
 */

/** The bands of undecided units, in the order of their list, with their places in the list that was projected. */
export interface Bands {
  readonly slope: Float64Array;
  readonly value: Float64Array;
  readonly width: Float64Array;
  readonly place: Int32Array;
}

/** The ranges of undecided units and the pieces that meet them, in the order of their list. */
export interface BandRanges {
  readonly lows: Float64Array;
  readonly highs: Float64Array;
  readonly firsts: Int32Array;
  readonly lasts: Int32Array;
}

/**
 * Writes the bands of the units list[from], …, list[from + kept − 1].
 * @param x u·c of the units at their places.
 */
export function bandsOf(
  table: UnitTable,
  list: Int32Array,
  from: number,
  kept: number,
  x: Float64Array,
  { lows, highs }: BandRanges,
  { slope, value, width, place }: Bands,
): void {
  const { dim: D, stride, data } = table;
  for (let q = 0; q < kept; q++) {
    const j = list[from + q]!;
    const low = lows[q]!;
    const high = highs[q]!;
    const centre = x[place[q]!]!;
    simpleBand(data[j * stride + 2 * D]!, data[j * stride + 2 * D + 1]!, low, high, centre, band);
    slope[q] = band.slope;
    value[q] = band.value;
    width[q] = band.width;
  }
}

const band: Band = { slope: 0, value: 0, width: 0 };

/** What bands are added to. */
export interface BandSums {
  /** R×D: Σ slope v uᵀ. */
  readonly J: Float64Array;
  /** R: Σ value v. */
  readonly next: Float64Array;
  /** New generators width·v from number `size` on. */
  readonly generators: Float64Array;
  /** P: Σ width|v|₁|u·g|. */
  readonly spread: Float64Array;
}

/**
 * Adds the bands of the units list[from], …, list[from + kept − 1].
 * @returns the place in the list of the unit with the greatest width|v|₁.
 */
export function addBands(
  data: Float64Array,
  D: number,
  R: number,
  P: number,
  list: Int32Array,
  from: number,
  kept: number,
  { slope, value, width, place }: Bands,
  projected: Float64Array,
  size: number,
  { J, next, generators, spread }: BandSums,
): number {
  const stride = 2 * D + 3;
  let most = -1;
  let best = 0;
  if (R === 3 && D === 3) {
    let j0 = 0;
    let j1 = 0;
    let j2 = 0;
    let j3 = 0;
    let j4 = 0;
    let j5 = 0;
    let j6 = 0;
    let j7 = 0;
    let j8 = 0;
    let n0 = 0;
    let n1 = 0;
    let n2 = 0;
    for (let q = 0; q < kept; q++) {
      const at = list[from + q]! * stride;
      const u0 = data[at]!;
      const u1 = data[at + 1]!;
      const u2 = data[at + 2]!;
      const v0 = data[at + 3]!;
      const v1 = data[at + 4]!;
      const v2 = data[at + 5]!;
      const w = width[q]!;
      const s = slope[q]!;
      const y = value[q]!;
      const g = (size + q) * 3;
      generators[g] = v0 * w;
      generators[g + 1] = v1 * w;
      generators[g + 2] = v2 * w;
      n0 += v0 * y;
      n1 += v1 * y;
      n2 += v2 * y;
      const s0 = v0 * s;
      const s1 = v1 * s;
      const s2 = v2 * s;
      j0 += s0 * u0;
      j1 += s0 * u1;
      j2 += s0 * u2;
      j3 += s1 * u0;
      j4 += s1 * u1;
      j5 += s1 * u2;
      j6 += s2 * u0;
      j7 += s2 * u1;
      j8 += s2 * u2;
      const weight = w * (Math.abs(v0) + Math.abs(v1) + Math.abs(v2));
      const own = place[q]! * P;
      for (let p = 0; p < P; p++) spread[p]! += weight * projected[own + p]!;
      if (weight > most) {
        most = weight;
        best = q;
      }
    }
    J[0]! += j0;
    J[1]! += j1;
    J[2]! += j2;
    J[3]! += j3;
    J[4]! += j4;
    J[5]! += j5;
    J[6]! += j6;
    J[7]! += j7;
    J[8]! += j8;
    next[0]! += n0;
    next[1]! += n1;
    next[2]! += n2;
    return best;
  }
  if (R === 2 && D === 2) {
    let j0 = 0;
    let j1 = 0;
    let j2 = 0;
    let j3 = 0;
    let n0 = 0;
    let n1 = 0;
    for (let q = 0; q < kept; q++) {
      const at = list[from + q]! * stride;
      const u0 = data[at]!;
      const u1 = data[at + 1]!;
      const v0 = data[at + 2]!;
      const v1 = data[at + 3]!;
      const w = width[q]!;
      const s = slope[q]!;
      const y = value[q]!;
      const g = (size + q) * 2;
      generators[g] = v0 * w;
      generators[g + 1] = v1 * w;
      n0 += v0 * y;
      n1 += v1 * y;
      const s0 = v0 * s;
      const s1 = v1 * s;
      j0 += s0 * u0;
      j1 += s0 * u1;
      j2 += s1 * u0;
      j3 += s1 * u1;
      const weight = w * (Math.abs(v0) + Math.abs(v1));
      const own = place[q]! * P;
      for (let p = 0; p < P; p++) spread[p]! += weight * projected[own + p]!;
      if (weight > most) {
        most = weight;
        best = q;
      }
    }
    J[0]! += j0;
    J[1]! += j1;
    J[2]! += j2;
    J[3]! += j3;
    next[0]! += n0;
    next[1]! += n1;
    return best;
  }
  for (let q = 0; q < kept; q++) {
    const at = list[from + q]! * stride;
    let weight = 0;
    for (let i = 0; i < R; i++) {
      const v = data[at + D + i]!;
      const s = v * slope[q]!;
      const w = v * width[q]!;
      generators[(size + q) * D + i] = w;
      next[i]! += v * value[q]!;
      weight += Math.abs(w);
      for (let n = 0; n < D; n++) J[i * D + n]! += s * data[at + n]!;
    }
    if (D > R) generators[(size + q) * D + R] = 0;
    for (let p = 0; p < P; p++) spread[p]! += weight * projected[place[q]! * P + p]!;
    if (weight > most) {
      most = weight;
      best = q;
    }
  }
  return best;
}
