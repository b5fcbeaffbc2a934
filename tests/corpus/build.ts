import {
  add,
  type Dyadic,
  fromNumber,
  multiply,
  negate,
  sign,
  subtract,
  toNumber,
  ZERO,
} from "../../src/model/dyadic.ts";
import type { Plain } from "../oracle/systems.ts";
import type { Random } from "../support/random.ts";

/** A model file's object, in a convention of docs/design.md#model-files. */
export type ModelObject = Readonly<Record<string, unknown>>;

/** Σ a_k b_k, exactly. */
export function exactDot(a: readonly number[], b: readonly number[]): Dyadic {
  return a.reduce((total, x, k) => add(total, multiply(fromNumber(x), fromNumber(b[k]!))), ZERO);
}

/** The float64 that a dyadic number is, or undefined where it needs more bits. */
export function asNumber(x: Dyadic): number | undefined {
  const rounded = toNumber(x);
  return Number.isFinite(rounded) && sign(subtract(fromNumber(rounded), x)) === 0 ? rounded : undefined;
}

/**
 * The h that puts hyperplane u·z = h at z0, moved by `offset` (u·z0 − h = offset), or undefined where it is no float64.
 */
export function hyperplaneAt(u: readonly number[], z0: readonly number[], offset = 0): number | undefined {
  return asNumber(subtract(exactDot(u, z0), fromNumber(offset)));
}

/** As `hyperplaneAt`, rounded where it must be. */
export function hyperplaneNear(u: readonly number[], z0: readonly number[], offset = 0): number {
  return toNumber(subtract(exactDot(u, z0), fromNumber(offset)));
}

type Parts = Omit<Plain, "hz">;

/** (A − I) z0 + Vᵀ relu(U z0 − hx): the hz that makes z0 a fixed point. */
function plantedOffset({ A, U, V, hx }: Parts, z0: readonly number[]): Dyadic[] {
  return A.map((row, i) => {
    let total = add(exactDot(row, z0), negate(fromNumber(z0[i]!)));
    U.forEach((u, j) => {
      const x = subtract(exactDot(u, z0), fromNumber(hx[j]!));
      if (sign(x) > 0) total = add(total, multiply(fromNumber(V[j]![i]!), x));
    });
    return total;
  });
}

/** The model with a fixed point exactly at z0, or undefined where hz would be no float64. */
export function planted(parts: Parts, z0: readonly number[]): Plain | undefined {
  const hz = plantedOffset(parts, z0).map(asNumber);
  return hz.every((x) => x !== undefined) ? { ...parts, hz } : undefined;
}

/** The model with a fixed point within rounding of z0. */
export function plantedNearly(parts: Parts, z0: readonly number[]): Plain {
  return { ...parts, hz: plantedOffset(parts, z0).map(toNumber) };
}

/** Draws until one is representable; throws when the recipe asks for more bits than a float64 has. */
export function until<T>(draw: () => T | undefined, attempts = 2000): T {
  for (let i = 0; i < attempts; i++) {
    const value = draw();
    if (value !== undefined) return value;
  }
  throw new Error(`no representable draw in ${attempts} attempts`);
}

/** In the other convention: W1 = Vᵀ, W2 = U, h1 = −hz, h2 = −hx; exact. */
export function secondForm({ A, U, V, hx, hz }: Plain): ModelObject {
  return {
    kind: "shPLRNN",
    A,
    W1: transposed(V, A.length),
    W2: U,
    h1: hz.map((x) => -x),
    h2: hx.map((x) => -x),
  };
}

export function transposed(rows: readonly (readonly number[])[], columns: number): number[][] {
  return Array.from({ length: columns }, (_, k) => rows.map((row) => row[k]!));
}

/** Either convention, by chance; the diagonal short form of A where it is diagonal. */
export function dressed(random: Random, model: Plain): ModelObject {
  const diagonal = model.A.every((row, i) => row.every((a, k) => i === k || a === 0));
  const A = diagonal && random.unit() < 0.5 ? model.A.map((row, i) => row[i]!) : model.A;
  return random.unit() < 0.5 ? { ...model, A } : { ...secondForm(model), A };
}

export function diagonal(values: readonly number[]): number[][] {
  return values.map((a, i) => values.map((_, k) => (i === k ? a : 0)));
}

/** The same hyperplanes in another order. */
export function reordered(random: Random, { A, U, V, hx, hz }: Plain): Plain {
  const order = random.shuffled(U.map((_, j) => j));
  return { A, U: order.map((j) => U[j]!), V: order.map((j) => V[j]!), hx: order.map((j) => hx[j]!), hz };
}

/**
 * A random network of gain `gain`, all numbers with full significands; two in three have a fixed point where it was
 * planted.
 */
export function network(random: Random, N: number, R: number, gain: number) {
  const scale = gain / Math.sqrt(N);
  const parts = {
    A:
      random.unit() < 0.5
        ? diagonal(random.vector(R, () => random.real(0.9)))
        : random.matrix(R, R, () => random.real(0.5)),
    U: random.matrix(N, R, () => random.normal()),
    V: random.matrix(N, R, () => scale * random.normal()),
    hx: random.vector(N, () => random.normal()),
  };
  const hz = random.vector(R, () => random.normal());
  const z0 = random.vector(R, () => random.normal());
  return random.unit() < 2 / 3 ? { ...parts, hz: [...plantedNearly(parts, z0).hz] } : { ...parts, hz };
}
