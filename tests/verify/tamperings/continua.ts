import { continuum, type Tampering } from "./tampering.ts";

/** The end of the ray of fixed points, as an isolated point with all that such a one has. */
const endOfRay = {
  z: [0],
  active: [],
  ties: [0],
  status: "certified",
  error: 0,
  eigenvalues: [[1, 0]],
  spectralRadius: 1,
  spectralBounds: [1, 1],
  stability: "marginal",
  linearisations: [
    { active: [], eigenvalues: [[1, 0]], directions: { stable: 0, neutral: 1, unstable: 0 } },
    { active: [0], eigenvalues: [[0.5, 0]], directions: { stable: 1, neutral: 0, unstable: 0 } },
  ],
};

/** What continua say, but where they lie. */
export const CONTINUA: Readonly<Record<string, Tampering>> = {
  "the end of a ray as a point, beside the ray": {
    of: "ray",
    change: (r) => r.fixedPoints.push(endOfRay),
    refused: "fixedPoints[0]",
  },
  "the end of a ray as a point, in place of the ray": {
    of: "ray",
    change: (r) => {
      r.fixedPoints.push(endOfRay);
      r.continua = [];
    },
    refused: "fixedPoints[0]",
  },
  "a point of a line as a point": {
    of: "line",
    change: (r) =>
      r.fixedPoints.push({ ...endOfRay, z: r.continua[0].point, ties: [], linearisations: undefined, error: 1 }),
    refused: "fixedPoints[0]",
  },
  "a continuum given twice": {
    of: "line",
    change: (r) => r.continua.push(r.continua[0]),
    refused: "continua[1]",
  },
  "a continuum in two parts": {
    of: "line",
    change: (r) => {
      const [whole] = r.continua;
      r.continua = [0, 1].map((k) => ({ ...whole, regions: [whole.regions[k]], transverse: [whole.transverse[k]] }));
      r.continua[1].point = [0.1, whole.point[1]];
    },
    refused: "continua[1]",
  },
  "two continua as one": {
    of: "twoRays",
    change: (r) => {
      const [a, b] = r.continua;
      r.continua = [{ ...a, regions: [...a.regions, ...b.regions], transverse: [...a.transverse, ...b.transverse] }];
    },
    refused: "continua[0].regions",
  },
  "continua out of order": {
    of: "twoRays",
    change: (r) => r.continua.reverse(),
    refused: "continua[1]",
  },
  "a region of a line dropped": {
    of: "line",
    change: continuum((c) => {
      c.regions.pop();
      c.transverse.pop();
    }),
    refused: "continua[0].regions",
  },
  "a region of a plane dropped": {
    of: "plane",
    change: continuum((c) => {
      c.regions.pop();
      c.transverse.pop();
    }),
    refused: "continua[0].pieceCount",
  },
  "a region of a plane dropped, and its piece": {
    of: "plane",
    change: continuum((c) => {
      c.regions.pop();
      c.transverse.pop();
      c.pieces.pop();
      c.pieceCount--;
    }),
    declared: "continua[0].regions",
  },
  "a region of a line doubled": {
    of: "line",
    change: continuum((c) => c.regions.push(c.regions[1])),
    refused: "continua[0].regions[2]",
  },
  "regions out of order": {
    of: "line",
    change: continuum((c) => {
      c.regions.reverse();
      c.transverse.reverse();
    }),
    refused: "continua[0].regions[1]",
  },
  "a region without fixed points": {
    of: "twoRays",
    change: continuum((c) => c.regions.push([0])),
    refused: "continua[0].regions[1]",
  },
  "a line made a plane": { of: "line", change: continuum((c) => (c.dimension = 2)), refused: "continua[0].basis" },
  "the direction of a line": {
    of: "line",
    change: continuum((c) => (c.basis[0][1] = 1e-300)),
    refused: "continua[0].basis[0][1]",
  },
  "the point of a line": {
    of: "line",
    change: continuum((c) => (c.point[0] = 0.5)),
    refused: "continua[0].point[0]",
  },
  "an eigenvalue across a plane": {
    of: "plane",
    change: continuum((c) => (c.transverse[0].eigenvalues[0][0] = 1.5)),
    refused: "continua[0].transverse[0].eigenvalues",
  },
  "the region of an eigenvalue across": {
    of: "plane",
    change: continuum((c) => (c.transverse[1].active = [])),
    refused: "continua[0].transverse[1].active",
  },
  "eigenvalues across removed": {
    of: "plane",
    change: continuum((c) => c.transverse.pop()),
    refused: "continua[0].transverse",
  },
  "eigenvalues across emptied": {
    of: "plane",
    change: continuum((c) => (c.transverse[1].eigenvalues = [])),
    declared: "continua[0].transverse[1].eigenvalues",
  },
};
