/**
 * The slopes of the lines under the units' graphs by which a box was discarded: those of the bands, those of the edges
 * of the hulls at the box's centre (the sieve), or slopes of its own for the undecided units (the sweep).
 */
export type Lines =
  | "bands"
  | "edges"
  | {
      /** Units, and one slope for each. */
      readonly units: ArrayLike<number>;
      readonly slopes: ArrayLike<number>;
      readonly count: number;
    };
