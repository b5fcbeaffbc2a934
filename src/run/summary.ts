import { genericRegionCount } from "../arrangement/counts.ts";
import { reduceSystem } from "../arrangement/reduce.ts";
import type { ModelSummary, Provenance } from "../base/result.ts";
import { runtimeName } from "../base/runtime.ts";
import { VERSION } from "../base/version.ts";
import { ascending } from "../model/seal.ts";
import type { Model } from "../model/types.ts";
import { hasAllMasks } from "../regions/all-masks.ts";
import type { ModelSize } from "./method.ts";
import { type FindOptions, plainOptions } from "./options.ts";

/** The model as the result names it, and its size after merging equal hyperplanes. */
export function summarise(model: Model): { summary: ModelSummary; size: ModelSize } {
  const { system } = model;
  const reduced = reduceSystem(system);
  const rank = reduced.columns.length;
  return {
    summary: {
      name: model.name,
      kind: model.kind,
      latentDim: system.latentDim,
      units: model.units,
      hyperplanes: system.hyperplanes,
      rank,
      sha256: model.sha256,
    },
    size: {
      latentDim: system.latentDim,
      rank,
      regions: genericRegionCount(reduced.count, rank),
      allMasks: hasAllMasks(system),
    },
  };
}

/** The plain options of each options object: all models of a batch share one. */
const recordedOptions = new WeakMap<object, Provenance["options"]>();

/** What a result says of the run that made it. */
export function provenance(options: Omit<FindOptions, "method">): Provenance {
  const recorded = recordedOptions.get(options) ?? ascending(plainOptions(options));
  recordedOptions.set(options, recorded);
  return { version: VERSION, options: recorded, runtime: runtimeName(), date: new Date().toISOString() };
}
