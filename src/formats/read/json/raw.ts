import type { StillpointError } from "../../../model/errors.ts";

/** A line of a file with one model a line. */
export interface ModelLine {
  readonly bytes: Uint8Array;
  readonly file: string;
  /** Of the file: a model without a name of its own is `name[index]`. */
  readonly name: string;
  /** Its number among the lines that are not blank. */
  readonly index: number;
}

/**
 * One model as it stands in a file, not yet validated; or the reason why this model can't be read. A value may be read
 * when it is first asked for, which may throw a FileError.
 */
export type RawModel =
  | {
      readonly name: string;
      readonly value: unknown;
      /**
       * Keys of `value` that also served for other keys. They do not count as ignored, even if the model does not use
       * them under their own name.
       */
      readonly taken?: ReadonlySet<string>;
      /** How a file was read whose names left it to a guess. */
      readonly note?: string;
      /** Its line in a file with one model a line, where the line alone tells what it is. */
      readonly line?: ModelLine | undefined;
    }
  | { readonly name: string; readonly error: StillpointError };
