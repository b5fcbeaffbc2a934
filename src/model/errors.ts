/** The kind of an error, for programs; the message is for people. */
export type ErrorCode =
  | "INVALID_MODEL"
  | "INVALID_FILE"
  | "INVALID_OPTION"
  | "TOO_LARGE"
  | "NO_GPU"
  | "GPU_FAILED"
  | "INTERNAL";

/** Base of every error that Stillpoint throws on purpose. */
export class StillpointError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    // as text: a minifier renames classes
    this.name = "StillpointError";
    this.code = code;
  }
}

/** A model that is not valid: names the field, the offending value and the remedy. */
export class ModelError extends StillpointError {
  /** Path of the field, e.g. `W1[3][0]`. */
  readonly field: string;
  /** The value found there, as text. */
  readonly value: string;
  readonly remedy: string;
  constructor(field: string, problem: string, value: unknown, remedy: string) {
    super("INVALID_MODEL", `${field}: ${problem} (got ${describe(value)}). ${remedy}`);
    this.name = "ModelError";
    this.field = field;
    this.value = describe(value);
    this.remedy = remedy;
  }
}

/** A file that can't be read in the format that it claims. */
export class FileError extends StillpointError {
  readonly file: string;
  constructor(file: string, problem: string, remedy: string, options?: ErrorOptions) {
    super("INVALID_FILE", `${file}: ${problem}. ${remedy}`, options);
    this.name = "FileError";
    this.file = file;
  }
}

/** An option outside its range. */
export class OptionError extends StillpointError {
  readonly option: string;
  constructor(option: string, problem: string, value: unknown, remedy: string) {
    super("INVALID_OPTION", `${option}: ${problem} (got ${describe(value)}). ${remedy}`);
    this.name = "OptionError";
    this.option = option;
  }
}

/** True for any error that Stillpoint throws on purpose. */
export function isStillpointError(error: unknown): error is StillpointError {
  return error instanceof StillpointError;
}

/** A short text for any value, safe to print. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value === null || typeof value !== "object") return String(value);
  return "an object";
}
