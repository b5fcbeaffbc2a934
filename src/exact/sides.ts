import { allOf, type Steps } from "../base/steps.ts";
import { findingIndependent } from "./elimination.ts";
import { lookingForInterior } from "./hull.ts";
import { content } from "./integers.ts";
import { polyhedronOf } from "./polyhedron.ts";

/** The largest number of sides that are listed (docs/design.md#ties-and-sides). */
export const MAX_SIDES = 64;

/** The exact signs of all hyperplanes at a point: `active` lie below it, `ties` run through it. Both ascending. */
export interface PointSigns {
  readonly active: readonly number[];
  readonly ties: readonly number[];
}

export interface Sides {
  /** For each side the hyperplanes whose bit is 1 there, ascending. */
  readonly sides: readonly (readonly number[])[];
  /** Whether all sides are listed. */
  readonly complete: boolean;
}

/** Tied units with the same hyperplane: the bit of a member is that of the class, or its opposite. */
interface TiedClass {
  readonly normal: readonly bigint[];
  readonly members: { readonly hyperplane: number; readonly flipped: boolean }[];
}

/**
 * The regions that meet at a point: the settings of the tied bits that belong to a region with an interior, exactly.
 *
 * Not all 2^|ties| settings do: of relu(x) and relu(−x) exactly one is active, duplicates are active together, and k
 * hyperplanes in R dimensions cut out far fewer than 2^k cones. A tied unit without a normal (u = 0, h = 0) is never
 * active. A hyperplane whose normal is independent of the normals before it cuts every open cone of theirs, so only the
 * other hyperplanes need a linear program.
 * @param dim R. @param normalOf row u_j of U in integers, times any positive number. Listed in lexicographic order of
 *   the tied bits by ascending hyperplane, 0 before 1, up to `limit`.
 */
export function sidesOf(
  dim: number,
  normalOf: (j: number) => readonly bigint[],
  { active, ties }: PointSigns,
  limit: number,
): Sides {
  return allOf(findingSides(dim, normalOf, { active, ties }, limit));
}

/** `sidesOf` in steps of one row. */
export function* findingSides(
  dim: number,
  normalOf: (j: number) => readonly bigint[],
  { active, ties }: PointSigns,
  limit: number,
): Steps<Sides> {
  const classes = tiedClasses(normalOf, ties);
  const independent = new Set(yield* findingIndependent((k) => classes[k]!.normal, classes.length, dim));
  const sides: number[][] = [];
  let complete = true;
  const bits: boolean[] = [];
  /** Inward normals of the cone of the bits set so far, with the sign of a polyhedron's rows. */
  const rows: bigint[][] = [];

  const coneHasInterior = () =>
    lookingForInterior(
      polyhedronOf(
        dim,
        rows,
        rows.map(() => 0n),
      ),
    );
  // depth first, without recursion: to take a step of a generator costs as much as generators that wait for it are deep
  const tried = [0];
  const feasible = [false];
  for (let k = 0; k >= 0; ) {
    if (k === classes.length) {
      if (sides.length === limit) {
        complete = false;
        break;
      }
      sides.push(sideOf(active, classes, bits));
    } else if (tried[k]! < 2) {
      const bit = tried[k]!++ === 1;
      bits.push(bit);
      rows.push(bit ? classes[k]!.normal.map((x) => -x) : [...classes[k]!.normal]);
      // one of the two cones is never empty, because their union is open and not empty
      if ((bit && !feasible[k]) || independent.has(k) || (yield* coneHasInterior())) {
        feasible[k++] = true;
        tried[k] = 0;
        feasible[k] = false;
      } else {
        bits.pop();
        rows.pop();
      }
      continue;
    }
    k--;
    bits.pop();
    rows.pop();
    yield;
  }
  return { sides, complete };
}

function sideOf(active: readonly number[], classes: readonly TiedClass[], bits: readonly boolean[]): number[] {
  const on = classes.flatMap(({ members }, k) =>
    members.filter(({ flipped }) => bits[k] !== flipped).map(({ hyperplane }) => hyperplane),
  );
  return [...active, ...on].sort((a, b) => a - b);
}

function tiedClasses(normalOf: (j: number) => readonly bigint[], ties: readonly number[]): TiedClass[] {
  const classes = new Map<string, TiedClass>();
  for (const hyperplane of ties) {
    const values = normalOf(hyperplane);
    const divisor = content(values);
    if (divisor === 0n) continue;
    const normal = values.map((x) => x / divisor);
    const opposite = normal.map((x) => -x);
    const known = classes.get(normal.join()) ?? classes.get(opposite.join());
    if (known === undefined) classes.set(normal.join(), { normal, members: [{ hyperplane, flipped: false }] });
    else known.members.push({ hyperplane, flipped: known.normal.join() !== normal.join() });
  }
  return [...classes.values()];
}
