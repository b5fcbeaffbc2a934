import { countRegions, findCycles, findFixedPoints } from "../../api/find.ts";
import type { Result } from "../../base/result.ts";
import type { CycleOptions } from "../../cycles/options.ts";
import { OptionError } from "../../model/errors.ts";
import type { ModelInput } from "../../model/input.ts";
import type { BranchOptions, PlotOptions } from "../../plot/index.ts";
import type { FindOptions } from "../../run/options.ts";
import type { Progress } from "../../stages/run.ts";
import type { Sweep, SweepRange } from "../../sweep/result.ts";
import type { SweepOptions } from "../../sweep/sweep.ts";
import { verifyResult } from "../../verify/verify.ts";
import { gpuProbe } from "../gpu-probe.ts";
import { readModel, requestedModel } from "./models.ts";
import {
  CYCLE_OPTIONS,
  isObject,
  type Json,
  readFindOptions,
  readOptions,
  SOLVE_OPTIONS,
  SWEEP_OPTIONS,
} from "./options.ts";
import { trajectories } from "./trajectories.ts";

/** One request that is being answered. */
export interface Call {
  readonly request: Json;
  /** Aborted when the client cancels the request, or has gone. */
  readonly signal: AbortSignal;
  /** Given if the client wants to hear of progress. */
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/**
 * Gives the answer to one request, an object or a text, or throws what the client is told. `proofBytes` of an object
 * stand beside it.
 */
type Handler = (call: Call) => Promise<object | string>;

/** All requests that have one answer, by the name that `do` gives (docs/serve.md#requests). */
export const REQUESTS: Readonly<Record<string, Handler>> = { solve, cycles, count, sweep, verify, trajectory, plot };

async function solve({ request, signal, onProgress }: Call): Promise<object> {
  const { proof, ...options } = readFindOptions(request.options, SOLVE_OPTIONS);
  const model = await readModel(request, options.input, signal);
  const asked = { ...options, signal, onProgress, gpuProbe: gpuProbe(options) };
  return proof === true ? findFixedPoints(model, { ...asked, proof }) : findFixedPoints(model, asked);
}

async function cycles({ request, signal, onProgress }: Call): Promise<object> {
  const { threads } = readFindOptions(undefined);
  const { proof, ...options } = { threads, ...readOptions(request.options, CYCLE_OPTIONS) } as CycleOptions & {
    readonly proof?: boolean;
  };
  const model = await readModel(request, options.input, signal);
  const asked = { ...options, signal, onProgress };
  return proof === true ? findCycles(model, { ...asked, proof }) : findCycles(model, asked);
}

async function count({ request, signal }: Call): Promise<object> {
  const { input, maxSeconds } = readFindOptions(request.options);
  return countRegions(await readModel(request, input, signal), { maxSeconds, signal });
}

async function sweep({ request, signal, onProgress }: Call): Promise<object> {
  const { sweepInput } = await import("../../sweep/sweep.ts");
  const range = { samples: 101, ...readOptions(request.range, RANGE, "members of range") } as SweepRange;
  const { threads } = readFindOptions(undefined);
  const options = { threads, ...readOptions(request.options, SWEEP_OPTIONS) } as SweepOptions;
  if (range.parameter === undefined || range.from === undefined || range.to === undefined) {
    throw new OptionError("range", "must name parameter, from and to", request.range, "Say which input goes where.");
  }
  const { value, name } = await requestedModel(request, signal);
  return sweepInput(value as ModelInput, range, {
    ...options,
    name,
    signal,
    onProgress,
    gpuProbe: gpuProbe(options),
  } as SweepOptions);
}

const RANGE = { parameter: "text", from: "number", to: "number", samples: "number" } as const;

async function verify({ request, signal }: Call): Promise<object> {
  const model = await readModel(request, readFindOptions(request.options).input, signal);
  return verifyResult(model, request.result);
}

async function trajectory({ request, signal }: Call): Promise<object> {
  const { input } = readFindOptions(request.options);
  return trajectories(await readModel(request, input, signal), request, signal);
}

/** The picture of a result, or of a sweep, as SVG. */
async function plot({ request, signal }: Call): Promise<string> {
  const { plotModel, plotSweep } = await import("../../plot/index.ts");
  const { input, coordinate, picture } = readOptions(request.options, PLOT) as Pick<FindOptions, "input"> &
    Pick<PlotOptions, "picture"> &
    BranchOptions;
  if (isObject(request.sweep)) {
    const { schema } = request.sweep;
    if (schema !== "stillpoint/sweep@1")
      throw new OptionError("sweep", "is no answer to a sweep", schema, "Give what the request sweep was answered.");
    return plotSweep(request.sweep as object as Sweep, { coordinate });
  }
  const model = await readModel(request, input, signal);
  const { result } = request;
  if (!isObject(result) || !isObject(result.model) || result.model.sha256 !== model.sha256) {
    throw new OptionError("result", "is not of this model", result, "Give the model and the input that were solved.");
  }
  return plotModel(model, result as object as Result, { picture });
}

const PLOT = { picture: "text", coordinate: "number", input: "numbers" } as const;
