import type { ComplexPair, Directions, Stability } from "../base/result.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import type { Dyadic } from "../model/dyadic.ts";
import type { Time } from "../model/system.ts";
import { sizeOf } from "./check-eigenvalues.ts";
import type { Findings } from "./problem.ts";
import type { ReportedDirections } from "./result-schema.ts";
import { eigenvaluePlaces } from "./root-count.ts";

/** Up to this dimension every class is derived exactly, which takes some hundredths of a second. */
export const ALWAYS_EXACT = 12;
/**
 * Up to this dimension a class is derived exactly if the eigenvalues don't decide it; the solver proves its classes up
 * to the same dimension.
 */
const MOST_EXACT = 20;
/** Eigenvalues nearer than this to the boundary of stability say nothing about the class. */
const CLASS_MARGIN = 1e-6;

type Counts = Pick<Directions, "stable" | "neutral" | "unstable">;

/**
 * The numbers of eigenvalues of a linearisation on each side of the boundary. The places of the exact eigenvalues
 * decide. Above 12 dimensions the given eigenvalues decide if all are well away from the boundary. Undefined if neither
 * decides.
 *
 * @param J n×n row-major. @param values eigenvalues that were found to be those of J.
 */
export function directionsOf(
  J: readonly Dyadic[],
  n: number,
  time: Time,
  values: readonly ComplexPair[],
): Directions | undefined {
  const offsets = values.map((value) => sizeOf(value, time) - (time === "discrete" ? 1 : 0));
  const clear = offsets.length === n && offsets.every((offset) => Math.abs(offset) > CLASS_MARGIN);
  if (n > ALWAYS_EXACT && clear) {
    const stable = offsets.filter((offset) => offset < 0).length;
    return { stable, neutral: 0, unstable: n - stable };
  }
  if (n > MOST_EXACT) return undefined;
  const { values: K, exponent } = scaleToIntegers(J);
  const { inside, boundary, outside } = eigenvaluePlaces(K, n, exponent, time);
  return { stable: inside, neutral: boundary, unstable: outside };
}

/** The class that follows from directions, none of them undecided. */
export function classOf({ stable, neutral, unstable }: Counts): Stability {
  if (unstable > 0) return stable > 0 ? "saddle" : "unstable";
  return neutral > 0 ? "marginal" : "stable";
}

/** Refuses directions that are not those of a linear map. @returns the right directions, if they can be found. */
export function checkDirections(
  stated: ReportedDirections | undefined,
  side: { readonly J: readonly Dyadic[]; readonly eigenvalues: readonly ComplexPair[] },
  n: number,
  time: Time,
  path: string,
  { refuse, leave }: Findings,
): Directions | undefined {
  const expected = directionsOf(side.J, n, time, side.eigenvalues);
  if (stated === undefined) {
    refuse(path, "are missing");
    return expected;
  }
  const { stable, neutral, unstable, undecided = 0 } = stated;
  if (stable + neutral + unstable + undecided !== n) refuse(path, `don't add up to ${n}`);
  else if (undecided > 0 && n <= MOST_EXACT)
    refuse(path, `leave ${undecided} undecided in no more than ${MOST_EXACT} dimensions`);
  else if (expected === undefined)
    leave(path, `in more than ${MOST_EXACT} dimensions, eigenvalues near the boundary of stability don't tell`);
  else if (undecided > 0 ? !isPartOf(stated, expected) : !isSame(stated, expected)) {
    refuse(path, `are ${describeDirections(stated)}, but by its exact matrix ${describeDirections(expected)}`);
  } else if (undecided > 0) leave(path, `leave ${undecided} undecided`);
  return expected;
}

/** Refuses a class, and whether a point is hyperbolic, where they do not follow from its directions. */
export function checkClass(
  stated: { readonly stability: Stability; readonly hyperbolic?: boolean | undefined },
  reported: ReportedDirections | undefined,
  expected: Directions | undefined,
  path: string,
  { refuse, leave }: Findings,
): void {
  const open = reported?.undecided ?? 0;
  const counts: Counts | undefined = open > 0 || expected === undefined ? reported : expected;
  if (counts === undefined) return;
  const decided = open === 0 || (counts.unstable > 0 && counts.stable > 0);
  const stability = decided ? classOf(counts) : "undetermined";
  if (stated.stability !== stability)
    refuse(`${path}.stability`, `is ${stated.stability}, but by its directions ${stability}`);
  else if (expected === undefined) leave(`${path}.stability`, "rests on directions that are not checked");
  const hyperbolic = counts.neutral > 0 ? false : open > 0 ? undefined : true;
  if (stated.hyperbolic !== hyperbolic)
    refuse(`${path}.hyperbolic`, `is ${stated.hyperbolic}, but by its directions ${hyperbolic}`);
}

function isSame(a: Counts, b: Counts): boolean {
  return a.stable === b.stable && a.neutral === b.neutral && a.unstable === b.unstable;
}

function isPartOf(a: Counts, b: Counts): boolean {
  return a.stable <= b.stable && a.neutral <= b.neutral && a.unstable <= b.unstable;
}

function describeDirections({ stable, neutral, unstable }: Counts): string {
  return `${stable} stable, ${neutral} neutral, ${unstable} unstable`;
}
