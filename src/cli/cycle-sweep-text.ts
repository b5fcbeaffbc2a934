import { formatCount, plural } from "../base/words.ts";
import { printable } from "../formats/read/printable.ts";
import { type Style, table } from "../formats/write/write-text.ts";
import type { BranchPiece, CycleEvent, CycleSweep } from "../sweep/result.ts";

const MOST_SHOWN = 20;
const SHOWN_COORDINATES = 4;

/** The branches of the cycles of all periods for people: lines without a line feed. */
export function cycleSweepLines(cycles: readonly CycleSweep[], parameter: string, style: Style): string[] {
  const lines: string[] = [];
  for (const sweep of cycles) {
    const { period, branches, continua, events } = sweep;
    lines.push("", `${style.bold(`Cycles of period ${period}`)}: ${verdict(sweep, style)}`);
    if (branches.length > 0) lines.push(branchTable(sweep, style));
    if (branches.length > MOST_SHOWN) lines.push(more(branches.length - MOST_SHOWN, style));
    const telling = events.filter(({ kind, stability }) => kind !== "crossing" || stability?.[0] !== stability?.[1]);
    if (telling.length > 0) lines.push(eventTable(telling, parameter, style));
    if (telling.length > MOST_SHOWN) lines.push(more(telling.length - MOST_SHOWN, style));
    for (const { dimension, from, to } of continua.slice(0, MOST_SHOWN)) {
      const where = from === to ? `at ${short(from)}` : `from ${short(from)} to ${short(to)}`;
      lines.push(`  continuum of dimension ${dimension} ${where}`);
    }
    if (continua.length > MOST_SHOWN) lines.push(more(continua.length - MOST_SHOWN, style));
  }
  return lines;
}

function branchTable({ branches }: CycleSweep, style: Style): string {
  const rows = branches
    .slice(0, MOST_SHOWN)
    .map(({ pieces }, i) => branchRow(i, pieces, pieces[0]!.pointsFrom[0]!, pieces.at(-1)!.pointsTo[0]!));
  return table(["branch", "from", "to", "a point there", "a point there", "words", "stability"], rows, style);
}

function eventTable(events: readonly CycleEvent[], parameter: string, style: Style): string {
  const rows = events
    .slice(0, MOST_SHOWN)
    .map(({ s, kind, before, after, points, stability }) => [
      `${s}`,
      stability === undefined ? kind : `${stability[0]} → ${stability[1]}`,
      kind === "crossing" ? before.join(" ") : `${before.join(" ")} → ${after.join(" ")}`.trim(),
      place(points[0]!),
    ]);
  return table([parameter, "event", "branches", "a point"], rows, style);
}

function verdict({ branches, complete, incompleteBecause, coverage }: CycleSweep, style: Style): string {
  const found = plural(branches.length, "branch", "branches");
  if (!complete)
    return `${found}. ${style.yellow(`INCOMPLETE, there may be more: ${printable(incompleteBecause ?? "no reason given")}.`)}`;
  return `${found}. ${style.green(coverage === "range" ? "Proved for every value in the range." : "Complete at the samples.")}`;
}

function more(count: number, style: Style): string {
  return style.dim(`  … and ${formatCount(count)} more; --format json has all.`);
}

/** The row of a branch in a table: its number, range, ends, number of pieces, and its classes in order. */
export function branchRow(
  i: number,
  pieces: readonly Pick<BranchPiece, "from" | "to" | "stability">[],
  start: readonly number[],
  end: readonly number[],
): string[] {
  const classes = pieces.map(({ stability }) => stability).filter((each, k, all) => each !== all[k - 1]);
  const range = [short(pieces[0]!.from), short(pieces.at(-1)!.to)];
  return [`${i}`, ...range, place(start), place(end), `${pieces.length}`, classes.join(" → ")];
}

/** The first coordinates of a state. */
export function place(z: readonly number[]): string {
  const shown = z.slice(0, SHOWN_COORDINATES).map(short);
  return `(${[...shown, ...(z.length > SHOWN_COORDINATES ? ["…"] : [])].join(", ")})`;
}

/** Five digits. */
export function short(x: number): string {
  return `${Number(x.toPrecision(5))}`;
}
