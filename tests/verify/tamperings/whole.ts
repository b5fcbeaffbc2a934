import { point, set, type Tampering } from "./tampering.ts";

/** What a result says as a whole: its list of points, its model, and how it was found. */
export const WHOLE: Readonly<Record<string, Tampering>> = {
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
