/** What is known of a box that was done and split. */
export interface SplitBox {
  /** The part of all units that the box leaves undecided: 0 to 1. */
  readonly undecided: number;
  /** How near its functional came to discarding it (`nearness` of a search): 0 to 1. */
  readonly nearness: number;
  /** The share of the whole search's volume that each of its parts is. */
  readonly share: number;
}

const TERMS = 10;
/** No undecided units count as this part of all, so that there is a logarithm. */
const LEAST_UNDECIDED = 0.002;
/** Binary logarithms of shares are this large. */
const LOGARITHMS = 10;
/**
 * The coefficients before any box has told: rounded from least squares on real models in 3 to 6 dimensions. They count
 * as much as so many boxes.
 */
const BEFOREHAND = [0, 3.5, -5, 1.3, 0, 0, 0, 0, 0, 0];
const BOXES_BEFOREHAND = 3;
/**
 * A polynomial that was fitted to large boxes may be of any size at slender ones. Sums of outlooks must be finite, and
 * none may be 0: a box without a chance is in no sample.
 */
const MOST_LOGARITHM = 300;
/** Keeps the constant term, of which nothing is known beforehand, from being undetermined. */
const BARELY = 1e-9;

/**
 * How many boxes are below a box, up to a factor that all boxes have in common: the logarithm of the number is a
 * polynomial of degree 2 in what is known of a box, fitted to boxes whose numbers have been estimated. On real models
 * it errs by a factor of about 3, where the numbers differ by factors of 10^5.
 */
export class Outlook {
  #coefficients: readonly number[] = BEFOREHAND;
  /** The normal equations of the fit. */
  readonly #matrix = Array.from({ length: TERMS }, (_, i) =>
    Array.from({ length: TERMS }, (_, k) => (i !== k ? 0 : i === 0 ? BARELY : BOXES_BEFOREHAND)),
  );
  readonly #right = new Array<number>(TERMS).fill(0);

  /** The boxes below, up to a factor: between e^±`MOST_LOGARITHM`. */
  of(box: SplitBox): number {
    const logarithm = product(termsOf(box), this.#coefficients);
    return Math.exp(Math.max(-MOST_LOGARITHM, Math.min(logarithm, MOST_LOGARITHM)));
  }

  /** Takes the estimated number of boxes below a box. */
  learn(box: SplitBox, below: number): void {
    const terms = termsOf(box);
    const rest = Math.log(below) - product(terms, BEFOREHAND);
    for (let i = 0; i < TERMS; i++) {
      this.#right[i]! += terms[i]! * rest;
      for (let k = 0; k < TERMS; k++) this.#matrix[i]![k]! += terms[i]! * terms[k]!;
    }
  }

  /** Fits the polynomial to all that was learned. */
  fit(): void {
    const change = solved(this.#matrix, this.#right);
    this.#coefficients = BEFOREHAND.map((x, i) => x + change[i]!);
  }
}

function termsOf({ undecided, nearness, share }: SplitBox): number[] {
  const a = Math.log(undecided + LEAST_UNDECIDED);
  const b = nearness;
  const c = Math.log2(share) / LOGARITHMS;
  return [1, a, b, c, a * a, b * b, c * c, a * b, a * c, b * c];
}

function product(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}

/** Solves a positive definite system, by elimination without pivoting. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  const n = rows.length;
  for (let p = 0; p < n; p++) {
    for (let i = 0; i < n; i++) {
      if (i === p) continue;
      const factor = rows[i]![p]! / rows[p]![p]!;
      for (let k = p; k <= n; k++) rows[i]![k]! -= factor * rows[p]![k]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}
