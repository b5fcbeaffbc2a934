import { duration, whole } from "./format.ts";
import { type Column, markdownReport, markdownTable, type Provenance } from "./report.ts";

/** One case: its least run, in seconds and in calibration loops. */
export interface QuickFigure {
  readonly case: string;
  readonly seconds: number;
  readonly loops: number;
}

export interface QuickReport {
  readonly schema: "stillpoint/bench-quick@1";
  readonly provenance: Provenance;
  readonly figures: readonly QuickFigure[];
  /** Cases that there was no time for. */
  readonly skipped: readonly string[];
}

export interface Comparison extends QuickFigure {
  /** Loops now over loops recorded; undefined where the case has no record. */
  readonly change: number | undefined;
}

/** Smaller changes are within what two runs on one machine differ by. */
const NOTABLE = 1.25;

export function compare(now: readonly QuickFigure[], recorded: readonly QuickFigure[]): Comparison[] {
  return now.map((figure) => {
    const old = recorded.find((each) => each.case === figure.case);
    return { ...figure, change: old === undefined ? undefined : figure.loops / old.loops };
  });
}

/** What a change means to a reader. */
export function verdict(change: number | undefined): string {
  if (change === undefined) return "no record";
  if (change > NOTABLE) return "slower";
  return change < 1 / NOTABLE ? "faster" : "as recorded";
}

const COLUMNS: readonly Column<Comparison>[] = [
  { label: "case", cell: (row) => row.case },
  { label: "least run", cell: ({ seconds }) => duration(seconds), number: true },
  { label: "calibration loops", cell: ({ loops }) => (loops >= 10 ? whole(loops) : loops.toFixed(2)), number: true },
  { label: "over recorded", cell: ({ change }) => (change === undefined ? "" : `×${change.toFixed(2)}`), number: true },
  { label: "", cell: ({ change }) => verdict(change) },
];

/** @param recorded what to compare with, or undefined where nothing was recorded. */
export function quickMarkdown(report: QuickReport, recorded: QuickReport | undefined): string {
  const { provenance, figures, skipped } = report;
  const compared =
    recorded === undefined
      ? "There is no record to compare with: `npm run bench:quick -- --record` on a quiet machine makes one."
      : `Compared with ${recorded.provenance.date.slice(0, 10)}, Stillpoint ${recorded.provenance.version}, ${recorded.provenance.runtime} on ${recorded.provenance.machine.processor}.`;
  const parts = [
    markdownTable(COLUMNS, compare(figures, recorded?.figures ?? [])),
    compared,
    ...(skipped.length > 0 ? [`No time left for: ${skipped.join(", ")}.`] : []),
  ];
  return markdownReport("Quick bench", provenance, [{ title: "Cases", body: parts.join("\n\n") }]);
}
