import { duration, quantity, spread, times, whole } from "./format.ts";
import type { Measurement, ProofCost } from "./tasks.ts";

/** Where, when and how a report came about. */
export interface Provenance {
  /** Of Stillpoint. */
  readonly version: string;
  /** Abbreviated commit, with a "+" where files differed from it; null outside a checkout. */
  readonly commit: string | null;
  /** ISO 8601. */
  readonly date: string;
  readonly runtime: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: { readonly system: string; readonly processor: string; readonly cores: number };
  /** Load averages of one minute before and after the run; null where the runtime does not tell. */
  readonly load: { readonly before: number; readonly after: number } | null;
  /** Name of the GPU adapter, or null where there is none. */
  readonly adapter: string | null;
  readonly software: boolean;
  readonly seed: number;
  readonly warmUp: string;
}

/** A column of a table: what it is called and what it says of a row. */
export interface Column<Row> {
  readonly label: string;
  readonly cell: (row: Row) => string;
  /** Numbers stand on the right. */
  readonly number?: boolean;
}

/** A part of a report, in Markdown. */
export interface Section {
  readonly title: string;
  readonly body: string;
}

/** A machine with more to do than this before the run starts was not quiet. */
const QUIET_LOAD = 0.5;

export function markdownTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map(({ label }) => label)),
    line(columns.map(({ number }) => (number ? "---:" : "---"))),
    ...rows.map((row) => line(columns.map(({ cell }) => cell(row).replace(/\|/g, "\\|").replace(/\s+/g, " ")))),
  ].join("\n");
}

/** A whole report: title, provenance, sections. */
export function markdownReport(title: string, provenance: Provenance, sections: readonly Section[]): string {
  const parts = [
    `# ${title}`,
    provenanceList(provenance),
    ...warnings(provenance),
    ...sections.map(({ title, body }) => `## ${title}\n\n${body}`),
  ];
  return `${parts.join("\n\n")}\n`;
}

function provenanceList({ version, commit, machine, load, ...rest }: Provenance): string {
  const versions = Object.entries(rest.versions).map(([name, value]) => `${name} ${value}`);
  const adapter = rest.adapter === null ? "none" : `${rest.adapter}${rest.software ? " (software)" : ""}`;
  const entries = [
    ["Stillpoint", commit === null ? version : `${version}, commit ${commit}`],
    ["Date", rest.date],
    ["Runtime", [rest.runtime, ...versions].join(", ")],
    ["Machine", `${machine.processor}, ${machine.cores} cores, ${machine.system}`],
    ["GPU adapter", adapter],
    ["Load", load === null ? "not known" : `${load.before.toFixed(2)} before, ${load.after.toFixed(2)} after`],
    ["Seed of random models", `${rest.seed}`],
    ["Warm-up", rest.warmUp],
  ];
  return entries.map(([name, value]) => `- ${name}: ${value}`).join("\n");
}

function warnings({ load, software }: Provenance): string[] {
  return [
    ...(load !== null && load.before > QUIET_LOAD
      ? ["**The machine was busy before the run began: these times are not to be relied on.**"]
      : []),
    ...(software
      ? [
          "**The adapter is software, it computes on the CPU: rows marked *software* show that it works, not the speed of any GPU.**",
        ]
      : []),
  ];
}

/** A case that could not be measured, and why. */
export interface Failure {
  readonly case: string;
  readonly error: string;
}

const CASE_COLUMNS: readonly Column<Measurement>[] = [
  { label: "case", cell: (row) => row.case },
  { label: "R", cell: ({ latentDim }) => `${latentDim}`, number: true },
  { label: "N", cell: ({ hyperplanes }) => `${hyperplanes}`, number: true },
  { label: "models", cell: ({ models }) => `${models}`, number: true },
  { label: "fixed points", cell: ({ fixedPoints }) => whole(fixedPoints), number: true },
  { label: "complete", cell: ({ complete }) => (complete ? "yes" : "no: cut off") },
  { label: "regions or boxes", cell: ({ work, unit }) => `${whole(work)} ${unit}`, number: true },
  { label: "seconds: median (least – most)", cell: ({ seconds }) => spread(seconds) },
  {
    label: "per second",
    cell: ({ perSecond, software }) => `${quantity(perSecond)}${software ? " (software)" : ""}`,
    number: true,
  },
  {
    label: "each",
    cell: ({ perSecond, software }) => `${duration(1 / perSecond)}${software ? " (software)" : ""}`,
    number: true,
  },
  { label: "peak MB", cell: ({ peakMegabytes }) => (peakMegabytes === null ? "" : whole(peakMegabytes)), number: true },
];

const PROOF_COLUMNS: readonly Column<ProofCost>[] = [
  { label: "case", cell: (row) => row.case },
  { label: "proved", cell: ({ proved }) => spread(proved) },
  { label: "no bounds", cell: ({ unproved }) => spread(unproved) },
  { label: "ratio", cell: ({ ratio }) => times(ratio), number: true },
];

/** The report of bench:node, bench:deno and bench:chrome. */
export interface CasesReport {
  readonly schema: "stillpoint/bench-cases@1";
  readonly provenance: Provenance;
  readonly measurements: readonly Measurement[];
  readonly proof: readonly ProofCost[];
  readonly failures: readonly Failure[];
}

export function casesMarkdown({ provenance, measurements, proof, failures }: CasesReport): string {
  const sections: Section[] = [];
  if (measurements.length > 0) sections.push({ title: "Cases", body: markdownTable(CASE_COLUMNS, measurements) });
  if (proof.length > 0)
    sections.push({ title: "What the error bounds cost", body: markdownTable(PROOF_COLUMNS, proof) });
  if (failures.length > 0) sections.push({ title: "Not measured", body: failureList(failures) });
  return markdownReport("Models, methods and backends", provenance, sections);
}

export function failureList(failures: readonly Failure[]): string {
  return failures.map((each) => `- ${each.case}: ${each.error.replace(/\s+/g, " ")}`).join("\n");
}
