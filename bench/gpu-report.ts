import { writeFileSync } from "node:fs";

/** One stage of a case: all runs of the median repeat. */
export interface StageTime {
  readonly seconds: number;
  /** Of the GPU time of all stages. */
  readonly share: number;
  /** Read and written, apart from the models, which caches hold. */
  readonly bytesPerRegion: number;
  readonly bytesPerSecond: number;
}

export interface CaseResult {
  readonly case: string;
  readonly N: number;
  readonly R: number;
  readonly models: number;
  readonly adapter: string;
  readonly software: boolean;
  /** Of all models together, a decimal string. */
  readonly subsets: string;
  /** Whether time was enough for all subsets. */
  readonly complete: boolean;
  readonly regions: number;
  readonly fixedPoints: number;
  /** Of the repeat with the median wall time; with `wallSpread` the least and the most of all. */
  readonly wallSeconds: number;
  readonly wallSpread: readonly [number, number];
  readonly repeats: number;
  /** By timestamp queries; null without the feature. */
  readonly gpuSeconds: number | null;
  readonly regionsPerWallSecond: number;
  readonly regionsPerGpuSecond: number | null;
  readonly operationsPerRegion: number;
  /** Of the card's float32 peak; null where that is not known. */
  readonly shareOfPeak: number | null;
  readonly stages: Readonly<Record<string, StageTime>>;
  readonly batches: number;
  readonly dispatches: number;
  readonly readbacks: number;
  /** Vertices with too many undecided signs, as a share of subsets. */
  readonly escalatedVertices: number;
  /** Candidates not surely outside their region in float32, and audited ones, as a share of regions. */
  readonly candidatesToF64: number;
  /** The main thread's time for those, or for handing them to the others. */
  readonly cpuSeconds: number;
}

export interface Report {
  readonly version: string;
  readonly runtime: string;
  readonly date: string;
  readonly adapter: string;
  readonly software: boolean;
  /** What the times are worth. */
  readonly note: string;
  /** Threads that decide what the GPU leaves open of one large model. */
  readonly threads: number;
  /** Of a repeat of a case at most; six times that for many models. */
  readonly seconds: number;
  /** float32 operations per second of the card, as given or looked up; null if unknown. */
  readonly peak: number | null;
  readonly results: readonly CaseResult[];
}

/** float32 peaks in 10^12 operations per second, not of tensor cores, as the makers' data sheets give them. */
const PEAKS: readonly (readonly [RegExp, number])[] = [
  [/H100 PCIe/i, 51],
  [/H100 NVL/i, 60],
  [/H[12]00/i, 67],
  [/A100/i, 19.5],
  [/V100-SXM/i, 15.7],
  [/L40S/i, 91.6],
  [/\bL4\b/i, 30.3],
  [/\bT4\b/i, 8.1],
  [/RTX 4090/i, 82.6],
  [/RTX 3090\b(?! Ti)/i, 35.6],
];

/** float32 operations per second of a card by its adapter's name, or undefined. */
export function peakOf(adapter: string): number | undefined {
  const found = PEAKS.find(([name]) => name.test(adapter));
  return found === undefined ? undefined : found[1] * 1e12;
}

/** What the times of an adapter are worth. */
export function noteOn(software: boolean): string {
  return software
    ? "SOFTWARE ADAPTER: it computes on the CPU. These times show that the bench works; they say nothing about the speed of a GPU."
    : "A real GPU, by its own word.";
}

const percent = (x: number, digits = 0) => `${(100 * x).toFixed(digits)} %`;

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(" | ")} |`;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
}

/** A report as Markdown: a table of cases and one of stages. */
export function markdown(report: Report): string {
  const { version, runtime, date, adapter, software, note, seconds, threads, peak, results } = report;
  const cases = results.map((each) => [
    `${each.case}${each.complete ? "" : " (cut off)"}`,
    each.regions,
    each.fixedPoints,
    `${each.wallSeconds.toFixed(3)} (${each.wallSpread.map((x) => x.toFixed(3)).join("–")})`,
    each.gpuSeconds === null ? "not measured" : each.gpuSeconds.toFixed(4),
    each.cpuSeconds.toFixed(3),
    each.regionsPerWallSecond.toExponential(2),
    each.regionsPerGpuSecond === null ? "not measured" : each.regionsPerGpuSecond.toExponential(2),
    each.shareOfPeak === null ? "unknown" : percent(each.shareOfPeak, 1),
    percent(each.escalatedVertices, 3),
    percent(each.candidatesToF64, 3),
  ]);
  const stages = results.flatMap((each) =>
    Object.entries(each.stages).map(([stage, time]) => [
      each.case,
      stage,
      time.seconds.toFixed(4),
      percent(time.share, 1),
      time.bytesPerRegion,
      Number((time.bytesPerSecond / 1e9).toPrecision(3)),
    ]),
  );
  return [
    `# The regions method on ${adapter}${software ? ": a dry run, no GPU speed" : ""}`,
    "",
    `**${note}**`,
    "",
    `Stillpoint ${version}, ${runtime}, ${date}, at most ${seconds} s a repeat of a case, ` +
      `float32 peak ${peak === null ? "unknown" : `${(peak / 1e12).toFixed(1)} TFLOPS`}. ` +
      "Case N-R: one random model of N units and R dimensions; MODELSxN-R: that many. Wall: median (least–most) of the repeats, the host's part " +
      `included. CPU: the main thread's time for what float32 left undecided, most of which goes to ${threads} threads. A case cut off is one that its seconds were too few for.`,
    "",
    table(
      [
        "case",
        "regions",
        "fixed points",
        "wall s",
        "GPU s",
        "CPU s",
        "regions/s (wall)",
        "regions/s (GPU)",
        "of f32 peak",
        "vertices to CPU",
        "candidates to CPU",
      ],
      cases,
    ),
    "",
    table(["case", "stage", "GPU s", "share", "bytes/region", "GB/s"], stages),
    "",
  ].join("\n");
}

/** Writes a report where asked. */
export function writeReport(report: Report, json: string | undefined, md: string | undefined): void {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  if (md !== undefined) writeFileSync(md, markdown(report));
}
