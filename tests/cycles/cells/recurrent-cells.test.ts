import { describe, expect, it } from "vitest";
import { type OrbitProblem, orbitRoots } from "../../../src/cycles/boxes/maps.ts";
import { CellImage } from "../../../src/cycles/cells/cell-image.ts";
import type { MarkedGrid } from "../../../src/cycles/cells/marked-grid.ts";
import { recurrentCells } from "../../../src/cycles/cells/recurrent-cells.ts";
import { compare, multiply, ofNumber, type Rational, rational } from "../../../src/exact/rational.ts";
import type { PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { coordinateExponents } from "../../../src/search/roots/roots.ts";
import { searchSystem } from "../../../src/search/roots/search-system.ts";
import { equationOfSystem, orbitsByWords } from "../../oracle/cycles.ts";
import { ExactMap, type Point } from "../../support/exact-map.ts";
import { Random } from "../../support/random.ts";
import { mapOf, randomMap, scaled } from "../systems.ts";

const power = (e: number): Rational => (e >= 0 ? rational(1n << BigInt(e), 1n) : rational(1n, 1n << BigInt(-e)));

/** z in the coordinates of the first problem. */
function scaledPoint(z: Point, exponents: Int32Array): Rational[] {
  return z.map((x, i) => multiply(x, power(-exponents[i]!)));
}

const isWithin = (z: readonly Rational[], lo: ArrayLike<number>, hi: ArrayLike<number>) =>
  z.every((x, i) => compare(x, ofNumber(lo[i]!)) >= 0 && compare(x, ofNumber(hi[i]!)) <= 0);

/**
 * Points of random cells, from the whole root box to a few units in the last place, whose image is not in their box.
 */
function escapes(systems: readonly PiecewiseLinearSystem[], change = (problem: OrbitProblem) => problem): number {
  const random = Random.of(5, "images");
  let escaped = 0;
  for (const system of systems) {
    const map = new ExactMap(system);
    const exponents = coordinateExponents(searchSystem(system));
    const problem = change(orbitRoots(system).problems[0]!);
    const { root, rows: R } = problem;
    const image = new CellImage(problem);
    for (let round = 0; round < 20; round++) {
      const width = random.pick([1, 0.1, 2 ** -20, 2 ** -45, 0]);
      const lo = root.lo.map((x, i) => x + random.unit() * (root.hi[i]! - x));
      const hi = lo.map((x, i) => Math.min(root.hi[i]!, x + width * (root.hi[i]! - root.lo[i]!)));
      const z = Array.from(lo, (x, i) => random.pick([x, hi[i]!, Math.min(hi[i]!, x + random.unit() * (hi[i]! - x))]));
      expect(image.enclose(lo, hi)).toBe(true);
      const exact = map.at(z.map((x, i) => multiply(ofNumber(x), power(exponents[i]!))));
      if (!isWithin(scaledPoint(exact, exponents).slice(0, R), image.low, image.high)) escaped++;
    }
  }
  return escaped;
}

function systemsOf(count: number): PiecewiseLinearSystem[] {
  const random = Random.of(6, "maps for cells");
  return Array.from({ length: count }, () => {
    const system = randomMap(random, random.integer(1, 3), random.integer(1, 6));
    const exponents = Array.from({ length: system.latentDim }, () => random.pick([0, 0, 300, -300]));
    return exponents.every((e) => e === exponents[0]) ? scaled(system, exponents) : system;
  });
}

describe("the box round the image of a cell", () => {
  it("holds the exact image of each point", () => {
    expect(escapes(systemsOf(120))).toBe(0);
  });

  it("would not with a map that errs by more than rounding, or a unit that weighs less", () => {
    const wrong = (problem: OrbitProblem) => ({
      ...problem,
      table: { ...problem.table, M: problem.table.M.map((x) => x * (1 + 2 ** -34)) },
    });
    expect(escapes(systemsOf(120), wrong)).toBeGreaterThan(0);
    const light = (problem: OrbitProblem) => {
      const { data, stride, dim } = problem.table;
      return {
        ...problem,
        table: { ...problem.table, data: data.map((x, at) => (at % stride === dim ? 0.999 * x : x)) },
      };
    };
    expect(escapes(systemsOf(120), light)).toBeGreaterThan(0);
  });
});

/** The points in the root box of all cycles in it up to period 3 that brute force over words finds. */
function cyclePoints(system: PiecewiseLinearSystem, { root }: OrbitProblem): Rational[][] {
  const exponents = coordinateExponents(searchSystem(system));
  const equation = equationOfSystem(system);
  return [1, 2, 3].flatMap((k) =>
    orbitsByWords(equation, k).orbits.flatMap((orbit) => {
      const points = orbit.map((z) => scaledPoint(z, exponents));
      return points.every((z) => isWithin(z, root.lo, root.hi)) ? points : [];
    }),
  );
}

/** Cells that a point lies in which are not marked; cells are closed, and each that has it must be. */
function unmarked(grid: MarkedGrid, z: readonly Rational[]): number {
  const { count: n, dim: R, ends } = grid;
  let missing = 0;
  for (let cell = 0; cell < n ** R; cell++) {
    const index = Int32Array.from({ length: R }, (_, i) => Math.floor(cell / n ** i) % n);
    const lo = Array.from(index, (a, i) => ends[i]![a]!);
    const hi = Array.from(index, (a, i) => ends[i]![a + 1]!);
    if (isWithin(z, lo, hi) && grid.countIn(index, index, 0) === 0) missing++;
  }
  return missing;
}

/** The cells of a point's coordinates, rounded. */
function cellOf(grid: MarkedGrid, z: readonly Rational[]): Int32Array {
  const x = Float64Array.from(z, ({ n, d }) => Number(n) / Number(d));
  const first = new Int32Array(grid.dim);
  grid.rangeOf(x, x, first, new Int32Array(grid.dim), 0);
  return first;
}

describe("recurrent cells", () => {
  it("hold every point of every cycle of random maps, and are often few", () => {
    const random = Random.of(7, "recurrent cells");
    let held = 0;
    let share = 0;
    let useful = 0;
    for (let n = 0; n < 60; n++) {
      const system = randomMap(random, random.integer(1, 2), random.integer(1, 3));
      const [problem] = orbitRoots(system).problems;
      const grid = problem && recurrentCells(problem, 3);
      if (grid === undefined) continue;
      useful++;
      const all = new Int32Array(grid.dim).fill(grid.count - 1);
      share += grid.countIn(new Int32Array(grid.dim), all, 0) / grid.count ** grid.dim;
      const points = cyclePoints(system, problem!);
      for (const z of points.slice(0, 20)) {
        const cell = cellOf(grid, z);
        expect(grid.countIn(cell, cell, 0), `map ${n}`).toBe(1);
        held++;
      }
      // all cells are looked at where they are few
      if (grid.count ** grid.dim <= 2 ** 12) for (const z of points.slice(0, 5)) expect(unmarked(grid, z)).toBe(0);
    }
    expect(useful).toBeGreaterThan(20);
    expect(held).toBeGreaterThan(100);
    expect(share / useful).toBeLessThan(0.5);
  });

  it("are missed by the comparison if one is left out", () => {
    const system = mapOf([[0.25]], [[1]], [[-1]], [0], [-0.5]);
    const grid = recurrentCells(orbitRoots(system).problems[0]!, 3)!;
    const z = scaledPoint([rational(2n, 7n)], coordinateExponents(searchSystem(system)));
    expect(unmarked(grid, z)).toBe(0);
    grid.mark(Int32Array.of(0));
    expect(unmarked(grid, z)).toBeGreaterThan(0);
  });

  it("are none for periods up to 2, for one that fills the root box, and in homogeneous coordinates", () => {
    const system = mapOf([[0.25]], [[1]], [[-1]], [0], [-0.5]);
    expect(recurrentCells(orbitRoots(system).problems[0]!, 2)).toBeUndefined();
    expect(recurrentCells(orbitRoots(mapOf([[1]], [[1]], [[0]], [0], [0])).problems[0]!, 3)).toBeUndefined();
    const faces = orbitRoots(mapOf([[2]], [[1]], [[-3]], [0.5], [0])).problems.slice(1);
    expect(faces.length).toBeGreaterThan(0);
    for (const problem of faces) expect(recurrentCells(problem, 3)).toBeUndefined();
  });
});
