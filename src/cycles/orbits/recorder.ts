import type { Functional, Objective, OrbitBox } from "../../check/orbits/functional.ts";

/**
 * What takes the steps of a search down, in preorder: each node's bounds in the order in which they narrow its box,
 * then how it ends, or where it is cut, with its lower part first. Cones about orbits are not tried then.
 */
export interface Recorder {
  /** As `lowerBound`: a bound that it can show. It may round the functional. */
  bound(box: OrbitBox, functional: Functional, objective: Objective): number;
  /** The unit whose greatest s is at the first point, of orbits in the cube; −1 for none. */
  leads(unit: number): void;
  /** A bound of the range of a unit, by its functional. */
  narrowed(objective: Objective, bound: number, functional: Functional): void;
  empty(functional: Functional): void;
  /** A node is empty as the ends of a range are crossed. */
  crossed(): void;
  word(box: OrbitBox): void;
  split(n: number): void;
}

/** A functional over orbits of so many points that begin `by` points later. */
export function turnedFunctional({ lambda, slopes, mu, pi }: Functional, period: number, by: number): Functional {
  const turned = (values: Float64Array): Float64Array => {
    if (by === 0) return values;
    const from = (values.length / period) * (period - by);
    const out = new Float64Array(values.length);
    out.set(values.subarray(from));
    out.set(values.subarray(0, from), values.length - from);
    return out;
  };
  return { lambda: turned(lambda), slopes: turned(slopes), mu: turned(mu), pi: turned(pi) };
}
