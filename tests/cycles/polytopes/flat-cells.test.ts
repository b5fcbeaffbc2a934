import { expect, it } from "vitest";
import { orbitRoots } from "../../../src/cycles/boxes/maps.ts";
import { FlatCells } from "../../../src/cycles/polytopes/flat-cells.ts";
import { mapOf } from "../systems.ts";

/** Three lines through a point, or past it by 2^-60. */
function lines(offset: number) {
  return mapOf(
    [
      [0.25, 0],
      [0, 0.25],
    ],
    [
      [1, 0],
      [0, 1],
      [1, 1],
    ],
    [
      [0.5, 0],
      [0, 0.5],
      [0.25, 0.25],
    ],
    [0, 0, offset],
    [0, 0],
  );
}

/** Whether x ≤ 0, y ≤ 0, x + y ≥ offset is flat at z_t, after steps below all lines. */
function isFlat(offset: number, step: number): boolean {
  const system = lines(offset);
  const below = [Uint32Array.of(0), Uint32Array.of(0)];
  const sides = [false, false, true].map((above, hyperplane) => ({ step, hyperplane, above }));
  return new FlatCells(system, orbitRoots(system).problems[0]!).isFlat(sides, below);
}

it.each([0, 2])("tells exactly whether a cell has an interior, at step %d", (step) => {
  expect(isFlat(0, step)).toBe(true);
  expect(isFlat(-(2 ** -60), step)).toBe(false);
  expect(isFlat(2 ** -60, step)).toBe(true);
});

it("has no answer for two sides that cross", () => {
  const system = lines(0);
  const [cube] = orbitRoots(system).problems;
  const sides = [0, 1].map((hyperplane) => ({ step: 0, hyperplane, above: true }));
  expect(new FlatCells(system, cube!).isFlat(sides, [])).toBe(false);
});
