import type { ComplexPair } from "../base/result.ts";
import { modulus } from "../float/complex.ts";
import type { Eigendecomposition } from "../float/eigen.ts";
import type { Time } from "../model/system.ts";
import { compareEigenvalues } from "./classify.ts";

/** One eigenvalue of a linearisation, with its time constant, frequency and eigenvectors. */
export interface Mode {
  readonly eigenvalue: ComplexPair;
  /**
   * The time in which the mode shrinks e-fold: negative for a mode that grows, infinite on the stability boundary, 0
   * for λ = 0 in discrete time; in units of `dt`.
   */
  readonly timeConstant: number;
  /** Cycles per time unit, of the sign of Im λ; ½/dt for a negative real eigenvalue in discrete time. */
  readonly frequency: number;
  /** J x = λ x, [re, im] for each latent coordinate, ‖x‖₂ = 1. */
  readonly right: readonly ComplexPair[];
  /** yᴴ J = λ yᴴ, ‖y‖₂ = 1. */
  readonly left: readonly ComplexPair[];
}

/**
 * The modes of a linearisation in canonical order.
 *
 * Discrete time: τ = −dt/ln|λ|, f = arg λ/(2π dt), dt the length of a step. Continuous time, τ₀ ż = F(z): τ = −τ₀/Re λ,
 * f = Im λ/(2π τ₀), with `dt` in the place of τ₀.
 */
export function modesOf({ n, values, right, left }: Eigendecomposition, time: Time, dt: number): Mode[] {
  const vector = (rows: Eigendecomposition["right"], k: number) =>
    Array.from({ length: n }, (_, i): ComplexPair => [rows.re[k * n + i]!, rows.im[k * n + i]!]);
  return values
    .map((eigenvalue, k) => ({
      eigenvalue,
      timeConstant: timeConstant(eigenvalue, time, dt),
      frequency: frequency(eigenvalue, time, dt),
      right: vector(right, k),
      left: vector(left, k),
    }))
    .sort((a, b) => compareEigenvalues(a.eigenvalue, b.eigenvalue, time));
}

export function timeConstant([re, im]: ComplexPair, time: Time, dt: number): number {
  const rate = time === "discrete" ? logModulus(re, im) : re;
  return rate === 0 ? Number.POSITIVE_INFINITY : -dt / rate;
}

export function frequency([re, im]: ComplexPair, time: Time, dt: number): number {
  return (time === "discrete" ? Math.atan2(im, re) : im) / (2 * Math.PI * dt);
}

/** ln|λ|, accurate near |λ| = 1 too. */
function logModulus(re: number, im: number): number {
  const excess = (Math.abs(re) - 1) * (Math.abs(re) + 1) + im * im;
  return Math.abs(excess) < 0.5 ? Math.log1p(excess) / 2 : Math.log(modulus(re, im));
}
