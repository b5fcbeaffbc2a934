import { boundedBox } from "../check/bounded-box.ts";
import { cubeRoots, type RootBox } from "../check/check.ts";
import type { ExactRoot } from "../check/exact-root.ts";
import type { ListedPoint } from "../check/regions.ts";
import { compare, ofNumber, type Rational, toNumber } from "../exact/rational.ts";
import { bitLength, type Dyadic } from "../model/dyadic.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { coordinateExponents } from "../search/roots/roots.ts";
import { searchSystem } from "../search/roots/search-system.ts";

/** What the roots of a proof are boxes of, as its header says it. */
export type Space =
  | { readonly space: "box"; readonly lo: number[]; readonly hi: number[] }
  | { readonly space: "cube"; readonly halfwidths: number[] };

/** A cube is made larger by so many powers of two at most for listed points to be within it. */
const MOST_GROWTH = 8;

/** One box where all fixed points can be bounded beforehand, else the faces of a cube of homogeneous coordinates. */
export function spaceOf(
  system: PiecewiseLinearSystem,
  points: readonly ListedPoint[],
): { readonly space: Space; readonly roots: RootBox[] } {
  const bounded = boundedBox(system);
  const lo = bounded?.low.map(roundedDown);
  const hi = bounded?.high.map((x) => -roundedDown({ n: -x.n, d: x.d }));
  if (lo !== undefined && hi !== undefined && [...lo, ...hi].every(Number.isFinite)) {
    const root = { face: undefined, lo: Float64Array.from(lo), hi: Float64Array.from(hi) };
    return { space: { space: "box", lo, hi }, roots: [root] };
  }
  const exponents = Array.from(coordinateExponents(searchSystem(system)), (e, k) => {
    const farthest = Math.max(0, ...points.map(({ z }) => Math.abs(toNumber(z[k]!))));
    const wanted = farthest > 0 && Number.isFinite(farthest) ? Math.ceil(Math.log2(1.25 * farthest)) : e;
    return Math.max(-300, Math.min(300, e + Math.max(0, Math.min(MOST_GROWTH, wanted - e))));
  });
  return { space: { space: "cube", halfwidths: exponents.map((e) => 2 ** e) }, roots: cubeRoots(exponents) };
}

/** A float64 that is at most x, and near it. */
function roundedDown(x: Rational): number {
  let rounded = toNumber(x);
  while (Number.isFinite(rounded) && compare(ofNumber(rounded), x) > 0) {
    rounded -= Math.abs(rounded) * 2 ** -52 + 2 ** -1074;
  }
  return rounded;
}

/** Exponents that bring the terms of each equation, on the root, to about 1. */
export function scaleOf(root: ExactRoot, lo: Float64Array, hi: Float64Array): Int16Array {
  const { dim: R, count: N, M, c, U, V, h } = root;
  const reach = lo.map((x, k) => ceilLog2(Math.max(Math.abs(x), Math.abs(hi[k]!))));
  const spans = Array.from({ length: N }, (_, j) => {
    let span = log2(h[j]!);
    for (let k = 0; k < R; k++) span = Math.max(span, log2(U[j * R + k]!) + reach[k]!);
    return span;
  });
  return Int16Array.from({ length: R }, (_, i) => {
    let most = log2(c[i]!);
    for (let k = 0; k < R; k++) most = Math.max(most, log2(M[i * R + k]!) + reach[k]!);
    for (let j = 0; j < N; j++) most = Math.max(most, log2(V[j * R + i]!) + spans[j]!);
    return Number.isFinite(most) ? Math.max(-30000, Math.min(30000, -most - Math.ceil(0.5 * Math.log2(N + 1)))) : 0;
  });
}

function log2({ m, e }: Dyadic): number {
  return m === 0n ? Number.NEGATIVE_INFINITY : bitLength(m) + e;
}

function ceilLog2(x: number): number {
  return x > 0 ? Math.ceil(Math.log2(x)) : Number.NEGATIVE_INFINITY;
}
