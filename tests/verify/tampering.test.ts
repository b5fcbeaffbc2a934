import { describe, expect, it } from "vitest";
import { sealed } from "../../src/model/seal.ts";
import { verifyResult } from "../../src/verify/verify.ts";
import { type Loose, SUBJECT_NAMES, type SubjectName, subject } from "./subjects.ts";

/** How a result is altered, and what verify says once the tamperer has made the digest anew. */
interface Tampering {
  readonly of: SubjectName;
  readonly change: (result: Loose) => void;
  /** Where it is refused … */
  readonly refused?: string;
  /** … or what covers it in the list of what isn't checked. */
  readonly declared?: string;
}

const set = (path: string, value: unknown) => (result: Loose) => {
  const keys = path.split(".");
  const last = keys.pop()!;
  const target = keys.reduce((object, key) => object[key], result);
  if (value === undefined) delete target[last];
  else target[last] = value;
};
const point =
  (change: (point: Loose, result: Loose) => void, i = 0) =>
  (result: Loose) =>
    change(result.fixedPoints[i], result);
const continuum =
  (change: (continuum: Loose, result: Loose) => void, i = 0) =>
  (result: Loose) =>
    change(result.continua[i], result);

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

/** Takes away what a point says of its dominant eigenvalue. */
function withoutSpectral(p: Loose): void {
  for (const key of ["spectralRadius", "spectralAbscissa", "spectralBounds"]) delete p[key];
}

const TAMPERINGS: Readonly<Record<string, Tampering>> = {
  // what a point says
  "eigenvalues of a point that is said not to be classified": {
    of: "untied",
    change: point((p) => (p.unclassified = "the time budget ended")),
    refused: "fixedPoints[0].eigenvalues",
  },
  "a point that is not classified in a complete result": {
    of: "untied",
    change: point((p) => {
      for (const key of [
        "spectralRadius",
        "spectralAbscissa",
        "spectralBounds",
        "directions",
        "hyperbolic",
        "nearlyDegenerate",
      ])
        delete p[key];
      Object.assign(p, { eigenvalues: [], stability: "undetermined", unclassified: "the time budget ended" });
    }),
    refused: "complete",
  },
  "a coordinate": { of: "untied", change: point((p) => (p.z[0] = -0.476)), refused: "fixedPoints[0].z[0]" },
  "a last bit": { of: "untied", change: point((p) => (p.z[0] = -0.47500000000000003)), refused: "fixedPoints[0].z[0]" },
  "a coordinate more": { of: "untied", change: point((p) => p.z.push(0)), refused: "fixedPoints[0].z" },
  "an active unit less": { of: "untied", change: point((p) => p.active.pop()), refused: "fixedPoints[0]" },
  "an active unit that is not there": {
    of: "untied",
    change: point((p) => p.active.push(9)),
    refused: "fixedPoints[0]",
  },
  "a tie that is none": { of: "untied", change: point((p) => p.ties.push(0)), refused: "fixedPoints[0]" },
  "error: 1000": { of: "untied", change: point((p) => (p.error = 1000)), refused: "fixedPoints[0].error" },
  "an error bound twice as large": {
    of: "untied",
    change: point((p) => (p.error *= 2)),
    refused: "fixedPoints[0].error",
  },
  "an error bound half as large": {
    of: "untied",
    change: point((p) => (p.error /= 2)),
    refused: "fixedPoints[0].error",
  },
  "an error bound where z is exact": {
    of: "continuous",
    change: point((p) => (p.error = 1e-300)),
    refused: "fixedPoints[0].error",
  },
  unresolved: { of: "untied", change: point((p) => (p.status = "unresolved")), refused: "fixedPoints[0].status" },
  "unresolved, in an incomplete result": {
    of: "incomplete",
    change: point((p) => (p.status = "unresolved")),
    refused: "fixedPoints[0].status",
  },
  // eigenvalues and classes
  "an eigenvalue": {
    of: "untied",
    change: point((p) => (p.eigenvalues[1][0] += 1e-7)),
    refused: "fixedPoints[0].eigenvalues",
  },
  "two eigenvalues with the same sum": {
    of: "untied",
    change: point((p) => {
      p.eigenvalues[0][0] += 0.01;
      p.eigenvalues[1][0] -= 0.01;
      p.spectralRadius += 0.01;
    }),
    refused: "fixedPoints[0].eigenvalues",
  },
  "eigenvalues in another order": {
    of: "untied",
    change: point((p) => p.eigenvalues.reverse()),
    refused: "fixedPoints[0].eigenvalues",
  },
  "an eigenvalue dropped": {
    of: "untied",
    change: point((p) => p.eigenvalues.pop()),
    refused: "fixedPoints[0].eigenvalues",
  },
  "eigenvalues removed": {
    of: "untied",
    change: point((p) => {
      p.eigenvalues = [];
      withoutSpectral(p);
    }),
    declared: "fixedPoints[0].eigenvalues",
  },
  "eigenvalues removed, with a wrong class": {
    of: "untied",
    change: point((p) => {
      p.eigenvalues = [];
      delete p.spectralRadius;
      p.stability = "stable";
    }),
    refused: "fixedPoints[0].stability",
  },
  "digits of an eigenvalue past the tolerance": {
    of: "untied",
    change: point((p) => {
      p.eigenvalues[0][0] *= 1 + 1e-13;
      p.spectralRadius *= 1 + 1e-13;
    }),
    declared: "fixedPoints[].eigenvalues",
  },
  "the spectral radius": {
    of: "untied",
    change: point((p) => (p.spectralRadius *= 1 + 1e-12)),
    refused: "fixedPoints[0].spectralRadius",
  },
  "the spectral radius removed": {
    of: "untied",
    change: point((p) => delete p.spectralRadius),
    refused: "fixedPoints[0].spectralRadius",
  },
  "a spectral abscissa of a map": {
    of: "untied",
    change: point((p) => (p.spectralAbscissa = 0)),
    refused: "fixedPoints[0].spectralAbscissa",
  },
  "unstable made stable": {
    of: "untied",
    change: point((p) => (p.stability = "stable")),
    refused: "fixedPoints[0].stability",
  },
  "a saddle made undetermined": {
    of: "untied",
    change: point((p) => (p.stability = "undetermined"), 1),
    refused: "fixedPoints[1].stability",
  },
  "a class in 22 dimensions": {
    of: "large",
    change: point((p) => (p.stability = "saddle")),
    refused: "fixedPoints[0].stability",
  },
  "a class in 22 dimensions without eigenvalues": {
    of: "large",
    change: point((p) => {
      p.eigenvalues = [];
      withoutSpectral(p);
      p.directions = { stable: 21, neutral: 0, unstable: 1 };
      p.stability = "saddle";
    }),
    declared: "fixedPoints[0].stability",
  },
  "more eigenvalues undecided than need be, in 22 dimensions": {
    of: "large",
    change: point((p) => {
      p.directions = { stable: 20, neutral: 0, unstable: 0, undecided: 2 };
      p.stability = "undetermined";
      delete p.hyperbolic;
    }),
    declared: "fixedPoints[0].directions",
  },
  "undecided eigenvalues in two dimensions": {
    of: "untied",
    change: point((p) => {
      p.directions = { stable: 1, neutral: 0, unstable: 0, undecided: 1 };
      p.stability = "undetermined";
      delete p.hyperbolic;
    }),
    refused: "fixedPoints[0].directions",
  },
  "a stable direction more": {
    of: "untied",
    change: point((p) => p.directions.stable++),
    refused: "fixedPoints[0].directions",
  },
  "directions exchanged": {
    of: "untied",
    change: point((p) => {
      const { stable, unstable } = p.directions;
      Object.assign(p.directions, { stable: unstable, unstable: stable });
    }),
    refused: "fixedPoints[0].directions",
  },
  "directions exchanged, with a class that fits them": {
    of: "untied",
    change: point((p) => {
      p.directions = { stable: 2, neutral: 0, unstable: 0 };
      p.stability = "stable";
    }),
    refused: "fixedPoints[0].directions",
  },
  "directions removed": {
    of: "untied",
    change: point((p) => delete p.directions),
    refused: "fixedPoints[0].directions",
  },
  "a neutral direction made unstable": {
    of: "neutral",
    change: point((p) => (p.directions = { stable: 0, neutral: 0, unstable: 2 })),
    refused: "fixedPoints[0].directions",
  },
  "a point with a neutral direction made hyperbolic": {
    of: "neutral",
    change: point((p) => (p.hyperbolic = true)),
    refused: "fixedPoints[0].hyperbolic",
  },
  "hyperbolic removed": {
    of: "neutral",
    change: point((p) => delete p.hyperbolic),
    refused: "fixedPoints[0].hyperbolic",
  },
  "unstable with a neutral direction made marginal": {
    of: "neutral",
    change: point((p) => (p.stability = "marginal")),
    refused: "fixedPoints[0].stability",
  },
  "a saddle with a negative abscissa": {
    of: "knife",
    change: point((p) => (p.spectralAbscissa = -5.9e-16)),
    refused: "fixedPoints[0].spectralAbscissa",
  },
  "a saddle with the abscissa that was computed": {
    of: "knife",
    change: point((p) => (p.spectralAbscissa = p.eigenvalues[0][0])),
    refused: "fixedPoints[0].spectralAbscissa",
  },
  "bounds that reach over the boundary": {
    of: "knife",
    change: point((p) => (p.spectralBounds[0] = -1e-18)),
    refused: "fixedPoints[0].spectralBounds",
  },
  "bounds beside the exact abscissa": {
    of: "knife",
    change: point((p) => (p.spectralBounds = [1e-16, 2e-16])),
    refused: "fixedPoints[0].spectralBounds",
  },
  "bounds beside the exact spectral radius": {
    of: "untied",
    change: point((p) => (p.spectralBounds = [p.spectralRadius * (1 + 1e-9), p.spectralRadius * (1 + 2e-9)])),
    refused: "fixedPoints[0].spectralBounds",
  },
  "bounds out of order": {
    of: "untied",
    change: point((p) => p.spectralBounds.reverse()),
    refused: "fixedPoints[0].spectralBounds",
  },
  "bounds removed": {
    of: "untied",
    change: point((p) => delete p.spectralBounds),
    refused: "fixedPoints[0].spectralBounds",
  },
  "wider bounds, which hold too": {
    of: "untied",
    change: point((p) => (p.spectralBounds[1] *= 2)),
    declared: "fixedPoints[].spectralBounds",
  },
  "bounds in 22 dimensions": {
    of: "large",
    change: point((p) => (p.spectralBounds = [p.spectralRadius, p.spectralRadius])),
    declared: "fixedPoints[0].spectralBounds",
  },
  "a knife's edge hidden": {
    of: "knife",
    change: point((p) => delete p.nearlyDegenerate),
    refused: "fixedPoints[0].nearlyDegenerate",
  },
  "a knife's edge made up": {
    of: "untied",
    change: point((p) => (p.nearlyDegenerate = { margin: 3, because: ["singular matrix"], precision: "float64" })),
    refused: "fixedPoints[0].nearlyDegenerate",
  },
  "another margin": {
    of: "knife",
    change: point((p) => (p.nearlyDegenerate.margin *= 20)),
    refused: "fixedPoints[0].nearlyDegenerate.margin",
  },
  "numbers of another precision": {
    of: "neighbours",
    change: point((p) => (p.nearlyDegenerate.precision = "float32")),
    refused: "fixedPoints[0].nearlyDegenerate.precision",
  },
  "a neighbour hidden": {
    of: "neighbours",
    change: point((p) => (p.nearlyDegenerate.because = ["hyperplane"])),
    refused: "fixedPoints[0].nearlyDegenerate",
  },
  "a kind of knife's edge more": {
    of: "neighbours",
    change: point((p) => p.nearlyDegenerate.because.push("singular matrix")),
    refused: "fixedPoints[0].nearlyDegenerate",
  },
  "a knife's edge in 22 dimensions": {
    of: "large",
    change: point((p) => (p.nearlyDegenerate = { margin: 3, because: ["hyperplane"], precision: "float64" })),
    declared: "fixedPoints[].nearlyDegenerate",
  },
  "the class of an equilibrium": {
    of: "continuous",
    change: point((p) => (p.stability = "stable")),
    refused: "fixedPoints[0].stability",
  },
  "the abscissa of an equilibrium": {
    of: "continuous",
    change: point((p) => (p.spectralAbscissa = -p.spectralAbscissa)),
    refused: "fixedPoints[0].spectralAbscissa",
  },
  "sides of a point without ties": {
    of: "untied",
    change: point((p) => (p.linearisations = [{ active: p.active, eigenvalues: p.eigenvalues }])),
    refused: "fixedPoints[0].linearisations",
  },
  // points on hyperplanes
  "a tie dropped": { of: "tied", change: point((p) => p.ties.pop()), refused: "fixedPoints[0]" },
  "a side dropped": {
    of: "tied",
    change: point((p) => p.linearisations.pop()),
    refused: "fixedPoints[0].linearisations[1]",
  },
  "all sides dropped": {
    of: "tied",
    change: point((p) => delete p.linearisations),
    refused: "fixedPoints[0].linearisations[0]",
  },
  "a side doubled": {
    of: "tied",
    change: point((p) => p.linearisations.push(p.linearisations[1])),
    refused: "fixedPoints[0].linearisations",
  },
  "sides exchanged": {
    of: "tied",
    change: point((p) => p.linearisations.reverse()),
    refused: "fixedPoints[0].linearisations[0]",
  },
  "a side that is no region": {
    of: "tied",
    change: point((p) => (p.linearisations[0].active = [0])),
    refused: "fixedPoints[0].linearisations[0]",
  },
  "an eigenvalue of a side": {
    of: "tied",
    change: point((p) => (p.linearisations[1].eigenvalues[1][0] += 1e-6)),
    refused: "fixedPoints[0].linearisations[1].eigenvalues",
  },
  "eigenvalues of another side": {
    of: "undetermined",
    change: point((p) => {
      p.eigenvalues = p.linearisations[1].eigenvalues;
      p.spectralRadius = p.eigenvalues[0][0];
    }),
    refused: "fixedPoints[0].eigenvalues",
  },
  "stable at ties made unstable": {
    of: "tied",
    change: point((p) => (p.stability = "unstable")),
    refused: "fixedPoints[0].stability",
  },
  "stable at ties made a saddle": {
    of: "tied",
    change: point((p) => (p.stability = "saddle")),
    refused: "fixedPoints[0].stability",
  },
  "stable at ties made marginal": {
    of: "tied",
    change: point((p) => (p.stability = "marginal")),
    refused: "fixedPoints[0].stability",
  },
  "stable at ties made undetermined": {
    of: "tied",
    change: point((p) => {
      p.stability = "undetermined";
      withoutSpectral(p);
    }),
    declared: "fixedPoints[0].stability",
  },
  "stable at ties made undetermined, with a spectral radius": {
    of: "tied",
    change: point((p) => (p.stability = "undetermined")),
    refused: "fixedPoints[0].spectralRadius",
  },
  "the spectral radius of one side where both count": {
    of: "tiedOnLine",
    change: point((p) => (p.spectralRadius = p.eigenvalues[0][0])),
    refused: "fixedPoints[0].spectralRadius",
  },
  "directions of a side": {
    of: "tied",
    change: point((p) => (p.linearisations[1].directions = { stable: 1, neutral: 0, unstable: 1 })),
    refused: "fixedPoints[0].linearisations[1].directions",
  },
  "directions of a side removed": {
    of: "tied",
    change: point((p) => delete p.linearisations[0].directions),
    refused: "fixedPoints[0].linearisations[0].directions",
  },
  "directions where the sides differ": {
    of: "tied",
    change: point((p) => (p.directions = { stable: 2, neutral: 0, unstable: 0 })),
    refused: "fixedPoints[0].directions",
  },
  "hyperbolic where the sides differ": {
    of: "tied",
    change: point((p) => (p.hyperbolic = true)),
    refused: "fixedPoints[0].hyperbolic",
  },
  "semistable made a saddle": {
    of: "semistable",
    change: point((p) => (p.stability = "saddle")),
    refused: "fixedPoints[0].stability",
  },
  "semistable with the slope of the stable side": {
    of: "semistable",
    change: point((p) => (p.spectralRadius = 0.5)),
    refused: "fixedPoints[0].spectralRadius",
  },
  "stable on a line made semistable": {
    of: "tiedOnLine",
    change: point((p) => (p.stability = "semistable")),
    refused: "fixedPoints[0].stability",
  },
  "undetermined at ties made stable": {
    of: "undetermined",
    change: point((p) => (p.stability = "stable")),
    refused: "fixedPoints[0].stability",
  },
  "stable at a tie in one dimension made undetermined": {
    of: "tiedOnLine",
    change: point((p) => (p.stability = "undetermined")),
    refused: "fixedPoints[0].stability",
  },
  "stable at a tie in one dimension made unstable": {
    of: "tiedOnLine",
    change: point((p) => (p.stability = "unstable")),
    refused: "fixedPoints[0].stability",
  },
  // continua
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
  // where continua lie
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
  "an open ring": {
    of: "ring",
    change: set("connectedSets.0.closed", false),
    refused: "connectedSets[0].closed",
  },
  "a ring of a ray": { of: "ray", change: set("connectedSets.0.closed", true), refused: "connectedSets[0].closed" },
  "a set made unbounded": {
    of: "ring",
    change: set("connectedSets.0.bounded", false),
    refused: "connectedSets[0].bounded",
  },
  "ends of a ring": {
    of: "ring",
    change: (r) => (r.connectedSets[0].ends = r.continua[0].ends),
    refused: "connectedSets[0].ends",
  },
  "a ring torn apart": {
    of: "ring",
    change: (r) => {
      r.connectedSets = [
        [0, 1],
        [2, 3],
      ].map((continua) => ({ ...r.connectedSets[0], continua }));
      for (const c of [2, 3]) r.continua[c].connectedSet = 1;
    },
    refused: "connectedSets",
  },
  "a ray apart from the plane that it ends on": {
    of: "rayAndPlane",
    change: (r) => {
      const [set] = r.connectedSets;
      r.connectedSets = [
        { ...set, continua: [0], ends: r.continua[0].ends },
        { ...set, continua: [1] },
      ];
      r.continua[1].connectedSet = 1;
    },
    refused: "connectedSets",
  },
  "two rays as one set": {
    of: "twoRays",
    change: (r) => {
      r.connectedSets = [{ ...r.connectedSets[0], continua: [0, 1] }];
      r.continua[1].connectedSet = 0;
    },
    refused: "connectedSets",
  },
  "the number of a set": { of: "ring", change: set("continua.2.connectedSet", 1), refused: "continua[2].connectedSet" },
  "connected sets removed": {
    of: "ring",
    change: (r) => {
      delete r.connectedSets;
      for (const c of r.continua) delete c.connectedSet;
    },
    declared: "connectedSets",
  },
  "connected sets removed, but their numbers": {
    of: "ring",
    change: (r) => delete r.connectedSets,
    refused: "continua[0].connectedSet",
  },
  "connected sets of no continua": {
    of: "untied",
    change: (r) => (r.connectedSets = []),
    refused: "connectedSets",
  },
  // virtual points
  "a coordinate of a virtual point": {
    of: "virtual",
    change: (r) => (r.virtualFixedPoints[0].z[0] += 1e-9),
    refused: "virtualFixedPoints[0].z[0]",
  },
  "an eigenvalue of a virtual point": {
    of: "virtual",
    change: (r) => (r.virtualFixedPoints[1].eigenvalues[0][0] += 1e-6),
    refused: "virtualFixedPoints[1].eigenvalues",
  },
  "a virtual point twice": {
    of: "virtual",
    change: (r) => r.virtualFixedPoints.push(r.virtualFixedPoints[4]),
    refused: "virtualFixedPoints[5]",
  },
  "virtual points out of order": {
    of: "virtual",
    change: (r) => r.virtualFixedPoints.reverse(),
    refused: "virtualFixedPoints[1]",
  },
  "a fixed point as a virtual one": {
    of: "virtual",
    change: (r) => {
      const { z, active, eigenvalues } = r.fixedPoints[0];
      r.virtualFixedPoints.unshift({ z, region: active, eigenvalues });
    },
    refused: "virtualFixedPoints[0]",
  },
  "a virtual point dropped": {
    of: "virtual",
    change: (r) => r.virtualFixedPoints.pop(),
    declared: "virtualFixedPoints",
  },
  "virtual points dropped": {
    of: "virtual",
    change: (r) => delete r.virtualFixedPoints,
    refused: "virtualFixedPoints",
  },
  "virtual points that were not asked for": {
    of: "untied",
    change: (r) => (r.virtualFixedPoints = []),
    refused: "virtualFixedPoints",
  },
  // the list
  "a point dropped": { of: "untied", change: (r) => r.fixedPoints.splice(3, 1), declared: "complete" },
  "a point of a clipped model dropped": {
    of: "clipped",
    change: (r) => r.fixedPoints.splice(1, 1),
    refused: "complete",
  },
  "a point twice": {
    of: "untied",
    change: (r) => r.fixedPoints.splice(2, 0, r.fixedPoints[1]),
    refused: "fixedPoints[2]",
  },
  "points out of order": { of: "untied", change: (r) => r.fixedPoints.reverse(), refused: "fixedPoints[1]" },
  "incomplete made complete": {
    of: "incomplete",
    change: (r) => {
      r.complete = true;
      delete r.incompleteBecause;
      r.counts.exactSolves = r.fixedPoints.length;
    },
    declared: "complete",
  },
  "incomplete made complete, whose points were found early": {
    of: "incomplete",
    change: (r) => {
      r.complete = true;
      delete r.incompleteBecause;
    },
    refused: "counts.exactSolves",
  },
  "complete with a reason why not": { of: "untied", change: set("incompleteBecause", "x"), refused: "complete" },
  "incomplete without a reason": { of: "untied", change: set("complete", false), refused: "complete" },
  "another reason": {
    of: "incomplete",
    change: set("incompleteBecause", "unlucky"),
    declared: "incompleteBecause",
  },
  // the model
  "the digest of another model": { of: "untied", change: set("model.sha256", "0".repeat(64)), refused: "model.sha256" },
  "another kind": { of: "untied", change: set("model.kind", "PLRNN"), refused: "model.kind" },
  "another number of units": { of: "untied", change: set("model.units", 6), refused: "model.units" },
  "another number of hyperplanes": { of: "untied", change: set("model.hyperplanes", 6), refused: "model.hyperplanes" },
  "another number of dimensions": { of: "untied", change: set("model.latentDim", 3), refused: "model.latentDim" },
  "another rank": { of: "untied", change: set("model.rank", 1), refused: "model.rank" },
  "another name": { of: "untied", change: set("model.name", "better"), declared: "model.name" },
  // how it was found
  "another method": { of: "search", change: set("method", "regions"), refused: "method" },
  "a method that there is not": { of: "untied", change: set("method", "magic"), refused: "method" },
  "another method, with counts that don't fit": { of: "untied", change: set("method", "search"), refused: "counts" },
  "a backend that there is not": { of: "untied", change: set("backend", "abacus"), refused: "backend" },
  "an adapter on the CPU": { of: "untied", change: set("adapter", "H100"), refused: "adapter" },
  "a GPU that was not there": {
    of: "untied",
    change: (r) => Object.assign(r, { backend: "webgpu", adapter: "H100" }),
    declared: "backend",
  },
  "a note": { of: "untied", change: set("backendNote", "all well"), declared: "backendNote" },
  "fewer subsets": { of: "untied", change: set("counts.subsets", 15), refused: "counts.subsets" },
  "more masks": { of: "untied", change: set("counts.masks", 15), refused: "counts.masks" },
  "no masks": { of: "untied", change: set("counts.masks", undefined), refused: "counts.masks" },
  "fewer exact solves than points": {
    of: "untied",
    change: set("counts.exactSolves", 8),
    refused: "counts.exactSolves",
  },
  "fewer singular regions than continua": {
    of: "twoRays",
    change: set("counts.singularRegions", 1),
    refused: "counts.singularRegions",
  },
  "boxes that a complete search left": {
    of: "search",
    change: set("counts.unsettled", 1),
    refused: "counts.unsettled",
  },
  "half a box": { of: "search", change: set("counts.boxes", 0.5), refused: "counts.boxes" },
  "more boxes": { of: "search", change: set("counts.boxes", 50), declared: "counts.boxes" },
  "more candidates": { of: "untied", change: set("counts.candidates", 99), declared: "counts.candidates" },
  "less time": { of: "untied", change: set("seconds.total", 1e-9), declared: "seconds" },
  "negative time": { of: "untied", change: set("seconds.total", -1), refused: "seconds.total" },
  "another version": { of: "untied", change: set("provenance.version", "9.9.9"), declared: "provenance.version" },
  "a version that is none": { of: "untied", change: set("provenance.version", "best"), refused: "provenance.version" },
  "another runtime": { of: "untied", change: set("provenance.runtime", "Deno 3"), declared: "provenance.runtime" },
  "another date": {
    of: "untied",
    change: set("provenance.date", "2001-01-01T00:00:00.000Z"),
    declared: "provenance.date",
  },
  "a date that is none": { of: "untied", change: set("provenance.date", "today"), refused: "provenance.date" },
  "other options": { of: "untied", change: set("provenance.options.maxSeconds", 1), declared: "provenance.options" },
  "options that ask for another method": {
    of: "untied",
    change: set("provenance.options.method", "search"),
    refused: "method",
  },
  "a key of one's own": { of: "untied", change: set("verifiedBy", "a committee"), declared: "verifiedBy" },
  "a key of one's own in a point": {
    of: "untied",
    change: point((p) => (p.confidence = 1)),
    declared: "fixedPoints[0].confidence",
  },
  "a place in a batch": { of: "untied", change: set("shard", { index: 1, of: 2 }), declared: "shard" },
  "another format": { of: "untied", change: set("schema", "stillpoint/result@2"), refused: "schema" },
  "a sweep": { of: "untied", change: set("schema", "stillpoint/sweep@1"), refused: "schema" },
  "a part": { of: "untied", change: set("schema", "stillpoint/part@1"), refused: "schema" },
};

/** Whether a path is another one or lies in it. */
const within = (path: string, outer: string): boolean =>
  path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);

describe("results that nobody altered", () => {
  it.each(SUBJECT_NAMES)("%s: accepted, and what can't be told is named", async (name) => {
    const { model, result } = await subject(name);
    const { ok, problems, unchecked } = await verifyResult(model, result);
    expect(problems).toEqual([]);
    expect(ok).toBe(true);
    const paths = unchecked.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(["complete", "seconds", "provenance.date", "digest"]));
    expect(new Set(paths).size).toBe(paths.length);
  });
});

describe("tampering", () => {
  it("is of more than sixty sorts, on every kind of result", () => {
    expect(Object.keys(TAMPERINGS).length).toBeGreaterThanOrEqual(60);
    expect(new Set(Object.values(TAMPERINGS).map(({ of }) => of))).toEqual(new Set(SUBJECT_NAMES));
  });

  it.each(Object.entries(TAMPERINGS))("%s", async (_, { of, change, refused, declared }) => {
    const { model, result } = await subject(of);
    const altered: Loose = structuredClone(result);
    change(altered);
    expect(altered).not.toEqual(result);
    // as it is
    const asIs = await verifyResult(model, altered);
    expect(asIs.ok).toBe(false);
    if (refused === undefined) expect(asIs.problems.map(({ path }) => path)).toEqual(["digest"]);
    // with a digest that fits
    const { ok, problems, unchecked } = await verifyResult(model, JSON.parse(JSON.stringify(sealed(altered))));
    if (refused === undefined) {
      expect(problems).toEqual([]);
      expect(unchecked.filter(({ path }) => within(declared!, path))).not.toEqual([]);
    } else {
      expect(ok).toBe(false);
      expect(problems.map(({ path }) => path).filter((path) => within(path, refused))).not.toEqual([]);
      expect(problems.map(({ path }) => path)).not.toContain("digest");
    }
    // without one
    const { digest: _digest, ...bare } = altered;
    const without = await verifyResult(model, bare);
    expect(without.ok).toBe(refused === undefined);
    if (refused === undefined) expect(without.unchecked.map(({ path }) => path)).toContain("digest");
  });
});
