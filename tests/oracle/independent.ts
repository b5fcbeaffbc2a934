import { type Binary, sum, UNIT } from "./binary.ts";
import {
  type AffineMap,
  type Arrangement,
  addMaps,
  affineMap,
  arrangementOf,
  bitsOfSlabs,
  constraintsOfCell,
  linearPart,
  signsAt,
  unitsPart,
} from "./cells.ts";
import {
  classesAtTies,
  type EigenvalueCounts,
  eigenvalueCounts,
  type Jacobian,
  linearClass,
  type Side,
  sharedCounts,
} from "./classes.ts";
import { coneGenerators, hasInterior } from "./cone.ts";
import { type ExactContinuum, joinPieces, type Piece, within } from "./continua.ts";
import { type Equation, equationOf, type RawModel } from "./equation.ts";
import { extentOf } from "./extents.ts";
import {
  compareRationals,
  dot,
  integerRow,
  nearestFloat64,
  nullSpace,
  type Rational,
  rank,
  rational,
  reducedEchelon,
} from "./integers.ts";

/** A fixed point on no continuum, with all that a result says of it. */
export interface OraclePoint {
  /** Correctly rounded; infinite past the range. */
  readonly z: readonly number[];
  readonly exact: readonly Rational[];
  readonly active: readonly number[];
  readonly ties: readonly number[];
  /** The classes that it may be given: one, but where no definition decides (`classesAtTies`). */
  readonly classes: readonly string[];
  /** Where the eigenvalues lie; undefined where the sides of a tie differ. */
  readonly counts: EigenvalueCounts | undefined;
  /** The same of each side at ties. */
  readonly sideCounts?: readonly EigenvalueCounts[];
  /** At ties, the hyperplanes that are on in each region round the point, at most MAX_SIDES. */
  readonly sides?: readonly (readonly number[])[];
}

export interface OracleAnswer {
  /** In ascending exact order. */
  readonly points: readonly OraclePoint[];
  readonly continua: readonly ExactContinuum[];
}

/** Most regions at a point that a result lists. */
export const MAX_SIDES = 64;
const MOST_CELLS = 2 ** 13;

/**
 * Every fixed point of a raw model of any kind, in exact arithmetic that shares nothing with src: parallel hyperplanes
 * cut space into slabs, a slab for each direction is a cell in which the map is affine, and every combination is tried.
 * Also combinations that are no region: they hold nothing.
 */
export function exactAnswer(raw: RawModel): OracleAnswer {
  const equation = equationOf(raw);
  const arrangement = arrangementOf(equation);
  return answerOfCells(equation, arrangement, cells(equation, arrangement));
}

/** A cell of an arrangement, with J z + k there in integers, row by row times a positive number. */
export interface Cell {
  readonly cell: readonly number[];
  readonly rows: readonly (readonly bigint[])[];
}

/** The same from cells that hold all there is. */
export function answerOfCells(equation: Equation, arrangement: Arrangement, all: Iterable<Cell>): OracleAnswer {
  const R = equation.latentDim;
  const found = new Map<string, bigint[]>();
  const pieces = new Map<string, Piece>();
  const apex = [...new Array<bigint>(R).fill(0n), 1n];
  for (const { cell, rows } of all) {
    const constraints = () => [...constraintsOfCell(arrangement, cell), apex];
    const solved = reducedEchelon(rows, R);
    if (solved.pivots.length === R) {
      const point = upright([...solved.rows.map((row) => -row[R]!), solved.d]);
      if (constraints().every((row) => dot(row, point) >= 0n)) found.set(keyOf(point), point);
      continue;
    }
    const basis = nullSpace(rows, R + 1);
    if (basis.every((vector) => vector[R] === 0n)) continue;
    const cone = coneGenerators(
      constraints().map((row) => basis.map((vector) => dot(row, vector))),
      basis.length,
    );
    const lift = (t: readonly bigint[]) => apex.map((_, k) => basis.reduce((total, b, i) => total + t[i]! * b[k]!, 0n));
    const rays = cone.rays.map(lift);
    if (rays.every((ray) => ray[R]! <= 0n)) continue;
    const generators = [...rays, ...cone.lineality.map(lift)];
    const dimension = rank(generators, R + 1) - 1;
    if (dimension === 0) {
      const point = rays.find((ray) => ray[R]! > 0n)!;
      found.set(keyOf(point), point);
      continue;
    }
    const inside = rays.reduce((total, ray) => total.map((x, k) => x + ray[k]!));
    const signs = signsAt(arrangement, inside);
    const extent = extentOf({ rays, lineality: cone.lineality.map(lift) }, R);
    pieces.set(signs.join(), { signs, dimension, span: generators, extent });
  }
  const continua = [...pieces.values()];
  const points = [...found.values()]
    .map((point) => describePoint(equation, arrangement, point))
    .filter(({ signs }) => !continua.some((piece) => within(signs, piece.signs)))
    .map(({ point }) => point)
    .sort((a, b) => compareVectors(a.exact, b.exact));
  const sidesOf = (signs: readonly number[]) => sidesAt(arrangement, signs, R).sides;
  return { points, continua: joinPieces(continua, arrangement, R, sidesOf) };
}

/** All combinations of slabs, with J z + k there in integers, row by row times a power of two. */
function* cells(equation: Equation, arrangement: Arrangement): Generator<{ cell: number[]; rows: bigint[][] }> {
  const { directions, hyperplanes } = arrangement;
  const T = equation.activation.breakpoints.length;
  const number = directions.reduce((total, { cuts }) => total * (cuts.length + 1), 1);
  if (number > MOST_CELLS) throw new RangeError(`the oracle tries at most ${MOST_CELLS} cells, not ${number}`);
  const bits = bitsOfSlabs(arrangement);
  const unitsOf = (direction: number) =>
    equation.arguments.map((_, t) => t).filter((t) => hyperplanes[t * T]!.direction === direction);
  const fixed = addMaps(linearPart(equation), unitsPart(equation, unitsOf(-1), bits.get(-1)![0]!));
  const slabs = directions.map((_, i) => bits.get(i)!.map((on) => unitsPart(equation, unitsOf(i), on)));
  const whole = inIntegers([fixed, ...slabs.flat()], equation.latentDim);
  let at = 1;
  const ofSlabs = slabs.map((maps) => maps.map(() => whole[at++]!));
  function* from(i: number, cell: number[], rows: bigint[][]): Generator<{ cell: number[]; rows: bigint[][] }> {
    if (i === directions.length) yield { cell, rows };
    else
      for (const [slab, map] of ofSlabs[i]!.entries()) {
        yield* from(
          i + 1,
          [...cell, slab],
          rows.map((row, r) => row.map((x, k) => x + map[r]![k]!)),
        );
      }
  }
  yield* from(0, [], whole[0]!);
}

/** Maps as integers: each row of all of them times one power of two. */
function inIntegers(maps: readonly AffineMap[], R: number): bigint[][][] {
  const out: bigint[][][] = maps.map(() => []);
  for (let i = 0; i < R; i++) {
    const row = integerRow(maps.flatMap((map) => map[i]!));
    maps.forEach((_, m) => {
      out[m]!.push(row.slice(m * (R + 1), (m + 1) * (R + 1)));
    });
  }
  return out;
}

function upright(point: readonly bigint[]): bigint[] {
  return point[point.length - 1]! < 0n ? point.map((x) => -x) : [...point];
}

function coordinates(point: readonly bigint[]): Rational[] {
  return point.slice(0, -1).map((x) => rational(x, point[point.length - 1]!));
}

function keyOf(point: readonly bigint[]): string {
  return coordinates(point)
    .map(({ n, d }) => `${n}/${d}`)
    .join();
}

function describePoint(equation: Equation, arrangement: Arrangement, homogeneous: readonly bigint[]) {
  const signs = signsAt(arrangement, homogeneous);
  const exact = coordinates(homogeneous);
  const where = (sign: number) => signs.flatMap((x, j) => (x === sign ? [j] : []));
  const [active, ties] = [where(1), where(0)];
  const place = { z: exact.map(nearestFloat64), exact, active, ties };
  if (ties.length === 0) {
    const J = jacobian(equation, active);
    const counts = eigenvalueCounts(J, equation.time);
    return { signs, point: { ...place, counts, classes: [linearClass(J, equation.time)] } };
  }
  const { sides, complete } = sidesAt(arrangement, signs, equation.latentDim);
  const linear = sides.map((on): Side => ({ active: on, jacobian: jacobian(equation, on) }));
  const classes = classesAtTies(linear, equation.time, complete, sideBelow(arrangement, signs, sides));
  const counts = sharedCounts(linear, equation.time, complete);
  const sideCounts = linear.map(({ jacobian: J }) => eigenvalueCounts(J, equation.time));
  return { signs, point: { ...place, counts, sideCounts, classes, sides } };
}

/** In one dimension, which of the two sides has the smaller z. */
function sideBelow(
  { hyperplanes }: Arrangement,
  signs: readonly number[],
  sides: readonly (readonly number[])[],
): number {
  const tie = signs.findIndex((x, j) => x === 0 && hyperplanes[j]!.direction >= 0);
  if (tie < 0) return 0;
  return sides[0]!.includes(tie) === hyperplanes[tie]!.along ? 1 : 0;
}

/** Of the map (discrete time) or the flow (continuous time) with the given hyperplanes on. */
function jacobian(equation: Equation, active: readonly number[]): Jacobian {
  const T = equation.activation.breakpoints.length;
  const bits = Array.from({ length: T * equation.arguments.length }, (_, j) => active.includes(j));
  return affineMap(equation, bits).map((row, i) =>
    row.slice(0, -1).map((x, k): Binary => (equation.time === "discrete" && i === k ? sum(x, UNIT) : x)),
  );
}

/**
 * The regions with an interior whose closure holds the points of given signs: settings of the directions that meet
 * there. By the settings of tied hyperplanes in ascending order, off before on; a constant argument at its breakpoint
 * is never on.
 */
function sidesAt({ hyperplanes, directions }: Arrangement, signs: readonly number[], R: number) {
  const tied = signs.flatMap((x, j) => (x === 0 && hyperplanes[j]!.direction >= 0 ? [j] : []));
  const firsts = tied.filter(
    (j, i) => tied.findIndex((k) => hyperplanes[k]!.direction === hyperplanes[j]!.direction) === i,
  );
  const sides: number[][] = [];
  for (let setting = 0; setting < 2 ** firsts.length; setting++) {
    const above = new Map(
      firsts.map((j, i) => {
        const on = ((setting >> (firsts.length - 1 - i)) & 1) === 1;
        return [hyperplanes[j]!.direction, on === hyperplanes[j]!.along] as const;
      }),
    );
    const inward = [...above].map(([i, up]) => directions[i]!.normal.map((x) => (up ? x : -x)));
    if (!hasInterior(inward, R)) continue;
    if (sides.length === MAX_SIDES) return { sides, complete: false };
    const on = tied.filter((j) => above.get(hyperplanes[j]!.direction) === hyperplanes[j]!.along);
    sides.push([...signs.flatMap((x, j) => (x > 0 ? [j] : [])), ...on].sort((a, b) => a - b));
  }
  return { sides, complete: true };
}

function compareVectors(a: readonly Rational[], b: readonly Rational[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareRationals(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return 0;
}
