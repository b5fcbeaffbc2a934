import { continuum, type Tampering } from "./tampering.ts";

/** Where continua lie: their pieces and ends. */
export const EXTENTS: Readonly<Record<string, Tampering>> = {
  "a ray made bounded": { of: "ray", change: continuum((c) => (c.bounded = true)), refused: "continua[0].bounded" },
  "a segment made unbounded": {
    of: "ring",
    change: continuum((c) => (c.bounded = false)),
    refused: "continua[0].bounded",
  },
  "bounded removed": { of: "ray", change: continuum((c) => delete c.bounded), refused: "continua[0]" },
  "all removed that says where a line lies": {
    of: "line",
    change: continuum((c) => {
      for (const key of ["bounded", "pieceCount", "pieces", "ends"]) delete c[key];
    }),
    declared: "continua[0].pieces",
  },
  "a piece more": { of: "line", change: continuum((c) => c.pieceCount++), refused: "continua[0].pieceCount" },
  "a piece dropped": { of: "line", change: continuum((c) => c.pieces.pop()), refused: "continua[0].pieces" },
  "pieces exchanged": {
    of: "line",
    change: continuum((c) => c.pieces.reverse()),
    refused: "continua[0].pieces[0].region",
  },
  "the region of a piece": {
    of: "ray",
    change: continuum((c) => (c.pieces[0].region = [0])),
    refused: "continua[0].pieces[0].region",
  },
  "a last bit of a vertex": {
    of: "corner",
    change: continuum((c) => (c.pieces[0].vertices[0][1] = 0.33333333333333337)),
    refused: "continua[0].pieces[0].vertices[0][1]",
  },
  "a vertex inside": {
    of: "corner",
    change: continuum((c) => {
      c.pieces[0].vertices[0] = [0, 0];
      c.pieces[0].exact.vertices[0] = ["0", "0"];
    }),
    refused: "continua[0].pieces[0].vertices[0]",
  },
  "a vertex that is not extreme, beside the one that is": {
    of: "ring",
    change: continuum((c) => {
      c.pieces[0].vertices.push([-0.5, -0.5]);
      c.pieces[0].exact.vertices.push(["-1/2", "-1/2"]);
    }),
    refused: "continua[0].pieces[0].vertices",
  },
  "a vertex dropped": {
    of: "ring",
    change: continuum((c) => {
      c.pieces[0].vertices.pop();
      c.pieces[0].exact.vertices.pop();
    }),
    refused: "continua[0].pieces[0].vertices",
  },
  "vertices exchanged": {
    of: "ring",
    change: continuum((c) => c.pieces[0].vertices.reverse()),
    refused: "continua[0].pieces[0].vertices[0]",
  },
  "a coordinate less of a vertex": {
    of: "ring",
    change: continuum((c) => c.pieces[0].vertices[0].pop()),
    refused: "continua[0].pieces[0].vertices[0]",
  },
  "a fraction": {
    of: "corner",
    change: continuum((c) => (c.pieces[0].exact.vertices[0][1] = "2/3")),
    refused: "continua[0].pieces[0].exact.vertices[0][1]",
  },
  "a fraction not in lowest terms": {
    of: "corner",
    change: continuum((c) => (c.pieces[0].exact.vertices[0][1] = "2/6")),
    refused: "continua[0].pieces[0].exact.vertices[0][1]",
  },
  "no fractions": {
    of: "corner",
    change: continuum((c) => delete c.pieces[0].exact),
    refused: "continua[0].pieces[0].exact",
  },
  "fractions said to be too long": {
    of: "corner",
    change: continuum((c) => {
      delete c.pieces[0].exact;
      c.pieces[0].exactDigits = 201;
    }),
    refused: "continua[0].pieces[0].exactDigits",
  },
  "the length of fractions": {
    of: "longFraction",
    change: continuum((c) => c.pieces[0].exactDigits++),
    refused: "continua[0].pieces[0].exactDigits",
  },
  "a ray turned round": {
    of: "corner",
    change: continuum((c) => (c.pieces[0].rays[1] = [0, 1])),
    refused: "continua[0].pieces[0].rays[1]",
  },
  "a ray not at its length": {
    of: "corner",
    change: continuum((c) => (c.pieces[0].rays[0] = [-2, 0])),
    refused: "continua[0].pieces[0].rays[0]",
  },
  "a ray between two": {
    of: "corner",
    change: continuum((c) => {
      c.pieces[0].rays.unshift([-1, -1]);
      c.pieces[0].exact.rays.unshift(["-1", "-1"]);
    }),
    refused: "continua[0].pieces[0].rays",
  },
  "a ray dropped": {
    of: "corner",
    change: continuum((c) => {
      c.pieces[0].rays.pop();
      c.pieces[0].exact.rays.pop();
    }),
    refused: "continua[0].pieces[0].rays",
  },
  "a line in a piece dropped": {
    of: "plane",
    change: continuum((c) => {
      c.pieces[0].lines.pop();
      c.pieces[0].exact.lines.pop();
    }),
    refused: "continua[0].pieces[0].lines",
  },
  "a piece left out for no reason": {
    of: "ring",
    change: continuum((c) => {
      c.pieces[0] = {
        ...c.pieces[0],
        vertices: [],
        rays: [],
        lines: [],
        exact: undefined,
        omitted: "past the largest float64",
      };
    }),
    refused: "continua[0].pieces[0].omitted",
  },
  "a piece left out as too large": {
    of: "ring",
    change: continuum((c) => {
      c.pieces[0] = {
        region: c.pieces[0].region,
        vertices: [],
        rays: [],
        lines: [],
        omitted: "too many vertices and rays",
      };
    }),
    declared: "continua[0].pieces[0]",
  },
  "a piece left out, and listed": {
    of: "ring",
    change: continuum((c) => (c.pieces[0].omitted = "too many vertices and rays")),
    refused: "continua[0].pieces[0].omitted",
  },
  "an end out there brought near": {
    of: "farEnd",
    change: continuum((c) => {
      delete c.ends.omitted;
      c.ends.vertices = [[1e308]];
      c.ends.rays = [[-1]];
    }),
    refused: "continua[0].ends.omitted",
  },
  "the end of a ray": {
    of: "ray",
    change: continuum((c) => (c.ends.vertices[0] = [1])),
    refused: "continua[0].ends.vertices[0][0]",
  },
  "a ray made a line": {
    of: "ray",
    change: continuum((c) => (c.ends = { vertices: [], rays: [[-1], [1]], lines: [], exact: c.ends.exact })),
    refused: "continua[0].ends",
  },
  "ends removed": { of: "ray", change: continuum((c) => delete c.ends), refused: "continua[0].ends" },
  "ends of a plane": {
    of: "corner",
    change: continuum((c) => (c.ends = { vertices: [], rays: [], lines: [] })),
    refused: "continua[0].ends",
  },
};
