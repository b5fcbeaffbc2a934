import { z } from "zod";
import {
  continuum as anyContinuum,
  count,
  directions,
  fixedPoint,
  indices,
  linearisation,
  RESULT_SCHEMA,
} from "./result-schema.ts";

const { z: coordinates, active, ties, error } = fixedPoint.shape;
const { eigenvalues, spectralRadius, spectralBounds, stability, hyperbolic, unclassified, status } = fixedPoint.shape;
const period = z.int().positive();
const words = z.array(z.array(indices).min(1)).min(1);

const cycle = z.object({
  period,
  points: z.array(z.object({ z: coordinates, active, ties, error })).min(1),
  status,
  eigenvalues,
  spectralRadius,
  spectralBounds,
  stability,
  directions: fixedPoint.shape.directions,
  hyperbolic,
  unclassified,
  linearisations: z
    .array(linearisation.extend({ active: z.array(indices), directions: directions.optional() }))
    .optional(),
  distance: z.number().nonnegative().optional(),
});

const { dimension, point, basis, bounded, pieceCount, pieces, ends } = anyContinuum.shape;

const continuum = z.object({
  period,
  dimension,
  point,
  basis,
  words,
  bounded: bounded.unwrap(),
  pieceCount: pieceCount.unwrap(),
  pieces: pieces.unwrap(),
  ends,
});

const periodReport = z.object({
  period,
  cycles: count,
  continua: count,
  complete: z.boolean(),
  incompleteBecause: z.string().min(1).optional(),
  method: z.enum(["regions", "search", "boxes", "polytopes", "orbits"]),
  counts: RESULT_SCHEMA.shape.counts,
  seconds: z.number().nonnegative(),
});

/** The part of `stillpoint/cycles@1` that `verifyCycles` reads (docs/design.md#cycles). */
export const CYCLES_SCHEMA = z.object({
  schema: z.literal("stillpoint/cycles@1"),
  model: RESULT_SCHEMA.shape.model,
  periods: z.array(periodReport).min(1),
  completeUpTo: count,
  cycles: z.array(cycle),
  continua: z.array(continuum),
  complete: z.boolean(),
  incompleteBecause: z.string().min(1).optional(),
  backendNote: RESULT_SCHEMA.shape.backendNote,
  proof: z.enum(["signs", "none"]),
  noProofBecause: z.string().min(1).optional(),
  proofFile: z
    .object({
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      bytes: count,
      nodes: count,
      periods: z.array(period).min(1),
    })
    .optional(),
  counts: RESULT_SCHEMA.shape.counts,
  seconds: RESULT_SCHEMA.shape.seconds,
  provenance: RESULT_SCHEMA.shape.provenance,
  digest: z.string().optional(),
});

export type ReportedCycles = z.infer<typeof CYCLES_SCHEMA>;
export type ReportedCycle = z.infer<typeof cycle>;
export type ReportedCycleContinuum = z.infer<typeof continuum>;
