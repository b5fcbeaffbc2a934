import type { Entries } from "../entries.ts";
import { naturalOrder } from "../natural-order.ts";
import { isOptimizerState } from "./holdings.ts";

/**
 * The prefixes under which all names of one core stand, in natural order; only "" if "" is among them. What an
 * optimizer keeps under the names of a model is none.
 */
export function placesOf(entries: Entries, cores: readonly (readonly string[])[]): string[] {
  const places = new Set<string>();
  for (const [first, ...others] of cores) {
    for (const entry of entries.keys()) {
      if (first === undefined || (entry !== first && !entry.endsWith(`.${first}`))) continue;
      const place = entry.slice(0, entry.length - first.length);
      if (!isOptimizerState(place) && others.every((other) => entries.has(`${place}${other}`))) places.add(place);
    }
  }
  return places.has("") ? [""] : [...places].sort(naturalOrder);
}

/** The place that --prefix names, with dots or slashes; undefined where nothing stands below it. */
export function placeOfPrefix(entries: Entries, prefix: string): string | undefined {
  if (prefix === "") return "";
  const isThere = (place: string): boolean => {
    for (const entry of entries.keys()) if (entry.startsWith(place)) return true;
    return false;
  };
  return [`${prefix}.`, `${dotted(prefix)}.`].find(isThere);
}

/** The names of the entries at a place, from there on. */
export function namesBelow(entries: Entries, place: string): string[] {
  return [...entries.keys()].filter((entry) => entry.startsWith(place)).map((entry) => entry.slice(place.length));
}

/** The entry of a name with dots or slashes, below a place or else from the top of the file. */
export function entryOfName(entries: Entries, place: string, name: string): string | undefined {
  const slashless = dotted(name);
  return [`${place}${name}`, name, `${place}${slashless}`, slashless].find((entry) => entries.has(entry));
}

/** `rnn/cell/W` → `rnn.cell.W` */
function dotted(name: string): string {
  return name.split("/").filter(Boolean).join(".");
}
