import { csvLines } from "../io/write-csv.ts";
import { JsonDocument } from "../io/write-json.ts";
import { PLAIN, type Style, writeText } from "../io/write-text.ts";
import { wholeLine } from "../model/seal.ts";
import type { Result } from "../result.ts";
import { type Entry, isResult } from "./entry.ts";

/** Output formats of `solve`. */
export const FORMATS = ["text", "json", "ndjson", "csv", "npz"] as const;

export type Format = (typeof FORMATS)[number];

/** The format that belongs to the ending of a file; text without a file. */
export function formatOf(output: string | undefined): Format {
  const extension = output?.slice(output.lastIndexOf(".") + 1).toLowerCase();
  return FORMATS.find((format) => format === extension && format !== "text") ?? "text";
}

/** A document that is written piece by piece, as entries come. */
export interface Document {
  add(entry: Entry): Iterable<string>;
  end(): string;
}

/** Undefined for csv and npz, which need all results first. */
export function streamedDocument(format: Format, style: Style = PLAIN): Document | undefined {
  switch (format) {
    case "text":
      return textDocument(style);
    case "json":
      return jsonDocument();
    case "ndjson":
      return { add: wholeLine, end: () => "" };
    case "csv":
    case "npz":
      return undefined;
  }
}

function jsonDocument(): Document {
  const document = new JsonDocument();
  return { add: (entry) => [document.add(entry)], end: () => document.end() };
}

function textDocument(style: Style): Document {
  let first = true;
  return {
    add: (entry) => {
      // failures are reported on stderr
      if (!isResult(entry)) return [];
      const text = `${first ? "" : "\n"}${writeText(entry, style)}`;
      first = false;
      return [text];
    },
    end: () => "",
  };
}

/** A whole document in pieces. @param entries may be walked more than once */
export async function* documentPieces(format: Format, entries: Iterable<Entry>): AsyncGenerator<string | Uint8Array> {
  const streamed = streamedDocument(format);
  if (streamed !== undefined) {
    for (const entry of entries) yield* streamed.add(entry);
    yield streamed.end();
  } else if (format === "csv") yield* csvLines(resultsOf(entries));
  else {
    // its package for archives takes a while to load
    const { writeNpz } = await import("../io/write-npz.ts");
    yield writeNpz(resultsOf(entries));
  }
}

function resultsOf(entries: Iterable<Entry>): Iterable<Result> {
  return {
    *[Symbol.iterator]() {
      for (const entry of entries) if (isResult(entry)) yield entry;
    },
  };
}
