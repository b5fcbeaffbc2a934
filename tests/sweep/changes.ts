import type { Sweep } from "../../src/sweep/result.ts";

/**
 * The values of s inside the range at which the number of fixed points changes, ascending, and the numbers between
 * them.
 */
export function changesOf(sweep: Sweep): { changes: number[]; counts: number[] } {
  const stops = [...new Set([sweep.parameter.from, ...sweep.events.map(({ s }) => s), sweep.parameter.to])];
  const spans = stops.slice(1).map((to, i) => countAt(sweep, (stops[i]! + to) / 2));
  return {
    changes: stops.slice(1, -1).filter((_, i) => spans[i] !== spans[i + 1]),
    counts: spans.filter((count, i) => i === 0 || count !== spans[i - 1]),
  };
}

/** The branches alive at a value of s that is no event. */
export function countAt({ branches }: Sweep, s: number): number {
  return branches.filter(({ pieces }) => pieces[0]!.from < s && s < pieces.at(-1)!.to).length;
}

/** How often a fixed point is born or dies inside the range: two at a fold. */
export function birthsAndDeaths({ branches }: Sweep): number {
  return branches.reduce((sum, { birth, death }) => sum + Number(birth !== null) + Number(death !== null), 0);
}
