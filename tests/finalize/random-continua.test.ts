import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allOf } from "../../src/base/steps.ts";
import { dot } from "../../src/exact/affine.ts";
import { solveAffine } from "../../src/exact/elimination.ts";
import { restrict } from "../../src/exact/hull.ts";
import * as Q from "../../src/exact/rational.ts";
import { integerHyperplanes, lowerSides } from "../../src/exact/region.ts";
import { feasiblePoint } from "../../src/exact/simplex.ts";
import { ContinuumCollector } from "../../src/finalize/continua.ts";
import { ExactRegions } from "../../src/finalize/exact-region.ts";
import { type Piece, PieceDecider } from "../../src/finalize/pieces.ts";
import { connectingPieces } from "../../src/finalize/touching.ts";
import { exactFixedPoints, hyperplaneRows, regionHasInterior } from "../oracle/naive.ts";
import { type Plain, plainSystem } from "../oracle/systems.ts";
import { randomSmall } from "../support/singular.ts";
import { allMasks, rationals, seed, solve } from "./every-mask.ts";

/** G(z), exactly. */
function isFixed({ A, U, V, hx, hz }: Plain, z: readonly Q.Rational[]): boolean {
  return A.every((row, i) => {
    let value = Q.subtract(dot(rationals(row), z), Q.add(z[i]!, Q.ofNumber(hz[i]!)));
    U.forEach((u, j) => {
      const x = Q.subtract(dot(rationals(u), z), Q.ofNumber(hx[j]!));
      if (x.n > 0n) value = Q.add(value, Q.multiply(Q.ofNumber(V[j]![i]!), x));
    });
    return value.n === 0n;
  });
}

describe("continua of random systems", () => {
  it("together with the isolated points they are the fixed points, on a grid", () => {
    let dimensions = 0;
    fc.assert(
      fc.property(randomSmall, (plain) => {
        const R = plain.A.length;
        const { points, continua } = solve(plain);
        for (const { dimension } of continua) dimensions |= 1 << dimension;
        const step = R === 3 ? 1 : 0.5;
        const visit = (z: number[]): void => {
          if (z.length < R) {
            for (let x = -2; x <= 2; x += step) visit([...z, x]);
            return;
          }
          const exact = rationals(z);
          const listed =
            points.some((point) => point.every((x, k) => x === z[k])) || continua.some((c) => c.contains(exact));
          if (listed !== isFixed(plain, exact))
            throw new Error(`${z}: ${listed ? "listed but not" : "unlisted though"} fixed`);
        };
        visit([]);
        for (const { point } of continua) expect(isFixed(plain, point)).toBe(true);
        for (const point of points) expect(continua.some((c) => c.contains(rationals(point)))).toBe(false);
      }),
      { seed, numRuns: 150 },
    );
    expect(dimensions).toBe(0b1110);
  });

  it("agree with the naive oracle: isolated points, and the masks that hold a continuum", () => {
    fc.assert(
      fc.property(randomSmall, (plain) => {
        const system = plainSystem(plain);
        const oracle = exactFixedPoints(system);
        const { points, continua } = solve(plain);
        expect(points).toEqual(oracle.points.map(({ z }) => z));
        const listed = new Set(
          continua.flatMap(({ regions }) => regions.map((r) => r.reduce((m, i) => m | (1 << i), 0))),
        );
        const signRows = hyperplaneRows(system);
        const dimensionOf = new Map(oracle.continuumPieces.map(({ mask, dimension }) => [mask, dimension]));
        for (const mask of listed) {
          expect(regionHasInterior(signRows, mask, system.latentDim)).toBe(true);
          expect(dimensionOf.has(mask)).toBe(true);
        }
        // what no continuum lists is no region, or has only a face on one of higher dimension
        for (const [mask, dimension] of dimensionOf) {
          if (listed.has(mask) || !regionHasInterior(signRows, mask, system.latentDim)) continue;
          expect(continua.some((c) => c.dimension > dimension)).toBe(true);
        }
      }),
      { seed: seed + 1, numRuns: 200 },
    );
  });

  it("do not depend on the order in which regions are found", () => {
    fc.assert(
      fc.property(randomSmall, fc.integer(), (plain, salt) => {
        const system = plainSystem(plain);
        const describe = (masks: Uint32Array[]) => {
          const exact = new ExactRegions(system);
          const collector = new ContinuumCollector(integerHyperplanes(system));
          for (const mask of masks) {
            const { J, b } = exact.region(mask);
            const solutions = solveAffine(J, system.latentDim, system.latentDim, b);
            if (solutions) collector.addPiece(mask, solutions);
          }
          return collector.finish().map(({ contains: _, ...fields }) => fields);
        };
        const masks = [...allMasks(plain.U.length)];
        const shuffled = masks
          .map((m) => ({ m, at: Math.imul(m[0]! + 1, 2654435761 ^ salt) >>> 0 }))
          .sort((a, b) => a.at - b.at);
        expect(describe(shuffled.map(({ m }) => m))).toEqual(describe(masks));
      }),
      { seed: seed + 2, numRuns: 150 },
    );
  });

  it("are joined exactly where pieces have a point in common", () => {
    fc.assert(
      fc.property(randomSmall, (plain) => {
        const system = plainSystem(plain);
        const { latentDim: R } = system;
        const exact = new ExactRegions(system);
        const decider = new PieceDecider(exact.hyperplanes);
        const groups = new Map<string, Map<string, Piece>>();
        for (const mask of allMasks(plain.U.length)) {
          const { J, b } = exact.region(mask);
          const solutions = solveAffine(J, R, R, b);
          const decision = solutions && decider.decide(mask, solutions);
          if (decision?.kind !== "piece") continue;
          const group = groups.get(decision.piece.hullKey) ?? new Map<string, Piece>();
          group.set(decision.piece.positive.join(), decision.piece);
          groups.set(decision.piece.hullKey, group);
        }
        for (const group of groups.values()) {
          const pieces = [...group.values()];
          const sides = restrict(lowerSides(exact.hyperplanes), pieces[0]!.hull);
          const fast = allOf(connectingPieces(pieces, sides));
          // the naive way: flood over all pairs, each decided by one linear program with the rows of both
          const common = (a: Piece, b: Piece): boolean => {
            const normals: bigint[][] = [];
            const bounds: bigint[] = [];
            for (const { positive } of [a, b]) {
              for (let i = 0; i < sides.count; i++) {
                const s = (positive[0]! >> i) & 1 ? -1n : 1n;
                normals.push(sides.normal(i).map((x) => s * x));
                bounds.push(s * sides.bound(i));
              }
            }
            const both = {
              dim: sides.dim,
              count: normals.length,
              normal: (i: number) => normals[i]!,
              bound: (i: number) => bounds[i]!,
            };
            return feasiblePoint(both) !== undefined;
          };
          const left = new Set(pieces);
          const naive: Piece[][] = [];
          for (const first of pieces) {
            if (!left.delete(first)) continue;
            const set = [first];
            for (const member of set)
              for (const other of left) if (common(member, other) && left.delete(other)) set.push(other);
            naive.push(set);
          }
          const names = (sets: Piece[][]) =>
            sets
              .map((set) =>
                set
                  .map(({ positive }) => positive[0])
                  .sort()
                  .join(),
              )
              .sort();
          expect(names(fast)).toEqual(names(naive));
        }
      }),
      { seed: seed + 3, numRuns: 200 },
    );
  });
});
