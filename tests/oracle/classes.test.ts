import { describe, expect, it } from "vitest";
import { binaryOf } from "./binary.ts";
import { characteristicPolynomial, classesAtTies, linearClass } from "./classes.ts";

const matrix = (rows: number[][]) => rows.map((row) => row.map(binaryOf));
const side = (rows: number[][]) => ({ active: [], jacobian: matrix(rows) });

describe("linearClass", () => {
  it.each([
    [[[0.5]], "stable"],
    [[[2]], "unstable"],
    [[[-1]], "marginal"],
    [[[1]], "marginal"],
    [[[1 - 2 ** -53]], "stable"],
    [[[1 + 2 ** -52]], "unstable"],
    [
      [
        [0, -1],
        [1, 0],
      ],
      "marginal",
    ],
    [
      [
        [0.5, 1e200],
        [0, 3],
      ],
      "saddle",
    ],
    [
      [
        [0.5, 1e200],
        [1e-201, 0.5],
      ],
      "stable",
    ],
    [
      [
        [0.5, 1e200],
        [1e-199, 0.5],
      ],
      "unstable",
    ],
    [
      [
        [0, 0],
        [0, 0],
      ],
      "stable",
    ],
    [
      [
        [1.25, 0],
        [0, -1],
      ],
      "unstable",
    ],
    [
      [
        [1.25, 0, 0],
        [7, -1, 0],
        [0, 0, 0.5],
      ],
      "saddle",
    ],
    [
      [
        [0.5, 0],
        [3, -1],
      ],
      "marginal",
    ],
    [
      [
        [0.6, -0.8, 5],
        [0.8, 0.6, 5],
        [0, 0, 0.5],
      ],
      "saddle",
    ],
  ] as [number[][], string][])("of %j in discrete time is %s", (rows, expected) => {
    expect(linearClass(matrix(rows), "discrete")).toBe(expected);
  });

  it.each([
    [[[-1]], "stable"],
    [[[0]], "marginal"],
    [[[2 ** -1074]], "unstable"],
    [
      [
        [0, -1],
        [1, 0],
      ],
      "marginal",
    ],
    [
      [
        [-(2 ** -1000), -1],
        [1, 0],
      ],
      "stable",
    ],
    [
      [
        [1, 0],
        [0, -1e-300],
      ],
      "saddle",
    ],
  ] as [number[][], string][])("of %j in continuous time is %s", (rows, expected) => {
    expect(linearClass(matrix(rows), "continuous")).toBe(expected);
  });
});

it("knows a characteristic polynomial by trace and determinant, up to a power of two", () => {
  // λ² − 5 λ − 2
  const p = characteristicPolynomial(
    matrix([
      [1, 2],
      [3, 4],
    ]),
  );
  expect(p.map((x) => x / p[2]!)).toEqual([-2n, -5n, 1n]);
});

describe("classesAtTies", () => {
  it("takes the class that all sides share, and two slopes in one dimension", () => {
    expect(classesAtTies([side([[0.5]]), side([[0.5]])], "discrete", true, 0)).toEqual(["stable"]);
    expect(classesAtTies([side([[0.5]]), side([[3]])], "discrete", true, 0)).toEqual(["semistable"]);
    expect(classesAtTies([side([[-4]]), side([[-0.125]])], "discrete", true, 0)).toEqual(["stable"]);
    expect(classesAtTies([side([[-4]]), side([[0.5]])], "discrete", true, 0)).toEqual(["stable"]);
    expect(classesAtTies([side([[-4]]), side([[-0.25]])], "discrete", true, 0)).toEqual(["marginal"]);
    expect(classesAtTies([side([[-4]]), side([[-0.125]])], "continuous", true, 0)).toEqual(["stable"]);
  });

  it("allows no class that a product of two sides refutes", () => {
    const stable = [
      side([
        [0.5, 2],
        [0, 0.5],
      ]),
      side([
        [0.5, 0],
        [2, 0.5],
      ]),
    ];
    expect(classesAtTies(stable, "discrete", true, 0)).toEqual(["undetermined"]);
    const mild = [
      side([
        [0.5, 0.1],
        [0, 0.5],
      ]),
      side([
        [0.5, 0],
        [0.1, 0.5],
      ]),
    ];
    expect(classesAtTies(mild, "discrete", true, 0)).toEqual(["undetermined", "stable"]);
    expect(classesAtTies(mild, "discrete", false, 0)).toEqual(["undetermined"]);
  });
});
