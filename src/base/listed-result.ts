import type { List } from "./list.ts";
import type { FixedPoint, Result } from "./result.ts";

/** A result that may have very many points, each made when it is asked for. */
export interface ListedResult extends Omit<Result, "fixedPoints"> {
  readonly fixedPoints: List<FixedPoint>;
}

/** The same with all of its points. */
export function withAllPoints(result: ListedResult): Result {
  const { fixedPoints } = result;
  return Array.isArray(fixedPoints) ? (result as Result) : { ...result, fixedPoints: fixedPoints.slice() };
}
