import type { RawModel } from "../formats/read/json/raw.ts";
import { isStillpointError } from "../model/errors.ts";
import { markOf, planShard, type ShardChoice, type ShardMark } from "./shard.ts";
import { readSource, type Source, type SourceReading } from "./sources.ts";

/** A model of a shard with its place in the whole batch. */
export interface ShardModel {
  readonly raw: RawModel;
  readonly mark: ShardMark;
  /** Whether it is the only model of the batch, of which each shard does a part. */
  readonly isPart: boolean;
}

/** The models of one shard; a file that can't be read has one place. */
export async function* modelsOfShard(
  sources: readonly Source[],
  reading: SourceReading,
  choice: ShardChoice,
): AsyncGenerator<ShardModel> {
  const only = sources.length === 1 ? await rawsOf(sources[0]!, reading) : undefined;
  const isPart = only?.length === 1;
  const plan = planShard(choice, sources, isPart);
  for (const [source, each] of sources.entries()) {
    if (!plan.hasSource(source)) continue;
    const raws = only ?? (await rawsOf(each, reading));
    for (const [model, raw] of raws.entries())
      if (plan.hasModel(model)) yield { raw, mark: markOf(plan, { source, model, models: raws.length }), isPart };
  }
}

async function rawsOf(source: Source, reading: SourceReading): Promise<readonly RawModel[]> {
  if ("error" in source) return [{ name: source.error.file, error: source.error }];
  try {
    return await readSource(source, reading);
  } catch (error) {
    if (!isStillpointError(error)) throw error;
    return [{ name: source.path, error }];
  }
}
