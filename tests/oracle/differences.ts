import { isDeepStrictEqual } from "node:util";
import type { Continuum, FixedPoint, Result } from "../../src/base/result.ts";
import { binaryOf } from "./binary.ts";
import type { ExactContinuum } from "./continua.ts";
import { endsOf, extentDifferences, isBounded } from "./extents.ts";
import { MAX_SIDES, type OracleAnswer, type OraclePoint } from "./independent.ts";
import { nearestFloat64, type Rational, rational } from "./integers.ts";

/** Most pieces of a continuum that a result lists. */
const MAX_PIECES = 64;

/** What a result says where there are fixed points that no float64 can stand for. */
const PAST_THE_RANGE = /past the largest float64/;

/**
 * Everything in which a result differs from the exact answer: completeness with its only good reason, number, order, z
 * to the last bit (and no −0), the bound on its error, active, ties, class, sides; continua with point, basis and
 * regions, its pieces with vertices, rays and lines, its ends, and what hangs together. Empty when they agree.
 */
export function allDifferences(result: Result, answer: OracleAnswer): string[] {
  const listed = answer.points.filter(({ z }) => z.every(Number.isFinite));
  const inRange = answer.continua.filter(({ point, basis }) => [...point, ...basis.flat()].every(Number.isFinite));
  const beyond = answer.points.length - listed.length + (answer.continua.length - inRange.length);
  const out: string[] = [];
  const reason = result.incompleteBecause;
  if (result.complete !== (reason === undefined)) out.push(`complete: ${result.complete}, with the reason ${reason}`);
  if (beyond === 0 && reason !== undefined) out.push(`incomplete: ${reason}`);
  if (beyond > 0 && !PAST_THE_RANGE.test(reason ?? "")) {
    out.push(`complete, or for another reason, with ${beyond} points or continua past the range: ${reason}`);
  }
  const { fixedPoints, continua } = result;
  if (fixedPoints.length !== listed.length) {
    out.push(`${fixedPoints.length} fixed points where there are ${listed.length}`);
  }
  for (const [i, point] of listed.slice(0, fixedPoints.length).entries()) {
    out.push(...pointDifferences(fixedPoints[i]!, point).map((text) => `point ${i}: ${text}`));
  }
  // one past the range may be left out, as points are, or be listed with infinite numbers
  const expected = continua.length === answer.continua.length ? answer.continua : inRange;
  if (continua.length !== expected.length) out.push(`${continua.length} continua where there are ${expected.length}`);
  for (const [i, continuum] of expected.slice(0, continua.length).entries()) {
    out.push(...continuumDifferences(continua[i]!, continuum).map((text) => `continuum ${i}: ${text}`));
  }
  if (continua.length === expected.length) out.push(...connectionDifferences(result, answer.continua, expected));
  return out;
}

/** @param all of the answer; `touching` numbers those. @param listed of them, in the same order. */
function connectionDifferences(
  { continua, connectedSets = [] }: Pick<Result, "continua" | "connectedSets">,
  all: readonly ExactContinuum[],
  listed: readonly ExactContinuum[],
): string[] {
  const numbers = listed.map((continuum) => all.indexOf(continuum));
  const sets: number[][] = [];
  for (let c = 0; c < listed.length; c++) {
    if (sets.flat().includes(c)) continue;
    const set = [c];
    for (const member of set) {
      for (const other of listed[member]!.touching.map((t) => numbers.indexOf(t))) {
        if (other >= 0 && !set.includes(other)) set.push(other);
      }
    }
    sets.push(set.sort((a, b) => a - b));
  }
  const out: string[] = [];
  const found = connectedSets.map((set) => set.continua);
  if (JSON.stringify(found) !== JSON.stringify(sets)) {
    return [`connected sets ${JSON.stringify(found)}, not ${JSON.stringify(sets)}`];
  }
  sets.forEach((members, s) => {
    const { bounded, closed, ends } = connectedSets[s]!;
    const extents = members.flatMap((c) => listed[c]!.pieces.map(({ extent }) => extent));
    const what = `connected set ${s}`;
    if (bounded !== extents.every(isBounded)) out.push(`${what}: bounded: ${bounded}`);
    const lines = members.every((c) => listed[c]!.dimension === 1);
    const expected = endsOf(extents);
    if (closed !== (lines && expected.closed)) out.push(`${what}: closed: ${closed}`);
    if (lines) out.push(...extentDifferences(`${what}: ends`, ends, expected.ends));
    else if (ends !== undefined) out.push(`${what} has ends`);
    for (const c of members) {
      if (continua[c]!.connectedSet !== s)
        out.push(`continuum ${c}: connectedSet ${continua[c]!.connectedSet}, not ${s}`);
    }
  });
  return out;
}

function pointDifferences(found: FixedPoint, expected: OraclePoint): string[] {
  const out = [
    ...listDifference("z", found.z, expected.z),
    ...listDifference("active", found.active, expected.active),
    ...listDifference("ties", found.ties, expected.ties),
  ];
  if (found.status !== "certified") out.push(`status ${found.status}`);
  if (!expected.classes.includes(found.stability)) out.push(`${found.stability}, not ${expected.classes.join(" or ")}`);
  out.push(...directionDifferences(found, expected));
  if (out.length === 0 && !boundHolds(found, expected)) out.push(`error bound ${found.error} is none, or far too wide`);
  const sides = found.linearisations?.map(({ active }) => active);
  if (JSON.stringify(sides) !== JSON.stringify(expected.sides)) {
    out.push(`sides ${JSON.stringify(sides)}, not ${JSON.stringify(expected.sides)}`);
  }
  return out;
}

/** Directions as they are counted, and no number on the wrong side of the boundary that they or the class put it on. */
function directionDifferences(found: FixedPoint, { counts, sideCounts }: OraclePoint): string[] {
  const out: string[] = [];
  const compareCounts = (what: string, a: unknown, b: unknown): void => {
    if (!isDeepStrictEqual(a, b)) out.push(`${what} ${JSON.stringify(a)}, not ${JSON.stringify(b)}`);
  };
  compareCounts("directions", found.directions, counts);
  compareCounts("hyperbolic", found.hyperbolic, counts && counts.neutral === 0);
  compareCounts(
    "directions of sides",
    found.linearisations?.map(({ directions }) => directions),
    sideCounts,
  );
  const { spectralRadius, spectralAbscissa, spectralBounds, stability } = found;
  const offset = spectralAbscissa ?? (spectralRadius === undefined ? undefined : spectralRadius - 1);
  const side = counts
    ? counts.unstable > 0
      ? 1
      : counts.neutral > 0
        ? 0
        : -1
    : { stable: -1, marginal: 0, undetermined: undefined, unstable: 1, saddle: 1, semistable: 1 }[stability];
  if (offset !== undefined && Math.sign(offset) !== side) out.push(`${stability}, and a spectral number of ${offset}`);
  const largest = spectralAbscissa ?? spectralRadius;
  if (largest !== undefined && spectralBounds !== undefined) {
    const [low, high] = spectralBounds;
    const step = 2 ** -40 * Math.max(1, Math.abs(largest));
    if (!(low <= largest + step && largest - step <= high)) out.push(`${largest} is not in [${spectralBounds}]`);
  }
  return out;
}

/** error ≥ max |z − exact|, and no wider than that rounded up. */
function boundHolds(found: FixedPoint, { exact }: OraclePoint): boolean {
  const distances = found.z.map((x, k) => nearestFloat64(distance(x, exact[k]!)));
  const greatest = Math.max(0, ...distances);
  const enough = found.z.every((x, k) => notLess(found.error, distance(x, exact[k]!)));
  return enough && found.error <= greatest * (1 + 2 ** -50) + 2 ** -1073;
}

function asRational(x: number): Rational {
  const { m, e } = binaryOf(x);
  return e >= 0 ? rational(m << BigInt(e), 1n) : rational(m, 1n << BigInt(-e));
}

function distance(x: number, { n, d }: Rational): Rational {
  const near = asRational(x);
  const difference = near.n * d - n * near.d;
  return rational(difference < 0n ? -difference : difference, near.d * d);
}

function notLess(x: number, { n, d }: Rational): boolean {
  const bound = asRational(x);
  return bound.n * d >= n * bound.d;
}

function continuumDifferences(found: Continuum, expected: ExactContinuum): string[] {
  const out: string[] = [];
  if (found.dimension !== expected.dimension) out.push(`dimension ${found.dimension}, not ${expected.dimension}`);
  out.push(...listDifference("point", found.point, expected.point));
  out.push(...listDifference("basis", found.basis.flat(), expected.basis.flat()));
  const text = (regions: readonly (readonly number[])[]) => JSON.stringify(regions);
  if (text(found.regions) !== text(expected.regions)) {
    out.push(`regions ${text(found.regions)}, not ${text(expected.regions)}`);
  }
  const transverse = found.transverse.map(({ active }) => active);
  if (text(transverse) !== text(expected.regions.slice(0, MAX_SIDES))) out.push(`transverse of ${text(transverse)}`);
  return [...out, ...placeDifferences(found, expected)];
}

function placeDifferences(found: Continuum, { dimension, pieces }: ExactContinuum): string[] {
  const out: string[] = [];
  const extents = pieces.map(({ extent }) => extent);
  if (found.bounded !== extents.every(isBounded)) out.push(`bounded: ${found.bounded}`);
  if (found.pieceCount !== pieces.length) out.push(`pieceCount ${found.pieceCount}, not ${pieces.length}`);
  const listed = pieces.slice(0, MAX_PIECES);
  const regions = JSON.stringify(found.pieces.map(({ region }) => region));
  const expected = JSON.stringify(listed.map(({ region }) => region));
  if (regions !== expected) out.push(`pieces of regions ${regions}, not ${expected}`);
  else out.push(...listed.flatMap(({ extent }, p) => extentDifferences(`pieces[${p}]`, found.pieces[p], extent)));
  if (dimension === 1) out.push(...extentDifferences("ends", found.ends, endsOf(extents).ends));
  else if (found.ends !== undefined) out.push("ends of a plane");
  return out;
}

function listDifference(what: string, found: readonly number[], expected: readonly number[]): string[] {
  const same = found.length === expected.length && found.every((x, i) => Object.is(x, expected[i]));
  return same ? [] : [`${what} = [${found}], not [${expected}]`];
}
