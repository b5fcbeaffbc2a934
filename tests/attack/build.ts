import { add, fromNumber, multiply, ONE, subtract } from "../../src/model/dyadic.ts";
import { asNumber, hyperplaneAt, planted, plantedNearly } from "../corpus/build.ts";
import type { Plain } from "../oracle/systems.ts";
import type { Random } from "../support/random.ts";

/** The largest number that a model may hold. */
const LARGEST = 2 ** 300;

/** Draws a model, or undefined where the draw has numbers that no model may hold. */
export type Recipe = (random: Random) => Plain | undefined;

export interface Shape {
  readonly R: number;
  readonly N: number;
}

/** Up to three dimensions and eight units: few enough masks for the oracle to try all. */
export function shape(random: Random): Shape {
  const R = random.integer(1, 3);
  return { R, N: random.integer(1, R === 3 ? 6 : 8) };
}

/** True iff a model may hold all of these numbers. */
export function allowed({ A, U, V, hx, hz }: Plain): boolean {
  return [...A.flat(), ...U.flat(), ...V.flat(), ...hx, ...hz].every((x) => Math.abs(x) <= LARGEST);
}

/** 2^e, e uniform. */
export function power(random: Random, low = -300, high = 300): number {
  return 2 ** random.integer(low, high);
}

/** x·2^e where that is exact, and a number that a model may hold. */
export function exactly(x: number, factor: number): number | undefined {
  const y = asNumber(multiply(fromNumber(x), fromNumber(factor)));
  return y === undefined || Math.abs(y) > LARGEST ? undefined : y;
}

/** As `exactly`, with an exponent that need not be that of a float64. */
export function shifted(x: number, e: number): number | undefined {
  const y = asNumber(multiply(fromNumber(x), { m: 1n, e }));
  return y === undefined || Math.abs(y) > LARGEST ? undefined : y;
}

/** The list without holes, or undefined where there is one. */
export function whole<T>(values: readonly (T | undefined)[]): T[] | undefined {
  return values.every((x) => x !== undefined) ? (values as T[]) : undefined;
}

/** The matrix without holes, or undefined where there is one. */
export function wholeMatrix<T>(rows: readonly (readonly (T | undefined)[])[]): T[][] | undefined {
  return whole(rows.map(whole));
}

/** A number of any size that a model may hold: zeros and ones, whole numbers, full significands, subnormal ones. */
export function wild(random: Random): number {
  const draw = random.unit();
  if (draw < 0.1) return 0;
  if (draw < 0.15) return random.integer(1, 7) * 2 ** -1074 * random.sign();
  const significand = random.pick([1, 1, random.integer(2, 7), 1 + random.unit(), 1 + 2 ** -52]);
  const exponent = random.pick([0, 0, random.integer(-60, 60), random.integer(-300, 296), random.integer(-1020, -300)]);
  return random.sign() * significand * 2 ** exponent;
}

/** Numbers of few bits: whatever they are scaled by, sums and products stay exact. */
export function ordinary(random: Random, { R, N }: Shape = shape(random)): Plain | undefined {
  const z0 = random.vector(R, () => random.integer(-3, 3));
  const A = random.pick([
    () => random.matrix(R, R, () => random.dyadic(1, 2)),
    () => diagonalOf(random.vector(R, () => random.pick([0, 0.5, 1, 2, -1, 0.25]))),
    () => diagonalOf(random.vector(R, () => 1)),
  ])();
  const U = random.matrix(N, R, () => random.integer(-2, 2));
  const V = random.matrix(N, R, () => random.dyadic(1, 2));
  const hx = U.map((u) => hyperplaneAt(u, z0, random.unit() < 0.25 ? 0 : random.dyadic(1, 3))!);
  return planted({ A, U, V, hx }, z0);
}

/** As `ordinary`, with full significands; its fixed point is where it was planted but for rounding. */
export function rough(random: Random, { R, N }: Shape = shape(random)): Plain {
  const A = random.matrix(R, R, () => random.real(1.5));
  const U = random.matrix(N, R, () => random.real(2));
  const V = random.matrix(N, R, () => random.real(2));
  const hx = random.vector(N, () => random.real(2));
  return plantedNearly(
    { A, U, V, hx },
    random.vector(R, () => random.real(3)),
  );
}

export function diagonalOf(values: readonly number[]): number[][] {
  return values.map((a, i) => values.map((_, k) => (i === k ? a : 0)));
}

/** With a fixed point at z0, exactly where hz can be a float64 and nearly elsewhere. */
export function plantedAt(parts: Omit<Plain, "hz">, z0: readonly number[]): Plain {
  return planted(parts, z0) ?? plantedNearly(parts, z0);
}

/** Exponents by which a model is scaled without becoming another. */
export interface Scales {
  /** Of (u_j, h_j); v_j takes the opposite. */
  readonly units: readonly number[];
  /** z_k = 2^e y_k. */
  readonly space: readonly number[];
}

/**
 * The same dynamics in other measures: (u, h, v) → (c u, c h, v/c) for each unit and z_k = s_k y_k for each coordinate.
 * Fixed points move from z to z_k/s_k and keep their signs. Undefined where an entry would need other bits.
 */
export function rescaled({ A, U, V, hx, hz }: Plain, { units, space }: Scales): Plain | undefined {
  const parts = {
    A: wholeMatrix(A.map((row, i) => row.map((a, k) => shifted(a, space[k]! - space[i]!)))),
    U: wholeMatrix(U.map((u, j) => u.map((x, k) => shifted(x, units[j]! + space[k]!)))),
    V: wholeMatrix(V.map((v, j) => v.map((x, i) => shifted(x, -units[j]! - space[i]!)))),
    hx: whole(hx.map((h, j) => shifted(h, units[j]!))),
    hz: whole(hz.map((x, i) => shifted(x, -space[i]!))),
  };
  return Object.values(parts).every((part) => part !== undefined) ? (parts as Plain) : undefined;
}

/**
 * The same fixed points with each row of G(z) = (A − I) z + Vᵀ relu(U z − hx) − hz times a power of two of its own.
 * Undefined where A or another entry would need other bits.
 */
export function withRowsScaled({ A, U, V, hx, hz }: Plain, rows: readonly number[]): Plain | undefined {
  const scaledA = A.map((row, i) =>
    row.map((a, k) => {
      const m = i === k ? subtract(fromNumber(a), ONE) : fromNumber(a);
      const scaled = multiply(m, { m: 1n, e: rows[i]! });
      const y = asNumber(i === k ? add(scaled, ONE) : scaled);
      return y === undefined || Math.abs(y) > LARGEST ? undefined : y;
    }),
  );
  const parts = {
    A: wholeMatrix(scaledA),
    U,
    V: wholeMatrix(V.map((v) => v.map((x, i) => shifted(x, rows[i]!)))),
    hx,
    hz: whole(hz.map((x, i) => shifted(x, rows[i]!))),
  };
  return Object.values(parts).every((part) => part !== undefined) ? (parts as Plain) : undefined;
}

/** Models side by side, coordinate by coordinate, none of which feels the others. */
export function sideBySide(models: readonly Plain[]): Plain {
  const R = models.reduce((sum, { A }) => sum + A.length, 0);
  let first = 0;
  const A: number[][] = [];
  const U: number[][] = [];
  const V: number[][] = [];
  for (const model of models) {
    const at = first;
    const own = model.A.length;
    const wide = (row: readonly number[]) =>
      Array.from({ length: R }, (_, k) => (k >= at && k < at + own ? row[k - at]! : 0));
    A.push(...model.A.map(wide));
    U.push(...model.U.map(wide));
    V.push(...model.V.map(wide));
    first += own;
  }
  return { A, U, V, hx: models.flatMap(({ hx }) => hx), hz: models.flatMap(({ hz }) => hz) };
}

/** Coordinates and units in another order. */
export function shuffled(random: Random, { A, U, V, hx, hz }: Plain): Plain {
  const coordinates = random.shuffled(A.map((_, i) => i));
  const units = random.shuffled(U.map((_, j) => j));
  const moved = (x: readonly number[]) => coordinates.map((k) => x[k]!);
  return {
    A: coordinates.map((i) => moved(A[i]!)),
    U: units.map((j) => moved(U[j]!)),
    V: units.map((j) => moved(V[j]!)),
    hx: units.map((j) => hx[j]!),
    hz: moved(hz),
  };
}
