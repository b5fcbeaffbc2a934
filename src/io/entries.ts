/**
 * A named value of a file: a numeric array ({ data, shape }, row-major), a text or a number. It is read when it is
 * asked for.
 */
export interface Entry {
  /** The number of entries of an array as the file claims it, before the array is read; 0 of anything else. */
  claims(): number;
  read(): unknown;
}

/** The values by name. Names inside groups, modules or dictionaries are joined with dots: `state.decoder.weight`. */
export type Entries = ReadonlyMap<string, Entry>;

/** The entry of a value that is there already. */
export function valueEntry(value: unknown): Entry {
  return { claims: () => 0, read: () => value };
}
