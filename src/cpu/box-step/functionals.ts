import { ABSOLUTE32, STRANDS, spreadError } from "../../float/box-step.ts";
import { F32 } from "../../float/precision.ts";
import {
  LARGEST_FUNCTIONAL,
  LARGEST_ROW,
  SMALLEST_ROW,
  SMALLEST_SIDE,
  STACK_BLUR,
  STACK_REGULARISER,
  STACK_RIDGE,
  unitStride,
} from "../../stages/box-stack.ts";
import type { BoxNumbers } from "./numbers.ts";

const { abs, fround, max, min } = Math;
const SLACK = fround(F32.slack);

/**
 * The rows of diag(r²)ÂᵀW⁻¹ and then y = W⁻¹Ĝ, for W = RIDGE·Σ w² v vᵀ + Â diag(r²) Âᵀ with its diagonal scaled to 1,
 * except for rows of zeros. The proof holds with any other numbers too. @returns false where there are none.
 */
export function findFunctionals(box: BoxNumbers): boolean {
  weigh(box);
  return factorise(box) && solveRows(box);
}

/** Makes W, its diagonal scaled to 1, out of Σ w² v vᵀ. */
function weigh(box: BoxNumbers): void {
  const { dim: R } = box.layout;
  const [A, W, r, scale] = [box.A, box.W, box.r, box.scale];
  for (let i = 0; i < R; i++) {
    for (let n = 0; n <= i; n++) {
      let sum = fround(STACK_RIDGE * W[i * R + n]!);
      for (let a = 0; a < R; a++) {
        const one = fround(A[i * R + a]! * r[a]!);
        sum = fround(sum + fround(one * fround(A[n * R + a]! * r[a]!)));
      }
      W[i * R + n] = sum;
    }
    scale[i] = W[i * R + i]! >= SMALLEST_ROW ? fround(1 / fround(Math.sqrt(W[i * R + i]!))) : 0;
  }
  for (let i = 0; i < R; i++) {
    for (let n = 0; n < i; n++) W[i * R + n] = fround(fround(W[i * R + n]! * scale[i]!) * scale[n]!);
    W[i * R + i] = 1 + STACK_REGULARISER;
  }
}

/** Makes L of W = L Lᵀ below the diagonal, which keeps 1/l. @returns false where W is nearly singular. */
function factorise(box: BoxNumbers): boolean {
  const { dim: R } = box.layout;
  const { W } = box;
  for (let k = 0; k < R; k++) {
    let pivot = W[k * R + k]!;
    for (let n = 0; n < k; n++) pivot = fround(pivot - fround(W[k * R + n]! * W[k * R + n]!));
    if (!(pivot >= 0.25 * STACK_REGULARISER)) return false;
    const inverse = fround(1 / fround(Math.sqrt(pivot)));
    for (let i = k + 1; i < R; i++) {
      let sum = W[i * R + k]!;
      for (let n = 0; n < k; n++) sum = fround(sum - fround(W[i * R + n]! * W[k * R + n]!));
      W[i * R + k] = fround(sum * inverse);
    }
    W[k * R + k] = inverse;
  }
  return true;
}

/** Solves for the rows and y by L. @returns false where a number is too large. */
function solveRows(box: BoxNumbers): boolean {
  const { dim: R } = box.layout;
  const [A, W, r, scale, Y] = [box.A, box.W, box.r, box.scale, box.Y];
  let fine = true;
  for (let row = 0; row <= R; row++) {
    const y = Y.subarray(row * R, row * R + R);
    for (let i = 0; i < R; i++) {
      let sum = fround((row < R ? fround(A[i * R + row]! * r[row]!) : box.G[i]!) * scale[i]!);
      for (let n = 0; n < i; n++) sum = fround(sum - fround(W[i * R + n]! * y[n]!));
      y[i] = fround(sum * W[i * R + i]!);
      if (!(abs(y[i]!) <= LARGEST_FUNCTIONAL)) {
        y[i] = 0;
        fine = false;
      }
    }
    for (let i = R - 1; i >= 0; i--) {
      let sum = y[i]!;
      for (let n = i + 1; n < R; n++) sum = fround(sum - fround(W[n * R + i]! * y[n]!));
      y[i] = fround(sum * W[i * R + i]!);
      if (!(abs(y[i]!) <= LARGEST_FUNCTIONAL)) {
        y[i] = 0;
        fine = false;
      }
    }
    let largest = 0;
    for (let i = 0; i < R; i++) {
      y[i] = fround(fround(y[i]! * scale[i]!) * (row < R ? r[row]! : 1));
      largest = max(largest, abs(y[i]!));
      if (row < R && !(abs(y[i]!) <= LARGEST_ROW)) fine = false;
    }
    if (row === R) for (let i = 0; i < R; i++) box.y[i] = largest >= SMALLEST_ROW ? fround(y[i]! / largest) : 0;
  }
  if (fine) Y.set(box.y, R * R);
  return fine;
}

/** @returns |y·Ĝ| over what it must exceed; −1 where y or a row excludes the box. */
export function nearnessOf(box: BoxNumbers, count: number): number {
  const { dim: R } = box.layout;
  const [A, G, E, r, Y, rows] = [box.A, box.G, box.E, box.r, box.Y, box.rows];
  for (let row = 0; row <= R; row++) {
    let radius = 0;
    for (let strand = 0; strand < STRANDS; strand++) {
      let sum = 0;
      for (let q = strand; q < count; q += STRANDS) {
        const at = box.row + box.open[q]! * unitStride(R) + R;
        let t = 0;
        for (let i = 0; i < R; i++) t = fround(t + fround(Y[row * R + i]! * rows[at + i]!));
        sum = fround(sum + fround(abs(t) * box.widths[q]!));
      }
      radius = fround(radius + sum);
    }
    box.radii[row] = radius;
  }
  const y = box.y;
  let value = 0;
  let error = 0;
  let spread = box.radii[R]!;
  for (let i = 0; i < R; i++) {
    value = fround(value + fround(y[i]! * G[i]!));
    error = fround(error + fround(abs(y[i]!) * E[i]!));
    let slope = 0;
    for (let a = 0; a < R; a++) slope = fround(slope + fround(y[a]! * A[a * R + i]!));
    spread = fround(spread + fround(abs(slope) * r[i]!));
  }
  error = fround(fround(error + fround(spreadError(count, R) * spread)) * SLACK);
  const all = fround(spread + error);
  return abs(value) > all ? -1 : fround(abs(value) / max(all, F32.tiny));
}

/** Cuts the box down by the rows of Y. */
export function contract(box: BoxNumbers): "empty" | { readonly volume: number; readonly blurred: boolean } {
  const { dim: R } = box.layout;
  const [lo, hi, c, r, A, G, E, Y] = [box.lo, box.hi, box.c, box.r, box.A, box.G, box.E, box.Y];
  let volume = 1;
  let blurred = false;
  for (let i = 0; i < R; i++) {
    let move = 0;
    let error = 0;
    let spread = box.radii[i]!;
    for (let n = 0; n < R; n++) {
      const y = Y[i * R + n]!;
      move = fround(move + fround(y * G[n]!));
      error = fround(error + fround(abs(y) * E[n]!));
      let defect = n === i ? -1 : 0;
      for (let a = 0; a < R; a++) defect = fround(defect + fround(Y[i * R + a]! * A[a * R + n]!));
      spread = fround(spread + fround(abs(defect) * r[n]!));
    }
    const reach = fround(fround(abs(c[i]!) + abs(move)) + fround(fround(spread + error) + r[i]!));
    // slack covers the roundings of spread and error
    const half = fround(
      fround(fround(spread + error) * SLACK) + fround(fround(reach * box.outward) + fround(ABSOLUTE32)),
    );
    const middle = fround(c[i]! - move);
    const low = fround(middle - half);
    const high = fround(middle + half);
    if (low > hi[i]! || high < lo[i]!) return "empty";
    if (error > fround(STACK_BLUR * r[i]!)) blurred = true;
    const width = fround(hi[i]! - lo[i]!);
    const down = max(lo[i]!, low);
    const up = min(hi[i]!, high);
    const rest = fround(up - down);
    if (!(rest >= SMALLEST_SIDE)) continue;
    lo[i] = down;
    hi[i] = up;
    volume = fround(volume * fround(rest / width));
  }
  return { volume, blurred };
}
