/**
 * The named things of one file, each read only when it is asked for: numeric arrays ({ data, shape }, row-major), texts, numbers.
 * Names inside groups, modules or dictionaries are joined with dots: `model_state_dict.decoder.weight`.
 */
export type Entries = ReadonlyMap<string, () => unknown>;

/** Most entries of one file. */
export const MAX_ENTRIES_PER_FILE = 100_000;

/** Deepest nesting of groups, modules or dictionaries. */
export const MAX_DEPTH = 16;
