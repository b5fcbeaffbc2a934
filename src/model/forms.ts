import { isNumericArray } from "./matrix.ts";
import { MODEL_KEYS } from "./schema.ts";
import type { ModelKind } from "./types.ts";

/** A size of a model; the same letter is the same number in all arrays of a form. */
type Size = "R" | "N" | "B";

/**
 * The arrays of one family as a table, for messages and for guesses at a file's names. `families.ts` reads and checks
 * the arrays themselves; a test holds the two together.
 */
export interface Form {
  readonly kind: ModelKind;
  /** The equation, as the README has it. */
  readonly map: string;
  /** Arrays that must be there. `A` is square or the diagonal of a square matrix. */
  readonly arrays: Readonly<Record<string, readonly Size[]>>;
  /** Vectors that are zero where there are none, but for those in `needed`. */
  readonly biases: Readonly<Record<string, Size>>;
  /** Biases without which there would be no unit. */
  readonly needed?: readonly string[];
  /** Numbers that must be there, and how `--set` gives them. */
  readonly numbers?: Readonly<Record<string, string>>;
  /** Arrays that may be there. */
  readonly optional?: Readonly<Record<string, readonly Size[]>>;
}

const SECOND = { arrays: { A: ["R", "R"], W1: ["R", "N"], W2: ["N", "R"] }, biases: { h1: "R", h2: "N" } } as const;
const LATENT = { arrays: { A: ["R", "R"], W: ["R", "R"] }, biases: { h: "R" } } as const;
const UNITS = { arrays: { W: ["R", "R"] }, biases: { h: "R" } } as const;
const LEAK = "the step over the time constant, Δt/τ";
const COUNT = "how many coordinates are rectified";

const TABLE = [
  {
    kind: "shPLRNN",
    map: "z' = A z + Vᵀ relu(U z − hx) − hz",
    arrays: { A: ["R", "R"], U: ["N", "R"], V: ["N", "R"] },
    biases: { hx: "N", hz: "R" },
  },
  { kind: "shPLRNN", map: "z' = A z + W1 relu(W2 z + h2) + h1", ...SECOND },
  { kind: "clippedShPLRNN", map: "z' = A z + W1 (relu(W2 z + h2) − relu(W2 z)) + h1", ...SECOND, needed: ["h2"] },
  {
    kind: "continuousClippedShPLRNN",
    map: "ż = A z + W1 (relu(W2 z + h2) − relu(W2 z)) + h1",
    ...SECOND,
    needed: ["h2"],
  },
  { kind: "PLRNN", map: "z' = A z + W relu(z) + h", ...LATENT },
  {
    kind: "ALRNN",
    map: "z' = A z + W φ(z) + h, φ = relu on the last P coordinates",
    ...LATENT,
    numbers: { P: COUNT },
  },
  {
    kind: "continuousALRNN",
    map: "ż = A z + W φ(z) + h, φ = relu on the last P coordinates",
    ...LATENT,
    numbers: { P: COUNT },
  },
  {
    kind: "dendPLRNN",
    map: "z' = A z + W Σ_b α_b relu(z − H_b) + h",
    arrays: { ...LATENT.arrays, alpha: ["B"], H: ["R", "B"] },
    biases: LATENT.biases,
  },
  { kind: "RNN", map: "z' = A z + relu(W z + h), A = 0 unless given", ...UNITS, optional: { A: ["R", "R"] } },
  { kind: "leakyRNN", map: "z' = (1 − α) z + α relu(W z + h)", ...UNITS, numbers: { alpha: LEAK } },
  { kind: "leakyPLRNN", map: "z' = (1 − α) z + α (W relu(z) + h)", ...UNITS, numbers: { alpha: LEAK } },
  {
    kind: "continuous",
    map: "τ ż = A z + Vᵀ relu(U z − hx) − hz",
    arrays: { U: ["N", "R"], V: ["N", "R"] },
    biases: { hx: "N", hz: "R" },
    optional: { A: ["R", "R"] },
  },
  { kind: "TLN", map: "ẋ = −x + relu(W x + b)", arrays: { W: ["N", "N"] }, biases: { b: "N" }, needed: ["b"] },
] as const satisfies readonly Form[];

/** The table with its literal types, for the test of the types of models. */
export type FormTable = typeof TABLE;

/** Every form of every family, those of one set of keys in the order of how common they are. */
export const FORMS: readonly Form[] = TABLE;

/** Keys whose absence is a statement: biases that are zero then, and an `A` that is then what its family says. */
export const ABSENT_MEANS_ZERO: ReadonlySet<string> = new Set(
  FORMS.flatMap(({ biases, optional }) => [...Object.keys(biases), ...Object.keys(optional ?? {})]),
);

/** The size of an array as a file or a program gives it. */
export interface Shape {
  readonly extents: readonly number[];
  /**
   * Whether it is nested lists, of which only one of numbers is a vector; flat data may be one as a row or a column.
   */
  readonly nested: boolean;
}

/**
 * The shape of a value that may be an array of a model: of nested lists by their first ones; undefined for all else.
 */
export function shapeOf(value: unknown): Shape | undefined {
  if (isNumericArray(value)) return { extents: value.shape, nested: false };
  const extents: number[] = [];
  let item = value;
  while (Array.isArray(item) || isTyped(item)) {
    extents.push(item.length);
    // not `item[0]`: V8 compiles one that sees lists of lists and of numbers to box all numbers of the latter
    item = item.at(0);
    if (extents.length > 4) return undefined;
  }
  return extents.length === 0 || (item !== undefined && typeof item !== "number")
    ? undefined
    : { extents, nested: true };
}

function isTyped(value: unknown): value is Float64Array | Float32Array {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** `60×3`, `3`, or `one number`. */
export function shapeText({ extents }: Shape): string {
  return extents.length === 0 ? "one number" : extents.join("×");
}

/** The shape of the transpose; undefined for what is no matrix. */
export function transposedShape({ extents, nested }: Shape): Shape | undefined {
  return extents.length === 2 ? { extents: [extents[1]!, extents[0]!], nested } : undefined;
}

/** Numbers for the letters of a form. */
export type Sizes = Readonly<Partial<Record<Size, number>>>;

/** The sizes with those of one more array, or undefined where the array does not fit them. */
export function withArray(sizes: Sizes, key: string, letters: readonly Size[], shape: Shape): Sizes | undefined {
  if (key === "A") {
    const length = vectorLength(shape) ?? (isSquare(shape) ? shape.extents[0] : undefined);
    return length === undefined ? undefined : withSize(sizes, letters[0]!, length);
  }
  if (letters.length === 1) {
    const length = vectorLength(shape);
    return length === undefined ? undefined : withSize(sizes, letters[0]!, length);
  }
  if (shape.extents.length !== 2) return undefined;
  const first = withSize(sizes, letters[0]!, shape.extents[0]!);
  return first === undefined ? undefined : withSize(first, letters[1]!, shape.extents[1]!);
}

function withSize(sizes: Sizes, letter: Size, size: number): Sizes | undefined {
  if (size < 1) return undefined;
  const known = sizes[letter];
  return known === undefined ? { ...sizes, [letter]: size } : known === size ? sizes : undefined;
}

/** The length of a vector; undefined for a matrix with more than one row and column. */
export function vectorLength({ extents, nested }: Shape): number | undefined {
  if (extents.length === 1) return extents[0];
  if (nested || extents.length === 0 || extents.filter((extent) => extent !== 1).length > 1) return undefined;
  return extents.reduce((product, extent) => product * extent, 1);
}

function isSquare({ extents }: Shape): boolean {
  return extents.length === 2 && extents[0] === extents[1];
}

/** All arrays of a form with their letters: those that must be there, the biases, and those that may be. */
export function lettersOf(form: Form): Readonly<Record<string, readonly Size[]>> {
  const known = letters.get(form);
  if (known !== undefined) return known;
  const { arrays, biases, optional } = form;
  const vectors = Object.entries(biases).map(([key, size]) => [key, [size]] as const);
  const made = { ...arrays, ...Object.fromEntries(vectors), ...optional };
  letters.set(form, made);
  return made;
}

const letters = new WeakMap<Form, Readonly<Record<string, readonly Size[]>>>();

/** Keys of arrays that belong to no form in particular. */
const COMMON: ReadonlySet<string> = new Set(["C", "Wu", "s"]);

/** Keys of a value that are arrays of some model's form. */
export function arrayKeys(value: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(value).filter(
    (key) => MODEL_KEYS.has(key) && !COMMON.has(key) && value[key] !== undefined && shapeOf(value[key]) !== undefined,
  );
}
