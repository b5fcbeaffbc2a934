import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allOf } from "../../src/base/steps.ts";
import { compareVectors, dot } from "../../src/exact/affine.ts";
import { solveAffine } from "../../src/exact/elimination.ts";
import { nearestToOrigin } from "../../src/exact/nearest.ts";
import * as Q from "../../src/exact/rational.ts";
import { integerHyperplanes, reverseRows } from "../../src/exact/region.ts";
import { findingNearestPoint } from "../../src/finalize/nearest-piece.ts";
import { type Piece, PieceDecider } from "../../src/finalize/pieces.ts";
import { ExactArray } from "../../src/model/system.ts";
import { seed } from "./every-mask.ts";

describe("the nearest point", () => {
  it("is the nearest of all pieces' nearest points, first in lexicographic order if several are", () => {
    const digit = fc.integer({ min: -4, max: 4 });
    const rows = (count: number) => fc.array(digit, { minLength: count, maxLength: count });
    let several = 0;
    fc.assert(
      fc.property(rows(4), rows(12), rows(4), fc.integer({ min: 1, max: 2 ** 16 - 1 }), (plane, U, hx, chosen) => {
        const solutions = solveAffine(plane.slice(0, 3).map(BigInt), 1, 3, [BigInt(plane[3]!)]);
        if (solutions?.basis.length !== 2) return;
        const hyperplanes = integerHyperplanes({
          latentDim: 3,
          hyperplanes: 4,
          U: Float64Array.from(U),
          h: ExactArray.ofNumbers(hx),
        });
        const decider = new PieceDecider(hyperplanes);
        const pieces: Piece[] = [];
        for (let mask = 0; mask < 16; mask++) {
          const decision = decider.decide(Uint32Array.of(mask), solutions);
          if ((chosen >> mask) & 1 && decision.kind === "piece" && decision.piece.hull === solutions) {
            pieces.push(decision.piece);
          }
        }
        if (pieces.length === 0) return;
        const sides = decider.sidesWithin(solutions);
        const [first] = pieces
          .map((piece) => nearestToOrigin(solutions, reverseRows(sides, piece.positive))!)
          .sort((a, b) => Q.compare(dot(a, a), dot(b, b)) || compareVectors(a, b));
        expect(allOf(findingNearestPoint(pieces, sides))).toEqual(first);
        if (pieces.length > 2) several++;
      }),
      { seed, numRuns: 300 },
    );
    expect(several).toBeGreaterThan(50);
  });
});
