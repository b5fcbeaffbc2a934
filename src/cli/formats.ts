import type { Result } from "../base/result.ts";
import { csvLines } from "../formats/write/write-csv.ts";
import { JsonDocument } from "../formats/write/write-json.ts";
import { PLAIN, type Style, writeText } from "../formats/write/write-text.ts";
import { wholeLine } from "../model/seal.ts";
import { endingOf, PICTURE_ENDINGS, wrongEnding } from "./endings.ts";
import { type Entry, isResult } from "./entry.ts";

/** Output formats of `solve`. */
export const FORMATS = ["text", "json", "ndjson", "csv", "npz"] as const;

export type Format = (typeof FORMATS)[number];

/** Formats by the endings of files; a file without an ending is text. */
const ENDINGS: Readonly<Record<string, Format>> = {
  "": "text",
  ".txt": "text",
  ".text": "text",
  ".json": "json",
  ".ndjson": "ndjson",
  ".jsonl": "ndjson",
  ".csv": "csv",
  ".npz": "npz",
};

/**
 * The format that belongs to the ending of a file; text without a file.
 * @param able the formats that the command writes
 * @throws OptionError for an ending that is none of theirs
 */
export function formatOf<F extends Format>(output: string | undefined, able: readonly F[]): F {
  const format = ENDINGS[output === undefined ? "" : endingOf(output)];
  const found = able.find((each) => each === format);
  if (found !== undefined) return found;
  const endings = [".txt", ".json", ".ndjson", ".csv", ".npz"].filter((each) => able.some((f) => f === ENDINGS[each]));
  const isPicture = PICTURE_ENDINGS.includes(endingOf(output ?? ""));
  const more = isPicture ? "; pictures are made by stillpoint plot, and by solve --plot" : ", or say --format";
  throw wrongEnding("-o", output ?? "", endings, more);
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
    const { writeNpz } = await import("../formats/write/write-npz.ts");
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
