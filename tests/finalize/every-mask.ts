import * as Q from "../../src/exact/rational.ts";
import type { ExactContinuum } from "../../src/finalize/continua.ts";
import { Finalizer } from "../../src/finalize/finalizer.ts";
import { type Plain, plainSystem } from "../oracle/systems.ts";

/** Continua of small systems, found by way of every mask. */

export const seed = 1998;

/** Every mask, whether it names a region or not. */
export function* allMasks(N: number): Generator<Uint32Array> {
  for (let mask = 0; mask < 2 ** N; mask++) yield Uint32Array.of(mask);
}

/** What the finalizer makes of a system when it is given every mask. */
export function solve(plain: Plain): { points: readonly (readonly number[])[]; continua: readonly ExactContinuum[] } {
  const finalizer = new Finalizer(plainSystem(plain));
  for (const mask of allMasks(plain.U.length)) finalizer.add(mask, false);
  const { fixedPoints, continua } = finalizer.finish();
  return { points: fixedPoints.map(({ z }) => z), continua };
}

export const numbers = (vector: readonly Q.Rational[]) => vector.map(Q.toNumber);
export const rationals = (vector: readonly number[]) => vector.map(Q.ofNumber);
