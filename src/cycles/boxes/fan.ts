/** In more dimensions the directions of a fan are the axes alone. */
const MOST_SIGNED = 5;
/** Parts of an eighth of a turn in two dimensions: an image is turned in every step, and each turn costs a share. */
const PARTS_OF_PLANE = 4;

/**
 * Directions d_0, …, d_{m−1} and their opposites, so that every vector is Σ λ_i d_i with λ ≥ 0 and at most R terms. So a
 * norm is known to be at most Σ λ_i |d_i| of its values on them.
 *
 * They are the vectors with entries −1, 0, 1: with |a_p| ≥ |a_q| ≥ …, a = (|a_p| − |a_q|) σ_p e_p + (|a_q| − …)(σ_p e_p +
 * σ_q e_q) + …. In two dimensions each of their eight cones is cut into smaller ones by e_p + (n/4) σ_q e_q.
 */
export class Fan {
  readonly dim: number;
  /** m: the axes first. */
  readonly count: number;
  /** m×R. */
  readonly directions: Float64Array;
  /** Of the last vector that was split: how much of which directions, R of each. */
  readonly shares: Float64Array;
  readonly places: Int32Array;
  /** The place of a vector of signs by Σ 3^i (sign_i + 1), the same for the opposite one. */
  readonly #places: Int32Array;
  readonly #order: Int32Array;
  readonly #signed: boolean;

  constructor(R: number) {
    this.dim = R;
    this.shares = new Float64Array(R);
    this.places = new Int32Array(R);
    this.#order = new Int32Array(R);
    this.#signed = R <= MOST_SIGNED;
    this.#places = new Int32Array(this.#signed ? 3 ** R : 0);
    const rows: number[][] = Array.from({ length: R }, (_, i) =>
      Array.from({ length: R }, (_, k) => (i === k ? 1 : 0)),
    );
    if (R === 2) rows.push(...directionsOfPlane());
    else if (this.#signed) rows.push(...this.#signVectors());
    this.count = rows.length;
    this.directions = Float64Array.from(rows.flat());
  }

  /** Vectors of signs with more than one entry that is not 0, the first of them 1; notes the places of all. */
  #signVectors(): number[][] {
    const R = this.dim;
    const rows: number[][] = [];
    const middle = (3 ** R - 1) / 2;
    for (let code = middle + 1; code < 3 ** R; code++) {
      const row = Array.from({ length: R }, (_, i) => (Math.floor(code / 3 ** i) % 3) - 1);
      const axes = row.filter((x) => x !== 0).length;
      const place = axes === 1 ? row.findIndex((x) => x !== 0) : R + rows.length;
      this.#places[code] = place;
      this.#places[2 * middle - code] = place;
      if (axes > 1) rows.push(row);
    }
    return rows;
  }

  /**
   * Writes shares λ and places with a = Σ λ_i d_i, up to signs, to `shares` and `places`; shares are too small by at most a
   * rounding of their own.
   * @param a R numbers from `at` on, `step` apart.
   */
  split(a: Float64Array, at = 0, step = 1): void {
    const R = this.dim;
    const { shares, places } = this;
    if (R === 2) {
      this.#splitInPlane(a[at]!, a[at + step]!);
      return;
    }
    if (!this.#signed) {
      for (let i = 0; i < R; i++) {
        shares[i] = Math.abs(a[at + i * step]!);
        places[i] = i;
      }
      return;
    }
    const order = this.#order;
    for (let i = 0; i < R; i++) {
      const size = Math.abs(a[at + i * step]!);
      let k = i;
      for (; k > 0 && shares[k - 1]! < size; k--) {
        shares[k] = shares[k - 1]!;
        order[k] = order[k - 1]!;
      }
      shares[k] = size;
      order[k] = i;
    }
    let code = (3 ** R - 1) / 2;
    for (let k = 0; k < R; k++) {
      const i = order[k]!;
      code += a[at + i * step]! < 0 ? -POWERS[i]! : POWERS[i]!;
      places[k] = this.#places[code]!;
      if (k + 1 < R) shares[k]! -= shares[k + 1]!;
    }
  }

  /** Between (n + 1)-th and n-th ray of the eighth that a vector is in. */
  #splitInPlane(a: number, b: number): void {
    const { shares, places } = this;
    const x = Math.abs(a);
    const y = Math.abs(b);
    const isSteep = y > x;
    const long = isSteep ? y : x;
    const short = isSteep ? x : y;
    // not a number where the vector is 0 or has none
    const part = Math.min(PARTS_OF_PLANE - 1, Math.floor((PARTS_OF_PLANE * short) / long)) || 0;
    // long = λ + μ, short = (λ part + μ(part + 1))/PARTS; each errs by less than 2^-49 long
    const upper = PARTS_OF_PLANE * short - part * long;
    const room = long * 2 ** -49;
    shares[0] = Math.max(0, long - upper) + room;
    shares[1] = Math.max(0, upper) + room;
    const isOpposite = a < 0 !== b < 0;
    places[0] = placeInPlane(isSteep, isOpposite, part);
    places[1] = placeInPlane(isSteep, isOpposite, part + 1);
  }
}

const POWERS = Array.from({ length: MOST_SIGNED }, (_, i) => 3 ** i);

/** The axes are places 0 and 1; then the two diagonals, then n = 1, … of the four kinds of eighths. */
function placeInPlane(isSteep: boolean, isOpposite: boolean, n: number): number {
  if (n === 0) return isSteep ? 1 : 0;
  if (n === PARTS_OF_PLANE) return isOpposite ? 3 : 2;
  return 4 + ((isSteep ? 2 : 0) + (isOpposite ? 1 : 0)) * (PARTS_OF_PLANE - 1) + (n - 1);
}

function directionsOfPlane(): number[][] {
  const rows = [
    [1, 1],
    [1, -1],
  ];
  for (const isSteep of [false, true]) {
    for (const sign of [1, -1]) {
      for (let n = 1; n < PARTS_OF_PLANE; n++) {
        const part = n / PARTS_OF_PLANE;
        rows.push(isSteep ? [part, sign] : [1, sign * part]);
      }
    }
  }
  return rows;
}
