import { SQUARES } from "./rounding.ts";

/*
 * Loops over units that much of the time goes to, written out for few dimensions. All arrays are row-major; a unit's
 * row in `data` is u (D), v (D), b0, b1, ε (search/units/units.ts).
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
