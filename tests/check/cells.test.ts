import { describe, expect, it } from "vitest";
import { cellsOf } from "../../src/check/cells.ts";
import { hasInteriorPoint } from "../../src/exact/hull.ts";
import { scaleToIntegers } from "../../src/exact/integers.ts";
import { polyhedronOf } from "../../src/exact/polyhedron.ts";
import { fromNumber } from "../../src/model/dyadic.ts";
import { bit } from "../../src/model/mask.ts";
import { Random } from "../support/random.ts";

interface Cut {
  readonly R: number;
  readonly U: number[][];
  readonly h: number[];
  readonly lo: number[];
  readonly hi: number[];
}

/** A box and hyperplanes, of which some coincide, meet in one point, touch a corner or miss the box. */
function randomCut(R: number, N: number, random: Random): Cut {
  const U = Array.from({ length: N }, () => Array.from({ length: R }, () => random.integer(-2, 2)));
  const h = U.map(() => random.integer(-2, 2) / 2);
  if (N > 2) {
    U[1] = U[0]!.map((x) => -2 * x);
    h[1] = -2 * h[0]!;
  }
  return { R, U, h, lo: new Array<number>(R).fill(-1), hi: new Array<number>(R).fill(1) };
}

function cells({ R, U, h, lo, hi }: Cut): string[] | undefined {
  const root = {
    ...{ dim: R, count: U.length, M: [], c: [], V: [] },
    ...{ U: U.flat().map(fromNumber), h: h.map(fromNumber) },
  };
  const all = U.map((_, j) => j);
  const masks = cellsOf(root, lo, hi, all, new Uint32Array(1));
  return masks?.map((mask) => all.map((j) => bit(mask, j)).join(""));
}

/** The same by trying all settings with a linear program each. */
function bySettings({ R, U, h, lo, hi }: Cut): string[] {
  const found: string[] = [];
  const unit = (k: number, sign: bigint) => Array.from({ length: R }, (_, i) => (i === k ? 2n * sign : 0n));
  for (let setting = 0; setting < 2 ** U.length; setting++) {
    const normals: bigint[][] = [];
    const bounds: bigint[] = [];
    U.forEach((u, j) => {
      const side = (setting >> j) & 1 ? -1n : 1n;
      const { values } = scaleToIntegers([...u, h[j]!, 1]);
      normals.push(values.slice(0, R).map((x) => side * x));
      bounds.push(side * values[R]!);
    });
    for (let k = 0; k < R; k++) {
      normals.push(unit(k, 1n), unit(k, -1n));
      bounds.push(BigInt(2 * hi[k]!), BigInt(-2 * lo[k]!));
    }
    const bits = U.map((u, j) => ({ u, value: (setting >> j) & 1, h: h[j]! }));
    // a hyperplane without normal has one side
    if (bits.some(({ u, value, h: offset }) => u.every((x) => x === 0) && value !== Number(offset <= 0))) continue;
    if (hasInteriorPoint(polyhedronOf(R, normals, bounds))) found.push(bits.map(({ value }) => value).join(""));
  }
  return found;
}

describe("the parts into which hyperplanes cut a box", () => {
  it.each([1, 2, 3, 4])("are those that linear programs find, in %i dimensions", (R) => {
    const random = Random.of(R, "cells");
    for (let round = 0; round < 12; round++) {
      const cut = randomCut(R, random.integer(1, R === 1 ? 6 : 8), random);
      expect(cells(cut)?.sort()).toEqual(bySettings(cut).sort());
    }
  });

  it("of a flat box are on the upper side of a hyperplane that contains it", () => {
    const box = { lo: [-1, 1], hi: [1, 1] };
    const [U, h] = [
      [
        [1, 0],
        [0, 1],
        [0, -1],
        [1, 1],
      ],
      [0, 1, -1, 1],
    ];
    expect(cells({ R: 2, U, h, ...box })?.sort()).toEqual(["0110", "1111"]);
  });

  it("are none where there are too many, or too many dimensions", () => {
    const random = Random.of(1, "too many");
    const many = random.matrix(60, 4, () => random.normal());
    const box = (R: number) => ({ lo: new Array<number>(R).fill(-1), hi: new Array<number>(R).fill(1) });
    expect(cells({ R: 4, U: many, h: many.map(() => 0), ...box(4) })).toBeUndefined();
    expect(cells({ R: 7, U: [[1, 0, 0, 0, 0, 0, 0]], h: [0], ...box(7) })).toBeUndefined();
  });
});
