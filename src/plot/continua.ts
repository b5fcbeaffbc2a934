import type { Continuum } from "../base/result.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { lineInside, regionSides } from "./geometry.ts";

/**
 * Both ends of a straight piece of fixed points, in latent coordinates; an end at infinity is cut at `reach` from the
 * continuum's point.
 */
export type Span = readonly [number[], number[]];

/** The segments of a one-dimensional continuum, region by region. */
export function continuumSpans(
  system: PiecewiseLinearSystem,
  { dimension, point, basis, regions }: Continuum,
  reach: number,
): Span[] {
  if (dimension !== 1) return [];
  const direction = basis[0]!;
  const length = Math.sqrt(direction.reduce((sum, x) => sum + x * x, 0));
  const at = (t: number): number[] => point.map((x, k) => x + t * direction[k]!);
  return regions.flatMap((active) => {
    const inside = lineInside(point, direction, regionSides(system, active));
    if (inside === undefined) return [];
    const [low, high] = [Math.max(inside[0], -reach / length), Math.min(inside[1], reach / length)];
    return low < high ? [[at(low), at(high)] as const] : [];
  });
}
