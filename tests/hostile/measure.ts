/**
 * Makes every hostile file in a folder that it removes again, gives each to the command line of dist/, and prints a
 * table: kind, exit code, seconds, peak memory, seconds from a SIGINT to the end. `npx tsx tests/hostile/measure.ts`
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KINDS } from "./kinds.ts";
import { launch } from "./launch.ts";

const SCRIPT = fileURLToPath(new URL("../../bin/stillpoint.js", import.meta.url));
const wanted = process.argv[2] ?? "";

const folder = mkdtempSync(join(tmpdir(), "hostile-"));
console.log("| kind | exit | seconds | MB | after SIGINT | says |\n| --- | --- | --- | --- | --- | --- |");
for (const { kind, file, make, args = [], says } of KINDS) {
  if (!kind.includes(wanted)) continue;
  const path = join(folder, file);
  writeFileSync(path, await make());
  const command = ["solve", path, "--format", "ndjson", ...args];
  const { code, seconds, megabytes, stderr } = await launch(SCRIPT, command);
  const stopped = seconds < 0.5 ? undefined : await launch(SCRIPT, command, { interruptAfter: 350 });
  const text = stderr.trim().split("\n")[0]!.replace(folder, "").slice(0, 110);
  const after = stopped?.secondsAfterSignal?.toFixed(2) ?? "";
  const mark = says.test(stderr) ? "" : " (!)";
  console.log(`| ${kind} | ${code} | ${seconds.toFixed(2)} | ${megabytes.toFixed(0)} | ${after} | ${text}${mark} |`);
  rmSync(path);
}
rmSync(folder, { recursive: true });
