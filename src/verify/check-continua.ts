import { compareVectors } from "../exact/affine.ts";
import { intervalOf, restrict } from "../exact/hull.ts";
import { compare, type Rational } from "../exact/rational.ts";
import { haveCommonPoint } from "../exact/simplex.ts";
import { type CheckedContinuum, sameHull } from "./check-continuum.ts";
import type { Piece } from "./piece.ts";
import type { Findings, Refuse } from "./problem.ts";

/**
 * The largest number of pairs of pieces, of dimension two or more and in one hull, that are examined for a common
 * point.
 */
const MOST_PAIRS = 2000;

/**
 * Refuses continua that overlap or belong together, and continua that consist of several. The pieces of each continuum
 * must be connected. Pieces of two continua in one hull must not touch. No piece may lie in a piece of higher
 * dimension. The continua must ascend by dimension, nearest point and basis.
 * @param regions the key of the regions, in messages.
 */
export function checkContinua(
  continua: readonly CheckedContinuum[],
  { refuse, leave }: Findings,
  regions = "regions",
): void {
  const whole = continua.filter(({ pieces }) => pieces.length > 0);
  checkOrder(whole, refuse);
  checkContainment(whole, refuse);
  const groups: CheckedContinuum[][] = [];
  for (const continuum of whole) {
    const group = groups.find(([first]) => sameHull(first!.pieces[0]!.hull, continuum.pieces[0]!.hull));
    if (group === undefined) groups.push([continuum]);
    else group.push(continuum);
  }
  for (const group of groups) {
    const connected = connectedPieces(group.flatMap(({ pieces }) => pieces));
    if (connected === undefined) {
      for (const { path } of group)
        leave(`${path}.${regions}`, "that they hang together, and with no other's, is not checked for so many");
      continue;
    }
    const owners = new Map<number, string>();
    let at = 0;
    for (const { path, pieces } of group) {
      const roots = new Set(pieces.map(() => connected[at++]));
      if (roots.size > 1) refuse(`${path}.${regions}`, "hold pieces that don't touch: they are several continua");
      for (const root of roots) {
        const other = owners.get(root!);
        if (other !== undefined) refuse(path, `is one continuum with ${other}`);
        else owners.set(root!, path);
      }
    }
  }
}

function checkOrder(continua: readonly CheckedContinuum[], refuse: Refuse): void {
  for (let c = 1; c < continua.length; c++) {
    const [a, b] = [continua[c - 1]!, continua[c]!];
    if (a.nearest === undefined || b.nearest === undefined) continue;
    const order =
      a.dimension - b.dimension ||
      compareVectors(a.nearest, b.nearest) ||
      compareVectors(a.pieces[0]!.hull.basis.flat(), b.pieces[0]!.hull.basis.flat());
    if (order > 0) refuse(b.path, `must come before ${a.path} in order of dimension, point and basis`);
  }
}

function checkContainment(continua: readonly CheckedContinuum[], refuse: Refuse): void {
  for (const lower of continua) {
    const within = continua.find(
      (higher) => higher.dimension > lower.dimension && lower.pieces.some(({ inner }) => higher.contains(inner)),
    );
    if (within !== undefined) refuse(lower.path, `lies in ${within.path} in part`);
  }
}

/**
 * For each piece of one hull a number that all pieces of its connected set share; undefined if there are too many pairs
 * to examine.
 */
function connectedPieces(pieces: readonly Piece[]): number[] | undefined {
  const roots = pieces.map((_, i) => i);
  const join = (a: number, b: number): void => {
    const [from, to] = [roots[a]!, roots[b]!];
    for (let i = 0; from !== to && i < roots.length; i++) if (roots[i] === from) roots[i] = to;
  };
  if (pieces[0]!.hull.basis.length === 1) {
    joinIntervals(pieces, join);
    return roots;
  }
  if ((pieces.length * (pieces.length - 1)) / 2 > MOST_PAIRS) return undefined;
  for (let a = 0; a < pieces.length; a++) {
    for (let b = a + 1; b < pieces.length; b++) if (roots[a] !== roots[b] && touch(pieces[a]!, pieces[b]!)) join(a, b);
  }
  return roots;
}

/** Pieces of one line, from end to end. */
function joinIntervals(pieces: readonly Piece[], join: (a: number, b: number) => void): void {
  const intervals = pieces.map(({ closed, hull }, piece) => ({ piece, ...intervalOf(restrict(closed, hull)) }));
  const byLow = (a: Rational | undefined, b: Rational | undefined): number =>
    a === undefined || b === undefined ? Number(b === undefined) - Number(a === undefined) : compare(a, b);
  intervals.sort((a, b) => byLow(a.low, b.low));
  let reach = intervals[0]!;
  for (const next of intervals.slice(1)) {
    const apart = reach.high !== undefined && next.low !== undefined && compare(next.low, reach.high) > 0;
    if (!apart) join(next.piece, reach.piece);
    if (apart || (reach.high !== undefined && (next.high === undefined || compare(next.high, reach.high) > 0)))
      reach = next;
  }
}

/** Whether two pieces of one hull have a point in common. */
function touch(a: Piece, b: Piece): boolean {
  return haveCommonPoint(restrict(a.closed, a.hull), restrict(b.closed, a.hull));
}
