import { FileError } from "../model/errors.ts";
import { isNumericArray, type NumericArray } from "../model/matrix.ts";
import { MAX_DEPTH } from "./budget.ts";

/** The names that the training code of one laboratory gives to the parameters of its models. */
export interface Layout {
  /** The description in the list of layouts. */
  readonly about: string;
  /** The equation of the model, for messages. */
  readonly map: string;
  /** Sets of names by which the layout is recognised, all of one set in one module. */
  readonly required: readonly (readonly string[])[];
  /** Numbers that no file of this layout holds, and what they are. */
  readonly unknown?: Readonly<Record<string, string>>;
  /** What must hold of the network for this layout to be right, and no file tells. */
  readonly condition?: string;
  /** Whether its names are also a model's own, so that they tell nothing. */
  readonly isPlain?: boolean;
  /** All names that it reads. */
  readonly names: readonly string[];
  /** The model's keys and values. @param get an array of the file by its name there, or undefined */
  readonly build: (get: (name: string) => unknown, file: string) => Record<string, unknown>;
}

export type LayoutName = keyof typeof LAYOUTS;

const SHALLOW = "z' = A z + W1 relu(W2 z + h2) + h1";
const CLIPPED = "z' = A z + W1 (relu(W2 z + h2) − relu(W2 z)) + h1";

/**
 * Layouts by the name of the code they come from, as it was in 2024 and 2025.
 *
 * smc_rnns computes z' = d·z + n·φ(m·z + Wu·v) with d = exp(−exp(decay_param)) and φ(x) = relu(x − h), or
 * relu(x + h) − relu(x) when clipped (vi_rnn/rnn.py, Transition_LowRank; older files say latent_step for transition and
 * AW or decay for decay_param). A state_dict does not tell which φ was used, so there is a layout for each φ.
 */
export const LAYOUTS = {
  "GTF-shPLRNN": {
    about: "DurstewitzLab/GTF-shPLRNN shallowPLRNN: A, W₁, W₂, h₁, h₂ (and C)",
    map: SHALLOW,
    required: [["W₁", "W₂", "h₁", "h₂"]],
    names: ["A", "W₁", "W₂", "h₁", "h₂", "C"],
    build: (get) => ({ kind: "shPLRNN", ...shallow(get) }),
  },
  "GTF-clippedShPLRNN": {
    about: "DurstewitzLab/GTF-shPLRNN clippedShallowPLRNN: A, W₁, W₂, h₁, h₂ (and C)",
    map: CLIPPED,
    required: [["W₁", "W₂", "h₁", "h₂"]],
    names: ["A", "W₁", "W₂", "h₁", "h₂", "C"],
    build: (get) => ({ kind: "clippedShPLRNN", ...shallow(get) }),
  },
  "GTF-dendPLRNN": {
    about: "DurstewitzLab/GTF-shPLRNN dendPLRNN: A, W, h, α, H (and C)",
    map: "z' = A z + W Σ_b α_b relu(z − H_b) + h",
    required: [["α", "H"]],
    names: ["A", "W", "h", "α", "H", "C"],
    build: (get) => ({ kind: "dendPLRNN", ...pick(get, { A: "A", W: "W", h: "h", alpha: "α", H: "H", C: "C" }) }),
  },
  "AL-RNN": {
    about: "DurstewitzLab/ALRNN-DSR AL_RNN: A, W, h; needs --set P=… where the file does not hold P",
    map: "z' = A z + W φ(z) + h, φ = relu on the last P coordinates",
    isPlain: true,
    required: [["A", "W", "h"]],
    names: ["A", "W", "h", "P"],
    build: (get) => ({ kind: "ALRNN", ...pick(get, { A: "A", W: "W", h: "h", P: "P" }) }),
  },
  "smc_rnns-relu": {
    about: "mackelab/smc_rnns Transition_LowRank, activation relu: n, m, h, decay_param (and Wu)",
    map: SHALLOW,
    required: [["n", "m", "h"]],
    names: ["n", "m", "h", "decay_param", "AW", "decay", "Wu"],
    build: (get, file) => ({ kind: "shPLRNN", ...lowRank(get, file), h2: mapNumbers(get("h"), (x) => -x) }),
  },
  "smc_rnns-clipped": {
    about: "mackelab/smc_rnns Transition_LowRank, activation clipped_relu: n, m, h, decay_param (and Wu)",
    map: CLIPPED,
    required: [["n", "m", "h"]],
    names: ["n", "m", "h", "decay_param", "AW", "decay", "Wu"],
    build: (get, file) => ({ kind: "clippedShPLRNN", ...lowRank(get, file), h2: get("h") }),
  },
} as const satisfies Record<string, Layout>;

export const LAYOUT_NAMES = Object.keys(LAYOUTS) as readonly LayoutName[];

type Get = (name: string) => unknown;

function shallow(get: Get): Record<string, unknown> {
  return pick(get, { A: "A", W1: "W₁", W2: "W₂", h1: "h₁", h2: "h₂", C: "C" });
}

/** The values that the file holds, under the keys of the model. */
function pick(get: Get, names: Readonly<Record<string, string>>): Record<string, unknown> {
  const found = Object.entries(names).map(([key, name]) => [key, get(name)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && value !== null));
}

function lowRank(get: Get, file: string): Record<string, unknown> {
  const W1 = get("n");
  const rank = isNumericArray(W1) ? W1.shape[0] : Array.isArray(W1) ? W1.length : 0;
  const decay = numbersOf(get("decay_param") ?? get("AW") ?? get("decay"));
  if (decay.length !== 1 && decay.length !== rank) {
    throw new FileError(
      file,
      `holds ${decay.length} numbers in decay_param (or AW, decay) for ${rank} latent variables`,
      "Check that it is a state_dict of smc_rnns.",
    );
  }
  const A = Array.from({ length: rank }, (_, i) => Math.exp(-Math.exp(decay[decay.length === 1 ? 0 : i])));
  // an input of no component is saved as an array without columns
  const Wu = get("Wu");
  return { A, W1, W2: get("m"), h1: new Array<number>(rank).fill(0), ...(numbersOf(Wu).length > 0 ? { Wu } : {}) };
}

/** All numbers of an array of at most `depth` dimensions, in order. */
function numbersOf(value: unknown, depth = MAX_DEPTH): number[] {
  if (typeof value === "number") return [value];
  if (isNumericArray(value)) return Array.from(value.data);
  return Array.isArray(value) && depth > 0 ? value.flatMap((item) => numbersOf(item, depth - 1)) : [];
}

/**
 * The same array with a function applied to each number. A value nested deeper than `depth` is no array of a model and
 * stays as it is.
 */
export function mapNumbers(value: unknown, f: (x: number) => number, depth = MAX_DEPTH): unknown {
  if (typeof value === "number") return f(value);
  if (isNumericArray(value)) return { data: value.data.map(f), shape: value.shape } satisfies NumericArray;
  return Array.isArray(value) && depth > 0 ? value.map((item) => mapNumbers(item, f, depth - 1)) : value;
}
