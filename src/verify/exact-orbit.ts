import { solveAffine } from "../exact/elimination.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { add as addRational, multiply as multiplyRational, ofDyadic, type Rational } from "../exact/rational.ts";
import { add, type Dyadic, fromNumber, multiply, negate, ONE, subtract, ZERO } from "../model/dyadic.ts";
import type { ExactModel } from "./exact-model.ts";

/** z ↦ P z + q in R dimensions; P row-major. */
export interface ExactMap {
  readonly P: readonly Dyadic[];
  readonly q: readonly Dyadic[];
}

/** The map of one step of a map in discrete time where the given units have bit 1. */
export function stepMap(model: ExactModel, active: readonly number[]): ExactMap {
  return { P: model.jacobian(active), q: model.rightSide(active).map(negate) };
}

/** First `before`, then `after`. */
export function composed(before: ExactMap, after: ExactMap): ExactMap {
  const R = before.q.length;
  const dot = (i: number, column: (k: number) => Dyadic): Dyadic => {
    let sum = ZERO;
    for (let k = 0; k < R; k++) sum = add(sum, multiply(after.P[i * R + k]!, column(k)));
    return sum;
  };
  return {
    P: before.P.map((_, at) => dot(Math.floor(at / R), (k) => before.P[k * R + (at % R)]!)),
    q: before.q.map((_, i) =>
      add(
        dot(i, (k) => before.q[k]!),
        after.q[i]!,
      ),
    ),
  };
}

/** z ↦ z. */
export function identity(R: number): ExactMap {
  return {
    P: Array.from({ length: R * R }, (_, at) => (at % (R + 1) === 0 ? ONE : ZERO)),
    q: new Array<Dyadic>(R).fill(ZERO),
  };
}

/** The map of all steps of a word: for each step, the units with bit 1. */
export function wordMap(model: ExactModel, word: readonly (readonly number[])[]): ExactMap {
  return word.reduce((map, active) => composed(map, stepMap(model, active)), identity(model.system.latentDim));
}

/** Image of an exact point. */
export function imageOf({ P, q }: ExactMap, z: readonly Rational[]): Rational[] {
  return q.map((offset, i) =>
    z.reduce((sum, x, k) => addRational(sum, multiplyRational(ofDyadic(P[i * z.length + k]!), x)), ofDyadic(offset)),
  );
}

/** One step's units with bit 1, and the hyperplanes on which its point lies. */
interface Step {
  readonly active: readonly number[];
  readonly ties: readonly number[];
}

/**
 * All z_0 whose orbit by the maps of the steps comes back to z_0 and lies on the ties of each step, as an affine set;
 * undefined if there are none.
 */
export function closingPoints(model: ExactModel, steps: readonly Step[]) {
  const { latentDim: R, U, h } = model.system;
  const rows: bigint[] = [];
  const bounds: bigint[] = [];
  const require = (coefficients: readonly Dyadic[], bound: Dyadic): void => {
    const { values } = scaleToIntegers([...coefficients, bound]);
    rows.push(...values.slice(0, R));
    bounds.push(values[R]!);
  };
  let map = identity(R);
  for (const { active, ties } of steps) {
    for (const j of ties) {
      // u·(P z + q) = h
      const u = Array.from({ length: R }, (_, k) => fromNumber(U[j * R + k]!));
      const along = (column: (k: number) => Dyadic): Dyadic =>
        u.reduce((sum, x, k) => add(sum, multiply(x, column(k))), ZERO);
      require(u.map((_, c) => along((k) => map.P[k * R + c]!)), subtract(
        h.at(j),
        along((k) => map.q[k]!),
      ));
    }
    map = composed(map, stepMap(model, active));
  }
  const I = identity(R).P;
  for (let i = 0; i < R; i++)
    require(Array.from({ length: R }, (_, k) => subtract(I[i * R + k]!, map.P[i * R + k]!)), map.q[i]!);
  return { map, solutions: solveAffine(rows, bounds.length, R, bounds) };
}
