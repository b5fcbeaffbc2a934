import { sha256 } from "./sha256.ts";

/** What a record's digest says about it: it fits, it does not, or there is none. */
export type Seal = "whole" | "broken" | "missing";

/** How a digest is made, in front of its hex digits. */
const PREFIX = "sha256:";

const UTF8 = new TextEncoder();

/**
 * JSON with the keys of each object in ascending order and nothing between the tokens (RFC 8785), so that the text is that of the
 * values and not of a file: neither indentation nor the order of keys changes it. Values are written as JSON.stringify writes them:
 * what a file can't hold is left out or null, and −0 is 0, before and after the record went through a file.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) {
    // most of a result is lists of numbers
    if (value.every((item) => typeof item === "number")) return JSON.stringify(value);
    return `[${value.map(canonicalJson).join()}]`;
  }
  const members: string[] = [];
  const record = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(record).sort()) {
    if (record[key] !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(record[key])}`);
  }
  return `{${members.join()}}`;
}

/** `sha256:` and the hex SHA-256 of all of a record but its own `digest`, as canonical JSON in UTF-8. */
export function digestOf(record: object): string {
  const { digest: _, ...content } = record as { readonly digest?: unknown };
  return PREFIX + sha256([UTF8.encode(canonicalJson(content))]);
}

/**
 * The record with its digest, in place of one that it may have. The digest tells a record that was altered by accident, or by someone who
 * did not know of it. It is no signature: whoever alters a record can seal it anew.
 */
export function sealed<T extends object>(record: T): T & { readonly digest: string } {
  return { ...record, digest: digestOf(record) };
}

/** Whether a value that was read is as it was sealed. Never throws. */
export function sealOf(value: unknown): Seal {
  if (typeof value !== "object" || value === null) return "missing";
  const { digest } = value as { readonly digest?: unknown };
  if (digest === undefined) return "missing";
  try {
    return digest === digestOf(value) ? "whole" : "broken";
  } catch {
    // nested past all that JSON.stringify takes, or no JSON at all: nothing that was ever sealed
    return "broken";
  }
}
