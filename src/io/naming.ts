import { FileError } from "../model/errors.ts";
import { isNumericArray } from "../model/matrix.ts";
import { ENVELOPE_KEYS, MODEL_KEYS } from "../model/schema.ts";
import type { Budget } from "./budget.ts";
import { transposed } from "./elements.ts";
import { type Entries, type Entry, valueEntry } from "./entries.ts";
import { LAYOUTS, type Layout, type LayoutName, mapNumbers } from "./layouts.ts";
import { naturalOrder } from "./natural-order.ts";
import { escaped } from "./printable.ts";
import type { RawModel } from "./raw.ts";
import { slicesOfStack } from "./stacks.ts";

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
}

/** The largest number of names that an error message lists. */
const MAX_LISTED = 20;

/** Sets of keys; every model has all keys of one set, which tells the arrays of a model from others. */
const CORES: readonly (readonly string[])[] = [["U", "V"], ["W1", "W2"], ["W"]];

/**
 * The models among the entries of a file: the one at the top if there is one, else the models in modules, groups or
 * dictionaries. Keys such as kind, P and dt may also stand further out. Throws FileError.
 *
 * @param several whether a file of this kind may hold several models, each in its own group.
 * @param budget is asked for all numbers of a model before the first of its arrays is read.
 */
export function nameModels(
  entries: Entries,
  naming: Naming,
  { file, name, several, budget }: { file: string; name: string; several: boolean; budget: Budget },
): RawModel[] {
  const { layout, map, prefix } = naming;
  const found: Layout | undefined = layout === undefined ? undefined : LAYOUTS[layout];
  const cores = found === undefined ? CORES : [found.required];
  const places = prefix === undefined ? placesOf(entries, cores) : [placeOfPrefix(entries, prefix)];
  if (places.length === 0 && map === undefined) {
    throw new FileError(
      file,
      `holds no arrays named as ${found === undefined ? "a model's" : `${layout} names them`}; it has ${listed(entries)}`,
      "Say which is which with --map, for example --map W1=decoder.weight, or with --layout.",
    );
  }
  if (places.length > 1 && !several) {
    throw new FileError(
      file,
      `holds arrays named as a model's in several places: ${places.map((place) => place.slice(0, -1)).join(", ")}`,
      "Choose one with --prefix.",
    );
  }
  const modelsAt = (place: string, own: string): RawModel[] => {
    const wanted = wantedEntries(entries, place, found, naming);
    for (const entry of wanted) budget.numbers(entries.get(entry)?.claims() ?? 0);
    const stack = slicesOfStack(entries, wanted, file, budget);
    if (stack === undefined) return [{ name: own, ...modelAt(entries, place, found, naming, file) }];
    return stack.map((slice, k) => ({ name: `${own}[${k}]`, ...modelAt(slice, place, found, naming, file) }));
  };
  if (places.length <= 1) return modelsAt(places[0] ?? "", name);
  return places.flatMap((place): RawModel[] => {
    const own = `${name}.${place.slice(0, -1)}`;
    try {
      return modelsAt(place, own);
    } catch (error) {
      if (error instanceof FileError) return [{ name: own, error }];
      throw error;
    }
  });
}

/**
 * Names of the state of an optimizer, whose averages of gradients bear the names of the parameters. Such a place is
 * read only where --prefix names it.
 */
const OPTIMIZER =
  /(?:^|\.)(?:optim(?:izers?)?(?:_?(?:state(?:_?dict)?|weights))?|adam(?:w|ax)?|sgd|rmsprop|adagrad)\./i;

/** The place that --prefix names, with dots or slashes. */
function placeOfPrefix(entries: Entries, prefix: string): string {
  if (prefix === "") return "";
  const isThere = (place: string): boolean => [...entries.keys()].some((entry) => entry.startsWith(place));
  return [`${prefix}.`, `${dotted(prefix)}.`].find(isThere) ?? `${prefix}.`;
}

/** `rnn/cell/W` → `rnn.cell.W` */
function dotted(name: string): string {
  return name.split("/").filter(Boolean).join(".");
}

/** The prefixes under which all names of one core stand, in natural order; only "" if "" is among them. */
function placesOf(entries: Entries, cores: readonly (readonly string[])[]): string[] {
  const places = new Set<string>();
  for (const [first, ...others] of cores) {
    for (const entry of entries.keys()) {
      if (entry !== first && !entry.endsWith(`.${first}`)) continue;
      const place = entry.slice(0, entry.length - first.length);
      if (OPTIMIZER.test(place)) continue;
      if (others.every((other) => entries.has(`${place}${other}`))) places.add(place);
    }
  }
  return places.has("") ? [""] : [...places].sort(naturalOrder);
}

/** The names of the entries at a place, from there on. */
function namesBelow(entries: Entries, place: string): string[] {
  return [...entries.keys()].filter((entry) => entry.startsWith(place)).map((entry) => entry.slice(place.length));
}

/** The keys of a model that stand at its place under their own names, and are taken from there. */
function keysAsThemselves(own: readonly string[], layout: Layout | undefined, map: Naming["map"]): ReadonlySet<string> {
  const isNamedElsewhere = (key: string): boolean => layout !== undefined || map?.[key] !== undefined;
  return new Set(own.filter((key) => ENVELOPE_KEYS.includes(key) || (MODEL_KEYS.has(key) && !isNamedElsewhere(key))));
}

/** The entries that the model at a place is made of. */
function wantedEntries(
  entries: Entries,
  place: string,
  layout: Layout | undefined,
  { map }: Naming,
): ReadonlySet<string> {
  const keys = [...keysAsThemselves(namesBelow(entries, place), layout, map), ...(layout?.names ?? [])];
  const sources = Object.values(map ?? {}).map((source) => nameOfSource(entries, place, source) ?? "");
  return new Set([...keys.map((key) => `${place}${key}`), ...sources]);
}

function modelAt(
  entries: Entries,
  place: string,
  layout: Layout | undefined,
  { map, set }: Naming,
  file: string,
): { value: Record<string, unknown>; taken: ReadonlySet<string> } {
  const value: Record<string, unknown> = Object.create(null);
  // from the outermost place to the innermost
  for (let end = 0; end < place.length; end = place.indexOf(".", end) + 1) {
    for (const key of ENVELOPE_KEYS) {
      const read = entries.get(`${place.slice(0, end)}${key}`);
      if (read !== undefined) value[key] = read.read();
    }
  }
  const get = (key: string): unknown => entries.get(`${place}${key}`)?.read();
  const own = namesBelow(entries, place);
  const asItself = keysAsThemselves(own, layout, map);
  for (const key of asItself) value[key] = get(key);
  // entries that the model uses under other names than their own
  const used = new Set<string>();
  const take = (key: string): unknown => {
    used.add(`${place}${key}`);
    return get(key);
  };
  Object.assign(value, layout?.build(take, file));
  for (const [key, source] of Object.entries(map ?? {})) {
    const name = nameOfSource(entries, place, source);
    value[key] = mapped(entries, name, source, `${file}, ${key}`);
    if (name !== undefined) used.add(name);
  }
  Object.assign(value, set);
  const taken = new Set(own.filter((key) => used.has(`${place}${key}`)));
  for (const key of ignored(own, (key) => taken.has(key) || asItself.has(key))) {
    // a key of models whose value comes from another source
    value[MODEL_KEYS.has(key) ? `${key} of the file` : key] ??= "not read";
  }
  if (typeof value.activation === "string" && value.activation.startsWith("{")) {
    value.activation = parsedActivation(value.activation, file);
  }
  return { value, taken };
}

/** The unused entries that hold no other entries. Of a module with used entries these are the rest of its entries. */
function ignored(keys: readonly string[], isUsed: (key: string) => boolean): string[] {
  const groups = new Set<string>();
  for (const key of keys)
    for (let dot = key.indexOf("."); dot > 0; dot = key.indexOf(".", dot + 1)) groups.add(key.slice(0, dot));
  return keys.filter((key) => !isUsed(key) && !groups.has(key));
}

function parsedSource(source: string): { minus: boolean; name: string; transpose: boolean } {
  const [, minus, name, transpose] = /^(-?)(.*?)(\^T)?$/su.exec(source) ?? ["", "", source, undefined];
  return { minus: minus === "-", name, transpose: transpose !== undefined };
}

/** The entry that a source of --map names: below the model's place, or from the top of the file. */
function nameOfSource(entries: Entries, place: string, source: string): string | undefined {
  const { name } = parsedSource(source);
  const slashless = dotted(name);
  return [source, `${place}${name}`, name, `${place}${slashless}`, slashless].find((entry) => entries.has(entry));
}

/** @param source `name`, `-name`, `name^T` or `-name^T` @param entry the one that it names */
function mapped(entries: Entries, entry: string | undefined, source: string, file: string): unknown {
  const { minus, name, transpose } = parsedSource(source);
  const read = entry === undefined ? undefined : entries.get(entry);
  if (read === undefined) {
    throw new FileError(file, `there is no ${JSON.stringify(name)}; it has ${listed(entries)}`, "Correct --map.");
  }
  const value = read.read();
  if (entry === source) return value;
  const turned = transpose ? transposedArray(value, file) : value;
  return minus ? mapNumbers(turned, (x) => -x) : turned;
}

function transposedArray(value: unknown, file: string): unknown {
  if (isNumericArray(value) && value.shape.length === 2) {
    const [rows, cols] = value.shape as [number, number];
    return { data: transposed(value.data, rows, cols), shape: [cols, rows] };
  }
  if (Array.isArray(value) && value.every(Array.isArray) && value.every((row) => row.length === value[0].length)) {
    return Array.from({ length: value[0]?.length ?? 0 }, (_, k) => value.map((row) => row[k]));
  }
  throw new FileError(file, "is no matrix that could be transposed", "Leave out the ^T.");
}

function parsedActivation(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FileError(`${file}, activation`, "is not valid JSON", 'For example {"leaky": 0.1}.', { cause });
  }
}

function listed(entries: Entries): string {
  const names = [...entries.keys()].map((name) => escaped(name.slice(0, 60)));
  const rest = names.length - MAX_LISTED;
  return `${names.slice(0, MAX_LISTED).join(", ") || "nothing"}${rest > 0 ? ` and ${rest} more` : ""}`;
}

/** The entries of a JSON object, those of objects inside it by dotted names. */
export function entriesOfObject(value: object): Entries {
  const entries = new Map<string, Entry>();
  const walk = (object: object, prefix: string, depth: number): void => {
    for (const [key, item] of Object.entries(object)) {
      entries.set(`${prefix}${key}`, valueEntry(item));
      if (item !== null && typeof item === "object" && !Array.isArray(item) && depth < 8) {
        walk(item, `${prefix}${key}.`, depth + 1);
      }
    }
  };
  walk(value, "", 0);
  return entries;
}
