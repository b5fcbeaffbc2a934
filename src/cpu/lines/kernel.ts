import type { LineShape, LineWorkspace } from "./workspace.ts";

/** The arithmetic along one line, in a workspace that the caller fills and reads (`walker.ts`). */
export interface LineKernel {
  readonly shape: LineShape;
  readonly workspace: LineWorkspace;
  /**
   * The line on which the hyperplanes of L meet, with its errors: reads subset; writes p, y, x, lineErrors, defect. Eliminates in the order that
   * L has.
   * @returns 1 if the defect is at most `LARGEST_DEFECT` and all is in the range of safe products, else 0: then pivots may help.
   */
  parametrise(): number;
  /** Where the line meets each hyperplane: reads the line; writes t, error, beta, codes, moments. Numbers of L itself mean nothing. */
  cross(): void;
  /**
   * The bits of L at the vertices with hyperplanes from ≤ j < to, and maybe others beside them, into codes. Reads the line, beta. Only where
   * `shape.dismisses`.
   */
  tie(from: number, to: number): void;
  /**
   * Orders the crossings of hyperplanes that are neither `FLAT` nor `OWN`: writes order, boundary.
   * @returns their number; that less one, negated, if they are in `unsorted` and still to be ordered.
   */
  sort(): number;
  /**
   * Which vertices' candidates are not surely outside their region, or whose bits or order are not decided: places into `open`, unordered. Reads
   * order, boundary, codes, base, subset; writes tied, open, dismissed. Only where `shape.dismisses`.
   * @param crossings from `sort`. @param from @param to the hyperplanes whose vertices are looked at.
   * @returns the number of open places.
   */
  dismiss(crossings: number, from: number, to: number): number;
  /**
   * Is the candidate of the region before the first crossing surely outside it? Reads codes, base, subset. Only where `shape.dismisses`.
   * @param setting of the bits of L.
   * @returns 1 or 0; 0 also if a hyperplane besides L is `FLAT`.
   */
  dismissEnd(setting: number): number;
}
