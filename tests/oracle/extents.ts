import { compareRationals, nearestFloat64, type Rational, rational, reducedEchelon } from "./integers.ts";

/** A piece by its generators, all of them exact, scaled and ordered as results have them. */
export interface ExactExtent {
  readonly vertices: readonly Rational[][];
  readonly rays: readonly Rational[][];
  readonly lines: readonly Rational[][];
}

/** What a result says of a list of generators, or of its ends. */
export interface StatedExtent {
  readonly vertices: readonly (readonly number[])[];
  readonly rays: readonly (readonly number[])[];
  readonly lines: readonly (readonly number[])[];
  readonly exact?: {
    readonly vertices: readonly (readonly string[])[];
    readonly rays: readonly (readonly string[])[];
    readonly lines: readonly (readonly string[])[];
  };
  readonly exactDigits?: number;
  readonly omitted?: string;
}

const MOST_DIGITS = 200;

/** @param generators homogeneous vectors (z·w, w) of the cone over the piece: rays modulo lines, and lines. */
export function extentOf(
  generators: { readonly rays: readonly (readonly bigint[])[]; readonly lineality: readonly (readonly bigint[])[] },
  R: number,
): ExactExtent {
  const flat = generators.lineality.map((line) => line.slice(0, R));
  const { rows, pivots, d } = reducedEchelon(flat, R);
  // zero in the pivots: d·x − Σ x_p·row_p
  const modulo = (x: readonly bigint[], w: bigint): Rational[] =>
    x.map((value, k) => rational(d * value - pivots.reduce((sum, p, i) => sum + x[p]! * rows[i]![k]!, 0n), d * w));
  const upright = generators.rays.map((ray) => ({ x: ray.slice(0, R), w: ray[R]! }));
  return {
    vertices: upright
      .filter(({ w }) => w > 0n)
      .map(({ x, w }) => modulo(x, w))
      .sort(compareVectors),
    rays: upright
      .filter(({ w }) => w === 0n)
      .map(({ x }) => scaled(modulo(x, 1n)))
      .sort(compareVectors),
    lines: rows.map((row) => scaled(row.map((x) => rational(x, d)))),
  };
}

export function isBounded({ rays, lines }: ExactExtent): boolean {
  return rays.length + lines.length === 0;
}

function scaled(x: readonly Rational[]): Rational[] {
  const magnitudes = x.map(({ n, d }) => ({ n: n < 0n ? -n : n, d }));
  const largest = magnitudes.reduce((a, b) => (compareRationals(a, b) < 0 ? b : a));
  return x.map(({ n, d }) => rational(n * largest.d, d * largest.n));
}

/** Where pieces of dimension 1 end, and whether they are one ring. */
export function endsOf(extents: readonly ExactExtent[]): { ends: ExactExtent; closed: boolean } {
  const corners = extents.flatMap(({ vertices, lines }) => (lines.length > 0 ? [] : vertices));
  const meeting = (vertex: readonly Rational[]) =>
    corners.filter((other) => compareVectors(other, vertex) === 0).length;
  const rays = extents.flatMap((extent) => [
    ...extent.rays,
    ...extent.lines,
    ...extent.lines.map((line) => line.map(({ n, d }) => ({ n: -n, d }))),
  ]);
  return {
    ends: {
      vertices: corners.filter((vertex) => meeting(vertex) === 1).sort(compareVectors),
      rays: rays.sort(compareVectors),
      lines: [],
    },
    closed: rays.length === 0 && corners.every((vertex) => meeting(vertex) === 2),
  };
}

/** In what a stated extent differs from the exact one. */
export function extentDifferences(what: string, found: StatedExtent | undefined, exact: ExactExtent): string[] {
  if (found === undefined) return [`${what} missing`];
  const expected = stated(exact);
  return (["vertices", "rays", "lines", "exact", "exactDigits", "omitted"] as const).flatMap((key) => {
    const [a, b] = [JSON.stringify(found[key]), JSON.stringify(expected[key])];
    return a === b ? [] : [`${what}.${key} = ${a}, not ${b}`];
  });
}

function stated({ vertices, rays, lines }: ExactExtent): StatedExtent {
  const numbers = (list: readonly Rational[][]) => list.map((x) => x.map(nearestFloat64));
  const texts = (list: readonly Rational[][]) =>
    list.map((x) => x.map(({ n, d }) => (d === 1n ? `${n}` : `${n}/${d}`)));
  if (!numbers(vertices).flat().every(Number.isFinite)) {
    return { vertices: [], rays: [], lines: [], omitted: "past the largest float64" };
  }
  const digits = Math.max(
    1,
    ...[...vertices, ...rays, ...lines].flat().flatMap(({ n, d }) => [`${n}`.replace("-", "").length, `${d}`.length]),
  );
  return {
    vertices: numbers(vertices),
    rays: numbers(rays),
    lines: numbers(lines),
    ...(digits > MOST_DIGITS
      ? { exactDigits: digits }
      : { exact: { vertices: texts(vertices), rays: texts(rays), lines: texts(lines) } }),
  };
}

function compareVectors(a: readonly Rational[], b: readonly Rational[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareRationals(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return 0;
}
