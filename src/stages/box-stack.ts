/**
 * The contract of the search on a device (docs/design.md#the-search-on-a-device): a stack of boxes that a device pops
 * in slabs, discards, contracts and splits in float32, until nothing is left or float32 can tell no more about a box.
 * `cpu/box-stack.ts` and `gpu/box-stack.ts` do the same operations in the same order.
 */

/**
 * A system as a device takes it, of ramps and clamps φ_j alone:
 *
 *     G(z) = M z + k + Σ_j v_j φ_j(u_j·z),    φ_j(x) = min(max(x, b0_j), b1_j) − b0_j.
 *
 * All systems of one stack have the same R.
 */
export interface StackSystem {
  /** R. */
  readonly dim: number;
  /** L. */
  readonly count: number;
  /** L rows of `unitStride`: u (R), v (R), b0, b1, K = |b0| + |b1|; for a ramp b1 is `NO_KINK`, and K is |b0|. */
  readonly rows: Float32Array<ArrayBuffer>;
  /**
   * L rows of `foldStride`: v uᵀ (R×R), −v b0 (R) and v (b1 − b0) (R), in units of the entries that they are added to.
   */
  readonly folds: Int32Array<ArrayBuffer>;
  /** Of M (R×R) and k (R): the units of all entries, powers of two; then bounds on their errors, rounded up. */
  readonly base: Float32Array<ArrayBuffer>;
  /** M (R×R) and k (R) before any unit is folded, in these units. */
  readonly start: Int32Array<ArrayBuffer>;
}

/** Largest R. */
export const MOST_STACK_DIMENSIONS = 12;
/** Most units of a system. */
export const MOST_STACK_UNITS = 1024;

export function unitStride(dim: number): number {
  return 2 * dim + 3;
}

export function foldStride(dim: number): number {
  return dim * dim + 2 * dim;
}

export function baseStride(dim: number): number {
  return 2 * (dim * dim + dim);
}

/**
 * A box as a record of 32-bit words: its system; halvings since the root, which say its share of the volume; halvings
 * since a unit was decided; undecided units before the last enclosure; lo (R) and hi (R) as float32; M′ (R×R) and k′
 * (R) as integers; the bits of its undecided units.
 */
export interface RecordLayout {
  readonly dim: number;
  /** 32-bit words of a set of units. */
  readonly words: number;
  readonly lo: number;
  readonly hi: number;
  readonly folded: number;
  readonly undecided: number;
  readonly stride: number;
}

export const Field = { system: 0, depth: 1, stale: 2, count: 3 } as const;
const FIELDS = 4;

/** @param count most units of a system of the stack. */
export function recordLayout(dim: number, count: number): RecordLayout {
  const words = Math.max(1, Math.ceil(count / 32));
  const hi = FIELDS + dim;
  const folded = hi + dim;
  const undecided = folded + dim * dim + dim;
  return { dim, words, lo: FIELDS, hi, folded, undecided, stride: undecided + words };
}

/**
 * Writes the record of a box in which no unit is decided.
 * @param record its words, all 0. @param system the number of its system. @param lo @param hi R float32 numbers each.
 */
export function writeRecord(
  record: Uint32Array,
  layout: RecordLayout,
  system: number,
  { count, start }: StackSystem,
  lo: ArrayLike<number>,
  hi: ArrayLike<number>,
  depth = 0,
): void {
  record[Field.system] = system;
  record[Field.depth] = depth;
  record[Field.count] = count;
  const floats = new Float32Array(record.buffer, record.byteOffset, layout.stride);
  floats.set(lo, layout.lo);
  floats.set(hi, layout.hi);
  new Int32Array(record.buffer, record.byteOffset, layout.stride).set(start, layout.folded);
  for (let j = 0; j < count; j++) record[layout.undecided + (j >> 5)]! |= 1 << (j & 31);
}

/**
 * A step's answer on a box, in words: its kind, a byte of the parts that are left, the undecided units it looked at;
 * the halved coordinates (3); where these are cut (7), the k-th halving at 2^k − 1 + the bits of the halvings before.
 * The box as the step leaves it, a record, stands behind.
 */
export const Answer = { kind: 0, parts: 1, looked: 2, halvings: 3, axes: 4, cuts: 7, record: 14 } as const;

export const StepKind = {
  /** No zero of G. */
  empty: 0,
  /** To be enclosed again: the box itself is its only part. */
  again: 1,
  /** To be split. */
  split: 2,
  /** Float32 can tell little more, or the host has an ending for it. */
  kept: 3,
} as const;

/**
 * Words of a stack's state. Counts are of all launches, modulo 2^32. Behind the state stand the counts of each system
 * (`Count`), then the record of the discarded box that is audited.
 */
export const State = {
  /** Boxes on the stack. */
  top: 0,
  /** Boxes that the next round takes; 0 where the stack is empty, or its own or the kept boxes' room is too small. */
  slab: 1,
  /** Boxes kept in this launch. */
  kept: 2,
  rounds: 3,
  /** 1 if a box was discarded in this launch: then the last round's first one is to be audited. */
  audit: 4,
  /** Discarded boxes and parts by halvings since the root; the last word takes all that were halved more often. */
  depths: 5,
} as const;
export const STATE_DEPTHS = 119;
export const STATE_WORDS = State.depths + STATE_DEPTHS;

/** Counts of one system, of all launches, modulo 2^32. */
export const Count = {
  boxes: 0,
  /** Parts that the sieve discarded. */
  sieved: 1,
  /** Bands computed for boxes, and for parts. */
  evaluations: 2,
  partEvaluations: 3,
} as const;
export const COUNT_WORDS = 4;

/** Most parts of one box. */
export const MOST_STACK_PARTS = 8;

/** A box with at most this many undecided units goes to the host, which branches into their sign patterns. */
export const FEW_UNDECIDED = 3;
/** So does a box that was halved so often, per coordinate, without a decided unit. */
export const STALE_PER_COORDINATE = 8;
/** Shorter sides are not halved or contracted: float32 tells little apart there. */
export const SMALLEST_SIDE = 2 ** -30;
/** Weight of the bands against the box in W, as in search/kernel.ts. */
export const STACK_RIDGE = 3;
/**
 * Added to the diagonal of W after W is scaled to a diagonal of 1, so that its factors exist in float32: about 2^5
 * roundings.
 */
export const STACK_REGULARISER = 2 ** -18;
/**
 * A row of W with a smaller diagonal entry counts as zero: the root and the reciprocal of the others stay far inside
 * float32.
 */
export const SMALLEST_ROW = 2 ** -80;
/** If a number is larger while functionals are computed, there are none. */
export const LARGEST_FUNCTIONAL = 2 ** 60;
/** A box is blurred, and kept, where the bound on rounding makes up this share of a half-width. */
export const STACK_BLUR = 0.25;
/** Largest entry of a row that contracts: products with it stay far inside float32. */
export const LARGEST_ROW = 2 ** 40;
/** A box is enclosed again, without a split, if its volume fell by this factor. */
export const STACK_SHRINK = 0.5;

/** What a launch did. */
export interface LaunchReport {
  /** The state behind its last round. */
  readonly state: Uint32Array;
  /** The counts of all systems then, `COUNT_WORDS` each. */
  readonly counts: Uint32Array;
  /** A box that it discarded, for an audit, as it was before it was discarded; undefined if it discarded none. */
  readonly discarded: Uint32Array<ArrayBuffer> | undefined;
  /** Records of the boxes that it kept. */
  readonly kept: Uint32Array<ArrayBuffer>;
}

/** A stack on a device: `cpu/box-stack.ts` and `gpu/box-stack.ts`. Calls take effect in their order. */
export interface DeviceStack {
  readonly layout: RecordLayout;
  /** Records that fit. */
  readonly capacity: number;
  /** Launches to have under way, so that the device is busy while the host looks at what came. */
  readonly launchesInFlight: number;
  /** Puts records on the stack, from record `at` on, and makes the last of them its top. No launch may be under way. */
  write(records: Uint32Array<ArrayBuffer>, at: number): void;
  /** Does up to so many rounds. @throws what the device throws. */
  launch(rounds: number): Promise<LaunchReport>;
  /** The records `from` … `to` − 1. No launch may be under way. */
  read(from: number, to: number): Promise<Uint32Array<ArrayBuffer>>;
  /** Takes away the lowest `count` of `top` records; those above move down. No launch may be under way. */
  dropLowest(count: number, top: number): Promise<void>;
  release(): void;
}

/** Makes stacks. */
export interface DeviceStacks {
  /** Whether the device has room for the tables of such systems. */
  fit(systems: readonly StackSystem[]): boolean;
  /** @param systems all of one R. @returns undefined where the device has no room for such systems. */
  open(systems: readonly StackSystem[]): Promise<DeviceStack | undefined>;
  /** Rounds of a launch: enough to keep a device busy, few enough for a cancel in time. */
  readonly rounds: number;
}

/** Room for each system in the tables of all: as many units as a set of the largest has bits. */
export function unitsOfEach(systems: readonly StackSystem[]): number {
  return 32 * Math.ceil(systems.reduce((units, { count }) => Math.max(units, count), 1) / 32);
}

/** The tables of all systems one after the other. */
export function joinSystems(systems: readonly StackSystem[]) {
  const { dim } = systems[0]!;
  const most = unitsOfEach(systems);
  const rows = new Float32Array(systems.length * most * unitStride(dim));
  const folds = new Int32Array(systems.length * most * foldStride(dim));
  const base = new Float32Array(systems.length * baseStride(dim));
  systems.forEach((system, s) => {
    rows.set(system.rows, s * most * unitStride(dim));
    folds.set(system.folds, s * most * foldStride(dim));
    base.set(system.base, s * baseStride(dim));
  });
  return { systems: systems.length, units: most, rows, folds, base };
}
