import type { Result } from "../../../src/index.ts";
import { formatSeconds, workText } from "../../../src/io/write-text.ts";
import type { ModelCard } from "../protocol.ts";
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
export function factsText(card: ModelCard, { method, backend, adapter, counts, seconds, backendNote }: Result): string {
  const size = `${card.kind}, R = ${card.latentDim}, ${plural(card.units, "unit")}`;
  const planes = card.hyperplanes === card.units ? "" : `, ${plural(card.hyperplanes, "hyperplane")}`;
  const on = adapter === null ? backend.replace("cpu", "the CPU") : `WebGPU (${adapter})`;
  const time = seconds.total === undefined ? "" : `, ${formatSeconds(seconds.total)}`;
  const visited = counts.allMasks === undefined ? "Every region visited" : "Every mask decided";
  const how = method === "regions" ? visited : "Searched";
  return `${size}${planes}. ${how} on ${on}${workText(counts)}${time}.${backendNote ? ` ${backendNote}.` : ""}`;
}
