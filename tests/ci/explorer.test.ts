import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useExplorer } from "./explorer-host.ts";
import { example, fixture, ROOT, useCliResults } from "./explorer-models.ts";

const cliResults = useCliResults();
const explorer = useExplorer();

describe("the explorer page", () => {
  it("shows an example at once, and says that a software adapter is one", async () => {
    const page = await explorer.open();
    expect(await page.verdict(/^4 fixed points\. Complete/)).toMatch(/proved that there are no others/);
    await page.waitFor("#adapter", /software.*swiftshader/i);
    expect(await page.rows("#points")).toHaveLength(4);
    await page.tab.waitForSelector("#picture svg svg[data-x]");
    expect(await page.text("#command")).toBe("");
    expect(await page.tab.$eval("#command", (area) => (area as HTMLTextAreaElement).value)).toBe(
      "npx stillpoint solve examples/figure-1c.json",
    );
    expect(page.problems).toEqual([]);
  });

  it("is used with the keyboard alone", async () => {
    const page = await explorer.open();
    await page.verdict(/Complete/);
    await page.tab.waitForSelector(".ground");
    const focused = () => page.tab.evaluate("document.activeElement.id || document.activeElement.dataset.focus || ''");
    const tabTo = async (name: string): Promise<void> => {
      for (let i = 0; i < 80; i++) {
        if ((await focused()) === name) return;
        await page.tab.keyboard.press("Tab");
      }
      throw new Error(`the Tab key does not come to ${name}`);
    };
    await tabTo("pick");
    await tabTo("solve");
    await page.tab.keyboard.press("Enter");
    await page.verdict(/Complete/);
    await tabTo("picture");
    await page.tab.keyboard.press("n");
    await page.waitFor("#details-title", /^Point 0$/);
    await page.tab.keyboard.press("n");
    await page.waitFor("#details-title", /^Point 1$/);
    await page.tab.keyboard.press("Enter");
    await page.waitFor("#picture-status", /^From/);
    await page.tab.keyboard.press("+");
    await page.tab.keyboard.press("ArrowLeft");
    // by z1, largest first
    await tabTo("head-6");
    await page.tab.keyboard.press("Enter");
    await page.tab.keyboard.press("Enter");
    expect(await focused()).toBe("head-6");
    const order = (await page.rows("#points")).map((cells) => Number(cells[6]!.replace("−", "-")));
    expect(order).toEqual([...order].sort((a, b) => b - a));
    expect(
      await page.tab.$$eval("#points th[aria-sort]", (all) => all.map((th) => th.getAttribute("aria-sort"))),
    ).toEqual(["descending"]);
    await page.tab.keyboard.press("Tab");
    await page.tab.keyboard.press("Tab");
    await page.tab.keyboard.press("Tab");
    await tabTo("row-3");
    await page.tab.keyboard.press("Enter");
    await page.waitFor("#details-title", /^Point 3$/);
    await page.tab.keyboard.press("ArrowUp");
    await page.waitFor("#details-title", /^Point 0$/);
    expect(page.problems).toEqual([]);
  });

  it.each([
    [1280, "light"],
    [400, "dark"],
  ] as const)("has no accessibility findings and nothing cut at %i pixels, %s", async (width, scheme) => {
    const page = await explorer.open({ width });
    await page.tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.verdict(/Complete/);
    await page.drop([example("decision-81"), example("ctln"), example("decision-3")]);
    await page.waitFor("#batch-summary", /3 of 3 models solved/);
    await page.tab.evaluate('document.querySelector("#points tbody tr").click()');
    await page.waitFor("#details", /Nearest hyperplane/);
    await page.tab.evaluate(readFileSync(join(ROOT, "node_modules/axe-core/axe.min.js"), "utf8"));
    const findings = async (): Promise<string[]> =>
      (await page.tab.evaluate(`axe.run().then(({ violations }) =>
        violations.filter(({ impact }) => impact !== "minor").map(({ id, impact, nodes }) => impact + " " + id + ": " + nodes[0].html))`)) as string[];
    expect(await findings()).toEqual([]);
    // the page itself is never scrolled sideways
    expect(await page.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await page.tab.screenshot({ path: `${explorer.folder}/shot-${width}-${scheme}.png`, fullPage: true });
    // the checker would find something
    await page.tab.evaluate('document.querySelector("#solve").after(document.createElement("button"))');
    expect((await findings()).join()).toMatch(/button-name/);
    expect(page.problems).toEqual([]);
  });

  it("shows the answer beside the picture, and all columns and letters to be read on a phone too", async () => {
    const page = await explorer.open({ width: 1280, height: 800 });
    await page.verdict(/Complete/);
    await page.tab.waitForSelector("#picture svg[data-x]");
    // the smallest letters of a picture have nine units
    const scale = "(picture) => picture.getBoundingClientRect().width / picture.viewBox.baseVal.width";
    const isLegible = `(${scale})(document.querySelector("#picture svg")) >= 1`;
    const hidden = "document.querySelector('#points').scrollWidth - document.querySelector('#points').clientWidth";
    expect(await page.tab.evaluate(isLegible)).toBe(true);
    expect(await page.tab.evaluate(hidden)).toBeLessThanOrEqual(0);
    const bottom = (selector: string): Promise<number> =>
      page.tab.$eval(selector, (element) => element.getBoundingClientRect().bottom);
    for (const place of ["#picture", "#points", "#verdict", "#details-title"]) {
      expect(await bottom(place)).toBeLessThanOrEqual(800);
    }
    await page.tab.setViewport({ width: 400, height: 800 });
    expect(await page.tab.evaluate(hidden)).toBeLessThanOrEqual(0);
    // drawn anew for a narrow page
    await page.tab.waitForFunction(isLegible);
    expect(page.problems).toEqual([]);
  });

  it("works without a network once loaded, HDF5 files included", async () => {
    const page = await explorer.open();
    await page.verdict(/Complete/);
    await page.waitFor("#offline", /stored/);
    await page.tab.setOfflineMode(true);
    await page.tab.reload();
    await page.verdict(/^4 fixed points/);
    await page.drop([fixture("h5py.h5")]);
    const { fixedPoints } = (await cliResults([fixture("h5py.h5")]))[0];
    await page.waitFor("#headline", /h5py/);
    await page.verdict(new RegExp(`^${fixedPoints.length} fixed point`));
    expect(page.problems).toEqual([]);
  });

  it("refuses what its policy forbids", async () => {
    const page = await explorer.open();
    await page.verdict(/Complete/);
    // else "no violations" would say nothing
    await page.tab.evaluate('document.body.setAttribute("style", "color: red")');
    await page.tab.waitForFunction('getComputedStyle(document.body).color !== "rgb(255, 0, 0)"');
    expect(page.problems.join()).toMatch(/style-src/);
  });
});
