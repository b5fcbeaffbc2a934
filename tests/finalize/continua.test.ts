import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allOf } from "../../src/base/steps.ts";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { compareVectors, dot } from "../../src/exact/affine.ts";
import { reducedRowEchelon, solveAffine } from "../../src/exact/elimination.ts";
import { restrict } from "../../src/exact/hull.ts";
import { nearestToOrigin } from "../../src/exact/nearest.ts";
import * as Q from "../../src/exact/rational.ts";
import { integerHyperplanes, lowerSides, reverseRows } from "../../src/exact/region.ts";
import { feasiblePoint } from "../../src/exact/simplex.ts";
import { ContinuumCollector, type ExactContinuum } from "../../src/finalize/continua.ts";
import { ExactRegions } from "../../src/finalize/exact-region.ts";
import { Finalizer } from "../../src/finalize/finalizer.ts";
import { findingNearestPoint } from "../../src/finalize/nearest-piece.ts";
import { type Piece, PieceDecider } from "../../src/finalize/pieces.ts";
import { connectingPieces } from "../../src/finalize/touching.ts";
import { F64 } from "../../src/float/precision.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import { runRegions } from "../../src/regions/run.ts";
import { exactFixedPoints, hyperplaneRows, regionHasInterior } from "../oracle/naive.ts";
import { type Plain, plainSystem } from "../oracle/systems.ts";
import { randomSmall } from "../support/singular.ts";

const seed = 1998;

/** Every mask, whether it names a region or not. */
function* allMasks(N: number): Generator<Uint32Array> {
  for (let mask = 0; mask < 2 ** N; mask++) yield Uint32Array.of(mask);
}

/** What the finalizer makes of a system when it is given every mask. */
function solve(plain: Plain): { points: readonly (readonly number[])[]; continua: readonly ExactContinuum[] } {
  const finalizer = new Finalizer(plainSystem(plain));
  for (const mask of allMasks(plain.U.length)) finalizer.add(mask, false);
  const { fixedPoints, continua } = finalizer.finish();
  return { points: fixedPoints.map(({ z }) => z), continua };
}

const numbers = (vector: readonly Q.Rational[]) => vector.map(Q.toNumber);
const rationals = (vector: readonly number[]) => vector.map(Q.ofNumber);

/** A continuum without its method, in float64: all numbers of the hand-made cases are dyadic, so nothing is lost. */
const plainly = ({ dimension, point, basis, regions }: ExactContinuum) => ({
  dimension,
  point: numbers(point),
  basis: basis.map(numbers),
  regions,
});

const diagonal = (...entries: number[]): number[][] => entries.map((x, i) => entries.map((_, k) => (i === k ? x : 0)));

/** The seven regions of three lines in general position, with unit 4 and perhaps more. */
const planeRegions = (more: number[]) =>
  [[], [0], [0, 1], [0, 1, 2], [0, 2], [1], [2]].map((region) => [...region, 4, ...more]).sort(byIndices);

interface Case {
  readonly model: Plain;
  readonly points?: readonly (readonly number[])[];
  readonly continua: readonly {
    readonly dimension: number;
    readonly point: readonly number[];
    readonly basis: readonly (readonly number[])[];
    readonly regions: readonly (readonly number[])[];
  }[];
}

/** z' = z − b (b·z) for b = (1, 2), moved so that b·z = 5 is fixed: a slanted line. */
const slanted = {
  A: [
    [0, -2],
    [-2, -3],
  ],
  hz: [-5, -10],
};

const cases: Record<string, Case> = {
  "a line in one region": {
    model: { A: diagonal(1, 0.5), U: [[0, 1]], V: [[1, 0]], hx: [1], hz: [0, 0] },
    continua: [{ dimension: 1, point: [0, 0], basis: [[1, 0]], regions: [[]] }],
  },
  "a line across several regions, crossing two hyperplanes at once": {
    model: {
      A: diagonal(1, 0.5),
      U: [
        [1, 0],
        [1, 0],
        [1, 1],
      ],
      V: [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      hx: [0, 2, 3],
      hz: [0, -0.5],
    },
    continua: [{ dimension: 1, point: [0, 1], basis: [[1, 0]], regions: [[], [0], [0, 1, 2]] }],
  },
  "a line that ends on a hyperplane: a ray, whose end is no point of its own": {
    model: { A: diagonal(1, 0.5), U: [[1, 0]], V: [[-0.5, 0]], hx: [0], hz: [0, 0] },
    continua: [{ dimension: 1, point: [0, 0], basis: [[1, 0]], regions: [[]] }],
  },
  "a segment away from the origin": {
    model: {
      A: diagonal(1, 0.5),
      U: [
        [1, 0],
        [-1, 0],
      ],
      V: [
        [-0.5, 0],
        [0.5, 0],
      ],
      hx: [3, -1],
      hz: [0, -1],
    },
    continua: [{ dimension: 1, point: [1, 2], basis: [[1, 0]], regions: [[]] }],
  },
  "a line that misses its region": {
    model: { A: diagonal(1, 0.5), U: [[0, 1]], V: [[0, 1]], hx: [1], hz: [0, -4] },
    continua: [],
  },
  "a slanted ray whose nearest point is inside": {
    model: { ...slanted, U: [[1, 0]], V: [[-1, 0]], hx: [4] },
    continua: [{ dimension: 1, point: [1, 2], basis: [[1, -0.5]], regions: [[]] }],
  },
  "a slanted ray whose nearest point is its end": {
    model: { ...slanted, U: [[1, 0]], V: [[-1, 0]], hx: [0.5] },
    continua: [{ dimension: 1, point: [0.5, 2.25], basis: [[1, -0.5]], regions: [[]] }],
  },
  "a bent line: two continua that touch": {
    model: { A: diagonal(1, 0.5), U: [[1, 0]], V: [[0, 1]], hx: [0], hz: [0, 0] },
    continua: [
      { dimension: 1, point: [0, 0], basis: [[1, 0]], regions: [[]] },
      { dimension: 1, point: [0, 0], basis: [[1, 2]], regions: [[0]] },
    ],
  },
  "a line inside a hyperplane runs through the regions on both sides": {
    model: {
      A: diagonal(0, 0, 1),
      U: [
        [1, 0, 0],
        [-1, 0, 0],
      ],
      V: [
        [0.5, 0, 0],
        [-0.5, 0, 0],
      ],
      hx: [0, 0],
      hz: [0, 0, 0],
    },
    continua: [{ dimension: 1, point: [0, 0, 0], basis: [[0, 0, 1]], regions: [[0], [1]] }],
  },
  "a plane of solutions that meets its region in one point of the boundary": {
    model: {
      A: diagonal(0, 0),
      U: [
        [1, 0],
        [-1, 0],
      ],
      V: [
        [0.5, 0],
        [-0.5, 0],
      ],
      hx: [0, 0],
      hz: [0, 0],
    },
    points: [[0, 0]],
    continua: [],
  },
  "the identity map": {
    model: {
      A: diagonal(1, 1),
      U: [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      V: [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      hx: [0, 0, 1],
      hz: [0, 0],
    },
    continua: [
      {
        dimension: 2,
        point: [0, 0],
        basis: [
          [1, 0],
          [0, 1],
        ],
        regions: [[], [0], [0, 1], [0, 1, 2], [0, 2], [1], [1, 2]],
      },
    ],
  },
  "the identity map without units": {
    model: { A: diagonal(1, 1), U: [], V: [], hx: [], hz: [0, 0] },
    continua: [
      {
        dimension: 2,
        point: [0, 0],
        basis: [
          [1, 0],
          [0, 1],
        ],
        regions: [[]],
      },
    ],
  },
  "a shift has no fixed point": {
    model: { A: diagonal(1, 1), U: [[1, 0]], V: [[0, 0]], hx: [0], hz: [0, 1] },
    continua: [],
  },
  "a half-plane swallows the line on its edge": {
    model: { A: diagonal(1, 1), U: [[1, 0]], V: [[-0.5, 0]], hx: [0], hz: [0, 0] },
    continua: [
      {
        dimension: 2,
        point: [0, 0],
        basis: [
          [1, 0],
          [0, 1],
        ],
        regions: [[]],
      },
    ],
  },
  "a half-line ending at a half-plane": {
    // relu(z1) pushes z2 back to 0
    model: {
      A: diagonal(1, 1),
      U: [
        [1, 0],
        [0, 1],
        [0, -1],
        [1, 1],
        [1, -1],
      ],
      V: [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, -1],
        [0, 1],
      ],
      hx: [0, 0, 0, 0, 0],
      hz: [0, 0],
    },
    continua: [
      {
        dimension: 1,
        point: [0, 0],
        basis: [[1, 0]],
        regions: [
          [0, 1, 3, 4],
          [0, 2, 3, 4],
        ],
      },
      {
        dimension: 2,
        point: [0, 0],
        basis: [
          [1, 0],
          [0, 1],
        ],
        regions: [[1], [2]],
      },
    ],
  },
  "two quadrants that touch in a corner": {
    // |z1 + z2| − |z1| − |z2| vanishes where the signs agree
    model: {
      A: diagonal(1, 1),
      U: [
        [1, 1],
        [1, 0],
        [0, 1],
      ],
      V: [
        [2, 0],
        [-2, 0],
        [-2, 0],
      ],
      hx: [0, 0, 0],
      hz: [0, 0],
    },
    continua: [
      {
        dimension: 2,
        point: [0, 0],
        basis: [
          [1, 0],
          [0, 1],
        ],
        regions: [[], [0, 1, 2]],
      },
    ],
  },
  "two half-planes apart": {
    model: {
      A: diagonal(1, 1),
      U: [
        [1, 0],
        [1, 0],
        [1, 0],
      ],
      V: [
        [1, 0],
        [-2, 0],
        [1, 0],
      ],
      hx: [-1, 0, 1],
      hz: [0, 0],
    },
    continua: [
      {
        dimension: 2,
        point: [-1, 0],
        basis: [
          [1, 0],
          [0, 1],
        ],
        regions: [[]],
      },
      {
        dimension: 2,
        point: [1, 0],
        basis: [
          [1, 0],
          [0, 1],
        ],
        regions: [[0, 1, 2]],
      },
    ],
  },
  "two planes in R = 4 with 6 units": {
    // z1, z2 are free up to z1 + z2 = 4; z3 = 1, and z4 is −1 without unit 5 and 1 with it
    model: {
      A: diagonal(1, 1, 0.5, 0.5),
      U: [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [1, -1, 0, 0],
        [1, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 1, 1],
      ],
      V: [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [-0.5, -0.5, 0, 0],
        [0, 0, 0.25, 0],
        [0, 0, 0, 1],
      ],
      hx: [0, 0, 1, 4, 0, 1],
      hz: [0, 0, -0.25, 0.5],
    },
    continua: [
      {
        dimension: 2,
        point: [0, 0, 1, -1],
        basis: [
          [1, 0, 0, 0],
          [0, 1, 0, 0],
        ],
        regions: planeRegions([]),
      },
      {
        dimension: 2,
        point: [0, 0, 1, 1],
        basis: [
          [1, 0, 0, 0],
          [0, 1, 0, 0],
        ],
        regions: planeRegions([5]),
      },
    ],
  },
};

function byIndices(a: readonly number[], b: readonly number[]): number {
  for (let k = 0; k < Math.min(a.length, b.length); k++) if (a[k] !== b[k]) return a[k]! - b[k]!;
  return a.length - b.length;
}

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

describe("the regions method", () => {
  const listed = async (plain: Plain, expand: "owned" | "branch") => {
    const system = plainSystem(plain);
    const finalizer = new Finalizer(system);
    const outcome = await runRegions(system, finalizer, {}, new CpuBackend(F64), { expand });
    expect(outcome.complete).toBe(true);
    const { fixedPoints, continua } = finalizer.finish();
    return { points: fixedPoints.map(({ z }) => z), continua: continua.map(({ contains: _, ...fields }) => fields) };
  };
  const fromAllMasks = (plain: Plain) => {
    const { points, continua } = solve(plain);
    return { points, continua: continua.map(({ contains: _, ...fields }) => fields) };
  };

  it("gives the same continua as all 2^N masks: hand-made cases", async () => {
    for (const { model } of Object.values(cases)) {
      expect(await listed(model, "owned")).toEqual(fromAllMasks(model));
      expect(await listed(model, "branch")).toEqual(fromAllMasks(model));
    }
  });

  it("gives the same continua as all 2^N masks: random systems", async () => {
    await fc.assert(
      fc.asyncProperty(randomSmall, async (plain) => {
        expect(await listed(plain, "owned")).toEqual(fromAllMasks(plain));
      }),
      { seed: seed + 5, numRuns: 100 },
    );
  });
});

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

/** A signed permutation of z: (T z)_k = signs[k]·z_{order[k]}. */
interface SignedPermutation {
  readonly order: readonly number[];
  readonly signs: readonly number[];
}

const turn = ({ order, signs }: SignedPermutation, z: readonly number[]) =>
  order.map((from, k) => signs[k]! * z[from]!);
const turnExact = ({ order, signs }: SignedPermutation, z: readonly Q.Rational[]) =>
  order.map((from, k) => (signs[k]! < 0 ? Q.negate(z[from]!) : z[from]!));

/** The model of T z, with unit j of the new one being unit units[j] of the old one. */
function transformed({ A, U, V, hx, hz }: Plain, T: SignedPermutation, units: readonly number[]): Plain {
  return {
    A: T.order.map((i, r) => T.order.map((k, c) => T.signs[r]! * T.signs[c]! * A[i]![k]!)),
    U: units.map((j) => turn(T, U[j]!)),
    V: units.map((j) => turn(T, V[j]!)),
    hx: units.map((j) => hx[j]!),
    hz: turn(T, hz),
  };
}

/** A continuum's fields after the transformation, in canonical form again. */
function canonicalImage(
  { dimension, point, basis, regions }: ExactContinuum,
  T: SignedPermutation,
  units: readonly number[],
) {
  const turned = basis.map((row) => turnExact(T, row));
  const common = turned.flat().reduce((product, { d }) => (product % d === 0n ? product : product * d), 1n);
  const integers = turned.flat().map(({ n, d }) => n * (common / d));
  return {
    dimension,
    point: turnExact(T, point),
    basis: reducedRowEchelon(integers, turned.length, point.length).rows,
    regions: regions.map((region) => region.map((i) => units.indexOf(i)).sort((a, b) => a - b)).sort(byIndices),
  };
}

const shuffled = (n: number) =>
  fc.shuffledSubarray(
    Array.from({ length: n }, (_, i) => i),
    { minLength: n, maxLength: n },
  );
const transformation = (R: number, N: number) =>
  fc.record({
    T: fc.record({
      order: shuffled(R),
      signs: fc.array(fc.constantFrom(-1, 1), { minLength: R, maxLength: R }),
    }),
    units: shuffled(N),
  });

/** Compares as multisets what may come in another order. */
function sameFields(a: ReturnType<typeof canonicalImage>, b: ExactContinuum): boolean {
  const text = (c: Pick<ExactContinuum, "dimension" | "point" | "basis" | "regions">) =>
    JSON.stringify([c.dimension, c.point.map(Q.key), c.basis.map((row) => row.map(Q.key)), c.regions]);
  return text(a) === text(b);
}

describe("canonical form", () => {
  it("the answer of a transformed model is the transformed answer: hand-made cases", () => {
    for (const { model } of Object.values(cases)) {
      const [R, N] = [model.A.length, model.U.length];
      fc.assert(
        fc.property(transformation(R, N), ({ T, units }) => {
          const before = solve(model);
          const after = solve(transformed(model, T, units));
          const images = before.continua.map((c) => canonicalImage(c, T, units));
          expect(after.continua.length).toBe(images.length);
          for (const image of images) expect(after.continua.some((c) => sameFields(image, c))).toBe(true);
          expect(after.points.map(String).sort()).toEqual(
            before.points
              .map((z) => turn(T, z).map((x) => x + 0))
              .map(String)
              .sort(),
          );
        }),
        { seed, numRuns: 8 },
      );
    }
  });

  it("the answer of a transformed model is the transformed answer: random systems", () => {
    let compared = 0;
    let tied = 0;
    const both = randomSmall.chain((plain) =>
      transformation(plain.A.length, plain.U.length).map((change) => ({ plain, ...change })),
    );
    fc.assert(
      fc.property(both, ({ plain, T, units }) => {
        const before = solve(plain);
        const after = solve(transformed(plain, T, units));
        expect(after.continua.length).toBe(before.continua.length);
        const left = new Set(after.continua);
        for (const continuum of before.continua) {
          compared++;
          const image = canonicalImage(continuum, T, units);
          let match = [...left].find((c) => sameFields(image, c));
          if (match === undefined) {
            // a set that is not convex may have several nearest points: then another one of the same set was chosen
            tied++;
            match = [...left].find(
              (c) =>
                sameFields({ ...image, point: [...c.point] }, c) &&
                c.contains(image.point) &&
                Q.equals(dot(c.point, c.point), dot(image.point, image.point)) &&
                compareVectors(c.point, image.point) < 0,
            );
          }
          expect(match).toBeDefined();
          left.delete(match!);
        }
      }),
      { seed: seed + 4, numRuns: 300 },
    );
    expect(compared).toBeGreaterThan(100);
    expect(tied).toBeLessThan(compared / 50);
  });

  it("negative control: a changed point, basis or region is noticed", () => {
    const continuum = solve(cases["a slanted ray whose nearest point is its end"]!.model).continua[0]!;
    const identity = { order: [0, 1], signs: [1, 1] };
    const image = canonicalImage(continuum, identity, [0]);
    expect(sameFields(image, continuum)).toBe(true);
    expect(sameFields({ ...image, point: [Q.ofNumber(0.5), Q.ofNumber(2.25 + 2 ** -50)] }, continuum)).toBe(false);
    expect(sameFields({ ...image, basis: [[Q.ONE, Q.ofNumber(0.5)]] }, continuum)).toBe(false);
    expect(sameFields({ ...image, regions: [[0]] }, continuum)).toBe(false);
    expect(continuum.contains(rationals([0.5 + 2 ** -53, 2.25 - 2 ** -54]))).toBe(false);
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
