import { byIndices } from "../oracle/continua.ts";
import type { Plain } from "../oracle/systems.ts";

export const diagonal = (...entries: number[]): number[][] =>
  entries.map((x, i) => entries.map((_, k) => (i === k ? x : 0)));

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

/** Models with the points and continua that they are known to have. */
export const cases: Record<string, Case> = {
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
