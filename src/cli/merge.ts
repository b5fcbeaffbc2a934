import { availableParallelism } from "node:os";
import { mergeCyclesParts, mergeParts } from "../api/find.ts";
import { withAllPoints } from "../base/listed-result.ts";
import type { Result } from "../base/result.ts";
import { plural } from "../base/words.ts";
import type { CyclesResult } from "../cycles/result.ts";
import { modelOfDefinition } from "../formats/read/definition.ts";
import { readJson } from "../formats/read/json/json.ts";
import { FileError, isStillpointError, OptionError } from "../model/errors.ts";
import { parseValue } from "../model/parse.ts";
import { sealed, sealOf } from "../model/seal.ts";
import type { Model } from "../model/types.ts";
import { optionsKey } from "../run/options.ts";
import { checkFile, readBytes } from "./bytes.ts";
import { CYCLES_FORMATS, CyclesOutput } from "./cycles-output.ts";
import { FORMATS, type Format, formatOf } from "./endings.ts";
import {
  type CyclesEntry,
  type CyclesPartRecord,
  type Entry,
  isCycles,
  isCyclesPart,
  isFailure,
  isPart,
  isResult,
  type PartRecord,
  readShardEntry,
} from "./entry.ts";
import { EXIT, type ExitCode, exitCodeOf, gravest } from "./exit.ts";
import { stopOnSignal } from "./interrupt.ts";
import { Journal } from "./journal.ts";
import { openOutput } from "./output.ts";
import type { ProofWriter, SavedProof } from "./proofs.ts";
import type { ShardMark } from "./shard.ts";
import { refuseProof, refuseToOverwrite, resolveSources } from "./sources.ts";
import { foundOf, Tally } from "./summary.ts";
import { type Log, makeLog } from "./terminal.ts";

export interface MergeOptions {
  readonly format?: Format;
  readonly output?: string;
  readonly proof?: string;
  readonly threads?: number;
  readonly quiet?: boolean;
}

/** A record of a shard, with its place in the whole batch and its file. */
interface ShardRecord {
  readonly file: string;
  readonly mark: ShardMark;
  readonly kind: "failure" | "part" | "result" | "cycles";
  /** Whether it is of `cycles`. */
  readonly isOfCycles: boolean;
  /** The version and the options of the run that made the result; failures have none. */
  readonly made: string | undefined;
  /** Whether the record is unchanged since it was written. */
  readonly intact: boolean;
  read(): Entry | CyclesEntry;
}

/**
 * `stillpoint merge SHARD…`: writes what a single run would have written, except for `seconds` and `provenance`. With
 * `proof` the result of one model, merged from its parts, is proved too. Throws FileError for shards that are missing,
 * unfinished or altered, or that do not belong together; OptionError for a proof of anything else.
 */
export async function merge(patterns: readonly string[], options: MergeOptions): Promise<ExitCode> {
  const format = options.format ?? formatOf(options.output, FORMATS);
  const records: ShardRecord[] = [];
  const files: string[] = [];
  const sources = await resolveSources(patterns);
  if (options.output !== undefined) await refuseToOverwrite(options.output, sources);
  await refuseProof(options, sources);
  for (const source of sources) {
    if ("error" in source) throw source.error;
    files.push(source.path);
    for (const record of await recordsOf(source.path)) records.push(record);
  }
  const places = placesOf(records);
  const log = makeLog(options);
  if (options.proof !== undefined && !isOneDivided(places)) {
    const remedy = "Use stillpoint prove with the file of the model.";
    throw new OptionError("--proof", "is of fixed points, from the shards of a single model", options.proof, remedy);
  }
  if (isOfCycles(records)) return mergeCycles(places, files.length, options, log);
  const { proof } = options;
  const proofs = proof === undefined ? undefined : new (await import("./proofs.ts")).ProofWriter(proof, 1, log);
  const { output } = await openOutput(options.output, format, false);
  const codes: ExitCode[] = [];
  const tally = new Tally();
  try {
    for (const place of places) {
      const entry = await entryOf(place);
      tally.add(foundOf(entry));
      if (isFailure(entry)) log.error(entry.error.message);
      codes.push(isFailure(entry) ? EXIT.error : entry.complete ? EXIT.complete : EXIT.incomplete);
      const saved =
        proofs && isResult(entry) ? await provedMerge(proofs, place, withAllPoints(entry), options, log) : undefined;
      const { shard: _, ...unmarked }: Entry = saved?.result ?? entry;
      await output.add(sealed(unmarked));
      codes.push(...(await proofCodes(saved, log)));
    }
    await output.end(false);
  } catch (error) {
    output.abandon();
    throw error;
  }
  if (options.output !== undefined || format !== "text" || tally.models > 1) {
    log.summary(`${plural(files.length, "shard")}: ${tally.text("")}`, tally.isGood(0), options.output);
  }
  return gravest(codes);
}

/** Writes the file of a proof: where that fails, the result is written all the same. @returns what that adds to the exit. */
async function proofCodes(saved: SavedProof | undefined, log: Log): Promise<ExitCode[]> {
  try {
    await saved?.save();
  } catch (error) {
    if (!isStillpointError(error)) throw error;
    log.error(error.message);
    return [exitCodeOf(error)];
  }
  return saved?.result.proof === "none" ? [EXIT.incomplete] : [];
}

/** Whether all is one model's, in parts of a search for fixed points. */
function isOneDivided(places: readonly (readonly ShardRecord[])[]): boolean {
  return places.length === 1 && places[0]!.every(({ kind, isOfCycles: ofCycles }) => kind === "part" && !ofCycles);
}

/** The merged result of a model with its proof. A signal ends the proof, and the result is written without one. */
async function provedMerge(
  proofs: ProofWriter,
  place: readonly ShardRecord[],
  result: Result,
  { threads = availableParallelism() }: MergeOptions,
  log: Log,
): Promise<SavedProof | undefined> {
  const stop = new AbortController();
  const release = stopOnSignal(stop, log);
  try {
    const model = modelOf(place[0]!.read() as PartRecord);
    return await proofs.proveModel(model, result, { threads, signal: stop.signal });
  } finally {
    release();
  }
}

function isOfCycles(records: readonly ShardRecord[]): boolean {
  return records.some((record) => record.isOfCycles);
}

/** Writes cycles as `stillpoint cycles` does. */
async function mergeCycles(
  places: readonly (readonly ShardRecord[])[],
  files: number,
  options: MergeOptions,
  log: Log,
): Promise<ExitCode> {
  const format = options.format ?? formatOf(options.output, CYCLES_FORMATS);
  if (format === "npz")
    throw new OptionError("--format", "is not there for cycles", format, "Use text, json, ndjson or csv.");
  const output = await CyclesOutput.open(options.output, format);
  const codes: ExitCode[] = [];
  let written = false;
  try {
    for (const place of places) {
      const entry = await cyclesOf(place);
      if (isCycles(entry)) {
        const { shard: _, ...unmarked } = entry;
        await output.add(sealed(unmarked));
        codes.push(entry.complete ? EXIT.complete : EXIT.incomplete);
      } else {
        if (isFailure(entry)) {
          log.error(entry.error.message);
          const { shard: _, ...unmarked } = entry;
          await output.addFailure(sealed(unmarked));
        }
        codes.push(EXIT.error);
      }
    }
    written = await output.end();
  } finally {
    await output.close();
  }
  const complete = codes.filter((code) => code === EXIT.complete).length;
  const text = `${plural(files, "shard")}: ${plural(output.models, "model")}, ${complete} complete, ${plural(output.cycles, "cycle")}`;
  if (options.output !== undefined || format !== "text" || output.models > 1)
    log.summary(text, gravest(codes) === EXIT.complete, written ? options.output : undefined);
  return gravest(codes);
}

async function recordsOf(file: string): Promise<ShardRecord[]> {
  const records: ShardRecord[] = [];
  const add = (entry: Entry | CyclesEntry, read: () => Entry | CyclesEntry): void => {
    const { shard: mark } = entry;
    if (mark === undefined) throw new FileError(file, "is no shard of a run", "Give what solve --shard i/n wrote.");
    const isOfCycles = isCycles(entry) || isCyclesPart(entry);
    const intact = sealOf(entry) === "whole";
    records.push({ file, mark, kind: kindOf(entry), isOfCycles, made: madeBy(entry), intact, read });
  };
  await checkFile(file);
  if (file.toLowerCase().endsWith(".json")) {
    for (const raw of readJson(await readBytes(file), file, file)) {
      if ("error" in raw) throw raw.error;
      const entry = readShardEntry(raw.value, file);
      add(entry, () => entry);
    }
  } else {
    const journal: Journal = Journal.read(file, (value, slot) =>
      add(readShardEntry(value, file), () => readShardEntry(journal.read(slot), file)),
    );
  }
  return records;
}

function kindOf(entry: Entry | CyclesEntry): ShardRecord["kind"] {
  if (isCycles(entry)) return "cycles";
  if (isCyclesPart(entry) || isPart(entry)) return "part";
  return isFailure(entry) ? "failure" : "result";
}

/** The version and the options that made a record. */
function madeBy(entry: Entry | CyclesEntry): string | undefined {
  const isOfCycles = isCycles(entry) || isCyclesPart(entry);
  if (!isOfCycles && isFailure(entry)) return undefined;
  const { version, options } = entry.provenance;
  const periods = isOfCycles ? `, cycles ${JSON.stringify([options.maxPeriod ?? null, options.period ?? null])}` : "";
  return `version ${version}, ${optionsKey(options)}${periods}`;
}

/** The records by their place in the whole batch, every place filled; a place of a single model has all its parts. */
function placesOf(records: readonly ShardRecord[]): ShardRecord[][] {
  if (records.length === 0) throw new FileError("shards", "hold no results", "Give what solve --shard i/n wrote.");
  const first = records[0]!;
  checkOneRun(records);
  const { of, sources } = first.mark;
  const missing = new Set<number>();
  const places: ShardRecord[][] = [];
  const bySource = groupBy(records, ({ mark }) => mark.source);
  for (let source = 0; source < sources; source++) {
    const here = bySource.get(source);
    if (here === undefined) {
      missing.add((source % of) + 1);
      continue;
    }
    const { models } = here[0]!.mark;
    const other = here.find(({ mark }) => mark.models !== models);
    if (other !== undefined) {
      throw new FileError(
        other.file,
        `counted ${plural(other.mark.models, "model")} where others had ${models}`,
        "Run all shards anew.",
      );
    }
    const byModel = groupBy(here, ({ mark }) => mark.model);
    for (let model = 0; model < models; model++) {
      const place = byModel.get(model);
      if (place === undefined) missing.add(((sources > 1 ? source : model) % of) + 1);
      else places.push(checkPlace(place));
    }
  }
  if (missing.size > 0) {
    const list = [...missing].sort((a, b) => a - b).join(", ");
    throw new FileError(
      "shards",
      `lack results of shard ${list} of ${of}`,
      `Give the file of every shard; ${isOfCycles(records) ? "run one that was interrupted again" : "finish one that was interrupted with --resume"}.`,
    );
  }
  const altered = records.find(({ intact }) => !intact);
  if (altered !== undefined) {
    throw new FileError(
      altered.file,
      `holds a record of shard ${altered.mark.index} that is not as it was written`,
      "Run that shard again.",
    );
  }
  return places;
}

function groupBy(records: readonly ShardRecord[], keyOf: (record: ShardRecord) => number): Map<number, ShardRecord[]> {
  const groups = new Map<number, ShardRecord[]>();
  for (const record of records) {
    const group = groups.get(keyOf(record));
    if (group === undefined) groups.set(keyOf(record), [record]);
    else group.push(record);
  }
  return groups;
}

function checkOneRun(records: readonly ShardRecord[]): void {
  const first = records[0]!;
  const made = records.find((record) => record.made !== undefined);
  for (const { file, mark, made: own } of records) {
    const refuse = (problem: string, remedy: string): never => {
      throw new FileError(file, problem, remedy);
    };
    if (mark.of !== first.mark.of) {
      refuse(`is a shard of ${mark.of}, ${first.file} one of ${first.mark.of}`, "Give the shards of one division.");
    }
    if (mark.batch !== first.mark.batch || mark.sources !== first.mark.sources) {
      refuse(
        `is a shard of other models than ${first.file}`,
        "Run all shards with the same arguments in the same folder.",
      );
    }
    if (own !== undefined && own !== made?.made) {
      refuse(`was made with other options or by another version than ${made?.file}`, "Run all shards alike.");
    }
  }
}

/** One record, or the parts of one model. */
function checkPlace(place: ShardRecord[]): ShardRecord[] {
  const parts = place.filter(({ kind }) => kind === "part");
  const failures = place.filter(({ kind }) => kind === "failure");
  // a single model that can't be read fails in every shard
  if (parts.length === 0 && failures.length === place.length) return [failures[0]!];
  if (parts.length > 0) {
    if (failures.length === 0) return place;
    const { file, mark } = failures[0]!;
    throw new FileError(file, `shard ${mark.index} of ${mark.of} failed`, "Run it again.");
  }
  if (place.length > 1) {
    const { file, mark } = place[1]!;
    throw new FileError(
      file,
      `holds results that ${place[0]!.file} has too (shard ${mark.index})`,
      "Give each shard once.",
    );
  }
  return place;
}

async function entryOf(place: readonly ShardRecord[]): Promise<Entry> {
  const entries = place.map((record) => record.read() as Entry);
  const parts = entries.filter(isPart);
  if (parts.length === 0) return entries[0]!;
  return mergeParts(modelOf(parts[0]!), parts, "shards");
}

/** The cycles of a place from its parts. */
async function cyclesOf(place: readonly ShardRecord[]): Promise<Entry | (CyclesResult & Pick<Entry, "shard">)> {
  const entries = place.map((record) => record.read());
  const parts = entries.filter(isCyclesPart);
  const first = entries[0]!;
  if (!isCyclesPart(first)) return first;
  return mergeCyclesParts(modelOf(parts[0]!), parts, "shards");
}

/** The model of a part. */
function modelOf(part: PartRecord | CyclesPartRecord): Model {
  return parseValue(modelOfDefinition(part.definition), { name: part.model.name, input: inputOf(part) });
}

function inputOf({
  provenance: { options },
}: Pick<PartRecord, "provenance">): Readonly<Record<string, number>> | undefined {
  const { input } = options;
  return input === null || typeof input !== "object" ? undefined : (input as Readonly<Record<string, number>>);
}
