import { exponentOfLargest, scaleSystem } from "../../arrangement/scaling.ts";
import { allOf, type Steps } from "../../base/steps.ts";
import { approximateInverse } from "../../float/inverse.ts";
import { powerOfTwo } from "../../model/power-of-two.ts";
import { accumulation, LARGEST_COORDINATE, TINY } from "../kernel/bounds.ts";
import { strideOf } from "../kernel/workspace.ts";
import { tablesOfFaces, type UnitTable } from "../units/units.ts";
import { type Box, type SearchProblem, searchProblem } from "./problem.ts";
import { oppositeFace, type SearchSystem, sideFace } from "./search-system.ts";

/** With a larger ‖M‖‖M⁻¹‖, M⁻¹g gives no scale for the places of fixed points. */
const MOST_CONDITION = 2 ** 20;

/** A box to search, with the problem in whose coordinates it is given. */
export interface Root {
  readonly problem: SearchProblem;
  readonly box: Box;
}

/**
 * Boxes that together hold every zero of G: one box where all zeros can be bounded beforehand, else all of space as the
 * faces of a cube in homogeneous coordinates (docs/design.md#roots).
 */
export function rootsOf(system: SearchSystem): Root[] {
  return allOf(findingRoots(system));
}

/** Memory that the tables of 2R + 1 roots take, and of their kernels again. */
export function rootBytes({ dim: R, count: N }: SearchSystem): number {
  return 2 * 8 * (2 * R + 1) * (N * (strideOf(R) + R) + R * R);
}

/** `rootsOf` in steps of one root, or of the tables of a pair. */
export function* findingRoots(system: SearchSystem): Steps<Root[]> {
  const scaled = scaleSystem(system, coordinateExponents(system));
  const problem = searchProblem(scaled, -1, true);
  const bounded = problem.fit ? aPrioriBox(problem.table) : undefined;
  if (bounded !== undefined) return [{ problem, box: bounded }];
  const R = system.dim;
  const roots: Root[] = [{ problem, box: cube(R) }];
  const zeros = new Int32Array(R);
  for (let k = 0; k < R; k++) {
    yield;
    const face = scaleSystem(sideFace(scaled, k), zeros);
    const opposite = oppositeFace(face);
    yield;
    const tables = tablesOfFaces(face, opposite);
    for (const [side, system] of [face, opposite].entries()) {
      yield;
      const problem = searchProblem(system, k, false, tables[side]);
      const box = cube(R);
      box.lo[k] = 0;
      roots.push({ problem, box });
    }
  }
  return roots;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const x of values) most = Math.max(most, Math.abs(x));
  return most;
}

function cube(R: number): Box {
  return { lo: new Float64Array(R).fill(-1), hi: new Float64Array(R).fill(1) };
}

/** e_k such that nine in ten hyperplanes meet the cube |z_k| ≤ 2^{e_k}, with room, and columns of U weigh alike. */
export function coordinateExponents(system: SearchSystem): Int32Array {
  const { dim: R, count: N, U, h, M, g } = system;
  const columns = new Int32Array(R);
  for (let k = 0; k < R; k++) {
    const exponent = exponentOfLargest(U, k, N * R, R);
    columns[k] = Number.isFinite(exponent) ? -exponent : 0;
  }
  const distances: number[] = [];
  const powers = Array.from(columns, powerOfTwo);
  for (let j = 0; j < N; j++) {
    let square = 0;
    for (let k = 0; k < R; k++) square += (U.rounded[j * R + k]! * powers[k]!) ** 2;
    const distance = Math.abs(h.rounded[j]!) / Math.sqrt(square);
    if (distance > 0 && distance < Number.POSITIVE_INFINITY) distances.push(distance);
  }
  distances.sort((a, b) => a - b);
  let reach = distances.length > 0 ? distances[Math.floor(0.9 * (distances.length - 1))]! : 0;
  const inverse = new Float64Array(R * R);
  // a nearly singular M would put the cube's faces at a distance where float64 can't resolve the hyperplanes
  if (approximateInverse(M.rounded.slice(), inverse, R) && largest(inverse) * largest(M.rounded) < MOST_CONDITION) {
    for (let i = 0; i < R; i++) {
      let z = 0;
      for (let n = 0; n < R; n++) z += inverse[i * R + n]! * g.rounded[n]!;
      const size = Math.abs(z) * 2 ** -columns[i]!;
      if (size < Number.POSITIVE_INFINITY) reach = Math.max(reach, size);
    }
  }
  const common = reach > 0 ? Math.ceil(Math.log2(reach)) + 1 : 0;
  return columns.map((e) => e + common);
}

/**
 * With every φ_j in [low, high] and M regular, z = −M⁻¹(k + Σ v_j φ_j). For Y ≈ M⁻¹, z = −Y(k + Σ v_j φ_j) + (I − YM)z,
 * so ‖z‖ ≤ (‖centre‖ + ‖radius‖)/(1 − ‖I − YM‖).
 */
function aPrioriBox(table: UnitTable): Box | undefined {
  const { dim: R, count: L, data, stride, M, k } = table;
  const { ranges } = table;
  if (ranges === undefined) return undefined;
  const Y = new Float64Array(R * R);
  if (!approximateInverse(M.slice(), Y, R)) return undefined;
  const factor = accumulation(table.terms, R);
  const defects = new Float64Array(R);
  const magnitude = table.constantMagnitude.slice();
  const sum = k.slice();
  for (let j = 0; j < L; j++) {
    const middle = 0.5 * (ranges[j]!.low + ranges[j]!.high);
    for (let i = 0; i < R; i++) {
      sum[i]! += data[j * stride + R + i]! * middle;
      magnitude[i]! += table.weight[j * R + i]! * table.offsetBound[j]!;
    }
  }
  const centre = new Float64Array(R);
  const radius = new Float64Array(R);
  for (let i = 0; i < R; i++) {
    for (let n = 0; n < R; n++) {
      let defect = n === i ? -1 : 0;
      for (let a = 0; a < R; a++) {
        defect += Y[i * R + a]! * M[a * R + n]!;
        defects[i]! += Math.abs(Y[i * R + a]!) * (table.matrixMagnitude[a * R + n]! * factor + TINY);
      }
      defects[i]! += Math.abs(defect);
      centre[i]! -= Y[i * R + n]! * sum[n]!;
      radius[i]! += Math.abs(Y[i * R + n]!) * (magnitude[n]! * factor + TINY);
    }
    for (let j = 0; j < L; j++) {
      let t = 0;
      for (let n = 0; n < R; n++) t += Y[i * R + n]! * data[j * stride + R + n]!;
      radius[i]! += Math.abs(t) * 0.5 * (ranges[j]!.high - ranges[j]!.low) * (1 + 2 ** -30);
    }
  }
  const defect = Math.max(...defects);
  if (!(defect < 0.5)) return undefined;
  const size = (Math.max(...centre.map(Math.abs)) + Math.max(...radius)) / (1 - defect);
  const half = radius.map((x, i) => (x + defects[i]! * size) * (1 + 2 ** -30) + Math.abs(centre[i]!) * 2 ** -30 + TINY);
  if (!half.every((x, i) => x + Math.abs(centre[i]!) <= LARGEST_COORDINATE)) return undefined;
  return { lo: centre.map((x, i) => x - half[i]!), hi: centre.map((x, i) => x + half[i]!) };
}
