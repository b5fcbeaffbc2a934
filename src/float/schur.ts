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
/**
 * A subdiagonal entry below this is set to zero. The caller's scaling makes entries about 1, and the square of an entry
 * must not underflow.
 */
const TINY = 2 ** -480;
/** Every tenth sweep without a deflation uses an exceptional shift, made from the subdiagonal. */
const EXCEPTIONAL_EVERY = 10;

/**
 * Real Schur form by Householder reduction to Hessenberg form and Francis's double-shift QR, in the form of LAPACK's
 * dlahqr (deflation by Ahues and Tisseur's criterion, exceptional shifts, dlanv2 for the 2×2 blocks).
 *
 * @param a n×n row-major, entries of at most moderate size (scaled by the caller); overwritten.
 * @param lo,hi rows outside [lo, hi) are upper triangular already.
 * @param cap most sweeps for one eigenvalue, LAPACK's by default; most need two or three.
 * @returns undefined if the cap is reached.
 */
export function realSchur(
  a: Float64Array,
  n: number,
  lo: number,
  hi: number,
  cap = 30 * Math.max(10, n),
): SchurForm | undefined {
  const Q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) Q[i * n + i] = 1;
  toHessenberg(a, Q, n, lo, hi);
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  for (let i = 0; i < n; i++) if (i < lo || i >= hi) re[i] = a[i * n + i]!;
  return francis(a, Q, n, lo, hi, cap, re, im) ? { T: a, Q, re, im } : undefined;
}

/** A ← Hᵀ A H upper Hessenberg, Q ← Q H. */
function toHessenberg(a: Float64Array, Q: Float64Array, n: number, lo: number, hi: number): void {
  const v = new Float64Array(n);
  for (let k = lo; k < hi - 2; k++) {
    let large = 0;
    for (let i = k + 2; i < hi; i++) large = Math.max(large, Math.abs(a[i * n + k]!));
    if (large === 0) continue;
    large = Math.max(large, Math.abs(a[(k + 1) * n + k]!));
    let sum = 0;
    for (let i = k + 1; i < hi; i++) {
      v[i] = a[i * n + k]! / large;
      sum += v[i]! * v[i]!;
    }
    const alpha = v[k + 1]! > 0 ? -Math.sqrt(sum) : Math.sqrt(sum);
    // vᵀv / 2 for v = x − alpha e₁
    const half = sum - v[k + 1]! * alpha;
    v[k + 1]! -= alpha;
    for (let j = k + 1; j < n; j++) {
      let dot = 0;
      for (let i = k + 1; i < hi; i++) dot += v[i]! * a[i * n + j]!;
      dot /= half;
      for (let i = k + 1; i < hi; i++) a[i * n + j]! -= dot * v[i]!;
    }
    a[(k + 1) * n + k] = alpha * large;
    for (let i = k + 2; i < hi; i++) a[i * n + k] = 0;
    reflectColumns(a, n, hi, k + 1, hi, v, half);
    reflectColumns(Q, n, n, k + 1, hi, v, half);
  }
}

function reflectColumns(
  a: Float64Array,
  n: number,
  rows: number,
  from: number,
  to: number,
  v: Float64Array,
  half: number,
): void {
  for (let i = 0; i < rows; i++) {
    let dot = 0;
    for (let j = from; j < to; j++) dot += a[i * n + j]! * v[j]!;
    dot /= half;
    for (let j = from; j < to; j++) a[i * n + j]! -= dot * v[j]!;
  }
}

function francis(
  H: Float64Array,
  Q: Float64Array,
  n: number,
  lo: number,
  hi: number,
  cap: number,
  re: Float64Array,
  im: Float64Array,
): boolean {
  const h = (i: number, j: number) => H[i * n + j]!;
  const abs = (i: number, j: number) => Math.abs(H[i * n + j]!);
  let i = hi - 1;
  while (i >= lo) {
    let l = lo;
    let sweepsHere = 0;
    for (; ; sweepsHere++) {
      l = lastNegligible(l, i);
      if (l > lo) H[l * n + l - 1] = 0;
      if (l >= i - 1) break;
      if (sweepsHere >= cap) return false;
      sweep(l, i, sweepsHere + 1);
    }
    if (l === i) {
      re[i] = h(i, i);
      im[i] = 0;
      i -= 1;
    } else {
      standardise(H, Q, n, i - 1, re, im);
      i -= 2;
    }
  }
  return true;

  /** The largest k in (l, i] whose subdiagonal entry h(k, k−1) is negligible, or l. */
  function lastNegligible(l: number, i: number): number {
    let k = i;
    for (; k > l; k--) {
      const sub = abs(k, k - 1);
      if (sub <= TINY) break;
      let near = abs(k - 1, k - 1) + abs(k, k);
      if (near === 0) {
        if (k - 2 >= lo) near += abs(k - 1, k - 2);
        if (k + 1 < hi) near += abs(k + 1, k);
      }
      if (sub <= ULP * near) {
        const sup = abs(k - 1, k);
        const gap = Math.abs(h(k - 1, k - 1) - h(k, k));
        const aa = Math.max(abs(k, k), gap);
        const bb = Math.min(abs(k, k), gap);
        const ab = Math.max(sub, sup);
        const ba = Math.min(sub, sup);
        const s = aa + ab;
        if (ba * (ab / s) <= Math.max(TINY, ULP * (bb * (aa / s)))) break;
      }
    }
    return k;
  }

  /** One double-shift QR sweep on rows l … i. */
  function sweep(l: number, i: number, count: number): void {
    let h11 = h(i - 1, i - 1);
    let h21 = h(i, i - 1);
    let h12 = h(i - 1, i);
    let h22 = h(i, i);
    if (count % EXCEPTIONAL_EVERY === 0) {
      const atEnd = count % (2 * EXCEPTIONAL_EVERY) === 0;
      const s = atEnd ? abs(i, i - 1) + abs(i - 1, i - 2) : abs(l + 1, l) + abs(l + 2, l + 1);
      h11 = 0.75 * s + (atEnd ? h(i, i) : h(l, l));
      h12 = -0.4375 * s;
      h21 = s;
      h22 = h11;
    }
    let shift1 = 0;
    let shift2 = 0;
    let shiftIm = 0;
    const size = Math.abs(h11) + Math.abs(h12) + Math.abs(h21) + Math.abs(h22);
    if (size > 0) {
      h11 /= size;
      h12 /= size;
      h21 /= size;
      h22 /= size;
      const mean = (h11 + h22) / 2;
      const det = (h11 - mean) * (h22 - mean) - h12 * h21;
      const root = Math.sqrt(Math.abs(det));
      if (det >= 0) {
        shift1 = shift2 = mean * size;
        shiftIm = root * size;
      } else {
        // both shifts are the real eigenvalue nearer to the corner entry
        const upper = mean + root;
        const lower = mean - root;
        shift1 = shift2 = (Math.abs(upper - h22) <= Math.abs(lower - h22) ? upper : lower) * size;
      }
    }

    let m = i - 2;
    let v1 = 0;
    let v2 = 0;
    let v3 = 0;
    for (; m >= l; m--) {
      const hmm = h(m, m);
      let s = Math.abs(hmm - shift2) + Math.abs(shiftIm) + abs(m + 1, m);
      const sub = h(m + 1, m) / s;
      v1 = sub * h(m, m + 1) + (hmm - shift1) * ((hmm - shift2) / s) + shiftIm * (shiftIm / s);
      v2 = sub * (hmm + h(m + 1, m + 1) - shift1 - shift2);
      v3 = sub * h(m + 2, m + 1);
      s = Math.abs(v1) + Math.abs(v2) + Math.abs(v3);
      v1 /= s;
      v2 /= s;
      v3 /= s;
      if (m === l) break;
      const around = abs(m - 1, m - 1) + Math.abs(hmm) + abs(m + 1, m + 1);
      if (abs(m, m - 1) * (Math.abs(v2) + Math.abs(v3)) <= ULP * Math.abs(v1) * around) break;
    }

    for (let k = m; k < i; k++) {
      const three = k < i - 1;
      if (k > m) {
        v1 = h(k, k - 1);
        v2 = h(k + 1, k - 1);
        v3 = three ? h(k + 2, k - 1) : 0;
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
      if (tau === 0) continue;
      const t2 = tau * w2;
      const t3 = tau * w3;
      for (let j = k; j < n; j++) {
        const dot = h(k, j) + w2 * h(k + 1, j) + (three ? w3 * h(k + 2, j) : 0);
        H[k * n + j]! -= dot * tau;
        H[(k + 1) * n + j]! -= dot * t2;
        if (three) H[(k + 2) * n + j]! -= dot * t3;
      }
      applyRight(H, Math.min(k + 3, i) + 1, k, three, tau, w2, w3, t2, t3);
      applyRight(Q, n, k, three, tau, w2, w3, t2, t3);
    }
  }

  function applyRight(
    a: Float64Array,
    rows: number,
    k: number,
    three: boolean,
    tau: number,
    w2: number,
    w3: number,
    t2: number,
    t3: number,
  ): void {
    for (let r = 0; r < rows; r++) {
      const p = r * n + k;
      const dot = a[p]! + w2 * a[p + 1]! + (three ? w3 * a[p + 2]! : 0);
      a[p]! -= dot * tau;
      a[p + 1]! -= dot * t2;
      if (three) a[p + 2]! -= dot * t3;
    }
  }
}

/**
 * Rotates rows and columns p, p+1 so that their block is triangular or has equal diagonal entries; sets its eigenvalues
 * (dlanv2).
 */
function standardise(H: Float64Array, Q: Float64Array, n: number, p: number, re: Float64Array, im: Float64Array): void {
  let a = H[p * n + p]!;
  let b = H[p * n + p + 1]!;
  let c = H[(p + 1) * n + p]!;
  let d = H[(p + 1) * n + p + 1]!;
  let cs = 1;
  let sn = 0;
  if (c !== 0) {
    if (b === 0) {
      cs = 0;
      sn = 1;
      [a, d] = [d, a];
      b = -c;
      c = 0;
    } else if (a - d !== 0 || Math.sign(b) === Math.sign(c)) {
      const difference = a - d;
      const half = difference / 2;
      const large = Math.max(Math.abs(b), Math.abs(c));
      const lesser = Math.min(Math.abs(b), Math.abs(c)) * Math.sign(b) * Math.sign(c);
      const size = Math.max(Math.abs(half), large);
      const discriminant = (half / size) * half + (large / size) * lesser;
      if (discriminant >= 4 * ULP * size) {
        const root = Math.sqrt(size) * Math.sqrt(discriminant);
        const z = half >= 0 ? half + root : half - root;
        a = d + z;
        d -= (large / z) * lesser;
        const tau = modulus(c, z);
        cs = z / tau;
        sn = c / tau;
        b -= c;
        c = 0;
      } else {
        const sigma = b + c;
        const tau = modulus(sigma, difference);
        cs = Math.sqrt((1 + Math.abs(sigma) / tau) / 2);
        sn = -(half / (tau * cs)) * (sigma < 0 ? -1 : 1);
        const aa = a * cs + b * sn;
        const bb = -a * sn + b * cs;
        const cc = c * cs + d * sn;
        const dd = -c * sn + d * cs;
        a = aa * cs + cc * sn;
        b = bb * cs + dd * sn;
        c = -aa * sn + cc * cs;
        d = -bb * sn + dd * cs;
        const mean = (a + d) / 2;
        a = mean;
        d = mean;
        if (c !== 0 && b === 0) {
          b = -c;
          c = 0;
          [cs, sn] = [-sn, cs];
        } else if (c !== 0 && Math.sign(b) === Math.sign(c)) {
          const rootB = Math.sqrt(Math.abs(b));
          const rootC = Math.sqrt(Math.abs(c));
          const root = c > 0 ? rootB * rootC : -(rootB * rootC);
          const scale = 1 / Math.sqrt(Math.abs(b + c));
          a = mean + root;
          d = mean - root;
          b -= c;
          c = 0;
          const cs1 = rootB * scale;
          const sn1 = rootC * scale;
          [cs, sn] = [cs * cs1 - sn * sn1, cs * sn1 + sn * cs1];
        }
      }
    }
  }
  re[p] = a;
  re[p + 1] = d;
  const omega = c === 0 ? 0 : Math.sqrt(Math.abs(b)) * Math.sqrt(Math.abs(c));
  im[p] = omega;
  im[p + 1] = omega === 0 ? 0 : -omega;
  H[p * n + p] = a;
  H[p * n + p + 1] = b;
  H[(p + 1) * n + p] = c;
  H[(p + 1) * n + p + 1] = d;
  for (let j = p + 2; j < n; j++) {
    const x = H[p * n + j]!;
    const y = H[(p + 1) * n + j]!;
    H[p * n + j] = cs * x + sn * y;
    H[(p + 1) * n + j] = cs * y - sn * x;
  }
  rotateColumns(H, n, p, p, cs, sn);
  rotateColumns(Q, n, n, p, cs, sn);
}

function rotateColumns(a: Float64Array, n: number, rows: number, p: number, cs: number, sn: number): void {
  for (let i = 0; i < rows; i++) {
    const x = a[i * n + p]!;
    const y = a[i * n + p + 1]!;
    a[i * n + p] = cs * x + sn * y;
    a[i * n + p + 1] = cs * y - sn * x;
  }
}
