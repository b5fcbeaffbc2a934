import { TwinBoxFilter } from "../../cpu/filter-boxes.ts";
import { StillpointError } from "../../model/errors.ts";
import { type BoxFilter, type BoxUnits, BoxVerdict, type FilteredBoxes } from "../../stages/box-filter.ts";
import type { Box } from "../roots/problem.ts";
import { halvingsFor, MOST_HALVINGS } from "./halving.ts";

/**
 * A box with at most this many undecided units goes to the CPU, which folds the other units and has endings for such
 * boxes.
 */
const FEW_UNDECIDED = 12;
/**
 * After this many halvings per coordinate without a decided unit a box goes to the CPU too: its units may meet in a
 * point, or zeros may go on along them. The number is larger than in box-search.ts, since such a large box is much work
 * for the CPU.
 */
const STALE_PER_COORDINATE = 8;
/** Shorter sides are not halved: float32 tells little apart there. */
const SMALLEST_SIDE = 2 ** -30;
/** Discarded boxes of each batch that are filtered again on the CPU. */
const AUDITS = 8;
/**
 * A discarded box has a nearness above 1. Where W is nearly singular the functionals of shader and twin may differ by
 * some hundredths; rounding never brings the twin's nearness below this.
 */
const CONTRADICTION = 0.5;

/** A stack of boxes as rows of numbers: there may be too many for an object each. */
export class BoxStack {
  /**
   * Numbers of a row: lo (R), hi (R), share of the search's volume, halvings since a unit was decided, undecided units
   * before the last halving.
   */
  readonly stride: number;
  readonly #dim: number;
  #numbers = new Float64Array(1024);
  length = 0;

  constructor(dim: number) {
    this.#dim = dim;
    this.stride = 2 * dim + 3;
  }

  /** @param row the first `stride` numbers are the box. */
  push(row: Float64Array): void {
    const at = this.length * this.stride;
    if (at + this.stride > this.#numbers.length) {
      const grown = new Float64Array(2 * this.#numbers.length);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    // rows are short: `set` would take longer
    for (let k = 0; k < this.stride; k++) this.#numbers[at + k] = row[k];
    this.length++;
  }

  /** Removes the last rows, at most `most` of them. */
  take(most: number): Float64Array {
    const end = this.length * this.stride;
    this.length -= Math.min(most, this.length);
    return this.#numbers.slice(this.length * this.stride, end);
  }

  /** @returns the last box, removed; undefined if there is none. */
  pop(): { readonly box: Box; readonly share: number } | undefined {
    if (this.length === 0) return undefined;
    const row = this.take(1);
    const R = this.#dim;
    return { box: { lo: row.slice(0, R), hi: row.slice(R, 2 * R) }, share: row[2 * R] };
  }
}

/**
 * The boxes of one root before the search. Boxes that the filter does not discard are halved and filtered again, until
 * float32 can tell little more about them. Discarded and `kept` boxes together cover all boxes that were added.
 *
 * The work goes depth first and a batch at a time, so that memory is that of a batch and its parts on each level.
 */
export class FilteredRoot {
  /** Boxes that are left to the search. */
  readonly kept: BoxStack;
  /** Boxes filtered. */
  boxes = 0;
  /** Share of the search's volume that was discarded. */
  settled = 0;
  readonly #units: BoxUnits;
  readonly #open: BoxStack;
  /** The box that is being divided, and one of its parts. */
  readonly #row: Float64Array;
  readonly #part: Float64Array;
  readonly #halved = new Int32Array(MOST_HALVINGS);

  constructor(units: BoxUnits) {
    this.#units = units;
    this.kept = new BoxStack(units.dim);
    this.#open = new BoxStack(units.dim);
    this.#row = new Float64Array(this.#open.stride);
    this.#part = new Float64Array(this.#open.stride);
  }

  /** Adds a box, rounded outwards to float32. */
  add({ lo, hi }: Box, share: number): void {
    const down = Array.from(lo, (x) => float32Below(x));
    const up = Array.from(hi, (x) => -float32Below(-x));
    this.#open.push(Float64Array.from([...down, ...up, share, 0, this.#units.count]));
  }

  /** Boxes that are still to be filtered. */
  get open(): number {
    return this.#open.length;
  }

  /** Filters one batch. @throws what the filter throws; StillpointError GPU_FAILED if a verdict can't be right. */
  async step(filter: BoxFilter): Promise<void> {
    const { dim: R } = this.#units;
    const { stride } = this.#open;
    const rows = this.#open.take(filter.batchSize(this.#units));
    const count = rows.length / stride;
    const boxes = new Float32Array(2 * R * count);
    for (let i = 0; i < count; i++) writeCentre(rows, i * stride, R, boxes, 2 * R * i);
    const filtered = await filter.filter(this.#units, boxes);
    this.boxes += count;
    await audit(this.#units, boxes, filtered);
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < stride; k++) this.#row[k] = rows[i * stride + k];
      this.#decide(filtered, i);
    }
  }

  /** Drops, keeps or divides the box in `row`, the i-th of its batch. */
  #decide({ verdicts, undecided, nearness, spread }: FilteredBoxes, i: number): void {
    const { dim: R } = this.#units;
    const row = this.#row;
    if (verdicts[i] & BoxVerdict.empty) {
      this.settled += row[2 * R];
      return;
    }
    const stale = undecided[i] < row[2 * R + 2] ? 0 : row[2 * R + 1];
    row[2 * R + 1] = stale;
    row[2 * R + 2] = undecided[i];
    const ended = undecided[i] <= FEW_UNDECIDED || stale >= STALE_PER_COORDINATE * R;
    const halvings = ended || verdicts[i] & BoxVerdict.blurred ? 0 : this.#chooseHalves(nearness[i], spread, i * R);
    if (halvings === 0) this.kept.push(row);
    else this.#divide(halvings);
  }

  /**
   * Chooses the coordinates to halve one after the other: each time the coordinate that makes most of the spread of the
   * bands. @returns how many; 0 if no coordinate can be halved.
   */
  #chooseHalves(nearness: number, spread: Float32Array, at: number): number {
    const { dim: R } = this.#units;
    const times = halvingsFor(nearness);
    const first = this.#part;
    for (let k = 0; k < 2 * R; k++) first[k] = this.#row[k];
    let halvings = 0;
    while (halvings < times) {
      let best = -1;
      let most = -1;
      for (let n = 0; n < R; n++) {
        const width = first[R + n] - first[n];
        const half = middle32(first[n], first[R + n]);
        if (!(half > first[n] && half < first[R + n] && width >= SMALLEST_SIDE)) continue;
        if (spread[at + n] * width > most) {
          most = spread[at + n] * width;
          best = n;
        }
      }
      if (best < 0) break;
      this.#halved[halvings++] = best;
      first[R + best] = middle32(first[best], first[R + best]);
    }
    return halvings;
  }

  /**
   * Divides the box into its parts. Bit k of a part's number says in which half of the k-th halved coordinate the part
   * is.
   */
  #divide(halvings: number): void {
    const { dim: R } = this.#units;
    const row = this.#row;
    const part = this.#part;
    const parts = 2 ** halvings;
    row[2 * R] /= parts;
    row[2 * R + 1] += halvings;
    for (let number = 0; number < parts; number++) {
      for (let k = 0; k < row.length; k++) part[k] = row[k];
      for (let k = 0; k < halvings; k++) {
        const n = this.#halved[k];
        const half = middle32(part[n], part[R + n]);
        if ((number >> k) & 1) part[n] = half;
        else part[R + n] = half;
      }
      this.#open.push(part);
    }
  }
}

/** Filters some of the discarded boxes again, by the twin. @throws StillpointError GPU_FAILED */
async function audit(units: BoxUnits, boxes: Float32Array, { verdicts }: FilteredBoxes): Promise<void> {
  const row = 2 * units.dim;
  const discarded = Array.from(verdicts.keys()).filter((i) => verdicts[i] & BoxVerdict.empty);
  const step = Math.ceil(discarded.length / AUDITS);
  const sample = discarded.filter((_, at) => at % step === 0);
  const again = new Float32Array(row * sample.length);
  sample.forEach((i, at) => {
    again.set(boxes.subarray(row * i, row * (i + 1)), row * at);
  });
  const twin = await new TwinBoxFilter().filter(units, again);
  const wrong = twin.verdicts.findIndex(
    (verdict, at) => !(verdict & BoxVerdict.empty) && twin.nearness[at] < CONTRADICTION,
  );
  if (wrong < 0) return;
  throw new StillpointError(
    "GPU_FAILED",
    `the GPU discarded a box that the CPU does not, by far (${twin.nearness[wrong].toPrecision(3)} of what would do), so nothing that it said ` +
      'is believed. Use backend "cpu"',
  );
}

/** The middle of a side, in float32. Both halves end there, and so cover the whole. */
function middle32(lo: number, hi: number): number {
  return Math.fround(0.5 * (lo + hi));
}

/**
 * Writes centre and half-widths in float32 of the box whose row begins at `from`, so that the box lies within centre ±
 * half-widths.
 */
function writeCentre(rows: Float64Array, from: number, R: number, out: Float32Array, to: number): void {
  for (let k = 0; k < R; k++) {
    const lo = rows[from + k];
    const hi = rows[from + R + k];
    const c = middle32(lo, hi);
    out[to + k] = c;
    // the factor covers four roundings to float32
    out[to + R + k] = Math.max(hi - c, c - lo) * (1 + 2 ** -22);
  }
}

/** A float32 that is at most x: the largest, or the one before it. */
function float32Below(x: number): number {
  const near = Math.fround(x);
  return near <= x ? near : Math.fround(x - Math.abs(x) * 2 ** -23 - 2 ** -149);
}
