import { genericRegionCount } from "../arrangement/counts.ts";
import { indices } from "../exact/region.ts";
import { bit, setBit } from "../model/mask.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { MaskTree } from "./mask-tree.ts";

/**
 * A filter is made only for models of few hyperplanes, with a region for at least one in `MASKS_PER_REGION` of the 2^n
 * masks.
 */
const MAX_HYPERPLANES = 14;
const MASKS_PER_REGION = 4;

/** Knows beforehand which of the 2^n masks of a small model are excluded (`MaskTree`). */
export class MaskFilter {
  /** The masks that are not excluded, one bit each. */
  readonly #open: Uint32Array;

  private constructor(tree: MaskTree, n: number) {
    const open = new Uint32Array(Math.max(1, 2 ** (n - 5)));
    tree.visit((mask) => {
      setBit(open, mask);
    });
    this.#open = open;
  }

  /** Whether a filter pays for a model of n hyperplanes in ρ dimensions. */
  static pays(n: number, rank: number): boolean {
    return n > 0 && n <= MAX_HYPERPLANES && 2 ** n <= MASKS_PER_REGION * Number(genericRegionCount(n, rank));
  }

  /**
   * @param prunes as in `MaskTree`.
   * @returns undefined where a filter would not pay, or where M is not surely regular.
   */
  static of(model: StageModel, prunes = false): MaskFilter | undefined {
    if (model.precision.array !== Float64Array || !MaskFilter.pays(model.count, model.rank)) return undefined;
    const tree = MaskTree.of(model, prunes, false);
    return tree === undefined ? undefined : new MaskFilter(tree, model.count);
  }

  /**
   * Whether the closed region of a mask surely holds no fixed point, and, unless the filter prunes, its matrix is
   * surely regular.
   */
  excludes(mask: number): boolean {
    return bit(this.#open, mask) === 0;
  }

  /** The masks that are not excluded, ascending. */
  openMasks(): number[] {
    return indices(this.#open);
  }
}
