import {
  add,
  compare,
  divide,
  multiply,
  negate,
  ofDyadic,
  ofNumber,
  type Rational,
  sign,
  ZERO,
} from "../../exact/rational.ts";
import type { ExactSystem } from "../../model/exact-system.ts";

/** Parallel hyperplanes that are one unit, and the hyperplane `lead` whose row u gives the unit's x = u·z. */
export interface ParallelUnit {
  readonly lead: number;
  readonly hyperplanes: readonly number[];
}

/** A claim that a box is excluded: y of y·G, and the slope of a line for each unit (audit.ts). */
export interface Functional {
  /** R. */
  readonly y: ArrayLike<number>;
  /** L. */
  readonly slopes: ArrayLike<number>;
}

/**
 * Whether the lines of audit.ts show, in rational arithmetic, that y·G is not zero on a box. Slow: for the rare box
 * that float64 does not decide.
 * @param units all units with a direction. @param constants hyperplanes with a row of zeros in U that are always on.
 * @param c @param r centre and half-widths of the box.
 */
export function exactlyExcludes(
  { dim: R, M, g, U, V, h }: ExactSystem,
  units: readonly ParallelUnit[],
  constants: readonly number[],
  { y, slopes }: Functional,
  c: ArrayLike<number>,
  r: ArrayLike<number>,
): boolean {
  const weights = Array.from(y, ofNumber);
  const centre = Array.from(c, ofNumber);
  const halves = Array.from(r, ofNumber);
  const dot = (row: (k: number) => Rational, x: readonly Rational[]): Rational =>
    x.reduce((total, each, k) => add(total, multiply(row(k), each)), ZERO);
  const weightOf = (j: number) => dot((i) => ofDyadic(V.at(j * R + i)), weights);

  const linear = Array.from({ length: R }, (_, k) => dot((i) => ofDyadic(M.at(i * R + k)), weights));
  let below = negate(dot((i) => ofDyadic(g.at(i)), weights));
  for (const j of constants) below = add(below, negate(multiply(weightOf(j), ofDyadic(h.at(j)))));
  let above = below;
  units.forEach(({ lead, hyperplanes }, unit) => {
    const row = (k: number) => ofDyadic(U.at(lead * R + k));
    const pivot = Array.from({ length: R }, (_, k) => k).find((k) => sign(row(k)) !== 0)!;
    const slope = ofNumber(slopes[unit]!);
    for (let k = 0; k < R; k++) linear[k] = add(linear[k]!, multiply(slope, row(k)));
    const x = dot(row, centre);
    const p = dot((k) => absolute(row(k)), halves);
    const members = hyperplanes.map((j) => ({
      weight: weightOf(j),
      s: divide(ofDyadic(U.at(j * R + pivot)), row(pivot)),
      offset: ofDyadic(h.at(j)),
    }));
    const ends = [add(x, negate(p)), add(x, p)];
    const kinks = members.map(({ s, offset }) => divide(offset, s));
    const met = [...ends, ...kinks.filter((at) => compare(at, ends[0]!) > 0 && compare(at, ends[1]!) < 0)];
    const values = met.map((at) =>
      members.reduce(
        (total, { weight, s, offset }) => {
          const argument = add(multiply(s, at), negate(offset));
          return sign(argument) > 0 ? add(total, multiply(weight, argument)) : total;
        },
        negate(multiply(slope, at)),
      ),
    );
    below = add(
      below,
      values.reduce((a, b) => (compare(a, b) <= 0 ? a : b)),
    );
    above = add(
      above,
      values.reduce((a, b) => (compare(a, b) >= 0 ? a : b)),
    );
  });
  const middle = dot((k) => linear[k]!, centre);
  const spread = dot((k) => absolute(linear[k]!), halves);
  return sign(add(below, add(middle, negate(spread)))) > 0 || sign(add(above, add(middle, spread))) < 0;
}

function absolute(x: Rational): Rational {
  return sign(x) < 0 ? negate(x) : x;
}
