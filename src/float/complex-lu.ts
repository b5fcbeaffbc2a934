import { divide, modulus } from "./complex.ts";

/** LU factors of a complex matrix with row pivoting: row i of the factors is row order[i] of the matrix. */
export interface ComplexLU {
  readonly n: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly order: readonly number[];
}

/**
 * Factorises a complex n×n row-major matrix, which is overwritten. A pivot smaller than `smallest` becomes `smallest`;
 * undefined if a pivot is zero or not a number.
 */
export function factorise(re: Float64Array, im: Float64Array, n: number, smallest: number): ComplexLU | undefined {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let i = c + 1; i < n; i++) {
      if (modulus(re[i * n + c]!, im[i * n + c]!) > modulus(re[pivot * n + c]!, im[pivot * n + c]!)) pivot = i;
    }
    if (pivot !== c) {
      [order[c], order[pivot]] = [order[pivot]!, order[c]!];
      for (const part of [re, im]) {
        for (let k = 0; k < n; k++) [part[c * n + k], part[pivot * n + k]] = [part[pivot * n + k]!, part[c * n + k]!];
      }
    }
    const at = c * n + c;
    if (modulus(re[at]!, im[at]!) < smallest) {
      re[at] = smallest;
      im[at] = 0;
    }
    if (!(modulus(re[at]!, im[at]!) > 0)) return undefined;
    for (let i = c + 1; i < n; i++) {
      if (re[i * n + c] === 0 && im[i * n + c] === 0) continue;
      const [fr, fi] = divide(re[i * n + c]!, im[i * n + c]!, re[at]!, im[at]!);
      re[i * n + c] = fr;
      im[i * n + c] = fi;
      for (let k = c + 1; k < n; k++) {
        const sr = re[c * n + k]!;
        const si = im[c * n + k]!;
        re[i * n + k]! -= fr * sr - fi * si;
        im[i * n + k]! -= fr * si + fi * sr;
      }
    }
  }
  return { n, re, im, order };
}

/** Solves A x = b. */
export function solveFactorised({ n, re, im, order }: ComplexLU, br: Float64Array, bi: Float64Array) {
  const xr = Float64Array.from(order, (i) => br[i]!);
  const xi = Float64Array.from(order, (i) => bi[i]!);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) {
      xr[i]! -= re[i * n + k]! * xr[k]! - im[i * n + k]! * xi[k]!;
      xi[i]! -= re[i * n + k]! * xi[k]! + im[i * n + k]! * xr[k]!;
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) {
      xr[i]! -= re[i * n + k]! * xr[k]! - im[i * n + k]! * xi[k]!;
      xi[i]! -= re[i * n + k]! * xi[k]! + im[i * n + k]! * xr[k]!;
    }
    [xr[i], xi[i]] = divide(xr[i]!, xi[i]!, re[i * n + i]!, im[i * n + i]!);
  }
  return { re: xr, im: xi };
}
