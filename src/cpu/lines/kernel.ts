import type { LineShape, LineWorkspace } from "./workspace.ts";

/** The arithmetic along one line, in a workspace that the caller fills and reads (`walker.ts`). */
export interface LineKernel {
  readonly shape: LineShape;
  readonly workspace: LineWorkspace;
  /**
   * Finds the line on which the hyperplanes of L meet, with its errors. Reads subset; writes p, y, x, lineErrors,
   * defect. Eliminates in the order of L, without pivots.
   * @returns 1 if the defect is at most `LARGEST_DEFECT` and all numbers are in the range of safe products, else 0:
   *   then pivots may help.
   */
  parametrise(): number;
  /**
   * Finds where the line meets each hyperplane. Reads the line; writes t, error, beta, codes, moments. The numbers of
   * hyperplanes in L mean nothing.
   */
  cross(): void;
  /**
   * Puts the bits of L at the vertices with hyperplanes from ≤ j < to into codes, and maybe those of neighbours. Reads
   * the line, beta. Only where `shape.dismisses`.
   */
  tie(from: number, to: number): void;
  /**
   * Orders the crossings of hyperplanes that are neither `FLAT` nor `OWN`. Writes order, boundary.
   * @returns the number of crossings; or that number less one, negated, if the crossings are in `unsorted` and still to
   *   be ordered.
   */
  sort(): number;
  /**
   * Puts into `open`, unordered, the places of vertices whose candidate is not surely outside its region, or whose bits
   * or order are not decided. Reads order, boundary, codes, base, subset; writes tied, open, dismissed. Only where
   * `shape.dismisses`.
   * @param crossings from `sort`. @param from @param to the hyperplanes whose vertices are looked at.
   * @returns the number of open places.
   */
  dismiss(crossings: number, from: number, to: number): number;
  /**
   * Whether the candidate of the region before the first crossing is surely outside it. Reads codes, base, subset. Only
   * where `shape.dismisses`.
   * @param setting the bits of L.
   * @returns 1 or 0; 0 also if a hyperplane besides L is `FLAT`.
   */
  dismissEnd(setting: number): number;
}
