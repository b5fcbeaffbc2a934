import { genericRegionCount } from "../arrangement/counts.ts";
import { indices } from "../exact/region.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { MaskTree } from "./mask-tree.ts";

/** A filter is made only for models of few hyperplanes, of whose 2^n masks at least one in `MASKS_PER_REGION` is a region's. */
const MAX_HYPERPLANES = 14;
const MASKS_PER_REGION = 4;

/** Which of all 2^n masks of a small model are excluded (`MaskTree`), known beforehand. */
export class MaskFilter {
  /** The masks that are not excluded, one bit each. */
  readonly #open: Uint32Array;

  private constructor(tree: MaskTree, n: number) {
    const open = new Uint32Array(Math.max(1, 2 ** (n - 5)));
    tree.visit((mask) => {
      open[mask >>> 5] |= 1 << (mask & 31);
    });
    this.#open = open;
  }

  /** Whether a model of n hyperplanes in ρ dimensions is one to make a filter for. */
  static pays(n: number, rank: number): boolean {
    return n > 0 && n <= MAX_HYPERPLANES && 2 ** n <= MASKS_PER_REGION * Number(genericRegionCount(n, rank));
  }

  /**
   * @param prunes as in `MaskTree`.
   * @returns undefined where a filter would not pay, or nothing can be said.
   */
  static of(model: StageModel, prunes = false): MaskFilter | undefined {
    if (model.precision.array !== Float64Array || !MaskFilter.pays(model.count, model.rank)) return undefined;
    const tree = MaskTree.of(model, prunes, false);
    return tree === undefined ? undefined : new MaskFilter(tree, model.count);
  }

  /** Is there surely no fixed point in the closed region of this mask, and its matrix surely regular unless the filter prunes? */
  excludes(mask: number): boolean {
    return ((this.#open[mask >>> 5] >>> (mask & 31)) & 1) === 0;
  }

  /** The masks that are not excluded, ascending. */
  openMasks(): number[] {
    return indices(this.#open);
  }
}
