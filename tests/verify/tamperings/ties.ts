import { point, type Tampering, withoutSpectral } from "./tampering.ts";

/** Points on hyperplanes. */
export const TIES: Readonly<Record<string, Tampering>> = {
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
};
