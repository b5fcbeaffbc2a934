import { point, type Tampering } from "./tampering.ts";

/** A point's place, signs, error bound and status, and what it says where it is not classified. */
export const POINTS: Readonly<Record<string, Tampering>> = {
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
};
