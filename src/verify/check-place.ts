import { compareVectors, pointOf } from "../exact/affine.ts";
import { intervalOf, relativeInterior, restrict } from "../exact/hull.ts";
import { negate, type Rational } from "../exact/rational.ts";
import { checkExtent } from "./check-extent.ts";
import { type CornerBudget, type Corners, cornersOf, scaled } from "./corners.ts";
import type { ExactModel } from "./exact-model.ts";
import type { Piece } from "./piece.ts";
import type { Findings } from "./problem.ts";
import type { ReportedSet } from "./result-schema.ts";

/** The largest number of pieces of a continuum that a result lists. */
const MAX_PIECES = 64;

/** The end of an interval of fixed points: a point, or a direction in which the interval is unbounded. */
export type LineEnd = { readonly vertex: readonly Rational[] } | { readonly ray: readonly Rational[] };

/**
 * The pieces without repeats, each with the first of its regions. (A piece that lies in hyperplanes belongs to several
 * regions.)
 */
export function distinctPieces(model: ExactModel, pieces: readonly Piece[]): Piece[] {
  const distinct = new Map<string, Piece>();
  for (const piece of pieces) {
    const key = model.signs(piece.inner).join();
    if (!distinct.has(key)) distinct.set(key, piece);
  }
  return [...distinct.values()];
}

/** Refuses wrong values of `bounded`, and wrong pieces and ends of a continuum. */
export function checkPlace(
  continuum: ReportedSet,
  pieces: readonly Piece[],
  path: string,
  budget: CornerBudget,
  findings: Findings,
): void {
  const { refuse, leave } = findings;
  const { bounded, pieceCount, pieces: stated, ends, dimension } = continuum;
  if (bounded === undefined || pieceCount === undefined || stated === undefined) {
    if (bounded !== undefined || pieceCount !== undefined || stated !== undefined || ends !== undefined)
      refuse(path, "must have bounded, pieceCount and pieces, or none of them");
    else leave(`${path}.pieces`, "are missing, as in results of earlier versions");
    return;
  }
  const exactlyBounded = pieces.every(isBounded);
  if (bounded !== exactlyBounded) refuse(`${path}.bounded`, `is ${bounded}, but it is ${exactlyBounded}`);
  if (pieceCount !== pieces.length)
    refuse(`${path}.pieceCount`, `is ${pieceCount}, but its regions hold ${pieces.length}`);
  const listed = pieces.slice(0, MAX_PIECES);
  if (stated.length !== listed.length) refuse(`${path}.pieces`, `are ${stated.length}, must be ${listed.length}`);
  listed.slice(0, stated.length).forEach(({ region, closed, hull }, p) => {
    const here = `${path}.pieces[${p}]`;
    if (stated[p]!.region.join() !== region.join()) refuse(`${here}.region`, `must be [${region.join(", ")}]`);
    else checkExtent(stated[p]!, cornersOf(hull, restrict(closed, hull), budget), here, findings);
  });
  if (dimension > 1) {
    if (ends !== undefined) refuse(`${path}.ends`, "are of lines only");
  } else if (ends === undefined) refuse(`${path}.ends`, "are missing");
  else checkExtent(ends, endsOf(pieces.map(lineEnds)), `${path}.ends`, findings);
}

/** Whether no direction but 0 stays in the closed region. */
export function isBounded({ closed, hull }: Piece): boolean {
  const local = restrict(closed, hull);
  if (local.dim > 1) return relativeInterior({ ...local, bound: () => 0n })!.hull.basis.length === 0;
  const { low, high } = intervalOf(local)!;
  return low !== undefined && high !== undefined;
}

/** Both ends of a piece of dimension 1. */
export function lineEnds({ closed, hull }: Piece): LineEnd[] {
  const { low, high } = intervalOf(restrict(closed, hull))!;
  const direction = hull.basis[0]!;
  return [
    low === undefined ? { ray: direction.map(negate) } : { vertex: pointOf(hull, [low]) },
    high === undefined ? { ray: direction } : { vertex: pointOf(hull, [high]) },
  ];
}

/** The ends of a connected set of pieces: the ends of pieces where no other piece begins. */
export function endsOf(pieces: readonly (readonly LineEnd[])[]): Corners {
  const ends = pieces.flat();
  const meeting = meetingPieces(pieces);
  return {
    vertices: ends
      .flatMap((end) => ("vertex" in end && meeting.get(placeOf(end)) === 1 ? [end.vertex] : []))
      .sort(compareVectors),
    rays: ends.flatMap((end) => ("ray" in end ? [scaled(end.ray)] : [])).sort(compareVectors),
    lines: [],
  };
}

/** Whether a connected set of pieces of dimension 1 is one ring. */
export function isRing(pieces: readonly (readonly LineEnd[])[]): boolean {
  const ends = pieces.flat();
  return ends.every((end) => "vertex" in end) && [...meetingPieces(pieces).values()].every((count) => count === 2);
}

/** How many pieces end at each place. */
function meetingPieces(pieces: readonly (readonly LineEnd[])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const end of pieces.flat()) {
    if ("vertex" in end) counts.set(placeOf(end), (counts.get(placeOf(end)) ?? 0) + 1);
  }
  return counts;
}

function placeOf({ vertex }: Extract<LineEnd, { vertex: unknown }>): string {
  return vertex.map(({ n, d }) => `${n}/${d}`).join();
}
