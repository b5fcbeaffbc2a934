/** The permutation and the scaling of a balanced matrix; `undoRight` and `undoLeft` transform eigenvectors back. */
export interface Balancing {
  /** Rows and columns outside [lo, hi) are already triangular: their diagonal entries are eigenvalues. */
  readonly lo: number;
  readonly hi: number;
  /** Exchanges of rows and columns, in the order made. */
  readonly swaps: readonly (readonly [number, number])[];
  /** Powers of two: the balanced matrix is S⁻¹ Pᵀ A P S. */
  readonly scale: Float64Array;
}

const SMALLEST_SCALE = 2 ** -400;
const LARGEST_SCALE = 2 ** 400;
const MAX_SWEEPS = 200;

/**
 * Balances a row-major n×n matrix in place: permutes isolated eigenvalues to the ends, then scales rows and columns by
 * powers of two until their 2-norms are similar. Exact except for underflow.
 *
 * The algorithm is LAPACK's dgebal since 3.5.0 (James, Langou, Lowery, "On matrix balancing and eigenvector
 * computation", 2014): the norms include the diagonal, which avoids Watkins's cases where balancing does harm.
 */
export function balance(a: Float64Array, n: number): Balancing {
  const { lo, hi, swaps } = isolate(a, n);
  return { lo, hi, swaps, scale: equilibrate(a, n, lo, hi) };
}

/** Exchanges rows and columns until isolated eigenvalues stand outside [lo, hi). */
function isolate(a: Float64Array, n: number): Omit<Balancing, "scale"> {
  const swaps: [number, number][] = [];
  let lo = 0;
  let hi = n;
  for (let i = hi - 1; i >= lo; i--) {
    if (!isAlone(a, i, lo, hi, i * n, 1)) continue;
    exchange(a, n, i, --hi, swaps);
    i = hi;
  }
  for (let j = lo; j < hi; j++) {
    if (!isAlone(a, j, lo, hi, j, n)) continue;
    exchange(a, n, j, lo++, swaps);
    j = lo - 1;
  }
  return { lo, hi, swaps };
}

/** Whether a row or a column, at places start + k·step, is zero in [lo, hi) but for its own entry. */
function isAlone(a: Float64Array, own: number, lo: number, hi: number, start: number, step: number): boolean {
  for (let k = lo; k < hi; k++) if (k !== own && a[start + k * step] !== 0) return false;
  return true;
}

/** Exchanges two rows and the same columns. */
function exchange(a: Float64Array, n: number, i: number, j: number, swaps: [number, number][]): void {
  if (i === j) return;
  swaps.push([i, j]);
  for (let k = 0; k < n; k++) [a[i * n + k], a[j * n + k]] = [a[j * n + k]!, a[i * n + k]!];
  for (let k = 0; k < n; k++) [a[k * n + i], a[k * n + j]] = [a[k * n + j]!, a[k * n + i]!];
}

/** Scales rows and columns [lo, hi) until their 2-norms are similar; the scales of all. */
function equilibrate(a: Float64Array, n: number, lo: number, hi: number): Float64Array {
  const scale = new Float64Array(n).fill(1);
  let changed = true;
  for (let sweep = 0; changed && sweep < MAX_SWEEPS; sweep++) {
    changed = false;
    for (let i = lo; i < hi; i++) {
      const f = factorOf(a, n, lo, hi, i, scale[i]!);
      if (f === 1) continue;
      scale[i]! *= f;
      for (let k = 0; k < n; k++) a[i * n + k]! /= f;
      for (let k = 0; k < n; k++) a[k * n + i]! *= f;
      changed = true;
    }
  }
  return scale;
}

/** The power of two that brings row and column i to similar norms; 1 where little is gained. */
function factorOf(a: Float64Array, n: number, lo: number, hi: number, i: number, scale: number): number {
  let column = 0;
  let row = 0;
  for (let k = lo; k < hi; k++) {
    column += a[k * n + i]! * a[k * n + i]!;
    row += a[i * n + k]! * a[i * n + k]!;
  }
  let c = Math.sqrt(column);
  let r = Math.sqrt(row);
  if (c === 0 || r === 0) return 1;
  const before = c + r;
  let f = 1;
  while (c < r / 2 && scale * f < LARGEST_SCALE) {
    f *= 2;
    c *= 2;
    r /= 2;
  }
  while (c / 2 >= r && scale * f > SMALLEST_SCALE) {
    f /= 2;
    c /= 2;
    r *= 2;
  }
  return c + r >= 0.95 * before ? 1 : f;
}

/** x → P S x, in place: from a right eigenvector of the balanced matrix to one of the original. */
export function undoRight(balancing: Balancing, x: Float64Array): void {
  for (let i = 0; i < x.length; i++) x[i]! *= balancing.scale[i]!;
  undoSwaps(balancing, x);
}

/** y → P S⁻¹ y, in place: from a left eigenvector of the balanced matrix to one of the original. */
export function undoLeft(balancing: Balancing, y: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i]! /= balancing.scale[i]!;
  undoSwaps(balancing, y);
}

function undoSwaps({ swaps }: Balancing, x: Float64Array): void {
  for (let s = swaps.length - 1; s >= 0; s--) {
    const [i, j] = swaps[s]!;
    [x[i], x[j]] = [x[j]!, x[i]!];
  }
}
