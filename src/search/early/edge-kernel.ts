import { instantiate } from "../../wasm/instance.ts";
import { type EdgeArray, type EdgeLayout, edgeLayout, writeEdgeKernel } from "./edge-kernel-writer.ts";

/**
 * The innermost loop of following curves, over the directions of a table: the only work that grows with both their
 * number and the dimension.
 */
export interface EdgeKernel {
  readonly arrays: Readonly<Record<EdgeArray, Float64Array>>;
  /**
   * For the first `control[3]` directions: moves x by `control[0]` times dx, sets dx to U y times `control[1]`, and
   * finds the first end, lo or hi, that x meets on its way along dx.
   * @returns its direction, or −1 if there is none; its distance is then in `control[2]`.
   */
  advance(): number;
}

/** The kernel in WebAssembly if the host has it, else as a loop, with the same numbers to the last bit. */
export function edgeKernelFor(R: number, D: number): EdgeKernel {
  return wasmEdgeKernel(R, D) ?? new LoopEdgeKernel(R, D);
}

/** @returns undefined where WebAssembly or its vectors are missing, or a content security policy forbids them. */
export function wasmEdgeKernel(R: number, D: number): EdgeKernel | undefined {
  const layout = edgeLayout(R, D);
  const made = instantiate(`edges ${R} ${D}`, layout.bytes, () => writeEdgeKernel(R, D));
  if (made === undefined) return undefined;
  const { advance } = made.functions;
  return { arrays: arraysIn(layout, made.buffer), advance };
}

export class LoopEdgeKernel implements EdgeKernel {
  readonly arrays: EdgeKernel["arrays"];
  readonly #R: number;

  constructor(R: number, D: number) {
    const layout = edgeLayout(R, D);
    this.#R = R;
    this.arrays = arraysIn(layout, new ArrayBuffer(layout.bytes));
  }

  advance(): number {
    const R = this.#R;
    const { rows, x, dx, lo, hi, y, control } = this.arrays;
    const length = control[0]!;
    const sense = control[1]!;
    let best = Number.POSITIVE_INFINITY;
    let next = -1;
    const count = control[3]!;
    for (let j = 0; j < count; j++) {
      let at = (j >> 1) * 2 * R + (j & 1);
      let sum = rows[at]! * y[0]!;
      for (let k = 1; k < R; k++) {
        at += 2;
        sum += rows[at]! * y[k]!;
      }
      const rate = sense * sum;
      const place = x[j]! + length * dx[j]!;
      x[j] = place;
      dx[j] = rate;
      const gap = rate < 0 ? place - lo[j]! : hi[j]! - place;
      // rounding may have put x just past an end; where nothing moves this is NaN or infinite
      const distance = (gap < 0 ? 0 : gap) / Math.abs(rate);
      if (distance < best) {
        best = distance;
        next = j;
      }
    }
    control[2] = best;
    return next;
  }
}

function arraysIn({ at, lengths }: EdgeLayout, buffer: ArrayBuffer): EdgeKernel["arrays"] {
  const view = (name: EdgeArray) => new Float64Array(buffer, 8 * at[name], lengths[name]);
  return {
    rows: view("rows"),
    x: view("x"),
    dx: view("dx"),
    lo: view("lo"),
    hi: view("hi"),
    y: view("y"),
    control: view("control"),
  };
}

/** Writes row j of U (D×R) as the kernel's row `at`: rows come in pairs, column by column. */
export function writeRow({ rows }: EdgeKernel["arrays"], at: number, U: Float64Array, j: number, R: number): void {
  const to = (at >> 1) * 2 * R + (at & 1);
  for (let k = 0; k < R; k++) rows[to + 2 * k] = U[j * R + k]!;
}

/** Makes a direction one that nothing crosses: what fills up an odd number of them. */
export function clearRow({ rows, x, dx, lo, hi }: EdgeKernel["arrays"], at: number, R: number): void {
  const to = (at >> 1) * 2 * R + (at & 1);
  for (let k = 0; k < R; k++) rows[to + 2 * k] = 0;
  x[at] = 0;
  dx[at] = 0;
  lo[at] = Number.NEGATIVE_INFINITY;
  hi[at] = Number.POSITIVE_INFINITY;
}
