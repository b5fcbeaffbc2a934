import { add, multiply, negate, ofDyadic, ofNumber, type Rational, subtract, ZERO } from "../../src/exact/rational.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";

/** A point of an orbit. */
export type Point = readonly Rational[];

const ONE: Rational = { n: 1n, d: 1n };

/** F(z) = z + G(z), in rationals. */
export class ExactMap {
  readonly R: number;
  readonly N: number;
  readonly #A: Rational[];
  readonly #c: Rational[];
  readonly #U: Rational[];
  readonly #V: Rational[];
  readonly #h: Rational[];

  constructor({ latentDim: R, hyperplanes: N, M, g, U, V, h }: PiecewiseLinearSystem) {
    this.R = R;
    this.N = N;
    this.#A = M.toDyadics().map((x, at) => (at % (R + 1) === 0 ? add(ofDyadic(x), ONE) : ofDyadic(x)));
    this.#c = g.toDyadics().map((x) => negate(ofDyadic(x)));
    this.#U = Array.from(U, ofNumber);
    this.#V = V.toDyadics().map(ofDyadic);
    this.#h = h.toDyadics().map(ofDyadic);
  }

  /** u_j·z − h_j for all j. */
  arguments(z: Point): Rational[] {
    return Array.from({ length: this.N }, (_, j) => subtract(this.#dot(j, z), this.#h[j]!));
  }

  #dot(j: number, z: Point): Rational {
    return z.reduce((sum, x, i) => add(sum, multiply(this.#U[j * this.R + i]!, x)), ZERO);
  }

  /** F(z). */
  at(z: Point): Rational[] {
    const x = this.arguments(z);
    return Array.from({ length: this.R }, (_, i) => {
      let sum = z.reduce((total, y, n) => add(total, multiply(this.#A[i * this.R + n]!, y)), this.#c[i]!);
      x.forEach((value, j) => {
        if (value.n > 0n) sum = add(sum, multiply(this.#V[j * this.R + i]!, value));
      });
      return sum;
    });
  }
}

/** Whether some shift of the orbit of z lies in the closed regions of one of the words. */
export function isCovered(map: ExactMap, z: Point, k: number, words: readonly (readonly Uint32Array[])[]): boolean {
  const orbit: Rational[][] = [];
  let point: Point = z;
  for (let t = 0; t < k; t++) {
    orbit.push(map.arguments(point));
    point = map.at(point);
  }
  const closes = point.every((x, i) => x.n === z[i]!.n && x.d === z[i]!.d);
  if (!closes) throw new RangeError("the orbit does not close");
  return words.some(
    (word) =>
      word.length === k &&
      orbit.some((_, shift) =>
        word.every((mask, t) =>
          orbit[(t + shift) % k]!.every((x, j) => {
            const above = (mask[j >>> 5]! >>> (j & 31)) & 1;
            return above === 1 ? x.n >= 0n : x.n <= 0n;
          }),
        ),
      ),
  );
}
