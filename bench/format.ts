import type { Spread } from "./statistics.ts";

/** "1.23 s", "45.6 ms", "7.89 µs", "0.123 ns": three significant digits. */
export function duration(seconds: number): string {
  const [scale, unit] =
    seconds >= 1 ? [1, "s"] : seconds >= 1e-3 ? [1e3, "ms"] : seconds >= 1e-6 ? [1e6, "µs"] : [1e9, "ns"];
  return `${digits(seconds * scale)} ${unit}`;
}

/** The median, and the extremes where there was more than one run. */
export function spread({ median, least, most, runs }: Spread): string {
  if (runs === 1) return `${duration(median)} (1 run)`;
  return `${duration(median)} (${duration(least)} – ${duration(most)}, ${runs} runs)`;
}

/** "12.3 M", "4.56 k", "789": three significant digits. */
export function quantity(x: number): string {
  if (x >= 999.5e6) return `${digits(x / 1e9)} G`;
  if (x >= 999.5e3) return `${digits(x / 1e6)} M`;
  return x >= 9995 ? `${digits(x / 1e3)} k` : digits(x);
}

/** "×1.23 (1.1 – 1.4)". */
export function times({ median, least, most, runs }: Spread): string {
  return runs === 1 ? `×${digits(median)}` : `×${digits(median)} (${digits(least)} – ${digits(most)})`;
}

/** Whole numbers with commas: 147,537. */
export function whole(x: number): string {
  return x.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

function digits(x: number): string {
  return x >= 1000 ? x.toFixed(0) : `${Number(x.toPrecision(3))}`;
}
