import type { AffineSet } from "../exact/affine.ts";
import type { Polyhedron } from "../exact/polyhedron.ts";
import type { Rational } from "../exact/rational.ts";

/** The fixed points of a continuum in one of its regions. */
export interface Piece {
  readonly region: readonly number[];
  readonly hull: AffineSet;
  readonly closed: Polyhedron;
  /** A point of the relative interior. */
  readonly inner: readonly Rational[];
}
