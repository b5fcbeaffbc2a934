import { quantity, spread, times, whole } from "./format.ts";
import { type Column, markdownReport, markdownTable, type Provenance } from "./report.ts";
import type { Spread } from "./statistics.ts";
import type { BaselineRun } from "./tasks.ts";

export const CONTESTANTS = ["naive", "numpy", "branch", "owned"] as const;
export type Contestant = (typeof CONTESTANTS)[number];

export interface ContestRow extends BaselineRun {
  readonly contestant: Contestant;
  /** Of the arrangement, whatever the contestant solves on the way, by the median second. */
  readonly regionsPerSecond: number;
  /** Its time over that of the owned mode. */
  readonly timesOwned: Spread;
}

/** One model, solved by all. */
export interface Contest {
  readonly model: string;
  readonly latentDim: number;
  readonly hyperplanes: number;
  readonly regions: number;
  readonly rows: readonly ContestRow[];
}

export interface BaselinesReport {
  readonly schema: "stillpoint/bench-baselines@1";
  readonly provenance: Provenance;
  readonly contests: readonly Contest[];
}

const NAMES: Readonly<Record<Contestant, string>> = {
  naive: "naive: all 2^N masks, JavaScript float64, no proof",
  numpy: "the note's algorithm, NumPy float64, no proof",
  branch: "Stillpoint, expand: branch (the note's masks, proved)",
  owned: "Stillpoint, expand: owned (the default, proved)",
};

const COLUMNS: readonly Column<ContestRow>[] = [
  { label: "contestant", cell: ({ contestant }) => NAMES[contestant] },
  { label: "masks solved", cell: ({ masks }) => whole(masks), number: true },
  { label: "fixed points", cell: ({ fixedPoints }) => whole(fixedPoints), number: true },
  { label: "seconds: median (least – most)", cell: ({ seconds }) => spread(seconds) },
  { label: "regions per second", cell: ({ regionsPerSecond }) => quantity(regionsPerSecond), number: true },
  { label: "time over that of owned", cell: ({ timesOwned }) => times(timesOwned), number: true },
  { label: "peak MB", cell: ({ peakMegabytes }) => (peakMegabytes === null ? "" : whole(peakMegabytes)), number: true },
];

/** What must hold of a contest whose figures mean anything, and does not. */
export function disagreements({ regions, rows }: Contest): string[] {
  const counts = new Set(rows.map(({ fixedPoints }) => fixedPoints));
  return [
    ...(counts.size > 1
      ? [
          `They found different numbers of fixed points: ${rows.map((row) => `${row.contestant} ${row.fixedPoints}`).join(", ")}.`,
        ]
      : []),
    ...rows
      .filter(({ contestant, masks }) => contestant !== "naive" && masks !== regions)
      .map(({ contestant, masks }) => `${contestant} solved ${whole(masks)} masks of ${whole(regions)} regions.`),
  ];
}

export function baselinesMarkdown({ provenance, contests }: BaselinesReport): string {
  const sections = contests.map((contest) => {
    const { model, latentDim, hyperplanes, regions, rows } = contest;
    const wrong = disagreements(contest).map((text) => `**${text}**`);
    return {
      title: `${model}: N = ${hyperplanes}, R = ${latentDim}, ${whole(regions)} regions`,
      body: [markdownTable(COLUMNS, rows), ...wrong].join("\n\n"),
    };
  });
  const note =
    "All on one thread, in turn, round by round, each in a process of its own. A time is the median of a process's runs; its spread is over the rounds.";
  return markdownReport("Baselines", provenance, [{ title: "How", body: note }, ...sections]);
}
