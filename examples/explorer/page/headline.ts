import { formatSeconds, workText } from "../../../src/formats/write/write-text.ts";
import type { Result } from "../../../src/index.ts";
import type { ModelCard } from "../protocol.ts";
import type { Entry } from "./entry.ts";
import { plural } from "./format.ts";

/** What was found, in one line. */
export function foundText({ fixedPoints, continua }: Pick<Result, "fixedPoints" | "continua">): string {
  const points = plural(fixedPoints.length, "fixed point");
  return continua.length === 0 ? points : `${points} and ${plural(continua.length, "continuum", "continua")}`;
}

/** Whether that is all: never more than what is proved. */
export function verdictText(result: Result): string {
  if (!result.complete) return `Incomplete, there may be more: ${result.incompleteBecause ?? "no reason given"}.`;
  const others = result.fixedPoints.length + result.continua.length > 0 ? "no others" : "none";
  return `Complete: proved that there are ${others}.`;
}

/** What was computed, on what, and how long it took. */
export function factsText(card: ModelCard, result: Result): string {
  const { backend, adapter, seconds, backendNote } = result;
  const size = `${card.kind}, R = ${card.latentDim}, ${plural(card.units, "unit")}`;
  const planes = card.hyperplanes === card.units ? "" : `, ${plural(card.hyperplanes, "hyperplane")}`;
  const on = adapter === null ? backend.replace("cpu", "the CPU") : `WebGPU (${adapter})`;
  const time = seconds.total === undefined ? "" : `, ${formatSeconds(seconds.total)}`;
  const note = backendNote ? ` ${backendNote}.` : "";
  // the points so far of a run that was cancelled: what had been done by then is not known here
  if (!result.complete && Object.keys(result.counts).length === 0) return `${size}${planes}.${note}`;
  return `${size}${planes}. ${howText(result)} on ${on}${workText(result)}${time}.${note}`;
}

/**
 * That everything was visited is said only of a complete answer: a run may have been cut off, or cancelled before it
 * began.
 */
function howText({ method, counts, complete }: Result): string {
  if (!complete) return method === "regions" ? "By regions" : "By search";
  if (method === "search") return "All of space searched";
  return counts.allMasks === undefined ? "Every region visited" : "Every mask decided";
}

/** What is known of a model by now. */
export function verdictOf(entry: Entry): string {
  const { result, status, error } = entry;
  if (status === "failed") return error ?? "Failed.";
  if (result === undefined && status === "waiting") return "Waiting…";
  if (result === undefined) return status === "cancelled" ? cancelledText(entry) : "Solving…";
  const found = foundText(result);
  if (entry.before?.result === result) return `${found}, from before. Solving anew…`;
  return status === "running" ? `${found} so far.` : `${found}. ${verdictText(result)}`;
}

function cancelledText({ early }: Entry): string {
  return early.length === 0
    ? "Cancelled before anything was found."
    : `${plural(early.length, "fixed point")}. Incomplete, there may be more: cancelled.`;
}

/** What there is to compute, before it is. */
export function sizeText({ kind, latentDim, units, seconds }: NonNullable<Entry["card"]>): string {
  return `${kind}, R = ${latentDim}, ${plural(units, "unit")}. Likely to take about ${formatSeconds(seconds)}.`;
}

/** What has become of a batch. */
export function batchText(entries: readonly Entry[]): string {
  const results = entries.flatMap(({ result, status }) =>
    result !== undefined && status !== "running" ? [result] : [],
  );
  const points = results.reduce((sum, { fixedPoints }) => sum + fixedPoints.length, 0);
  const complete = results.filter((result) => result.complete).length;
  const of = (wanted: Entry["status"]): number => entries.filter(({ status }) => status === wanted).length;
  const count = (n: number): string => n.toLocaleString("en-US");
  return [
    `${count(of("solved"))} of ${plural(entries.length, "model")} solved, ${count(complete)} complete: ${plural(points, "fixed point")}`,
    ...(of("cancelled") > 0 ? [`${count(of("cancelled"))} cancelled`] : []),
    ...(of("failed") > 0 ? [`${count(of("failed"))} failed`] : []),
  ].join(", ");
}
