import { FileError } from "../../model/errors.ts";
import { shownName } from "./names/holdings.ts";

/** The schema of a value that Stillpoint wrote as an answer; undefined for all else. */
export function schemaOf(value: unknown): string | undefined {
  if (value === null || typeof value !== "object" || !("schema" in value)) return undefined;
  const { schema } = value;
  return typeof schema === "string" && schema.startsWith("stillpoint/") ? schema : undefined;
}

/** Throws FileError for an answer of Stillpoint in the place of a model. */
export function refuseResult(value: unknown, file: string): void {
  const schema = schemaOf(value);
  if (schema !== undefined) throw resultError(file, `is a result of Stillpoint (${shownName(schema)}), not a model`);
}

export function resultError(file: string, problem: string): FileError {
  return new FileError(
    file,
    problem,
    "Give the model that was solved; a result is for stillpoint verify MODEL RESULT, shards are for stillpoint merge.",
  );
}

/** How the text of a file of answers begins. */
const BEGINNING = /^\s*\[?\s*\{\s*"schema"\s*:\s*"stillpoint\//;

/** Whether the first bytes of a text are those of answers of Stillpoint. */
export function beginsAsResults(head: Uint8Array): boolean {
  return BEGINNING.test(new TextDecoder("latin1").decode(head));
}
