import type { CyclesResult, Result } from "../../../src/index.ts";
import type { EarlyPoint, Misfit, ModelCard, ModelRef, Source } from "../protocol.ts";

/** A model on the page. */
export interface Entry {
  readonly key: number;
  readonly name: string;
  readonly ref: ModelRef;
  readonly card: ModelCard | undefined;
  status: "waiting" | "running" | "solved" | "cancelled" | "failed";
  /** Why it has no result. */
  error?: string;
  /** What its file holds, where the reader can say which array is which. */
  readonly misfit?: Misfit | undefined;
  /** The input that the next run takes. */
  input: Readonly<Record<string, number>>;
  result?: Result | undefined;
  /** The input that `result` is for. */
  resultInput?: Readonly<Record<string, number>> | undefined;
  /** Points of the run that is under way. */
  early: EarlyPoint[];
  /** What there was before the run that is under way, or that was cancelled. */
  before?: Before | undefined;
  cycles?: CyclesResult | undefined;
}

export interface Before {
  readonly result: Result;
  readonly input: Entry["input"];
}

let nextKey = 0;

export function makeEntry(
  source: Source,
  index: number,
  name: string,
  what: { readonly card: ModelCard } | { readonly error: string; readonly misfit?: Misfit | undefined },
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
  return "error" in what ? { ...entry, error: what.error, misfit: what.misfit } : entry;
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

export function sameInput(a: Entry["input"] = {}, b: Entry["input"] = {}): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}
