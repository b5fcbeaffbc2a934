import { independentColumns } from "../arrangement/rank.ts";
import { largestOf } from "../base/largest.ts";
import { boundedBox } from "../check/bounded-box.ts";
import { cubeRoots, type RootBox } from "../check/check.ts";
import { idleCoordinates, roundedDown } from "../check/cones.ts";
import { type AddedRows, type Coordinates, coordinatesOf } from "../check/coordinates.ts";
import type { ExactRoot } from "../check/exact-root.ts";
import type { ListedPoint } from "../check/regions.ts";
import { independentRows, rank } from "../exact/elimination.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { negate, toNumber } from "../exact/rational.ts";
import { bitLength, type Dyadic, negate as negateDyadic } from "../model/dyadic.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../model/system.ts";
import { coordinateExponents } from "../search/roots/roots.ts";
import type { SearchSystem } from "../search/roots/search-system.ts";

/** What the roots of a proof are boxes of, as its header says it. */
export type Space =
  | { readonly space: "box"; readonly lo: number[]; readonly hi: number[] }
  | { readonly space: "cube"; readonly halfwidths: number[] };

/** Coordinates w = T z: hyperplanes whose normals are T, and what is added to M (check/coordinates.ts). */
export interface SpaceBasis {
  readonly rows: readonly number[];
  readonly added?: AddedRows;
}

/** A cube is made larger by so many powers of two at most for listed points to be within it. */
const MOST_GROWTH = 8;

/** Where the boxes of a proof are, and its roots but for those of cones. */
export interface ProofSpace {
  readonly coordinates: Coordinates;
  readonly basis: SpaceBasis | undefined;
  readonly space: Space;
  readonly roots: readonly RootBox[];
}

/**
 * Coordinates w = T z where the normals span fewer dimensions than there are, unless nothing depends on some of the
 * others, else the model's own; one box where all fixed points can be bounded beforehand, else the faces of a cube of homogeneous coordinates.
 */
export function spaceOf(system: PiecewiseLinearSystem, points: readonly ListedPoint[]): ProofSpace {
  const basis = basisFor(system);
  const coordinates = coordinatesOf(system, basis?.rows, basis?.added);
  const { root } = coordinates;
  const bounded = boundedBox(root);
  const lo = bounded?.low.map(roundedDown);
  const hi = bounded?.high.map((x) => -roundedDown(negate(x)));
  if (lo !== undefined && hi !== undefined && [...lo, ...hi].every(Number.isFinite)) {
    const box = { face: undefined, lo: Float64Array.from(lo), hi: Float64Array.from(hi) };
    return { coordinates, basis, space: { space: "box", lo, hi }, roots: [box] };
  }
  const idle = new Set(idleCoordinates(root));
  const places = points.map(({ z }) => coordinates.at(z).map(toNumber));
  const exponents = Array.from(coordinateExponents(searchSystemOf(root)), (e, k) => {
    if (idle.has(k)) return undefined;
    const farthest = largestOf(places, (x) => Math.abs(x[k]!));
    const wanted = farthest > 0 && Number.isFinite(farthest) ? Math.ceil(Math.log2(1.25 * farthest)) : e;
    return Math.max(-300, Math.min(300, e + Math.max(0, Math.min(MOST_GROWTH, wanted - e))));
  });
  const halfwidths = exponents.map((e) => (e === undefined ? 0 : 2 ** e));
  return { coordinates, basis, space: { space: "cube", halfwidths }, roots: cubeRoots(exponents) };
}

function searchSystemOf({ dim, count, M, c, U, V, h }: ExactRoot): SearchSystem {
  const of = (values: readonly Dyadic[]): ExactArray => ExactArray.ofDyadics(values);
  return { dim, count, M: of(M), g: of(c.map(negateDyadic)), U: of(U), V: of(V), h: of(h) };
}

/**
 * Hyperplanes whose normals are a basis of all, as complete pivoting takes them; undefined where they are of no use.
 * Where M is singular each of its rows that depends on those before gets one of T that does not depend on M's.
 */
function basisFor(system: PiecewiseLinearSystem): SpaceBasis | undefined {
  const { latentDim: R, U, M } = system;
  const rows = rowsFor(system);
  if (rows === undefined) return undefined;
  const both = scaleToIntegers([...M.numbers(), ...rows.flatMap((j) => Array.from(U.subarray(j * R, (j + 1) * R)))]);
  const independent = independentRows(both.values, R + rows.length, R);
  if (independent.length < R) return undefined;
  const dependent = Array.from({ length: R }, (_, i) => i).filter((i) => !independent.includes(i));
  if (dependent.length === 0) return { rows };
  const others = independent.filter((row) => row >= R);
  return { rows, added: dependent.map((i, at) => [i, others[at]! - R]) };
}

function rowsFor({ latentDim: R, hyperplanes: N, U }: PiecewiseLinearSystem): number[] | undefined {
  const rho = independentColumns(U, N, R).length;
  if (rho === R || rho === 0) return undefined;
  const work = U.slice();
  const rows: number[] = [];
  for (let step = 0; step < rho; step++) {
    let at = -1;
    for (let i = 0; i < work.length; i++) {
      if (rows.includes(Math.floor(i / R))) continue;
      if (at < 0 || Math.abs(work[i]!) > Math.abs(work[at]!)) at = i;
    }
    const row = Math.floor(at / R);
    rows.push(row);
    for (let j = 0; j < N; j++) {
      if (rows.includes(j)) continue;
      const factor = work[j * R + (at % R)]! / work[at]!;
      for (let k = 0; k < R; k++) work[j * R + k]! -= factor * work[row * R + k]!;
    }
  }
  const chosen = scaleToIntegers(rows.flatMap((j) => Array.from(U.subarray(j * R, (j + 1) * R)))).values;
  return rank(chosen, rho, R) === rho ? rows : undefined;
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
