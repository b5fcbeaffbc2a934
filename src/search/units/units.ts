import { pivotOf } from "../../arrangement/proportional.ts";
import { sign } from "../../model/dyadic.ts";
import { kinkError, LARGEST_KINK, LARGEST_MAGNITUDE } from "../kernel/bounds.ts";
import { strideOf } from "../kernel/workspace.ts";
import type { SearchSystem } from "../roots/search-system.ts";
import { type Direction, directionsOf, FIRST, type ParallelGroups, parallelGroups } from "./directions.ts";
import { type Draft, draftsOf, type Range } from "./drafts.ts";

/** The states of a direction: in state s its first s distinct kinks lie below x. */
interface DirectionStates {
  /** Distinct kinks, ascending. */
  readonly kinks: Float64Array;
  /**
   * The units of the direction, and for each the places of its kinks among the direction's, ascending. A unit's piece
   * in state s is the number of its places < s.
   */
  readonly units: readonly number[];
  readonly unitKinks: readonly Int32Array[];
  /** Hyperplanes through each distinct kink. */
  readonly hyperplanes: readonly (readonly number[])[];
}

/**
 * A search system as a sum of one-dimensional functions, for the float64 inner loops:
 *
 *     G(y) = M y + k + Σ_j v_j φ_j(u_j·y)
 *
 * A unit is a ramp, φ(x) = max(x − b0, 0), or a clamp, φ(x) = min(max(x − b0, 0), b1 − b0). Hyperplanes with exactly
 * parallel rows of U and exactly proportional rows of V may be one unit (drafts.ts): a clipped unit, a hard tanh, a
 * leaky pair. Slopes are counted from the slope of a unit's first piece, whose linear part is in M and k.
 */
export interface UnitTable {
  readonly dim: number;
  /** L. */
  readonly count: number;
  /** `stride` numbers for each unit: u (dim), v (dim), b0, b1 (Infinity for a ramp), ε (bounds.ts). */
  readonly data: Float64Array;
  readonly stride: number;
  /** dim×dim and dim. */
  readonly M: Float64Array;
  readonly k: Float64Array;
  /** Entrywise bounds on the terms that M and k are sums of. */
  readonly matrixMagnitude: Float64Array;
  readonly constantMagnitude: Float64Array;
  /**
   * L×dim, L, L: |v_j|S_j and |v_j|(F_j + S_jε_j) of bounds.ts are at most weight·slopeBound and weight·offsetBound.
   */
  readonly weight: Float64Array;
  readonly slopeBound: Float64Array;
  readonly offsetBound: Float64Array;
  /** `terms` of bounds.ts. */
  readonly terms: number;
  /**
   * L: Σ v_j φ_j lies in Σ v_j [low_j, high_j], with rounded bounds. Undefined where the sum is not bounded, which is
   * decided exactly.
   */
  readonly ranges: readonly Range[] | undefined;
  /** L: the direction that a unit belongs to. */
  readonly directionOf: Int32Array;
  readonly directions: readonly DirectionStates[];
  /**
   * Hyperplane i has its bit set iff (piece of its unit ≥ threshold) ≠ flipped. A hyperplane with a row of zeros has
   * unit −1 and bit `flipped`.
   */
  readonly unitOf: Int32Array;
  readonly threshold: Int32Array;
  readonly flipped: Uint8Array;
}

/** What kernels read of a table. */
export type KernelTable = Pick<UnitTable, "dim" | "count" | "data" | "stride">;

/**
 * The table of a system. Where no two hyperplanes are parallel, the usual case, every unit is a ramp, and no object is
 * made for each.
 */
export function unitTable(system: SearchSystem, parallel: ParallelGroups = parallelGroups(system)): UnitTable {
  return isApart(parallel)
    ? withDirections(system, parallel, rampsOf(system, parallel))
    : tableOfDirections(system, parallel);
}

/** The tables of a face and of the opposite face (`oppositeFace`), whose ramps differ in their kinks alone. */
export function tablesOfFaces(face: SearchSystem, opposite: SearchSystem): [UnitTable, UnitTable] {
  const parallel = parallelGroups(face);
  if (!isApart(parallel) || parallel.constants.length > 0) {
    return [unitTable(face, parallel), unitTable(opposite, parallel)];
  }
  const ramps = rampsOf(face, parallel);
  const others = { ...ramps, data: ramps.data.slice(), k: constantsOf(opposite) };
  const kinks = opposite.h.rounded;
  for (let j = 0; j < kinks.length; j++) others.data[j * others.stride + 2 * others.dim] = kinks[j]!;
  return [withDirections(face, parallel, ramps), withDirections(opposite, parallel, others)];
}

/** Whether no two hyperplanes are parallel. */
function isApart({ rows, groups }: ParallelGroups): boolean {
  return groups.count === rows.length;
}

/** −g, with 0 for −0. */
function constantsOf({ g }: SearchSystem): Float64Array {
  return g.rounded.map((x) => 0 - x);
}

/** A table without its units. */
function emptyTable(system: SearchSystem, L: number, constants: readonly number[]) {
  const { dim: R, count: N, V, h } = system;
  const v = V.rounded;
  const table = {
    dim: R,
    count: L,
    data: new Float64Array(L * strideOf(R)),
    stride: strideOf(R),
    // −0 is 0
    M: system.M.rounded.map((x) => x + 0),
    k: constantsOf(system),
    matrixMagnitude: system.M.rounded.map(Math.abs),
    constantMagnitude: system.g.rounded.map(Math.abs),
    weight: new Float64Array(L * R),
    slopeBound: new Float64Array(L),
    offsetBound: new Float64Array(L),
    terms: L + constants.length + 1,
    unitOf: new Int32Array(N).fill(-1),
    threshold: new Int32Array(N),
    flipped: new Uint8Array(N),
  };
  for (const j of constants) {
    if (sign(h.at(j)) >= 0) continue;
    table.flipped[j] = 1;
    for (let i = 0; i < R; i++) {
      table.k[i]! -= v[j * R + i]! * h.rounded[j]!;
      table.constantMagnitude[i]! += Math.abs(v[j * R + i]! * h.rounded[j]!);
    }
  }
  return table;
}

type Layout = ReturnType<typeof emptyTable>;

/** The table of a system without parallel hyperplanes, as `tableOfDirections` would make it, without directions. */
function rampsOf(system: SearchSystem, { rows, constants }: ParallelGroups): Omit<UnitTable, "directions"> {
  const { dim: R, V } = system;
  const h = system.h.rounded;
  const table = emptyTable(system, rows.length, constants);
  let ranges: Range[] | undefined = [];
  for (let j = 0; j < rows.length; j++) {
    const hyperplane = rows[j]!;
    const change = pivotOf(V, hyperplane, R) < 0 ? 0 : 1;
    if (change > 0) ranges = undefined;
    ranges?.push({ low: 0, high: 0 });
    const largestKink = Math.abs(h[hyperplane]!);
    writeUnit(table, j, system, hyperplane, hyperplane, {
      factor: change,
      b0: h[hyperplane]!,
      b1: Number.POSITIVE_INFINITY,
      largestKink,
      slopes: change,
      offsets: change * largestKink,
    });
    table.unitOf[hyperplane] = j;
    table.threshold[hyperplane] = 1;
  }
  return {
    ...table,
    ranges,
    directionOf: Int32Array.from(rows.keys()),
  };
}

/** Adds the directions, of one hyperplane each, which are made when first read: only rare endings read them. */
function withDirections(
  { h }: SearchSystem,
  { rows }: ParallelGroups,
  ramps: Omit<UnitTable, "directions">,
): UnitTable {
  let directions: readonly DirectionStates[] | undefined;
  return {
    ...ramps,
    get directions() {
      directions ??= rows.map((hyperplane, j) => ({
        kinks: Float64Array.of(h.rounded[hyperplane]!),
        units: [j],
        unitKinks: [FIRST],
        hyperplanes: [[hyperplane]],
      }));
      return directions;
    },
  };
}

/** The table of any system. */
export function tableOfDirections(system: SearchSystem, parallel: ParallelGroups = parallelGroups(system)): UnitTable {
  const directions = directionsOf(system, parallel);
  const { drafts, ranges } = draftsOf(system, directions);
  const unitsOf: number[][] = directions.map(() => []);
  const table = emptyTable(system, drafts.length, parallel.constants);
  drafts.forEach((draft, j) => {
    const direction = directions[draft.direction]!;
    unitsOf[draft.direction]!.push(j);
    addDraft(table, j, system, draft, direction);
    draft.members.forEach((i, at) => {
      const hyperplane = direction.hyperplanes[i]!;
      table.unitOf[hyperplane] = j;
      table.threshold[hyperplane] = draft.kinkOf[at]! + 1;
      table.flipped[hyperplane] = direction.scales[i]! < 0 ? 1 : 0;
    });
  });
  const mostMembers = drafts.reduce((most, { members }) => Math.max(most, members.length), 1);
  return {
    ...table,
    terms: drafts.length + parallel.constants.length + mostMembers,
    ranges,
    directionOf: Int32Array.from(drafts, (draft) => draft.direction),
    directions: directions.map(
      (direction, d): DirectionStates => ({
        kinks: direction.kinks,
        units: unitsOf[d]!,
        unitKinks: unitsOf[d]!.map((j) => drafts[j]!.unitKinks),
        hyperplanes: throughKinks(direction),
      }),
    ),
  };
}

function throughKinks({ kinks, hyperplanes, places }: Direction): readonly (readonly number[])[] {
  if (kinks.length === 1) return [hyperplanes];
  const through: number[][] = Array.from(kinks, () => []);
  hyperplanes.forEach((j, i) => {
    through[places[i]!]!.push(j);
  });
  return through;
}

/** The numbers of a unit's row beside u and v. */
interface UnitNumbers {
  /** The factor of v. */
  readonly factor: number;
  readonly b0: number;
  readonly b1: number;
  readonly largestKink: number;
  /** S and F of bounds.ts. */
  readonly slopes: number;
  readonly offsets: number;
}

/** Writes unit j and its bounds, with the row of U of one hyperplane and the row of V of another. */
function writeUnit(
  table: Layout,
  j: number,
  { U, V }: SearchSystem,
  row: number,
  lead: number,
  { factor, b0, b1, largestKink, slopes, offsets }: UnitNumbers,
): void {
  const { dim: R, data, weight, constantMagnitude } = table;
  const u = U.rounded;
  const v = V.rounded;
  const at = j * table.stride;
  const error = kinkError(largestKink);
  // S·ε belongs to every bound that F is in
  const constants = offsets + slopes * error;
  for (let i = 0; i < R; i++) {
    const vi = v[lead * R + i]!;
    data[at + i] = u[row * R + i]!;
    data[at + R + i] = vi * factor;
    weight[j * R + i] = Math.abs(vi);
    constantMagnitude[i]! += Math.abs(vi) * constants;
  }
  data[at + 2 * R] = b0;
  data[at + 2 * R + 1] = b1;
  data[at + 2 * R + 2] = error;
  // twice, for the rounding of the slopes, and for the slopes of bands
  table.slopeBound[j] = 2 * slopes;
  table.offsetBound[j] = 2 * constants;
}

/** Writes a drafted unit as unit j, and adds φ's first piece to M and k. */
function addDraft(table: Layout, j: number, system: SearchSystem, draft: Draft, direction: Direction): void {
  const { dim: R } = table;
  const { kinks, baseSlope, baseOffset } = draft;
  const row = direction.hyperplanes[0]!;
  const lead = direction.hyperplanes[draft.members[0]!]!;
  let largestKink = 0;
  let slopes = 0;
  let offsets = 0;
  kinks.forEach((kink, p) => {
    largestKink = Math.max(largestKink, Math.abs(kink));
    slopes += draft.changeMagnitudes[p]!;
    offsets += draft.changeMagnitudes[p]! * Math.abs(kink);
  });
  writeUnit(table, j, system, row, lead, {
    factor: draft.changes[0]!,
    b0: kinks[0]!,
    b1: kinks.length === 2 ? kinks[1]! : Number.POSITIVE_INFINITY,
    largestKink,
    slopes,
    offsets,
  });
  const u = system.U.rounded;
  const v = system.V.rounded;
  for (let i = 0; i < R; i++) {
    const vi = v[lead * R + i]!;
    if (baseOffset !== 0) table.k[i]! += vi * baseOffset;
    if (baseSlope === 0) continue;
    for (let c = 0; c < R; c++) {
      const uc = u[row * R + c]!;
      table.M[i * R + c]! += vi * baseSlope * uc;
      table.matrixMagnitude[i * R + c]! += Math.abs(vi * uc) * slopes;
    }
  }
}

/** φ_j(x) = slope·x + offset on one of its pieces. */
export function pieceOf(
  { dim: R, data, stride }: UnitTable,
  j: number,
  piece: number,
): { slope: number; offset: number } {
  const b0 = data[j * stride + 2 * R]!;
  if (piece === 0) return { slope: 0, offset: 0 };
  return piece === 1 ? { slope: 1, offset: -b0 } : { slope: 0, offset: data[j * stride + 2 * R + 1]! - b0 };
}

/** Writes the mask that the pieces of all units make. */
export function writeMask(
  { unitOf, threshold, flipped }: UnitTable,
  pieces: ArrayLike<number>,
  out: Uint32Array,
): void {
  out.fill(0);
  for (let i = 0; i < unitOf.length; i++) {
    const above = unitOf[i]! >= 0 && pieces[unitOf[i]!]! >= threshold[i]! ? 1 : 0;
    out[i >>> 5]! |= (above ^ flipped[i]!) << (i & 31);
  }
}

/** Ā and b̄ of bounds.ts over the units whose entry of `counted` (L) is not 0, or over all units. */
export function magnitudesOf(table: UnitTable, counted?: Uint8Array): { matrix: Float64Array; constant: Float64Array } {
  const { dim: R, count: L, data, stride, weight, slopeBound, offsetBound } = table;
  const matrix = table.matrixMagnitude.slice();
  const constant = table.constantMagnitude.slice();
  for (let j = 0; j < L; j++) {
    if (counted !== undefined && counted[j] === 0) continue;
    for (let i = 0; i < R; i++) {
      const size = weight[j * R + i]!;
      const slope = size * slopeBound[j]!;
      constant[i]! += size * offsetBound[j]!;
      for (let n = 0; n < R; n++) matrix[i * R + n]! += slope * Math.abs(data[j * stride + n]!);
    }
  }
  return { matrix, constant };
}

/** Whether the bounds of bounds.ts hold for a table, i.e. its numbers are within the limits there. */
export function isFit(table: UnitTable): boolean {
  const { count: L, dim: R, data, stride } = table;
  // written so that NaN is not fit
  for (let j = 0; j < L; j++) if (!(data[j * stride + 2 * R + 2]! <= kinkError(LARGEST_KINK))) return false;
  const { matrix, constant } = magnitudesOf(table);
  return [matrix, constant].every((all) => all.every((x) => x <= LARGEST_MAGNITUDE));
}
