import type { Tampering } from "./tampering.ts";

/** Virtual fixed points. */
export const VIRTUAL_POINTS: Readonly<Record<string, Tampering>> = {
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
};
