import { point, type Tampering, withoutSpectral } from "./tampering.ts";

/** Eigenvalues, classes and knife's edges. */
export const CLASSES: Readonly<Record<string, Tampering>> = {
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
};
