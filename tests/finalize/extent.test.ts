import { describe, expect, it } from "vitest";
import { allOf } from "../../src/base/steps.ts";
import { solveAffine } from "../../src/exact/elimination.ts";
import { integerHyperplanes } from "../../src/exact/region.ts";
import { ContinuumCollector } from "../../src/finalize/continua.ts";
import { findFixedPoints } from "../../src/index.ts";
import { plainSystem } from "../oracle/systems.ts";

/** All z with |z_k| ≤ 1 for the first d of R coordinates. */
function cube(d: number, R = d) {
  const axis = (k: number, s: number) => Array.from({ length: R }, (_, i) => (i === k ? s : 0));
  const U = Array.from({ length: d }, (_, k) => [axis(k, 1), axis(k, -1)]).flat();
  return {
    A: Array.from({ length: R }, (_, k) => axis(k, k < d ? 1 : 0)),
    U,
    V: U.map((u) => u.map((x) => -x / 2)),
    hx: U.map(() => 1),
    hz: new Array<number>(R).fill(0),
  };
}

/** The continua that a region with all solutions fixed holds. */
function continuaOf(model: ReturnType<typeof cube>, ...masks: Uint32Array[]) {
  const collector = new ContinuumCollector(integerHyperplanes(plainSystem(model)));
  const R = model.A.length;
  for (const mask of masks) collector.addPiece(mask, solveAffine([], 0, R, [])!);
  const continua = collector.finish();
  return { continua, sets: allOf(collector.connecting(continua)) };
}

describe("how much is told of where a continuum lies", () => {
  it("all vertices of a cube, and none past 512 of them", () => {
    const none = Uint32Array.of(0);
    const [nine] = continuaOf(cube(9), none).continua;
    expect(nine!.pieces[0]!.extent!.vertices).toHaveLength(512);
    const { continua, sets } = continuaOf(cube(10), none);
    expect(continua[0]).toMatchObject({ bounded: true, pieceCount: 1, pieces: [{ region: [], extent: undefined }] });
    // there is nothing to touch
    expect(sets).toEqual([{ continua: [0] }]);
  });

  it("the first 64 pieces, and how many there are; the ends are of all", async () => {
    const hx = Array.from({ length: 99 }, (_, i) => i);
    const U = hx.map(() => [1, 0]);
    const { continua } = await findFixedPoints({ A: [1, 0.5], U, V: U.map(() => [0, 0]), hx, hz: [0, -1] });
    expect(continua).toHaveLength(1);
    expect(continua[0]).toMatchObject({
      pieceCount: 100,
      ends: {
        vertices: [],
        rays: [
          [-1, 0],
          [1, 0],
        ],
      },
    });
    expect(continua[0]!.pieces).toHaveLength(64);
    expect(continua[0]!.pieces[1]).toMatchObject({
      region: [0],
      vertices: [
        [0, 2],
        [1, 2],
      ],
    });
  });

  it("fractions up to 200 digits, and how many digits there are past that", async () => {
    const ends = async (u: number, h: number) =>
      (await findFixedPoints({ kind: "continuous", A: [[0]], U: [[u]], V: [[1]], hx: [h], hz: [0] })).continua[0]!
        .ends!;
    const short = await ends(3, 1);
    expect(short).toEqual({
      vertices: [[1 / 3]],
      rays: [[-1]],
      lines: [],
      exact: { vertices: [["1/3"]], rays: [["-1"]], lines: [] },
    });
    const long = await ends(1e90, 1e-150);
    expect(long).toEqual({ vertices: [[1e-150 / 1e90]], rays: [[-1]], lines: [], exactDigits: expect.any(Number) });
    expect(long.exactDigits).toBeGreaterThan(200);
    const just = await ends(2 ** 290, 2 ** -370);
    expect(just.exact!.vertices).toEqual([[`1/${2n ** 660n}`]]);
    expect(`${2n ** 660n}`).toHaveLength(199);
    expect(await ends(2 ** 290, 2 ** -380)).toMatchObject({ exactDigits: 202 });
  });

  it("no end past the largest float64, though the ray is listed", async () => {
    const { continua, complete } = await findFixedPoints({
      kind: "continuous",
      A: [[0]],
      U: [[1e-230]],
      V: [[1]],
      hx: [1e90],
      hz: [0],
    });
    const omitted = { vertices: [], rays: [], lines: [], omitted: "past the largest float64" };
    expect(complete).toBe(true);
    expect(continua).toMatchObject([{ point: [0], bounded: false, ends: omitted, pieces: [omitted] }]);
  });

  it("what hangs together also where vertices are too many to be told", () => {
    const [there, apart] = [0, 2].map(flatAndSlant);
    for (const { continua } of [there!, apart!]) {
      expect(continua.map(({ dimension, pieces }) => [dimension, pieces[0]!.extent])).toEqual([
        [10, undefined],
        [10, undefined],
      ]);
    }
    expect(there!.sets).toEqual([{ continua: [0, 1] }]);
    expect(apart!.sets).toEqual([{ continua: [0] }, { continua: [1] }]);
  });
});

/**
 * z₁₀ = 0 in a region, of the cube (0) or where z₀ ≤ −1 (2), and the slant z₁₀ = z₀ − 1 where z₀ ≥ 1; they can meet
 * where z₀ = 1.
 */
function flatAndSlant(mask: number) {
  const R = 11;
  const collector = new ContinuumCollector(integerHyperplanes(plainSystem(cube(10, R))));
  const flat = Array.from({ length: R }, (_, k) => (k === R - 1 ? 1n : 0n));
  collector.addPiece(Uint32Array.of(mask), solveAffine(flat, 1, R, [0n])!);
  collector.addPiece(
    Uint32Array.of(1),
    solveAffine(
      flat.map((x, k) => (k === 0 ? -1n : x)),
      1,
      R,
      [-1n],
    )!,
  );
  const continua = collector.finish();
  return { continua, sets: allOf(collector.connecting(continua)) };
}
