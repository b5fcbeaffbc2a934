import { FileError } from "../../../model/errors.ts";
import { type Form, type Shape, transposedShape } from "../../../model/forms.ts";
import type { Entries } from "../entries.ts";
import type { ReadOptions } from "../options.ts";
import { escaped } from "../printable.ts";
import { formsOf, missingNumbers } from "./fit.ts";
import { type Holding, shapeOfEntry } from "./holdings.ts";
import type { Layout } from "./layout.ts";
import { LAYOUT_NAMES, LAYOUTS, type LayoutName } from "./layouts.ts";
import { namesOfSource } from "./map-source.ts";
import { placeOfPrefix, placesOf } from "./places.ts";
import { type FormReading, readingsOf } from "./readings.ts";

/** Options under which a file would be read. */
export interface Proposal {
  readonly options: ReadOptions;
  /** The equation that the file is then taken for. */
  readonly map: string;
  /** Numbers that only the owner of the file knows. */
  readonly unknown: Readonly<Record<string, string>>;
  /** Whether the file has to be opened anew for it. */
  readonly reopens?: boolean;
  /** What must hold of the network, and no file tells. */
  readonly condition?: string | undefined;
}

/** Where a model's arrays stand, and under which options they were looked for. */
export interface Place {
  readonly file: string;
  readonly entries: Entries;
  readonly holdings: readonly Holding[];
  /** The prefix of the model's own names, with its dot. */
  readonly place: string;
  readonly options: ReadOptions;
  /** Whether its arrays may have been written column by column without saying so, as Julia's HDF5.jl does. */
  readonly maybeColumnMajor?: boolean | undefined;
}

/** A key of the form whose two matrices stand as layers of a network do. */
const SECOND_FORM = { W1: [[0]] };

/**
 * Options under which arrays of a file would be a model, by their names and sizes: those of a laboratory's layout, else
 * ways to say which array is which.
 */
export function proposalsFor(where: Place, value: Readonly<Record<string, unknown>>): Proposal[] {
  const { options, place } = where;
  if (options.layout !== undefined) {
    const { unknown = {} }: Layout = LAYOUTS[options.layout];
    const isOpen = Object.keys(unknown).some((key) => value[key] === undefined);
    return isOpen ? [layoutProposal(options.layout, place, false, options)] : [];
  }
  const layouts = options.map === undefined ? layoutProposals(where) : [];
  if (layouts.length > 0) return layouts;
  const given = formsOf(value);
  // names of any other kind: two matrices between a large and a small space
  const forms = given.length > 0 ? given : formsOf({ kind: "shPLRNN", ...SECOND_FORM });
  const turned = forms.flatMap((form) => columnMajorProposals(form, where, value));
  return turned.length > 0 ? turned : forms.flatMap((form) => readingProposals(form, where, value));
}

/** The option under which all matrices of a file are the other way round, if under their own names they then fit. */
function columnMajorProposals(form: Form, where: Place, value: Readonly<Record<string, unknown>>): Proposal[] {
  const { options, holdings, maybeColumnMajor } = where;
  if (maybeColumnMajor !== true || options.columnMajor !== undefined || options.map !== undefined) return [];
  const turned = holdings.map(({ name, shape }) => ({ name, shape: transposedShape(shape) ?? shape }));
  return readingProposals(form, { ...where, holdings: turned, options: { ...options, columnMajor: true } }, value)
    .filter((proposal) => proposal.options.map === undefined)
    .map((proposal) => ({ ...proposal, reopens: true }));
}

function readingProposals(form: Form, where: Place, value: Readonly<Record<string, unknown>>): Proposal[] {
  const { place, options, entries } = where;
  const own = (key: string): string | undefined => {
    const source = options.map?.[key];
    if (source === undefined) return entries.has(`${place}${key}`) ? `${place}${key}` : undefined;
    return namesOfSource(entries, place, source)[0];
  };
  const readings = readingsOf(form, where.holdings, own);
  return readings.flatMap((reading) => {
    const map = mapOf(reading, own, where);
    if (map === undefined) return [];
    const unknown = Object.fromEntries(missingNumbers(form, value).map((key) => [key, form.numbers![key]!]));
    const set = { ...options.set, ...(value.kind === form.kind ? {} : { kind: form.kind }) };
    const next: ReadOptions = {
      ...options,
      set: Object.keys(set).length > 0 ? set : undefined,
      map: Object.keys(map).length > 0 ? map : undefined,
    };
    return [{ options: next, map: form.map, unknown }];
  });
}

/** The --map of a reading, without what stands under its own name anyway; undefined if it can't be typed. */
function mapOf(
  { taken }: FormReading,
  own: (key: string) => string | undefined,
  { place, options }: Place,
): Record<string, string> | undefined {
  const map: Record<string, string> = { ...options.map };
  for (const [key, { name, transpose }] of taken) {
    const given = options.map?.[key];
    if (given !== undefined && own(key) === name) {
      // a square matrix stays as it was given
      if (transpose) map[key] = given.endsWith("^T") ? given.slice(0, -2) : `${given}^T`;
      continue;
    }
    if (name === `${place}${key}` && !transpose && given === undefined) continue;
    if (!isTypable(name)) return undefined;
    map[key] = `${name}${transpose ? "^T" : ""}`;
  }
  return map;
}

function isTypable(name: string): boolean {
  return !name.includes(",") && !name.includes("+") && escaped(name) === name && name.length < 200;
}

/** Layouts whose names stand in one module of the file each. Throws FileError for networks that can't be read. */
function layoutProposals({ file, entries, options }: Place): Proposal[] {
  const refusals: string[] = [];
  const only = options.prefix === undefined ? undefined : placeOfPrefix(entries, options.prefix);
  const found = LAYOUT_NAMES.flatMap((name) => {
    const layout: Layout = LAYOUTS[name];
    if (layout.isPlain) return [];
    const places = placesOf(entries, layout.required).filter((place) => only === undefined || place === only);
    const fitting = places.filter((place) => {
      const fits = layout.fits?.((key) => shapeOfName(entries, `${place}${key}`)) ?? true;
      if (typeof fits === "string") refusals.push(`${place === "" ? "" : `${place.slice(0, -1)} `}${fits}`);
      return fits === true;
    });
    return fitting.map((place) => layoutProposal(name, place, fitting.length > 1, options));
  });
  if (found.length > 0 || refusals.length === 0) return found;
  throw new FileError(file, refusals[0]!, "Stillpoint reads networks of piecewise linear units only.");
}

/** The shape of the array of this name, if there is one. */
export function shapeOfName(entries: Entries, name: string): Shape | undefined {
  const entry = entries.get(name);
  return entry === undefined ? undefined : shapeOfEntry(entry);
}

function layoutProposal(name: LayoutName, place: string, isOneOfSeveral: boolean, options: ReadOptions): Proposal {
  const { map, unknown, condition }: Layout = LAYOUTS[name];
  const prefix = isOneOfSeveral ? place.slice(0, -1) : options.prefix;
  return {
    options: { ...options, layout: name, ...(prefix === undefined ? {} : { prefix }) },
    map,
    unknown: Object.fromEntries(Object.entries(unknown ?? {}).filter(([key]) => options.set?.[key] === undefined)),
    condition,
  };
}

/** A command line that reads a file under these options, with … for each number that is not known. */
export function commandText(file: string, { options, unknown }: Proposal): string {
  return `stillpoint solve ${file === "stdin" ? "-" : quoted(file)} ${optionsText(options, unknown)}`.trimEnd();
}

export function optionsText(options: ReadOptions, unknown: Readonly<Record<string, string>> = {}): string {
  const { layout, prefix, set = {}, map = {}, columnMajor } = options;
  const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  const sources = Object.entries(map).map(([key, source]) => `${key}=${source}`);
  return [
    ...(layout === undefined ? [] : [`--layout ${layout}`]),
    ...(prefix === undefined ? [] : [`--prefix ${quoted(prefix)}`]),
    ...Object.entries(set).map(([key, value]) => `--set ${quoted(`${key}=${text(value)}`)}`),
    ...Object.keys(unknown).map((key) => `--set ${key}=…`),
    ...(sources.length === 0 ? [] : [`--map ${quoted(sources.join(","))}`]),
    ...(columnMajor ? ["--column-major"] : []),
  ].join(" ");
}

/** An argument as a shell takes it. */
function quoted(argument: string): string {
  return /^[\p{L}\p{N}_.,=:^/+@%₀-₉-]+$/u.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
