import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MINUTES, useExplorer } from "./explorer-host.ts";
import { ROOT, useCliResults } from "./explorer-models.ts";

const SHARED = join(ROOT, "../shared/models");
const cliResults = useCliResults();
const explorer = useExplorer();

if (!existsSync(SHARED)) console.warn("explorer: REAL MODELS SKIPPED: no ../shared/models");

describe.skipIf(!existsSync(SHARED))("the explorer page with real models (../shared/models)", () => {
  const real = (name: string) => ({ name, bytes: readFileSync(join(SHARED, name)) });

  it("shows all 17 points of smc_teacher_reach_rnn_128", async () => {
    const page = await explorer.open();
    await page.verdict(/Complete/);
    await page.drop([real("smc_teacher_reach_rnn_128.json")]);
    await page.waitFor("#headline", /reach/);
    await page.verdict(/^17 fixed points\. Complete/);
    expect(await page.rows("#points")).toHaveLength(17);
    expect(page.problems).toEqual([]);
  });

  it("searches smc_eeg_rank3_01 with the page's thread free", { timeout: 5 * MINUTES }, async () => {
    const page = await explorer.open();
    await page.verdict(/Complete/);
    await page.tab.select("#method", "search");
    await page.drop([real("smc_eeg_rank3_01.json")]);
    await page.waitFor("#headline", /eeg/i);
    await page.verdict(/^43 fixed points\. Complete/);
    console.info(
      `explorer: longest task of the page's thread ${await page.longestTask()} ms; ${await page.text("#facts")}`,
    );
    const { fixedPoints } = (await page.savedJson()) as { fixedPoints: unknown };
    const [theirs] = await cliResults([real("smc_eeg_rank3_01.json")], "--method", "search");
    expect(fixedPoints).toEqual(theirs.fixedPoints);
    expect(page.problems).toEqual([]);
  });

  it("solves 300 models dropped at once", { timeout: 5 * MINUTES }, async () => {
    const page = await explorer.open();
    await page.verdict(/Complete/);
    const files = readdirSync(SHARED)
      .filter((name) => /^scyfi_.*\.json$/.test(name))
      .map(real);
    expect(files).toHaveLength(300);
    await page.drop(files);
    await page.waitFor("#batch-summary", /^300 of 300 models solved, 300 complete/);
    console.info(`explorer: 300 models, longest task of the page's thread ${await page.longestTask()} ms`);
    await page.tab.select("#scope", "all");
    const mine = (await page.savedJson()) as { fixedPoints: unknown[]; model: { name: string } }[];
    const theirs = await cliResults(files);
    expect(mine.map(({ fixedPoints }) => fixedPoints)).toEqual(theirs.map(({ fixedPoints }) => fixedPoints));
    await page.tab.evaluate('document.querySelector("#batch-table .more").click()');
    const rows = await page.rows("#batch-table");
    expect(rows.map(([name, , , points]) => [name, points])).toEqual(
      mine.map(({ model, fixedPoints }) => [model.name, `${fixedPoints.length}`]),
    );
    expect(page.problems).toEqual([]);
  });
});
