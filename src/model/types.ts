import type { PiecewiseLinearSystem } from "./system.ts";

/** The families of docs/design.md#model-files. */
export type ModelKind =
  | "shPLRNN"
  | "clippedShPLRNN"
  | "PLRNN"
  | "ALRNN"
  | "dendPLRNN"
  | "RNN"
  | "leakyRNN"
  | "leakyPLRNN"
  | "continuous"
  | "continuousALRNN"
  | "continuousClippedShPLRNN"
  | "TLN";

/** The precision that the numbers of a model may have been rounded to. */
export type Precision = "float32" | "float64";

/** A validated model: its name and family, and its system. */
export interface Model {
  readonly name: string;
  readonly kind: ModelKind;
  /** The number of units as the family counts them: a clipped unit is one unit and two hyperplanes. */
  readonly units: number;
  readonly system: PiecewiseLinearSystem;
  /** Time step, for time constants and frequencies. */
  readonly dt?: number;
  /** "float32" if all entries of the arrays are. */
  readonly precision: Precision;
  /** Hex SHA-256 of the parameters (canonical form, independent of the file format). */
  readonly sha256: string;
  /** Biases that the input does not hold, and that were taken as zero; named by the command line. */
  readonly absentBiases?: readonly string[];
  /** Keys of the input that the family does not read; named under --verbose. */
  readonly ignoredKeys: readonly string[];
  /** How long reading it took, where that is a part of the time that a run may take. */
  readonly millisecondsToRead?: number;
}
