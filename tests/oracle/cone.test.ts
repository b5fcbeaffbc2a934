import { describe, expect, it } from "vitest";
import { Random } from "../support/random.ts";
import { type Cone, coneGenerators, cutCone, hasInterior, wholeSpace } from "./cone.ts";
import { dot, rank } from "./integers.ts";

const sorted = (rays: readonly (readonly bigint[])[]) =>
  rays.map((ray) => ray.map((x) => (ray[2]! > 0n ? Number(x) / Number(ray[2]) : Math.sign(Number(x)))).join()).sort();

describe("coneGenerators", () => {
  it("finds the corners of a square", () => {
    // 0 ≤ x ≤ 1, 0 ≤ y ≤ 1, w ≥ 0
    const rows = [
      [1n, 0n, 0n],
      [-1n, 0n, 1n],
      [0n, 1n, 0n],
      [0n, -1n, 1n],
      [0n, 0n, 1n],
    ];
    expect(sorted(coneGenerators(rows, 3).rays)).toEqual(["0,0,1", "0,1,1", "1,0,1", "1,1,1"]);
    expect(coneGenerators(rows, 3).lineality).toEqual([]);
  });

  it("finds the corner and both directions of a quadrant", () => {
    const { rays } = coneGenerators(
      [
        [1n, 0n, -1n],
        [0n, 1n, -2n],
        [0n, 0n, 1n],
      ],
      3,
    );
    expect(sorted(rays)).toEqual(["0,1,0", "1,0,0", "1,2,1"]);
  });

  it("keeps the line of a half plane apart", () => {
    const { rays, lineality } = coneGenerators(
      [
        [1n, 0n, -1n],
        [0n, 0n, 1n],
      ],
      3,
    );
    expect(sorted(rays)).toEqual(["1,0,0", "1,0,1"]);
    expect(lineality.length).toBe(1);
    expect(lineality[0]!.map((x) => x !== 0n)).toEqual([false, true, false]);
  });

  it("finds no vertex in an empty polyhedron", () => {
    const { rays } = coneGenerators(
      [
        [1n, -1n],
        [-1n, 0n],
        [0n, 1n],
      ],
      2,
    );
    expect(rays.filter((ray) => ray[1]! > 0n)).toEqual([]);
  });

  it("reports a polyhedron of one point", () => {
    const { rays } = coneGenerators(
      [
        [1n, -3n],
        [-1n, 3n],
        [0n, 1n],
      ],
      2,
    );
    expect(rays.map((ray) => Number(ray[0]) / Number(ray[1]))).toEqual([3]);
  });
});

describe("hasInterior", () => {
  it("tells a slit from a strip", () => {
    expect(
      hasInterior(
        [
          [1n, -1n],
          [-1n, 2n],
          [0n, 1n],
        ],
        2,
      ),
    ).toBe(true);
    expect(
      hasInterior(
        [
          [1n, -1n],
          [-1n, 1n],
          [0n, 1n],
        ],
        2,
      ),
    ).toBe(false);
    expect(
      hasInterior(
        [
          [1n, -2n],
          [-1n, 1n],
          [0n, 1n],
        ],
        2,
      ),
    ).toBe(false);
  });

  it("sees all of space", () => {
    expect(hasInterior([[0n, 0n, 1n]], 3)).toBe(true);
  });
});

describe("cutCone", () => {
  const cut = (rows: readonly (readonly bigint[])[], dimension: number): Cone =>
    rows.reduce((cone, row, i) => cutCone(cone, row, rows.slice(0, i)), wholeSpace(dimension));
  const names = (rays: readonly (readonly bigint[])[], rows: readonly (readonly bigint[])[]) =>
    [...new Set(rays.map((ray) => rows.map((row) => dot(row, ray) === 0n).join()))].sort();

  it("row by row gives the generators of all rows at once, by the rows that vanish on them", () => {
    const random = Random.of(3, "cones");
    for (let n = 0; n < 200; n++) {
      const dimension = random.integer(1, 4);
      const rows = Array.from({ length: random.integer(0, 7) }, () =>
        Array.from({ length: dimension }, () => BigInt(random.integer(-2, 2))),
      );
      const [own, all] = [cut(rows, dimension), coneGenerators(rows, dimension)];
      expect(own.lineality.length).toBe(all.lineality.length);
      expect(rank([...own.lineality, ...all.lineality], dimension)).toBe(all.lineality.length);
      expect(names(own.rays, rows)).toEqual(names(all.rays, rows));
    }
  });
});
