import { createHash } from "node:crypto";
import type { Source } from "./sources.ts";

/** One of several parts of a batch: `--shard 2/4`, counted from 1. */
export interface ShardChoice {
  readonly index: number;
  readonly of: number;
}

/** Where a record stands in the whole batch, so that `merge` can put it there and see what is missing. */
export interface ShardMark extends ShardChoice {
  /** SHA-256 of the names of all sources. */
  readonly batch: string;
  readonly sources: number;
  readonly source: number;
  /** Models of this source. */
  readonly models: number;
  readonly model: number;
}

/** Which of the sources, or of the models of the only source, a shard has. */
export interface ShardPlan extends ShardChoice {
  readonly batch: string;
  readonly sources: number;
  hasSource(source: number): boolean;
  hasModel(model: number): boolean;
}

/** Every n-th file belongs to a shard; of a single file, every n-th model. */
export function planShard({ index, of }: ShardChoice, sources: readonly Source[]): ShardPlan {
  const names = sources.map((source) => ("path" in source ? source.path : source.error.file));
  const isMine = (k: number): boolean => k % of === index - 1;
  return {
    index,
    of,
    batch: createHash("sha256").update(JSON.stringify(names)).digest("hex"),
    sources: sources.length,
    hasSource: sources.length > 1 ? isMine : () => true,
    hasModel: sources.length > 1 ? () => true : isMine,
  };
}

export function markOf(
  { index, of, batch, sources }: ShardPlan,
  place: { readonly source: number; readonly model: number; readonly models: number },
): ShardMark {
  return { index, of, batch, sources, ...place };
}
