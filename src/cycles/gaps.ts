import { plural } from "../base/words.ts";
import type { UndecidedWords } from "./finish.ts";

/** So many periods in a row, or more, are named by their ends. */
const SHORTEST_RANGE = 4;

/** Why a period is not complete. */
export interface PeriodGap {
  readonly period: number;
  readonly reasons: readonly string[];
  readonly undecided?: UndecidedWords | undefined;
}

/** Why a period is not complete, in words; undefined if nothing is missing. */
export function gapText({ reasons, undecided }: PeriodGap): string | undefined {
  if (undecided === undefined) return reasons.length === 0 ? undefined : reasons.join("; ");
  const words = notDecided(undecided.words);
  const own = reasons.includes(undecided.because) ? words : `${undecided.because}: ${words}`;
  return [...reasons, own].join("; ");
}

/** One sentence on each reason, with the periods that it holds for, and on all words that were not decided. */
export function gapsText(gaps: readonly PeriodGap[]): string {
  const periods = new Map<string, number[]>();
  let words = 0;
  for (const { period, reasons, undecided } of gaps) {
    words += undecided?.words ?? 0;
    const why = reasons.length > 0 ? reasons.join("; ") : undecided?.because;
    if (why !== undefined) periods.set(why, [...(periods.get(why) ?? []), period]);
  }
  const sentences = [...periods].map(([why, ks]) => `${periodsText(ks)}: ${why}`);
  return [...sentences, ...(words === 0 ? [] : [notDecided(words)])].join("; ");
}

/** "period 3", "periods 1, 2, 3", "periods 2, 5 to 12". @param periods ascending */
export function periodsText(periods: readonly number[]): string {
  const parts: string[] = [];
  for (let from = 0; from < periods.length; ) {
    let to = from + 1;
    while (to < periods.length && periods[to] === periods[to - 1]! + 1) to++;
    if (to - from >= SHORTEST_RANGE) parts.push(`${periods[from]} to ${periods[to - 1]}`);
    else parts.push(...periods.slice(from, to).map(String));
    from = to;
  }
  return `period${periods.length === 1 ? "" : "s"} ${parts.join(", ")}`;
}

function notDecided(words: number): string {
  return `${plural(words, "word")} that may hold a cycle ${words === 1 ? "was" : "were"} not decided`;
}
