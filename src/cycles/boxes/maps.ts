import { pivotOf } from "../../arrangement/proportional.ts";
import { scaleMap } from "../../arrangement/scaling.ts";
import { approximateInverse } from "../../float/inverse.ts";
import { add, type Dyadic, fromNumber, multiply, negate, sign } from "../../model/dyadic.ts";
import { setBit } from "../../model/mask.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../model/system.ts";
import { accumulation, kinkError, LARGEST_COORDINATE, projectionMargin, TINY } from "../../search/kernel/bounds.ts";
import { coordinateExponents } from "../../search/roots/roots.ts";
import { type SearchSystem, searchSystem } from "../../search/roots/search-system.ts";
import { isFit, magnitudesOf, type UnitTable, unitTable } from "../../search/units/units.ts";
import { FEW_TERMS, INFLATION, MOST_SIZE } from "./rounding.ts";

/** A box [lo, hi]; coordinates with lo = hi are fixed. */
export interface StateBox {
  readonly lo: Float64Array;
  readonly hi: Float64Array;
}

/**
 * A map with the box that its orbits are sought in: F(z) = M z + k + Σ v_j φ_j(u_j·z) of a table, in R coordinates, or
 * in R + 1 with τ as the last one, which the map leaves as it is (docs/design.md#cycles-over-boxes).
 */
export interface OrbitProblem {
  readonly table: UnitTable;
  /** R: the number of equations z_k = z_0. */
  readonly rows: number;
  /** Holds all points of an orbit. */
  readonly root: StateBox;
  /** Holds z_0 of some shift of each cycle. */
  readonly start: StateBox;
  /** Coordinates that `start` does not fix. */
  readonly free: Int32Array;
  /** z_0 has the largest coordinate `lead` of the orbit; −1 for no such rule. */
  readonly lead: number;
  /** E of rounding.ts, R. */
  readonly stepError: Float64Array;
  /** Bounds of each u_j·z over `root`, L. */
  readonly unitLow: Float64Array;
  readonly unitHigh: Float64Array;
}

/** The problems that together have a shift of every cycle, or why there are none. */
export interface Roots {
  readonly problems: readonly OrbitProblem[];
  /** Bits of hyperplanes with rows of zeros, which no table has. */
  readonly constantBits: Uint32Array;
  readonly refusal?: string;
}

const ONE: Dyadic = fromNumber(1);

/**
 * All of space. A clipped map has a box that holds every cycle, if |M| is contracting. Else coordinates are scaled, and
 * either an orbit has all |z_i| ≤ 1, or it is shifted so that z_0 has the largest |z_i| of all. Then w = z/|z_0| and
 * τ = 1/|z_0| lie on a face of the cube in homogeneous coordinates, and so does no other point outside.
 */
export function orbitRoots(system: PiecewiseLinearSystem): Roots {
  const roots = known.get(system) ?? rootsOf(system);
  known.set(system, roots);
  return roots;
}

const known = new WeakMap<PiecewiseLinearSystem, Roots>();

function rootsOf(system: PiecewiseLinearSystem): Roots {
  const constantBits = new Uint32Array(Math.max(1, Math.ceil(system.hyperplanes / 32)));
  const map = withoutConstants(mapOf(system), constantBits);
  const exponents = coordinateExponents(searchSystem(system));
  const scaled = scaleMap(map, exponents);
  const R = system.latentDim;
  const table = unitTable(scaled);
  const refused = (refusal: string): Roots => ({ problems: [], constantBits, refusal });
  if (!isFit(table)) return refused("numbers of the map span more than the range of safe products");
  const bounded = boundedBox(table);
  if (bounded !== undefined) return { problems: [withImage(table, R, bounded)], constantBits };
  const cube = { lo: new Float64Array(R).fill(-1), hi: new Float64Array(R).fill(1) };
  const problems = [withImage(table, R, cube)];
  const faces = unitTable(scaleMap(homogeneous(scaled), new Int32Array(R + 1)));
  if (!isFit(faces)) return refused("numbers of the map in homogeneous coordinates span too large a range");
  const root = { lo: new Float64Array(R + 1).fill(-1), hi: new Float64Array(R + 1).fill(1) };
  root.lo[R] = 0;
  for (let i = 0; i < R; i++) {
    for (const side of [1, -1]) {
      const start = { lo: root.lo.slice(), hi: root.hi.slice() };
      start.lo[i] = side;
      start.hi[i] = side;
      problems.push(orbitProblem(faces, R, root, start, -1));
    }
  }
  return { problems, constantBits };
}

/** z + G(z): the system of the map, with A = I + M. */
function mapOf(system: PiecewiseLinearSystem): SearchSystem {
  const search = searchSystem(system);
  const R = search.dim;
  const A = Array.from(search.M.numbers());
  for (let i = 0; i < R; i++) A[i * R + i] = add(search.M.at(i * R + i), ONE);
  return { ...search, M: ExactArray.of(A) };
}

/** Moves units with u = 0, which are constants, to g, and writes the bits of those that are above 0. */
function withoutConstants(system: SearchSystem, bits: Uint32Array): SearchSystem {
  const { dim: R, count: N, U, V, h } = system;
  const constants: number[] = [];
  for (let j = 0; j < N; j++) if (pivotOf(U, j, R) < 0) constants.push(j);
  if (constants.length === 0) return system;
  const g = system.g.toDyadics();
  const rows = Array.from(V.numbers());
  const kinks = Array.from(h.numbers());
  for (const j of constants) {
    const kink = h.at(j);
    if (sign(kink) < 0) {
      setBit(bits, j);
      for (let i = 0; i < R; i++) g[i] = add(g[i]!, multiply(V.at(j * R + i), kink));
    }
    kinks[j] = 0;
    rows.fill(0, j * R, j * R + R);
  }
  return { ...system, g: ExactArray.ofDyadics(g), V: ExactArray.of(rows), h: ExactArray.of(kinks) };
}

/** (w, τ) ↦ (M w + Vᵀ relu(U w − h τ) − g τ, τ). */
function homogeneous({ dim: R, count: N, M, g, U, V, h }: SearchSystem): SearchSystem {
  const matrix = Array.from({ length: R }, (_, i) => [...M.numbers(i * R, i * R + R), negate(g.at(i))]).flat();
  const last = new Array<number>(R + 1).fill(0);
  last[R] = 1;
  const normals = Array.from({ length: N }, (_, j) => [...U.numbers(j * R, j * R + R), negate(h.at(j))]).flat();
  const outputs = Array.from({ length: N }, (_, j) => [...V.numbers(j * R, j * R + R), 0]).flat();
  return {
    dim: R + 1,
    count: N,
    M: ExactArray.of([...matrix, ...last]),
    g: ExactArray.ofNumbers(new Float64Array(R + 1)),
    U: ExactArray.of(normals),
    V: ExactArray.of(outputs),
    h: ExactArray.ofNumbers(new Float64Array(N)),
  };
}

function orbitProblem(table: UnitTable, rows: number, root: StateBox, start: StateBox, lead: number): OrbitProblem {
  const { dim: D, count: L, data, stride } = table;
  const size = root.lo.map((x, i) => Math.max(Math.abs(x), Math.abs(root.hi[i]!)));
  const factor = accumulation(table.terms, D);
  const { matrix, constant } = magnitudesOf(table);
  const stepError = Float64Array.from({ length: rows }, (_, i) => {
    let sum = constant[i]!;
    for (let k = 0; k < D; k++) sum += matrix[i * D + k]! * MOST_SIZE * size[k]!;
    return sum * factor + TINY;
  });
  const unitLow = new Float64Array(L);
  const unitHigh = new Float64Array(L);
  const margin = projectionMargin(D);
  for (let j = 0; j < L; j++) {
    let x = 0;
    let p = data[j * stride + 2 * D + 2]!;
    for (let k = 0; k < D; k++) {
      const u = data[j * stride + k]!;
      const c = 0.5 * (root.lo[k]! + root.hi[k]!);
      x += u * c;
      p += Math.abs(u) * (0.5 * (root.hi[k]! - root.lo[k]!) + 2 * margin * size[k]!);
    }
    unitLow[j] = x - p * INFLATION;
    unitHigh[j] = x + p * INFLATION;
  }
  const free: number[] = [];
  for (let k = 0; k < D; k++) if (start.lo[k]! < start.hi[k]!) free.push(k);
  return { table, rows, root, start, free: Int32Array.from(free), lead, stepError, unitLow, unitHigh };
}

/** Images of a box are taken so often. */
const MOST_IMAGES = 12;

/**
 * The problem of a box that holds all points of all cycles sought. As every point is the image of another, the box may
 * be cut down to its image, again and again.
 */
function withImage(table: UnitTable, R: number, box: StateBox): OrbitProblem {
  let lo = box.lo.slice();
  let hi = box.hi.slice();
  for (let n = 0; n < MOST_IMAGES; n++) {
    const image = imageOf(orbitProblem(table, R, { lo, hi }, { lo, hi }, 0));
    const low = lo.map((x, i) => Math.max(x, image.lo[i]!));
    const high = hi.map((x, i) => Math.min(x, image.hi[i]!));
    // an empty or flat box is a matter for the search
    if (!low.every((x, i) => x < high[i]!)) break;
    lo = low;
    hi = high;
  }
  const widths = hi.map((x, i) => x - lo[i]!);
  return orbitProblem(table, R, { lo, hi }, { lo, hi }, widths.indexOf(Math.max(...widths)));
}

/** A box round F(root): each unit lies between its values at the ends of its range, as far as it is monotone. */
function imageOf({ table, rows: R, root, stepError, unitLow, unitHigh }: OrbitProblem): StateBox {
  const { count: L, data, stride, M, k } = table;
  const lo = new Float64Array(R);
  const hi = new Float64Array(R);
  for (let i = 0; i < R; i++) {
    let low = k[i]!;
    let high = k[i]!;
    for (let n = 0; n < R; n++) {
      const a = M[i * R + n]! * root.lo[n]!;
      const b = M[i * R + n]! * root.hi[n]!;
      low += Math.min(a, b);
      high += Math.max(a, b);
    }
    let size = 0;
    for (let j = 0; j < L; j++) {
      const v = data[j * stride + R + i]!;
      const b0 = data[j * stride + 2 * R]!;
      const b1 = data[j * stride + 2 * R + 1]!;
      const least = Math.min(Math.max(unitLow[j]!, b0), b1) - b0;
      const most = Math.min(Math.max(unitHigh[j]!, b0), b1) - b0;
      low += Math.min(v * least, v * most);
      high += Math.max(v * least, v * most);
      size += Math.abs(v) * (Math.abs(least) + Math.abs(most));
    }
    // the terms of these sums are of the kinds that `stepError` counts, with a factor to spare
    const error = stepError[i]! + size * kinkError(1);
    lo[i] = low - error - Math.abs(low) * FEW_TERMS;
    hi[i] = high + error + Math.abs(high) * FEW_TERMS;
  }
  return { lo, hi };
}

/** How much larger than its bound the vector s below is sought. */
const ROOM = 1 + 2 ** -20;

/**
 * A box that holds every cycle of a map whose φ_j are bounded: with β ≥ |k + Σ v_j φ_j| and |M| s + β ≤ s, no cycle has
 * a point with |z_i| > s_i. For let θ > 1 be the largest |z_i|/s_i on the cycle. Where it is attained,
 * θ s_i ≤ θ(|M| s)_i + β_i < θ((|M| s)_i + β_i) ≤ θ s_i, if β_i > 0.
 */
function boundedBox(table: UnitTable): StateBox | undefined {
  const { dim: R, count: L, data, stride, M, k } = table;
  const { ranges } = table;
  if (ranges === undefined) return undefined;
  const factor = accumulation(table.terms, R);
  const matrix = M.map((x, at) => Math.abs(x) + table.matrixMagnitude[at]! * factor + TINY);
  const beta = new Float64Array(R);
  for (let i = 0; i < R; i++) {
    let low = k[i]!;
    let high = k[i]!;
    let magnitude = table.constantMagnitude[i]!;
    for (let j = 0; j < L; j++) {
      const v = data[j * stride + R + i]!;
      const range = ranges[j]!;
      low += Math.min(v * range.low, v * range.high);
      high += Math.max(v * range.low, v * range.high);
      magnitude += table.weight[j * R + i]! * table.offsetBound[j]!;
    }
    beta[i] = Math.max(Math.abs(low), Math.abs(high)) + magnitude * factor + TINY;
  }
  const most = Math.max(...beta);
  const defect = matrix.map((x, at) => (at % (R + 1) === 0 ? 1 : 0) - x);
  const inverse = new Float64Array(R * R);
  if (!approximateInverse(defect, inverse, R)) return undefined;
  const s = new Float64Array(R);
  for (let i = 0; i < R; i++) {
    for (let n = 0; n < R; n++) s[i]! += inverse[i * R + n]! * Math.max(beta[n]! * ROOM, most * (ROOM - 1));
  }
  for (let i = 0; i < R; i++) {
    let image = beta[i]!;
    for (let n = 0; n < R; n++) image += matrix[i * R + n]! * s[n]!;
    if (!(s[i]! <= LARGEST_COORDINATE && s[i]! > 0 && image * INFLATION <= s[i]!)) return undefined;
  }
  return { lo: s.map((x) => -x), hi: s };
}
