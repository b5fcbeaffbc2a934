import { z } from "zod";

export const count = z.int().nonnegative();
const pair = z.tuple([z.number(), z.number()]);
export const vector = z.array(z.number());
export const indices = z.array(count).refine(isAscending, "must be ascending without repeats");

function isAscending(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || values[i - 1]! < value);
}

export const linearisation = z.object({ active: indices, eigenvalues: z.array(pair) });

export const directions = z.object({
  stable: count,
  neutral: count,
  unstable: count,
  undecided: count.positive().optional(),
});

export const fixedPoint = z.object({
  z: vector,
  active: indices,
  ties: indices,
  status: z.literal("certified", 'must be "certified": no version writes another'),
  error: z.number().nonnegative(),
  eigenvalues: z.array(pair),
  spectralRadius: z.number().optional(),
  spectralAbscissa: z.number().optional(),
  spectralBounds: pair.optional(),
  stability: z.enum(["stable", "unstable", "saddle", "semistable", "marginal", "undetermined"]),
  directions: directions.optional(),
  hyperbolic: z.boolean().optional(),
  unclassified: z.string().optional(),
  nearlyDegenerate: z
    .object({
      margin: z.number().nonnegative(),
      because: z.array(z.enum(["singular matrix", "eigenvalue", "hyperplane", "neighbour"])).min(1),
      precision: z.enum(["float32", "float64"]),
    })
    .optional(),
  linearisations: z.array(linearisation.extend({ directions: directions.optional() })).optional(),
});

const virtualFixedPoint = z.object({ z: vector, region: indices, eigenvalues: z.array(pair) });

const fractions = z.array(z.array(z.string()));
const extent = z.object({
  vertices: z.array(vector),
  rays: z.array(vector),
  lines: z.array(vector),
  exact: z.object({ vertices: fractions, rays: fractions, lines: fractions }).optional(),
  exactDigits: count.optional(),
  omitted: z.enum(["past the largest float64", "too many vertices and rays"]).optional(),
});

export const continuum = z.object({
  dimension: z.int().positive(),
  point: vector,
  basis: z.array(vector),
  regions: z.array(indices).min(1),
  transverse: z.array(linearisation),
  // results of earlier versions lack the following keys
  bounded: z.boolean().optional(),
  pieceCount: count.optional(),
  pieces: z.array(z.object({ region: indices, ...extent.shape })).optional(),
  ends: extent.optional(),
  connectedSet: count.optional(),
});

const connectedSet = z.object({
  continua: indices,
  bounded: z.boolean(),
  closed: z.boolean(),
  ends: extent.optional(),
});

const found = z.object({
  curves: count,
  crossings: count,
  points: count,
  singletons: count,
  doubletons: count,
  chao1: count,
  degreeSum: z.int().optional(),
  degreeMustBe: z.union([z.literal(1), z.literal(-1)]).optional(),
});

/** Semantic versions, as https://semver.org has them. */
const version = z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/, "is no version number");
const date = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, "is no date and time in UTC")
  .refine((text) => !Number.isNaN(Date.parse(text)), "is no date and time in UTC");

/**
 * The part of `stillpoint/result@1` that `verifyResult` reads (docs/design.md#the-result-format). Other keys are named
 * as not checked.
 */
export const RESULT_SCHEMA = z.object({
  schema: z.literal("stillpoint/result@1"),
  model: z.object({
    name: z.string(),
    kind: z.string(),
    latentDim: count,
    units: count,
    hyperplanes: count,
    rank: count.optional(),
    sha256: z.string(),
  }),
  fixedPoints: z.array(fixedPoint),
  virtualFixedPoints: z.array(virtualFixedPoint).optional(),
  continua: z.array(continuum),
  connectedSets: z.array(connectedSet).optional(),
  complete: z.boolean(),
  incompleteBecause: z.string().min(1).optional(),
  found: found.optional(),
  method: z.enum(["regions", "search"]),
  backend: z.enum(["cpu", "webgpu"]),
  adapter: z.string().nullable(),
  backendNote: z.string().min(1).optional(),
  proof: z.enum(["patterns", "trees", "none"]).optional(),
  noProofBecause: z.string().min(1).optional(),
  proofFile: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: count, boxes: count }).optional(),
  counts: z.record(z.string(), z.number().nonnegative().refine(Number.isInteger, "is no whole number")),
  seconds: z.record(z.string(), z.number().nonnegative()),
  provenance: z.object({
    version,
    options: z.record(z.string(), z.unknown()),
    runtime: z.string().min(1),
    date,
  }),
  digest: z.string().optional(),
  /** The place of a shard's record in its batch. */
  shard: z.unknown().optional(),
});

export type ReportedResult = z.infer<typeof RESULT_SCHEMA>;
export type ReportedPoint = z.infer<typeof fixedPoint>;
export type ReportedDirections = z.infer<typeof directions>;
export type ReportedVirtualPoint = z.infer<typeof virtualFixedPoint>;
export type ReportedContinuum = z.infer<typeof continuum>;

/** What results say of a set of solutions, whatever it is of. */
export type ReportedSet = Omit<ReportedContinuum, "transverse" | "connectedSet">;

export type ReportedExtent = z.infer<typeof extent>;

/** The largest number of unknown keys that are named. */
const MOST_NAMED = 100;

/** The paths of keys that a value has and its parsed form has not: keys that the format does not know. */
export function unknownKeys(value: unknown, parsed: unknown, path = "", found: string[] = []): string[] {
  if (typeof value !== "object" || value === null || typeof parsed !== "object" || parsed === null) return found;
  const known = parsed as Readonly<Record<string, unknown>>;
  for (const [key, item] of Object.entries(value)) {
    if (found.length === MOST_NAMED) return found;
    const here = Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    if (!Object.hasOwn(known, key)) found.push(here);
    else if (known[key] !== item) unknownKeys(item, known[key], here, found);
  }
  return found;
}

/** `fixedPoints`, 3, `z`, 1 → `fixedPoints[3].z[1]`. */
export function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text === "" ? "result" : text.replace(/^\./, "");
}
