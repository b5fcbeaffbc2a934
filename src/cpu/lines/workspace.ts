import { binomial } from "../../arrangement/counts.ts";
import { float64s } from "../../base/small-arrays.ts";
import { gamma } from "../../float/precision.ts";
import type { StageModel } from "../../stages/stage-model.ts";
import { regionSolver } from "../region-solver.ts";
import { FEWEST_DIMENSIONS, MOST_DIMENSIONS } from "./dimensions.ts";
import { type MinorBounds, minorBounds } from "./minors.ts";

/** The bits of `codes`: what is known about the crossing of a hyperplane. */
export const Code = {
  /** The hyperplane's bit is 1 beyond the crossing: β_j > 0. */
  POSITIVE: 1,
  /** The hyperplane may be parallel to the line. */
  FLAT: 2,
  /** A bit of L at the vertex is not decided. */
  UNDECIDED: 4,
  /** The hyperplane is in L. */
  OWN: 8,
  /** From this bit on: the bits of L at the vertex. */
  TIED_SHIFT: 4,
} as const;

/** The shape that a kernel's code depends on. */
export interface LineShape {
  /** R and ρ. */
  readonly latentDim: number;
  readonly rank: number;
  /** The number of hyperplanes that there is room for: a power of two, so that few shapes serve all models. */
  readonly capacity: number;
  readonly dismisses: boolean;
}

const LEAST_CAPACITY = 32;

/**
 * @param leastVertices from how many vertices on candidates are dismissed by minors, so that the bounds on minors pay.
 */
export function lineShape({ latentDim, rank, count }: StageModel, leastVertices: number): LineShape {
  const hasMinors = latentDim >= FEWEST_DIMENSIONS && latentDim <= MOST_DIMENSIONS;
  const dismisses = hasMinors && binomial(count, rank) >= leastVertices;
  const capacity = Math.max(LEAST_CAPACITY, 2 ** Math.ceil(Math.log2(count)));
  if (isShape(lastShape, latentDim, rank, capacity, dismisses)) return lastShape;
  lastShape = { latentDim, rank, capacity, dismisses };
  return lastShape;
}

/** The models of a batch mostly have one shape. */
let lastShape: LineShape = { latentDim: 0, rank: 0, capacity: 0, dismisses: false };

function isShape(shape: LineShape, latentDim: number, rank: number, capacity: number, dismisses: boolean): boolean {
  return (
    shape.latentDim === latentDim && shape.rank === rank && shape.capacity === capacity && shape.dismisses === dismisses
  );
}

export const shapeKey = ({ latentDim, rank, capacity, dismisses }: LineShape): string =>
  `${latentDim},${rank},${capacity},${dismisses}`;

/**
 * Room for all hyperplanes and one more cache line, since arrays that lie a power of two apart share places in the
 * cache.
 */
export const roomFor = ({ capacity }: LineShape): number => capacity + 8;

/** n, rounded up to pairs. */
const paired = (n: number): number => n + (n & 1);

/** Numbers in a system [J | b]: always even. */
export const systemLength = (R: number): number => R * (R + 1);

/** The place of entry (row, column) of [J | b] in a system. */
export const systemEntry = (R: number, row: number, column: number): number =>
  column < R ? row * R + column : R * R + row;

/**
 * Numbers in a row of `rows`: a hyperplane's rank-1 term, then the factors of the minors in D·(u·z − h), then minus the
 * bound on that value's error.
 */
export const rowStride = (R: number): number => systemLength(R) + paired(R + 2);

/** Numbers in a row of `tied` and `pair`: a system, then ±1 for the sides of L and of the vertex's own hyperplane. */
export const tiedStride = (R: number, rank: number): number => systemLength(R) + paired(rank);

type Length = (shape: LineShape) => number;
const forDismissal =
  (length: Length): Length =>
  (shape) =>
    shape.dismisses ? length(shape) : 0;

const FLOATS = {
  /** U of the arrangement as ρ columns of n numbers, for vectors across hyperplanes. */
  columns: (shape) => shape.rank * roomFor(shape),
  h: roomFor,
  uNorm: roomFor,
  hError: roomFor,
  /** c_1. */
  direction: ({ rank }) => rank,
  /** The line: p, y, and x_t (t < ρ − 1), the columns of B⁻¹; ρ numbers each. */
  p: ({ rank }) => rank,
  y: ({ rank }) => rank,
  x: ({ rank }) => rank * (rank - 1),
  /** Error bounds per ‖u‖₁ of u·p, u·y, and of u·x_t. */
  lineErrors: ({ rank }) => rank + 1,
  /** A bound on ‖I − B⁻¹B‖. */
  defect: () => 1,
  /** t_j, its error bound, β_j. */
  t: roomFor,
  error: roomFor,
  beta: roomFor,
  /** Two int32 for each hyperplane, the first of which holds a `Code`. */
  codes: roomFor,
  /** Σ a², Σ ab and Σ b² over all hyperplanes, each apart for even and for odd hyperplanes. */
  moments: () => 6,
  /**
   * For each place in order: while sorting t; then, where crossings are not in order, the least t − error from the
   * place on.
   */
  starts: roomFor,
  /** [J | b] without the terms of L and of the hyperplanes that cross the line. */
  base: ({ latentDim }) => systemLength(latentDim),
  rows: forDismissal(({ latentDim, capacity }) => rowStride(latentDim) * capacity),
  /** A row for each setting of L's bits. */
  tied: forDismissal(({ latentDim, rank }) => tiedStride(latentDim, rank) << (rank - 1)),
  /** Bound on the error of D. */
  determinantError: forDismissal(() => 1),
  /** The rows of two vertices that are judged together. */
  pair: forDismissal(({ latentDim, rank }) => 2 * tiedStride(latentDim, rank)),
} as const satisfies Record<string, Length>;

const INTEGERS = {
  /** n. */
  size: () => 1,
  /** L, ascending, then room for the vertex's own hyperplane. */
  subset: ({ rank }) => rank,
  /** The hyperplanes that cross the line, unsorted and sorted by t. */
  unsorted: roomFor,
  order: roomFor,
  buckets: roomFor,
  /** The bucket of each hyperplane. */
  bucketOf: roomFor,
  /** 1 if all crossings before a place surely lie before all from it on. */
  boundary: roomFor,
  /**
   * Places whose vertices are still to be judged, and the number of dismissed vertices. Every vertex is counted in one
   * of the two, so that a lost vertex is noticed.
   */
  open: roomFor,
  dismissed: () => 1,
} as const satisfies Record<string, Length>;

export type FloatName = keyof typeof FLOATS;
export type IntegerName = keyof typeof INTEGERS;

/** Byte offsets of all arrays in one block of memory. */
export type LineLayout = Readonly<Record<FloatName | IntegerName, number>> & { readonly bytes: number };

/** The layout of each shape; there are few shapes. */
const layouts = new Map<string, LineLayout>();

export function lineLayout(shape: LineShape): LineLayout {
  const key = shapeKey(shape);
  const known = layouts.get(key);
  if (known !== undefined) return known;
  const at: Record<string, number> = {};
  let bytes = 0;
  for (const [name, length] of Object.entries(FLOATS)) {
    at[name] = bytes;
    bytes += 8 * paired(length(shape));
  }
  for (const [name, length] of Object.entries(INTEGERS)) {
    at[name] = bytes;
    bytes += 4 * length(shape);
  }
  const layout = { ...at, bytes } as LineLayout;
  layouts.set(key, layout);
  return layout;
}

/** The arrays of a kernel as views. */
export type LineWorkspace = Readonly<Record<FloatName, Float64Array>> &
  Readonly<Record<Exclude<IntegerName, "subset">, Int32Array>> & {
    readonly subset: Uint32Array;
    /** `codes` as int32. */
    readonly codeWords: Int32Array;
  };

/** Views of a block of memory. */
export function lineWorkspace(shape: LineShape, buffer: ArrayBuffer): LineWorkspace {
  const layout = lineLayout(shape);
  const floats = Object.entries(FLOATS).map(([name, length]) => [
    name,
    new Float64Array(buffer, layout[name as FloatName], length(shape)),
  ]);
  const integers = Object.entries(INTEGERS).map(([name, length]) => {
    return [
      name,
      new (name === "subset" ? Uint32Array : Int32Array)(buffer, layout[name as IntegerName], length(shape)),
    ];
  });
  const workspace = Object.fromEntries([...floats, ...integers]) as LineWorkspace;
  return { ...workspace, codeWords: new Int32Array(buffer, layout.codes, 2 * roomFor(shape)) };
}

/** Writes a model's numbers into a workspace. */
export function fillWorkspace(model: StageModel, shape: LineShape, workspace: LineWorkspace): void {
  const { rank, count: n, arrangementU } = model;
  const { columns, h, uNorm, hError } = workspace;
  workspace.size[0] = n;
  const room = roomFor(shape);
  // the partner of an odd last hyperplane must not be one of an earlier model
  for (let j = 0; j < paired(n); j++) {
    for (let i = 0; i < rank; i++) columns[i * room + j] = arrangementU[j * rank + i] ?? 0;
    h[j] = model.h[j] ?? 0;
    uNorm[j] = model.uNorm[j] ?? 0;
    hError[j] = model.hError[j] ?? 0;
  }
  workspace.direction.set(model.directions.subarray(0, rank));
  if (shape.dismisses) {
    const bounds = candidateBounds(model);
    workspace.determinantError[0] = bounds.errors[model.latentDim]!;
    fillRows(model, bounds, workspace.rows);
  }
}

/** D·(u·z − h) = Σ_k (−1)^(R−1−k) u_k M_k − h D, where M_k is the minor of [J | b] without column k and D = M_R. */
function fillRows(model: StageModel, { sizes, errors }: MinorBounds, rows: Float64Array): void {
  const { latentDim: R, count: n, U, h, hError, precision } = model;
  const { terms } = regionSolver(model);
  const length = systemLength(R);
  const stride = rowStride(R);
  const relative = gamma(R + 4, precision);
  for (let j = 0; j < n; j++) {
    const at = j * stride;
    const forms = at + length;
    // a loop, as `set` takes longer for so few
    for (let i = 0; i < length; i++) rows[at + i] = terms[j * length + i]!;
    let bound = Math.abs(h[j]!) * (errors[R]! + relative * sizes[R]!) + hError[j]! * sizes[R]!;
    for (let k = 0; k < R; k++) {
      rows[forms + k] = (R - 1 - k) % 2 === 0 ? U[j * R + k]! : -U[j * R + k]!;
      bound += Math.abs(U[j * R + k]!) * (errors[k]! + relative * sizes[k]!);
    }
    rows[forms + R] = -h[j]!;
    rows[forms + R + 1] = -(bound * precision.slack + precision.tiny);
  }
}

/** Bounds on the minors of [J | b] over all regions. */
function candidateBounds(model: StageModel): MinorBounds {
  const { latentDim: R, count: n, M, g, U, V, h, matrixError, rhsError, precision } = model;
  const sizes = float64s(R * (R + 1));
  const errors = float64s(R * (R + 1));
  for (let i = 0; i < R; i++) {
    for (let k = 0; k <= R; k++) {
      let size = Math.abs(k < R ? M[i * R + k]! : g[i]!);
      for (let j = 0; j < n; j++) size += Math.abs(V[j * R + i]! * (k < R ? U[j * R + k]! : h[j]!));
      const error = k < R ? matrixError[i * R + k]! : rhsError[i]!;
      errors[i * (R + 1) + k] = error;
      sizes[i * (R + 1) + k] = size * precision.slack + error;
    }
  }
  return minorBounds(sizes, errors, R, precision);
}
