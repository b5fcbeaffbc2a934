import type { RawModel } from "../formats/read/json/raw.ts";
import { isStillpointError } from "../model/errors.ts";
import { markOf, planShard, type ShardChoice, type ShardMark } from "./shard.ts";
import { readSource, type Source, type SourceReading } from "./sources.ts";

/** The models of one shard with their places in the whole batch; a file that can't be read has one place. */
export async function* modelsOfShard(
  sources: readonly Source[],
  reading: SourceReading,
  choice: ShardChoice,
): AsyncGenerator<{ readonly raw: RawModel; readonly mark: ShardMark }> {
  const plan = planShard(choice, sources, false);
  for (const [source, each] of sources.entries()) {
    if (!plan.hasSource(source)) continue;
    const raws = await rawsOf(each, reading);
    for (const [model, raw] of raws.entries())
      if (plan.hasModel(model)) yield { raw, mark: markOf(plan, { source, model, models: raws.length }) };
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
