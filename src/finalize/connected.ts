import type { Steps } from "../base/steps.ts";
import type { AffineSet } from "../exact/affine.ts";
import { solvingAffine } from "../exact/elimination.ts";
import { restrict } from "../exact/hull.ts";
import type { Polyhedron } from "../exact/polyhedron.ts";
import { reverseRows } from "../exact/region.ts";
import { findingPoint } from "../exact/simplex.ts";
import { DisjointSets } from "./disjoint-sets.ts";
import { type ExactEnds, type Extent, endsOf, faceKeys, findingExtent, MAX_GENERATORS, MAX_STEPS } from "./extent.ts";
import type { Piece } from "./pieces.ts";

/** A connected set of fixed points: continua of any hulls and dimensions that touch one another. */
export interface ExactConnectedSet {
  /** The numbers of the continua, ascending. */
  readonly continua: readonly number[];
  /** The ends of the set; only if all continua have dimension 1. */
  readonly ends?: ExactEnds;
}

/** The number of steps for the extents of all pieces of dimension two or more, if there are several continua. */
const STEPS_IN_ALL = 2 ** 24;
/** The largest number of pieces of dimension two or more whose extent is computed. */
const MAX_PIECES = 4096;
/** The largest number of pairs with a piece of unknown extent that are examined for a common point. */
const MAX_PAIRS = 1024;

/** The lower sides of all hyperplanes in the coordinates of an affine set. */
type SidesWithin = (hull: AffineSet, key: string) => Polyhedron;

/** A piece, the continuum to which it belongs, and its extent if that is known. */
interface Member {
  readonly piece: Piece;
  readonly continuum: number;
  readonly extent: Extent | undefined;
}

/**
 * The connected sets of continua, by the first continuum of each, in steps.
 *
 * @param continua the pieces of each.
 * @returns undefined if there are too many pieces to decide.
 */
export function* connectingContinua(
  continua: readonly (readonly Piece[])[],
  sidesWithin: SidesWithin,
): Steps<ExactConnectedSet[] | undefined> {
  const members = yield* findingMembers(continua, sidesWithin);
  const sets = new DisjointSets(continua.length);
  joinByFaces(members, sets);
  if (sets.count > 1 && !(yield* joiningOthers(members, sets, sidesWithin))) return undefined;
  const found = new Map<number, { continua: number[]; extents: (Extent | undefined)[] }>();
  for (const { continuum, extent } of members) {
    const root = sets.find(continuum);
    const set = found.get(root) ?? { continua: [], extents: [] };
    found.set(root, set);
    if (set.continua.at(-1) !== continuum) set.continua.push(continuum);
    set.extents.push(extent);
  }
  return [...found.values()].map(({ continua: numbers, extents }) => {
    const lines = numbers.every((c) => continua[c]![0]!.hull.basis.length === 1);
    return { continua: numbers, ...(lines ? { ends: endsOf(extents.map((extent) => extent!)) } : {}) };
  });
}

function* findingMembers(continua: readonly (readonly Piece[])[], sidesWithin: SidesWithin): Steps<Member[]> {
  let steps = STEPS_IN_ALL;
  let planes = 0;
  const members: Member[] = [];
  for (const [continuum, pieces] of continua.entries()) {
    const { hull, hullKey } = pieces[0]!;
    const line = hull.basis.length === 1;
    // a single continuum of dimension two or more touches no other, and has no ends in the result
    const alone = !line && continua.length === 1;
    const sides = sidesWithin(hull, hullKey);
    for (const piece of pieces) {
      let extent: Extent | undefined;
      if (line) extent = yield* findingExtent(piece, sides);
      else if (!alone) {
        planes++;
        const granted = planes > MAX_PIECES ? 0 : Math.min(steps, MAX_STEPS);
        const allowance = { generators: MAX_GENERATORS, steps: granted };
        if (granted > 0) extent = yield* findingExtent(piece, sides, allowance);
        steps = Math.max(0, steps - (granted - allowance.steps));
      }
      members.push({ piece, continuum, extent });
    }
  }
  return members;
}

function joinByFaces(members: readonly Member[], sets: DisjointSets): void {
  const owners = new Map<string, number>();
  for (const { continuum, extent } of members) {
    for (const key of extent === undefined ? [] : faceKeys(extent)) {
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, continuum);
      else sets.join(continuum, owner);
    }
  }
}

/** Joins pieces that touch a piece of unknown extent. @returns false if there are too many pairs to examine. */
function* joiningOthers(members: readonly Member[], sets: DisjointSets, sidesWithin: SidesWithin): Steps<boolean> {
  let pairs = 0;
  for (const a of members) {
    if (a.extent !== undefined) continue;
    for (const b of members) {
      if (sets.find(a.continuum) === sets.find(b.continuum)) continue;
      if (++pairs > MAX_PAIRS) return false;
      if (yield* touching(a.piece, b.piece, sidesWithin(a.piece.hull, a.piece.hullKey)))
        sets.join(a.continuum, b.continuum);
    }
  }
  return true;
}

/**
 * Whether two pieces have a point in common: a point of the first that lies on every hyperplane on which their signs
 * differ.
 *
 * @param sides the lower sides of all hyperplanes in the coordinates of the hull of `a`.
 */
function* touching(a: Piece, b: Piece, sides: Polyhedron): Steps<boolean> {
  const between: number[] = [];
  for (let i = 0; i < sides.count; i++) {
    const w = i >>> 5;
    if ((((a.positive[w]! ^ b.positive[w]!) | (a.negative[w]! ^ b.negative[w]!)) >>> (i & 31)) & 1) between.push(i);
  }
  const common = yield* solvingAffine(
    between.flatMap((i) => [...sides.normal(i)]),
    between.length,
    sides.dim,
    between.map((i) => sides.bound(i)),
  );
  if (common === undefined) return false;
  return (yield* findingPoint(restrict(reverseRows(sides, a.positive), common))) !== undefined;
}
