import { filled } from "../base/filled.ts";
import { readActivation } from "./activation.ts";
import { ModelError, OptionError } from "./errors.ts";
import { type ExactNumber, plus, times } from "./exact-number.ts";
import { FAMILIES, WITH_P } from "./families.ts";
import { Fields } from "./fields.ts";
import { contentHash } from "./hash.ts";
import type { ModelInput } from "./input.ts";
import { expectSize, MAX_MAGNITUDE, type Matrix } from "./matrix.ts";
import { ENVELOPE_KEYS, readEnvelope } from "./schema.ts";
import type { PiecewiseLinearSystem } from "./system.ts";
import type { Model, ModelKind, Precision } from "./types.ts";
import { type ConstantInput, toSystem } from "./unit-form.ts";

/** A name for a model that is read, and changes of its input. */
export interface ParseOptions {
  /** Used where the model has no name of its own. */
  readonly name?: string | undefined;
  /** Replaces components of the constant input: `{ s0: 1.5 }` sets s[0]. */
  readonly input?: Readonly<Record<string, number>> | undefined;
}

/**
 * Validates a model in any convention of docs/design.md#model-files and writes it as a piecewise-linear system,
 * exactly.
 *
 * @param model its arrays are nested arrays of rows, or `{ data, shape }` as binary files hold them.
 * @throws ModelError naming the field, its value and the remedy; OptionError for an input that the model does not have.
 */
export async function parseModel(model: ModelInput, options: ParseOptions = {}): Promise<Model> {
  return parseValue(model, options);
}

/** A parsed model as it is, and any other parsed. Throws as `parseModel`. */
export function toModel(model: ModelInput | Model, options: ParseOptions = {}): Model {
  return isParsed(model) ? model : parseValue(model, options);
}

/** The system of a model, and its time step where it has one. Throws as `parseModel`. */
export function systemOf(source: PiecewiseLinearSystem | Model | ModelInput): Pick<Model, "system" | "dt"> {
  return isSystem(source) ? { system: source } : toModel(source);
}

function isSystem(value: unknown): value is PiecewiseLinearSystem {
  return typeof value === "object" && value !== null && "hyperplanes" in value && "M" in value;
}

function isParsed(value: unknown): value is Model {
  return typeof value === "object" && value !== null && "system" in value && "sha256" in value;
}

const KEYS_OF_ENVELOPE: ReadonlySet<string> = new Set(ENVELOPE_KEYS);

/** `parseModel` of whatever stands in a file. */
export function parseValue(value: unknown, options: ParseOptions = {}): Model {
  const { envelope, raw } = readEnvelope(value);
  const kind = envelope.kind ?? impliedKind(raw);
  const activation = readActivation(envelope.activation);
  const fields = new Fields(raw, kind);
  const family = FAMILIES[kind](fields, envelope.P);
  const input = readInput(fields, family.latentDim, family.units, options.input);
  const system = toSystem(family.withInput(input), activation);
  const arrays = fields.read;
  if (WITH_P.has(kind)) arrays.set("P", { data: Float64Array.of(family.units), rows: 1, cols: 1 });
  if (input.s !== undefined) arrays.set("s", input.s);
  const isMeaningful = (key: string): boolean => arrays.has(key) || (key !== "P" && KEYS_OF_ENVELOPE.has(key));
  const model = {
    name: envelope.name ?? options.name ?? "model",
    kind,
    units: family.units,
    system,
    precision: precisionOf(arrays.values()),
    sha256: contentHash({ kind, activation, dt: envelope.dt, arrays }),
    ignoredKeys: Object.keys(raw).filter((key) => !isMeaningful(key)),
  };
  const absentBiases = fields.absent.length === 0 ? undefined : fields.absent;
  return filled<Pick<Model, "dt" | "absentBiases">, typeof model>({ dt: envelope.dt, absentBiases }, model);
}

function precisionOf(arrays: Iterable<Matrix>): Precision {
  for (const { data } of arrays) {
    for (let i = 0; i < data.length; i++) if (Math.fround(data[i]!) !== data[i]) return "float64";
  }
  return "float32";
}

/** The kind of a model without `kind`: only A, U, V, hx, hz leave no doubt. */
function impliedKind(raw: Readonly<Record<string, unknown>>): ModelKind {
  if (raw.U !== undefined && raw.V !== undefined && raw.W1 === undefined) return "shPLRNN";
  throw new ModelError(
    "kind",
    "is missing, and the other keys do not tell the family",
    undefined,
    'Add "kind", for example "shPLRNN" or "clippedShPLRNN" for A, W1, W2, h1, h2, "PLRNN" for A, W, h.',
  );
}

interface ReadInput extends ConstantInput {
  /** The s that was used. */
  readonly s: Matrix | undefined;
}

/** C s and Wu s, exactly. */
function readInput(
  fields: Fields,
  latentDim: number,
  units: number,
  override: Readonly<Record<string, number>> | undefined,
): ReadInput {
  const C = fields.has("C") ? fields.matrix("C") : undefined;
  const Wu = fields.has("Wu") ? fields.matrix("Wu") : undefined;
  const K = C?.cols ?? Wu?.cols ?? 0;
  if (C) expectSize(C, "C", latentDim, K, "as many rows as latent variables");
  if (Wu) expectSize(Wu, "Wu", units, K, `as many rows as units${C ? ", as many columns as C" : ""}`);
  const changes = override === undefined ? [] : Object.entries(override);
  if (K === 0) {
    if (fields.has("s")) {
      throw new ModelError("s", "has nothing to act on", "s without C and Wu", 'Add "C" or "Wu", or remove "s".');
    }
    if (changes.length > 0) {
      throw new OptionError("input", "the model takes no input", changes[0]![0], 'Add "C" or "Wu" to the model.');
    }
    return { s: undefined, latent: zeros(latentDim), unit: zeros(units) };
  }
  const s = fields.has("s") ? Float64Array.from(fields.vectorOf("s", K, "K as in C or Wu").data) : new Float64Array(K);
  for (const [key, x] of changes) {
    const k = /^s(\d+)$/.test(key) ? Number(key.slice(1)) : Number.NaN;
    if (!(k < K)) throw new OptionError("input", inputsText(K), key, "Count the inputs from 0.");
    if (!(Math.abs(x) <= MAX_MAGNITUDE))
      throw new OptionError(`input ${key}`, "must be a number of at most 2^300, about 2e90", x, "Give such a number.");
    s[k] = x;
  }
  return {
    s: { data: s, rows: K, cols: 1 },
    latent: C ? timesVector(C, s) : zeros(latentDim),
    unit: Wu ? timesVector(Wu, s) : zeros(units),
  };
}

function inputsText(K: number): string {
  if (K === 1) return "must be s0: the model has one input";
  return `must be ${K === 2 ? "s0 or s1" : `one of s0 to s${K - 1}`}: the model has ${K} inputs`;
}

function zeros(n: number): number[] {
  return new Array<number>(n).fill(0);
}

function timesVector({ data, rows, cols }: Matrix, x: Float64Array): ExactNumber[] {
  return Array.from({ length: rows }, (_, i) => {
    let total: ExactNumber = 0;
    for (let k = 0; k < cols; k++) total = plus(total, times(data[i * cols + k]!, x[k]!));
    return total;
  });
}
