/**
 * The places of a kernel's numbers in one block of memory, the same for every kernel of R dimensions and L units.
 * Matrices are row-major.
 */
export interface Layout {
  /** Float64 entries: name → first entry. */
  readonly at: Readonly<Record<FloatArray, number>>;
  /**
   * Byte offsets of lists of int32: the undecided units, the pieces of all units, and the units that a kernel has
   * decided (used by the kernel only).
   */
  readonly undecidedByte: number;
  readonly piecesByte: number;
  readonly decidedByte: number;
  readonly bytes: number;
}

/** Parts of a box that can be sieved at once. */
export const MOST_PARTS = 16;

/** The nearness from which the sweep is tried, as it discards boxes that the functional nearly discards. Measured. */
const SWEEP_FROM = 0.75;

/** Lengths, for R dimensions and L units, of every array that one call of a kernel reads or writes. */
const LENGTHS = {
  /** The rows of `UnitTable.data`, then a ramp of no weight that fills up an odd number of units. */
  data: (_: number, L: number, stride: number) => (L + 1) * stride,
  /** The box and the sums of the folded units: lo (R), hi (R), M (R×R), k (R). */
  state: (R: number) => stateLength(R),
  /** Error bounds of Â and Ĝ (bounds.ts). */
  matrixError: (R: number) => R * R,
  constantError: (R: number) => R,
  c: (R: number) => R,
  r: (R: number) => R,
  /** r with the rounding of projections, and that rounding alone (bounds.ts). */
  wide: (R: number) => R,
  margin: (R: number) => R,
  /** Â and Ĝ. */
  A: (R: number) => R * R,
  G: (R: number) => R,
  /** Σ w|v|, and Σ w² v vᵀ, then the matrix that is inverted. */
  Q: (R: number) => R,
  W: (R: number) => R * R,
  E: (R: number) => R,
  inverse: (R: number) => R * R,
  Y: (R: number) => (R + 1) * R,
  radii: (R: number) => R + 1,
  /** Σ w|v|₁|u|, what the choice of a split goes by. */
  spread: (R: number) => R,
  /**
   * Of the undecided ramps and clamps, in order: u·c and the ends of the range. These arrays and `pairs` are used by
   * the kernel only.
   */
  projection: (_: number, L: number) => L + 2,
  low: (_: number, L: number) => L + 2,
  high: (_: number, L: number) => L + 2,
  /** The parts of each pair of undecided units that a kernel writes out. */
  pairs: (R: number, L: number) => (pairBytes(R) / 8) * Math.ceil((L + 1) / 2),
  /** The slopes of the bands of all undecided units, in order; after a sweep, of the lines that it chose. */
  slopes: (_: number, L: number) => L + 2,
  /** Half-widths of the bands of all undecided units, in order. */
  widths: (_: number, L: number) => L + 2,
  /** How much the last contraction shrank the box, and 1 if rounding decided in some coordinate. */
  volume: () => 1,
  blurred: () => 1,
  /** How near the last functional came to discarding the box, below 1; 1 if there was no functional. */
  nearness: () => 1,
  /** From which nearness on the sweep is tried: above 1 never. */
  sweepFrom: () => 1,
  /** 1 if the sweep discarded the last box, else 0. */
  swept: () => 1,
  /** The last functional; after a discard the functional that discarded the box. */
  y: (R: number) => R,
  /** Parts of the box to be sieved: their centres (a row of R each), and half-widths that serve all parts. */
  partCentres: (R: number) => MOST_PARTS * R,
  partHalves: (R: number) => R,
  /** Lower bounds on y·G over parts (prove/bound.ts). */
  partBounds: () => MOST_PARTS,
} as const;

type FloatArray = keyof typeof LENGTHS;

/**
 * Places of a pair's vectors of two numbers, one number for each unit. `t` is y·v, and `p` bounds |u·(z − c)| on a part
 * of the box. The sieve turns units so that t is not negative: `turned` is their u, with kinks at `lower` and `upper`,
 * and `base` is b0 with the sign of t.
 */
const pairParts = (R: number) =>
  ({
    u: 0,
    v: R,
    weighted: 2 * R,
    b0: 3 * R,
    b1: 3 * R + 1,
    slope: 3 * R + 2,
    t: 3 * R + 3,
    p: 3 * R + 4,
    turned: 3 * R + 5,
    lower: 4 * R + 5,
    upper: 4 * R + 6,
    base: 4 * R + 7,
  }) as const;

export type PairPart = keyof ReturnType<typeof pairParts>;

/** Byte offset of a vector of the first pair from the start of `pairs`. */
export function pairByte(R: number, part: PairPart, i = 0): number {
  return 16 * (pairParts(R)[part] + i);
}

export function pairBytes(R: number): number {
  return 16 * (4 * R + 8);
}

/** Numbers in the array `state`. */
export function stateLength(R: number): number {
  return R * R + 3 * R;
}

/** The parts of a `state`, as views. */
export interface StateViews {
  readonly lo: Float64Array;
  readonly hi: Float64Array;
  readonly M: Float64Array;
  readonly k: Float64Array;
}

export function viewsOf({ buffer, byteOffset }: Float64Array, R: number): StateViews {
  // `subarray` takes several times as long
  return {
    lo: new Float64Array(buffer, byteOffset, R),
    hi: new Float64Array(buffer, byteOffset + 8 * R, R),
    M: new Float64Array(buffer, byteOffset + 16 * R, R * R),
    k: new Float64Array(buffer, byteOffset + 8 * (2 * R + R * R), R),
  };
}

/** Numbers in a unit's row: u (R), v (R), b0, b1, ε. */
export function strideOf(R: number): number {
  return 2 * R + 3;
}

export function layoutOf(R: number, L: number): Layout {
  const stride = strideOf(R);
  let next = 0;
  const at = {} as Record<FloatArray, number>;
  for (const [name, length] of Object.entries(LENGTHS) as [FloatArray, (R: number, L: number, s: number) => number][]) {
    at[name] = next;
    // even places, as pairs are read as 16 bytes
    next += 2 * Math.ceil(length(R, L, stride) / 2);
  }
  const undecidedByte = 8 * next;
  const listBytes = 8 * Math.ceil((L + 2) / 2);
  const piecesByte = undecidedByte + listBytes;
  const decidedByte = piecesByte + listBytes;
  return { at, undecidedByte, piecesByte, decidedByte, bytes: decidedByte + listBytes };
}

/** Views of all arrays of a layout over one block of memory. */
export type Workspace = Readonly<Record<FloatArray, Float64Array>> &
  StateViews & {
    readonly undecided: Int32Array;
    readonly pieces: Int32Array;
  };

/** The rows of a problem's units (`UnitTable`). */
interface Rows {
  readonly dim: number;
  readonly count: number;
  readonly data: Float64Array;
}

/** Writes the rows of a problem's units into a workspace of zeros. */
export function writeTable(workspace: Workspace, { dim: R, count: L, data }: Rows): void {
  workspace.data.set(data);
  workspace.sweepFrom[0] = SWEEP_FROM;
  // the kinks of the ramp of no weight, which is decided on every box, and its ε, which prevents a division by zero
  workspace.data.set([2, Number.POSITIVE_INFINITY, 1], L * strideOf(R) + 2 * R);
}

/**
 * A workspace for one problem, with the rows of its units in place.
 * @param buffer at least `layoutOf(…).bytes` long.
 */
export function loadTable(
  rows: Rows,
  buffer: ArrayBuffer = new ArrayBuffer(layoutOf(rows.dim, rows.count).bytes),
): Workspace {
  const { dim: R, count: L } = rows;
  const layout = layoutOf(R, L);
  const views = {} as Record<FloatArray, Float64Array>;
  for (const name of Object.keys(LENGTHS) as FloatArray[]) {
    views[name] = new Float64Array(buffer, 8 * layout.at[name], LENGTHS[name](R, L, strideOf(R)));
  }
  const workspace = {
    ...views,
    ...viewsOf(views.state, R),
    undecided: new Int32Array(buffer, layout.undecidedByte, L + 1),
    pieces: new Int32Array(buffer, layout.piecesByte, L + 1),
  };
  writeTable(workspace, rows);
  return workspace;
}
