import { genericRegionCount } from "../arrangement/counts.ts";
import { reduceSystem } from "../arrangement/reduce.ts";
import type { ModelSummary, Provenance, Result } from "../base/result.ts";
import { runtimeName } from "../base/runtime.ts";
import { VERSION } from "../base/version.ts";
import { ascending, sealedInOrder } from "../model/seal.ts";
import type { Model } from "../model/types.ts";
import { hasAllMasks } from "../regions/independent.ts";
import type { ModelSize } from "./method.ts";
import { type FindOptions, plainOptions } from "./options.ts";

/** The model as the result names it, and its size after merging equal hyperplanes. */
export function summarise(model: Model): { summary: ModelSummary; size: ModelSize } {
  const { system } = model;
  const reduced = reduceSystem(system);
  const rank = reduced.columns.length;
  return {
    summary: summaryOf(model, rank),
    size: {
      latentDim: system.latentDim,
      rank,
      regions: genericRegionCount(reduced.count, rank),
      allMasks: hasAllMasks(system),
    },
  };
}

function summaryOf({ name, kind, units, sha256, system }: Model, rank?: number): ModelSummary {
  const { latentDim, hyperplanes } = system;
  return rank === undefined
    ? { name, kind, latentDim, units, hyperplanes, sha256 }
    : { name, kind, latentDim, units, hyperplanes, rank, sha256 };
}

/** The result of a run that had to stop before its method could be chosen. */
export function resultNotBegun(model: Model, options: FindOptions, because: string, started: number): Result {
  return sealedInOrder<Result>({
    schema: "stillpoint/result@1",
    model: summaryOf(model),
    fixedPoints: [],
    continua: [],
    complete: false,
    incompleteBecause: `${because}: nothing was searched, as the model was still being prepared`,
    method: options.method === "regions" ? "regions" : "search",
    backend: "cpu",
    adapter: null,
    counts: {},
    seconds: { total: (performance.now() - started) / 1000 },
    provenance: provenance(options),
  });
}

/** What is the same for all runs with an options object: all models of a batch share one. */
const recordedOptions = new WeakMap<object, Pick<Provenance, "options" | "runtime">>();

/** What a result says of the run that made it. */
export function provenance(options: Omit<FindOptions, "method">): Provenance {
  let recorded = recordedOptions.get(options);
  if (recorded === undefined) {
    recorded = { options: ascending(plainOptions(options)), runtime: runtimeName() };
    recordedOptions.set(options, recorded);
  }
  return { version: VERSION, options: recorded.options, runtime: recorded.runtime, date: dateText() };
}

let lastSecond = { second: -1, text: "" };

/** The time of day. Many small models end in one second, and its text takes as long as a part of their run. */
function dateText(): string {
  const time = Date.now();
  const second = Math.floor(time / 1000);
  if (second !== lastSecond.second) lastSecond = { second, text: new Date(1000 * second).toISOString().slice(0, -4) };
  return `${lastSecond.text}${String(time % 1000).padStart(3, "0")}Z`;
}
