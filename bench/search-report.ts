import { quantity, spread, times, whole } from "./format.ts";
import { type Column, markdownReport, markdownTable, type Provenance, type Section } from "./report.ts";
import { type Spread, spreadOf } from "./statistics.ts";

/** One model by the search method: seconds are of whole processes. */
export interface SearchMeasurement {
  readonly name: string;
  readonly latentDim: number;
  readonly hyperplanes: number;
  /** Generic number of regions, exact. */
  readonly regions: string;
  readonly boxes: number;
  readonly evaluations: number;
  readonly fixedPoints: number;
  readonly complete: boolean;
  readonly incompleteBecause?: string;
  readonly one: Spread;
  /** With two threads. */
  readonly two: Spread | null;
  readonly trial: Spread | null;
  /** One thread and a GPU: boxes that it filtered (0 if the search ended before it), and its adapter. */
  readonly gpu: { readonly spread: Spread; readonly boxes: number; readonly adapter: string | null } | null;
  /** The trial's time over that of one thread. */
  readonly ratio: Spread | null;
  readonly peakMegabytes: number | null;
}

export interface SearchReport {
  readonly schema: "stillpoint/bench-search@1";
  readonly provenance: Provenance;
  readonly measurements: readonly SearchMeasurement[];
}

const COLUMNS: readonly Column<SearchMeasurement>[] = [
  { label: "model", cell: ({ name }) => name },
  { label: "R", cell: ({ latentDim }) => `${latentDim}`, number: true },
  { label: "hyperplanes", cell: ({ hyperplanes }) => whole(hyperplanes), number: true },
  { label: "regions", cell: ({ regions }) => Number(regions).toExponential(1), number: true },
  { label: "boxes", cell: ({ boxes }) => whole(boxes), number: true },
  { label: "units evaluated", cell: ({ evaluations }) => quantity(evaluations), number: true },
  { label: "fixed points", cell: ({ fixedPoints }) => `${fixedPoints}`, number: true },
  { label: "complete", cell: ({ complete }) => (complete ? "yes" : "no") },
  { label: "one thread", cell: ({ one }) => spread(one) },
  { label: "two threads", cell: ({ two }) => (two === null ? "" : spread(two)) },
  { label: "trial, unproved", cell: ({ trial }) => (trial === null ? "" : spread(trial)) },
  { label: "trial / one thread", cell: ({ ratio }) => (ratio === null ? "" : times(ratio)), number: true },
  { label: "peak MB", cell: ({ peakMegabytes: peak }) => (peak === null ? "" : whole(peak)), number: true },
];

export function searchMarkdown({ provenance, measurements }: SearchReport): string {
  const sections: Section[] = [{ title: "Models", body: markdownTable(COLUMNS, measurements) }];
  const eeg = measurements.filter(({ name }) => name.startsWith("smc_eeg_")).map(({ one }) => one.median);
  if (eeg.length > 0) {
    const { median, most } = spreadOf(eeg);
    sections.push({
      title: "The EEG models together",
      body: `${eeg.length} models, one thread: median ${median.toFixed(2)} s, the slowest ${most.toFixed(2)} s.`,
    });
  }
  const onGpu = measurements.flatMap(({ name, gpu }) => (gpu === null ? [] : [{ name, ...gpu }]));
  if (onGpu.length > 0) {
    const columns: Column<(typeof onGpu)[number]>[] = [
      { label: "model", cell: ({ name }) => name },
      { label: "boxes filtered", cell: ({ boxes }) => whole(boxes), number: true },
      { label: "one thread and the GPU", cell: (each) => spread(each.spread) },
      { label: "adapter", cell: ({ adapter }) => adapter ?? "not needed" },
    ];
    sections.push({ title: "Boxes filtered on a GPU", body: markdownTable(columns, onGpu) });
  }
  const cut = measurements.filter(({ complete }) => !complete);
  if (cut.length > 0) {
    sections.push({
      title: "Not complete",
      body: cut.map(({ name, incompleteBecause }) => `- ${name}: ${incompleteBecause}`).join("\n"),
    });
  }
  return markdownReport("The search method", provenance, sections);
}
