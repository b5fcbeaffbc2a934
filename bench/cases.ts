import { EXAMPLE_NAMES, type ModelSource, type RandomModels, sourceName } from "./models.ts";

/** One way to solve one model, or several together. */
export interface BenchCase {
  readonly source: ModelSource;
  readonly method: "regions" | "search";
  readonly backend: "cpu" | "webgpu";
  readonly expand: "owned" | "branch";
  readonly threads: number;
}

export function caseName({ source, method, backend, expand, threads }: BenchCase): string {
  const extras = [expand === "branch" ? "branch" : "", threads > 1 ? `${threads}-threads` : ""];
  return [sourceName(source), method, backend, ...extras.filter((extra) => extra !== "")].join("/");
}

const ON_CPU = { backend: "cpu", expand: "owned", threads: 1 } as const;

export function regionsCase(source: ModelSource, how: Partial<BenchCase> = {}): BenchCase {
  return { source, method: "regions", ...ON_CPU, ...how };
}

export function searchCase(source: ModelSource, how: Partial<BenchCase> = {}): BenchCase {
  return { source, method: "search", ...ON_CPU, ...how };
}

export function plain(N: number, R: number, models = 1): RandomModels {
  return { kind: "plain", N, R, models };
}

export function clipped(N: number, R: number): RandomModels {
  return { kind: "clipped", N, R, models: 1 };
}

function everyWay(source: ModelSource): BenchCase[] {
  return [regionsCase(source), regionsCase(source, { backend: "webgpu" }), searchCase(source)];
}

/** What bench:node, bench:deno and bench:chrome all run. Where there are too many regions, search alone. */
export const CASES: readonly BenchCase[] = [
  ...EXAMPLE_NAMES.flatMap((example) => everyWay({ example })),
  ...[plain(96, 3), plain(64, 4), plain(256, 3), plain(100, 4), clipped(64, 3), plain(20, 2, 1000)].flatMap(everyWay),
  ...[plain(1000, 3), plain(1000, 4), plain(10_000, 2)].map((source) => searchCase(source)),
];
