/**
 * Gives the command line of dist/ much to read on standard input, and prints how long it took and the most memory that
 * it had: `npx tsx tests/hostile/measure-streams.ts [megabytes] [models]`. As asked for: 1000 MB of NDJSON under 300 MB
 * of memory, and 20,000 models that come slowly, in memory that does not grow with their number.
 */
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { launch } from "./launch.ts";

const SCRIPT = fileURLToPath(new URL("../../bin/stillpoint.js", import.meta.url));
const megabytes = Number(process.argv[2] ?? 1000);
const models = Number(process.argv[3] ?? 20_000);

const MODEL = {
  kind: "TLN",
  W: [
    [0, -0.4],
    [-0.4, 0],
  ],
  b: [1, 1],
};

/** Lines of 4 MB: a small model, and beside it what its training wrote down. */
async function* large(): AsyncGenerator<string> {
  const history = Array.from({ length: 400_000 }, (_, i) => Math.sin(i).toFixed(6));
  const line = `{"history":[${history.join()}],${JSON.stringify(MODEL).slice(1)}\n`;
  for (let sent = 0; sent < megabytes * 1e6; sent += line.length) yield line;
}

/** Models in groups of ten, a breath between two. @param count of all */
async function* slow(count: number): AsyncGenerator<string> {
  const group = `${JSON.stringify(MODEL)}\n`.repeat(10);
  for (let sent = 0; sent < count; sent += 10) {
    yield group;
    await after(5);
  }
}

async function measure(what: string, stdin: AsyncIterable<string>): Promise<void> {
  const {
    code,
    seconds,
    megabytes: peak,
    stdout,
    stderr,
  } = await launch(SCRIPT, ["solve", "-", "--format", "ndjson", "-o", "/dev/null"], { stdin });
  const said = `${stdout}${stderr}`.trim().split("\n").at(-1) ?? "";
  console.log(`| ${what} | ${code} | ${seconds.toFixed(0)} | ${peak.toFixed(0)} | ${said.slice(0, 100)} |`);
}

console.log("| input | exit | seconds | MB | says |\n| --- | --- | --- | --- | --- |");
await measure(`${models / 10} models, slowly`, slow(models / 10));
await measure(`${models} models, slowly`, slow(models));
await measure(`${megabytes} MB of NDJSON`, large());
