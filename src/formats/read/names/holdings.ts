import { type Shape, shapeOf, shapeText } from "../../../model/forms.ts";
import type { Entries, Entry } from "../entries.ts";
import { escaped } from "../printable.ts";

/** An array that a file holds, by its name there. */
export interface Holding {
  readonly name: string;
  readonly shape: Shape;
}

/** The largest number of names that an error message lists, and of values that are looked at for it. */
const MAX_LISTED = 20;
const MAX_LOOKED_AT = 2000;

/** An array with more entries is not read only to learn its shape. */
const MAX_ENTRIES = 2 ** 22;

/** Parts of a name below which a training run keeps what its optimizer needs. `opt` alone may be anything. */
const OPTIMIZER =
  /(?:^|[./])(?:(?:optims?|optimi[sz]ers?|[nr]?adam(?:w|ax)?|rmsprop|adagrad|sgd|exp_avg|exp_avg_sq|max_exp_avg_sq|momentum_buffer|(?:lr_)?schedulers?)(?:[_-]?(?:states?|dict|state_?dict|weights|vars))?|opts?[_-]?(?:states?|state_?dict|vars))(?=$|[./])/i;

/** Whether a value belongs to an optimizer and not to a model, by its name. */
export function isOptimizerState(name: string): boolean {
  return OPTIMIZER.test(name);
}

/**
 * The arrays among the entries of a file, without those of an optimizer. An array that can't be read is left out:
 * holdings are for messages, whose reason is another one.
 */
export function holdingsOf(entries: Entries): Holding[] {
  const holdings: Holding[] = [];
  let looked = 0;
  for (const [name, entry] of entries) {
    if (isOptimizerState(name)) continue;
    if (++looked > MAX_LOOKED_AT) break;
    const shape = shapeOfEntry(entry);
    if (shape !== undefined) holdings.push({ name, shape });
  }
  return holdings;
}

/**
 * The shape of an entry that is an array which can be read, and is not too large to be read for that alone.
 * @param numbers no array with another number of entries is wanted
 */
export function shapeOfEntry(entry: Entry, numbers?: number): Shape | undefined {
  try {
    const claimed = entry.claims();
    if (claimed > MAX_ENTRIES || (numbers !== undefined && claimed > 0 && claimed !== numbers)) return undefined;
    return shapeOf(entry.read());
  } catch {
    return undefined;
  }
}

/** `A 3, W1 3×60 and 4 more; optimizer state left out`: what a file holds, for a message. */
export function heldText(entries: Entries, holdings: readonly Holding[] = holdingsOf(entries)): string {
  const left = [...entries.keys()].some(isOptimizerState) ? " (optimizer state left out)" : "";
  if (holdings.length === 0) {
    const names = [...entries.keys()].filter((name) => !isOptimizerState(name));
    return `${cut(names.map(shownName)) || "nothing"}${left}`;
  }
  return `${cut(holdings.map(({ name, shape }) => `${shownName(name)} ${shapeText(shape)}`))}${left}`;
}

function cut(items: readonly string[]): string {
  const rest = items.length - MAX_LISTED;
  return `${items.slice(0, MAX_LISTED).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

/** A name of a file in a message. */
export function shownName(name: string): string {
  return escaped(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}
