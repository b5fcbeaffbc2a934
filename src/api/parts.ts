import { rangeOfPart } from "../arrangement/counts.ts";
import { reduceSystem } from "../arrangement/reduce.ts";
import { withAllPoints } from "../base/listed-result.ts";
import type { Counts, ModelSummary, Provenance, Result, Seconds, VirtualFixedPoint } from "../base/result.ts";
import { indices } from "../exact/region.ts";
import { FileError, OptionError } from "../model/errors.ts";
import { setBit } from "../model/mask.ts";
import type { Model } from "../model/types.ts";
import type { SubsetRange } from "../regions/run.ts";
import type { Engine } from "../run/engine.ts";
import type { Method } from "../run/method.ts";
import { checkPart, type FindOptions, optionsKey, plainOptions } from "../run/options.ts";
import { Run } from "../run/run.ts";
import { beginningAnew, runMethod } from "../run/solver.ts";
import { compareLists } from "../run/virtual.ts";
import type { MethodOutcome } from "../stages/run.ts";

/** One of several parts of the work on one model, counted from 1. */
export interface Part {
  readonly index: number;
  readonly of: number;
  /**
   * Owner directions that the regions method begins with; default 0. All parts must end with the same owner directions:
   * `mergeParts` says which parts must be done again with other ones.
   */
  readonly ownerDirections?: number | undefined;
}

/** The outcome of one part: all that `mergeParts` needs to finish the model. */
export interface PartResult {
  readonly schema: "stillpoint/part@1";
  readonly model: ModelSummary;
  readonly part: { readonly index: number; readonly of: number };
  /** Of the regions method: the part's range of subsets, as exact decimal strings, and the owner directions used. */
  readonly regions?: {
    readonly from: string;
    readonly to: string;
    readonly total: string;
    readonly ownerDirections: number;
  };
  /** Of the search method: how many boxes the parts share, and a digest of these boxes. */
  readonly search?: { readonly boxes: number; readonly digest: string };
  /**
   * Regions, each as the hyperplanes with bit 1, that hold a fixed point or a piece of a continuum; one region for each
   * point or piece.
   */
  readonly found: readonly (readonly number[])[];
  readonly virtualFixedPoints?: readonly VirtualFixedPoint[];
  readonly complete: boolean;
  readonly incompleteBecause?: string;
  readonly method: Method;
  readonly backend: "cpu" | "webgpu";
  readonly adapter: string | null;
  readonly backendNote?: string;
  readonly counts: Counts;
  readonly seconds: Seconds;
  readonly provenance: Provenance;
}

/**
 * One part of the work on a model: a range of the subsets of the regions method, or a share of the boxes of a search.
 * @throws OptionError for a part number outside 1 … of, or for options that can't be divided; else as `solveModel`.
 */
export async function solvePart(model: Model, part: Part, options: FindOptions, engine: Engine): Promise<PartResult> {
  const { index, of } = part;
  checkPart(part);
  if (options.expand === "branch") {
    throw new OptionError("expand", "can't be divided into parts", "branch", 'Use "owned".');
  }
  return beginningAnew(engine, async () => {
    const found: number[][] = [];
    const run = await Run.begin(model, options, of, (mask) => found.push(indices(mask)));
    const { count, columns } = reduceSystem(model.system);
    const { range, total } = rangeOfPart(count, columns.length, part);
    const { ownerDirections } = part;
    const share = { index, of };
    const { outcome, backend, adapter, note } = await runMethod(run, run.finalizer, engine, {
      range,
      ownerDirections,
      share,
    });
    await run.finalizer.settle(run.control);
    const used = outcome.backend ?? { name: backend, adapter };
    const notes = [note, used.note].filter((text) => text !== undefined);
    const virtual = run.virtualFixedPoints;
    const gaps = [outcome.incompleteBecause, run.undecidedGap, run.virtualGap].filter((text) => text !== undefined);
    return {
      schema: "stillpoint/part@1",
      model: run.summary,
      part: { index, of },
      ...(run.method === "regions" ? { regions: describeRange(range, total, outcome) } : {}),
      ...(outcome.queue === undefined ? {} : { search: outcome.queue }),
      found,
      ...(virtual === undefined ? {} : { virtualFixedPoints: virtual }),
      complete: gaps.length === 0,
      ...(gaps.length === 0 ? {} : { incompleteBecause: gaps.join("; ") }),
      method: run.method,
      backend: used.name,
      adapter: used.adapter,
      ...(notes.length === 0 ? {} : { backendNote: notes.join("; ") }),
      counts: { ...outcome.counts },
      seconds: { ...outcome.seconds, total: run.secondsSoFar },
      provenance: run.provenance,
    };
  });
}

function describeRange(
  { from, to }: SubsetRange,
  total: bigint,
  outcome: MethodOutcome,
): NonNullable<PartResult["regions"]> {
  return { from: `${from}`, to: `${to}`, total: `${total}`, ownerDirections: outcome.ownerDirections ?? 0 };
}

/**
 * The result of a model from all its parts. Fixed points and continua are those of an undivided run, to the last bit.
 * @param label what errors name, for example a file
 * @throws FileError for parts that are missing, given twice, of another model, or made with other options or owner
 *   directions.
 */
export async function mergeParts(model: Model, parts: readonly PartResult[], label = "parts"): Promise<Result> {
  const sorted = parts.slice().sort((a, b) => a.part.index - b.part.index);
  checkParts(model, sorted, label);
  const first = sorted[0]!;
  const options = plainOptions(first.provenance.options as FindOptions);
  const run = await Run.begin(model, options, first.part.of, undefined, {});
  const words = new Uint32Array(Math.max(1, Math.ceil(model.system.hyperplanes / 32)));
  for (const { found } of sorted) {
    for (const region of found) {
      words.fill(0);
      for (const j of region) setBit(words, j);
      run.finalizer.add(words, false);
    }
  }
  const gaps = sorted.filter(({ complete }) => !complete).map(gapOf);
  const outcome: MethodOutcome = {
    complete: gaps.length === 0,
    ...(gaps.length === 0 ? {} : { incompleteBecause: gaps.join("; ") }),
    counts: summed(sorted.map(({ counts }) => counts)),
    seconds: summed(sorted.map(({ seconds: { total: _, ...seconds } }) => seconds)),
  };
  const backends = [
    ...new Set(sorted.map(({ backend, adapter }) => (adapter === null ? backend : `${backend} (${adapter})`))),
  ];
  const notes = [
    ...new Set(sorted.map(({ backendNote }) => backendNote)),
    backends.length > 1 ? `parts ran on ${backends.join(", ")}` : undefined,
  ];
  const note = notes.filter((text) => text !== undefined).join("; ") || undefined;
  const virtual =
    first.virtualFixedPoints && sorted.flatMap(({ virtualFixedPoints = [] }) => virtualFixedPoints).sort(byRegion);
  return withAllPoints(await run.report({ outcome, backend: first.backend, adapter: first.adapter, note }, virtual));
}

function checkParts(model: Model, sorted: readonly PartResult[], label: string): void {
  const refuse = (problem: string, remedy: string): never => {
    throw new FileError(label, problem, remedy);
  };
  if (sorted.length === 0) refuse("are none", "Give every part.");
  const first = sorted[0]!;
  const { of } = first.part;
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter(
    (i) => !sorted.some(({ part }) => part.index === i),
  );
  sorted.forEach((each, i) => {
    const { part, provenance, method, model: summary } = each;
    if (part.of !== of) refuse(`are of ${of} and of ${part.of}`, "Give the parts of one division.");
    if (i > 0 && part.index === sorted[i - 1]!.part.index)
      refuse(`hold part ${part.index} twice`, "Give each part once.");
    if (summary.sha256 !== model.sha256)
      refuse(`are of different models (part ${part.index})`, "Give the parts of one model.");
    if (provenance.version !== first.provenance.version) {
      refuse(
        `were made by versions ${first.provenance.version} and ${provenance.version}`,
        "Use one version for all parts.",
      );
    }
    if (method !== first.method || optionsKey(provenance.options) !== optionsKey(first.provenance.options)) {
      refuse(`were made with different options (part ${part.index})`, "Give all parts the same options.");
    }
    if (method === "search" && each.complete && each.search === undefined) {
      refuse(`do not say which boxes were divided (part ${part.index})`, "Make that part again.");
    }
    for (const region of each.found) {
      if (!region.every((j) => Number.isInteger(j) && j >= 0 && j < model.system.hyperplanes)) {
        refuse(`name a hyperplane that the model does not have (part ${part.index})`, "Make that part again.");
      }
    }
  });
  if (missing.length > 0) refuse(`lack part ${missing.join(", ")} of ${of}`, "Give every part.");
  if (first.method === "regions") checkRanges(sorted, refuse);
  const queues = sorted.flatMap(({ search, part }) => (search === undefined ? [] : [{ ...search, part }]));
  const other = queues.find(({ boxes, digest }) => boxes !== queues[0]!.boxes || digest !== queues[0]!.digest);
  if (other !== undefined) {
    refuse(
      `divide other boxes than part ${queues[0]!.part.index} does (part ${other.part.index})`,
      "Make all parts on machines of one kind.",
    );
  }
}

/** The ranges must follow one another from 0 to the end, with one set of owner directions. */
function checkRanges(sorted: readonly PartResult[], refuse: (problem: string, remedy: string) => never): void {
  const used = sorted.map(({ regions }) => regions?.ownerDirections ?? 0);
  const latest = Math.max(...used);
  const others = sorted.filter((_, i) => used[i] !== latest).map(({ part }) => part.index);
  if (others.length > 0) {
    refuse(
      `do not fit together: some needed owner directions ${latest}, and part ${others.join(", ")} used others`,
      `Make part ${others.join(", ")} again with --owner-directions ${latest}.`,
    );
  }
  let at = "0";
  for (const { part, regions } of sorted) {
    if (regions?.from !== at || regions.total !== sorted[0]!.regions?.total) {
      refuse(`leave a gap or overlap before part ${part.index}`, "Make the parts again with one version.");
    }
    at = regions?.to ?? "";
  }
  if (at !== sorted[0]!.regions?.total)
    refuse("do not reach the end of the enumeration", "Make the parts again with one version.");
}

function gapOf({ part, incompleteBecause }: PartResult): string {
  return `part ${part.index} of ${part.of}: ${incompleteBecause}`;
}

function summed<T extends Readonly<Partial<Record<string, number>>>>(records: readonly T[]): T {
  const sums: Record<string, number> = {};
  for (const record of records) for (const [key, x = 0] of Object.entries(record)) sums[key] = (sums[key] ?? 0) + x;
  return sums as T;
}

function byRegion(a: VirtualFixedPoint, b: VirtualFixedPoint): number {
  return compareLists(a.region, b.region);
}
