import { solveMany } from "../src/api/many.ts";
import { runtimeName } from "../src/base/runtime.ts";
import { CpuBackend } from "../src/cpu/backend.ts";
import { Finalizer } from "../src/finalize/finalizer.ts";
import { F64, UNCHECKED } from "../src/float/precision.ts";
import { adapterName, isSoftware, requestAdapter } from "../src/gpu/device.ts";
import { isStillpointError, parseModel } from "../src/index.ts";
import type { ModelInput } from "../src/model/input.ts";
import { runRegions } from "../src/regions/run.ts";
import { Engine } from "../src/run/engine.ts";
import { FACILITIES } from "../src/run/facilities.ts";
import type { FindOptions } from "../src/run/options.ts";
import { naiveFixedPoints } from "./baselines/naive.ts";
import { type BenchCase, caseName } from "./cases.ts";
import { type ModelSource, modelsOf } from "./models.ts";
import { ratioOf, type Spread, spreadOf } from "./statistics.ts";

/** How often and how long a case is run. */
export interface Limits {
  /** Runs that are timed, at least; short cases are run more often, until `MIN_SECONDS` have passed. */
  readonly runs: number;
  /** A run is cut off after this long: its regions per second count, its seconds say nothing. */
  readonly maxSeconds: number;
  /** The same on a software adapter, which is there for right answers only. */
  readonly maxSoftwareSeconds: number;
}

/** What a runtime is asked to do: sent as JSON to a process or a page of its own. */
export type Task =
  | { readonly kind: "describe" }
  | { readonly kind: "measure"; readonly case: BenchCase; readonly limits: Limits }
  | { readonly kind: "compare"; readonly cases: readonly BenchCase[]; readonly limits: Limits }
  | { readonly kind: "proof"; readonly source: ModelSource; readonly runs: number }
  | { readonly kind: "naive"; readonly source: ModelSource; readonly runs: number };

export interface RuntimeInfo {
  readonly runtime: string;
  /** Name of the adapter, or null where there is none. */
  readonly adapter: string | null;
  readonly software: boolean;
}

export interface Measurement {
  readonly case: string;
  readonly latentDim: number;
  readonly hyperplanes: number;
  readonly models: number;
  readonly options: Pick<BenchCase, "method" | "backend" | "expand" | "threads">;
  readonly adapter: string | null;
  /** True for a GPU backend that computes on the CPU: its time is no GPU's. */
  readonly software: boolean;
  readonly complete: boolean;
  readonly fixedPoints: number;
  readonly unit: "regions" | "boxes";
  /** Regions or boxes of one run. */
  readonly work: number;
  readonly seconds: Spread;
  /** work / median seconds. */
  readonly perSecond: number;
  /** Of the process, or null where that can't be told. */
  readonly peakMegabytes: number | null;
}

/** What the error bounds of the regions method cost: the same enumeration with every bound on and off. */
export interface ProofCost {
  readonly case: string;
  readonly proved: Spread;
  readonly unproved: Spread;
  readonly ratio: Spread;
}

/** A program that solves one model without a proof. */
export interface BaselineRun {
  readonly seconds: Spread;
  /** Masks that it solved. */
  readonly masks: number;
  readonly fixedPoints: number;
  readonly peakMegabytes: number | null;
  /** Of what it runs on, where that is not the bench's own runtime. */
  readonly versions?: Readonly<Record<string, string>>;
}

export interface TaskResults {
  describe: RuntimeInfo;
  measure: Measurement;
  /** In the order of the cases. */
  compare: Measurement[];
  proof: ProofCost;
  naive: BaselineRun;
}

/** Runs that take less than this in all are repeated. */
export const MIN_SECONDS = 1;
export const MAX_RUNS = 2000;
/** Cases that are compared take turns of about so long. */
const TURN_SECONDS = 0.05;
/**
 * Runs of the warm-up are repeated until it has lasted so long: what takes microseconds is compiled only after many
 * runs.
 */
const LEAST_WARM_UP_SECONDS = 0.5;
/** The warm-up is cut off here: by then everything is compiled. */
const WARM_UP_SECONDS = 2;
/** How each case is warmed up, for the report. */
export const WARM_UP = `runs for ${LEAST_WARM_UP_SECONDS} s, or one of at most ${WARM_UP_SECONDS} s`;

/** Runs in any runtime. @throws StillpointError as `findFixedPoints`. */
export async function perform(task: Task): Promise<TaskResults[Task["kind"]]> {
  switch (task.kind) {
    case "describe":
      return describe();
    case "measure":
      return (await compare([task.case], task.limits))[0]!;
    case "compare":
      return compare(task.cases, task.limits);
    case "proof":
      return proofCost(task.source, task.runs);
    case "naive":
      return naive(task.source, task.runs);
  }
}

async function describe(): Promise<RuntimeInfo> {
  const runtime = runtimeName();
  try {
    const { info } = await requestAdapter();
    return { runtime, adapter: adapterName(info), software: isSoftware(info) };
  } catch (error) {
    if (!isStillpointError(error)) throw error;
    return { runtime, adapter: null, software: false };
  }
}

/**
 * Each case in turn, a little of each at a time, so that all meet the same machine: what is slow for seconds is slow
 * for all.
 */
async function compare(cases: readonly BenchCase[], limits: Limits): Promise<Measurement[]> {
  const measured: CaseUnderWay[] = [];
  try {
    for (const each of cases) measured.push(await CaseUnderWay.of(each, limits));
    for (const each of measured) await each.warmUp();
    while (measured.some((each) => !each.isDone)) {
      for (const each of measured) if (!each.isDone) await each.turn();
    }
    return measured.map((each) => each.measurement());
  } finally {
    for (const each of measured) await each.close();
  }
}

/** A case that is being measured. */
class CaseUnderWay {
  readonly #case: BenchCase;
  readonly #models: readonly Parsed[];
  readonly #software: boolean;
  readonly #options: FindOptions;
  readonly #engine: Engine;
  readonly #repeated: Repeated<Run>;

  private constructor(each: BenchCase, models: readonly Parsed[], software: boolean, limits: Limits) {
    const { source: _, ...options } = each;
    this.#case = each;
    this.#models = models;
    this.#software = software;
    this.#options = { ...options, maxSeconds: software ? limits.maxSoftwareSeconds : limits.maxSeconds };
    this.#engine = new Engine(options, FACILITIES);
    this.#repeated = new Repeated(limits.runs, () => this.#run());
  }

  static async of(each: BenchCase, limits: Limits): Promise<CaseUnderWay> {
    const models = await Promise.all(modelsOf(each.source).map((model) => parseModel(model as ModelInput)));
    const { software } = each.backend === "webgpu" ? await describe() : { software: false };
    return new CaseUnderWay(each, models, software, limits);
  }

  async warmUp(): Promise<void> {
    const warm = performance.now() + 1000 * LEAST_WARM_UP_SECONDS;
    do await this.#run(WARM_UP_SECONDS);
    while (performance.now() < warm);
  }

  #run(mostSeconds = Number.POSITIVE_INFINITY): Promise<Run> {
    const maxSeconds = Math.min(mostSeconds, this.#options.maxSeconds!);
    return runOnce(this.#models, { ...this.#options, maxSeconds }, this.#engine);
  }

  get isDone(): boolean {
    return this.#repeated.isDone;
  }

  turn(): Promise<void> {
    return this.#repeated.turn();
  }

  measurement(): Measurement {
    const { source: _, ...options } = this.#case;
    const { latentDim, hyperplanes } = this.#models[0]!.system;
    const { seconds, last } = this.#repeated.result();
    const { adapter, complete, fixedPoints, work } = last;
    return {
      case: caseName(this.#case),
      latentDim,
      hyperplanes,
      models: this.#models.length,
      options,
      adapter,
      software: this.#software,
      complete,
      fixedPoints,
      unit: options.method === "regions" ? "regions" : "boxes",
      work,
      seconds,
      perSecond: work / seconds.median,
      peakMegabytes: null,
    };
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}

/** Runs until there are enough runs and enough seconds. */
class Repeated<T extends { readonly seconds: number }> {
  readonly #runs: number;
  readonly #once: () => T | Promise<T>;
  readonly #times: number[] = [];
  #total = 0;
  #last: T | undefined;

  constructor(runs: number, once: () => T | Promise<T>) {
    this.#runs = runs;
    this.#once = once;
  }

  get isDone(): boolean {
    const enough = this.#total >= MIN_SECONDS || this.#times.length >= MAX_RUNS;
    return this.#times.length >= this.#runs && enough;
  }

  /** Some runs: at least one, and as many as fit in a turn. */
  async turn(): Promise<void> {
    const end = this.#total + TURN_SECONDS;
    do {
      this.#last = await this.#once();
      this.#times.push(this.#last.seconds);
      this.#total += this.#last.seconds;
    } while (this.#total < end && !this.isDone);
  }

  /** All times, and the last run. */
  result(): { seconds: Spread; last: T } {
    return { seconds: spreadOf(this.#times), last: this.#last! };
  }
}

interface Run {
  readonly seconds: number;
  readonly adapter: string | null;
  readonly complete: boolean;
  readonly fixedPoints: number;
  readonly work: number;
}

type Parsed = Awaited<ReturnType<typeof parseModel>>;

async function runOnce(models: readonly Parsed[], options: FindOptions, engine: Engine): Promise<Run> {
  const run = { seconds: 0, adapter: null as string | null, complete: true, fixedPoints: 0, work: 0 };
  async function* named() {
    for (const [index, model] of models.entries()) yield { index, name: model.name, model };
  }
  const started = performance.now();
  for await (const outcome of solveMany(named(), options, engine)) {
    if ("error" in outcome) throw outcome.error;
    const { adapter, complete, fixedPoints, counts } = outcome.result;
    run.adapter = adapter;
    run.complete &&= complete;
    run.fixedPoints += fixedPoints.length;
    run.work += counts.masks ?? counts.boxes!;
  }
  run.seconds = (performance.now() - started) / 1000;
  return run;
}

async function naive(source: ModelSource, runs: number): Promise<BaselineRun> {
  const { system } = await parseModel(modelsOf(source)[0] as ModelInput);
  const once = () => {
    const started = performance.now();
    const points = naiveFixedPoints(system);
    return { seconds: (performance.now() - started) / 1000, points };
  };
  once();
  const repeated = new Repeated(runs, once);
  while (!repeated.isDone) await repeated.turn();
  const { seconds, last } = repeated.result();
  return { seconds, masks: 2 ** system.hyperplanes, fixedPoints: last.points.length, peakMegabytes: null };
}

async function proofCost(source: ModelSource, runs: number): Promise<ProofCost> {
  const [model] = modelsOf(source);
  const { system } = await parseModel(model as ModelInput);
  const times = { proved: [] as number[], unproved: [] as number[] };
  // in turn, so that both meet the same machine; the first round warms up
  for (let round = 0; round <= runs; round++) {
    for (const [name, precision] of [["proved", F64] as const, ["unproved", UNCHECKED] as const]) {
      const started = performance.now();
      await runRegions(system, new Finalizer(system), {}, new CpuBackend(precision), { expand: "owned" });
      if (round > 0) times[name].push((performance.now() - started) / 1000);
    }
  }
  const proved = spreadOf(times.proved);
  const unproved = spreadOf(times.unproved);
  return {
    case: caseName({ source, method: "regions", backend: "cpu", expand: "owned", threads: 1 }),
    proved,
    unproved,
    ratio: ratioOf(proved, unproved),
  };
}
