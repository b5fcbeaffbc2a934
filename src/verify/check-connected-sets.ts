import { type AffineSet, clearDenominators } from "../exact/affine.ts";
import { nullSpace, solveAffine } from "../exact/elimination.ts";
import { restrict } from "../exact/hull.ts";
import { integerDot } from "../exact/polyhedron.ts";
import { haveCommonPoint } from "../exact/simplex.ts";
import type { CheckedContinuum } from "./check-continuum.ts";
import { checkExtent } from "./check-extent.ts";
import { endsOf, isBounded, isRing, lineEnds } from "./check-place.ts";
import type { Piece } from "./piece.ts";
import type { Findings } from "./problem.ts";
import type { ReportedResult } from "./result-schema.ts";

/** The largest number of pairs of pieces of two continua that are examined for a common point. */
const MOST_PAIRS = 20_000;

/**
 * Refuses connected sets that are not those of the continua, each complete, in order, and with the fields that a result
 * gives of it.
 */
export function checkConnectedSets(
  { continua: reported, connectedSets: stated }: ReportedResult,
  continua: readonly CheckedContinuum[],
  findings: Findings,
): void {
  const { refuse, leave } = findings;
  const numbers = reported.map(({ connectedSet }) => connectedSet);
  if (reported.length === 0) {
    if (stated !== undefined) refuse("connectedSets", "must be absent: there are no continua");
    return;
  }
  if (stated === undefined) {
    for (const [c, number] of numbers.entries()) {
      if (number !== undefined) refuse(`continua[${c}].connectedSet`, "is of no set: connectedSets are missing");
    }
    leave("connectedSets", "are missing, as where pieces are too many, and in results of earlier versions");
    return;
  }
  // the errors of these continua have been refused already
  if (continua.some(({ distinct }) => distinct.length === 0)) return;
  const sets = setsOf(continua);
  if (sets === undefined) {
    leave("connectedSets", "so many pieces are not tried for common points");
    return;
  }
  if (stated.length !== sets.length) refuse("connectedSets", `are ${stated.length}, must be ${sets.length}`);
  sets.forEach((members, s) => {
    const here = `connectedSets[${s}]`;
    for (const c of members) {
      if (numbers[c] !== s) refuse(`continua[${c}].connectedSet`, `is ${numbers[c]}, must be ${s}`);
    }
    if (stated[s] === undefined) return;
    if (stated[s].continua.join() !== members.join()) {
      refuse(`${here}.continua`, `must be [${members.join(", ")}]`);
      return;
    }
    const pieces = members.flatMap((c) => continua[c]!.distinct);
    const lines = members.every((c) => continua[c]!.dimension === 1);
    const ends = lines ? pieces.map(lineEnds) : [];
    const [bounded, closed] = [pieces.every(isBounded), lines && isRing(ends)];
    if (stated[s].bounded !== bounded) refuse(`${here}.bounded`, `is ${stated[s].bounded}, must be ${bounded}`);
    if (stated[s].closed !== closed) refuse(`${here}.closed`, `is ${stated[s].closed}, must be ${closed}`);
    const statedEnds = stated[s].ends;
    if ((statedEnds !== undefined) !== lines) refuse(`${here}.ends`, lines ? "are missing" : "are of lines only");
    else if (statedEnds !== undefined) checkExtent(statedEnds, endsOf(ends), `${here}.ends`, findings);
  });
}

/**
 * The numbers of the continua of each connected set, by the first continuum of each set; undefined if there are too
 * many pairs to examine.
 */
function setsOf(continua: readonly CheckedContinuum[]): number[][] | undefined {
  let pairs = 0;
  const left = continua.map((_, c) => c);
  const sets: number[][] = [];
  for (let first = left.shift(); first !== undefined; first = left.shift()) {
    const set = [first];
    for (const member of set) {
      for (const other of [...left]) {
        const [a, b] = [continua[member]!.distinct, continua[other]!.distinct];
        pairs += a.length * b.length;
        if (pairs > MOST_PAIRS) return undefined;
        if (!a.some((one) => b.some((two) => touch(one, two)))) continue;
        set.push(other);
        left.splice(left.indexOf(other), 1);
      }
    }
    sets.push(set.sort((a, b) => a - b));
  }
  return sets;
}

/** Whether two pieces of any hulls have a point in common. */
function touch(a: Piece, b: Piece): boolean {
  const [first, second] = [equationsOf(a.hull), equationsOf(b.hull)];
  const R = a.hull.point.length;
  const rows = [...first.rows, ...second.rows];
  const common = solveAffine(rows.flat(), rows.length, R, [...first.bounds, ...second.bounds]);
  if (common === undefined) return false;
  return haveCommonPoint(restrict(a.closed, common), restrict(b.closed, common));
}

/** An affine set as rows·z = bounds, in integers. */
function equationsOf(hull: AffineSet): { rows: bigint[][]; bounds: bigint[] } {
  const { origin, denominator, directions } = clearDenominators(hull);
  const normals = nullSpace(directions.flat(), directions.length, origin.length);
  const rows = normals.map((normal) => [...clearDenominators({ point: normal, basis: [] }).origin]);
  return {
    rows: rows.map((row) => row.map((x) => x * denominator)),
    bounds: rows.map((row) => integerDot(row, origin)),
  };
}
