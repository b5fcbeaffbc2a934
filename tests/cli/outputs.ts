import type { Entry as PageEntry } from "../../examples/explorer/page/entry.ts";
import type { ModelCard } from "../../examples/explorer/protocol.ts";
import { compareCheckpoints, type FixedPoint, type Result, type Sweep } from "../../src/index.ts";
import type { SweepGrid } from "../../src/sweep/sweep.ts";

/** Answers in every state that they can be in, for the sentences that are printed of them. */

export const CUT = "the time budget ended: 5 of 10 subsets were not visited";
export const CANCELLED = "cancelled: 1 of 10 subsets was not visited";
export const MERGED = "part 2 of 2: cancelled: 1 of 10 subsets was not visited";

const MODEL = { name: "net", kind: "shPLRNN", latentDim: 1, units: 2, hyperplanes: 2, rank: 1, sha256: "0".repeat(64) };
const PROVENANCE = { version: "0.1.0", options: {}, runtime: "test", date: "2000-01-01T00:00:00Z" };

export const point = (z: number): FixedPoint => ({
  z: [z],
  active: [],
  ties: [],
  status: "certified",
  error: 0,
  eigenvalues: [[0.5, 0]],
  spectralRadius: 0.5,
  stability: "stable",
});

export const result = (points: number, more: Partial<Result> = {}): Result => ({
  schema: "stillpoint/result@1",
  model: MODEL,
  fixedPoints: Array.from({ length: points }, (_, i) => point(i)),
  continua: [],
  complete: true,
  method: "regions",
  backend: "cpu",
  adapter: null,
  counts: { masks: 3 },
  seconds: { total: 0.25 },
  provenance: PROVENANCE,
  ...more,
});

/** What a run that was cancelled leaves of an answer. */
export const later = { complete: false, incompleteBecause: CANCELLED, counts: {}, seconds: { total: 0 } };

export const cut = (because: string) => ({ complete: false, incompleteBecause: because });

const BRANCH: Sweep["branches"][number] = {
  pieces: [
    {
      ...{ from: -1, to: 1, zFrom: [0], zTo: [1], active: [], ties: [] },
      ...{ eigenvalues: [[0.5, 0]], spectralRadius: 0.5, stability: "stable" },
    },
  ],
  birth: null,
  death: null,
};

export const sweep = (branches: number, more: Partial<Sweep> = {}): Sweep => ({
  schema: "stillpoint/sweep@1",
  model: MODEL,
  parameter: { parameter: "s0", from: -1, to: 1, samples: 2 },
  branches: Array.from({ length: branches }, () => BRANCH),
  events: [],
  continua: [],
  samples: [-1, 1].map((s) => ({ s, points: [], continua: 0 })),
  complete: true,
  coverage: "range",
  counts: {},
  seconds: { total: 0.25 },
  provenance: PROVENANCE,
  ...more,
});

export const crossing: Sweep["events"][number] = {
  ...{ s: 0, kind: "crossing", z: [0.5], hyperplanes: [0], before: [0], after: [0] },
  stability: ["stable", "stable"],
};

export const grid = (...rows: readonly Sweep[]): SweepGrid => ({
  schema: "stillpoint/sweep-grid@1",
  parameters: [
    { parameter: "s0", from: -1, to: 1, samples: 2 },
    { parameter: "s1", from: 0, to: 1, samples: rows.length },
  ],
  rows,
  complete: rows.every(({ complete }) => complete),
});

export const checkpoints = compareCheckpoints;

export const CARD: ModelCard = {
  ...{ name: "net", kind: "shPLRNN", latentDim: 1, units: 2, hyperplanes: 2 },
  ...{ time: "discrete", regions: "3", seconds: 0.1, input: [], sha256: "0" },
};

export const pageEntry = (status: PageEntry["status"], more: Partial<PageEntry> = {}): PageEntry => ({
  key: 0,
  name: "net",
  ref: { source: { id: 0, name: "net.json", content: new Blob(), reading: {} }, index: 0, input: {} },
  card: CARD,
  status,
  input: {},
  early: [],
  ...more,
});
