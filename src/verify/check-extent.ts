import { type Rational, toNumber } from "../exact/rational.ts";
import type { Corners } from "./corners.ts";
import type { Findings } from "./problem.ts";
import type { ReportedExtent } from "./result-schema.ts";

/** Most digits of a numerator or denominator that a result writes out. */
const MAX_DIGITS = 200;

const LISTS = ["vertices", "rays", "lines"] as const;

/**
 * Refuses vertices, rays and lines that are not those of the piece: all of them, in order, correctly rounded and as
 * fractions. Refuses also a piece that leaves them out without a reason.
 *
 * @param corners undefined where they are too many to be found.
 */
export function checkExtent(
  stated: ReportedExtent,
  corners: Corners | undefined,
  path: string,
  { refuse, leave }: Findings,
): void {
  const { omitted } = stated;
  if (omitted !== undefined && LISTS.some((list) => stated[list].length > 0)) {
    refuse(`${path}.omitted`, "can't be, with vertices, rays or lines listed");
    return;
  }
  if (corners === undefined || omitted === "too many vertices and rays") {
    leave(path, "vertices and rays of so many facets are not checked");
    return;
  }
  const beyond = corners.vertices.some((vertex) => !vertex.every((x) => Number.isFinite(toNumber(x))));
  if (beyond !== (omitted !== undefined)) {
    refuse(`${path}.omitted`, beyond ? "must say that a vertex lies past the largest float64" : "has no reason");
    return;
  }
  if (beyond) return;
  for (const list of LISTS) {
    const wrong = firstDifference(stated[list], corners[list], (x, value) => x === toNumber(value));
    if (wrong !== undefined) refuse(`${path}.${list}${wrong.at}`, wrong.message);
  }
  checkExact(stated, corners, path, refuse);
}

function checkExact(stated: ReportedExtent, corners: Corners, path: string, refuse: Findings["refuse"]): void {
  const digits = Math.max(1, ...LISTS.flatMap((list) => corners[list].flat().map(digitsOf)));
  const expected = digits > MAX_DIGITS ? digits : undefined;
  if (stated.exactDigits !== expected) {
    refuse(`${path}.exactDigits`, `must be ${expected ?? "absent"}: the longest fraction has ${digits} digits`);
  } else if ((stated.exact === undefined) !== digits > MAX_DIGITS) {
    refuse(`${path}.exact`, `must be ${digits > MAX_DIGITS ? "absent" : "there"}: its fractions have ${digits} digits`);
  }
  if (stated.exact === undefined) return;
  for (const list of LISTS) {
    const wrong = firstDifference(stated.exact[list], corners[list], (x, value) => x === fraction(value));
    if (wrong !== undefined) refuse(`${path}.exact.${list}${wrong.at}`, wrong.message);
  }
}

/** The first place where two lists of vectors differ. */
function firstDifference<T>(
  stated: readonly (readonly T[])[],
  exact: readonly (readonly Rational[])[],
  same: (x: T, value: Rational) => boolean,
): { at: string; message: string } | undefined {
  if (stated.length !== exact.length) return { at: "", message: `are ${stated.length}, must be ${exact.length}` };
  for (const [v, vector] of exact.entries()) {
    if (stated[v]!.length !== vector.length) {
      return { at: `[${v}]`, message: `has ${stated[v]!.length} coordinates, must have ${vector.length}` };
    }
    const k = vector.findIndex((value, i) => !same(stated[v]![i]!, value));
    if (k >= 0)
      return { at: `[${v}][${k}]`, message: `is ${stated[v]![k]}, the exact one is about ${toNumber(vector[k]!)}` };
  }
  return undefined;
}

function fraction({ n, d }: Rational): string {
  return d === 1n ? `${n}` : `${n}/${d}`;
}

function digitsOf({ n, d }: Rational): number {
  return Math.max(`${n < 0n ? -n : n}`.length, `${d}`.length);
}
