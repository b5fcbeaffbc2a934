import { ABSOLUTE, outward, surelyBeyond } from "./bounds.ts";
import { invertPositive } from "./dense.ts";
import { NO_BANDS, sweep, type UndecidedBands } from "./sweep.ts";
import { strideOf, type Workspace } from "./workspace.ts";

/** Weight of the bands against the box in W; measured. */
export const RIDGE = 3;
/** Keeps W⁻¹ finite where the box is flat or Â singular: relative to its trace. */
export const REGULARISER = 2 ** -44;
/** A box is blurred where rounding makes up this share of a half-width. */
export const BLUR = 0.25;

/**
 * Discards or contracts by functionals of G. For any y, y·G(z) = 0 and the enclosure give
 *
 *     |y·Ĝ + (yÂ)(z − c)| ≤ Σ w|y·v| + |y|·E.
 *
 * Let W = RIDGE·Σ w² v vᵀ + Â diag(r²) Âᵀ, an ellipsoid round the values by which G can vary. Then y = W⁻¹Ĝ is close to
 * the best functional for discarding. The rows of diag(r²) Âᵀ W⁻¹, a ridge-regularised inverse of Â, serve for
 * contracting: z − c = −YĜ + (I − YÂ)(z − c) ± …
 *
 * Y holds these R rows, then W⁻¹Ĝ. At the start W holds Σ w² v vᵀ.
 * Where y nearly discards the box, the sweep (sweep.ts) tries better lines under the units' graphs.
 * @param bands of the undecided units.
 * @returns false if the box is empty.
 */
export function contract(workspace: Workspace, R: number, bands: UndecidedBands = NO_BANDS): boolean {
  const { count } = bands;
  const { A, r, inverse, Y } = workspace;
  workspace.volume[0] = 1;
  workspace.blurred[0] = 0;
  workspace.nearness[0] = 1;
  if (!invertSpread(workspace, R)) return true;
  functionalOf(workspace, R);
  sumRadius(workspace, R, R, bands);
  if (excludedByFunctional(workspace, R)) return false;
  if (count > 0 && workspace.nearness[0] >= workspace.sweepFrom[0]! && sweep(workspace, R, bands)) return false;
  for (let i = 0; i < R; i++) {
    for (let n = 0; n < R; n++) {
      let sum = A[i]! * inverse[n]!;
      for (let a = 1; a < R; a++) sum += A[a * R + i]! * inverse[a * R + n]!;
      Y[i * R + n] = sum * (r[i]! * r[i]!);
    }
    sumRadius(workspace, R, i, bands);
  }
  return intersect(workspace, R);
}

/** Writes W⁻¹Ĝ to y, and how near it comes to discarding the box; 0 where W is singular. */
export function propose(workspace: Workspace, R: number, bands: UndecidedBands): void {
  workspace.nearness[0] = 0;
  if (!invertSpread(workspace, R)) return;
  functionalOf(workspace, R);
  sumRadius(workspace, R, R, bands);
  excludedByFunctional(workspace, R);
}

/** Completes W and inverts it. @returns false where it is singular. */
function invertSpread({ A, W, r, inverse }: Workspace, R: number): boolean {
  let trace = 0;
  for (let i = 0; i < R; i++) {
    for (let n = 0; n <= i; n++) {
      let sum = RIDGE * W[i * R + n]!;
      for (let a = 0; a < R; a++) sum += A[i * R + a]! * r[a]! * (A[n * R + a]! * r[a]!);
      W[i * R + n] = sum;
    }
    trace += W[i * R + i]!;
  }
  for (let i = 0; i < R; i++) W[i * R + i]! += trace * REGULARISER;
  return invertPositive(W, inverse, R);
}

/** y = W⁻¹Ĝ, which is also the last row of Y. */
function functionalOf({ G, inverse, Y, y }: Workspace, R: number): void {
  for (let n = 0; n < R; n++) {
    let sum = inverse[n * R]! * G[0]!;
    for (let a = 1; a < R; a++) sum += inverse[n * R + a]! * G[a]!;
    Y[R * R + n] = sum;
    y[n] = sum;
  }
}

/** Σ w|y·v| over the undecided units, for row i of Y. */
function sumRadius({ Y, radii }: Workspace, R: number, i: number, { count, weighted }: UndecidedBands): void {
  let even = 0;
  let odd = 0;
  for (let q = 0; q < count; q++) {
    let t = Y[i * R]! * weighted[q * R]!;
    for (let n = 1; n < R; n++) t += Y[i * R + n]! * weighted[q * R + n]!;
    if (q & 1) odd += Math.abs(t);
    else even += Math.abs(t);
  }
  radii[i] = even + odd;
}

/** Σ w|v|₁|u| over the undecided units. */
export function sumSpread(
  { data, undecided, spread }: Workspace,
  R: number,
  count: number,
  weighted: Float64Array,
): void {
  const stride = strideOf(R);
  spread.fill(0);
  const odd = new Float64Array(R);
  for (let q = 0; q < count; q++) {
    const at = undecided[q]! * stride;
    let weight = Math.abs(weighted[q * R]!);
    for (let n = 1; n < R; n++) weight += Math.abs(weighted[q * R + n]!);
    const sums = q & 1 ? odd : spread;
    for (let i = 0; i < R; i++) sums[i]! += weight * Math.abs(data[at + i]!);
  }
  for (let i = 0; i < R; i++) spread[i]! += odd[i]!;
}

/** Whether the last row y of Y shows that G is not zero on the box. */
function excludedByFunctional({ A, G, E, Y, radii, r, nearness }: Workspace, R: number): boolean {
  let value = 0;
  let spread = radii[R]!;
  for (let i = 0; i < R; i++) {
    value += Y[R * R + i]! * G[i]!;
    spread += Math.abs(Y[R * R + i]!) * E[i]!;
  }
  for (let n = 0; n < R; n++) {
    let sum = Y[R * R]! * A[n]!;
    for (let i = 1; i < R; i++) sum += Y[R * R + i]! * A[i * R + n]!;
    spread += Math.abs(sum) * r[n]!;
  }
  nearness[0] = Math.abs(value) / spread;
  return surelyBeyond(value, spread);
}

/**
 * Cuts the box down to c − YĜ ± (radii + |I − YÂ| r + |Y|E).
 * @returns false if nothing of the box is left.
 */
export function intersect(workspace: Workspace, R: number): boolean {
  const { lo, hi, c, r, A, G, E, Y, radii } = workspace;
  const factor = outward(R);
  let volume = 1;
  let blurred = 0;
  for (let i = 0; i < R; i++) {
    let move = 0;
    let error = 0;
    let spread = radii[i]!;
    for (let n = 0; n < R; n++) {
      const y = Y[i * R + n]!;
      move += y * G[n]!;
      error += Math.abs(y) * E[n]!;
      let defect = n === i ? -1 : 0;
      for (let a = 0; a < R; a++) defect += Y[i * R + a]! * A[a * R + n]!;
      spread += Math.abs(defect) * r[n]!;
    }
    const middle = c[i]! - move;
    const half = spread + error + ((Math.abs(c[i]!) + Math.abs(move) + spread + error) * factor + ABSOLUTE);
    const low = middle - half;
    const high = middle + half;
    if (low > hi[i]! || high < lo[i]!) {
      for (let n = 0; n < R; n++) workspace.y[n] = Y[i * R + n]!;
      return false;
    }
    const width = hi[i]! - lo[i]!;
    if (width === 0) continue;
    if (error > BLUR * r[i]!) blurred = 1;
    if (low > lo[i]!) lo[i] = low;
    if (high < hi[i]!) hi[i] = high;
    volume *= (hi[i]! - lo[i]!) / width;
  }
  workspace.volume[0] = volume;
  workspace.blurred[0] = blurred;
  return true;
}

/**
 * Whether ‖I − YA‖ < 1 in the maximum norm scaled by the box, for the exact matrix A, which differs from Â by at most
 * E/r.
 */
export function provedRegular({ Y, A, E, r }: Workspace, R: number): boolean {
  for (let i = 0; i < R; i++) {
    let spread = 0;
    for (let n = 0; n < R; n++) {
      let defect = n === i ? -1 : 0;
      for (let a = 0; a < R; a++) defect += Y[i * R + a]! * A[a * R + n]!;
      spread += Math.abs(defect) * r[n]! + Math.abs(Y[i * R + n]!) * E[n]!;
    }
    if (!(spread * (1 + 2 ** -40) < r[i]!)) return false;
  }
  return true;
}
