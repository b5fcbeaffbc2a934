import { LAYOUT_NAMES, type LayoutName } from "../../../src/formats/read/names/layouts.ts";
import type { ReadOptions } from "../../../src/formats/read/read.ts";

/**
 * The texts of the form "Names in files", as `stillpoint solve` takes them after --layout, --map, --set and --prefix.
 */
export interface ReadingForm {
  readonly layout: string;
  readonly map: string;
  readonly set: string;
  readonly prefix: string;
  readonly columnMajor: boolean;
}

/** @throws Error that says which text is none. */
export function readingOf({ layout, map, set, prefix, columnMajor }: ReadingForm): ReadOptions {
  const values = Object.entries(pairsOf(set, "Set")).map(([key, text]) => [key, parsed(text)]);
  return {
    ...(isLayout(layout) ? { layout } : {}),
    ...(map.trim() === "" ? {} : { map: pairsOf(map, "Map") }),
    ...(values.length === 0 ? {} : { set: Object.fromEntries(values) }),
    ...(prefix.trim() === "" ? {} : { prefix: prefix.trim() }),
    ...(columnMajor ? { columnMajor } : {}),
  };
}

function isLayout(name: string): name is LayoutName {
  return (LAYOUT_NAMES as readonly string[]).includes(name);
}

/** `a=b,c=d`; a comma that no `key=` follows is part of a value. */
function pairsOf(text: string, what: string): Record<string, string> {
  const parts = text.split(/,(?=\s*\w+=)/).filter((part) => part.trim() !== "");
  return Object.fromEntries(
    parts.map((part) => {
      const at = part.indexOf("=");
      if (at <= 0 || at === part.length - 1) throw new Error(`${what}: ${part.trim()} is not of the form KEY=VALUE.`);
      return [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    }),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
