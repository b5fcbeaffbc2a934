import { compareRationals, type Rational, rational } from "../oracle/integers.ts";
import type { Random } from "../support/random.ts";
import type { Raw } from "./models.ts";

/**
 * A model built so that its births and deaths over an input are known as fractions before any of its regions is solved.
 */
export interface Constructed {
  readonly model: Raw;
  readonly from: number;
  readonly to: number;
  /** Ascending. */
  readonly changes: readonly Rational[];
  readonly counts: readonly number[];
  /** Fixed points born plus those that die, inside the range. */
  readonly birthsAndDeaths: number;
}

/** y' = α y + a clip(y) + c s + d along one direction, where clip keeps to [−½, ½]. All but c are multiples of 1/16. */
interface Ramp {
  readonly alpha: Rational;
  readonly a: Rational;
  readonly c: Rational;
  readonly d: Rational;
  /** c, or c/(1 − α) for an input through the units: the weight that the model has. */
  readonly weight: Rational;
}

/**
 * R independent ramps, seen in other coordinates z = T y with a whole-number T of determinant 1.
 *
 * Along one direction with a > 1 − α, the fixed points are: one at the lower end, where (1 − α)
 * y = −a/2 + q ≤ −(1 − α)/2 for q = c s + d; one at the upper, where a/2 + q ≥ (1 − α)/2; one between, where both hold.
 * So there are three for |q| < (a + α − 1)/2 and one for |q| beyond, and the whole model has the product of the numbers
 * of all directions.
 *
 * @param through where the input goes: added to z' (C), or to the units' arguments (Wu). Then y' = α y + a clip(y + w
 *   s) + d, which is x' = α x + a clip(x) + (1 − α) w s + d for x = y + w s.
 */
export function constructed(random: Random, R: number, through: "C" | "units"): Constructed {
  const ramps = Array.from({ length: R }, () => randomRamp(random, through));
  const { T, inverse } = unimodular(random, R);
  const to = 2;
  const number = ({ n, d }: Rational): number => Number(n) / Number(d);
  const columns = (rows: readonly (readonly number[])[], k: number): number[] => rows.map((row) => row[k]!);
  // a clip(y) = a relu(y + ½) − a relu(y − ½) − a/2
  const U = ramps.flatMap((_, k) => [inverse[k]!, inverse[k]!]);
  const V = ramps.flatMap(({ a }, k) => [1, -1].map((sign) => columns(T, k).map((x) => sign * number(a) * x)));
  const hx = ramps.flatMap(() => [-0.5, 0.5]);
  const offset = ramps.map(({ a, d }) => number(a) / 2 - number(d));
  const hz = T.map((row) => row.reduce((sum, x, k) => sum + x * offset[k]!, 0));
  const A = T.map((row) =>
    inverse.map((_, j) => row.reduce((sum, x, k) => sum + x * number(ramps[k]!.alpha) * inverse[k]![j]!, 0)),
  );
  const drive = T.map((row) => [row.reduce((sum, x, k) => sum + x * number(ramps[k]!.weight), 0)]);
  const shift = ramps.flatMap(({ weight }) => [[number(weight)], [number(weight)]]);
  const folds = ramps
    .flatMap((ramp) => foldsOf(ramp))
    .filter(
      (s) => compareRationals(s, rational(-BigInt(to), 1n)) > 0 && compareRationals(s, rational(BigInt(to), 1n)) < 0,
    )
    .sort(compareRationals);
  // two directions that fold at one s would make one change of two
  if (folds.some((s, i) => i > 0 && compareRationals(s, folds[i - 1]!) === 0)) return constructed(random, R, through);
  const ends = [rational(-BigInt(to), 1n), ...folds, rational(BigInt(to), 1n)];
  const counts = ends.slice(1).map((end, i) => countAt(ramps, middle(ends[i]!, end)));
  return {
    model: { A, U, V, hx, hz, ...(through === "C" ? { C: drive } : { Wu: shift }) },
    from: -to,
    to,
    changes: folds,
    counts,
    birthsAndDeaths: counts.slice(1).reduce((sum, count, i) => sum + Math.abs(count - counts[i]!), 0),
  };
}

function randomRamp(random: Random, through: "C" | "units"): Ramp {
  const alpha = rational(BigInt(random.integer(-1, 2)), 4n);
  const steepness = minus(rational(1n, 1n), alpha);
  const a = plus(steepness, rational(BigInt(random.integer(1, 6)), 4n));
  const weight = rational(BigInt(random.sign()) * random.pick([3n, 5n, 7n, 9n, 11n, 13n]), 4n);
  const c = through === "C" ? weight : rational(weight.n * steepness.n, weight.d * steepness.d);
  return { alpha, a, c, d: rational(BigInt(random.integer(-8, 8)), 16n), weight };
}

/** c s + d = ±(a + α − 1)/2. */
function foldsOf({ alpha, a, c, d }: Ramp): Rational[] {
  const twice = minus(plus(a, alpha), rational(1n, 1n));
  return [1n, -1n].map((sign) => {
    const q = minus(rational(sign * twice.n, 2n * twice.d), d);
    return rational(q.n * c.d, q.d * c.n);
  });
}

function countAt(ramps: readonly Ramp[], s: Rational): number {
  return ramps.reduce((product, ramp) => {
    const [one, other] = foldsOf(ramp).sort(compareRationals);
    return product * (compareRationals(one!, s) < 0 && compareRationals(s, other!) < 0 ? 3 : 1);
  }, 1);
}

function plus(x: Rational, y: Rational): Rational {
  return rational(x.n * y.d + y.n * x.d, x.d * y.d);
}

function minus(x: Rational, y: Rational): Rational {
  return plus(x, rational(-y.n, y.d));
}

function middle(x: Rational, y: Rational): Rational {
  return rational(plus(x, y).n, 2n * plus(x, y).d);
}

/** A whole-number matrix of determinant 1 and its inverse, both small, from a few additions of one row to another. */
function unimodular(random: Random, R: number): { T: number[][]; inverse: number[][] } {
  const identity = (): number[][] =>
    Array.from({ length: R }, (_, i) => Array.from({ length: R }, (_, j) => Number(i === j)));
  const T = identity();
  const inverse = identity();
  for (let step = 0; R > 1 && step < R; step++) {
    const from = random.integer(0, R - 1);
    const to = (from + random.integer(1, R - 1)) % R;
    const by = random.sign();
    // T ← (I + by·E_{to,from}) T, inverse ← inverse (I − by·E_{to,from})
    for (let k = 0; k < R; k++) T[to]![k]! += by * T[from]![k]!;
    for (const row of inverse) row[from]! -= by * row[to]!;
  }
  return { T, inverse };
}
