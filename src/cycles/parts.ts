import type { ModelSummary, Provenance } from "../base/result.ts";
import { indices } from "../exact/region.ts";
import { FileError } from "../model/errors.ts";
import { setBit } from "../model/mask.ts";
import { ascending, sealed } from "../model/seal.ts";
import type { Model } from "../model/types.ts";
import type { Engine } from "../run/engine.ts";
import { checkPart, optionsKey, plainOptions } from "../run/options.ts";
import { summarise } from "../run/summary.ts";
import { maskWords } from "./block.ts";
import type { Searched } from "./by-points.ts";
import { controlOf, finishingOf } from "./control.ts";
import { CycleFinish } from "./finish.ts";
import { gapsText, gapText, type PeriodGap } from "./gaps.ts";
import { type CycleOptions, expectMap, periodsOf } from "./options.ts";
import type { CyclesResult, PeriodReport } from "./result.ts";
import { cyclesOfWords, pointOf, provenanceOf } from "./run.ts";
import { searchWords } from "./search-words.ts";
import type { Division, Share } from "./task-queue.ts";
import type { PeriodOutcome, Word } from "./word.ts";
import { unpackWords, WordList } from "./word-list.ts";

/** What one part knows of one period: as of the whole, but without what is counted of its cycles. */
export interface PeriodPart extends Omit<PeriodReport, "cycles" | "continua"> {
  /** What was divided; absent where the part did all of the period, or did not come to its end. */
  readonly division?: Division;
}

/** The outcome of one part of the work on one model: all that `mergeCyclesParts` needs to finish it. */
export interface CyclesPartResult {
  readonly schema: "stillpoint/cycles-part@1";
  readonly model: ModelSummary;
  readonly part: { readonly index: number; readonly of: number };
  /**
   * Words that hold a cycle or a piece of a continuum: for each, the hyperplanes with bit 1 at each point. Each word is
   * there once, whatever its first point.
   */
  readonly found: readonly (readonly (readonly number[])[])[];
  readonly periods: readonly PeriodPart[];
  readonly complete: boolean;
  readonly incompleteBecause?: string;
  readonly backendNote?: string;
  readonly seconds: { readonly total: number };
  readonly provenance: Provenance;
  readonly digest?: string;
}

/**
 * One part of the work on the cycles of a map.
 * @throws OptionError for a part number outside 1 … of; else as `findCyclesOf`.
 */
export async function searchCyclesPart(
  model: Model,
  share: Share,
  options: CycleOptions,
  engine: Engine,
  millisecondsBeforeThreads?: number,
): Promise<CyclesPartResult> {
  const started = performance.now();
  const { index, of } = share;
  checkPart(share);
  const periods = periodsOf(options);
  expectMap(model);
  const control = { ...controlOf(options, engine, started, millisecondsBeforeThreads), share };
  const found = new WordList();
  const { method, onCycle } = options;
  const finish = new CycleFinish(model.system, {
    onFound: onCycle && ((cycle) => onCycle({ period: cycle.period, points: cycle.points.map(pointOf) })),
    onWord: (word) => found.add(word),
  });
  const searched = await searchWords(model, periods, finish, control, engine, { method });
  await finish.end(finishingOf(control));
  const gaps: PeriodGap[] = periods.map((period) => {
    const why = searched.get(period)!.outcome.incompleteBecause;
    return { period, reasons: why === undefined ? [] : [why], undecided: finish.undecided(period) };
  });
  const reports = gaps.map((gap) => partOf(searched.get(gap.period)!, gap));
  const complete = reports.every((report) => report.complete);
  return sealed<CyclesPartResult>({
    schema: "stillpoint/cycles-part@1",
    model: summarise(model).summary,
    part: { index, of },
    found: [...unpackWords(found.packed)].map((word) => word.map(indices)),
    periods: reports,
    complete,
    ...(complete ? {} : { incompleteBecause: gapsText(gaps) }),
    ...(engine.trouble === undefined ? {} : { backendNote: engine.trouble }),
    seconds: { total: (performance.now() - started) / 1000 },
    provenance: provenanceOf(options),
  });
}

function partOf({ outcome, method, seconds }: Searched, gap: PeriodGap): PeriodPart {
  const { period, division, counts } = outcome;
  const why = gapText(gap);
  const complete = why === undefined;
  return {
    period,
    complete,
    ...(complete ? {} : { incompleteBecause: why }),
    method,
    ...(complete && division ? { division } : {}),
    counts: ascending(counts),
    seconds,
  };
}

/**
 * The result of a map from all parts: `cycles` and `continua` are those of an undivided run, to the last bit.
 * @param label what errors name, for example a file
 * @throws FileError for parts that are missing, given twice, of another model, or made with other options.
 */
export async function mergeCyclesParts(
  model: Model,
  parts: readonly CyclesPartResult[],
  engine: Engine,
  label = "parts",
): Promise<CyclesResult> {
  const sorted = parts.slice().sort((a, b) => a.part.index - b.part.index);
  const refuse: Refuse = (problem, remedy) => {
    throw new FileError(label, problem, remedy);
  };
  checkParts(model, sorted, refuse);
  const first = sorted[0]!;
  const searched = new Map<number, Searched>();
  for (const [n, { period }] of first.periods.entries())
    searched.set(
      period,
      joined(
        sorted.map(({ periods }) => periods[n]!),
        refuse,
      ),
    );
  const { maxSeconds: _, ...options } = plainOptions(first.provenance.options as CycleOptions);
  const result = await cyclesOfWords(model, wordsOf(model, sorted), searched, options, engine);
  const notes = [...new Set(sorted.map(({ backendNote }) => backendNote))].filter((text) => text !== undefined);
  const { digest: __, ...rest } = result;
  return sealed({
    ...rest,
    ...(notes.length === 0 ? {} : { backendNote: notes.join("; ") }),
    provenance: { ...rest.provenance, options: first.provenance.options },
  });
}

type Refuse = (problem: string, remedy: string) => never;

function checkParts(model: Model, sorted: readonly CyclesPartResult[], refuse: Refuse): void {
  if (sorted.length === 0) refuse("are none", "Give every part.");
  const first = sorted[0]!;
  const { of } = first.part;
  const asked = (each: CyclesPartResult) => each.periods.map(({ period }) => period).join();
  for (const [n, each] of sorted.entries()) {
    const { part, provenance, model: summary } = each;
    if (part.of !== of) refuse(`are of ${of} and of ${part.of}`, "Give the parts of one division.");
    if (n > 0 && part.index === sorted[n - 1]!.part.index)
      refuse(`hold part ${part.index} twice`, "Give each part once.");
    if (summary.sha256 !== model.sha256)
      refuse(`are of different models (part ${part.index})`, "Give the parts of one model.");
    if (provenance.version !== first.provenance.version)
      refuse(
        `were made by versions ${first.provenance.version} and ${provenance.version}`,
        "Use one version for all parts.",
      );
    if (optionsKey(provenance.options) !== optionsKey(first.provenance.options) || asked(each) !== asked(first))
      refuse(`were made with different options (part ${part.index})`, "Give all parts the same options.");
    const isHyperplane = (j: number) => Number.isInteger(j) && j >= 0 && j < model.system.hyperplanes;
    const isWord = (word: readonly (readonly number[])[]) =>
      each.periods.some(({ period }) => period === word.length) && word.every((active) => active.every(isHyperplane));
    if (!each.found.every(isWord))
      refuse(`hold a word that the model does not have (part ${part.index})`, "Make that part again.");
  }
  const missing = Array.from({ length: of }, (_, n) => n + 1).filter(
    (index) => !sorted.some(({ part }) => part.index === index),
  );
  if (missing.length > 0) refuse(`lack part ${missing.join(", ")} of ${of}`, "Give every part.");
}

/** One period from its parts, in order. It is complete if one part did all of it, or each has done its own. */
function joined(parts: readonly PeriodPart[], refuse: Refuse): Searched {
  const whole = parts.find(({ complete, division }) => complete && division === undefined);
  const divided = parts.flatMap((part, n) =>
    part.division === undefined ? [] : [{ ...part.division, part, n: n + 1 }],
  );
  checkDirections(divided, refuse);
  const one = divided[0];
  for (const { tasks, digest, part, n } of divided) {
    if (one !== undefined && tasks === one.tasks && digest === one.digest && part.method === one.part.method) continue;
    refuse(
      `divide other work than part ${one!.n} does (part ${n}, period ${part.period})`,
      "Make all parts on machines of one kind.",
    );
  }
  const { period } = parts[0]!;
  const counts: Record<string, number> = {};
  for (const part of parts)
    for (const [name, count = 0] of Object.entries(part.counts)) counts[name] = (counts[name] ?? 0) + count;
  const gaps = parts.flatMap(({ incompleteBecause: why }, n) =>
    why === undefined ? [] : [`part ${n + 1} of ${parts.length}: ${why}`],
  );
  const complete = whole !== undefined || gaps.length === 0;
  const outcome: PeriodOutcome = {
    period,
    complete,
    ...(complete ? {} : { incompleteBecause: gaps.join("; ") }),
    counts: ascending(counts),
  };
  const { method } = whole ?? one?.part ?? parts[0]!;
  return { outcome, method, seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0) };
}

/** Parts by regions must have used one set of owner directions. */
function checkDirections(divided: readonly (Division & { readonly n: number })[], refuse: Refuse): void {
  const latest = Math.max(0, ...divided.map(({ ownerDirections = 0 }) => ownerDirections));
  const others = divided.filter(({ ownerDirections = latest }) => ownerDirections !== latest).map(({ n }) => n);
  if (others.length > 0)
    refuse(
      `do not fit together: some needed owner directions ${latest}, and part ${others.join(", ")} used others`,
      `Make part ${others.join(", ")} again with --owner-directions ${latest}.`,
    );
}

function* wordsOf({ system: { hyperplanes } }: Model, parts: readonly CyclesPartResult[]): Generator<Word> {
  for (const { found } of parts)
    for (const word of found)
      yield word.map((active) => {
        const mask = new Uint32Array(maskWords(hyperplanes));
        for (const j of active) setBit(mask, j);
        return mask;
      });
}
