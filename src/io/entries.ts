/**
 * The named values of one file: numeric arrays ({ data, shape }, row-major), texts and numbers. Each is read when it is
 * first asked for. Names inside groups, modules or dictionaries are joined with dots:
 * `model_state_dict.decoder.weight`.
 */
export type Entries = ReadonlyMap<string, () => unknown>;

/** The largest number of entries of one file. */
export const MAX_ENTRIES_PER_FILE = 100_000;

/** Deepest nesting of groups, modules or dictionaries. */
export const MAX_DEPTH = 16;
