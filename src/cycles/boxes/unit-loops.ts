import { SQUARES } from "./rounding.ts";

/*
 * The loops over units and generators that most of the time goes to, written out for few dimensions. All arrays are row-major; a
 * unit's row in `data` is u (D), v (D), b0, b1, ε (search/units/units.ts).
 */

/** Numbers of each unit that a step looks at, in the order of its list. */
export interface UnitNumbers {
  /** u·c. */
  readonly x: Float64Array;
  /** ε + Σ|u_k| rest_k + Σ|u·g| over the box's generators. */
  readonly p: Float64Array;
  /** Σ|u_k| Q_k. */
  readonly hull: Float64Array;
  /** |u·g| of each of the box's generators, P numbers a unit. */
  readonly projected: Float64Array;
}

/** What units are projected on. */
export interface Projected {
  readonly c: Float64Array;
  readonly rest: Float64Array;
  readonly Q: Float64Array;
  /** The first P are the box's. */
  readonly generators: Float64Array;
}

/**
 * Projects an enclosure on the units list[from], …, list[from + total − 1].
 * @param D dimension. @param P generators of the box.
 */
export function projectUnits(
  data: Float64Array,
  D: number,
  P: number,
  list: Int32Array,
  from: number,
  total: number,
  { c, rest, Q, generators }: Projected,
  { x, p, hull, projected }: UnitNumbers,
): void {
  const stride = 2 * D + 3;
  if (D === 2) {
    const c0 = c[0]!;
    const c1 = c[1]!;
    const r0 = rest[0]!;
    const r1 = rest[1]!;
    const q0 = Q[0]!;
    const q1 = Q[1]!;
    for (let q = 0; q < total; q++) {
      const at = list[from + q]! * stride;
      const u0 = data[at]!;
      const u1 = data[at + 1]!;
      x[q] = u0 * c0 + u1 * c1;
      const a0 = Math.abs(u0);
      const a1 = Math.abs(u1);
      hull[q] = a0 * q0 + a1 * q1;
      let sum = data[at + 6]! + a0 * r0 + a1 * r1;
      for (let g = 0; g < P; g++) {
        const b = Math.abs(u0 * generators[2 * g]! + u1 * generators[2 * g + 1]!);
        projected[q * P + g] = b;
        sum += b;
      }
      p[q] = sum;
    }
    return;
  }
  if (D === 3) {
    const c0 = c[0]!;
    const c1 = c[1]!;
    const c2 = c[2]!;
    const r0 = rest[0]!;
    const r1 = rest[1]!;
    const r2 = rest[2]!;
    const q0 = Q[0]!;
    const q1 = Q[1]!;
    const q2 = Q[2]!;
    for (let q = 0; q < total; q++) {
      const at = list[from + q]! * stride;
      const u0 = data[at]!;
      const u1 = data[at + 1]!;
      const u2 = data[at + 2]!;
      x[q] = u0 * c0 + u1 * c1 + u2 * c2;
      const a0 = Math.abs(u0);
      const a1 = Math.abs(u1);
      const a2 = Math.abs(u2);
      hull[q] = a0 * q0 + a1 * q1 + a2 * q2;
      let sum = data[at + 8]! + a0 * r0 + a1 * r1 + a2 * r2;
      for (let g = 0; g < P; g++) {
        const b = Math.abs(u0 * generators[3 * g]! + u1 * generators[3 * g + 1]! + u2 * generators[3 * g + 2]!);
        projected[q * P + g] = b;
        sum += b;
      }
      p[q] = sum;
    }
    return;
  }
  for (let q = 0; q < total; q++) {
    const at = list[from + q]! * stride;
    let product = 0;
    let across = 0;
    let sum = data[at + 2 * D + 2]!;
    for (let i = 0; i < D; i++) {
      const u = data[at + i]!;
      const a = Math.abs(u);
      product += u * c[i]!;
      across += a * Q[i]!;
      sum += a * rest[i]!;
    }
    for (let g = 0; g < P; g++) {
      let b = 0;
      for (let i = 0; i < D; i++) b += data[at + i]! * generators[g * D + i]!;
      b = Math.abs(b);
      projected[q * P + g] = b;
      sum += b;
    }
    x[q] = product;
    hull[q] = across;
    p[q] = sum;
  }
}

/**
 * Adds to p bounds of Σ|u·g| over the generators that are not the box's: Σ|u_k|Q_k, or √(n uᵀWu) (rounding.ts).
 * @param n their number. @param R dimension of W.
 */
export function boundOthers(
  data: Float64Array,
  D: number,
  R: number,
  list: Int32Array,
  from: number,
  total: number,
  n: number,
  W: Float64Array,
  { p, hull }: UnitNumbers,
): void {
  const stride = 2 * D + 3;
  const w00 = W[0]!;
  const w10 = R > 1 ? 2 * W[R]! : 0;
  const w11 = R > 1 ? W[R + 1]! : 0;
  const w20 = R > 2 ? 2 * W[2 * R]! : 0;
  const w21 = R > 2 ? 2 * W[2 * R + 1]! : 0;
  const w22 = R > 2 ? W[2 * R + 2]! : 0;
  for (let q = 0; q < total; q++) {
    const at = list[from + q]! * stride;
    const u0 = data[at]!;
    let square = w00 * u0 * u0;
    if (R > 1) {
      const u1 = data[at + 1]!;
      square += u1 * (w10 * u0 + w11 * u1);
      if (R > 2) {
        const u2 = data[at + 2]!;
        square += u2 * (w20 * u0 + w21 * u1 + w22 * u2);
        for (let i = 3; i < R; i++) {
          let sum = 0;
          for (let k = 0; k < i; k++) sum += W[i * R + k]! * data[at + k]!;
          square += data[at + i]! * (2 * sum + W[i * R + i]! * data[at + i]!);
        }
      }
    }
    const bound = Math.sqrt(Math.max(0, n * (square + SQUARES * hull[q]! * hull[q]!)));
    p[q]! += bound < hull[q]! ? bound : hull[q]!;
  }
}

/** Adds Σ|u·g| over the generators number P, …, size − 1 to p. */
export function projectOthers(
  data: Float64Array,
  D: number,
  R: number,
  list: Int32Array,
  from: number,
  total: number,
  P: number,
  size: number,
  generators: Float64Array,
  p: Float64Array,
): void {
  const stride = 2 * D + 3;
  for (let q = 0; q < total; q++) {
    const at = list[from + q]! * stride;
    let sum = 0;
    for (let g = P; g < size; g++) {
      let b = 0;
      for (let i = 0; i < R; i++) b += data[at + i]! * generators[g * D + i]!;
      sum += Math.abs(b);
    }
    p[q]! += sum;
  }
}

/** The bands of undecided units, in the order of their list, with their places in the list that was projected. */
export interface Bands {
  readonly slope: Float64Array;
  readonly value: Float64Array;
  readonly width: Float64Array;
  readonly place: Int32Array;
}

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

/**
 * Multiplies the generators before number `old` by J, and sums |g| over the box's P generators, and |g| and g gᵀ over
 * the others up to number `size`.
 * @param scratch D numbers.
 */
export function moveGenerators(
  J: Float64Array,
  D: number,
  R: number,
  P: number,
  old: number,
  size: number,
  generators: Float64Array,
  boxSum: Float64Array,
  Q: Float64Array,
  W: Float64Array,
  scratch: Float64Array,
): void {
  for (let g = 0; g < old; g++) {
    const at = g * D;
    if (D === 2 && R === 2) {
      const a = generators[at]!;
      const b = generators[at + 1]!;
      generators[at] = J[0]! * a + J[1]! * b;
      generators[at + 1] = J[2]! * a + J[3]! * b;
      continue;
    }
    if (D === 3 && R === 3) {
      const a = generators[at]!;
      const b = generators[at + 1]!;
      const c = generators[at + 2]!;
      generators[at] = J[0]! * a + J[1]! * b + J[2]! * c;
      generators[at + 1] = J[3]! * a + J[4]! * b + J[5]! * c;
      generators[at + 2] = J[6]! * a + J[7]! * b + J[8]! * c;
      continue;
    }
    for (let i = 0; i < R; i++) {
      let sum = 0;
      for (let n = 0; n < D; n++) sum += J[i * D + n]! * generators[at + n]!;
      scratch[i] = sum;
    }
    for (let i = 0; i < R; i++) generators[at + i] = scratch[i]!;
  }
  for (let i = 0; i < R; i++) {
    let sum = 0;
    for (let g = 0; g < P; g++) sum += Math.abs(generators[g * D + i]!);
    boxSum[i] = sum;
    sum = 0;
    for (let g = P; g < size; g++) sum += Math.abs(generators[g * D + i]!);
    Q[i] = sum;
    for (let n = 0; n <= i; n++) {
      sum = 0;
      for (let at = P * D; at < size * D; at += D) sum += generators[at + i]! * generators[at + n]!;
      W[i * R + n] = sum;
      W[n * R + i] = sum;
    }
  }
}
