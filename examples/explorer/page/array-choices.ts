import type { Holding } from "../../../src/formats/read/names/holdings.ts";
import type { ReadOptions } from "../../../src/formats/read/read.ts";
import {
  FORMS,
  type Form,
  lettersOf,
  type Sizes,
  shapeText,
  transposedShape,
  withArray,
} from "../../../src/model/forms.ts";
import type { Misfit } from "../protocol.ts";

/** What the reader says a file's arrays are. */
export interface Choices {
  readonly form: Form;
  /** Key → array, `name` or `name^T`; "" for none. */
  readonly arrays: Readonly<Record<string, string>>;
  /** Numbers that the form needs, as typed. */
  readonly numbers: Readonly<Record<string, string>>;
}

/** An array that a key may be, as `ReadOptions.map` names it, and what a menu says of it. */
export interface Candidate {
  readonly source: string;
  readonly label: string;
}

const TRANSPOSED = "^T";

/** The form's keys with the sizes that their arrays have, and whether one of them may be left out. */
export function keysOf(form: Form): { readonly key: string; readonly size: string; readonly isOptional: boolean }[] {
  return Object.entries(lettersOf(form)).map(([key, letters]) => ({
    key,
    size: `${letters.join("×")}${key === "A" ? " or R" : ""}`,
    isOptional: form.arrays[key] === undefined && form.needed?.includes(key) !== true,
  }));
}

/** A form's name in a menu: kinds come in more than one. */
export function formLabel({ kind, map }: Form): string {
  return `${kind}: ${map}`;
}

/** All arrays, and each matrix the other way round too. */
export function candidatesOf(holdings: readonly Holding[]): Candidate[] {
  return holdings.flatMap(({ name, shape }) => {
    const turned = transposedShape(shape);
    const plain = { source: name, label: `${name} (${shapeText(shape)})` };
    if (turned === undefined) return [plain];
    return [plain, { source: `${name}${TRANSPOSED}`, label: `${name}, transposed (${shapeText(turned)})` }];
  });
}

/**
 * What a form begins with: what was chosen for a file before, as far as this file has it; else the first proposal; else
 * arrays with the keys' own names.
 */
export function firstChoices({ holdings, proposals }: Misfit, remembered?: ReadOptions): Choices {
  const proposed = proposals.find(({ options }) => options.layout === undefined)?.options;
  for (const options of [remembered, proposed]) {
    const form = options && formOf(options);
    if (options !== undefined && form !== undefined) {
      const choices = choicesFor(form, holdings, options);
      if (problemOf(choices, holdings) === undefined || options === proposed) return choices;
    }
  }
  return choicesFor(FORMS.find(({ kind, arrays }) => kind === "shPLRNN" && arrays.W1 !== undefined)!, holdings, {});
}

/** A form's choices under options: what they name, else the arrays that have the keys' own names. */
export function choicesFor(form: Form, holdings: readonly Holding[], { map = {}, set = {} }: ReadOptions): Choices {
  const sources = new Set(candidatesOf(holdings).map(({ source }) => source));
  const pick = (key: string): string => {
    const named = map[key];
    if (named !== undefined) return sources.has(named) ? named : "";
    return holdings.find(({ name }) => name === key || name.endsWith(`.${key}`))?.name ?? "";
  };
  const given: Readonly<Record<string, unknown>> = set;
  return {
    form,
    arrays: Object.fromEntries(keysOf(form).map(({ key }) => [key, pick(key)])),
    numbers: Object.fromEntries(
      Object.keys(form.numbers ?? {}).map((key) => [key, given[key] === undefined ? "" : `${given[key]}`]),
    ),
  };
}

/** The form that options mean: of its kind the one that has all keys which they name. */
function formOf({ map = {}, set = {} }: ReadOptions): Form | undefined {
  const kind = (set as Readonly<Record<string, unknown>>).kind;
  const named = Object.keys(map);
  const fits = (form: Form): boolean => {
    const keys = keysOf(form).map(({ key }) => key);
    return named.every((key) => keys.includes(key));
  };
  return FORMS.find((form) => (kind === undefined || form.kind === kind) && fits(form));
}

/** What keeps the choices from being a model, in the order of the form's keys; undefined if nothing does. */
export function problemOf({ form, arrays, numbers }: Choices, holdings: readonly Holding[]): string | undefined {
  let sizes: Sizes = {};
  const used = new Map<string, string>();
  for (const { key, isOptional } of keysOf(form)) {
    const source = arrays[key] ?? "";
    if (source === "") {
      if (isOptional) continue;
      return `Choose the array that is ${key}.`;
    }
    const name = nameOf(source, holdings);
    const before = used.get(name);
    if (before !== undefined) return `${name} is chosen for ${before} and for ${key}.`;
    used.set(name, key);
    const shape = shapeOf(source, holdings);
    const letters = lettersOf(form)[key]!;
    if (shape === undefined) return `The file has no ${name}.`;
    const next = withArray(sizes, key, letters, shape);
    if (next === undefined) {
      const wanted = letters.map((letter) => sizes[letter] ?? letter).join("×");
      return `${key} must be ${wanted}${sizesText(sizes)}; ${name} is ${shapeText(shape)}.`;
    }
    sizes = next;
  }
  for (const [key, text] of Object.entries(numbers)) {
    if (text.trim() === "" || !Number.isFinite(Number(text))) return `Give ${key}: ${form.numbers![key]}.`;
  }
  return undefined;
}

/** The options under which the file is read as chosen. @param base what stays of the options before: its prefix */
export function readingOfChoices({ form, arrays, numbers }: Choices, base: ReadOptions = {}): ReadOptions {
  const { prefix, columnMajor } = base;
  const map = Object.entries(arrays).filter(([, source]) => source !== "");
  const set = Object.entries(numbers).map(([key, text]) => [key, Number(text)]);
  return {
    map: Object.fromEntries(map),
    set: { kind: form.kind, ...Object.fromEntries(set) },
    ...(prefix === undefined ? {} : { prefix }),
    ...(columnMajor === undefined ? {} : { columnMajor }),
  };
}

function nameOf(source: string, holdings: readonly Holding[]): string {
  const isWhole = holdings.some(({ name }) => name === source);
  return !isWhole && source.endsWith(TRANSPOSED) ? source.slice(0, -TRANSPOSED.length) : source;
}

function shapeOf(source: string, holdings: readonly Holding[]) {
  const name = nameOf(source, holdings);
  const shape = holdings.find((each) => each.name === name)?.shape;
  return shape !== undefined && name !== source ? transposedShape(shape) : shape;
}

function sizesText(sizes: Sizes): string {
  const known = Object.entries(sizes).map(([letter, size]) => `${letter} = ${size}`);
  return known.length === 0 ? "" : ` (${known.join(", ")})`;
}
