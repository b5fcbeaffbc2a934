import type { PiecewiseLinearSystem } from "../model/system.ts";
import { type LinearisationReport, linearise } from "../stability/stability.ts";
import type { ExactPlace, ExactSigns, Segment, SweepParts } from "./collector.ts";

/** What counts as one in a sweep, and the class it has. */
export interface Identity<C> {
  /** What is to be told, each thing once. */
  distinct(parts: SweepParts): SweepParts;
  /** The same place for all places that are one. */
  canonical(place: ExactPlace): ExactPlace;
  /** How many times the orbit at a place goes round a shorter one: 1 if it does not. */
  rounds(place: ExactPlace): number;
  /** A segment that is the same one and begins at the place. */
  beginningAt(segment: Segment, place: ExactPlace): Segment;
  classify(signs: ExactSigns): C;
}

/** Fixed points: each is itself. @param origin the system at s = 0; its Jacobians are those of all s. */
export function fixedPointIdentity(origin: PiecewiseLinearSystem): Identity<LinearisationReport> {
  return {
    distinct: (parts) => parts,
    canonical: (place) => place,
    rounds: () => 1,
    beginningAt: (segment) => segment,
    classify: (signs) => linearise(origin, signs),
  };
}
