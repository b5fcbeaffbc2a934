import { scaleToIntegers } from "../../exact/integers.ts";
import { compare, multiply, negate, ONE, ofDyadic, type Rational, ZERO } from "../../exact/rational.ts";
import type { Dyadic } from "../../model/dyadic.ts";
import type { Time } from "../../model/system.ts";
import type { ComplexPair, Stability } from "../../result.ts";
import { sizeOf } from "./check-eigenvalues.ts";
import type { Findings } from "./problem.ts";
import { eigenvaluePlaces } from "./root-count.ts";

/** Up to this dimension every class is derived exactly, in some hundredths of a second. */
const ALWAYS_EXACT = 12;
/** Up to this one where the eigenvalues don't tell; the solver's own classes are proved so far. */
const MOST_EXACT = 20;
/** Eigenvalues nearer than this to the boundary of stability say nothing about the class. */
const CLASS_MARGIN = 1e-6;

/**
 * The class of a linearisation: by the places of its exact eigenvalues; above 12 dimensions by the eigenvalues given, where all are
 * well away from the boundary; undefined where neither can tell.
 *
 * @param J n×n row-major. @param values eigenvalues that were found to be those of J.
 */
export function classOf(
  J: readonly Dyadic[],
  n: number,
  time: Time,
  values: readonly ComplexPair[],
): Stability | undefined {
  const offsets = values.map((value) => sizeOf(value, time) - (time === "discrete" ? 1 : 0));
  const clear = offsets.length === n && offsets.every((offset) => Math.abs(offset) > CLASS_MARGIN);
  if (n > ALWAYS_EXACT && clear) {
    const inside = offsets.filter((offset) => offset < 0).length;
    return className(inside, 0, n - inside);
  }
  if (n > MOST_EXACT) return undefined;
  const { values: K, exponent } = scaleToIntegers(J);
  const { inside, boundary, outside } = eigenvaluePlaces(K, n, exponent, time);
  return className(inside, boundary, outside);
}

function className(inside: number, boundary: number, outside: number): Stability {
  if (boundary > 0) return "marginal";
  return outside === 0 ? "stable" : inside === 0 ? "unstable" : "saddle";
}

/** One of the regions that meet at a point, and its Jacobian. */
export interface Side {
  readonly J: readonly Dyadic[];
  readonly eigenvalues: readonly ComplexPair[];
  /** In one dimension: whether it is the side of larger z. */
  readonly right: boolean;
}

/** Refuses a class that is not that of the one linearisation of a point without ties. */
export function checkClass(
  stated: Stability,
  side: Side,
  n: number,
  time: Time,
  path: string,
  findings: Findings,
): void {
  const expected = classOf(side.J, n, time, side.eigenvalues);
  if (expected === undefined) {
    findings.leave(
      path,
      `in ${n} dimensions, more than ${MOST_EXACT}, eigenvalues near the boundary of stability don't tell`,
    );
  } else if (stated !== expected) findings.refuse(path, `is ${stated}, but by its exact matrix ${expected}`);
}

/**
 * Refuses a class of a point on hyperplanes that its sides rule out. Where they don't decide, `stable` (`unstable`) rests on a quadratic form
 * that the result does not give, and `undetermined` claims nothing.
 *
 * @param complete whether these are all sides.
 */
export function checkClassAtTies(
  stated: Stability,
  sides: readonly Side[],
  complete: boolean,
  n: number,
  time: Time,
  path: string,
  findings: Findings,
): void {
  if (!complete) {
    if (stated !== "undetermined")
      findings.refuse(path, `is ${stated}, which takes more than the ${sides.length} sides listed`);
    else findings.leave(path, "undetermined claims nothing");
    return;
  }
  if (sides.every(({ J }) => sameMatrix(J, sides[0].J))) {
    checkClass(stated, sides[0], n, time, path, findings);
    return;
  }
  if (n === 1) {
    const [left, right] = sides[0].right ? [sides[1], sides[0]] : [sides[0], sides[1]];
    const expected = classOnLine(ofDyadic(left.J[0]), ofDyadic(right.J[0]), time);
    if (stated !== expected) findings.refuse(path, `is ${stated}, but by the slopes on its two sides ${expected}`);
    return;
  }
  if (stated === "undetermined") findings.leave(path, "undetermined claims nothing");
  else if (stated !== "stable" && stated !== "unstable") findings.refuse(path, `is ${stated}, but its sides differ`);
  else {
    const classes = sides.map(({ J, eigenvalues }) => classOf(J, n, time, eigenvalues));
    const other = classes.findIndex((each) => each !== undefined && each !== stated);
    if (other >= 0) findings.refuse(path, `is ${stated}, but side ${other} is ${classes[other]}`);
    else
      findings.leave(
        path,
        "that orbits which change sides do as they do on each side rests on a form that the result does not give",
      );
  }
}

function sameMatrix(a: readonly Dyadic[], b: readonly Dyadic[]): boolean {
  return a.every(({ m, e }, at) => m === b[at].m && e === b[at].e);
}

/**
 * In one dimension. In continuous time each side stays where it is. In discrete time a side of slope s ≥ 0 maps to itself and one of
 * slope s < 0 to the other: from there an orbit stays if that slope is ≥ 0, and else comes back after two steps, larger by the product of both.
 */
function classOnLine(left: Rational, right: Rational, time: Time): Stability {
  if (time === "continuous") return together(compare(left, ZERO), compare(right, ZERO));
  const own = (slope: Rational) => compare(slope, ONE);
  if (left.n >= 0n && right.n >= 0n) return together(own(left), own(right));
  if (left.n >= 0n) return together(own(left), own(left));
  if (right.n >= 0n) return together(own(right), own(right));
  const twice = own(multiply(negate(left), negate(right)));
  return together(twice, twice);
}

/** −1 inside, 1 outside, 0 on the boundary. */
function together(a: -1 | 0 | 1, b: -1 | 0 | 1): Stability {
  return className(Number(a < 0) + Number(b < 0), Number(a === 0) + Number(b === 0), Number(a > 0) + Number(b > 0));
}
