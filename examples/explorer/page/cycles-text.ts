import type { CyclesResult } from "../../../src/index.ts";
import { plural } from "./format.ts";

/** What was found, and of which periods that is proved to be all. */
export function cyclesText({ periods, completeUpTo, complete, continua, incompleteBecause }: CyclesResult): string {
  const longest = periods.at(-1)?.period ?? 1;
  const counts = periods.flatMap(({ period, cycles }) => (period > 1 && cycles > 0 ? [`${period}: ${cycles}`] : []));
  const isNone = periods.every(({ period, cycles }) => period === 1 || cycles === 0);
  // continua of period 1 are those of fixed points, and told with them
  const ofCycles = continua.filter(({ period }) => period > 1).length;
  const all = longest > 2 ? `2 to ${longest}` : "2";
  const none = `No ${ofCycles > 0 ? "single " : ""}cycles of period ${all}.`;
  const found = isNone ? none : `Cycles by period: ${counts.join(", ")}.`;
  const more = ofCycles === 0 ? "" : ` ${plural(ofCycles, "continuum", "continua")} of cycles.`;
  if (complete) return `${found}${more} Complete up to period ${longest}: proved that there are no others.`;
  const upTo = completeUpTo > 1 ? `Complete up to period ${completeUpTo} only` : "Incomplete, there may be more";
  return `${found}${more} ${upTo}: ${incompleteBecause ?? "no reason given"}.`;
}
