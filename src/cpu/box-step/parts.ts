import { bandError, STRANDS, spreadError, strandDepth } from "../../float/box-step.ts";
import { F32 } from "../../float/precision.ts";
import { Answer, MOST_STACK_PARTS, SMALLEST_SIDE, unitStride } from "../../stages/box-stack.ts";
import { halvingsFor } from "../../stages/halving.ts";
import type { BoxNumbers } from "./numbers.ts";
import { bandOf } from "./rows.ts";

const { abs, fround } = Math;
const SLACK = fround(F32.slack);

/**
 * Chooses the coordinates to halve one after the other: each time the coordinate that makes most of the spread of the
 * bands. Writes where all parts are cut. @returns how many; 0 if no coordinate can be halved.
 */
export function chooseHalves(box: BoxNumbers, nearness: number, answer: Uint32Array): number {
  const { dim: R } = box.layout;
  const [lo, hi, spread] = [box.partLo, box.partHi, box.spread];
  lo.set(box.lo);
  hi.set(box.hi);
  const cuts = new Float32Array(answer.buffer, answer.byteOffset + 4 * Answer.cuts, MOST_STACK_PARTS - 1);
  const times = halvingsFor(nearness);
  let halvings = 0;
  for (; halvings < times; halvings++) {
    let best = -1;
    let most = -1;
    for (let n = 0; n < R; n++) {
      const width = fround(hi[n]! - lo[n]!);
      const half = fround(0.5 * fround(lo[n]! + hi[n]!));
      if (!(half > lo[n]! && half < hi[n]! && width >= SMALLEST_SIDE)) continue;
      const each = fround(spread[n]! * width);
      if (each > most) {
        most = each;
        best = n;
      }
    }
    if (best < 0) break;
    answer[Answer.axes + halvings] = best;
    const parts = 1 << halvings;
    for (let part = 0; part < parts; part++) {
      const at = part * R;
      const to = (part + parts) * R;
      const cut = fround(0.5 * fround(lo[at + best]! + hi[at + best]!));
      cuts[parts - 1 + part] = cut;
      lo.copyWithin(to, at, at + R);
      hi.copyWithin(to, at, at + R);
      lo[to + best] = cut;
      hi[at + best] = cut;
    }
  }
  return halvings;
}

/** @returns the bits of the parts that y does not discard. */
export function sieve(box: BoxNumbers, halvings: number, count: number): number {
  const { dim: R } = box.layout;
  const [c, r, y, rows, band] = [box.c, box.r, box.y, box.rows, box.band];
  const linear = new Float32Array(R);
  let constant = 0;
  let base = 0;
  for (let i = 0; i < R; i++) {
    constant = fround(constant + fround(y[i]! * box.k[i]!));
    base = fround(base + fround(abs(y[i]!) * box.B[i]!));
    for (let a = 0; a < R; a++) linear[i]! += fround(y[a]! * box.M[a * R + i]!);
  }
  const depth = strandDepth(count);
  const slopes = new Float32Array(R);
  const strandSlopes = new Float32Array(R);
  let left = 0;
  for (let part = 0; part < 1 << halvings; part++) {
    box.centre(box.partLo, box.partHi, part * R);
    let [value, width, magnitude] = [0, 0, 0];
    slopes.fill(0);
    for (let strand = 0; strand < STRANDS; strand++) {
      let [strandValue, strandWidth, strandMagnitude] = [0, 0, 0];
      strandSlopes.fill(0);
      for (let q = strand; q < count; q += STRANDS) {
        const at = box.row + box.open[q]! * unitStride(R);
        let t = 0;
        let size = 0;
        for (let i = 0; i < R; i++) {
          const one = fround(y[i]! * rows[at + R + i]!);
          t = fround(t + one);
          size = fround(size + abs(one));
        }
        bandOf(box, box.open[q]!, band);
        strandValue = fround(strandValue + fround(t * band.value));
        strandWidth = fround(strandWidth + fround(abs(t) * band.width));
        strandMagnitude = fround(strandMagnitude + fround(size * band.magnitude));
        const slope = fround(t * band.slope);
        for (let n = 0; n < R; n++) strandSlopes[n]! += fround(slope * rows[at + n]!);
      }
      value = fround(value + strandValue);
      width = fround(width + strandWidth);
      magnitude = fround(magnitude + strandMagnitude);
      for (let n = 0; n < R; n++) slopes[n]! += strandSlopes[n]!;
    }
    value = fround(value + constant);
    let spread = width;
    for (let n = 0; n < R; n++) {
      value = fround(value + fround(linear[n]! * c[n]!));
      spread = fround(spread + fround(abs(fround(slopes[n]! + linear[n]!)) * r[n]!));
    }
    const error = fround(
      fround(base + fround(bandError(depth, R) * magnitude)) + fround(spreadError(count, R) * spread),
    );
    const all = fround(spread + fround(error * SLACK));
    if (!(abs(value) > all)) left |= 1 << part;
  }
  return left;
}
