import type { RootTable } from "./root.ts";
import { halfWidth, LIMIT, projectionShare, TINY } from "./rounding.ts";

/** Least run of a secant, in errors of its foot, whose slope says anything. */
const LEAST_RUN = 2 ** 20;
const HALF_SLACK = 1 + 2 ** -40;

/**
 * Whether the zero x of G is the only one in a box.
 *
 * For y in the box G(y) = S (y − x) with S = M + Σ s_j v_j u_jᵀ, where s_j is the slope of φ_j from u·x to u·y: on
 * each linear piece it moves monotonically, so its extremes are at the ends of the range of u·y or at kinks within it.
 * If |I − Y S| ≤ B for all such S and B ω < ω for an ω > 0, every S is regular, and G(y) = 0 means y = x. x need not
 * lie in the box.
 *
 * @param x rounded from the exact zero: u·x errs by less than e. A secant shorter than 2^20 e has any slope from 0 to
 * 1; a longer one errs by less than 8e/run. Where x and the box share a linear piece, as the exact signs at x say, the
 * slope is 0 or 1.
 * @param signs of all hyperplanes at the exact zero.
 */
export function isStar(
  table: RootTable,
  x: ArrayLike<number>,
  signs: ArrayLike<number>,
  lo: ArrayLike<number>,
  hi: ArrayLike<number>,
): boolean {
  const { dim: R, count: L, U, V, gamma } = table;
  const centre = Float64Array.from({ length: R }, (_, n) => 0.5 * (lo[n]! + hi[n]!));
  const half = centre.map((c, n) => halfWidth(lo[n]!, hi[n]!, c));
  // the box may go on past the root
  const beyond = centre.map((c, n) => Math.max(table.reach[n]!, Math.abs(x[n]!), Math.abs(c) + half[n]!));
  const far = beyond.some((most, n) => most > table.reach[n]!) ? beyond : undefined;
  const S = table.M.slice();
  const halves = new Float64Array(L);
  const range = { least: 0, most: 0 };
  for (let j = 0; j < L; j++) {
    slopeRange(table, j, x, signs, centre, half, far, range);
    const slope = 0.5 * (range.least + range.most);
    halves[j] = 0.5 * (range.most - range.least) * HALF_SLACK;
    if (slope === 0) continue;
    for (let i = 0; i < R; i++) {
      const v = V[j * R + i]! * slope;
      for (let n = 0; n < R; n++) S[i * R + n]! += v * U[j * R + n]!;
    }
  }
  const Y = inverseOf(S, R);
  if (Y === undefined) return false;
  const B = new Float64Array(R * R);
  for (let i = 0; i < R; i++) {
    for (let n = 0; n < R; n++) {
      let defect = n === i ? 1 : 0;
      let size = 1;
      for (let a = 0; a < R; a++) {
        defect -= Y[i * R + a]! * S[a * R + n]!;
        size += Math.abs(Y[i * R + a]!) * table.slopes[a * R + n]!;
      }
      B[i * R + n] = Math.abs(defect) + gamma * size + TINY;
    }
  }
  for (let j = 0; j < L; j++) {
    if (halves[j] === 0) continue;
    for (let i = 0; i < R; i++) {
      let yv = 0;
      for (let a = 0; a < R; a++) yv += Y[i * R + a]! * V[j * R + a]!;
      const weight = Math.abs(yv) * halves[j]!;
      for (let n = 0; n < R; n++) B[i * R + n]! += weight * Math.abs(U[j * R + n]!);
    }
  }
  return contracts(B, half, R) && Y.every((y) => Math.abs(y) < LIMIT);
}

/** The range of slopes of φ_j from u·x to the range of u·y. @param far R: the largest |coordinate| of x, box and root, if past the root. */
function slopeRange(
  { dim: R, U, b0, b1, low, high, margin }: RootTable,
  j: number,
  x: ArrayLike<number>,
  signs: ArrayLike<number>,
  centre: ArrayLike<number>,
  half: ArrayLike<number>,
  far: ArrayLike<number> | undefined,
  out: { least: number; most: number },
): void {
  let middle = 0;
  let width = 0;
  for (let n = 0; n < R; n++) {
    const u = U[j * R + n]!;
    middle += u * centre[n]!;
    width += Math.abs(u) * half[n]!;
  }
  let error = margin[j]!;
  if (far !== undefined) {
    let span = Math.abs(b0[j]!);
    for (let n = 0; n < R; n++) span += Math.abs(U[j * R + n]!) * far[n]!;
    error = projectionShare(R) * span + TINY;
  }
  width += error;
  const [first, last] = [b0[j]!, b1[j]!];
  const [from, to] = [middle - width, middle + width];
  const s0 = signs[low[j]!]!;
  const s1 = high[j]! < 0 ? -1 : signs[high[j]!]!;
  if ((to <= first && s0 <= 0) || (from >= last && s1 >= 0)) {
    out.least = 0;
    out.most = 0;
    return;
  }
  if (from >= first && to <= last && s0 >= 0 && s1 <= 0) {
    out.least = 1;
    out.most = 1;
    return;
  }
  let foot = 0;
  for (let n = 0; n < R; n++) foot += U[j * R + n]! * x[n]!;
  const height = last - first;
  const value = Math.min(Math.max(foot - first, 0), height);
  out.least = 1;
  out.most = 0;
  // one by one: a list of ends would be made anew for each unit of each box
  takeSecant(from, foot, value, first, height, error, out);
  takeSecant(to, foot, value, first, height, error, out);
  takeSecant(Math.min(Math.max(first, from), to), foot, value, first, height, error, out);
  takeSecant(Math.min(Math.max(last, from), to), foot, value, first, height, error, out);
  out.least = Math.min(Math.max(out.least, 0), 1);
  out.most = Math.min(Math.max(out.most, 0), 1);
}

/** Widens a range of slopes to that of the secant from the foot to q. @param value φ at the foot. */
function takeSecant(
  q: number,
  foot: number,
  value: number,
  first: number,
  height: number,
  error: number,
  out: { least: number; most: number },
): void {
  const run = q - foot;
  if (Math.abs(run) > LEAST_RUN * error) {
    const rise = Math.min(Math.max(q - first, 0), height) - value;
    const slope = rise / run;
    const slack = (8 * error) / Math.abs(run) + 2 ** -50;
    out.least = Math.min(out.least, slope - slack);
    out.most = Math.max(out.most, slope + slack);
  } else {
    // written so that NaN is any slope
    out.least = 0;
    out.most = 1;
  }
}

/** Whether B ω < ω for some ω > 0: for ω = (I − B)⁻¹ half, as computed, it is seen. */
function contracts(B: Float64Array, half: Float64Array, R: number): boolean {
  const A = B.map((b, at) => (at % (R + 1) === 0 ? 1 - b : -b));
  const inverse = inverseOf(A, R);
  if (inverse === undefined) return false;
  const omega = half.map((_, i) => {
    let sum = 0;
    for (let n = 0; n < R; n++) sum += inverse[i * R + n]! * half[n]!;
    return sum;
  });
  if (!omega.every((w) => w > 1 / LIMIT && w < LIMIT)) return false;
  return omega.every((w, i) => {
    let sum = 0;
    for (let n = 0; n < R; n++) sum += B[i * R + n]! * omega[n]!;
    return sum < w * (1 - 2 ** -20);
  });
}

/**
 * Some approximation to A⁻¹ by Gauss–Jordan with row pivoting; undefined if a pivot is zero or no number. What it is
 * worth, others see.
 */
export function inverseOf(matrix: Float64Array, n: number): Float64Array | undefined {
  const A = matrix.slice();
  const Y = new Float64Array(n * n);
  for (let i = 0; i < n; i++) Y[i * n + i] = 1;
  for (let k = 0; k < n; k++) {
    let row = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(A[i * n + k]!) > Math.abs(A[row * n + k]!)) row = i;
    const pivot = A[row * n + k]!;
    if (!(Math.abs(pivot) > 0 && Math.abs(pivot) < Number.POSITIVE_INFINITY)) return undefined;
    for (const matrix of [A, Y]) {
      for (let c = 0; c < n; c++) {
        const lifted = matrix[row * n + c]!;
        matrix[row * n + c] = matrix[k * n + c]!;
        matrix[k * n + c] = lifted / pivot;
      }
    }
    for (let i = 0; i < n; i++) {
      const factor = A[i * n + k]!;
      if (i === k || factor === 0) continue;
      for (let c = 0; c < n; c++) {
        A[i * n + c]! -= factor * A[k * n + c]!;
        Y[i * n + c]! -= factor * Y[k * n + c]!;
      }
    }
  }
  return Y;
}
