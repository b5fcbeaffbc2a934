import { existsSync, statSync } from "node:fs";
import { OptionError } from "../model/errors.ts";

/** Endings of pictures. */
export const PICTURE_ENDINGS: readonly string[] = [".svg", ".png", ".pdf"];

/**
 * What a path ends in, in small letters: `.svg` of `dir/Plot.SVG`; empty for a name without a dot, or that begins with
 * one.
 */
export function endingOf(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot).toLowerCase() : "";
}

/** Whether a path is to be a folder: it is one, it ends as one, or its name has no ending. */
export function isFolderPath(path: string): boolean {
  return /[/\\]$/.test(path) || endingOf(path) === "" || (existsSync(path) && statSync(path).isDirectory());
}

/** The error of a file whose ending is of no format that a command writes. */
export function wrongEnding(option: string, path: string, endings: readonly string[], more = ""): OptionError {
  const list = endings.length === 1 ? endings[0]! : `${endings.slice(0, -1).join(", ")} or ${endings.at(-1)}`;
  return new OptionError(
    option,
    `can't be written as ${endingOf(path)}`,
    path,
    `Use a file that ends in ${list}${more}.`,
  );
}

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
