import { evaluate, type PiecewiseLinearSystem } from "../model/system.ts";

/** Runs of the network, in plain float64: for pictures only. */

/** The step of the classical Runge–Kutta method in continuous time, as a part of the time constant. */
const STEP = 0.1;
const DIVERGED = 1e9;

/** F(z) in discrete time, a Runge–Kutta step of a tenth of the time constant in continuous time. */
export function step(system: PiecewiseLinearSystem, z: Float64Array): Float64Array {
  const along = (from: Float64Array, by: Float64Array, factor: number): Float64Array =>
    from.map((x, k) => x + factor * by[k]!);
  const a = evaluate(system, z);
  if (system.time === "discrete") return along(z, a, 1);
  const b = evaluate(system, along(z, a, STEP / 2));
  const c = evaluate(system, along(z, b, STEP / 2));
  const d = evaluate(system, along(z, c, STEP));
  return z.map((x, k) => x + (STEP / 6) * (a[k]! + 2 * b[k]! + 2 * c[k]! + d[k]!));
}

/** A run from z, `skip` steps left out at the start; undefined if it leaves every bound. */
export function trajectory(
  system: PiecewiseLinearSystem,
  start: ArrayLike<number>,
  steps: number,
  skip = 0,
): Float64Array[] | undefined {
  let z: Float64Array = Float64Array.from(start);
  const out: Float64Array[] = [];
  for (let t = 0; t < skip + steps; t++) {
    if (t >= skip) out.push(z);
    z = step(system, z);
    if (!z.every((x) => Math.abs(x) < DIVERGED)) return undefined;
  }
  return out;
}

/** `count` starting points in a box, the same ones every time (the additive sequence of Roberts, 2018). */
export function startingPoints(middle: readonly number[], radius: readonly number[], count: number): Float64Array[] {
  const R = middle.length;
  // the root of x^(R+1) = x + 1
  let root = 2;
  for (let i = 0; i < 60; i++) root = (1 + root) ** (1 / (R + 1));
  return Array.from({ length: count }, (_, i) =>
    Float64Array.from(middle, (m, k) => m + radius[k]! * (2 * ((0.5 + (i + 1) * root ** -(k + 1)) % 1) - 1)),
  );
}

/**
 * The last `steps` steps of each run from a box that goes on moving: the run neither settles, however slowly, nor
 * leaves every bound.
 */
export function movingAttractors(
  system: PiecewiseLinearSystem,
  starts: readonly Float64Array[],
  steps: number,
): Float64Array[][] {
  return starts
    .map((start) => trajectory(system, start, steps, 4 * steps))
    .filter((run) => run !== undefined)
    .filter(goesOn);
}

/**
 * Whether a run comes back near an earlier state and does not shrink. A run that creeps towards a point does neither.
 */
function goesOn(run: readonly Float64Array[]): boolean {
  const size = diameter(run);
  if (size <= 1e-6 * (1 + sizeOf(run[0]!))) return false;
  const half = Math.floor(run.length / 2);
  const shrinks = diameter(run.slice(half)) < 0.7 * diameter(run.slice(0, half));
  return !shrinks && run.slice(half).some((z) => distance(z, run[0]!) < 0.3 * size);
}

function distance(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, x, k) => Math.max(most, Math.abs(x - b[k]!)), 0);
}

/** Times the size of its first state beyond which a run that goes on growing is taken to leave every bound. */
const FAR_AWAY = 8;
const GROWTH = 1.02;

/**
 * Whether a run is on its way out of every bound, however slowly: it is far from where it began, and went farther in
 * each quarter of its time than in the one before.
 */
export function diverges(run: readonly Float64Array[]): boolean {
  const quarter = Math.floor(run.length / 4);
  if (quarter === 0) return false;
  const start = run[0]!;
  const reached = [1, 2, 3].map((k) =>
    run.slice(k * quarter, (k + 1) * quarter).reduce((most, z) => Math.max(most, distance(z, start)), 0),
  );
  const grows = reached.every((far, k) => k === 0 || far > GROWTH * reached[k - 1]!);
  return grows && reached[2]! > FAR_AWAY * Math.max(1e-300, sizeOf(start));
}

/** The largest extent of a run along any coordinate. */
export function diameter(run: readonly Float64Array[]): number {
  let largest = 0;
  for (let k = 0; k < run[0]!.length; k++) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const z of run) {
      low = Math.min(low, z[k]!);
      high = Math.max(high, z[k]!);
    }
    largest = Math.max(largest, high - low);
  }
  return largest;
}

function sizeOf(z: Float64Array): number {
  return z.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}
