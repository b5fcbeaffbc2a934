import type { FixedPoint, Result } from "../../src/base/result.ts";
import type { ExactAnswer, ExactPoint } from "../oracle/naive.ts";

/** What a fixed point is, apart from its eigenvalues. */
export type Place = Pick<FixedPoint, "z" | "active" | "ties">;

/**
 * Everything in which a result differs from the exact answer: completeness, number, order, z to the last bit (and no
 * −0), active, ties, whether there are continua. Empty when they agree.
 */
export function differences(result: Result, answer: ExactAnswer): string[] {
  const out = placeDifferences(result.fixedPoints, answer.points);
  if (!result.complete) out.push(`incomplete: ${result.incompleteBecause}`);
  const expected = answer.continuumPieces.length > 0;
  if (expected !== result.continua.length > 0) {
    out.push(`${result.continua.length} continua where there ${expected ? "is one" : "is none"}`);
  }
  for (const { status } of result.fixedPoints) if (status !== "certified") out.push(`a point is ${status}`);
  return out;
}

export function placeDifferences(found: readonly Place[], expected: readonly (Place | ExactPoint)[]): string[] {
  const out: string[] = [];
  if (found.length !== expected.length) out.push(`${found.length} fixed points where there are ${expected.length}`);
  for (let i = 0; i < Math.min(found.length, expected.length); i++) {
    const a = found[i]!;
    const b = expected[i]!;
    if (!sameNumbers(a.z, b.z)) out.push(`point ${i}: z = [${a.z}], not [${b.z}]`);
    if (!sameNumbers(a.active, b.active)) out.push(`point ${i}: active = [${a.active}], not [${b.active}]`);
    if (!sameNumbers(a.ties, b.ties)) out.push(`point ${i}: ties = [${a.ties}], not [${b.ties}]`);
  }
  return out;
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((x, i) => Object.is(x, b[i]));
}
