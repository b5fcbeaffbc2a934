import { describe, expect, it } from "vitest";
import { OrbitEnclosure } from "../../../src/cycles/boxes/enclosure.ts";
import { type OrbitBox, orbitBox, shear, startWith } from "../../../src/cycles/boxes/level.ts";
import { type OrbitProblem, orbitRoots } from "../../../src/cycles/boxes/maps.ts";
import { compare, multiply, ofNumber, type Rational, rational, subtract } from "../../../src/exact/rational.ts";
import { bit } from "../../../src/model/mask.ts";
import type { PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { coordinateExponents } from "../../../src/search/roots/roots.ts";
import { searchSystem } from "../../../src/search/roots/search-system.ts";
import { writeMask } from "../../../src/search/units/units.ts";
import { ExactMap, type Point } from "../../support/exact-map.ts";
import { Random } from "../../support/random.ts";
import { mapOf, randomMap } from "../systems.ts";

const STEPS = 6;

const power = (e: number): Rational => (e >= 0 ? rational(1n << BigInt(e), 1n) : rational(1n, 1n << BigInt(-e)));

/** The exact orbit from a point of a box, in the coordinates of a problem, and the exact signs along it. */
function orbitOf(
  map: ExactMap,
  exponents: Int32Array,
  { rows, table }: OrbitProblem,
  start: readonly number[],
): { points: Rational[][]; arguments: Rational[][] } | undefined {
  const tau = table.dim > rows ? ofNumber(start[rows]!) : rational(1n, 1n);
  if (tau.n === 0n) return undefined;
  const inverse = rational(tau.d, tau.n);
  let z: Point = start.slice(0, rows).map((x, i) => multiply(multiply(ofNumber(x), power(exponents[i]!)), inverse));
  const points: Rational[][] = [];
  const signs: Rational[][] = [];
  for (let t = 0; t <= STEPS; t++) {
    points.push(z.map((x, i) => multiply(multiply(x, power(-exponents[i]!)), tau)));
    signs.push(map.arguments(z));
    z = map.at(z);
  }
  return { points, arguments: signs };
}

/** Whether |z_i − c_i| ≤ Σ|g_i| + Q_i + e_i exactly, for all i. */
function holds({ c, e, Q, generators }: OrbitEnclosure, point: readonly Rational[]): boolean {
  const D = c.length;
  return point.every((x, i) => {
    let room = subtract(ofNumber(e[i]!), ofNumber(-Q[i]!));
    for (let at = i; at < generators.length; at += D) room = subtract(room, ofNumber(-Math.abs(generators[at]!)));
    const off = subtract(x, ofNumber(c[i]!));
    return compare(off, room) <= 0 && compare(subtract(rational(0n, 1n), room), off) <= 0;
  });
}

function inRoot({ root, rows, lead }: OrbitProblem, points: readonly (readonly Rational[])[]): boolean {
  return points.every(
    (z) =>
      z.every(
        (x, i) => i >= rows || (compare(x, ofNumber(root.lo[i]!)) >= 0 && compare(x, ofNumber(root.hi[i]!)) <= 0),
      ) &&
      (lead < 0 || compare(z[lead]!, points[0]![lead]!) <= 0),
  );
}

/** A part of a parallelepiped, wide, narrow or of a few units in the last place, that holds the point s of it. */
function partRound(random: Random, s: readonly number[], to: OrbitBox): number[] {
  return s.map((x, p) => {
    const scale = random.pick([0.5, 0.1, 2 ** -20, 2 ** -45]);
    const shift = x + 0.9 * random.real(scale);
    to.shifts[p] = shift;
    to.scales[p] = scale;
    return (x - shift) / scale;
  });
}

/**
 * Follows a point through boxes inside boxes, each enclosed with the decisions of the one before.
 * @returns what was wrong first, and how many enclosures held an orbit.
 */
function follow(
  random: Random,
  map: ExactMap,
  exponents: Int32Array,
  problem: OrbitProblem,
  tally: { held: number; decided: number; turned: number },
): string | undefined {
  const { start, table, rows, free } = problem;
  const point = Array.from(start.lo, (x, i) => x + random.unit() * (start.hi[i]! - x));
  const orbit = orbitOf(map, exponents, problem, point);
  if (orbit === undefined) return undefined;
  const mask = new Uint32Array(1);
  for (let steps = 1; steps <= STEPS; steps++) {
    if (!inRoot(problem, orbit.points.slice(0, steps + 1))) return undefined;
    const enclosure = new OrbitEnclosure(problem, STEPS);
    enclosure.patient = true;
    let from: OrbitBox | undefined;
    let s: number[] = [];
    for (let depth = 0; depth < 4; depth++) {
      const to = orbitBox(problem, STEPS);
      if (from === undefined) {
        startWith(to, start, free);
        s = Array.from(free, (i, p) => (point[i]! - to.centres[i]!) / to.generators[p * table.dim + i]!);
      } else s = partRound(random, s, to);
      to.alive[steps] = 1;
      to.longest = steps;
      if (!enclosure.run(to, from ?? to)) return `step ${steps}: a box with an orbit was discarded`;
      if (!holds(enclosure, orbit.points[steps]!.slice(0, rows))) return `step ${steps}: the point is outside`;
      tally.held++;
      for (let t = 0; t < steps; t++) {
        const open = new Set(
          t < to.prefix ? [] : to.undecided.subarray(t * table.count, t * table.count + to.counts[t]!),
        );
        writeMask(table, enclosure.units.pieces.subarray(t * table.count, (t + 1) * table.count), mask);
        for (let j = 0; j < table.unitOf.length; j++) {
          if (table.unitOf[j]! < 0 || open.has(table.unitOf[j]!)) continue;
          tally.decided++;
          const x = orbit.arguments[t]![j]!;
          if (bit(mask, j) === 1 ? x.n < 0n : x.n > 0n) return `step ${t}: the sign of ${j} was decided wrongly`;
        }
      }
      to.shifts.fill(0);
      to.scales.fill(1);
      if (free.length > 1 && random.unit() < 0.5) {
        const kappa = random.real();
        const [p, q] = random.pick([
          [0, 1],
          [free.length - 1, 0],
        ] as const);
        const most = new Float64Array(table.dim).fill(Number.POSITIVE_INFINITY);
        if (shear(to, p, q, kappa, most)) {
          s[p] = (s[p]! + kappa * s[q]!) / ((1 + Math.abs(kappa)) * (1 + 2 ** -40));
          tally.turned++;
        }
      }
      from = to;
    }
  }
  return undefined;
}

type Change = (problem: OrbitProblem) => OrbitProblem;

function faults(
  change: Change,
  systems: readonly PiecewiseLinearSystem[],
  tally = { held: 0, decided: 0, turned: 0 },
): string[] {
  const random = Random.of(3, "enclosures");
  return systems.flatMap((system) => {
    const map = new ExactMap(system);
    const exponents = coordinateExponents(searchSystem(system));
    return orbitRoots(system).problems.flatMap(
      (problem) => follow(random, map, exponents, change(problem), tally) ?? [],
    );
  });
}

function systemsOf(count: number): PiecewiseLinearSystem[] {
  const random = Random.of(2, "enclosed maps");
  return Array.from({ length: count }, () => randomMap(random, random.integer(1, 3), random.integer(1, 6)));
}

/** Contracting turns of full significands, whose orbits stay where rounding can be seen. */
function turns(count: number): PiecewiseLinearSystem[] {
  const random = Random.of(4, "turns");
  return Array.from({ length: count }, () => {
    const draw = () => random.real(0.7);
    return mapOf(
      random.matrix(2, 2, () => 1 + random.real(0.6)).map((row, i) => row.map((x, n) => (i === n ? x : x - 1))),
      random.matrix(3, 2, draw),
      random.matrix(3, 2, draw),
      random.vector(3, draw),
      random.vector(2, draw),
    );
  });
}

describe("enclosures of orbits", () => {
  it("hold every point of an orbit, and decide signs as they are", () => {
    const tally = { held: 0, decided: 0, turned: 0 };
    expect(faults((problem) => problem, [...systemsOf(150), ...turns(100)], tally)).toEqual([]);
    expect(tally.held).toBeGreaterThan(1000);
    expect(tally.decided).toBeGreaterThan(2000);
    expect(tally.turned).toBeGreaterThan(200);
  });

  it("would not if the map's matrix erred by more than rounding", () => {
    const wrong: Change = (problem) => ({
      ...problem,
      table: { ...problem.table, M: problem.table.M.map((x) => x * (1 + 2 ** -34)) },
    });
    expect(faults(wrong, turns(100)).length).toBeGreaterThan(0);
  });

  it("would not if a unit weighed a thousandth less", () => {
    const light: Change = (problem) => {
      const { table } = problem;
      const data = table.data.slice();
      for (let j = 0; j < table.count; j++) data[j * table.stride + table.dim]! *= 1 - 2 ** -10;
      return { ...problem, table: { ...table, data } };
    };
    expect(faults(light, systemsOf(60)).length).toBeGreaterThan(0);
  });
});
