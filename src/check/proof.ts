import type { AddedRows } from "./coordinates.ts";
import { require } from "./refusal.ts";

/** Numbers of an array of a proof, row-major. */
export interface ProofArray {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** How much of each array belongs to one root. */
export interface RootLengths {
  readonly ops: number;
  readonly y8: number;
  readonly y32: number;
  readonly refs: number;
  readonly covers: number;
}

/** Faces of a cube about a tip, which become roots of their own. */
export interface Cone {
  /** The tip: a point of the result by its number, or after these the regions of its continua. */
  readonly point: number;
  /** Powers of two; 0 for the leading coordinates of a region's directions. */
  readonly halfwidths: readonly number[];
}

/** What `header` holds, as docs/proof.md describes it. */
export type ProofHeader = {
  readonly schema: "stillpoint/proof@1";
  /** SHA-256 of the model, as in the result. */
  readonly model: string;
} & (
  | { readonly space: "patterns" }
  | ({
      /** How many functionals `ops` can name again. */
      readonly recent: number;
      readonly lengths: readonly RootLengths[];
      readonly cones: readonly Cone[];
      /** Hyperplanes whose normals are the coordinates w = T z of all boxes. */
      readonly rows?: readonly number[];
      /** Rows of T that are added to those of M, which is singular. */
      readonly added?: AddedRows;
    } & (
      | { readonly space: "box"; readonly lo: readonly number[]; readonly hi: readonly number[] }
      | { readonly space: "cube"; readonly halfwidths: readonly number[] }
    ))
);

/** The arrays of a tree, those of all roots one after the other. */
export const ARRAYS = ["ops", "y8", "y32", "scale", "refs", "cover_point", "cover_cone", "cover_box"] as const;
type ArrayName = (typeof ARRAYS)[number];

/** Those with a number for each coordinate in each row. */
const PER_COORDINATE: ReadonlySet<ArrayName> = new Set(["y8", "y32", "scale"]);

/** What one root has of them: plain numbers, row-major. */
export interface RootArrays {
  readonly ops: ArrayLike<number>;
  readonly y8: ArrayLike<number>;
  readonly y32: ArrayLike<number>;
  readonly refs: ArrayLike<number>;
  readonly coverPoint: ArrayLike<number>;
  readonly coverCone: ArrayLike<number>;
  readonly coverBox: ArrayLike<number>;
}

/** The type of each array, as .npy names it. */
export const ARRAY_TYPES: Readonly<Record<ArrayName, string>> = {
  ...{ ops: "|u1", y8: "|i1", y32: "<i4", scale: "<i2" },
  ...{ refs: "<u4", cover_point: "<u4", cover_cone: "|u1", cover_box: "<f8" },
};

/** Smallest and largest number of each array. */
const RANGES: Readonly<Record<ArrayName, readonly [number, number]>> = {
  ops: [0, 255],
  y8: [-128, 127],
  y32: [-(2 ** 31), 2 ** 31 - 1],
  scale: [-(2 ** 15), 2 ** 15 - 1],
  refs: [0, 2 ** 32 - 1],
  cover_point: [0, 2 ** 32 - 1],
  cover_cone: [0, 255],
  cover_box: [-Number.MAX_VALUE, Number.MAX_VALUE],
};

/** Most of `recent`: ops are bytes. */
const MOST_RECENT = 200;

/** Throws a Refusal. */
export function readHeader(text: string): ProofHeader {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    require(false, "the proof's header is no JSON");
  }
  require(isRecord(value), "the proof's header is no object");
  require(value.schema === "stillpoint/proof@1", "this is no stillpoint/proof@1");
  require(typeof value.model === "string", "the header names no model");
  const { model, space } = value;
  const base = { schema: "stillpoint/proof@1", model } as const;
  if (space === "patterns") return { ...base, space };
  const { recent } = value;
  require(isCount(recent) && recent >= 1 && recent <= MOST_RECENT, "recent is out of range");
  require(Array.isArray(value.lengths), "the header has no lengths");
  const lengths = value.lengths.map(readLengths);
  const { cones = [], added } = value;
  const rows = value.rows ?? undefined;
  require(rows === undefined || (Array.isArray(rows) && rows.every(isCount)), "the rows are no list of hyperplanes");
  require(rows === undefined || added === undefined || isPairs(added), "the rows to add are no list of pairs");
  require(Array.isArray(cones), "the cones are no list");
  const trees = {
    ...{ ...base, recent, lengths, cones: cones.map(readCone) },
    ...(rows && { rows: rows as number[] }),
    ...(rows && isPairs(added) && { added }),
  };
  if (space === "box") return { ...trees, space, lo: numbers(value.lo), hi: numbers(value.hi) };
  require(space === "cube", "the space is none that this checker knows");
  return { ...trees, space, halfwidths: numbers(value.halfwidths) };
}

function readCone(value: unknown): Cone {
  require(isRecord(value) && isCount(value.point), "a cone is malformed");
  return { point: value.point, halfwidths: numbers(value.halfwidths) };
}

function readLengths(value: unknown): RootLengths {
  require(isRecord(value), "a root's lengths are no object");
  const { ops, y8, y32, refs, covers } = value;
  require(isCount(ops) &&
    isCount(y8) &&
    isCount(y32) &&
    isCount(refs) &&
    isCount(covers), "a root's lengths must be counts of ops, y8, y32, refs and covers");
  return { ops, y8, y32, refs, covers };
}

/** Cuts the arrays into those of the roots, and checks that nothing is left over. Throws a Refusal. */
export function splitRoots(
  arrays: ReadonlyMap<string, ProofArray>,
  lengths: readonly RootLengths[],
  R: number,
): { readonly scale: Int32Array; readonly parts: RootArrays }[] {
  const rowsOf = (count: (each: RootLengths) => number) => lengths.reduce((sum, each) => sum + count(each), 0);
  const take = (name: ArrayName, rows: number) => rowsOfArray(arrays.get(name), name, rows, R);
  const covers = rowsOf((each) => each.covers);
  const ops = take(
    "ops",
    rowsOf((each) => each.ops),
  );
  const y8 = take(
    "y8",
    rowsOf((each) => each.y8),
  );
  const y32 = take(
    "y32",
    rowsOf((each) => each.y32),
  );
  const refs = take(
    "refs",
    rowsOf((each) => each.refs),
  );
  const scale = take("scale", lengths.length);
  const coverPoint = take("cover_point", covers);
  const coverCone = take("cover_cone", covers);
  const coverBox = take("cover_box", covers);
  const at = { ops: 0, y8: 0, y32: 0, refs: 0, covers: 0 };
  return lengths.map((each, root) => {
    const parts = {
      ops: ops(at.ops, each.ops),
      y8: y8(at.y8, each.y8),
      y32: y32(at.y32, each.y32),
      refs: refs(at.refs, each.refs),
      coverPoint: coverPoint(at.covers, each.covers),
      coverCone: coverCone(at.covers, each.covers),
      coverBox: coverBox(at.covers, each.covers),
    };
    for (const name of ["ops", "y8", "y32", "refs", "covers"] as const) at[name] += each[name];
    return { scale: Int32Array.from(scale(root, 1)), parts };
  });
}

/**
 * Checks an array of so many rows, and gives a function that reads some of them: plain numbers, row-major. Throws a
 * Refusal.
 */
function rowsOfArray(
  array: ProofArray | undefined,
  name: ArrayName,
  rows: number,
  R: number,
): (from: number, count: number) => ArrayLike<number> {
  require(array !== undefined, `the proof has no ${name}`);
  const { data, shape } = array;
  const rowShape = name === "cover_box" ? [2, R] : PER_COORDINATE.has(name) ? [R] : [];
  require(shape[0] === rows, `${name} has ${shape[0]} rows, the header counts ${rows}`);
  require(shape.slice(1).join() === rowShape.join(), `${name} has the wrong shape`);
  const [least, most] = RANGES[name];
  const whole = name !== "cover_box";
  for (let i = 0; i < data.length; i++) {
    const x = data[i]!;
    require(x >= least && x <= most && (!whole || Number.isInteger(x)), `${name} holds ${x}`);
  }
  const width = rowShape.reduce((product, n) => product * n, 1);
  return (from, count) => Array.prototype.slice.call(data, from * width, (from + count) * width);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isPairs(value: unknown): value is [number, number][] {
  return Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isCount));
}

function numbers(value: unknown): readonly number[] {
  require(Array.isArray(value) &&
    value.every((x) => typeof x === "number" && Number.isFinite(x)), "an end of the root box is no list of numbers");
  return value;
}
