import * as z from "zod/mini";
import type { ActivationSpec } from "./activation.ts";
import { ModelError } from "./errors.ts";
import { isNumericArray, MAX_MAGNITUDE } from "./matrix.ts";
import { MAX_NAME_LENGTH } from "./name.ts";
import type { ModelKind } from "./types.ts";

/** The fields of a model beside its arrays. They are checked here, the arrays in matrix.ts and families.ts. */
export interface Envelope {
  readonly kind: ModelKind | undefined;
  readonly name: string | undefined;
  readonly activation: ActivationSpec;
  readonly dt: number | undefined;
  readonly P: number | undefined;
}

const KINDS = [
  ...(["shPLRNN", "clippedShPLRNN", "PLRNN", "ALRNN", "dendPLRNN", "RNN", "leakyRNN", "leakyPLRNN"] as const),
  ...(["continuous", "continuousALRNN", "continuousClippedShPLRNN", "TLN"] as const),
] as const;

const finite = z
  .number("must be a finite number")
  .check(
    z.refine(
      (x) => Math.abs(x) <= MAX_MAGNITUDE,
      "is beyond 2^300, where products of the model's numbers would overflow",
    ),
  );

/** What models of all kinds may have beside their arrays, and P. */
export const ENVELOPE = z.object({
  kind: z.optional(z.enum(KINDS, "must be one of the families that Stillpoint knows")),
  name: z.optional(z.string("must be a text")),
  activation: z.optional(
    z.union(
      [
        z.enum(["relu", "hardtanh"]),
        z.strictObject({ leaky: finite }),
        z.strictObject({ breakpoints: z.array(finite), slopes: z.array(finite) }),
      ],
      "must be a piecewise-linear function that Stillpoint knows",
    ),
  ),
  dt: z.optional(z.number("must be a finite number").check(z.positive("must be positive"))),
  P: z.optional(z.int("must be a whole number").check(z.nonnegative("must not be negative"))),
});

/** Keys that the envelope reads. */
export const ENVELOPE_KEYS: readonly string[] = Object.keys(ENVELOPE.shape);

const ARRAY_KEYS = [
  ...(["A", "U", "V", "hx", "hz", "W1", "W2", "h1", "h2"] as const),
  ...(["W", "h", "alpha", "H", "b", "C", "Wu", "s"] as const),
] as const;

/** A key that some family reads. */
export type ModelKey = keyof z.input<typeof ENVELOPE> | (typeof ARRAY_KEYS)[number];

/** Every key that some family reads. */
export const MODEL_KEYS: ReadonlySet<string> = new Set([...ENVELOPE_KEYS, ...ARRAY_KEYS]);

const REMEDIES: Readonly<Record<string, string>> = {
  kind: `Use one of ${KINDS.join(", ")}.`,
  name: "Give a short name in quotation marks, or leave it out.",
  activation:
    'Use "relu", "hardtanh", {"leaky": α} or {"breakpoints": [b1 < b2 < …], "slopes": [s0, s1, …]}, all finite numbers.',
  dt: "Give the time step as a positive number, or leave it out.",
  P: "Give the number of rectified units of the ALRNN.",
};

/** Throws ModelError if value is no object, or if its kind, name, activation, dt or P is not valid. */
export function readEnvelope(value: unknown): { envelope: Envelope; raw: Readonly<Record<string, unknown>> } {
  if (value === null || typeof value !== "object" || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw new ModelError("model", "must be an object", value, 'Give an object such as {"A", "U", "V", "hx", "hz"}.');
  }
  const raw = value as Readonly<Record<string, unknown>>;
  const given: Record<string, unknown> = {};
  for (const key of ENVELOPE_KEYS) {
    if (Object.hasOwn(raw, key)) given[key] = key === "dt" || key === "P" ? scalar(raw[key]) : raw[key];
  }
  checkLength(given.activation);
  const parsed = ENVELOPE.safeParse(given);
  if (!parsed.success) throw toModelError(parsed.error.issues[0]!, given);
  const { kind, name, activation, dt, P } = parsed.data;
  if (name !== undefined && name.length > MAX_NAME_LENGTH)
    throw new ModelError("name", `has more than ${MAX_NAME_LENGTH} characters`, name, REMEDIES.name!);
  return { envelope: { kind, name, activation: activation ?? "relu", dt, P }, raw };
}

/** The largest number of breakpoints: each makes a hyperplane of every unit. */
const MAX_BREAKPOINTS = 2 ** 14;

/** Refuses lists that are too long before their numbers are looked at one by one. */
function checkLength(activation: unknown): void {
  if (activation === null || typeof activation !== "object") return;
  for (const [key, list] of Object.entries(activation)) {
    if (!Array.isArray(list) || list.length <= MAX_BREAKPOINTS + 1) continue;
    throw new ModelError(
      `activation.${key === "slopes" ? "slopes" : "breakpoints"}`,
      `has more than ${MAX_BREAKPOINTS} entries`,
      list,
      "Use fewer pieces.",
    );
  }
}

/** The number in an array of one, as binary files hold numbers. */
function scalar(value: unknown): unknown {
  return isNumericArray(value) && value.data.length === 1 ? value.data[0] : value;
}

function toModelError(issue: z.core.$ZodIssue, raw: Record<string, unknown>): ModelError {
  let field = "";
  let value: unknown = raw;
  for (const step of issue.path) {
    field += typeof step === "number" ? `[${step}]` : field === "" ? String(step) : `.${String(step)}`;
    value = value !== null && typeof value === "object" ? Reflect.get(value, step) : undefined;
  }
  return new ModelError(
    field,
    issue.message,
    value,
    REMEDIES[String(issue.path[0])] ?? "See the README on model files.",
  );
}
