import type { Stability } from "../base/result.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";

/** Drawing-grade geometry: plain float64, for pictures only. */

export type Point = readonly [number, number];

/** A rectangle of the plane. */
export interface View {
  readonly x: { readonly from: number; readonly to: number };
  readonly y: { readonly from: number; readonly to: number };
}

/** Whether an axis is less than so many times as long as the other, so that both can have the same unit. */
export function hasEqualUnits({ x, y }: View, most: number): boolean {
  const aspect = (x.to - x.from) / (y.to - y.from);
  return aspect < most && aspect > 1 / most;
}

export interface Cell {
  /** The corners of a convex polygon, in order. */
  readonly corners: readonly Point[];
  readonly middle: Point;
}

/** The part of a convex polygon with a·x + b·y ≤ c. */
export function clipPolygon(corners: readonly Point[], a: number, b: number, c: number): Point[] {
  const out: Point[] = [];
  for (let i = 0; i < corners.length; i++) {
    const p = corners[i]!;
    const q = corners[(i + 1) % corners.length]!;
    const vp = a * p[0] + b * p[1] - c;
    const vq = a * q[0] + b * q[1] - c;
    if (vp <= 0) out.push(p);
    if (vp < 0 !== vq < 0 && vp !== 0 && vq !== 0) {
      const t = vp / (vp - vq);
      out.push([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]);
    }
  }
  return out.length < 3 ? [] : out;
}

/** The corners of a view. */
export function rectangle({ x, y }: View): Point[] {
  return [
    [x.from, y.from],
    [x.to, y.from],
    [x.to, y.to],
    [x.from, y.to],
  ];
}

/** The regions of an arrangement of lines (R = 2) within a view; undefined if there are more than `limit`. */
export function planarCells(
  { U, h, hyperplanes }: PiecewiseLinearSystem,
  view: View,
  limit: number,
): Cell[] | undefined {
  let polygons: (readonly Point[])[] = [rectangle(view)];
  const tiny = ((view.x.to - view.x.from) * (view.y.to - view.y.from)) / 1e9;
  for (let j = 0; j < hyperplanes; j++) {
    const [a, b, c] = [U[2 * j]!, U[2 * j + 1]!, h.rounded[j]!];
    if (a === 0 && b === 0) continue;
    polygons = polygons.flatMap((corners) =>
      [clipPolygon(corners, a, b, c), clipPolygon(corners, -a, -b, -c)].filter((part) => areaOf(part) > tiny),
    );
    if (polygons.length > limit) return undefined;
  }
  return polygons.map((corners) => ({ corners, middle: mean(corners) }));
}

function areaOf(corners: readonly Point[]): number {
  let twice = 0;
  for (let i = 0; i < corners.length; i++) {
    const [p, q] = [corners[i]!, corners[(i + 1) % corners.length]!];
    twice += p[0] * q[1] - q[0] * p[1];
  }
  return Math.abs(twice) / 2;
}

function mean(corners: readonly Point[]): Point {
  return [
    corners.reduce((sum, [x]) => sum + x, 0) / corners.length,
    corners.reduce((sum, [, y]) => sum + y, 0) / corners.length,
  ];
}

/** M + VᵀDU of the region that holds z, row-major, and the hyperplanes with bit 1. */
export function fieldAt(system: PiecewiseLinearSystem, z: ArrayLike<number>): { J: Float64Array; active: number[] } {
  const { latentDim: R, hyperplanes: N, U, V, M, h } = system;
  const J = M.rounded.slice();
  const active: number[] = [];
  for (let j = 0; j < N; j++) {
    let x = -h.rounded[j]!;
    for (let k = 0; k < R; k++) x += U[j * R + k]! * z[k]!;
    if (x <= 0) continue;
    active.push(j);
    for (let i = 0; i < R; i++) for (let k = 0; k < R; k++) J[i * R + k]! += V.rounded[j * R + i]! * U[j * R + k]!;
  }
  return { J, active };
}

/**
 * The stability class of a region of the plane, from its M + VᵀDU in float64. Near the boundary between two classes the
 * result is a guess.
 */
export function planarStability(J: ArrayLike<number>, time: PiecewiseLinearSystem["time"]): Stability {
  const shift = time === "discrete" ? 1 : 0;
  const [a, b, c, d] = [J[0]! + shift, J[1]!, J[2]!, J[3]! + shift];
  const half = (a + d) / 2;
  const discriminant = ((a - d) / 2) ** 2 + b * c;
  const sizes =
    discriminant < 0
      ? time === "discrete"
        ? [Math.sqrt(a * d - b * c) - 1]
        : [half]
      : [half + Math.sqrt(discriminant), half - Math.sqrt(discriminant)].map((x) =>
          time === "discrete" ? Math.abs(x) - 1 : x,
        );
  // with the eigenvalue 1 (0 in continuous time) the region has no single candidate
  const singular = Math.abs(J[0]! * J[3]! - J[1]! * J[2]!) < 1e-9;
  const near = sizes.filter((x) => Math.abs(x) < 1e-9).length;
  if (near > 0) return !singular && sizes.some((x) => x >= 1e-9) ? "unstable" : "marginal";
  if (sizes.every((x) => x < 0)) return "stable";
  return sizes.every((x) => x > 0) ? "unstable" : "saddle";
}

/**
 * The curve f = 0 on a grid of values (rows of `columns` values, at the points of xs × ys), by marching squares:
 * polylines in data units.
 */
export function zeroCurve(values: Float64Array, xs: readonly number[], ys: readonly number[]): Point[][] {
  const columns = xs.length;
  const value = (i: number, j: number): number => values[j * columns + i] || 1e-300;
  // an edge is named by its lower left node and direction
  const edgePoint = new Map<string, Point>();
  const links = new Map<string, string[]>();
  const crossing = (i: number, j: number, along: "x" | "y"): string | undefined => {
    const [k, l] = along === "x" ? [i + 1, j] : [i, j + 1];
    const [p, q] = [value(i, j), value(k, l)];
    if (p > 0 === q > 0) return undefined;
    const name = `${i},${j},${along}`;
    const t = p / (p - q);
    edgePoint.set(name, [xs[i]! + t * (xs[k]! - xs[i]!), ys[j]! + t * (ys[l]! - ys[j]!)]);
    return name;
  };
  const link = (a: string, b: string): void => {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ]) {
      const list = links.get(from!);
      if (list) list.push(to!);
      else links.set(from!, [to!]);
    }
  };
  for (let j = 0; j + 1 < ys.length; j++) {
    for (let i = 0; i + 1 < columns; i++) {
      const edges = [crossing(i, j, "x"), crossing(i + 1, j, "y"), crossing(i, j + 1, "x"), crossing(i, j, "y")];
      const met = edges.filter((edge) => edge !== undefined);
      if (met.length === 2) link(met[0]!, met[1]!);
      else if (met.length === 4) {
        // two curves pass through the cell; each one cuts off a corner whose sign differs from that of the middle
        const middle = value(i, j) + value(i + 1, j) + value(i, j + 1) + value(i + 1, j + 1);
        const split = middle > 0 === value(i, j) > 0;
        link(met[0]!, met[split ? 1 : 3]!);
        link(met[2]!, met[split ? 3 : 1]!);
      }
    }
  }
  return chains(links).map((chain) => chain.map((name) => edgePoint.get(name)!));
}

function chains(links: ReadonlyMap<string, string[]>): string[][] {
  const used = new Set<string>();
  const out: string[][] = [];
  const walk = (start: string): void => {
    const chain = [start];
    used.add(start);
    for (let next: string | undefined = start; next !== undefined; ) {
      next = links.get(next)!.find((name) => !used.has(name));
      if (next === undefined) break;
      used.add(next);
      chain.push(next);
    }
    const closes = chain.length > 2 && links.get(chain.at(-1)!)!.includes(start);
    out.push(closes ? [...chain, start] : chain);
  };
  for (const [name, list] of links) if (list.length === 1 && !used.has(name)) walk(name);
  for (const name of links.keys()) if (!used.has(name)) walk(name);
  return out;
}

/** The points without those that lie on a straight line between their neighbours. */
export function simplified(points: readonly Point[], tolerance: number): Point[] {
  const out: Point[] = [];
  for (const point of points) {
    while (out.length >= 2 && offLine(out[out.length - 2]!, out[out.length - 1]!, point) < tolerance) out.pop();
    out.push(point);
  }
  return out;
}

function offLine(a: Point, b: Point, c: Point): number {
  const [dx, dy] = [c[0] - a[0], c[1] - a[1]];
  const length = Math.hypot(dx, dy);
  if (length === 0) return Math.hypot(b[0] - a[0], b[1] - a[1]);
  return Math.abs(dx * (b[1] - a[1]) - dy * (b[0] - a[0])) / length;
}

/**
 * The part of the line p + t·d with lower ≤ normals·x ≤ …: the t for which every row (normal, bound) has
 * normal·x ≤ bound.
 */
export function lineInside(
  point: ArrayLike<number>,
  direction: ArrayLike<number>,
  rows: Iterable<{ readonly normal: ArrayLike<number>; readonly bound: number }>,
): readonly [number, number] | undefined {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  for (const { normal, bound } of rows) {
    let slack = bound;
    let speed = 0;
    let scale = Math.abs(bound);
    for (let k = 0; k < point.length; k++) {
      slack -= normal[k]! * point[k]!;
      speed += normal[k]! * direction[k]!;
      scale += Math.abs(normal[k]! * point[k]!) + Math.abs(normal[k]! * direction[k]!);
    }
    if (Math.abs(speed) <= scale * 1e-12) {
      if (slack < -scale * 1e-9) return undefined;
    } else if (speed > 0) high = Math.min(high, slack / speed);
    else low = Math.max(low, slack / speed);
  }
  return low <= high ? [low, high] : undefined;
}

/** The sides of a region, given by its hyperplanes with bit 1. */
export function regionSides(
  system: PiecewiseLinearSystem,
  active: readonly number[],
): { normal: Float64Array; bound: number }[] {
  const { latentDim: R, hyperplanes: N, U, h } = system;
  const on = new Set(active);
  return Array.from({ length: N }, (_, j) => {
    const sign = on.has(j) ? -1 : 1;
    return { normal: U.slice(j * R, (j + 1) * R).map((x) => sign * x), bound: sign * h.rounded[j]! };
  });
}
