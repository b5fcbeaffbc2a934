import { middle } from "../../search/kernel/kernel.ts";
import type { OrbitProblem } from "../boxes/maps.ts";
import { CellImage } from "./cell-image.ts";
import { onClosedWalks } from "./closed-walks.ts";
import { entryOf, MarkedGrid, sumUp } from "./marked-grid.ts";

/** Cells are made where periods of at least this are sought: others take less time than they do. */
const LEAST_PERIOD = 3;
/** Cells that are looked at with one grid, and units of them: some tenths of a second. */
const MOST_CELLS = 20_000;
const MOST_UNITS = 2 ** 22;
/** Entries of a grid's sums. */
const MOST_ENTRIES = 2 ** 20;
/** Times that all cells of a grid are looked at. */
const MOST_ROUNDS = 32;
/** Steps from cell to cell of a grid beyond which closed walks are not looked for. */
const MOST_STEPS = 2 ** 23;
/** A grid of so many cells along a coordinate that has lost none is refined no further. */
const LOSING = 8;
/** So few cells are refined no further. */
const FEW = 32;
/** Cells are of use where they leave less than this share of the root box. */
const USEFUL = 0.7;

const known = new WeakMap<OrbitProblem, MarkedGrid | "useless">();

/**
 * Cells of the root box that together hold every point of every cycle in it, of any period
 * (docs/design.md#recurrent-cells); undefined where they would be nearly all of it, or in homogeneous coordinates.
 *
 * A cell leads to the cells that a box round its image meets. So the cells that hold the points of a cycle lie on a
 * closed walk, and all others are dropped; those that are left are halved along each coordinate (Dellnitz and Hohmann,
 * A subdivision algorithm for the computation of unstable manifolds and global attractors, 1997). Cells that lead
 * nowhere or that none leads to are dropped first, which is quicker.
 * @param most the largest period that is sought.
 */
export function recurrentCells(problem: OrbitProblem, most: number): MarkedGrid | undefined {
  if (most < LEAST_PERIOD) return undefined;
  let cells = known.get(problem);
  if (cells === undefined) {
    cells = refined(problem) ?? "useless";
    known.set(problem, cells);
  }
  return cells === "useless" ? undefined : cells;
}

function refined(problem: OrbitProblem): MarkedGrid | undefined {
  const { rows: R, table, root } = problem;
  if (table.dim > R) return undefined;
  const image = new CellImage(problem);
  let grid = new MarkedGrid(Array.from(root.lo, (lo, i) => Float64Array.of(lo, root.hi[i]!)));
  let cells: Int32Array = Int32Array.of(0);
  for (;;) {
    const n = 2 * grid.count;
    const many = cells.length * 2 ** R;
    if (many > MOST_CELLS || many * table.count > MOST_UNITS || (n + 1) ** R > MOST_ENTRIES) break;
    const finer = grid.ends.map(halved);
    if (!finer.every((ends) => ends.every((x, i) => i === 0 || x > ends[i - 1]!))) break;
    const parts = halvesOf(cells, grid.count, R);
    grid = new MarkedGrid(finer);
    cells = trimmed(grid, parts, image);
    if ((n > LOSING && cells.length < FEW) || (n === LOSING && cells.length === n ** R)) break;
  }
  if (cells.length > USEFUL * grid.count ** R) return undefined;
  grid.mark(cells);
  return grid;
}

/** The ends of cells half as wide: each of the old ones is one. */
function halved(ends: Float64Array): Float64Array {
  return Float64Array.from({ length: 2 * ends.length - 1 }, (_, i) =>
    i % 2 === 0 ? ends[i / 2]! : middle(ends[(i - 1) / 2]!, ends[(i + 1) / 2]!),
  );
}

/** The cells of the finer grid that are parts of cells. */
function halvesOf(cells: Int32Array, count: number, dim: number): Int32Array {
  const parts = new Int32Array(cells.length * 2 ** dim);
  let at = 0;
  for (const cell of cells) {
    for (let part = 0; part < 2 ** dim; part++) {
      let rest = cell;
      let code = 0;
      let factor = 1;
      for (let i = 0; i < dim; i++) {
        code += (2 * (rest % count) + ((part >> i) & 1)) * factor;
        rest = Math.floor(rest / count);
        factor *= 2 * count;
      }
      parts[at++] = code;
    }
  }
  return parts;
}

/** The cells that are left once none can be dropped, or after some rounds. */
function trimmed(grid: MarkedGrid, all: Int32Array, image: CellImage): Int32Array {
  const { dim: R, count: n } = grid;
  const first = new Int32Array(all.length * R);
  const last = new Int32Array(all.length * R);
  const lo = new Float64Array(R);
  const hi = new Float64Array(R);
  /** Places in `all`. */
  let left: Int32Array = Int32Array.from(all.keys()).filter((at) => {
    let rest = all[at]!;
    for (let i = 0; i < R; i++) {
      lo[i] = grid.ends[i]![rest % n]!;
      hi[i] = grid.ends[i]![(rest % n) + 1]!;
      rest = Math.floor(rest / n);
    }
    return image.enclose(lo, hi) && grid.rangeOf(image.low, image.high, first, last, at * R);
  });
  const images = new Int32Array((n + 1) ** R);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = left.length;
    grid.mark(left.map((at) => all[at]!));
    left = left.filter((at) => grid.countIn(first, last, at * R) > 0);
    images.fill(0);
    for (const at of left) addRange(images, n + 1, R, first, last, at * R);
    sumUp(images, n + 1, R);
    left = left.filter((at) => images[entryOf(all[at]!, n, R, 0)]! > 0);
    if (left.length === before) break;
  }
  const cells = left.map((at) => all[at]!);
  grid.mark(cells);
  let steps = 0;
  for (const at of left) steps += grid.countIn(first, last, at * R);
  if (steps > MOST_STEPS) return cells;
  const of = (ranges: Int32Array) =>
    Int32Array.from({ length: left.length * R }, (_, n) => ranges[left[Math.floor(n / R)]! * R + (n % R)]!);
  const found = onClosedWalks({ dim: R, count: n, cells, first: of(first), last: of(last) });
  return cells.filter((_, v) => found[v] === 1);
}

/** Adds 1 to each cell of a range, once all is summed up. */
function addRange(sums: Int32Array, base: number, dim: number, first: Int32Array, last: Int32Array, at: number): void {
  for (let corner = 0; corner < 1 << dim; corner++) {
    let entry = 0;
    let sign = 1;
    for (let i = dim - 1; i >= 0; i--) {
      const isLast = ((corner >> i) & 1) === 1;
      entry = entry * base + (isLast ? last[at + i]! + 1 : first[at + i]!);
      if (isLast) sign = -sign;
    }
    sums[entry]! += sign;
  }
}
