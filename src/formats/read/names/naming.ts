import { FileError } from "../../../model/errors.ts";
import { ABSENT_MEANS_ZERO, FORMS, vectorLength } from "../../../model/forms.ts";
import { ENVELOPE_KEYS, MODEL_KEYS } from "../../../model/schema.ts";
import type { Budget } from "../budget.ts";
import { type Entries, type Entry, valueEntry } from "../entries.ts";
import type { RawModel } from "../json/raw.ts";
import type { Naming } from "../options.ts";
import { misfitOf } from "./fit.ts";
import { heldText, holdingsOf, isOptimizerState, shapeOfEntry, shownName } from "./holdings.ts";
import type { Layout } from "./layout.ts";
import { LAYOUTS } from "./layouts.ts";
import { namesOfSource, valueOfSource } from "./map-source.ts";
import { isCertain, MisfitError, misfitError } from "./misfit-error.ts";
import { namesBelow, placeOfPrefix, placesOf } from "./places.ts";
import { optionsText, type Proposal, proposalsFor, shapeOfName } from "./proposals.ts";
import { slicesOfStack } from "./stacks.ts";

/** Sets of keys; every model has all keys of one set, which tells the arrays of a model from others. */
const CORES: readonly (readonly string[])[] = [["U", "V"], ["W1", "W2"], ["W"]];

/** The largest number of places of which a message says how to read them. */
const MAX_PLACES = 4;

/** Where the models of a file are named. */
export interface NamedFile {
  /** For messages: the file, and where it holds several models, which. */
  readonly file: string;
  /** The file alone, as a command line names it; `file` unless given. */
  readonly path?: string;
  readonly name: string;
  /** Whether a file of this kind may hold several models, each in its own group. */
  readonly several: boolean;
  /** Whether its arrays may have been written column by column without saying so, as Julia's HDF5.jl does. */
  readonly maybeColumnMajor?: boolean;
  /** Asked for all numbers of a model before the first of its arrays is read. */
  readonly budget: Budget;
}

/**
 * The models among the entries of a file: the one at the top if there is one, else the models in modules, groups or
 * dictionaries. Keys such as kind, P and dt may also stand further out. Throws FileError; where options would make the
 * file a model, its message has them.
 */
export function nameModels(entries: Entries, naming: Naming, file: NamedFile): RawModel[] {
  return guessed(naming, file, (options) => modelsOf(entries, options, file));
}

/** What reading gives, or if that fails and one reading is certain and guesses are allowed, what that reading gives. */
function guessed(naming: Naming, { file }: NamedFile, read: (naming: Naming) => RawModel[]): RawModel[] {
  try {
    return read(naming);
  } catch (error) {
    if (naming.guess !== true || !(error instanceof MisfitError) || !isCertain(error.proposals)) throw error;
    const [{ options, map }] = error.proposals as [MisfitError["proposals"][number]];
    const note = `${file}: taken with ${optionsText(options)} as ${map}`;
    return read({ ...options, guess: false }).map((raw) => ("error" in raw ? raw : { ...raw, note }));
  }
}

function modelsOf(entries: Entries, naming: Naming, named: NamedFile): RawModel[] {
  const { layout, map, prefix } = naming;
  const { name, several } = named;
  const cores = layoutOf(naming)?.required ?? CORES;
  const places = prefix === undefined ? placesOf(entries, cores) : [placeOf(prefix, entries, cores, named)];
  if (places.length === 0 && map === undefined) {
    throw misfitHere(
      entries,
      "",
      {},
      naming,
      named,
      `holds no arrays named as ${layout === undefined ? "a model's" : `${layout} names them`}`,
    );
  }
  if (places.length > 1 && !several) throw severalPlaces(entries, places, naming, named);
  if (places.length <= 1) return modelsAt(entries, places[0] ?? "", naming, named);
  return places.flatMap((place): RawModel[] => {
    const own = { ...named, name: `${name}.${place.slice(0, -1)}` };
    const prefixed = { ...naming, prefix: place.slice(0, -1) };
    try {
      return guessed(prefixed, named, (options) => modelsAt(entries, place, options, own));
    } catch (error) {
      if (error instanceof FileError) return [{ name: own.name, error }];
      throw error;
    }
  });
}

/** The model at a place, or the models of a stack of them. Asks the budget for their numbers. */
function modelsAt(entries: Entries, place: string, naming: Naming, named: NamedFile): RawModel[] {
  const { file, name, budget } = named;
  const wanted = wantedEntries(entries, place, naming);
  for (const entry of wanted) budget.numbersOf(entry, entries.get(entry)?.claims() ?? 0);
  const stack = slicesOfStack(entries, wanted, file, budget);
  if (stack === undefined) return [{ name, ...modelAt(entries, place, naming, named) }];
  return stack.map((slice, k) => ({ name: `${name}[${k}]`, ...modelAt(slice, place, naming, named) }));
}

/** The error of a file with several models, of which only one can be meant. */
function severalPlaces(entries: Entries, places: readonly string[], naming: Naming, named: NamedFile): FileError {
  const { file, path = file } = named;
  const prefixes = places.map((place) => place.slice(0, -1));
  // some ways for each place, so that all places are there
  const each = Math.max(1, Math.floor(MAX_PLACES / prefixes.length));
  const proposals = prefixes.slice(0, MAX_PLACES).flatMap((prefix): readonly Proposal[] => {
    const options = { ...naming, prefix };
    try {
      const [raw] = modelsAt(entries, `${prefix}.`, options, named);
      const kind = "value" in raw! ? Reflect.get(raw.value as object, "kind") : undefined;
      return [{ options, map: FORMS.find((form) => form.kind === kind)?.map ?? "as it says", unknown: {} }];
    } catch (error) {
      if (error instanceof FileError) return error instanceof MisfitError ? error.proposals.slice(0, each) : [];
      throw error;
    }
  });
  const problem = `holds arrays named as a model's in several places, ${prefixes.map(shownName).join(", ")}`;
  return misfitError({ file, path, entries, holdings: holdingsOf(entries) }, problem, proposals);
}

/** The place that a prefix names. Throws FileError where nothing stands below it. */
function placeOf(prefix: string, entries: Entries, cores: readonly (readonly string[])[], { file }: NamedFile): string {
  const place = placeOfPrefix(entries, prefix);
  if (place !== undefined) return place;
  const places = placesOf(entries, cores).map((each) => each.slice(0, -1));
  const remedy =
    places.length === 0
      ? "Give the name of a module, group or dictionary that the file has, or leave --prefix out."
      : places[0] === ""
        ? "Leave --prefix out: a model's arrays stand at the top of the file."
        : `Use ${places
            .slice(0, 4)
            .map((each) => `--prefix ${shownName(each)}`)
            .join(" or ")}, where a model's arrays stand.`;
  throw new FileError(file, `holds nothing below ${JSON.stringify(prefix)}: it holds ${heldText(entries)}`, remedy);
}

/** The error of a place whose arrays are no model. */
function misfitHere(
  entries: Entries,
  place: string,
  value: Readonly<Record<string, unknown>>,
  options: Naming,
  named: NamedFile,
  problem: string,
): FileError {
  const { file } = named;
  if (entries.size === 0)
    return new FileError(file, "is empty: it holds no arrays", "Give a file with the arrays of a model.");
  const holdings = holdingsOf(entries);
  const proposals = proposalsFor(
    { file, entries, holdings, place, options, maybeColumnMajor: named.maybeColumnMajor },
    value,
  );
  return misfitError({ file, path: named.path ?? file, entries, holdings }, problem, proposals);
}

function layoutOf({ layout }: Naming): Layout | undefined {
  return layout === undefined ? undefined : LAYOUTS[layout];
}

/** The keys of a model that stand at its place under their own names, and are taken from there. */
function keysAsThemselves(own: readonly string[], { layout, map, set }: Naming): ReadonlySet<string> {
  const isNamedElsewhere = (key: string): boolean =>
    layout !== undefined || map?.[key] !== undefined || set?.[key] !== undefined;
  return new Set(own.filter((key) => ENVELOPE_KEYS.includes(key) || (MODEL_KEYS.has(key) && !isNamedElsewhere(key))));
}

/** The entries that the model at a place is made of. */
function wantedEntries(entries: Entries, place: string, naming: Naming): ReadonlySet<string> {
  const keys = [...keysAsThemselves(namesBelow(entries, place), naming), ...(layoutOf(naming)?.names ?? [])];
  const sources = Object.values(naming.map ?? {}).flatMap((source) => namesOfSource(entries, place, source));
  return new Set([...keys.map((key) => `${place}${key}`), ...sources]);
}

function modelAt(
  entries: Entries,
  place: string,
  naming: Naming,
  named: NamedFile,
): { value: Record<string, unknown>; taken: ReadonlySet<string> } {
  const { map, set } = naming;
  const { file } = named;
  const layout = layoutOf(naming);
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
  const asItself = keysAsThemselves(own, naming);
  for (const key of asItself) value[key] = get(key);
  // entries that the model uses under other names than their own
  const used = new Set<string>();
  const take = (key: string): unknown => {
    used.add(`${place}${key}`);
    return get(key);
  };
  const fits = layout?.fits?.((key) => shapeOfName(entries, `${place}${key}`)) ?? true;
  if (fits !== true) {
    const problem =
      typeof fits === "string"
        ? fits
        : `holds no arrays of the shapes of ${naming.layout}: it holds ${heldText(entries)}`;
    throw new FileError(file, problem, "Leave --layout out to see what it may be.");
  }
  Object.assign(value, layout?.build(take, file));
  for (const [key, source] of Object.entries(map ?? {})) {
    value[key] = valueOfSource(entries, place, source, `${file}, ${key}`);
    for (const name of namesOfSource(entries, place, source)) used.add(name);
  }
  Object.assign(value, set);
  refuseListed(value, own, file);
  const taken = new Set(own.filter((key) => used.has(`${place}${key}`)));
  for (const key of ignored(own, (key) => taken.has(key) || asItself.has(key))) {
    // a key of models whose value comes from another source
    value[MODEL_KEYS.has(key) ? `${key} of the file` : key] ??= "not read";
  }
  if (typeof value.activation === "string" && value.activation.startsWith("{")) {
    value.activation = parsedActivation(value.activation, file);
  }
  checkFit(value, {
    entries,
    place,
    naming,
    named,
    used: new Set([...used, ...[...asItself].map((key) => `${place}${key}`)]),
  });
  return { value, taken };
}

/** Throws FileError where an array whose absence would be taken for zero is there, one entry after the other. */
function refuseListed(value: Readonly<Record<string, unknown>>, own: readonly string[], file: string): void {
  for (const name of own) {
    const [, key] = /^(\w+)(?:\.\d+$|\[\d+\]$)/.exec(name) ?? [];
    if (key === undefined || value[key] !== undefined || !ABSENT_MEANS_ZERO.has(key)) continue;
    throw new FileError(
      `${file}, ${key}`,
      `is no array but a list of values, ${shownName(name)} and on`,
      LISTED_REMEDY,
    );
  }
}

const LISTED_REMEDY = "Save it as one array of numbers.";

/** Throws FileError for arrays that by their names and sizes are no model. */
function checkFit(
  value: Record<string, unknown>,
  {
    entries,
    place,
    naming,
    named,
    used,
  }: { entries: Entries; place: string; naming: Naming; named: NamedFile; used: ReadonlySet<string> },
): void {
  const spare = (length: number): string | undefined => {
    for (const [name, entry] of entries) {
      if (!name.startsWith(place) || used.has(name) || isOptimizerState(name.slice(place.length))) continue;
      const shape = shapeOfEntry(entry, length);
      if (shape !== undefined && vectorLength(shape) === length) return shownName(name);
    }
    return undefined;
  };
  const misfit = misfitOf(value, spare);
  if (misfit !== undefined) {
    throw misfitHere(entries, place, value, naming, named, misfit.problem);
  }
}

/** The unused entries that hold no other entries. Of a module with used entries these are the rest of its entries. */
function ignored(keys: readonly string[], isUsed: (key: string) => boolean): string[] {
  const groups = new Set<string>();
  for (const key of keys)
    for (let dot = key.indexOf("."); dot > 0; dot = key.indexOf(".", dot + 1)) groups.add(key.slice(0, dot));
  return keys.filter((key) => !isUsed(key) && !groups.has(key));
}

function parsedActivation(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FileError(`${file}, activation`, "is not valid JSON", 'For example {"leaky": 0.1}.', { cause });
  }
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
