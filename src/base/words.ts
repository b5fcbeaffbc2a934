/**
 * A whole number with its digits in groups of three: 147,537. `toLocaleString` would do the same, but loads the data of
 * all locales first, which takes 15 ms.
 * @param n a number, or its decimal digits if it is large.
 */
export function formatCount(n: number | string): string {
  return `${n}`.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A list in words: "1 branch", "1 branch and 2 points", "1 branch, 2 points and 3 events". */
export function enumeration(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** A sentence on what an answer lacks because its numbers are past the range of float64. */
export function beyondRange(parts: readonly string[]): string {
  return `past the largest float64 (about 1.8e308), so not listed: ${enumeration(parts)}; rescale the model`;
}

/** A count with its noun: "1 unit", "2 units". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`;
}

/** A count with its noun and verb: "1 box was", "2 boxes were". */
export function were(n: number, one: string, many?: string): string {
  return `${plural(n, one, many)} ${n === 1 ? "was" : "were"}`;
}

/** A share with its noun and verb: "1 of 10 samples was", "3 of 10 samples were". */
export function share(n: number | bigint, of: number | bigint, one: string, many = `${one}s`): string {
  const all = formatCount(`${of}`);
  return `${formatCount(`${n}`)} of ${all} ${all === "1" ? one : many} ${BigInt(n) === 1n ? "was" : "were"}`;
}

/** An estimate in words, with one digit. */
export function duration(seconds: number): string {
  if (seconds < 0.1) return "under 0.1 s";
  const units: readonly [string, number][] = [
    ["years", 31_557_600],
    ["days", 86_400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ];
  const [unit, size] = units.find(([, each]) => seconds >= 2 * each) ?? ["s", 1];
  const digit = (seconds / size).toExponential(0);
  const number = Number(digit);
  return number < 1e9 ? `${formatCount(number)} ${unit}` : `${digit.replace(/e\+?/, "·10^")} ${unit}`;
}
