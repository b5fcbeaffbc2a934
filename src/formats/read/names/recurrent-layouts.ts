import { FileError } from "../../../model/errors.ts";
import type { Shape } from "../../../model/forms.ts";
import { isNumericArray } from "../../../model/matrix.ts";
import { transposed } from "../elements.ts";
import { type Get, type Layout, mapNumbers, numbersOf, pick } from "./layout.ts";

const DENDRITES = "z' = A z + W Σ_b α_b relu(z − H_b) + h";
const LEAKY = "z' = (1 − α) z + α relu(W z + h + Wu s)";
const STEP = "the step over the time constant, Δt/τ";

/**
 * Layouts of recurrent layers and of networks of latent units, by the code they come from.
 *
 * torch.nn.RNN computes h' = φ(W_hh h + b_hh + W_ih x + b_ih); Keras' SimpleRNN multiplies rows from the left, so its
 * kernels are transposed. dendPLRNN (BPTT_TF/bptt/PLRNN_model.py) keeps A as the diagonal of AW and adds its thetas.
 * PsychRNN saves the weights with its masks and signs applied; its leak, like that of latent circuits, is in no file.
 */
export const RECURRENT_LAYOUTS = {
  "torch-RNN-relu": {
    about: "torch.nn.RNN or RNNCell with nonlinearity='relu', one layer: weight_hh, weight_ih, bias_ih, bias_hh",
    map: "z' = relu(W z + h + b + Wu s)",
    required: [
      ["weight_hh_l0", "weight_ih_l0"],
      ["weight_hh", "weight_ih"],
    ],
    names: ["weight_hh", "weight_ih", "bias_ih", "bias_hh"].flatMap((name) => [`${name}_l0`, name]),
    condition: "if it was made with nonlinearity='relu', which the file does not tell: torch's own choice is tanh",
    fits: (shape) => {
      if (shape("weight_hh_l1") !== undefined)
        return "has more than one layer, and only one layer is a map of its state";
      if (shape("weight_hh_l0_reverse") !== undefined) return "runs in both directions, and so is no map of its state";
      const { extents } = shape("weight_hh_l0") ?? shape("weight_hh") ?? { extents: [] };
      return gated(extents[0], extents[1]);
    },
    build: (get) => {
      const end = get("weight_hh_l0") === undefined ? "" : "_l0";
      const names = { W: "weight_hh", h: "bias_ih", b: "bias_hh", Wu: "weight_ih" };
      return { kind: "RNN", ...pick((name) => get(`${name}${end}`), names) };
    },
  },
  "keras-SimpleRNN-relu": {
    about:
      "Keras SimpleRNN with activation='relu': kernel, recurrent_kernel, bias, or the variables 0, 1, 2 of its cell",
    map: "z' = relu(W z + h + Wu s)",
    required: [
      ["recurrent_kernel", "kernel"],
      ["recurrent_kernel:0", "kernel:0"],
      ["cell.vars.1", "cell.vars.0"],
    ],
    names: ["kernel", "recurrent_kernel", "bias", "kernel:0", "recurrent_kernel:0", "bias:0"].concat(
      ["0", "1", "2"].map((k) => `cell.vars.${k}`),
    ),
    condition: "if it was made with activation='relu', which the arrays do not tell: Keras' own choice is tanh",
    fits: (shape) => {
      const { extents } = kerasNames.map(([, kernel]) => shape(kernel)).find((each) => each !== undefined) ?? NONE;
      return gated(extents[1], extents[0]);
    },
    build: (get) => {
      const [input, kernel, bias] = kerasNames.find(([, name]) => get(name) !== undefined) ?? kerasNames[0];
      const h = get(bias);
      return { kind: "RNN", W: turned(get(kernel)), Wu: turned(get(input)), ...(h === undefined ? {} : { h }) };
    },
  },
  dendPLRNN: {
    about: "DurstewitzLab/dendPLRNN, latent_model dendr-PLRNN: AW, h, alphas, thetas",
    map: DENDRITES,
    required: [["AW", "alphas", "thetas"]],
    names: ["AW", "h", "alphas", "thetas"],
    condition: "if hypers.pkl says latent_model dendr-PLRNN, without mean_centering",
    build: (get) => ({
      ...latent(get),
      kind: "dendPLRNN",
      alpha: get("alphas"),
      H: mapNumbers(get("thetas"), (x) => -x),
    }),
  },
  "dendPLRNN-clipped": {
    about: "the same, latent_model clipped-PLRNN",
    map: "z' = A z + W Σ_b α_b (relu(z − H_b) − relu(z)) + h",
    required: [["AW", "alphas", "thetas"]],
    names: ["AW", "h", "alphas", "thetas"],
    condition: "if hypers.pkl says latent_model clipped-PLRNN, without mean_centering",
    build: (get) => ({ ...latent(get), kind: "dendPLRNN", ...clippedBases(get) }),
  },
  "dendPLRNN-plain": {
    about: "the same, latent_model PLRNN: AW, h",
    map: "z' = A z + W relu(z) + h",
    required: [["AW", "h"]],
    names: ["AW", "h"],
    fits: (shape) => {
      const { extents } = shape("AW") ?? NONE;
      return (
        extents.length === 2 && extents[0] === extents[1] && shape("alphas") === undefined && shape("n") === undefined
      );
    },
    build: (get) => ({ ...latent(get), kind: "PLRNN" }),
  },
  PsychRNN: {
    about: "murraylab/PsychRNN Basic, as RNN.save writes it: W_rec, b_rec, W_in; needs --set alpha=… (dt/tau)",
    map: "z' = (1 − α) z + α (W relu(z) + h + C s)",
    required: [["W_rec", "W_in", "b_rec"]],
    names: ["W_rec", "W_in", "b_rec"],
    unknown: { alpha: `${STEP} (dt/tau)` },
    build: (get) => ({ kind: "leakyPLRNN", ...pick(get, { W: "W_rec", h: "b_rec", C: "W_in" }) }),
  },
  "latent-circuit": {
    about: "engellab/latentcircuit LatentNet: recurrent_layer, input_layer; needs --set alpha=… (0.2 there)",
    map: LEAKY,
    required: [["recurrent_layer.weight", "input_layer.weight"]],
    names: ["recurrent_layer.weight", "recurrent_layer.bias", "input_layer.weight"],
    unknown: { alpha: `${STEP}, 0.2 in LatentNet` },
    build: (get) => ({
      kind: "leakyRNN",
      ...pick(get, { W: "recurrent_layer.weight", h: "recurrent_layer.bias", Wu: "input_layer.weight" }),
    }),
  },
  "latent-circuit-params": {
    about: "engellab/latent_circuit_inference get_params: W_rec, W_inp, dt, tau, activation_name, activation_slope",
    map: LEAKY,
    required: [["W_rec", "W_inp", "tau", "dt"]],
    names: ["W_rec", "W_inp", "b_rec", "dt", "tau", "activation_name", "activation_slope"],
    build: (get, file) => {
      const name = get("activation_name");
      if (name !== undefined && name !== "relu") {
        throw new FileError(
          file,
          `has units of activation ${String(name)}, which is not piecewise linear`,
          "None can be read.",
        );
      }
      const [dt, tau, slope = 1] = ["dt", "tau", "activation_slope"].map((key) => numbersOf(get(key))[0]);
      return {
        kind: "leakyRNN",
        ...pick(get, { W: "W_rec", h: "b_rec", Wu: "W_inp" }),
        alpha: dt! / tau!,
        activation: slope === 1 ? "relu" : { breakpoints: [0], slopes: [0, slope] },
      };
    },
  },
} as const satisfies Record<string, Layout>;

const NONE: Shape = { extents: [], nested: false };

/** Kernel, recurrent kernel and bias, as Keras 2 names them in h5 files, with and without their number, and Keras 3. */
const kerasNames = [
  ["kernel", "recurrent_kernel", "bias"],
  ["kernel:0", "recurrent_kernel:0", "bias:0"],
  ["cell.vars.0", "cell.vars.1", "cell.vars.2"],
] as const;

/** Whether a recurrent matrix is that of a plain layer; gated ones have 3 or 4 of them on top of one another. */
function gated(outputs = 0, units = 0): boolean | string {
  if (outputs === units) return true;
  const name = outputs === 4 * units ? "an LSTM" : outputs === 3 * units ? "a GRU" : undefined;
  return name === undefined ? false : `is ${name}, whose gates multiply: it is not piecewise linear`;
}

/** A and W of AW, and h. */
function latent(get: Get): Record<string, unknown> {
  const AW = get("AW");
  const M = isNumericArray(AW) ? AW.shape[0]! : Array.isArray(AW) ? AW.length : 0;
  const all = numbersOf(AW);
  const shape = [M, M];
  if (all.length !== M * M) return { W: AW, h: get("h") };
  return {
    A: Array.from({ length: M }, (_, i) => all[i * (M + 1)]!),
    W: { data: Float64Array.from(all, (x, i) => (i % (M + 1) === 0 ? 0 : x)), shape },
    h: get("h"),
  };
}

/** Bases α_b relu(z + θ_b) and, behind them, −α_b relu(z): their sum over b need not be a float64. */
function clippedBases(get: Get): Record<string, unknown> {
  const alphas = numbersOf(get("alphas"));
  const thetas = numbersOf(get("thetas"));
  const B = alphas.length;
  const M = thetas.length / B;
  if (!Number.isInteger(M)) return { alpha: get("alphas"), H: get("thetas") };
  const data = new Float64Array(2 * M * B);
  for (let i = 0; i < M; i++) for (let b = 0; b < B; b++) data[2 * B * i + b] = -thetas[i * B + b]!;
  return { alpha: [...alphas, ...alphas.map((x) => -x)], H: { data, shape: [M, 2 * B] } };
}

/** The transpose of a matrix; anything else as it is. */
function turned(value: unknown): unknown {
  if (isNumericArray(value) && value.shape.length === 2) {
    const [rows, cols] = value.shape as [number, number];
    return { data: transposed(value.data, rows, cols), shape: [cols, rows] };
  }
  if (!Array.isArray(value) || !value.every(Array.isArray) || value.length === 0) return value;
  return value[0]!.map((_: unknown, k: number) => value.map((row) => row[k]));
}
