import type { PartResult } from "../api/parts.ts";
import type { ListedResult } from "../base/listed-result.ts";
import type { CyclesPartResult } from "../cycles/parts.ts";
import type { CyclesResult } from "../cycles/result.ts";
import { FileError, type StillpointError } from "../model/errors.ts";
import type { ShardMark } from "./shard.ts";

/** A model that gave no result, as json and ndjson write it: every model gives one value. */
export interface Failure {
  readonly schema: "stillpoint/error@1";
  readonly model: { readonly name: string };
  readonly error: { readonly code: string; readonly message: string };
}

/** The result of a part of the work on one model, with the model itself, so that `merge` needs no other file. */
export interface PartRecord extends PartResult {
  readonly definition: Readonly<Record<string, unknown>>;
}

/**
 * The outcome of one model of a batch, with its digest (`model/seal.ts`); in a shard of a batch also the place of the
 * model in the batch.
 */
export type Entry = (ListedResult | Failure | PartRecord) & { readonly shard?: ShardMark; readonly digest?: string };

export function isFailure(entry: Entry): entry is Failure & Pick<Entry, "shard"> {
  return entry.schema === "stillpoint/error@1";
}

export function isPart(entry: Entry): entry is PartRecord & Pick<Entry, "shard"> {
  return entry.schema === "stillpoint/part@1";
}

export function isResult(entry: Entry): entry is ListedResult & Pick<Entry, "shard"> {
  return entry.schema === "stillpoint/result@1";
}

/** @param label put before messages that do not name the file themselves */
export function failureOf(name: string, label: string | undefined, error: StillpointError): Failure {
  const message = label === undefined ? error.message : `${label}: ${error.message}`;
  return { schema: "stillpoint/error@1", model: { name }, error: { code: error.code, message } };
}

/** A part of the work on the cycles of one model, with the model itself. */
export interface CyclesPartRecord extends CyclesPartResult {
  readonly definition: PartRecord["definition"];
}

/** The cycles of one model of a shard, or a part of the work on the only one. */
export type CyclesEntry = (CyclesResult | CyclesPartRecord) & Pick<Entry, "shard">;

/** A value of a shard's file, by its schema. Throws FileError for anything else. */
export function readShardEntry(value: unknown, file: string): Entry | CyclesEntry {
  return isCycles(value) || isCyclesPart(value) ? value : readEntry(value, file);
}

export function isCycles(value: unknown): value is CyclesResult & Pick<Entry, "shard"> {
  return hasSchema(value, "stillpoint/cycles@1", ["model", "cycles", "provenance"]);
}

export function isCyclesPart(value: unknown): value is CyclesPartRecord & Pick<Entry, "shard"> {
  return hasSchema(value, "stillpoint/cycles-part@1", ["model", "found", "periods", "definition", "provenance"]);
}

function hasSchema(value: unknown, schema: string, keys: readonly string[]): boolean {
  if (typeof value !== "object" || value === null || !("schema" in value)) return false;
  return value.schema === schema && keys.every((key) => key in value);
}

/** A value of a result file, by its schema. Throws FileError for anything else. */
export function readEntry(value: unknown, file: string): Entry {
  if (isEntry(value)) return value;
  throw new FileError(file, "is no result of stillpoint solve", "Give what solve --format json or ndjson wrote.");
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null || !("schema" in value) || !("model" in value)) return false;
  if (typeof value.model !== "object" || value.model === null) return false;
  if (value.schema === "stillpoint/error@1") return "error" in value;
  if (value.schema === "stillpoint/part@1") return "found" in value && "definition" in value && "provenance" in value;
  return value.schema === "stillpoint/result@1" && "fixedPoints" in value && "provenance" in value;
}
