import type { ReadOptions } from "../../../src/formats/read/read.ts";
import type { RunOptions } from "../protocol.ts";

export interface CliRun {
  readonly files: readonly string[];
  readonly options: RunOptions;
  readonly input: Readonly<Record<string, number>>;
  readonly reading: ReadOptions;
  /** The longest period of the cycles that are found; 1 for fixed points alone. */
  readonly period?: number;
}

/** The command line that gives the same fixed points, or the same cycles, in the same way, for a POSIX shell. */
export function cliCommand({ files, options, input, reading, period = 1 }: CliRun): string {
  const { layout, map = {}, set = {}, prefix, columnMajor } = reading;
  const pairs = Object.entries(map).map(([key, name]) => `${key}=${name}`);
  const words = [
    ...(period > 1 ? [] : methodFlags(options)),
    ...flag("threads", options.threads === 1 ? undefined : options.threads),
    ...flag("max-seconds", options.maxSeconds),
    ...flag("max-period", period > 1 ? period : undefined),
    ...Object.entries(input).flatMap(([key, x]) => ["--input", `${key}=${x}`]),
    ...flag("layout", layout),
    ...flag("map", pairs.length > 0 ? pairs.join(",") : undefined),
    ...Object.entries(set).flatMap(([key, value]) => [
      "--set",
      `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
    ]),
    ...flag("prefix", prefix),
    ...(columnMajor ? ["--column-major"] : []),
  ];
  // a name that begins with a dash is no option
  const paths = files.map((file) => (file.startsWith("-") ? `./${file}` : file));
  return ["npx", "stillpoint", period > 1 ? "cycles" : "solve", ...paths, ...words].map(quoted).join(" ");
}

/** Methods and backends for fixed points: cycles have others. */
function methodFlags({ method, backend }: RunOptions): string[] {
  return [
    ...flag("method", method === "auto" ? undefined : method),
    ...flag("backend", backend === "auto" ? undefined : backend),
  ];
}

function flag(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`--${name}`, `${value}`];
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
