import { FileError } from "../../../model/errors.ts";
import { isNumericArray } from "../../../model/matrix.ts";
import { type Get, type Layout, mapNumbers, numbersOf, pick } from "./layout.ts";
import { RECURRENT_LAYOUTS } from "./recurrent-layouts.ts";

/** The names of the layouts, as `--layout` takes them. */
export type LayoutName =
  | "GTF-shPLRNN"
  | "GTF-clippedShPLRNN"
  | "GTF-dendPLRNN"
  | "AL-RNN"
  | "continuous-AL-RNN"
  | "smc_rnns-relu"
  | "smc_rnns-clipped"
  | "torch-RNN-relu"
  | "keras-SimpleRNN-relu"
  | "dendPLRNN"
  | "dendPLRNN-clipped"
  | "dendPLRNN-plain"
  | "PsychRNN"
  | "latent-circuit"
  | "latent-circuit-params";

const SHALLOW = "z' = A z + W1 relu(W2 z + h2) + h1";
const CLIPPED = "z' = A z + W1 (relu(W2 z + h2) − relu(W2 z)) + h1";

/**
 * Layouts by the name of the code they come from, as it was in 2024 and 2025.
 *
 * smc_rnns computes z' = d·z + n·φ(m·z + Wu·v) with d = exp(−exp(decay_param)) and φ(x) = relu(x − h), or
 * relu(x + h) − relu(x) when clipped (vi_rnn/rnn.py, Transition_LowRank; older files say latent_step for transition and
 * AW or decay for decay_param). A state_dict does not tell which φ was used, so there is a layout for each φ.
 */
export const LAYOUTS: Readonly<Record<LayoutName, Layout>> = {
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
  "continuous-AL-RNN": {
    about: "DurstewitzLab/continuous-time-PLRNN contALRNN: A, W, h; needs --set P=…",
    map: "ż = A z + W φ(z) + h, φ = relu on the last P coordinates",
    isPlain: true,
    required: [["A", "W", "h"]],
    names: ["A", "W", "h", "P"],
    build: (get) => ({ kind: "continuousALRNN", ...pick(get, { A: "A", W: "W", h: "h", P: "P" }) }),
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
  ...RECURRENT_LAYOUTS,
};

/** The names that `--layout` takes. */
export const LAYOUT_NAMES = Object.keys(LAYOUTS) as readonly LayoutName[];

function shallow(get: Get): Record<string, unknown> {
  return pick(get, { A: "A", W1: "W₁", W2: "W₂", h1: "h₁", h2: "h₂", C: "C" });
}

function lowRank(get: Get, file: string): Record<string, unknown> {
  const W1 = get("n");
  const rank = isNumericArray(W1) ? W1.shape[0]! : Array.isArray(W1) ? W1.length : 0;
  const decay = numbersOf(get("decay_param") ?? get("AW") ?? get("decay"));
  if (decay.length !== 1 && decay.length !== rank) {
    throw new FileError(
      file,
      `holds ${decay.length} numbers in decay_param (or AW, decay) for ${rank} latent variables`,
      "Check that it is a state_dict of smc_rnns.",
    );
  }
  const A = Array.from({ length: rank }, (_, i) => Math.exp(-Math.exp(decay[decay.length === 1 ? 0 : i]!)));
  // an input of no component is saved as an array without columns
  const Wu = get("Wu");
  return { A, W1, W2: get("m"), h1: new Array<number>(rank).fill(0), ...(numbersOf(Wu).length > 0 ? { Wu } : {}) };
}
