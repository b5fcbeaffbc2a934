import { add, type Dyadic, fromNumber, multiply } from "./dyadic.ts";

/**
 * A number known exactly: a float64 if it is one, else a dyadic rational. Sums and products stay float64 as long as
 * they are exact, so that the usual model, where all are, is built at the speed of plain arithmetic.
 */
export type ExactNumber = number | Dyadic;

export function toDyadic(a: ExactNumber): Dyadic {
  return typeof a === "number" ? fromNumber(a) : a;
}

/** a + b, exactly. Finite operands only. */
export function plus(a: ExactNumber, b: ExactNumber): ExactNumber {
  if (typeof a === "number" && typeof b === "number") {
    const s = a + b;
    // Knuth's TwoSum: the rounding error of s, exact whenever s is finite
    const bb = s - a;
    if (a - (s - bb) + (b - bb) === 0) return s;
  }
  return add(toDyadic(a), toDyadic(b));
}

/** −a, exactly; never −0. */
export function negated(a: ExactNumber): ExactNumber {
  return typeof a === "number" ? 0 - a : { m: -a.m, e: a.e };
}

/** a·b, exactly. Finite operands only. */
export function times(a: ExactNumber, b: ExactNumber): ExactNumber {
  if (typeof a === "number" && typeof b === "number") {
    if (a === 0 || b === 0) return 0;
    if (a === 1) return b;
    if (b === 1) return a;
    const p = a * b;
    if (isExactProduct(a, b, p)) return p;
  }
  return multiply(toDyadic(a), toDyadic(b));
}

const SPLITTER = 2 ** 27 + 1;

/** True only if p = fl(a·b) has no rounding error (Dekker's product, in the range where all its steps are exact). */
function isExactProduct(a: number, b: number, p: number): boolean {
  const size = Math.abs(p);
  if (!(size > 2 ** -900 && size < 2 ** 900) || Math.abs(a) > 2 ** 900 || Math.abs(b) > 2 ** 900) return false;
  const ta = SPLITTER * a;
  const ah = ta - (ta - a);
  const al = a - ah;
  const tb = SPLITTER * b;
  const bh = tb - (tb - b);
  const bl = b - bh;
  return al * bl - (p - ah * bh - al * bh - ah * bl) === 0;
}
