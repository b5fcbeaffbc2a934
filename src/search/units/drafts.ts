import { pivotOf, proportionalRows } from "../../arrangement/proportional.ts";
import { largestColumn } from "../../arrangement/scaling.ts";
import { type Dyadic, multiply, sign } from "../../model/dyadic.ts";
import { sum } from "../../model/system.ts";
import { LARGEST_RATIO } from "../kernel/bounds.ts";
import type { SearchSystem } from "../roots/search-system.ts";
import { type Direction, FIRST } from "./directions.ts";

/** One unit before its numbers are written to a `UnitTable`. */
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
  readonly bounded: boolean;
  readonly simple: boolean;
}

/** Smaller entries of V are not divided: they may have lost digits to underflow. */
const SMALLEST_DIVIDED = 2 ** -900;
/**
 * Kinks of one unit that are not 0 differ by less than this factor: the rounding of the largest kink blurs the others.
 */
const LARGEST_KINK_RATIO = 2 ** 30;

/**
 * The units of all directions. Within a direction, hyperplanes with exactly proportional rows of V are one unit, if the
 * ratios of these rows, and of the kinks, are within the limits of bounds.ts.
 */
export function draftsOf(system: SearchSystem, directions: readonly Direction[]): Draft[] {
  return directions.flatMap((direction, d) =>
    proportionalRows(system.V, system.dim, direction.hyperplanes)
      .flatMap((hyperplanes) => comparable(system, direction, hyperplanes))
      .map((hyperplanes) => draftUnit(system, direction, d, hyperplanes)),
  );
}

/** Divides hyperplanes with proportional rows of V into groups that may each be one unit. */
function comparable(
  { dim: R, V }: SearchSystem,
  { hyperplanes: all, places, kinks }: Direction,
  hyperplanes: readonly number[],
): readonly (readonly number[])[] {
  if (hyperplanes.length === 1 || pivotOf(V, hyperplanes[0]!, R) < 0) return [hyperplanes];
  const groups: { readonly members: number[]; readonly column: number; least: number; greatest: number }[] = [];
  let next = 0;
  for (const j of hyperplanes) {
    // both lists ascend
    while (all[next] !== j) next++;
    const kink = Math.abs(kinks[places[next]!]!);
    const group = groups.find(({ members, column, least, greatest }) => {
      const [a, b] = [members[0], j].map((i) => (column < 0 ? 0 : Math.abs(V.rounded[i! * R + column]!))) as [
        number,
        number,
      ];
      const safe = a >= SMALLEST_DIVIDED && b >= SMALLEST_DIVIDED && b <= LARGEST_RATIO * a && a <= LARGEST_RATIO * b;
      return safe && (kink === 0 || (kink < LARGEST_KINK_RATIO * least && LARGEST_KINK_RATIO * kink > greatest));
    });
    const size = kink === 0 ? [Number.POSITIVE_INFINITY, 0] : [kink, kink];
    if (group === undefined) {
      groups.push({ members: [j], column: largestColumn(V, j, R), least: size[0]!, greatest: size[1]! });
    } else {
      group.members.push(j);
      group.least = Math.min(group.least, size[0]!);
      group.greatest = Math.max(group.greatest, size[1]!);
    }
  }
  return groups.map(({ members }) => members);
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
    simple: true,
  };
}

function draftUnit(system: SearchSystem, direction: Direction, d: number, hyperplanes: readonly number[]): Draft {
  if (hyperplanes.length === 1) return draftRamp(system, direction, d, hyperplanes[0]!);
  const { dim: R, U, V, h } = system;
  // both lists ascend
  let next = 0;
  const members = hyperplanes.map((j) => {
    while (direction.hyperplanes[next] !== j) next++;
    return next;
  });
  const lead = largestColumn(V, hyperplanes[0]!, R);
  const unitKinks = Int32Array.from(new Set(members.map((i) => direction.places[i]))).sort();
  const kinkOf = new Map(Array.from(unitKinks, (place, p) => [place, p]));
  const changes = new Float64Array(unitKinks.length);
  const changeMagnitudes = new Float64Array(unitKinks.length);
  let baseSlope = 0;
  let baseOffset = 0;
  members.forEach((i) => {
    const j = direction.hyperplanes[i]!;
    const t = lead < 0 ? 0 : V.rounded[j * R + lead]! / V.rounded[hyperplanes[0]! * R + lead]!;
    const s = direction.scales[i]!;
    const p = kinkOf.get(direction.places[i]!)!;
    changes[p]! += Math.abs(s) * t;
    changeMagnitudes[p]! += Math.abs(s * t);
    // t·relu(s x − h) with s < 0 is t(s x − h) at −∞
    if (s < 0) {
      baseSlope += t * s;
      baseOffset -= t * h.rounded[j]!;
    }
  });
  const pivot = pivotOf(U, hyperplanes[0]!, R);
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
    kinkOf: Int32Array.from(members, (i) => kinkOf.get(direction.places[i]!)!),
    kinks: Float64Array.from(unitKinks, (place) => direction.kinks[place]!),
    changes,
    changeMagnitudes,
    baseSlope,
    baseOffset,
    bounded,
    simple: unitKinks.length === 1 || (unitKinks.length === 2 && bounded),
  };
}
