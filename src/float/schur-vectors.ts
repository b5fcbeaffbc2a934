import { divide } from "./complex.ts";
import type { SchurForm } from "./schur-form.ts";

const ULP = 2 ** -52;
const TINY = 2 ** -300;
const RESCALE_ABOVE = 2 ** 300;

/**
 * A right eigenvector of the quasi-triangular T of a Schur form for the eigenvalue at diagonal position p, by back
 * substitution; for a complex pair p is the first of its two rows. A pivot that is zero (repeated eigenvalues) is
 * replaced by a tiny one, so that a defective eigenvalue gives nearly parallel vectors with small residuals, as in
 * LAPACK's dtrevc.
 *
 * @returns real and imaginary part, each of length n, of any finite size.
 */
export function quasiTriangularVector(
  form: Pick<SchurForm, "T" | "re" | "im">,
  n: number,
  p: number,
): [Float64Array, Float64Array] {
  const { T, re, im } = form;
  const xr = new Float64Array(n);
  const xi = new Float64Array(n);
  const lambda: Complex = [re[p]!, im[p]!];
  const smallest = Math.max(ULP * (Math.abs(lambda[0]) + Math.abs(lambda[1])), TINY);
  setLastRows(form, n, p, xr, xi);
  const end = im[p] === 0 ? p + 1 : p + 2;
  for (let i = p - 1; i >= 0; i--) {
    if (im[i] === 0) {
      const [sr, si] = rightHandSide(T, n, i, xr, xi, i + 1, end);
      const [dr, di] = awayFromZero(T[i * n + i]! - lambda[0], -lambda[1], smallest);
      [xr[i], xi[i]] = divide(sr, si, dr, di);
    } else {
      const j = i - 1;
      const above = rightHandSide(T, n, j, xr, xi, i + 1, end);
      const below = rightHandSide(T, n, i, xr, xi, i + 1, end);
      const block: Block = [T[j * n + j]!, T[j * n + i]!, T[i * n + j]!];
      [[xr[j], xi[j]], [xr[i], xi[i]]] = solveBlock(block, lambda, above, below, smallest);
      i = j;
    }
    rescale(xr, xi, i, end);
  }
  return [xr, xi];
}

type Complex = [re: number, im: number];

/** Row i of −T x over the part [from, end) of x, which is known. */
function rightHandSide(
  T: Float64Array,
  n: number,
  i: number,
  xr: Float64Array,
  xi: Float64Array,
  from: number,
  end: number,
): Complex {
  let sr = 0;
  let si = 0;
  for (let k = from; k < end; k++) {
    sr -= T[i * n + k]! * xr[k]!;
    si -= T[i * n + k]! * xi[k]!;
  }
  return [sr, si];
}

/** The rows of the vector at the eigenvalue's own diagonal block. */
function setLastRows(
  { T, im }: Pick<SchurForm, "T" | "im">,
  n: number,
  p: number,
  xr: Float64Array,
  xi: Float64Array,
): void {
  const wi = im[p]!;
  if (wi === 0) {
    xr[p] = 1;
    return;
  }
  const b = T[p * n + p + 1]!;
  const c = T[(p + 1) * n + p]!;
  if (Math.abs(b) >= Math.abs(c)) {
    xr[p] = 1;
    xi[p + 1] = wi / b;
  } else {
    xr[p] = -wi / c;
    xi[p + 1] = 1;
  }
}

/** A standard block [[d, b], [c, d]]. */
type Block = readonly [d: number, b: number, c: number];

/** Solves (block − λ) x = s, eliminating with the larger of the first column's two entries. */
function solveBlock(
  [d, b, c]: Block,
  [wr, wi]: Complex,
  [s1r, s1i]: Complex,
  [s2r, s2i]: Complex,
  smallest: number,
): [Complex, Complex] {
  const dr = d - wr;
  const di = -wi;
  if (Math.abs(dr) + Math.abs(di) >= Math.abs(c)) {
    const [fr, fi] = divide(c, 0, dr, di);
    const [pr, pi] = awayFromZero(dr - fr * b, di - fi * b, smallest);
    const x2 = divide(s2r - (fr * s1r - fi * s1i), s2i - (fr * s1i + fi * s1r), pr, pi);
    return [divide(s1r - b * x2[0], s1i - b * x2[1], dr, di), x2];
  }
  const fr = dr / c;
  const fi = di / c;
  const [pr, pi] = awayFromZero(b - (fr * dr - fi * di), -(fr * di + fi * dr), smallest);
  const x2 = divide(s1r - (fr * s2r - fi * s2i), s1i - (fr * s2i + fi * s2r), pr, pi);
  return [[(s2r - (dr * x2[0] - di * x2[1])) / c, (s2i - (dr * x2[1] + di * x2[0])) / c], x2];
}

function awayFromZero(re: number, im: number, smallest: number): Complex {
  return Math.abs(re) + Math.abs(im) < smallest ? [smallest, 0] : [re, im];
}

function rescale(xr: Float64Array, xi: Float64Array, from: number, end: number): void {
  let large = 0;
  for (let k = from; k < end; k++) large = Math.max(large, Math.abs(xr[k]!), Math.abs(xi[k]!));
  if (large <= RESCALE_ABOVE) return;
  for (let k = from; k < end; k++) {
    xr[k]! /= large;
    xi[k]! /= large;
  }
}

/**
 * The Schur form of the transpose: Tᵀ with rows and columns in reverse order is quasi-triangular again. Its right
 * eigenvectors, reversed, are those of Tᵀ, that is the conjugates of T's left ones.
 */
export function reversedTranspose({ T, re, im }: Pick<SchurForm, "T" | "re" | "im">, n: number) {
  const flipped = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) flipped[i * n + j] = T[(n - 1 - j) * n + (n - 1 - i)]!;
  const flippedRe = re.slice().reverse();
  // a reversed pair still lists its positive imaginary part first
  const flippedIm = im.slice().reverse();
  for (let i = 0; i < n; i++) flippedIm[i] = flippedIm[i] === 0 ? 0 : -flippedIm[i]!;
  return { T: flipped, re: flippedRe, im: flippedIm };
}
