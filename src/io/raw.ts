import type { FileError } from "../model/errors.ts";

/**
 * One model as it stands in a file, not yet validated; or why this one of several can't be read. A value may be read only when it is
 * asked for, which may throw a FileError.
 */
export type RawModel =
  | {
      readonly name: string;
      readonly value: unknown;
      /** Keys of `value` that were taken for others too: not ignored, even if the model has no use for them under their own name. */
      readonly taken?: ReadonlySet<string>;
    }
  | { readonly name: string; readonly error: FileError };
