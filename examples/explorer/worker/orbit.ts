import { largestOf } from "../../../src/base/largest.ts";
import type { FixedPoint, PiecewiseLinearSystem } from "../../../src/index.ts";
import { type Axis, project, step } from "../../../src/plot/index.ts";
import type { Orbit } from "../protocol.ts";

const MAX_STEPS = 3000;
/** Past this many times the size of the picture's contents a run has left. */
const LEFT = 1e6;
/** At rest: so near to a fixed point, or moving so little, in units of the size. */
const REST = 1e-9;
/** Points of a path that is drawn. */
const MAX_DRAWN = 3000;

/** A run of the network from a start until it rests, leaves or has had its steps; in plain float64, for a picture. */
export function follow(
  system: PiecewiseLinearSystem,
  start: readonly number[],
  fixedPoints: readonly FixedPoint[],
): { readonly states: Float64Array[]; readonly end: Orbit["end"] } {
  const own = Math.max(1e-300, ...start.map(Math.abs));
  const size = largestOf(fixedPoints, ({ z }) => Math.max(...z.map(Math.abs)), own);
  let z: Float64Array = Float64Array.from(start);
  const states = [z];
  for (let t = 0; t < MAX_STEPS; t++) {
    const next = step(system, z);
    if (!next.every((x) => Math.abs(x) < LEFT * size)) return { states, end: "left" };
    states.push(next);
    if (distance(next, z) <= REST * size) {
      const near = fixedPoints.findIndex((point) => distance(next, point.z) <= 1e-4 * size);
      return { states, end: near < 0 ? "rest" : { point: near } };
    }
    z = next;
  }
  return { states, end: "moving" };
}

/**
 * The path of a run as the picture shows it. @param axes undefined for R = 1 in discrete time: the staircase between
 * map and diagonal.
 */
export function pathOf(states: readonly ArrayLike<number>[], axes: readonly [Axis, Axis] | undefined): Float64Array {
  const shown = states.slice(0, MAX_DRAWN);
  if (axes !== undefined) return Float64Array.from(shown.flatMap((z) => axes.map((axis) => project(z, axis))));
  return Float64Array.from(
    shown.flatMap((state, t) => {
      const z = state[0]!;
      const next = shown[t + 1]?.[0];
      return next === undefined ? [z, z] : [z, z, z, next];
    }),
  );
}

/** The states of a cycle, the first again at the end. */
export function closed<T>(states: readonly T[]): T[] {
  return [...states, ...states.slice(0, 1)];
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0;
  for (let k = 0; k < a.length; k++) most = Math.max(most, Math.abs(a[k]! - b[k]!));
  return most;
}
