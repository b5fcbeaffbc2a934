import { bandError, rowDepth, TILE } from "../../float/box-step.ts";
import { BOX_KINK } from "../../float/boxes.ts";
import { F32 } from "../../float/precision.ts";
import { foldStride, unitStride } from "../../stages/box-stack.ts";
import type { Band, BoxNumbers } from "./numbers.ts";

const { abs, fround, max, min } = Math;
const SLACK = fround(F32.slack);

/** The band of unit j on c ± r. */
export function bandOf(box: BoxNumbers, j: number, band: Band): void {
  const { dim: R } = box.layout;
  const rows = box.rows;
  const c = box.c;
  const r = box.r;
  const at = box.row + j * unitStride(R);
  let x = 0;
  let p = 0;
  let size = 0;
  for (let k = 0; k < R; k++) {
    const u = rows[at + k]!;
    x = fround(x + fround(u * c[k]!));
    p = fround(p + fround(abs(u) * r[k]!));
    size = fround(size + fround(abs(u) * fround(abs(c[k]!) + r[k]!)));
  }
  const [b0, b1, kinks] = [rows[at + 2 * R]!, rows[at + 2 * R + 1]!, rows[at + 2 * R + 2]!];
  p = fround(p + fround(fround(box.projection * size) + fround(BOX_KINK * kinks)));
  const low = fround(x - p);
  const high = fround(x + p);
  const bottom = min(max(low, b0), b1);
  const top = max(min(high, b1), b0);
  const middle = fround(top - bottom);
  const outside = max(fround(bottom - low), fround(high - top));
  const slope = fround(middle / max(fround(middle + outside), F32.tiny));
  const half = fround(0.5 * fround(slope * outside));
  const above = fround(bottom - b0);
  band.slope = slope;
  band.width = half;
  band.value = fround(above + fround(fround(slope * fround(x - bottom)) + half));
  band.magnitude = fround(fround(above + fround(slope * size)) + fround(half + (high > b0 ? kinks : 0)));
  band.low = low;
  band.high = high;
  band.open = (low < b0 && high > b0) || (low < b1 && high > b1);
}

/**
 * Decides the first `before` units of the list, folds those of one piece, and sums the bands of the others, which stay
 * on the list. @returns how many stay.
 */
export function sumBands(box: BoxNumbers, left: Uint32Array, before: number): number {
  const { dim: R, folded, undecided } = box.layout;
  const [A, G, W, rows] = [box.A, box.G, box.W, box.rows];
  for (const sums of [A, G, W, box.magnitude, box.spread]) sums.fill(0);
  const entries = new Int32Array(left.buffer, left.byteOffset + 4 * folded, R * R + R);
  let count = 0;
  for (let first = 0; first < before; first += TILE) {
    const size = min(TILE, before - first);
    let open = 0;
    for (let t = 0; t < size; t++) {
      const j = box.open[first + t]!;
      const band = box.tile[open]!;
      bandOf(box, j, band);
      if (band.open) {
        box.open[count + open] = j;
        box.widths[count + open] = band.width;
        open++;
      } else {
        foldUnit(box, j, band, entries);
        left[undecided + (j >> 5)]! &= ~(1 << (j & 31));
      }
    }
    // sums over the tile, each a sum of its own
    const sum = (of: (at: number, band: Band) => number): number => {
      let total = 0;
      for (let t = 0; t < open; t++) {
        total = fround(total + of(box.row + box.open[count + t]! * unitStride(R), box.tile[t]!));
      }
      return total;
    };
    for (let i = 0; i < R; i++) {
      G[i]! += sum((at, { value }) => fround(rows[at + R + i]! * value));
      box.magnitude[i]! += sum((at, { magnitude }) => fround(abs(rows[at + R + i]!) * magnitude));
      for (let n = 0; n < R; n++) {
        A[i * R + n]! += sum((at, { slope }) => fround(fround(rows[at + R + i]! * slope) * rows[at + n]!));
      }
      for (let n = 0; n <= i; n++) {
        W[i * R + n]! += sum((at, { width }) =>
          fround(fround(rows[at + R + i]! * width) * fround(rows[at + R + n]! * width)),
        );
      }
    }
    const weights = Array.from({ length: open }, (_, t) => {
      const at = box.row + box.open[count + t]! * unitStride(R);
      let weight = 0;
      for (let i = 0; i < R; i++) weight = fround(weight + abs(fround(rows[at + R + i]! * box.tile[t]!.width)));
      return weight;
    });
    for (let k = 0; k < R; k++) {
      let total = 0;
      for (let t = 0; t < open; t++) {
        const at = box.row + box.open[count + t]! * unitStride(R);
        total = fround(total + fround(weights[t]! * abs(rows[at + k]!)));
      }
      box.spread[k]! += total;
    }
    count += open;
  }
  return count;
}

/** Adds the piece of a decided unit to M′ and k′. */
function foldUnit(box: BoxNumbers, j: number, { low, high }: Band, entries: Int32Array): void {
  const { dim: R } = box.layout;
  const row = box.row + j * unitStride(R) + 2 * R;
  if (high <= box.rows[row]!) return;
  const at = box.fold + j * foldStride(R);
  const flat = low >= box.rows[row + 1]!;
  if (!flat) for (let e = 0; e < R * R; e++) entries[e]! += box.folds[at + e]!;
  const offset = at + R * R + (flat ? R : 0);
  for (let i = 0; i < R; i++) entries[R * R + i]! += box.folds[offset + i]!;
}

/** Adds M′ and k′ to the rows, and bounds their errors. */
export function completeRows(box: BoxNumbers, left: Uint32Array, before: number): void {
  const { dim: R, folded } = box.layout;
  const entries = new Int32Array(left.buffer, left.byteOffset + 4 * folded, R * R + R);
  const [A, G, M, k, c, r, base] = [box.A, box.G, box.M, box.k, box.c, box.r, box.base];
  const at = box.entry;
  const errors = at + R * R + R;
  const bands = bandError(rowDepth(before), R);
  for (let i = 0; i < R; i++) {
    const constant = fround(fround(entries[R * R + i]!) * base[at + R * R + i]!);
    k[i] = constant;
    let value = fround(G[i]! + constant);
    let size = 0;
    let error = fround(base[errors + R * R + i]! + fround(box.rowError * abs(constant)));
    for (let n = 0; n < R; n++) {
      const m = fround(fround(entries[i * R + n]!) * base[at + i * R + n]!);
      M[i * R + n] = m;
      const a = fround(A[i * R + n]! + m);
      A[i * R + n] = a;
      value = fround(value + fround(m * c[n]!));
      size = fround(size + fround(abs(a) * r[n]!));
      const each = fround(base[errors + i * R + n]! + fround(box.rowError * abs(m)));
      error = fround(error + fround(each * fround(abs(c[n]!) + r[n]!)));
    }
    G[i] = value;
    box.B[i] = error;
    const rounding = fround(box.rowError * fround(abs(value) + size));
    box.E[i] = fround(fround(fround(error + fround(bands * box.magnitude[i]!)) + rounding) * SLACK);
  }
}
