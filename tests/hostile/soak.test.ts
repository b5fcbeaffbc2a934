import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Budget } from "../../src/formats/read/budget.ts";
import { readZipDirectory } from "../../src/formats/read/zip.ts";
import { type Json, lasting, ndjson, randomModel } from "../cli/models.ts";
import { useCliScript, workplace } from "../cli/run.ts";
import { Random } from "../support/random.ts";

const ROUNDS = process.env.STILLPOINT_FULL ? 200 : 3;
/** Further rounds, as long as no run was cut in the middle of its work. */
const MOST_FURTHER_ROUNDS = 50;
const MODELS = ndjson(Array.from({ length: 40 }, (_, i) => randomModel(i, 60, 3)));
const FORMATS = ["ndjson", "json", "csv", "npz", "txt"] as const;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL", "SIGPIPE"] as const;

/** Blocks of 1,024 bytes that a file may have in a round with a full disk. */
const SMALL_DISK = 12;

/** The content of a result file without what differs from run to run. */
function contentOf(file: string, format: string): unknown {
  const bytes = readFileSync(file);
  if (format === "ndjson")
    return bytes
      .toString()
      .trim()
      .split("\n")
      .map((line) => lasting(JSON.parse(line) as Json));
  if (format === "json") {
    // a run that was stopped after its first model has written no array
    const whole = JSON.parse(bytes.toString()) as Json | Json[];
    return (Array.isArray(whole) ? whole : [whole]).map(lasting);
  }
  if (format === "npz") {
    const entries = readZipDirectory(bytes, file, new Budget(file));
    return entries.map((entry) => [entry.name, Buffer.from(entry.read()).toString("base64")]);
  }
  return bytes.toString().replace(/, [\d.]+ m?s\)/g, "");
}

interface Disturbance {
  readonly signal?: NodeJS.Signals;
  readonly after?: number;
  readonly small?: boolean;
  readonly heap?: boolean;
}

/** Runs to the end, whatever the end. */
function run(
  script: string,
  args: readonly string[],
  { signal, after, small, heap }: Disturbance = {},
): Promise<string> {
  const line = [process.execPath, ...(heap ? ["--max-old-space-size=200"] : []), script, ...args];
  const child = small
    ? spawn("sh", ["-c", `ulimit -f ${SMALL_DISK}; exec "$@"`, "sh", ...line])
    : spawn(line[0]!, line.slice(1));
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk;
  });
  child.stdout.resume();
  const timer = signal === undefined ? undefined : setTimeout(() => child.kill(signal), after);
  return new Promise((resolve) => {
    child.on("close", () => {
      clearTimeout(timer);
      resolve(said);
    });
  });
}

describe(`${ROUNDS} rounds of signals, full disks and two writers`, () => {
  const script = useCliScript();

  it("end with the file of an undisturbed run, and leave nothing else", { timeout: 3_600_000 }, async () => {
    const at = await workplace({ "m.ndjson": MODELS });
    const expected = new Map<string, unknown>();
    /** How long a run takes that is not disturbed: signals come within that time on any machine. */
    let milliseconds = 0;
    for (const format of FORMATS) {
      const began = performance.now();
      await run(script, ["solve", at("m.ndjson"), "-o", at(`right.${format}`)]);
      milliseconds = performance.now() - began;
      expected.set(format, contentOf(at(`right.${format}`), format));
      rmSync(at(`right.${format}`));
    }
    const random = new Random(24);
    let cut = 0;
    for (let round = 0; round < ROUNDS || (cut === 0 && round < ROUNDS + MOST_FURTHER_ROUNDS); round++) {
      const format = FORMATS[round % FORMATS.length]!;
      const file = at(`out.${format}`);
      const args = ["solve", at("m.ndjson"), "-o", file, "--resume"];
      for (let disturbed = random.integer(1, 3); disturbed > 0; disturbed--) {
        const chosen: Disturbance = {
          signal: SIGNALS[random.integer(0, SIGNALS.length - 1)]!,
          after: (milliseconds * random.integer(5, 120)) / 100,
          small: random.integer(0, 5) === 0,
          heap: random.integer(0, 2) === 0,
        };
        const writers = [run(script, args, chosen), ...(random.integer(0, 3) === 0 ? [run(script, args, chosen)] : [])];
        const said = (await Promise.all(writers)).join("");
        expect(said).not.toMatch(/should not have happened|^ +at /m);
        // what stands under the name of a file that is put in place at once is whole
        if (existsSync(file) && format !== "ndjson" && said.includes("→")) contentOf(file, format);
        if (existsSync(`${file}.journal.ndjson`) || existsSync(`${file}.lock`)) cut++;
      }
      const said = await run(script, args);
      expect([round, format, contentOf(file, format), said]).toEqual([round, format, expected.get(format), said]);
      expect(readdirSync(at(".")).sort()).toEqual(["m.ndjson", `out.${format}`]);
      rmSync(file);
      if ((round + 1) % 20 === 0) console.info(`${round + 1} rounds, ${cut} runs cut in the middle of their work`);
    }
    // otherwise no signal came in time
    expect(cut).toBeGreaterThan(0);
  });
});
