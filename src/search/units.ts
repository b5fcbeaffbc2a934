import { pivotOf, proportionalRows } from "../arrangement/proportional.ts";
import { type Dyadic, multiply, sign } from "../model/dyadic.ts";
import { sum } from "../model/system.ts";
import { kinkError, projectionError } from "./bounds.ts";
import { type Direction, directionsOf, FIRST } from "./directions.ts";
import type { SearchSystem } from "./search-system.ts";
import { strideOf } from "./workspace.ts";

/** A unit that is neither a ramp nor a clamp: φ(x) = offsets[p] + slopes[p] x on its piece p, between kinks p − 1 and p. */
export interface GenericFunction {
  /** Ascending. */
  readonly kinks: Float64Array;
  /** One for each piece; those of the first are 0. */
  readonly slopes: Float64Array;
  readonly offsets: Float64Array;
}

/** A direction's states: in state s its first s distinct kinks lie below x. */
interface DirectionStates {
  /** Distinct kinks, ascending. */
  readonly kinks: Float64Array;
  /** Units on it, and for each the kinks of the direction that it has, ascending: its piece in state s is how many of them are < s. */
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
 * Hyperplanes with exactly parallel rows of U and exactly proportional rows of V are one unit: a clipped unit, a hard tanh, a
 * dendritic sum, a leaky pair. Slopes are counted from that of a unit's first piece, whose linear part is in M and k; so φ = 0 on
 * piece 0. The first `simple` units are ramps, φ(x) = max(x − b0, 0), or clamps, φ(x) = min(max(x − b0, 0), b1 − b0).
 */
export interface UnitTable {
  readonly dim: number;
  /** L. */
  readonly count: number;
  readonly simple: number;
  /** `stride` numbers for each unit: u (dim), v (dim), b0, b1 (Infinity for a ramp), ε₁, ε₂ (bounds.ts). */
  readonly data: Float64Array;
  readonly stride: number;
  /** Of units simple, simple + 1, … */
  readonly generic: readonly GenericFunction[];
  /** dim×dim and dim. */
  readonly M: Float64Array;
  readonly k: Float64Array;
  /** Entrywise bounds on the terms that M and k are sums of. */
  readonly matrixMagnitude: Float64Array;
  readonly constantMagnitude: Float64Array;
  /** L×dim, L, L: |v_j| S_j and |v_j| F_j of bounds.ts are at most weight·slopeBound and weight·offsetBound. */
  readonly weight: Float64Array;
  readonly slopeBound: Float64Array;
  readonly offsetBound: Float64Array;
  /** True when every φ_j is bounded, exactly. */
  readonly bounded: boolean;
  /** L: the direction that a unit belongs to. */
  readonly directionOf: Int32Array;
  readonly directions: readonly DirectionStates[];
  /** Hyperplane i has its bit set iff (piece of its unit ≥ threshold) ≠ flipped; a row of zeros has unit −1 and bit `flipped`. */
  readonly unitOf: Int32Array;
  readonly threshold: Int32Array;
  readonly flipped: Uint8Array;
}

/** One unit before it is laid out. */
interface Draft {
  readonly direction: number;
  /** Places of its hyperplanes in the direction's list. */
  readonly members: readonly number[];
  /** Its kinks: places among the direction's, ascending. */
  readonly unitKinks: Int32Array;
  /** For each member: which of these it is. */
  readonly kinkOf: Int32Array;
  readonly kinks: Float64Array;
  /** At each kink: how much the slope grows, in terms of the v of the first member, and the sum of magnitudes in that. */
  readonly changes: Float64Array;
  readonly changeMagnitudes: Float64Array;
  /** φ at −∞ before normalisation: baseSlope·x + baseOffset. */
  readonly baseSlope: number;
  readonly baseOffset: number;
  readonly bounded: boolean;
  readonly simple: boolean;
}

export function unitTable(system: SearchSystem): UnitTable {
  const { dim: R, count: N, U, V, h } = system;
  const v = V.rounded;
  const { directions, constants } = directionsOf(system);
  const drafts = directions.flatMap((direction, d) =>
    proportionalRows(V, R, direction.hyperplanes).map((hyperplanes) => draftUnit(system, direction, d, hyperplanes)),
  );
  const unitsOf: number[][] = directions.map(() => []);
  // simple units first: the inner loop for them has no call in it
  const order = [...drafts.filter((draft) => draft.simple), ...drafts.filter((draft) => !draft.simple)];
  order.forEach((draft, j) => {
    unitsOf[draft.direction].push(j);
  });
  const L = order.length;
  const stride = strideOf(R);
  const table = {
    dim: R,
    count: L,
    simple: drafts.filter((draft) => draft.simple).length,
    data: new Float64Array(L * stride),
    stride,
    generic: order.filter((draft) => !draft.simple).map(genericFunction),
    M: system.M.rounded.slice(),
    k: system.g.rounded.map((x) => -x),
    matrixMagnitude: system.M.rounded.map(Math.abs),
    constantMagnitude: system.g.rounded.map(Math.abs),
    weight: new Float64Array(L * R),
    slopeBound: new Float64Array(L),
    offsetBound: new Float64Array(L),
    bounded: drafts.every((draft) => draft.bounded),
    directionOf: Int32Array.from(order, (draft) => draft.direction),
    directions: directions.map(
      (direction, d): DirectionStates => ({
        kinks: direction.kinks,
        units: unitsOf[d],
        unitKinks: unitsOf[d].map((j) => order[j].unitKinks),
        hyperplanes: throughKinks(direction),
      }),
    ),
    unitOf: new Int32Array(N).fill(-1),
    threshold: new Int32Array(N),
    flipped: new Uint8Array(N),
  };

  for (const j of constants) {
    if (sign(h.at(j)) >= 0) continue;
    table.flipped[j] = 1;
    for (let i = 0; i < R; i++) {
      table.k[i] -= v[j * R + i] * h.rounded[j];
      table.constantMagnitude[i] += Math.abs(v[j * R + i] * h.rounded[j]);
    }
  }
  order.forEach((draft, j) => {
    const direction = directions[draft.direction];
    const row = U.rounded.subarray(direction.hyperplanes[0] * R, direction.hyperplanes[0] * R + R);
    const lead = direction.hyperplanes[draft.members[0]] * R;
    layOut(table, draft, j, row, v.subarray(lead, lead + R));
    draft.members.forEach((i, at) => {
      const hyperplane = direction.hyperplanes[i];
      table.unitOf[hyperplane] = j;
      table.threshold[hyperplane] = draft.kinkOf[at] + 1;
      table.flipped[hyperplane] = direction.scales[i] < 0 ? 1 : 0;
    });
  });
  return table;
}

function throughKinks({ kinks, hyperplanes, places }: Direction): readonly (readonly number[])[] {
  if (kinks.length === 1) return [hyperplanes];
  const through: number[][] = Array.from(kinks, () => []);
  hyperplanes.forEach((j, i) => {
    through[places[i]].push(j);
  });
  return through;
}

/** `draftUnit` of a single hyperplane. */
function draftRamp({ dim: R, V, h }: SearchSystem, direction: Direction, d: number, j: number): Draft {
  const member = direction.hyperplanes.indexOf(j);
  const place = direction.places[member];
  const scale = direction.scales[member];
  const constant = pivotOf(V, j, R) < 0;
  const changes = Float64Array.of(constant ? 0 : Math.abs(scale));
  return {
    direction: d,
    members: [member],
    unitKinks: direction.kinks.length === 1 ? FIRST : Int32Array.of(place),
    kinkOf: FIRST,
    kinks: direction.kinks.length === 1 ? direction.kinks : Float64Array.of(direction.kinks[place]),
    changes,
    changeMagnitudes: changes,
    baseSlope: constant || scale > 0 ? 0 : scale,
    baseOffset: constant || scale > 0 ? 0 : -h.rounded[j],
    bounded: constant,
    simple: true,
  };
}

function draftUnit(system: SearchSystem, direction: Direction, d: number, hyperplanes: readonly number[]): Draft {
  if (hyperplanes.length === 1) return draftRamp(system, direction, d, hyperplanes[0]);
  const { dim: R, U, V, h } = system;
  // both lists ascend
  let next = 0;
  const members = hyperplanes.map((j) => {
    while (direction.hyperplanes[next] !== j) next++;
    return next;
  });
  const lead = pivotOf(V, hyperplanes[0], R);
  const unitKinks = Int32Array.from(new Set(members.map((i) => direction.places[i]))).sort();
  const kinkOf = new Map(Array.from(unitKinks, (place, p) => [place, p]));
  const changes = new Float64Array(unitKinks.length);
  const changeMagnitudes = new Float64Array(unitKinks.length);
  let baseSlope = 0;
  let baseOffset = 0;
  members.forEach((i) => {
    const j = direction.hyperplanes[i];
    const t = lead < 0 ? 0 : V.rounded[j * R + lead] / V.rounded[hyperplanes[0] * R + lead];
    const s = direction.scales[i];
    const p = kinkOf.get(direction.places[i])!;
    changes[p] += Math.abs(s) * t;
    changeMagnitudes[p] += Math.abs(s * t);
    // t·relu(s x − h) with s < 0 is t(s x − h) at −∞
    if (s < 0) {
      baseSlope += t * s;
      baseOffset -= t * h.rounded[j];
    }
  });
  const pivot = pivotOf(U, hyperplanes[0], R);
  const growth = (): Dyadic =>
    sum(
      hyperplanes.map((j) => {
        const product = multiply(U.at(j * R + pivot), V.at(j * R + lead));
        return sign(U.at(j * R + pivot)) < 0 ? { m: -product.m, e: product.e } : product;
      }),
    );
  const bounded = lead < 0 || (hyperplanes.length > 1 && sign(growth()) === 0);
  return {
    direction: d,
    members,
    unitKinks,
    kinkOf: Int32Array.from(members, (i) => kinkOf.get(direction.places[i])!),
    kinks: Float64Array.from(unitKinks, (place) => direction.kinks[place]),
    changes,
    changeMagnitudes,
    baseSlope,
    baseOffset,
    bounded,
    simple: unitKinks.length === 1 || (unitKinks.length === 2 && bounded),
  };
}

type Layout = Pick<
  UnitTable,
  | "dim"
  | "stride"
  | "data"
  | "M"
  | "k"
  | "matrixMagnitude"
  | "constantMagnitude"
  | "weight"
  | "slopeBound"
  | "offsetBound"
>;

function layOut(table: Layout, draft: Draft, j: number, row: Float64Array, v: Float64Array): void {
  const { dim: R, stride, data } = table;
  const at = j * stride;
  let normOne = 0;
  let largestKink = 0;
  let slopes = 0;
  let offsets = 0;
  draft.kinks.forEach((kink, p) => {
    largestKink = Math.max(largestKink, Math.abs(kink));
    slopes += draft.changeMagnitudes[p];
    offsets += draft.changeMagnitudes[p] * Math.abs(kink);
  });
  for (let i = 0; i < R; i++) {
    normOne += Math.abs(row[i]);
    data[at + i] = row[i];
    data[at + R + i] = draft.simple ? v[i] * draft.changes[0] : v[i];
    table.weight[j * R + i] = Math.abs(v[i]);
    table.k[i] += v[i] * draft.baseOffset;
    table.constantMagnitude[i] += Math.abs(v[i]) * offsets;
    for (let c = 0; c < R; c++) {
      table.M[i * R + c] += v[i] * draft.baseSlope * row[c];
      if (draft.baseSlope !== 0) table.matrixMagnitude[i * R + c] += Math.abs(v[i] * row[c]) * slopes;
    }
  }
  data[at + 2 * R] = draft.kinks[0];
  data[at + 2 * R + 1] = draft.simple && draft.kinks.length === 2 ? draft.kinks[1] : Number.POSITIVE_INFINITY;
  data[at + 2 * R + 2] = projectionError(normOne, R);
  data[at + 2 * R + 3] = kinkError(largestKink);
  table.slopeBound[j] = 2 * slopes;
  table.offsetBound[j] = 2 * offsets;
}

function genericFunction({ kinks, changes }: Draft): GenericFunction {
  const slopes = new Float64Array(kinks.length + 1);
  const offsets = new Float64Array(kinks.length + 1);
  kinks.forEach((kink, p) => {
    slopes[p + 1] = slopes[p] + changes[p];
    offsets[p + 1] = offsets[p] - changes[p] * kink;
  });
  return { kinks, slopes, offsets };
}

/** φ_j(x) = slope·x + offset on one of its pieces. */
export function pieceOf(
  { dim: R, data, stride, simple, generic }: UnitTable,
  j: number,
  piece: number,
): { slope: number; offset: number } {
  if (j >= simple) return { slope: generic[j - simple].slopes[piece], offset: generic[j - simple].offsets[piece] };
  const b0 = data[j * stride + 2 * R];
  if (piece === 0) return { slope: 0, offset: 0 };
  return piece === 1 ? { slope: 1, offset: -b0 } : { slope: 0, offset: data[j * stride + 2 * R + 1] - b0 };
}

/** The mask that the pieces of all units make; `out` is overwritten. */
export function writeMask(
  { unitOf, threshold, flipped }: UnitTable,
  pieces: ArrayLike<number>,
  out: Uint32Array,
): void {
  out.fill(0);
  for (let i = 0; i < unitOf.length; i++) {
    const above = unitOf[i] >= 0 && pieces[unitOf[i]] >= threshold[i] ? 1 : 0;
    out[i >>> 5] |= (above ^ flipped[i]) << (i & 31);
  }
}
