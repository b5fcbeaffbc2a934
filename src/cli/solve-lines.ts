import { listFixedPointsOfMany } from "../api/find.ts";
import type { LineAnswer } from "../api/line-worker.ts";
import { prepared } from "../api/prepared.ts";
import { modelOfLine } from "../formats/read/json/json.ts";
import { namedLine } from "../formats/read/read.ts";
import { StillpointError } from "../model/errors.ts";
import type { FindOptions } from "../run/options.ts";
import type { Batch } from "./batch.ts";
import { failureOf } from "./entry.ts";
import type { AnsweredLine, LineThreads } from "./line-threads.ts";
import type { SolveRecords } from "./solve-records.ts";

/**
 * Solves the lines that are next on threads, and adds their records in order.
 * @param options of large models, which this thread solves with all threads. @returns how many lines were done.
 */
export async function solveLines(
  batch: Batch,
  threads: LineThreads,
  records: SolveRecords,
  options: FindOptions,
): Promise<number> {
  let done = 0;
  for await (const answered of threads.answers(batch.lines())) {
    done++;
    await take(answered, threads, records, options);
    batch.finished();
  }
  return done;
}

async function take(
  { line, index, answer }: AnsweredLine,
  { memory }: LineThreads,
  records: SolveRecords,
  options: FindOptions,
): Promise<void> {
  const { label, mark } = records.takePlace(index);
  for (const text of answer.details) records.log.detail(`${label}: ${text}`);
  for (const text of answer.warnings) records.log.warn(`${label}: ${text}`);
  if ("text" in answer) return records.addLine(answer.text, answer.complete);
  if ("error" in answer) return addFailure(answer, label, records);
  const raw = namedLine(modelOfLine(line, memory), {}, line.file);
  if ("error" in raw) throw raw.error;
  for await (const outcome of listFixedPointsOfMany([prepared(raw, options.input).model], options)) {
    if ("result" in outcome) await records.add(outcome.result, mark);
    else await records.add(failureOf(outcome.name, label, outcome.error), mark, outcome.error);
  }
}

function addFailure(
  { name, error, namesFile }: Extract<LineAnswer, { error: unknown }>,
  label: string,
  records: SolveRecords,
): Promise<void> {
  const thrown = new StillpointError(error.code, error.message);
  return records.add(failureOf(name, namesFile ? undefined : label, thrown), undefined, thrown);
}
