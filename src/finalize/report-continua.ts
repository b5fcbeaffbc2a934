import type { ConnectedSet, Continuum, ContinuumEnds, ExactVector, Extent } from "../base/result.ts";
import { fitFloat64, type Rational, toNumber } from "../exact/rational.ts";
import type { ExactConnectedSet } from "./connected.ts";
import type { ExactContinuum } from "./continua.ts";
import type { ExactEnds, Extent as ExactExtent } from "./extent.ts";

/**
 * The largest number of digits of a numerator or denominator that a result writes out. Weights of a few digits give
 * fractions of a few digits. The weights of a trained network, with 16 digits each, give some hundred digits in three
 * dimensions and thousands in twenty, which nobody reads and which would make a result of many pieces too large.
 */
export const MAX_DIGITS = 200;

const TOO_LARGE: Extent = { vertices: [], rays: [], lines: [], omitted: "too many vertices and rays" };
const OUT_OF_RANGE: Extent = { vertices: [], rays: [], lines: [], omitted: "past the largest float64" };

/** The fields of a result that say where a continuum lies, except for its point and basis. */
export function reportPlace({
  bounded,
  pieceCount,
  pieces,
  ends,
}: ExactContinuum): Pick<Continuum, "bounded" | "pieceCount" | "pieces" | "ends"> {
  return {
    bounded,
    pieceCount,
    pieces: pieces.map(({ region, extent }) => ({ region, ...reportExtent(extent) })),
    ...(ends === undefined ? {} : { ends: reportEnds(ends) }),
  };
}

/**
 * The connected sets of a result, and for each continuum the number of its set; nothing if there are none or they are
 * unknown.
 */
export function reportConnectedSets(
  sets: readonly ExactConnectedSet[] | undefined,
  continua: readonly Pick<Continuum, "bounded">[],
): { connectedSets?: ConnectedSet[]; numbers?: ReadonlyMap<number, number> } {
  if (sets === undefined || sets.length === 0) return {};
  return {
    connectedSets: sets.map(({ continua: numbers, ends }) => ({
      continua: numbers,
      bounded: numbers.every((c) => continua[c]!.bounded),
      closed: ends?.closed ?? false,
      ...(ends === undefined ? {} : { ends: reportEnds(ends) }),
    })),
    numbers: new Map(sets.flatMap(({ continua: numbers }, s) => numbers.map((c) => [c, s] as const))),
  };
}

function reportEnds({ vertices, rays }: ExactEnds): ContinuumEnds {
  return { ...reportExtent({ vertices, rays, lines: [] }), lines: [] };
}

function reportExtent(extent: ExactExtent | undefined): Extent {
  if (extent === undefined) return TOO_LARGE;
  const { vertices, rays, lines } = extent;
  if (!vertices.every(fitFloat64)) return OUT_OF_RANGE;
  const rounded = (vectors: readonly (readonly Rational[])[]) => vectors.map((vector) => vector.map(toNumber));
  const digits = longest([...vertices, ...rays, ...lines]);
  return {
    vertices: rounded(vertices),
    rays: rounded(rays),
    lines: rounded(lines),
    ...(digits > MAX_DIGITS
      ? { exactDigits: digits }
      : { exact: { vertices: vertices.map(fractions), rays: rays.map(fractions), lines: lines.map(fractions) } }),
  };
}

function fractions(vector: readonly Rational[]): ExactVector {
  return vector.map(({ n, d }) => (d === 1n ? `${n}` : `${n}/${d}`));
}

/** The largest number of digits of a numerator or denominator. */
function longest(vectors: readonly (readonly Rational[])[]): number {
  let greatest = 1n;
  for (const vector of vectors) {
    for (const { n, d } of vector) {
      const magnitude = n < 0n ? -n : n;
      if (magnitude > greatest) greatest = magnitude;
      if (d > greatest) greatest = d;
    }
  }
  return greatest.toString().length;
}
