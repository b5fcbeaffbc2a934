import { expect, it } from "vitest";
import { firstPerturbations, perturbation } from "../../src/arrangement/directions.ts";

it("the table of the first level has the perturbation of each hyperplane, whatever was asked for before", () => {
  for (const n of [3, 0, 100, 7, 101]) {
    expect(Array.from(firstPerturbations(n))).toEqual(Array.from({ length: n }, (_, j) => perturbation(0, j)));
  }
});
