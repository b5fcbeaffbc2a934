import type { OpenBox } from "../roots/problem.ts";

/** What tells of the boxes below an open box. */
export interface Clues {
  /** The part of all units that the box which it is a part of left undecided: 0 to 1. */
  readonly undecided: number;
  /** How near that box's functional came to discarding it (`nearness` of a search): 0 to 1. */
  readonly nearness: number;
  /** How often a coordinate was halved, on the average. */
  readonly halvings: number;
}

export function cluesOf({ lo, undecided, pieces, nearness, share }: OpenBox): Clues {
  return {
    undecided: undecided.length / Math.max(1, pieces.length),
    nearness,
    halvings: (0 - Math.log2(share)) / Math.max(1, lo.length),
  };
}

const TERMS = 10;
/** No undecided units count as this part of all, and no decided ones too, so that there is a logarithm of the odds. */
const LEAST = 0.002;
/** The logarithm of the odds is up to about this, and a coordinate is halved about so often. */
const ODDS = 6;
const HALVINGS = 10;
/**
 * The coefficients before any box has told: rounded from a fit to the true numbers of real models in 3 to 7 dimensions.
 * They count as much as so many boxes.
 */
const BEFOREHAND = [7.3, 6, -13, -2, 0, -2.4, -6, 6.6, 1.6, 0];
const BOXES_BEFOREHAND = 3;
/**
 * A polynomial that was fitted to large boxes may be of any size at slender ones. Sums of outlooks must be finite, and
 * none may be 0: a box without a chance is in no sample.
 */
const MOST_LOGARITHM = 300;
/** Keeps the constant term from being undetermined: boxes that have told settle that term alone. */
const BARELY = 1e-9;

/**
 * How many boxes there are below an open box, with the box itself. The logarithm of the number is a polynomial of
 * degree 2 in three numbers: the logarithm of the odds that a unit is undecided, the nearness, and how often a
 * coordinate was halved. Odds and not a share, as most of the work is in large boxes in which nothing is decided yet,
 * and these differ from others by the last few units.
 *
 * The numbers differ by factors of 10^6. Beforehand, what all boxes have in common may be wrong by a factor of 20, and
 * single ones beyond that by a factor of about 3. The outlook learns from boxes whose numbers are known or estimated.
 */
export class Outlook {
  #coefficients: readonly number[] = BEFOREHAND;
  /** The normal equations of the fit. */
  readonly #matrix = Array.from({ length: TERMS }, (_, i) =>
    Array.from({ length: TERMS }, (_, k) => (i !== k ? 0 : i === 0 ? BARELY : BOXES_BEFOREHAND)),
  );
  readonly #right = new Array<number>(TERMS).fill(0);

  /** The expected number of boxes of a box with these clues: between e^±`MOST_LOGARITHM`. */
  of(clues: Clues): number {
    const logarithm = product(termsOf(clues), this.#coefficients);
    return Math.exp(Math.max(-MOST_LOGARITHM, Math.min(logarithm, MOST_LOGARITHM)));
  }

  /** Takes the number of boxes of a box, or the mean of several with these clues. */
  learn(clues: Clues, boxes: number): void {
    const terms = termsOf(clues);
    const rest = Math.log(boxes) - product(terms, BEFOREHAND);
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

function termsOf({ undecided, nearness, halvings }: Clues): number[] {
  const a = Math.log((undecided + LEAST) / (1 - undecided + LEAST)) / ODDS;
  const b = nearness;
  const c = halvings / HALVINGS;
  return [1, a, b, c, a * a, a * b, a * c, b * b, b * c, c * c];
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
