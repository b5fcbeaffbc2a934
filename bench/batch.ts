/**
 * Many small models by the command line, from their text to the last byte written: `npm run bench:batch [-- --models
 * 10000] [--rounds 5] [--formats ndjson,csv]`, networks of 20 units in 2 dimensions, one a line, on one thread and on
 * all, in turn. A line for each format and number of threads: the wall time, and of it what a model takes beside the
 * start of the process, which a run on one model tells. Needs a build (`npm run build`).
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { plain } from "./cases.ts";
import { duration, quantity, spread } from "./format.ts";
import { load, main, ROOT } from "./host.ts";
import { modelsOf } from "./models.ts";
import { positive } from "./run-cases.ts";
import { spreadOf } from "./statistics.ts";

await main(async () => {
  const { values } = parseArgs({
    options: {
      models: { type: "string", default: "10000" },
      rounds: { type: "string", default: "5" },
      formats: { type: "string", default: "ndjson" },
    },
  });
  const count = positive("models", values.models);
  const rounds = positive("rounds", values.rounds);
  const folder = mkdtempSync(join(tmpdir(), "stillpoint-batch-"));
  try {
    const lines = modelsOf(plain(20, 2, count)).map((model) => `${JSON.stringify(model)}\n`);
    const [all, one] = ["all.ndjson", "one.ndjson"].map((name) => join(folder, name)) as [string, string];
    writeFileSync(all, lines.join(""));
    writeFileSync(one, lines[0]!);
    const threads = [...new Set([1, availableParallelism()])];
    const kinds = values.formats.split(",").flatMap((format) => threads.map((each) => ({ format, threads: each })));
    console.log(`${count} models, load ${load().toFixed(1)}\n`);
    console.log("| format | threads | wall | a model | models a second |\n| --- | --- | --- | --- | --- |");
    const times = kinds.map(() => [] as number[]);
    const starts: number[] = [];
    for (let round = 0; round < rounds; round++) {
      starts.push(await seconds(folder, one, kinds[0]!));
      for (const [i, kind] of kinds.entries()) times[i]!.push(await seconds(folder, all, kind));
    }
    const start = spreadOf(starts).least;
    for (const [i, { format, threads }] of kinds.entries()) {
      const whole = spreadOf(times[i]!);
      const each = (whole.least - start) / (count - 1);
      const cells = [format, `${threads}`, spread(whole), duration(each), quantity(1 / each)];
      console.log(`| ${cells.join(" | ")} |`);
    }
    console.log(`\nA process with one model: ${spread(spreadOf(starts))}. Least times tell of a model.`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** The wall time of a process that solves a file. @throws Error where it fails. */
function seconds(
  folder: string,
  file: string,
  { format, threads }: { readonly format: string; readonly threads: number },
): Promise<number> {
  const output = join(folder, `out.${format}`);
  const args = ["bin/stillpoint.js", "solve", file, "--backend", "cpu", "--threads", `${threads}`, "--quiet"];
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [...args, "--format", format, "-o", output], { cwd: ROOT, stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code) => {
      rmSync(output, { force: true });
      if (code === 0) resolve((performance.now() - started) / 1000);
      else reject(new Error(`solve ended with code ${code}`));
    });
  });
}
