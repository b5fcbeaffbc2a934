import type { LayoutName } from "./names/layouts.ts";

/** The rules that turn names in a file into keys of a model. */
export interface Naming {
  /** The layout of one laboratory's names. */
  readonly layout?: LayoutName | undefined;
  /** Key → name in the file; a name may begin with `-` (all numbers negated) and end in `^T` (transposed). */
  readonly map?: Readonly<Record<string, string>> | undefined;
  /** Keys whose values are given here and not by the file: kind, P, dt, activation, … */
  readonly set?: Readonly<Record<string, unknown>> | undefined;
  /** Only entries below this name (a module, a group, a dictionary) are read. */
  readonly prefix?: string | undefined;
  /** Whether a file whose names leave exactly one reading is read so, instead of a message that proposes it. */
  readonly guess?: boolean | undefined;
}

export interface ReadOptions extends Naming {
  /**
   * Whether HDF5 arrays were written column by column (Julia's HDF5.jl); for MATLAB and JLD2 files the reader knows.
   */
  readonly columnMajor?: boolean | undefined;
  /** Memory that the models of one file may take, in bytes; 1 GiB unless given. */
  readonly maxMemory?: number | undefined;
  /** Seconds that reading may take; looked at between its steps, of which none is long. No limit unless given. */
  readonly maxSeconds?: number | undefined;
}
