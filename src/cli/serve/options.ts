import { availableParallelism } from "node:os";
import { LAYOUT_NAMES, type LayoutName } from "../../formats/read/names/layouts.ts";
import type { ReadOptions } from "../../formats/read/read.ts";
import { OptionError } from "../../model/errors.ts";
import { MODEL_KEYS } from "../../model/schema.ts";
import { checkOptions, type FindOptions } from "../../run/options.ts";

/** An object of a request. */
export type Json = Readonly<Record<string, unknown>>;

/** What the value of an option must be. */
type Kind = "text" | "number" | "boolean" | "texts" | "numbers" | "object";

const IS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  texts: (value) => isObject(value) && Object.values(value).every(IS.text),
  numbers: (value) => isObject(value) && Object.values(value).every(IS.number),
  object: isObject,
};

const WORDS: Readonly<Record<Kind, string>> = {
  text: "a text",
  number: "a number",
  boolean: "true or false",
  texts: "an object of texts",
  numbers: "an object of numbers",
  object: "an object",
};

/** Options of solve and solveMany, as those of the API. */
const FIND_OPTIONS = {
  method: "text",
  backend: "text",
  expand: "text",
  threads: "number",
  virtual: "boolean",
  input: "numbers",
  maxSeconds: "number",
  maxRegions: "number",
} as const satisfies Partial<Record<keyof FindOptions, Kind>>;

/** Options of solve. */
export const SOLVE_OPTIONS = { ...FIND_OPTIONS, proof: "boolean" } as const;

/** Options of cycles. */
export const CYCLE_OPTIONS = {
  maxPeriod: "number",
  period: "number",
  method: "text",
  threads: "number",
  input: "numbers",
  maxSeconds: "number",
  proof: "boolean",
} as const;

/** Options of sweep. */
export const SWEEP_OPTIONS = {
  method: "text",
  backend: "text",
  threads: "number",
  input: "numbers",
  maxSeconds: "number",
  maxRegions: "number",
  coverage: "text",
  maxPeriod: "number",
} as const;

const NAMING = { layout: "text", map: "texts", set: "object", prefix: "text", columnMajor: "boolean" } as const;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The options of a request that are known; null counts as not given.
 * @throws OptionError for an option that is not known, or of another type.
 */
export function readOptions(given: unknown, known: Readonly<Record<string, Kind>>, what = "options"): Json {
  if (given === undefined || given === null) return {};
  if (!isObject(given)) throw new OptionError(what, "must be an object", given, "Leave it out, or give its members.");
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const kind = Object.hasOwn(known, key) ? known[key] : undefined;
    if (kind === undefined) {
      throw new OptionError(key, `is not one of the ${what}`, value, `Use ${Object.keys(known).join(", ")}.`);
    }
    if (value === null) continue;
    if (!IS[kind](value)) throw new OptionError(key, `must be ${WORDS[kind]}`, value, "Correct or omit it.");
    options[key] = value;
  }
  return options;
}

/** How to solve. All cores serve a run that takes long, as on the command line. Throws OptionError. */
export function readFindOptions(
  given: unknown,
  known: typeof FIND_OPTIONS | typeof SOLVE_OPTIONS = FIND_OPTIONS,
): FindOptions & { readonly proof?: boolean } {
  const options: FindOptions = { threads: availableParallelism(), ...readOptions(given, known) };
  checkOptions(options);
  return options;
}

/** The names of a model's arrays. Throws OptionError. */
export function readNaming(given: unknown): ReadOptions {
  const naming = readOptions(given, NAMING, "naming");
  const { layout, map = {}, set = {} } = naming;
  for (const key of [...Object.keys(map as object), ...Object.keys(set as object)]) {
    if (MODEL_KEYS.has(key)) continue;
    throw new OptionError("naming", "is of a key that no model has", key, `Use ${[...MODEL_KEYS].join(", ")}.`);
  }
  if (layout !== undefined && !LAYOUT_NAMES.includes(layout as LayoutName)) {
    throw new OptionError("layout", "is not one of the choices", layout, `Use ${LAYOUT_NAMES.join(", ")}.`);
  }
  return naming;
}
