/** A map from data to drawing units, x ↦ start + (x − from)·factor. */
export interface Scale {
  (x: number): number;
  readonly from: number;
  readonly to: number;
  readonly invert: (at: number) => number;
}

export function linearScale(from: number, to: number, start: number, end: number): Scale {
  const factor = (end - start) / (to - from);
  return Object.assign((x: number) => start + (x - from) * factor, {
    from,
    to,
    invert: (at: number) => from + (at - start) / factor,
  });
}

/** The smallest number of ticks from which a reader can tell the scale. */
const MIN_TICKS = 3;

/** Round values from `from` to `to`, about `count` of them, and not fewer than three. */
export function ticks(from: number, to: number, count: number): number[] {
  const wanted = (to - from) / Math.max(1, count);
  const steps = [1, 2, 4, 8].map((finer) => niceStep(wanted / finer));
  const step = steps.find((each) => tickRange(from, to, each).length >= MIN_TICKS) ?? steps[0]!;
  const { first, length } = tickRange(from, to, step);
  return Array.from({ length }, (_, i) => roundTo((first + i) * step, step));
}

function tickRange(from: number, to: number, step: number): { first: number; length: number } {
  const first = Math.ceil(from / step - 1e-9);
  return { first, length: Math.max(0, Math.floor(to / step + 1e-9) - first + 1) };
}

function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const ratio = raw / power;
  return power * (ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10);
}

function roundTo(x: number, step: number): number {
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(step)));
  const rounded = Number(decimals <= 20 ? x.toFixed(decimals) : x.toPrecision(12));
  return rounded === 0 ? 0 : rounded;
}

/** The label of a tick, in a short form. */
export function tickLabel(x: number): string {
  const size = Math.abs(x);
  if (x !== 0 && (size >= 1e5 || size < 1e-3))
    return x
      .toExponential(2)
      .replace(/\.?0+e/, "e")
      .replace("e+", "e")
      .replace("-", "−")
      .replace("e-", "e−");
  return `${Number(x.toPrecision(6))}`.replace("-", "−");
}

/** A number for a note or a label: four significant digits. */
export function number(x: number): string {
  return tickLabel(Number(x.toPrecision(4)));
}

export interface Extent {
  readonly from: number;
  readonly to: number;
}

export function extentOf(values: Iterable<number>): Extent | undefined {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const x of values) {
    if (!Number.isFinite(x)) continue;
    if (x < from) from = x;
    if (x > to) to = x;
  }
  return from <= to ? { from, to } : undefined;
}

/** An extent widened by a share on both sides; an extent of a single value gets room in proportion to the value. */
export function padded({ from, to }: Extent, share: number): Extent {
  const size = to - from;
  const room = size > Math.max(Math.abs(from), Math.abs(to)) * 1e-12 ? size * share : Math.max(Math.abs(from), 1) * 0.5;
  return { from: from - room, to: to + room };
}
