/** Times of repeated runs: seconds. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly runs: number;
}

/** @throws RangeError for no values, or one that is no finite number. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0 || !values.every(Number.isFinite)) {
    throw new RangeError(`a spread needs finite values, at least one, got [${values.join(", ")}]`);
  }
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, least: sorted[0]!, most: sorted[sorted.length - 1]!, runs: sorted.length };
}

/** How many times as long one took as another, by their medians; the extremes are those of any pair of runs. */
export function ratioOf(one: Spread, other: Spread): Spread {
  const positive = [one, other].every(({ least }) => least > 0);
  if (!positive) throw new RangeError(`a ratio needs positive times, got ${one.least} and ${other.least}`);
  return {
    median: one.median / other.median,
    least: one.least / other.most,
    most: one.most / other.least,
    runs: Math.min(one.runs, other.runs),
  };
}
