import type { StillpointError } from "../../../model/errors.ts";

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
    }
  | { readonly name: string; readonly error: StillpointError };
