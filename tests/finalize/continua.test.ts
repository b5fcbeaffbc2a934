import { describe, expect, it } from "vitest";
import { solveAffine } from "../../src/exact/elimination.ts";
import * as Q from "../../src/exact/rational.ts";
import { integerHyperplanes } from "../../src/exact/region.ts";
import { ContinuumCollector, type ExactContinuum } from "../../src/finalize/continua.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { type Plain, plainSystem } from "../oracle/systems.ts";
import { cases, diagonal } from "./continuum-cases.ts";
import { numbers, rationals, solve } from "./every-mask.ts";

/** A continuum without its method, in float64: all numbers of the hand-made cases are dyadic, so nothing is lost. */
const plainly = ({ dimension, point, basis, regions }: ExactContinuum) => ({
  dimension,
  point: numbers(point),
  basis: basis.map(numbers),
  regions,
});

describe("continua with known answers", () => {
  for (const [name, { model, points = [], continua }] of Object.entries(cases)) {
    it(name, () => {
      const found = solve(model);
      expect(found.continua.map(plainly)).toEqual(continua);
      expect(found.points).toEqual(points);
      for (const continuum of found.continua) expect(continuum.contains(continuum.point)).toBe(true);
    });
  }

  it("contains its ends and nothing past them", () => {
    const segment = solve(cases["a segment away from the origin"]!.model).continua[0]!;
    for (const x of [1, 2, 3]) expect(segment.contains(rationals([x, 2]))).toBe(true);
    for (const z of [
      [1 - 2 ** -52, 2],
      [3 + 2 ** -51, 2],
      [2, 2 + 2 ** -51],
      [2, 0],
    ]) {
      expect(segment.contains(rationals(z))).toBe(false);
    }
  });

  it("says what each region holds", () => {
    const system = plainSystem(
      cases["a line that ends on a hyperplane: a ray, whose end is no point of its own"]!.model,
    );
    const collector = new ContinuumCollector(integerHyperplanes(system));
    const line = solveAffine([0n, 1n], 1, 2, [0n])!;
    expect(collector.addPiece(Uint32Array.of(0), line)).toEqual({ kind: "piece" });
    const end = solveAffine([1n, 0n, 0n, 1n], 2, 2, [0n, 0n])!;
    expect(collector.addPiece(Uint32Array.of(1), end)).toEqual({ kind: "point", z: [Q.ZERO, Q.ZERO] });
    expect(collector.addPiece(Uint32Array.of(1), solveAffine([1n, 0n], 1, 2, [-1n])!)).toEqual({ kind: "empty" });
  });
});

describe("many pieces", () => {
  const grid = (n: number): Plain => ({
    A: diagonal(1, 1, 0.5),
    U: Array.from({ length: 2 * n }, (_, j) => (j < n ? [1, 0, 0] : [0, 1, 0])),
    V: Array.from({ length: 2 * n }, () => [0, 0, 0]),
    hx: Array.from({ length: 2 * n }, (_, j) => (j % n) + 1),
    hz: [0, 0, -1],
  });

  it("a plane cut into a grid of regions is one continuum, its nearest point found without trying all", () => {
    const n = 9;
    const plain = grid(n);
    const system: PiecewiseLinearSystem = plainSystem(plain);
    const collector = new ContinuumCollector(integerHyperplanes(system));
    const plane = solveAffine([0n, 0n, 1n], 1, 3, [2n])!;
    for (let a = 0; a <= n; a++) {
      for (let b = 0; b <= n; b++) {
        // without the corner at the origin
        if (a < 2 && b < 3) continue;
        collector.addPiece(Uint32Array.of(((1 << a) - 1) | (((1 << b) - 1) << n)), plane);
      }
    }
    const [continuum, ...others] = collector.finish() as [ExactContinuum, ...ExactContinuum[]];
    expect(others).toEqual([]);
    expect(continuum.regions.length).toBe((n + 1) ** 2 - 6);
    expect(numbers(continuum.point)).toEqual([2, 0, 2]);
    expect(continuum.contains(rationals([1, 2, 2]))).toBe(false);
    expect(continuum.contains(rationals([2, 2, 2]))).toBe(true);
  });

  it("lists at most 64 regions round a part that lies in many hyperplanes", () => {
    // a line in R = 8 with 7 hyperplanes through it, in general position: 128 regions
    const R = 8;
    const units = Array.from({ length: 7 }, (_, k) => Array.from({ length: R }, (_, i) => (i === k ? 1 : 0)));
    const system = plainSystem({
      A: diagonal(0, 0, 0, 0, 0, 0, 0, 1),
      U: units,
      V: units.map(() => new Array<number>(R).fill(0)),
      hx: units.map(() => 0),
      hz: new Array<number>(R).fill(0),
    });
    expect(integerHyperplanes(system).count).toBe(7);
    const collector = new ContinuumCollector(integerHyperplanes(system));
    collector.addPiece(
      Uint32Array.of(5),
      solveAffine(
        units.flat().map(BigInt),
        7,
        R,
        units.map(() => 0n),
      )!,
    );
    const line = collector.finish()[0]!;
    expect(line.regions.length).toBe(64);
    expect(line.regions.every((region) => !region.includes(0))).toBe(true);
  });
});
