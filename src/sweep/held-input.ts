import { type Dyadic, fromNumber, negate, ONE, ZERO } from "../model/dyadic.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../model/system.ts";

/**
 * The map (s, z) ↦ (min(max(s, a), b), F(z, s)), whose cycles are those of F at every s of [a, b], and no others: it
 * holds s there, so that methods that find all cycles of a map find those of all inputs
 * (docs/design.md#sweeps-of-cycles).
 *
 * Its first N hyperplanes are those of F, the last two s = a and s = b.
 * @param extended the system in (s, z) of `inputFamily`. @param low a. @param high b.
 */
export function heldInput(extended: PiecewiseLinearSystem, low: number, high: number): PiecewiseLinearSystem {
  const { latentDim: D, hyperplanes: N } = extended;
  const rows = (from: readonly Dyadic[], s: readonly Dyadic[]): Dyadic[] => [...s, ...from.slice(0, -s.length)];
  // the last equation of `extended` is 0 = 0, and s' = s comes first here
  const heldRow = Array.from({ length: D }, (_, k) => (k === 0 ? negate(ONE) : ZERO));
  const V: Dyadic[] = [];
  for (let j = 0; j < N; j++) {
    const own = Array.from({ length: D }, (_, i) => extended.V.at(j * D + i));
    V.push(...rows(own, [ZERO]));
  }
  const atEnd = (weight: Dyadic): Dyadic[] => Array.from({ length: D }, (_, i) => (i === 0 ? weight : ZERO));
  V.push(...atEnd(ONE), ...atEnd(negate(ONE)));
  const U = new Float64Array((N + 2) * D);
  U.set(extended.U);
  U[N * D] = 1;
  U[(N + 1) * D] = 1;
  return {
    latentDim: D,
    hyperplanes: N + 2,
    time: extended.time,
    M: ExactArray.ofDyadics(rows(extended.M.toDyadics(), heldRow)),
    g: ExactArray.ofDyadics(rows(extended.g.toDyadics(), [fromNumber(-low)])),
    U,
    V: ExactArray.ofDyadics(V),
    h: ExactArray.ofDyadics([...extended.h.toDyadics(), fromNumber(low), fromNumber(high)]),
  };
}
