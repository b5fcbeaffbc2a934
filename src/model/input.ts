import type { ActivationSpec } from "./activation.ts";
import type { NumericArray } from "./matrix.ts";

/*
 * Models as they are given, written out for people and their editors. `forms.ts` and `schema.ts` say the same to the
 * program; tests/model/input.test.ts holds the three together, type by type. Aliases and not interfaces: so a
 * `Record<string, unknown>` may be passed `as ModelInput`.
 */

/** Numbers in a row: an array of numbers, or flat data of shape [n], [n, 1] or [1, n]. */
export type VectorInput = readonly number[] | Float64Array | Float32Array | NumericArray;

/** A matrix, row-major: an array of rows, or flat data of shape [rows, columns]. */
export type MatrixInput = readonly (readonly number[] | Float64Array | Float32Array)[] | NumericArray;

/** A square matrix, or a vector for its diagonal. */
export type SquareInput = MatrixInput | VectorInput;

/** A bias; 0, or none, is a vector of zeros. */
export type BiasInput = VectorInput | 0 | undefined;

/** What models of all kinds may have. */
export type CommonInput = {
  readonly name?: string | undefined;
  /** In place of relu: continuous, piecewise linear, with φ(0) = 0. */
  readonly activation?: ActivationSpec | undefined;
  /** The time step, for time constants and frequencies. */
  readonly dt?: number | NumericArray | undefined;
  /** [R][K]: C s is added to z' or ż. */
  readonly C?: MatrixInput | undefined;
  /** [N][K]: Wu s is added to the units' arguments. */
  readonly Wu?: MatrixInput | undefined;
  /** K numbers: the constant input, 0 by default. */
  readonly s?: VectorInput | undefined;
};

/** The arrays of the form with `U` and `V`. */
export type FirstForm = {
  /** [N][R] */
  readonly U: MatrixInput;
  /** [N][R] */
  readonly V: MatrixInput;
  /** [N] */
  readonly hx?: BiasInput;
  /** [R] */
  readonly hz?: BiasInput;
};

/** The arrays of the form with `W1` and `W2`. */
export type SecondForm = {
  /** [R][R], or [R] for its diagonal. */
  readonly A: SquareInput;
  /** [R][N] */
  readonly W1: MatrixInput;
  /** [N][R] */
  readonly W2: MatrixInput;
  /** [R] */
  readonly h1?: BiasInput;
};

/** The arrays of a network whose units are its latent variables. */
export type LatentUnits = {
  /** [M][M], or [M] for its diagonal. */
  readonly A: SquareInput;
  /** [M][M] */
  readonly W: MatrixInput;
  /** [M] */
  readonly h?: BiasInput;
};

/** The arrays of a network of rate units. */
export type RateUnits = {
  /** [N][N] */
  readonly W: MatrixInput;
  /** [N] */
  readonly h?: BiasInput;
  /** N numbers: a second bias, as the layers of PyTorch have. */
  readonly b?: BiasInput;
};

/** z' = A z + Vᵀ relu(U z − hx) − hz: the kind of a model with U and V that names none. */
export type ShallowInput = CommonInput &
  FirstForm & {
    readonly kind?: "shPLRNN" | undefined;
    /** [R][R], or [R] for its diagonal. */
    readonly A: SquareInput;
  };

/** z' = A z + W1 relu(W2 z + h2) + h1. */
export type ShallowSecondFormInput = CommonInput &
  SecondForm & {
    readonly kind: "shPLRNN";
    /** [N] */
    readonly h2?: BiasInput;
  };

/** z' = A z + W1 (relu(W2 z + h2) − relu(W2 z)) + h1; `continuous…`: ż. */
export type ClippedInput = CommonInput &
  SecondForm & {
    readonly kind: "clippedShPLRNN" | "continuousClippedShPLRNN";
    /** [N] */
    readonly h2: VectorInput;
  };

/** z' = A z + W relu(z) + h. */
export type PlrnnInput = CommonInput &
  LatentUnits & {
    readonly kind: "PLRNN";
  };

/** z' = A z + W φ(z) + h, φ = relu on the last P coordinates, else the identity; `continuous…`: ż. */
export type AlmostLinearInput = CommonInput &
  LatentUnits & {
    readonly kind: "ALRNN" | "continuousALRNN";
    readonly P: number | NumericArray;
  };

/** z' = A z + W Σ_b α_b relu(z − H_b) + h. */
export type DendriticInput = CommonInput &
  LatentUnits & {
    readonly kind: "dendPLRNN";
    /** [B] */
    readonly alpha: VectorInput;
    /** [M][B] */
    readonly H: MatrixInput;
  };

/** z' = A z + relu(W z + h + b). */
export type RecurrentInput = CommonInput &
  RateUnits & {
    readonly kind: "RNN";
    /** [N][N], or [N] for its diagonal; 0 unless given. */
    readonly A?: SquareInput | undefined;
  };

/** `leakyRNN`: z' = (1 − α) z + α relu(W z + h + b). `leakyPLRNN`: z' = (1 − α) z + α (W relu(z) + h + b + C s). */
export type LeakyInput = CommonInput &
  RateUnits & {
    readonly kind: "leakyRNN" | "leakyPLRNN";
    /** The step over the time constant, Δt/τ; one for all units or [N]. */
    readonly alpha: number | VectorInput;
  };

/** τ ż = A z + Vᵀ relu(U z − hx) − hz. */
export type ContinuousInput = CommonInput &
  FirstForm & {
    readonly kind: "continuous";
    /** [R][R], or [R] for its diagonal; −I unless given. */
    readonly A?: SquareInput | undefined;
  };

/** ẋ = −x + relu(W x + b). */
export type ThresholdLinearInput = CommonInput & {
  readonly kind: "TLN";
  /** [N][N] */
  readonly W: MatrixInput;
  /** [N] */
  readonly b: VectorInput;
};

/**
 * A model of any kind (docs/design.md#model-files), told apart by `kind`. All of it is checked again when it is read:
 * JSON of unknown content may be passed `as ModelInput`.
 */
export type ModelInput =
  | ShallowInput
  | ShallowSecondFormInput
  | ClippedInput
  | PlrnnInput
  | AlmostLinearInput
  | DendriticInput
  | RecurrentInput
  | LeakyInput
  | ContinuousInput
  | ThresholdLinearInput;
