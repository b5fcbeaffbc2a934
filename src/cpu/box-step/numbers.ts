import { HALF_WIDTH32, outward32, rowError, TILE } from "../../float/box-step.ts";
import { boxProjection } from "../../float/boxes.ts";
import {
  baseStride,
  foldStride,
  joinSystems,
  MOST_STACK_PARTS,
  type RecordLayout,
  recordLayout,
  type StackSystem,
  unitStride,
} from "../../stages/box-stack.ts";

const { fround, max } = Math;

/**
 * A unit on a box: its slope between the ends of its range, what it may differ by, and whether it has several pieces.
 */
export interface Band {
  slope: number;
  value: number;
  width: number;
  magnitude: number;
  low: number;
  high: number;
  open: boolean;
}

/**
 * The numbers of one step of the search on a device, as `shaders/box_step.wgsl` has them. Float32 arrays round numbers
 * when they are stored.
 */
export class BoxNumbers {
  readonly layout: RecordLayout;
  readonly rows: Float32Array;
  readonly folds: Int32Array;
  readonly base: Float32Array;
  readonly units: number;
  readonly projection: number;
  readonly rowError: number;
  readonly outward: number;
  /** First entries of the box's system in the tables. */
  row = 0;
  fold = 0;
  entry = 0;
  /** The box. */
  readonly lo: Float32Array;
  readonly hi: Float32Array;
  readonly c: Float32Array;
  readonly r: Float32Array;
  /** M′ and k′ as float32, then Â and Ĝ; B and E of float/box-step.ts. */
  readonly M: Float32Array;
  readonly k: Float32Array;
  readonly A: Float32Array;
  readonly G: Float32Array;
  readonly magnitude: Float32Array;
  readonly B: Float32Array;
  readonly E: Float32Array;
  readonly W: Float32Array;
  readonly scale: Float32Array;
  readonly spread: Float32Array;
  /** Rows that contract, and the functional. */
  readonly Y: Float32Array;
  readonly radii: Float32Array;
  readonly y: Float32Array;
  /** The undecided units, and the widths of their bands. */
  readonly open: Int32Array;
  readonly widths: Float32Array;
  readonly tile: Band[] = Array.from({ length: TILE }, newBand);
  readonly band: Band = newBand();
  /** Lo and hi of all parts. */
  readonly partLo: Float32Array;
  readonly partHi: Float32Array;

  constructor(systems: readonly StackSystem[]) {
    const { dim: R } = systems[0]!;
    const joined = joinSystems(systems);
    this.rows = joined.rows;
    this.folds = joined.folds;
    this.base = joined.base;
    this.units = joined.units;
    this.layout = recordLayout(R, joined.units);
    this.projection = fround(boxProjection(R));
    this.rowError = fround(rowError(R));
    this.outward = fround(outward32(R));
    const vector = () => new Float32Array(R);
    const matrix = () => new Float32Array(R * R);
    [this.lo, this.hi, this.c, this.r] = [vector(), vector(), vector(), vector()];
    [this.M, this.k, this.A, this.G] = [matrix(), vector(), matrix(), vector()];
    [this.magnitude, this.B, this.E] = [vector(), vector(), vector()];
    [this.W, this.scale, this.spread, this.y] = [matrix(), vector(), vector(), vector()];
    this.Y = new Float32Array((R + 1) * R);
    this.radii = new Float32Array(R + 1);
    this.open = new Int32Array(joined.units);
    this.widths = new Float32Array(joined.units);
    this.partLo = new Float32Array(MOST_STACK_PARTS * R);
    this.partHi = new Float32Array(MOST_STACK_PARTS * R);
  }

  /** Goes to the tables of a system. */
  select(system: number): void {
    const { dim: R } = this.layout;
    this.row = system * this.units * unitStride(R);
    this.fold = system * this.units * foldStride(R);
    this.entry = system * baseStride(R);
  }

  /** Makes c ± r the box [lo, hi], whose first entries are number `at`. */
  centre(lo: Float32Array, hi: Float32Array, at: number): void {
    for (let k = 0; k < this.layout.dim; k++) {
      const c = fround(0.5 * fround(lo[at + k]! + hi[at + k]!));
      this.c[k] = c;
      this.r[k] = fround(max(fround(hi[at + k]! - c), fround(c - lo[at + k]!)) * HALF_WIDTH32);
    }
  }
}

function newBand(): Band {
  return { slope: 0, value: 0, width: 0, magnitude: 0, low: 0, high: 0, open: false };
}
