import { isLong } from "../base/list.ts";
import type { ListedResult } from "../base/listed-result.ts";
import { csvLines } from "../formats/write/write-csv.ts";
import { JsonDocument } from "../formats/write/write-json.ts";
import { PLAIN, type Style, textLines, writeText } from "../formats/write/write-text.ts";
import { wholeLine } from "../model/seal.ts";
import type { Format } from "./endings.ts";
import { type Entry, isResult } from "./entry.ts";

/** A document that is written piece by piece, as entries come. */
export interface Document {
  add(entry: Entry): Iterable<string>;
  end(): Iterable<string>;
}

/** Undefined for csv and npz, which need all results first. */
export function streamedDocument(format: Format, style: Style = PLAIN): Document | undefined {
  switch (format) {
    case "text":
      return textDocument(style);
    case "json":
      return jsonDocument();
    case "ndjson":
      return { add: wholeLine, end: () => [] };
    case "csv":
    case "npz":
      return undefined;
  }
}

function jsonDocument(): Document {
  const document = new JsonDocument();
  return { add: (entry) => document.add(entry), end: () => document.end() };
}

function textDocument(style: Style): Document {
  let first = true;
  return {
    *add(entry): Generator<string> {
      // failures are reported on stderr
      if (!isResult(entry)) return;
      if (!first) yield "\n";
      first = false;
      if (isLong(entry.fixedPoints)) yield* textLines(entry, style);
      else yield writeText(entry, style);
    },
    end: () => [],
  };
}

/** A whole document in pieces. @param entries may be walked more than once */
export async function* documentPieces(format: Format, entries: Iterable<Entry>): AsyncGenerator<string | Uint8Array> {
  const streamed = streamedDocument(format);
  if (streamed !== undefined) {
    for (const entry of entries) yield* gathered(streamed.add(entry));
    yield* gathered(streamed.end());
  } else if (format === "csv") yield* gathered(csvLines(resultsOf(entries)));
  else {
    // its package for archives takes a while to load
    const { writeNpz } = await import("../formats/write/write-npz.ts");
    yield writeNpz(resultsOf(entries));
  }
}

/** Characters of a piece that is written at once. */
const AT_ONCE = 2 ** 16;

/** The same text in fewer pieces. */
export function* gathered(pieces: Iterable<string>): Generator<string> {
  let held = "";
  for (const piece of pieces) {
    held += piece;
    if (held.length < AT_ONCE) continue;
    yield held;
    held = "";
  }
  if (held !== "") yield held;
}

function resultsOf(entries: Iterable<Entry>): Iterable<ListedResult> {
  return {
    *[Symbol.iterator]() {
      for (const entry of entries) if (isResult(entry)) yield entry;
    },
  };
}
