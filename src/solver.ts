import { linearise } from "./analysis/stability.ts";
import { genericRegionCount } from "./arrangement/counts.ts";
import { reduceSystem } from "./arrangement/reduce.ts";
import { CpuBackend } from "./cpu/backend.ts";
import { toNumber } from "./exact/rational.ts";
import { hasInterior } from "./exact/region.ts";
import type { ExactContinuum } from "./finalize/continua.ts";
import { type CertifiedPoint, Finalizer, indices } from "./finalize/finalizer.ts";
import { StillpointError } from "./model/errors.ts";
import type { PiecewiseLinearSystem } from "./model/system.ts";
import type { Model } from "./model/types.ts";
import { checkOptions, type FindOptions } from "./options.ts";
import { runRegions } from "./regions/run.ts";
import type { Continuum, FixedPoint, ModelSummary, Result, VirtualFixedPoint } from "./result.ts";
import { runtimeName } from "./runtime.ts";
import type { RunControl } from "./stages/run.ts";
import { VERSION } from "./version.ts";

/** Without a budget, more regions than this are refused at once rather than begun: about a day of one core. */
const MAX_REGIONS = 10n ** 11n;

/**
 * One run: choose the method, run it, finalize, report.
 * @throws OptionError for bad options; StillpointError TOO_LARGE when the run could not end, NO_GPU, GPU_FAILED.
 */
export async function solveModel(model: Model, options: FindOptions): Promise<Result> {
  checkOptions(options);
  const started = performance.now();
  const { system } = model;
  const control: RunControl = {
    signal: options.signal,
    deadline: options.maxSeconds === undefined ? undefined : started + 1000 * options.maxSeconds,
    maxRegions: options.maxRegions,
    onProgress: options.onProgress,
  };
  const { summary, regions } = summarise(model);
  refuseHopeless(regions, options);

  const finalizer = new Finalizer(system);
  const virtual = options.virtual ? new VirtualCollector(system, finalizer) : undefined;
  const backend = new CpuBackend();
  const outcome = await runRegions(system, finalizer, control, backend, {
    expand: options.expand ?? "owned",
    visit: virtual?.visit,
    restarted: virtual?.restarted,
  });

  const finalizing = performance.now();
  const answer = finalizer.finish();
  const fixedPoints = answer.fixedPoints.map((point) => reportPoint(system, point));
  const ended = performance.now();
  return {
    schema: "stillpoint/result@1",
    model: summary,
    fixedPoints,
    ...(virtual === undefined ? {} : { virtualFixedPoints: virtual.report() }),
    continua: answer.continua.map(reportContinuum),
    complete: outcome.complete,
    ...(outcome.incompleteBecause === undefined ? {} : { incompleteBecause: outcome.incompleteBecause }),
    method: "regions",
    backend: backend.name,
    adapter: backend.adapter,
    counts: { ...outcome.counts, ...answer.counts },
    seconds: { ...outcome.seconds, finalize: (ended - finalizing) / 1000, total: (ended - started) / 1000 },
    provenance: provenance(options),
  };
}

/** The model as the result names it, and the generic number of regions after merging equal hyperplanes. */
export function summarise(model: Model): { summary: ModelSummary; regions: bigint } {
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
    regions: genericRegionCount(reduced.count, rank),
  };
}

function refuseHopeless(regions: bigint, options: FindOptions): void {
  if (regions <= MAX_REGIONS || options.maxSeconds !== undefined || options.maxRegions !== undefined) return;
  throw new StillpointError(
    "TOO_LARGE",
    `the arrangement has up to ${regions} regions, more than the ${MAX_REGIONS} that the regions method begins without a budget. ` +
      "Use method search, or give maxSeconds or maxRegions for an incomplete answer",
  );
}

function reportPoint(system: PiecewiseLinearSystem, point: CertifiedPoint): FixedPoint {
  return {
    z: point.z,
    active: point.active,
    ties: point.ties,
    status: "certified",
    error: point.error,
    ...linearise(system, point),
  };
}

function reportContinuum({ dimension, point, basis, regions }: ExactContinuum): Continuum {
  return {
    dimension,
    point: point.map(toNumber),
    basis: basis.map((row) => row.map(toNumber)),
    regions,
  };
}

/** The candidates of all regions but those that hold their own, for regions shown to have an interior. */
class VirtualCollector {
  readonly #system: PiecewiseLinearSystem;
  readonly #finalizer: Finalizer;
  readonly #found: VirtualFixedPoint[] = [];

  constructor(system: PiecewiseLinearSystem, finalizer: Finalizer) {
    this.#system = system;
    this.#finalizer = finalizer;
  }

  readonly visit = (mask: Uint32Array, perturbed: boolean): void => {
    if (perturbed && !hasInterior(this.#finalizer.exactRegions.hyperplanes, mask)) return;
    const z = this.#finalizer.virtualCandidate(mask);
    if (z === undefined) return;
    const region = indices(mask);
    const { eigenvalues } = linearise(this.#system, { active: region, ties: [] });
    this.#found.push({ z, region, eigenvalues });
  };

  readonly restarted = (): void => {
    this.#found.length = 0;
  };

  report(): VirtualFixedPoint[] {
    return this.#found.sort((a, b) => compareLists(a.region, b.region));
  }
}

function compareLists(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

function provenance({ signal: _, onProgress: __, ...options }: FindOptions): Result["provenance"] {
  return { version: VERSION, options: { ...options }, runtime: runtimeName(), date: new Date().toISOString() };
}
