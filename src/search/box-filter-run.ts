import { type BoxFilter, type BoxUnits, BoxVerdict, type FilteredBoxes } from "../stages/box-filter.ts";
import type { Box } from "./problem.ts";

/** A box is halved twice, or three times, where its functional came no nearer than this to discarding it (box-search.ts). */
const NEARNESS_FOR_HALVES = 0.85;
const NEARNESS_FOR_QUARTERS = 0.6;
const MOST_HALVINGS = 3;
/** With so few undecided units a box is the CPU's, which folds the others and has endings for it. */
const FEW_UNDECIDED = 12;
/**
 * Halvings without a unit decided, per coordinate, after which it is too: the units may meet in a point, or zeros go on along them. Later than
 * in box-search.ts, as a box that large still is much work there.
 */
const STALE_PER_COORDINATE = 8;
/** Sides below this are not halved: float32 tells little apart there. */
const SMALLEST_SIDE = 2 ** -30;

/** Boxes as numbers, last in first out; many more than objects would be made for. */
export class BoxStack {
  readonly #dim: number;
  #numbers = new Float64Array(1024);
  length = 0;

  constructor(dim: number) {
    this.#dim = dim;
  }

  /** Numbers of a row: lo (R), hi (R), share of the search's volume, halvings since a unit was decided, undecided units before the last of them. */
  get stride(): number {
    return 2 * this.#dim + 3;
  }

  push(row: ArrayLike<number>): void {
    const at = this.length * this.stride;
    if (at + this.stride > this.#numbers.length) {
      const grown = new Float64Array(2 * this.#numbers.length);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    this.#numbers.set(row, at);
    this.length++;
  }

  /** The last rows, at most `most` of them; valid until the next push. */
  take(most: number): Float64Array {
    const end = this.length * this.stride;
    this.length -= Math.min(most, this.length);
    return this.#numbers.subarray(this.length * this.stride, end);
  }

  /** @returns undefined when there is none. */
  pop(): { readonly box: Box; readonly share: number } | undefined {
    if (this.length === 0) return undefined;
    const row = this.take(1);
    const R = this.#dim;
    return { box: { lo: row.slice(0, R), hi: row.slice(R, 2 * R) }, share: row[2 * R] };
  }
}

/**
 * Boxes of one root in front of the search: those that a filter does not discard are halved and go through it again, until little is
 * left of them that float32 can tell. What is discarded and `kept` together cover all boxes that were added.
 *
 * Depth first, a batch at a time, so that memory is that of a batch and its parts on each level.
 */
export class FilteredRoot {
  /** For the search. */
  readonly kept: BoxStack;
  /** Boxes filtered. */
  boxes = 0;
  /** Share of the search's volume that was discarded. */
  settled = 0;
  readonly #units: BoxUnits;
  readonly #open: BoxStack;

  constructor(units: BoxUnits) {
    this.#units = units;
    this.kept = new BoxStack(units.dim);
    this.#open = new BoxStack(units.dim);
  }

  /** The box rounded outwards to float32. */
  add({ lo, hi }: Box, share: number): void {
    const down = Array.from(lo, (x) => float32Below(x));
    const up = Array.from(hi, (x) => -float32Below(-x));
    this.#open.push([...down, ...up, share, 0, this.#units.count]);
  }

  /** Boxes that are still to be filtered. */
  get open(): number {
    return this.#open.length;
  }

  /** One batch. */
  async step(filter: BoxFilter): Promise<void> {
    const { dim: R } = this.#units;
    const { stride } = this.#open;
    // rows are overwritten once parts are pushed
    const rows = this.#open.take(filter.batchSize(this.#units)).slice();
    const count = rows.length / stride;
    const boxes = new Float32Array(2 * R * count);
    for (let i = 0; i < count; i++) writeCentre(rows.subarray(i * stride, (i + 1) * stride), R, boxes, 2 * R * i);
    const filtered = await filter.filter(this.#units, boxes);
    this.boxes += count;
    for (let i = 0; i < count; i++) this.#divide(rows.subarray(i * stride, (i + 1) * stride), filtered, i);
  }

  /** What becomes of a box, by what the filter says of it. @param row overwritten. */
  #divide(row: Float64Array, { verdicts, undecided, nearness, spread }: FilteredBoxes, i: number): void {
    const { dim: R } = this.#units;
    const [share, stale, before] = row.subarray(2 * R);
    if (verdicts[i] & BoxVerdict.empty) {
      this.settled += share;
      return;
    }
    const unchanged = undecided[i] < before ? 0 : stale;
    const few = undecided[i] <= FEW_UNDECIDED || unchanged >= STALE_PER_COORDINATE * R;
    if (few || verdicts[i] & BoxVerdict.blurred) {
      this.kept.push(row);
      return;
    }
    const halved = this.#halvings(row, nearness[i], spread.subarray(i * R, i * R + R));
    if (halved.length === 0) {
      this.kept.push(row);
      return;
    }
    row[2 * R] = share / 2 ** halved.length;
    row[2 * R + 1] = unchanged + halved.length;
    row[2 * R + 2] = undecided[i];
    for (let part = 0; part < 2 ** halved.length; part++) {
      const child = row.slice();
      halved.forEach((n, k) => {
        const half = middle32(child[n], child[R + n]);
        if ((part >> k) & 1) child[n] = half;
        else child[R + n] = half;
      });
      this.#open.push(child);
    }
  }

  /** Coordinates to halve one after the other, each the one that makes most of the spread of the bands; none if no side can be halved. */
  #halvings(row: Float64Array, nearness: number, spread: Float32Array): number[] {
    const { dim: R } = this.#units;
    const times = nearness < NEARNESS_FOR_QUARTERS ? MOST_HALVINGS : nearness < NEARNESS_FOR_HALVES ? 2 : 1;
    const first = row.slice();
    const halved: number[] = [];
    while (halved.length < times) {
      let best = -1;
      let most = -1;
      for (let n = 0; n < R; n++) {
        const width = first[R + n] - first[n];
        const half = middle32(first[n], first[R + n]);
        if (!(half > first[n] && half < first[R + n] && width >= SMALLEST_SIDE)) continue;
        if (spread[n] * width > most) {
          most = spread[n] * width;
          best = n;
        }
      }
      if (best < 0) break;
      halved.push(best);
      first[R + best] = middle32(first[best], first[R + best]);
    }
    return halved;
  }
}

/** Both halves share it, and so cover the whole. */
function middle32(lo: number, hi: number): number {
  return Math.fround(0.5 * (lo + hi));
}

/** The centre and half-widths of a row's box in float32, with the box within their sum. */
function writeCentre(row: Float64Array, R: number, out: Float32Array, at: number): void {
  for (let k = 0; k < R; k++) {
    const lo = row[k];
    const hi = row[R + k];
    const c = middle32(lo, hi);
    out[at + k] = c;
    // the factor is worth four roundings to float32: up, that is
    out[at + R + k] = Math.max(hi - c, c - lo) * (1 + 2 ** -22);
  }
}

/** The largest float32 at most x, or the one below it. */
function float32Below(x: number): number {
  const near = Math.fround(x);
  return near <= x ? near : Math.fround(x - Math.abs(x) * 2 ** -23 - 2 ** -149);
}
