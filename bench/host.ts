/** What only a process can tell or do: the machine, versions, files. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { VERSION } from "../src/base/version.ts";
import { SEED } from "./models.ts";
import type { Provenance } from "./report.ts";
import { type RuntimeInfo, WARM_UP } from "./tasks.ts";

export const ROOT = fileURLToPath(new URL("../", import.meta.url));
export const RESULTS = join(ROOT, "bench/results");

/** Runs a script: an error ends it with one line, and code 2 where the command line was wrong, 1 otherwise. */
export async function main(script: () => Promise<void>): Promise<void> {
  try {
    await script();
  } catch (error) {
    const { code = "", message } = error as Error & { code?: string };
    console.error(message);
    process.exitCode = error instanceof RangeError || code.startsWith("ERR_PARSE_ARGS") ? 2 : 1;
  }
}

/** Load average of one minute. */
export function load(): number {
  return loadavg()[0]!;
}

/**
 * The provenance of a run that ends now.
 * @param before load average when it began.
 */
export function provenance(info: RuntimeInfo, versions: Readonly<Record<string, string>>, before: number): Provenance {
  const [processor] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return {
    version: VERSION,
    commit: commit(),
    date: new Date().toISOString(),
    ...info,
    versions,
    machine: {
      system: `${platform()} ${release()}, ${gigabytes} GiB`,
      processor: processor?.model.trim() ?? "unknown processor",
      cores: availableParallelism(),
    },
    load: { before, after: load() },
    seed: SEED,
    warmUp: WARM_UP,
  };
}

function commit(): string | null {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    // what the bench itself writes does not count as a difference
    const changed = git("status", "--porcelain", "--", ".", ":!bench/results") !== "";
    return `${git("rev-parse", "--short=10", "HEAD")}${changed ? "+" : ""}`;
  } catch {
    return null;
  }
}

/** Version of an installed npm package. */
export function packageVersion(name: string): string {
  return JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")).version;
}

/** Writes NAME.json, NAME.md and what else there is into a folder, and says so. */
export function writeReport(
  folder: string,
  name: string,
  report: object,
  files: Readonly<Record<string, string>>,
): void {
  mkdirSync(folder, { recursive: true });
  const all = { json: `${JSON.stringify(report, null, 2)}\n`, ...files };
  for (const [extension, text] of Object.entries(all)) writeFileSync(join(folder, `${name}.${extension}`), text);
  console.error(
    `wrote ${Object.keys(all)
      .map((extension) => join(folder, `${name}.${extension}`))
      .join(", ")}`,
  );
}
