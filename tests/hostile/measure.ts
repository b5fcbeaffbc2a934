/**
 * Makes every hostile file in a folder that it removes again, gives each to the command line of dist/, and prints a
 * table: kind, exit code, seconds, CPU seconds, peak memory, seconds from a SIGINT to the end.
 *
 *     npx tsx tests/hostile/measure.ts [words of the kinds] [a runtime with its options, instead of Node]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KINDS } from "./kinds.ts";
import { launch } from "./launch.ts";

const SCRIPT = fileURLToPath(new URL("../../bin/stillpoint.js", import.meta.url));
const [wanted = "", ...command] = process.argv.slice(2);
const [program, ...options] = command;
const runtime = program === undefined ? undefined : ([program, ...options] as const);

const folder = mkdtempSync(join(tmpdir(), "hostile-"));
console.log("| kind | exit | seconds | CPU | MB | after SIGINT | says |\n| --- | --- | --- | --- | --- | --- | --- |");
for (const { kind, file, make, args = [], says } of KINDS) {
  if (!kind.includes(wanted)) continue;
  const path = join(folder, file);
  writeFileSync(path, await make());
  const line = ["solve", path, "--format", "ndjson", ...args];
  const { code, seconds, cpuSeconds, megabytes, stderr } = await launch(SCRIPT, line, { runtime });
  const stopped = seconds < 0.5 ? undefined : await launch(SCRIPT, line, { interruptAfter: 350, runtime });
  const text = stderr.trim().split("\n")[0]!.replace(folder, "").slice(0, 110);
  const after = stopped?.secondsAfterSignal?.toFixed(2) ?? "";
  const mark = says.test(stderr) ? "" : " (!)";
  const took = [seconds.toFixed(2), cpuSeconds.toFixed(2), megabytes.toFixed(0)].join(" | ");
  // a bar would end the cell
  const cells = [kind.replaceAll("|", "\\|"), code, took, after, `${text.replaceAll("|", "\\|")}${mark}`];
  console.log(`| ${cells.join(" | ")} |`);
  rmSync(path);
}
rmSync(folder, { recursive: true });
