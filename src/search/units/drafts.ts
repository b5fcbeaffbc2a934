import { pivotOf, proportionalRows } from "../../arrangement/proportional.ts";
import { largestColumn } from "../../arrangement/scaling.ts";
import { type Dyadic, multiply, sign } from "../../model/dyadic.ts";
import { sum } from "../../model/system.ts";
import { LARGEST_RATIO } from "../kernel/bounds.ts";
import type { SearchSystem } from "../roots/search-system.ts";
import { type Direction, FIRST } from "./directions.ts";

/** One unit, a ramp of one kink or a clamp of two, before its numbers are written to a `UnitTable`. */
export interface Draft {
  readonly direction: number;
  /** Places of its hyperplanes in the direction's list. */
  readonly members: readonly number[];
  /** The unit's kinks, as places among the direction's kinks, ascending. */
  readonly unitKinks: Int32Array;
  /** For each member: the index of its kink in `unitKinks`. */
  readonly kinkOf: Int32Array;
  readonly kinks: Float64Array;
  /**
   * At each kink: by how much the slope grows, in units of the first member's v, and the sum of the magnitudes of the
   * terms.
   */
  readonly changes: Float64Array;
  readonly changeMagnitudes: Float64Array;
  /** φ at −∞ before normalisation: baseSlope·x + baseOffset. */
  readonly baseSlope: number;
  readonly baseOffset: number;
  /** Whether φ is constant at −∞ and at ∞: true of a clamp. */
  readonly bounded: boolean;
}

/** Bounds of a function φ. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

const NOTHING: Range = { low: 0, high: 0 };

/** Smaller entries of V are not divided: they may have lost digits to underflow. */
const SMALLEST_DIVIDED = 2 ** -900;
/**
 * Kinks of one unit that are not 0 differ by less than this factor: the rounding of the largest kink blurs the others.
 */
const LARGEST_KINK_RATIO = 2 ** 30;
/** Two slopes whose sum is this small a part of them may cancel exactly. */
const NEARLY_FLAT = 2 ** -30;

/**
 * The units of all directions. Within a direction, hyperplanes with exactly proportional rows of V make units together,
 * if the ratios of these rows, and of the kinks, are within the limits of bounds.ts: those of one kink a ramp, and those
 * of two kinks whose slopes cancel a clamp. A sum with more kinks, such as a dendritic one, is several units. Bands round
 * the whole sum would need a tenth fewer boxes, but kernels without vectors, which take three to ten times as long.
 */
export function draftsOf(
  system: SearchSystem,
  directions: readonly Direction[],
): { drafts: readonly Draft[]; ranges: readonly Range[] | undefined } {
  const drafts: Draft[] = [];
  let ranges: Range[] | undefined = [];
  directions.forEach((direction, d) => {
    for (const proportional of proportionalRows(system.V, system.dim, direction.hyperplanes)) {
      for (const hyperplanes of comparable(system, direction, proportional)) {
        const units = draftUnits(system, direction, d, hyperplanes);
        drafts.push(...units);
        const own = ranges && rangesOf(system, direction, units);
        if (own === undefined) ranges = undefined;
        else ranges?.push(...own);
      }
    }
  });
  return { drafts, ranges };
}

/** Hyperplanes that may be one unit, with the largest entry of the first one's row of V and the range of their kinks. */
interface Group {
  readonly members: number[];
  readonly size: number;
  readonly column: number;
  least: number;
  greatest: number;
}

/** Divides hyperplanes with proportional rows of V into groups that may each be one unit. */
function comparable(
  { dim: R, V }: SearchSystem,
  { hyperplanes: all, places, kinks }: Direction,
  hyperplanes: readonly number[],
): readonly (readonly number[])[] {
  if (hyperplanes.length === 1 || pivotOf(V, hyperplanes[0]!, R) < 0) return [hyperplanes];
  const groups: Group[] = [];
  let next = 0;
  for (const j of hyperplanes) {
    // both lists ascend
    while (all[next] !== j) next++;
    const kink = Math.abs(kinks[places[next]!]!);
    const group = groups.find((each) => {
      const size = each.column < 0 ? 0 : Math.abs(V.rounded[j * R + each.column]!);
      return isSafeRatio(each.size, size) && (kink === 0 || isNear(each, kink));
    });
    const least = kink === 0 ? Number.POSITIVE_INFINITY : kink;
    if (group === undefined) {
      const column = largestColumn(V, j, R);
      const size = column < 0 ? 0 : Math.abs(V.rounded[j * R + column]!);
      groups.push({ members: [j], size, column, least, greatest: kink });
    } else {
      group.members.push(j);
      group.least = Math.min(group.least, least);
      group.greatest = Math.max(group.greatest, kink);
    }
  }
  return groups.map(({ members }) => members);
}

function isSafeRatio(a: number, b: number): boolean {
  return a >= SMALLEST_DIVIDED && b >= SMALLEST_DIVIDED && b <= LARGEST_RATIO * a && a <= LARGEST_RATIO * b;
}

function isNear({ least, greatest }: Group, kink: number): boolean {
  return kink < LARGEST_KINK_RATIO * least && LARGEST_KINK_RATIO * kink > greatest;
}

/** The units of hyperplanes that may be one: that one if it is a ramp or a clamp, else ramps and clamps of its kinks. */
function draftUnits(
  system: SearchSystem,
  direction: Direction,
  d: number,
  hyperplanes: readonly number[],
): readonly Draft[] {
  const whole = draftUnit(system, direction, d, hyperplanes);
  const { unitKinks, kinkOf, bounded } = whole;
  if (unitKinks.length === 1 || (unitKinks.length === 2 && bounded)) return [whole];
  const ramps = Array.from(unitKinks, (): number[] => []);
  hyperplanes.forEach((j, m) => {
    ramps[kinkOf[m]!]!.push(j);
  });
  const lead = largestColumn(system.V, hyperplanes[0]!, system.dim);
  const units = lead < 0 ? ramps : pairedRamps(system, ramps, lead);
  return units.map((each) => draftUnit(system, direction, d, each));
}

/** Puts each ramp and the first later one whose slope cancels its own into one clamp. */
function pairedRamps(system: SearchSystem, ramps: readonly number[][], lead: number): readonly number[][] {
  const { dim: R, U, V } = system;
  const pivot = pivotOf(U, ramps[0]![0]!, R);
  // rounded: which two to try
  const slopes = ramps.map((hyperplanes) =>
    hyperplanes.reduce((sum, j) => sum + Math.abs(U.rounded[j * R + pivot]!) * V.rounded[j * R + lead]!, 0),
  );
  const taken = new Set<number>();
  const units: number[][] = [];
  for (let p = 0; p < ramps.length; p++) {
    if (taken.has(p)) continue;
    let unit = ramps[p]!;
    for (let q = p + 1; q < ramps.length; q++) {
      if (taken.has(q) || !(Math.abs(slopes[p]! + slopes[q]!) <= NEARLY_FLAT * Math.abs(slopes[p]!))) continue;
      const both = [...ramps[p]!, ...ramps[q]!].sort((i, j) => i - j);
      if (!isFlatAtInfinity(system, both, lead)) continue;
      taken.add(q);
      unit = both;
      break;
    }
    units.push(unit);
  }
  return units;
}

/** `draftUnit` for a single hyperplane. */
function draftRamp({ dim: R, V, h }: SearchSystem, direction: Direction, d: number, j: number): Draft {
  const member = direction.hyperplanes.indexOf(j);
  const place = direction.places[member]!;
  const scale = direction.scales[member]!;
  const constant = pivotOf(V, j, R) < 0;
  const changes = Float64Array.of(constant ? 0 : Math.abs(scale));
  return {
    direction: d,
    members: [member],
    unitKinks: direction.kinks.length === 1 ? FIRST : Int32Array.of(place),
    kinkOf: FIRST,
    kinks: direction.kinks.length === 1 ? direction.kinks : Float64Array.of(direction.kinks[place]!),
    changes,
    changeMagnitudes: changes,
    baseSlope: constant || scale > 0 ? 0 : scale,
    baseOffset: constant || scale > 0 ? 0 : -h.rounded[j]!,
    bounded: constant,
  };
}

function draftUnit(system: SearchSystem, direction: Direction, d: number, hyperplanes: readonly number[]): Draft {
  if (hyperplanes.length === 1) return draftRamp(system, direction, d, hyperplanes[0]!);
  const { dim: R, V, h } = system;
  const members = membersIn(direction, hyperplanes);
  const lead = largestColumn(V, hyperplanes[0]!, R);
  const { unitKinks, kinkOf } = kinksOfUnit(direction, members);
  const changes = new Float64Array(unitKinks.length);
  const changeMagnitudes = new Float64Array(unitKinks.length);
  let baseSlope = 0;
  let baseOffset = 0;
  for (let m = 0; m < members.length; m++) {
    const j = hyperplanes[m]!;
    const t = lead < 0 ? 0 : V.rounded[j * R + lead]! / V.rounded[hyperplanes[0]! * R + lead]!;
    const s = direction.scales[members[m]!]!;
    const p = kinkOf[m]!;
    changes[p]! += Math.abs(s) * t;
    changeMagnitudes[p]! += Math.abs(s * t);
    // t·relu(s x − h) with s < 0 is t(s x − h) at −∞
    if (s < 0) {
      baseSlope += t * s;
      baseOffset -= t * h.rounded[j]!;
    }
  }
  const bounded = lead < 0 || isFlatAtInfinity(system, hyperplanes, lead);
  return {
    direction: d,
    members,
    unitKinks,
    kinkOf,
    kinks: Float64Array.from(unitKinks, (place) => direction.kinks[place]!),
    changes,
    changeMagnitudes,
    baseSlope,
    baseOffset,
    bounded,
  };
}

/** The places of some hyperplanes in the direction's list. Both lists ascend. */
function membersIn(direction: Direction, hyperplanes: readonly number[]): number[] {
  const members: number[] = [];
  let next = 0;
  for (const j of hyperplanes) {
    while (direction.hyperplanes[next] !== j) next++;
    members.push(next);
  }
  return members;
}

/** The distinct kinks of some members, ascending, and the index of each member's kink among them. */
function kinksOfUnit({ places }: Direction, members: readonly number[]): Pick<Draft, "unitKinks" | "kinkOf"> {
  const all = new Int32Array(members.length);
  for (let m = 0; m < members.length; m++) all[m] = places[members[m]!]!;
  const unitKinks = all
    .slice()
    .sort()
    .filter((place, at, sorted) => at === 0 || place !== sorted[at - 1]);
  // of two kinks, the usual number, the second is the larger one
  if (unitKinks.length <= 2) return { unitKinks, kinkOf: all.map((place) => (place === unitKinks[0] ? 0 : 1)) };
  const indices = new Map(Array.from(unitKinks, (place, p) => [place, p]));
  return { unitKinks, kinkOf: all.map((place) => indices.get(place)!) };
}

/**
 * Whether the slopes of a unit at −∞ and at ∞ are equal, exactly: Σ |u_j| v_j = 0 in any column of U and of V.
 * @param lead a column where the entries of V are not zero.
 */
function isFlatAtInfinity({ dim: R, U, V }: SearchSystem, hyperplanes: readonly number[], lead: number): boolean {
  const pivot = pivotOf(U, hyperplanes[0]!, R);
  const [a, b] = [hyperplanes[0]! * R, hyperplanes[1]! * R];
  if (hyperplanes.length === 2 && U.allExact && V.allExact) {
    // the two hyperplanes of a clipped unit: equal in size, which needs no integers
    const isPair = Math.abs(U.rounded[a + pivot]!) === Math.abs(U.rounded[b + pivot]!);
    if (isPair) return V.rounded[a + lead]! === -V.rounded[b + lead]!;
  }
  const terms = hyperplanes.map((j): Dyadic => {
    const product = multiply(U.at(j * R + pivot), V.at(j * R + lead));
    return sign(U.at(j * R + pivot)) < 0 ? { m: -product.m, e: product.e } : product;
  });
  return sign(sum(terms)) === 0;
}

/**
 * Bounds of the units that some proportional hyperplanes make, rounded: Σ v_j φ_j lies in Σ v_j [low_j, high_j]. Where
 * the slopes of ramps cancel only all together, one of the units bears the bounds of their whole sum.
 * @returns undefined where the sum is not bounded.
 */
function rangesOf(system: SearchSystem, direction: Direction, units: readonly Draft[]): readonly Range[] | undefined {
  if (units.every(({ bounded }) => bounded)) {
    return units.map(({ kinks }) => (kinks.length === 2 ? { low: 0, high: kinks[1]! - kinks[0]! } : NOTHING));
  }
  const { dim: R, V } = system;
  const all = units.flatMap(({ members }) => members.map((m) => direction.hyperplanes[m]!));
  const leads = units.map(({ members }) => direction.hyperplanes[members[0]!]!);
  const lead = largestColumn(V, leads[0]!, R);
  if (units.length === 1 || !isFlatAtInfinity(system, all, lead)) return undefined;
  const factors = units.map(
    ({ changes }, j) => changes[0]! * (V.rounded[leads[j]! * R + lead]! / V.rounded[leads[0]! * R + lead]!),
  );
  const bearer = factors.reduce((best, factor, j) => (Math.abs(factor) > Math.abs(factors[best]!) ? j : best), 0);
  const shares = factors.map((factor) => factor / factors[bearer]!);
  const kinks = units.flatMap((unit) => [...unit.kinks]);
  let low = 0;
  let high = 0;
  for (const x of kinks) {
    const sum = units.reduce((total, unit, j) => total + shares[j]! * valueAt(unit, x), 0);
    low = Math.min(low, sum);
    high = Math.max(high, sum);
  }
  // a term errs by less than 16u of its share times twice the largest kink, the sum by as many u as it has terms
  const size = Math.max(...kinks.map(Math.abs)) * shares.reduce((total, share) => total + Math.abs(share), 0);
  const error = size * (units.length + 32) * 2 ** -52;
  return units.map((_, j) => (j === bearer ? { low: low - error, high: high + error } : NOTHING));
}

/** φ(x) of a ramp or a clamp. */
function valueAt({ kinks }: Draft, x: number): number {
  return Math.min(Math.max(x, kinks[0]!), kinks[1] ?? Number.POSITIVE_INFINITY) - kinks[0]!;
}
