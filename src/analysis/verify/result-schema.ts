import { z } from "zod";

const count = z.int().nonnegative();
const pair = z.tuple([z.number(), z.number()]);
const vector = z.array(z.number());
const indices = z.array(count).refine(isAscending, "must be ascending without repeats");

function isAscending(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || values[i - 1] < value);
}

const stability = z.enum(["stable", "unstable", "saddle", "marginal", "undetermined"]);

const fixedPoint = z.object({
  z: vector,
  active: indices,
  ties: indices,
  status: z.enum(["certified", "unresolved"]),
  error: z.number().nonnegative(),
  eigenvalues: z.array(pair),
  spectralRadius: z.number().optional(),
  spectralAbscissa: z.number().optional(),
  stability,
  linearisations: z.array(z.object({ active: indices, eigenvalues: z.array(pair) })).optional(),
});

const virtualFixedPoint = z.object({ z: vector, region: indices, eigenvalues: z.array(pair) });

const continuum = z.object({
  dimension: z.int().positive(),
  point: vector,
  basis: z.array(vector),
  regions: z.array(indices).min(1),
});

/** What `verifyResult` reads of `stillpoint/result@1` (DESIGN.md section 6). Other keys are left alone. */
export const RESULT_SCHEMA = z.object({
  schema: z.literal("stillpoint/result@1"),
  model: z.object({
    name: z.string(),
    kind: z.string(),
    latentDim: count,
    units: count,
    hyperplanes: count,
    sha256: z.string(),
  }),
  fixedPoints: z.array(fixedPoint),
  virtualFixedPoints: z.array(virtualFixedPoint).optional(),
  continua: z.array(continuum),
  complete: z.boolean(),
  incompleteBecause: z.string().optional(),
});

export type ReportedResult = z.infer<typeof RESULT_SCHEMA>;
export type ReportedPoint = z.infer<typeof fixedPoint>;
export type ReportedVirtualPoint = z.infer<typeof virtualFixedPoint>;
export type ReportedContinuum = z.infer<typeof continuum>;
