import { float64s } from "../base/small-arrays.ts";

/**
 * The fixed small-integer sequences behind the owner rule and the symbolic perturbation (docs/design.md#owners,
 * docs/design.md#symbolic-perturbation): directions c_1 … c_ρ in general position and offsets δ. They are fixed, so
 * that every backend, thread and shard sees the same perturbed arrangement.
 */

/** splitmix32: a small, well-mixed counter-based generator. */
function mix(x: number): number {
  let z = (x + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/**
 * Bits of a direction's entries: few enough that products with float32 data round little, enough that zeros are rare.
 */
export const DIRECTION_BITS = 14;
/** Bits of δ; float32 holds them exactly. */
export const DELTA_BITS = 22;

/** An odd integer in (−2^bits, 2^bits): never zero. */
function oddInteger(seed: number, bits: number): number {
  const word = mix(seed);
  const magnitude = (word >>> (33 - bits)) * 2 + 1;
  return word & 1 ? -magnitude : magnitude;
}

/**
 * c_1 … c_ρ as rows, ρ×ρ row-major, integers divided by 2^14 (so below 1 in magnitude).
 * @param attempt 0 at first; one more after an exact zero among the owner signs.
 */
export function ownerDirections(rho: number, attempt: number): Float64Array {
  const c = float64s(rho * rho);
  for (let i = 0; i < c.length; i++)
    c[i] = oddInteger(Math.imul(attempt + 1, 0x632be5ab) + i, DIRECTION_BITS) / 2 ** DIRECTION_BITS;
  return c;
}

let firstLevel = new Float64Array(0);

/** δ_j of the first level for all j < n, in a table that all models share. */
export function firstPerturbations(n: number): Float64Array {
  if (firstLevel.length < n) firstLevel = Float64Array.from({ length: 2 * n }, (_, j) => perturbation(0, j));
  return firstLevel.subarray(0, n);
}

/**
 * δ_j of one level of the perturbation h_j + ε₁δ¹_j + ε₂δ²_j + …, ε₁ ≫ ε₂ ≫ …: an integer divided by 2^22. A level
 * after the first is consulted only where all levels before give exactly zero.
 */
export function perturbation(level: number, j: number): number {
  return oddInteger(Math.imul(level + 1, 0x1b873593) ^ Math.imul(j + 1, 0x2545f491), DELTA_BITS) / 2 ** DELTA_BITS;
}
