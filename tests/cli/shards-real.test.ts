import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { merge } from "../../src/cli/merge.ts";
import { type SolveOptions, solve } from "../../src/cli/solve.ts";
import { FileError } from "../../src/model/errors.ts";
import { workplace } from "./run.ts";

/** Real trained networks beside the checkout; minutes of work, so for `npm run test:full`. */
const MODELS = fileURLToPath(new URL("../../../shared/models/", import.meta.url));
const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));
const FULL = process.env.STILLPOINT_FULL === "1";
const there = existsSync(MODELS);
if (FULL && !there) console.warn(`SKIPPED: shards of real models, as there is no ${MODELS}`);

const SHARDS = 4;
const MINUTES = 60_000;

interface Answer {
  readonly model: { readonly name: string };
  readonly fixedPoints: readonly unknown[];
  readonly continua: readonly unknown[];
  readonly complete: boolean;
}

/** What a file of results says, as text to be compared byte by byte, and how much it is. */
async function answersIn(file: string): Promise<{ text: string[]; points: number; continua: number }> {
  const value: Answer | Answer[] = JSON.parse(await readFile(file, "utf8"));
  const answers = [value].flat();
  return {
    text: answers.map(({ model, fixedPoints, continua, complete }) =>
      JSON.stringify([model, fixedPoints, continua, complete]),
    ),
    points: answers.reduce((sum, { fixedPoints }) => sum + fixedPoints.length, 0),
    continua: answers.reduce((sum, { continua }) => sum + continua.length, 0),
  };
}

async function scyfi(): Promise<string[]> {
  return (await readdir(MODELS)).filter((name) => /^scyfi_.*_0([01]\d|20)\.json$/.test(name)).map((n) => MODELS + n);
}

describe.skipIf(!FULL || !there)("shards 1/4 … 4/4 of real models, merged, are the whole byte for byte", () => {
  it.each<[string, () => Promise<string[]>, number, SolveOptions]>([
    ["a batch of 40", scyfi, 40, {}],
    ["regions of decision-81", async () => [join(EXAMPLES, "decision-81.json")], 1, { method: "regions" }],
    ["regions of lorenz63", async () => [join(EXAMPLES, "lorenz63.json")], 1, { method: "regions" }],
    [
      "regions of smc_teacher_reach_rnn_128",
      async () => [join(MODELS, "smc_teacher_reach_rnn_128.json")],
      1,
      { method: "regions" },
    ],
    ["a search of smc_eeg_rank3_01", async () => [join(MODELS, "smc_eeg_rank3_01.json")], 1, { method: "search" }],
    ["a search of smc_eeg_rank3_02", async () => [join(MODELS, "smc_eeg_rank3_02.json")], 1, { method: "search" }],
  ])("%s", { timeout: 20 * MINUTES }, async (title, choose, count, options) => {
    const models = await choose();
    expect(models).toHaveLength(count);
    const at = await workplace({});
    const quiet = { ...options, quiet: true };
    await solve(models, { ...quiet, output: at("whole.json") });
    const files: string[] = [];
    for (let index = 1; index <= SHARDS; index++) {
      files.push(at(`${index}.ndjson`));
      await solve(models, { ...quiet, shard: { index, of: SHARDS }, output: files[index - 1]! });
    }
    expect(await merge(files, { output: at("merged.json") })).toBe(0);
    const [whole, merged] = [await answersIn(at("whole.json")), await answersIn(at("merged.json"))];
    expect(merged).toEqual(whole);
    expect(whole.points).toBeGreaterThan(0);
    console.info(
      `${title}: ${whole.points} fixed points, ${whole.continua} continua in ${count} models, byte for byte`,
    );

    const refused = async (shards: readonly string[], message: RegExp): Promise<void> => {
      const merging = merge(shards, { output: at("refused.json") });
      await expect(merging).rejects.toThrow(FileError);
      await expect(merging).rejects.toThrow(message);
      expect(existsSync(at("refused.json"))).toBe(false);
    };
    for (let k = 0; k < SHARDS; k++) await refused(files.toSpliced(k, 1), /lack (results of shard|part) \d of 4/);
    for (const file of files) {
      const text = await readFile(file, "utf8");
      // one digit more in what was found or counted
      const altered = text.replace(/("(?:z|found|subsets|boxes)":\D*)(\d)/, (_, before, d) => `${before}1${d}`);
      expect(altered).not.toBe(text);
      await writeFile(file, altered);
      await refused(files, /is not as it was written/);
      await writeFile(file, text);
    }
    expect(await merge(files, { output: at("again.json") })).toBe(0);
  });
});
