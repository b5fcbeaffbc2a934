import { solveAffine, solveFractionFree } from "../exact/elimination.ts";
import { relativeInterior, restrict } from "../exact/hull.ts";
import { lowestExponentOf, scaleToIntegers } from "../exact/integers.ts";
import { closedRegion, indices } from "../exact/region.ts";
import { bitLength, toIntegers } from "../model/dyadic.ts";
import type { ExactNumber } from "../model/exact-number.ts";
import { bit } from "../model/mask.ts";
import { exponentOf } from "../model/power-of-two.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";

/**
 * Decides in integers whether closed regions hold fixed points. The code is neither that of the stages, whose verdicts
 * are compared with this one, nor that of the finish.
 *
 * Let U and h be integers times 2^e, V integers times 2^v, and M and g integers times 2^m. Then the region's system
 * (M + VᵀDU) z = VᵀDh + g, multiplied by 2^-min(e + v, m), is in integers. The sum over the mask takes R
 * multiplications a hyperplane, not R(R + 1), since (u_j, h_j) is one long integer Σ_k x_k 2^{kW}, with W bits enough
 * for any of the sums.
 */
export class ExactDecision {
  readonly #system: PiecewiseLinearSystem;
  /** N×(R + 1): u_j, then h_j. */
  readonly #rows: LateIntegers;
  /** N×R. */
  readonly #v: LateIntegers;
  /**
   * R×(R + 1): a row of M, then an entry of g; and by how many bits sums of products v·u are shifted to the left before
   * they are added.
   */
  readonly #base: readonly bigint[];
  readonly #raise: bigint;
  /** N: rows as one integer each, with fields of W bits. */
  readonly #packed: (bigint | undefined)[];
  readonly #fieldBits: number;

  constructor(system: PiecewiseLinearSystem) {
    const { latentDim: R, hyperplanes: N, U, h, V, M, g } = system;
    this.#system = system;
    const numbers = new Array<ExactNumber>(N * (R + 1));
    for (let j = 0; j < N; j++) {
      for (let k = 0; k < R; k++) numbers[j * (R + 1) + k] = U[j * R + k]!;
      numbers[j * (R + 1) + R] = h.get(j);
    }
    const rows = new LateIntegers(numbers);
    const v = new LateIntegers(V.numbers());
    const base = scaleToIntegers(
      Array.from({ length: R * (R + 1) }, (_, at) => {
        const [i, k] = [Math.floor(at / (R + 1)), at % (R + 1)];
        return k < R ? M.get(i * R + k) : g.get(i);
      }),
    );
    const exponent = Math.min(base.exponent, rows.exponent + v.exponent);
    this.#rows = rows;
    this.#v = v;
    this.#base = base.values.map((x) => x << BigInt(base.exponent - exponent));
    this.#raise = BigInt(rows.exponent + v.exponent - exponent);
    this.#fieldBits = rows.bits + v.bits + Math.ceil(Math.log2(N + 1)) + 2;
    this.#packed = new Array(N);
  }

  #packedRow(j: number): bigint {
    let packed = this.#packed[j];
    if (packed === undefined) {
      const { latentDim: R } = this.#system;
      packed = 0n;
      for (let k = R; k >= 0; k--) packed = (packed << BigInt(this.#fieldBits)) + this.#rows.at(j * (R + 1) + k);
      this.#packed[j] = packed;
    }
    return packed;
  }

  /** @param mask one bit per hyperplane of the system. */
  holdsFixedPoint(mask: Uint32Array): boolean {
    const { latentDim: R } = this.#system;
    const { J, b } = this.#form(mask);
    const solution = solveFractionFree(J, R, b, 1);
    if (solution !== undefined) return this.#isInside(mask, solution.X, solution.determinant);
    const solutions = solveAffine(J, R, R, b);
    if (solutions === undefined) return false;
    return relativeInterior(restrict(closedRegion(this.#hyperplanes(), mask), solutions)) !== undefined;
  }

  #form(mask: Uint32Array): { J: bigint[]; b: bigint[] } {
    const { latentDim: R } = this.#system;
    const sums = new Array<bigint>(R).fill(0n);
    for (const j of indices(mask)) {
      const row = this.#packedRow(j);
      for (let i = 0; i < R; i++) sums[i]! += this.#v.at(j * R + i) * row;
    }
    const J: bigint[] = [];
    const b: bigint[] = [];
    sums.forEach((sum, i) => {
      let rest = sum;
      for (let k = 0; k <= R; k++) {
        const field = BigInt.asIntN(this.#fieldBits, rest);
        rest = (rest - field) >> BigInt(this.#fieldBits);
        (k < R ? J : b).push((field << this.#raise) + this.#base[i * (R + 1) + k]!);
      }
    });
    return { J, b };
  }

  /** Whether X/d lies on the closed side of every hyperplane. */
  #isInside(mask: Uint32Array, X: readonly bigint[], d: bigint): boolean {
    const { latentDim: R, hyperplanes: N } = this.#system;
    const width = R + 1;
    for (let j = 0; j < N; j++) {
      let side = -this.#rows.at(j * width + R) * d;
      for (let k = 0; k < R; k++) side += this.#rows.at(j * width + k) * X[k]!;
      if (side !== 0n && (side > 0n === d > 0n) !== (bit(mask, j) === 1)) return false;
    }
    return true;
  }

  #hyperplanes() {
    const { latentDim: dim, hyperplanes: count } = this.#system;
    const width = dim + 1;
    return {
      dim,
      count,
      normals: Array.from({ length: count }, (_, j) =>
        Array.from({ length: dim }, (_, k) => this.#rows.at(j * width + k)),
      ),
      offsets: Array.from({ length: count }, (_, j) => this.#rows.at(j * width + dim)),
      exponents: new Array<number>(count).fill(0),
    };
  }
}

/** Numbers as integers times one power of two, each made when it is first asked for: most audits need few. */
class LateIntegers {
  /** Of the lowest bit of all numbers, 0 if all are zero. */
  readonly exponent: number;
  /** The bits of the longest integer. */
  readonly bits: number;
  readonly #numbers: ArrayLike<ExactNumber>;
  readonly #integers: (bigint | undefined)[];
  readonly #toInteger: (x: number) => bigint;

  constructor(numbers: ArrayLike<ExactNumber>) {
    const lowest = lowestExponentOf(numbers);
    this.exponent = Number.isFinite(lowest) ? lowest : 0;
    let bits = 0;
    for (let i = 0; i < numbers.length; i++) {
      const x = numbers[i]!;
      if (typeof x !== "number") bits = Math.max(bits, bitLength(x.m) + x.e - this.exponent);
      else if (x !== 0) bits = Math.max(bits, exponentOf(Math.abs(x)) + 1 - this.exponent);
    }
    this.bits = bits;
    this.#numbers = numbers;
    this.#integers = new Array(numbers.length);
    this.#toInteger = toIntegers(this.exponent);
  }

  at(i: number): bigint {
    let integer = this.#integers[i];
    if (integer === undefined) {
      const x = this.#numbers[i]!;
      integer = typeof x === "number" ? this.#toInteger(x) : x.m << BigInt(x.e - this.exponent);
      this.#integers[i] = integer;
    }
    return integer;
  }
}
