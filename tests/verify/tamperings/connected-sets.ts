import { set, type Tampering } from "./tampering.ts";

/** Which continua hang together. */
export const CONNECTED_SETS: Readonly<Record<string, Tampering>> = {
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
};
