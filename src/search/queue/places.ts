import { factorise, solveFactorised } from "../../float/elimination.ts";
import { bit } from "../../model/mask.ts";
import type { CandidateSink } from "../../stages/run.ts";
import type { SearchSystem } from "../roots/search-system.ts";
import type { KnownPoints } from "./forecast.ts";
import type { QueuedBox, SearchPlan } from "./plan.ts";

/** In more dimensions a search hardly ends; past so many points others tell nothing new. */
const MOST_DIMENSIONS = 12;
const MOST_PLACES = 1024;

/**
 * Where early points lie, in the coordinates of the first root, in float64. Most of a search's work is in boxes around
 * fixed points, so they tell which boxes take long. They steer nothing.
 */
export class Places implements KnownPoints {
  readonly #places: Float64Array[] = [];
  /** The regions heard of. */
  readonly #masks = new Map<string, Uint32Array>();
  #plan: SearchPlan | undefined;

  /** From now on places are known, those of regions heard of before too. */
  set plan(plan: SearchPlan) {
    if (plan.roots[0]!.problem.table.dim > MOST_DIMENSIONS) return;
    this.#plan = plan;
    for (const mask of this.#masks.values()) this.#place(mask);
  }

  /** Passes all on to a sink, and keeps the place of each region. */
  hearing(sink: CandidateSink): CandidateSink {
    const hear = (mask: Uint32Array) => this.#hear(mask);
    return {
      add(mask, regular) {
        hear(mask);
        sink.add(mask, regular);
      },
      addEarly(mask) {
        hear(mask);
        if (sink.addEarly !== undefined) sink.addEarly(mask);
        else sink.add(mask, false);
      },
      settle: (control) => sink.settle?.(control),
      get found() {
        return sink.found;
      },
    };
  }

  get count(): number {
    return this.#places.length;
  }

  /** How many of them lie in a box. Boxes of other roots are in other coordinates: 0. */
  within({ root, box: { lo, hi } }: QueuedBox): number {
    if (root !== 0) return 0;
    let count = 0;
    for (const place of this.#places) if (place.every((y, k) => lo[k]! <= y && y <= hi[k]!)) count++;
    return count;
  }

  #hear(mask: Uint32Array): void {
    const key = mask.join();
    if (this.#masks.size >= MOST_PLACES || this.#masks.has(key)) return;
    const own = mask.slice();
    this.#masks.set(key, own);
    this.#place(own);
  }

  #place(mask: Uint32Array): void {
    if (this.#plan === undefined) return;
    const place = zeroOf(this.#plan.roots[0]!.problem.system, this.#plan.turned(mask));
    if (place !== undefined) this.#places.push(place);
  }
}

/** The zero y of a region's affine map, (M + VᵀDU) y = g + VᵀD h, rounded; undefined where there is no single one. */
export function zeroOf({ dim: R, count: N, M, g, U, V, h }: SearchSystem, mask: Uint32Array): Float64Array | undefined {
  const matrix = M.rounded.slice();
  const right = g.rounded.slice();
  for (let j = 0; j < N; j++) {
    if (bit(mask, j) === 0) continue;
    for (let i = 0; i < R; i++) {
      const v = V.rounded[j * R + i]!;
      if (v === 0) continue;
      right[i]! += v * h.rounded[j]!;
      for (let k = 0; k < R; k++) matrix[i * R + k]! += v * U.rounded[j * R + k]!;
    }
  }
  const order = new Uint32Array(R);
  if (!factorise(matrix, R, order)) return undefined;
  const y = new Float64Array(R);
  solveFactorised(matrix, R, order, right, y);
  return y;
}
