import { createHash } from "node:crypto";
import type { Source } from "./sources.ts";

/** One of several parts of a batch: `--shard 2/4`, counted from 1. */
export interface ShardChoice {
  readonly index: number;
  readonly of: number;
  /** For parts of one model: the number of owner directions to begin with, if `merge` asked for it. */
  readonly ownerDirections?: number | undefined;
}

/** The place of a record in the whole batch, so that `merge` can put it there and see which records are missing. */
export interface ShardMark extends ShardChoice {
  /** SHA-256 of the names of all sources. */
  readonly batch: string;
  readonly sources: number;
  readonly source: number;
  /** The number of models of this source. */
  readonly models: number;
  readonly model: number;
}

/** The sources of a shard, or its models of the only source. */
export interface ShardPlan extends ShardChoice {
  readonly batch: string;
  readonly sources: number;
  hasSource(source: number): boolean;
  hasModel(model: number): boolean;
}

/**
 * Every n-th file belongs to a shard; of a single file, every n-th model; of a single model, a part of the work.
 * @param single whether the batch is a single model, on which then all shards work
 */
export function planShard(
  { index, of, ownerDirections }: ShardChoice,
  sources: readonly Source[],
  single: boolean,
): ShardPlan {
  const names = sources.map((source) => ("path" in source ? source.path : source.error.file));
  const isMine = (k: number): boolean => k % of === index - 1;
  return {
    index,
    of,
    ...(ownerDirections === undefined ? {} : { ownerDirections }),
    batch: createHash("sha256").update(JSON.stringify(names)).digest("hex"),
    sources: sources.length,
    hasSource: sources.length > 1 ? isMine : () => true,
    hasModel: sources.length > 1 || single ? () => true : isMine,
  };
}

export function markOf(
  { index, of, ownerDirections, batch, sources }: ShardPlan,
  place: { readonly source: number; readonly model: number; readonly models: number },
): ShardMark {
  const directions = ownerDirections === undefined ? {} : { ownerDirections };
  return { index, of, ...directions, batch, sources, ...place };
}
