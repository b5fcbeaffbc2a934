import { FileError } from "../../model/errors.ts";
import type { Budget } from "./budget.ts";

/**
 * A named value of a file: a numeric array ({ data, shape }, row-major), a text or a number. It is read when it is
 * asked for.
 */
export interface Entry {
  /** The shape of an array as the file claims it, before the array is read; undefined of anything else. */
  shape(): readonly number[] | undefined;
  /** The number of entries of an array as the file claims it, before the array is read; 0 of anything else. */
  claims(): number;
  read(): unknown;
}

/** The values by name. Names inside groups, modules or dictionaries are joined with dots: `state.decoder.weight`. */
export type Entries = ReadonlyMap<string, Entry>;

/** The deepest nesting of lists that is looked at for a shape. */
const MAX_LIST_DEPTH = 4;

/** The entry of a value that is there already. */
export function valueEntry(value: unknown): Entry {
  return { shape: () => shapeOfLists(value), claims: () => 0, read: () => value };
}

/** The shape of nested lists by the first item of each; undefined of what is no list. */
function shapeOfLists(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const shape: number[] = [];
  for (let item: unknown = value; Array.isArray(item) && shape.length < MAX_LIST_DEPTH; item = item[0]) {
    shape.push(item.length);
  }
  return shape;
}

/** An entry whose use is an error that says why; others of the file may still be used. */
export function refusedEntry(file: string, problem: string, remedy: string): Entry {
  const refuse = (): never => {
    throw new FileError(file, problem, remedy);
  };
  return { shape: () => undefined, claims: refuse, read: refuse };
}

/**
 * Gathers the entries of a file. Of two values under one name neither can be used, as nobody can tell which is meant.
 */
export class EntryTable {
  readonly #file: string;
  readonly #budget: Budget;
  readonly #entries = new Map<string, Entry>();

  constructor(file: string, budget: Budget) {
    this.#file = file;
    this.#budget = budget;
  }

  get entries(): Entries {
    return this.#entries;
  }

  add(name: string, entry: Entry): void {
    this.#budget.entry(name);
    const isNew = !this.#entries.has(name);
    this.#entries.set(name, isNew ? entry : refusedEntry(this.#file, `holds ${name} twice`, "Give each array once."));
  }
}
