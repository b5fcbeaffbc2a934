/**
 * Whether runs keep their time: the built command line with `--max-seconds S` on models of a folder and on hard ones,
 * and by how much each was late: `tsx bench/budgets.ts [--seconds S] [--top K] [--json FILE] [--no-hard] [FOLDER or
 * FILE…]`, worst first. Needs a build (`npm run build`).
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { HARD_MODELS } from "./budget-models.ts";
import { type BudgetMeasurement, budgetTable } from "./budget-report.ts";
import { load, main, ROOT } from "./host.ts";

/** A run that is this many seconds late is ended. */
const MOST_SECONDS_LATE = 60;

await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: "string", default: "2" },
      top: { type: "string", default: "30" },
      json: { type: "string" },
      "no-hard": { type: "boolean", default: false },
      command: { type: "string", default: "solve" },
      arguments: { type: "string", default: "" },
    },
  });
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new RangeError(`--seconds must be positive, and is ${values.seconds}`);
  const more = values.arguments.split(" ").filter((word) => word !== "");
  const folder = mkdtempSync(join(tmpdir(), "stillpoint-budgets-"));
  try {
    const files = positionals.flatMap(modelsIn);
    if (!values["no-hard"]) {
      for (const { name, make } of HARD_MODELS) {
        const file = join(folder, `${name}.json`);
        writeFileSync(file, JSON.stringify(make()));
        files.push(file);
      }
    }
    const before = load();
    const measured: BudgetMeasurement[] = [];
    for (const [i, file] of files.entries()) {
      const one = await measure(file, seconds, values.command, more);
      measured.push(one);
      const late = one.wall - seconds;
      if (late > 1) console.error(`[${i + 1}/${files.length}] ${one.name}: ${late.toFixed(2)} s late`);
    }
    console.log(budgetTable(measured, seconds, Number(values.top), { before, after: load() }));
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(measured, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A file, or the JSON files of a folder and of those below it. */
function modelsIn(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => join(path, name));
}

/** One model from the start of the process to its end. */
function measure(file: string, seconds: number, command: string, more: readonly string[]): Promise<BudgetMeasurement> {
  return new Promise((resolve, reject) => {
    const format = command === "solve" ? ["--format", "ndjson"] : [];
    const args = ["bin/stillpoint.js", command, file, "--max-seconds", `${seconds}`, ...format, "--quiet", ...more];
    const started = performance.now();
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    const limit = setTimeout(() => child.kill("SIGKILL"), 1000 * (seconds + MOST_SECONDS_LATE));
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(limit);
      const wall = (performance.now() - started) / 1000;
      const name = basename(file, ".json");
      const result = command === "solve" ? resultOf(output) : undefined;
      resolve({ name, wall, code, ...result });
    });
  });
}

function resultOf(output: string): Partial<BudgetMeasurement> {
  const [line] = output.split("\n", 1);
  if (line === undefined || line === "") return {};
  const { fixedPoints, complete, incompleteBecause, method, seconds } = JSON.parse(line);
  return { points: fixedPoints?.length, complete, because: incompleteBecause, method, seconds };
}
