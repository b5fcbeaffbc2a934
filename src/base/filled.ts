/** A record whose optional keys may be there without a value. */
export type Gappy<T extends object> = {
  readonly [K in keyof T]: object extends Pick<T, K> ? T[K] | undefined : T[K];
};

/**
 * The keys of an object that have values, put into another one, in their order.
 *
 * By V8 what `...` makes stays in memory, with all that belongs to it, until the next collection of the whole memory:
 * that is no way to copy something of each of many small records.
 * @param to default a new object.
 */
export function filled<T extends object, U extends object = object>(from: Gappy<T>, to = {} as U): T & U {
  const all = to as Record<string, unknown>;
  for (const key of Object.keys(from)) {
    const value = (from as Readonly<Record<string, unknown>>)[key];
    if (value !== undefined) all[key] = value;
  }
  return to as T & U;
}
