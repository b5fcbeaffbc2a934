import { modulus } from "./complex.ts";

/**
 * A real Schur form A = Q T Qᵀ: T quasi-triangular, its 2×2 blocks standardised (equal diagonal, off-diagonal of
 * opposite signs).
 */
export interface SchurForm {
  /** n×n row-major, exact zeros below the blocks. */
  readonly T: Float64Array;
  /** n×n row-major, orthogonal. */
  readonly Q: Float64Array;
  /**
   * Eigenvalues in the order of the diagonal; complex pairs are adjacent exact conjugates, positive imaginary part
   * first.
   */
  readonly re: Float64Array;
  readonly im: Float64Array;
}

const ULP = 2 ** -52;

/** A block [[a, b], [c, d]] and the rotation [[cs, sn], [−sn, cs]] that it has been turned by. */
interface Block {
  a: number;
  b: number;
  c: number;
  d: number;
  cs: number;
  sn: number;
}

/**
 * Rotates rows and columns p, p+1 so that their block is triangular or has equal diagonal entries; sets its eigenvalues
 * (LAPACK's dlanv2).
 */
export function standardiseBlock({ T, Q, re, im }: SchurForm, n: number, p: number): void {
  const upper = p * n + p;
  const lower = upper + n;
  const block = { a: T[upper]!, b: T[upper + 1]!, c: T[lower]!, d: T[lower + 1]!, cs: 1, sn: 0 };
  rotate(block);
  const { a, b, c, d, cs, sn } = block;
  re[p] = a;
  re[p + 1] = d;
  const omega = c === 0 ? 0 : Math.sqrt(Math.abs(b)) * Math.sqrt(Math.abs(c));
  im[p] = omega;
  im[p + 1] = omega === 0 ? 0 : -omega;
  T[upper] = a;
  T[upper + 1] = b;
  T[lower] = c;
  T[lower + 1] = d;
  for (let j = p + 2; j < n; j++) {
    const x = T[p * n + j]!;
    const y = T[(p + 1) * n + j]!;
    T[p * n + j] = cs * x + sn * y;
    T[(p + 1) * n + j] = cs * y - sn * x;
  }
  rotateColumns(T, n, p, p, cs, sn);
  rotateColumns(Q, n, n, p, cs, sn);
}

/** Turns a block into its standard form. */
function rotate(block: Block): void {
  const { a, b, c, d } = block;
  if (c === 0) return;
  if (b === 0) {
    Object.assign(block, { a: d, b: -c, c: 0, d: a, cs: 0, sn: 1 });
    return;
  }
  const difference = a - d;
  if (difference === 0 && Math.sign(b) !== Math.sign(c)) return;
  const half = difference / 2;
  const large = Math.max(Math.abs(b), Math.abs(c));
  const lesser = Math.min(Math.abs(b), Math.abs(c)) * Math.sign(b) * Math.sign(c);
  const size = Math.max(Math.abs(half), large);
  const discriminant = (half / size) * half + (large / size) * lesser;
  if (!(discriminant >= 4 * ULP * size)) {
    equaliseDiagonal(block, difference);
    return;
  }
  const root = Math.sqrt(size) * Math.sqrt(discriminant);
  const z = half >= 0 ? half + root : half - root;
  const tau = modulus(c, z);
  Object.assign(block, { a: d + z, b: b - c, c: 0, d: d - (large / z) * lesser, cs: z / tau, sn: c / tau });
}

/** Eigenvalues that are complex, or equal but for rounding. */
function equaliseDiagonal(block: Block, difference: number): void {
  const { a, b, c, d } = block;
  const sigma = b + c;
  const tau = modulus(sigma, difference);
  const cs = Math.sqrt((1 + Math.abs(sigma) / tau) / 2);
  const sn = -(difference / 2 / (tau * cs)) * (sigma < 0 ? -1 : 1);
  const aa = a * cs + b * sn;
  const bb = -a * sn + b * cs;
  const cc = c * cs + d * sn;
  const dd = -c * sn + d * cs;
  const mean = (aa * cs + cc * sn + (-bb * sn + dd * cs)) / 2;
  Object.assign(block, { a: mean, b: bb * cs + dd * sn, c: -aa * sn + cc * cs, d: mean, cs, sn });
  if (block.c !== 0) splitEqualDiagonal(block);
}

/** Makes a block of equal diagonal entries triangular where its eigenvalues are real after all. */
function splitEqualDiagonal(block: Block): void {
  const { a: mean, b, c, cs, sn } = block;
  if (b === 0) {
    Object.assign(block, { b: -c, c: 0, cs: -sn, sn: cs });
  } else if (Math.sign(b) === Math.sign(c)) {
    const rootB = Math.sqrt(Math.abs(b));
    const rootC = Math.sqrt(Math.abs(c));
    const root = c > 0 ? rootB * rootC : -(rootB * rootC);
    const scale = 1 / Math.sqrt(Math.abs(b + c));
    const cs1 = rootB * scale;
    const sn1 = rootC * scale;
    const turned = { cs: cs * cs1 - sn * sn1, sn: cs * sn1 + sn * cs1 };
    Object.assign(block, { a: mean + root, b: b - c, c: 0, d: mean - root, ...turned });
  }
}

function rotateColumns(a: Float64Array, n: number, rows: number, p: number, cs: number, sn: number): void {
  for (let i = 0; i < rows; i++) {
    const x = a[i * n + p]!;
    const y = a[i * n + p + 1]!;
    a[i * n + p] = cs * x + sn * y;
    a[i * n + p + 1] = cs * y - sn * x;
  }
}
