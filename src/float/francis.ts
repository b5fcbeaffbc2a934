import { modulus } from "./complex.ts";
import { type SchurForm, standardiseBlock } from "./schur-form.ts";

const ULP = 2 ** -52;
/**
 * A subdiagonal entry below this is set to zero. The caller's scaling makes entries about 1, and the square of an entry
 * must not underflow.
 */
const TINY = 2 ** -480;
/** Every tenth sweep without a deflation uses an exceptional shift, made from the subdiagonal. */
const EXCEPTIONAL_EVERY = 10;

/**
 * Takes T of a form from upper Hessenberg to quasi-triangular, in place, by Francis's double-shift QR on rows
 * [lo, hi); sets their eigenvalues.
 *
 * @param cap most sweeps for one eigenvalue.
 * @returns whether all eigenvalues were found.
 */
export function francis(form: SchurForm, n: number, lo: number, hi: number, cap: number): boolean {
  const sweeps = new Sweeps(form, n);
  let i = hi - 1;
  while (i >= lo) {
    let l = lo;
    for (let count = 0; ; count++) {
      l = lastNegligible(form.T, n, lo, hi, l, i);
      if (l > lo) form.T[l * n + l - 1] = 0;
      if (l >= i - 1) break;
      if (count >= cap) return false;
      sweeps.sweep(l, i, count + 1);
    }
    if (l === i) {
      form.re[i] = form.T[i * n + i]!;
      form.im[i] = 0;
      i -= 1;
    } else {
      standardiseBlock(form, n, i - 1);
      i -= 2;
    }
  }
  return true;
}

/** The largest k in (l, i] whose subdiagonal entry h(k, k−1) is negligible, or l. */
function lastNegligible(H: Float64Array, n: number, lo: number, hi: number, l: number, i: number): number {
  let k = i;
  while (k > l && !isNegligible(H, n, lo, hi, k)) k--;
  return k;
}

/** Ahues and Tisseur's criterion for h(k, k−1), on rows [lo, hi). */
function isNegligible(H: Float64Array, n: number, lo: number, hi: number, k: number): boolean {
  const corner = H[(k - 1) * n + k - 1]!;
  const own = H[k * n + k]!;
  const sub = Math.abs(H[k * n + k - 1]!);
  if (sub <= TINY) return true;
  let near = Math.abs(corner) + Math.abs(own);
  if (near === 0) {
    if (k - 2 >= lo) near += Math.abs(H[(k - 1) * n + k - 2]!);
    if (k + 1 < hi) near += Math.abs(H[(k + 1) * n + k]!);
  }
  if (sub > ULP * near) return false;
  const sup = Math.abs(H[(k - 1) * n + k]!);
  const gap = Math.abs(corner - own);
  const aa = Math.max(Math.abs(own), gap);
  const bb = Math.min(Math.abs(own), gap);
  const ab = Math.max(sub, sup);
  const ba = Math.min(sub, sup);
  const s = aa + ab;
  return ba * (ab / s) <= Math.max(TINY, ULP * (bb * (aa / s)));
}

/** Double-shift sweeps: each chases a bulge of three rows down the Hessenberg matrix by reflections. */
class Sweeps {
  readonly #H: Float64Array;
  readonly #Q: Float64Array;
  readonly #n: number;
  /** The two shifts: both real, or a conjugate pair with the imaginary part `#shiftIm`. */
  #shift = 0;
  #shiftIm = 0;
  /** The vector to be reflected onto its first coordinate. */
  #v1 = 0;
  #v2 = 0;
  #v3 = 0;

  constructor({ T, Q }: SchurForm, n: number) {
    this.#H = T;
    this.#Q = Q;
    this.#n = n;
  }

  /** @param count the number of this sweep of rows l … i since the last deflation, from 1. */
  sweep(l: number, i: number, count: number): void {
    this.#setShifts(l, i, count);
    const m = this.#findStart(l, i);
    for (let k = m; k < i; k++) this.#reflect(l, m, k, i);
  }

  /** The eigenvalues of the last 2×2 block, or of an exceptional one. */
  #setShifts(l: number, i: number, count: number): void {
    const H = this.#H;
    const n = this.#n;
    let h11 = H[(i - 1) * n + i - 1]!;
    let h21 = H[i * n + i - 1]!;
    let h12 = H[(i - 1) * n + i]!;
    let h22 = H[i * n + i]!;
    if (count % EXCEPTIONAL_EVERY === 0) {
      const atEnd = count % (2 * EXCEPTIONAL_EVERY) === 0;
      const row = atEnd ? i : l + 2;
      const upper = Math.abs(H[(row - 1) * n + row - 2]!);
      const lower = Math.abs(H[row * n + row - 1]!);
      const s = upper + lower;
      const own = atEnd ? i : l;
      h11 = 0.75 * s + H[own * n + own]!;
      h12 = -0.4375 * s;
      h21 = s;
      h22 = h11;
    }
    this.#shift = 0;
    this.#shiftIm = 0;
    const size = Math.abs(h11) + Math.abs(h12) + Math.abs(h21) + Math.abs(h22);
    if (!(size > 0)) return;
    h11 /= size;
    h12 /= size;
    h21 /= size;
    h22 /= size;
    const mean = (h11 + h22) / 2;
    const det = (h11 - mean) * (h22 - mean) - h12 * h21;
    const root = Math.sqrt(Math.abs(det));
    if (det >= 0) {
      this.#shift = mean * size;
      this.#shiftIm = root * size;
    } else {
      // both shifts are the real eigenvalue nearer to the corner entry
      const upper = mean + root;
      const lower = mean - root;
      this.#shift = (Math.abs(upper - h22) <= Math.abs(lower - h22) ? upper : lower) * size;
    }
  }

  /** The last row at which a sweep may begin, as two subdiagonal entries above it are small; sets its first vector. */
  #findStart(l: number, i: number): number {
    const H = this.#H;
    const n = this.#n;
    const shift = this.#shift;
    const shiftIm = this.#shiftIm;
    for (let m = i - 2; ; m--) {
      const hmm = H[m * n + m]!;
      const below = H[(m + 1) * n + m]!;
      const next = H[(m + 1) * n + m + 1]!;
      let s = Math.abs(hmm - shift) + Math.abs(shiftIm) + Math.abs(below);
      const sub = below / s;
      let v1 = sub * H[m * n + m + 1]! + (hmm - shift) * ((hmm - shift) / s) + shiftIm * (shiftIm / s);
      let v2 = sub * (hmm + next - shift - shift);
      let v3 = sub * H[(m + 2) * n + m + 1]!;
      s = Math.abs(v1) + Math.abs(v2) + Math.abs(v3);
      v1 /= s;
      v2 /= s;
      v3 /= s;
      if (m > l) {
        const around = Math.abs(H[(m - 1) * n + m - 1]!) + Math.abs(hmm) + Math.abs(next);
        const above = Math.abs(H[m * n + m - 1]!);
        if (!(above * (Math.abs(v2) + Math.abs(v3)) <= ULP * Math.abs(v1) * around)) continue;
      }
      this.#v1 = v1;
      this.#v2 = v2;
      this.#v3 = v3;
      return m;
    }
  }

  /** Step k of the sweep of rows l … i that began at m: one reflection of rows and columns k, k+1 and k+2. */
  #reflect(l: number, m: number, k: number, i: number): void {
    const H = this.#H;
    const n = this.#n;
    const three = k < i - 1;
    let [v1, v2, v3] = [this.#v1, this.#v2, this.#v3];
    if (k > m) {
      v1 = H[k * n + k - 1]!;
      v2 = H[(k + 1) * n + k - 1]!;
      v3 = three ? H[(k + 2) * n + k - 1]! : 0;
    }
    const tail = three ? modulus(v2, v3) : Math.abs(v2);
    let tau = 0;
    let beta = v1;
    let w2 = 0;
    let w3 = 0;
    if (tail !== 0) {
      beta = v1 >= 0 ? -modulus(v1, tail) : modulus(v1, tail);
      tau = (beta - v1) / beta;
      w2 = v2 / (v1 - beta);
      w3 = three ? v3 / (v1 - beta) : 0;
    }
    if (k > m) {
      H[k * n + k - 1] = beta;
      H[(k + 1) * n + k - 1] = 0;
      if (three) H[(k + 2) * n + k - 1] = 0;
    } else if (m > l) {
      // not −h: v was not normalised against the row above
      H[k * n + k - 1]! *= 1 - tau;
    }
    if (tau === 0) return;
    reflectRows(H, n, k, three, tau, w2, w3);
    reflectColumns(H, n, Math.min(k + 3, i) + 1, k, three, tau, w2, w3);
    reflectColumns(this.#Q, n, n, k, three, tau, w2, w3);
  }
}

/** a ← (I − τ w wᵀ) a on rows k … k+2, or k+1 without three; w = (1, w2, w3). */
function reflectRows(a: Float64Array, n: number, k: number, three: boolean, tau: number, w2: number, w3: number): void {
  const t2 = tau * w2;
  const t3 = tau * w3;
  for (let p = k * n + k, end = (k + 1) * n; p < end; p++) {
    const dot = a[p]! + w2 * a[p + n]! + (three ? w3 * a[p + 2 * n]! : 0);
    a[p]! -= dot * tau;
    a[p + n]! -= dot * t2;
    if (three) a[p + 2 * n]! -= dot * t3;
  }
}

/** a ← a (I − τ w wᵀ) on columns k … k+2, or k+1 without three, of the first rows. */
function reflectColumns(
  a: Float64Array,
  n: number,
  rows: number,
  k: number,
  three: boolean,
  tau: number,
  w2: number,
  w3: number,
): void {
  const t2 = tau * w2;
  const t3 = tau * w3;
  for (let p = k, end = rows * n; p < end; p += n) {
    const dot = a[p]! + w2 * a[p + 1]! + (three ? w3 * a[p + 2]! : 0);
    a[p]! -= dot * tau;
    a[p + 1]! -= dot * t2;
    if (three) a[p + 2]! -= dot * t3;
  }
}
