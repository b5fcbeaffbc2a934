import type { Result } from "../../../src/index.ts";
import type { EarlyPoint, ModelCard, ModelRef, Source } from "../protocol.ts";

/** A model on the page. */
export interface Entry {
  readonly key: number;
  readonly name: string;
  readonly ref: ModelRef;
  readonly card: ModelCard | undefined;
  status: "waiting" | "running" | "solved" | "cancelled" | "failed";
  /** Why it has no result. */
  error?: string;
  /** The input that the next run takes. */
  input: Readonly<Record<string, number>>;
  result?: Result | undefined;
  /** The input that `result` is for. */
  resultInput?: Readonly<Record<string, number>> | undefined;
  /** Points of the run that is under way. */
  early: EarlyPoint[];
}

let nextKey = 0;

export function makeEntry(
  source: Source,
  index: number,
  name: string,
  what: { readonly card: ModelCard } | { readonly error: string },
): Entry {
  const entry: Entry = {
    key: nextKey++,
    name,
    ref: { source, index, input: {} },
    card: "card" in what ? what.card : undefined,
    status: "card" in what ? "waiting" : "failed",
    input: {},
    early: [],
  };
  return "error" in what ? { ...entry, error: what.error } : entry;
}

export function refOf({ ref, input }: Entry): ModelRef {
  return { ...ref, input };
}

/** What became of a model, in a few words. */
export function statusText({ status, result }: Entry): string {
  if (status === "running") return "running…";
  if (status === "failed") return "failed";
  if (result === undefined) return status;
  return result.complete ? "complete" : "incomplete";
}
