import { describe, expect, it } from "vitest";
import { useExplorer } from "./explorer-host.ts";
import { bytesOf, example, json, useCliResults } from "./explorer-models.ts";

const cliResults = useCliResults();
const explorer = useExplorer();

describe("the explorer page", () => {
  it("follows its input live, and names it on the command line", async () => {
    const page = await explorer.open();
    await page.verdict(/Complete/);
    await page.tab.select("#example", "1");
    const before = await page.verdict(/^9 fixed points/);
    await page.tab.focus("#slider-s0");
    for (let i = 0; i < 60; i++) await page.tab.keyboard.press("ArrowRight");
    await page.waitFor("#verdict", /^5 fixed points\. Complete/);
    expect(await page.text("#verdict")).not.toBe(before);
    const input = await page.tab.$eval("#slider-s0", (slider) => (slider as HTMLInputElement).value);
    expect(await page.tab.$eval("#command", (area) => (area as HTMLTextAreaElement).value)).toBe(
      `npx stillpoint solve examples/explorer/models/biased-decision.json --input s0=${input}`,
    );
    const { fixedPoints } = (await page.savedJson()) as { fixedPoints: unknown };
    const [theirs] = await cliResults(
      [{ name: "biased.json", bytes: bytesOf("examples/explorer/models/biased-decision.json") }],
      "--input",
      `s0=${input}`,
    );
    expect(fixedPoints).toEqual(theirs.fixedPoints);
    expect(page.problems).toEqual([]);
  });

  it("zooms, selects and follows trajectories by pointer", async () => {
    const page = await explorer.open();
    await page.verdict(/Complete/);
    await page.tab.waitForSelector(".ground");
    const view = () => page.tab.$eval("#picture svg[data-x]", (area) => (area as SVGElement).dataset.x);
    const box = (await (await page.tab.$(".ground"))?.boundingBox())!;
    await page.tab.mouse.click(box.x + 0.3 * box.width, box.y + 0.3 * box.height);
    await page.waitFor("#picture-status", /^From \(.*\) to point \d+, after \d+ steps\.$/);
    expect(await page.tab.$$(".orbit")).toHaveLength(1);
    const mark = (await (await page.tab.$("#picture svg[data-x] > circle[fill='#0072b2']"))?.boundingBox())!;
    await page.tab.mouse.click(mark.x + mark.width / 2, mark.y + mark.height / 2);
    await page.waitFor("#details-title", /^Point \d$/);
    await page.waitFor("#details", /Nearest hyperplane/);
    expect(await page.text("#details")).toMatch(/stable.*Margin of stability.*Eigenvalues/s);
    const whole = await view();
    await page.tab.click("#zoom-in");
    await page.tab.waitForFunction(
      `document.querySelector("#picture svg[data-x]").dataset.x !== ${JSON.stringify(whole)}`,
    );
    const near = await view();
    await page.tab.mouse.move(box.x + 0.5 * box.width, box.y + 0.5 * box.height);
    await page.tab.mouse.down();
    await page.tab.mouse.move(box.x + 0.7 * box.width, box.y + 0.6 * box.height, { steps: 4 });
    await page.tab.mouse.up();
    await page.tab.waitForFunction(
      `document.querySelector("#picture svg[data-x]").dataset.x !== ${JSON.stringify(near)}`,
    );
    await page.tab.click("#zoom-all");
    await page.tab.waitForFunction(
      `document.querySelector("#picture svg[data-x]").dataset.x === ${JSON.stringify(whole)}`,
    );
    // three dimensions and more: other axes
    await page.tab.select("#example", "3");
    await page.verdict(/^81 fixed points/);
    await page.waitFor("#picture", /principal component 1/);
    await page.tab.select("#plane-x", "2");
    await page.waitFor("#picture", /Projection on two coordinates/);
    expect(await page.text("#picture")).toMatch(/z₂.*z₀/s);
    for (const picture of ["eigenvalues", "masks"]) {
      await page.tab.click(`[data-picture=${picture}]`);
      await page.waitFor("#picture", picture === "masks" ? /bit 1/ : /unit circle/);
    }
    expect(page.problems).toEqual([]);
  });

  it("finds cycles, makes and checks a proof, and shares all by a link", async () => {
    let page = await explorer.open();
    await page.verdict(/Complete/);
    // the full tent map of slope 2 and height 1: 2, 1, 2, 3 cycles of periods 1 to 4
    const tent = { name: "tent", A: [2], U: [[1]], V: [[-4]], hx: [0.5], hz: [0] };
    await page.drop([json("tent.json", tent)]);
    await page.waitFor("#headline", /tent/);
    await page.verdict(/^2 fixed points\. Complete/);
    await page.set("#period-exactly", "4");
    await page.waitFor("#cycles-text", /^Cycles by period: 2: 1, 3: 2, 4: 3\. Complete up to period 4/);
    expect((await page.rows("#cycles")).map(([, period]) => period)).toEqual(["2", "3", "3", "4", "4", "4"]);
    await page.tab.click("#cycles tbody tr:nth-child(2)");
    await page.tab.waitForSelector(".cycle");
    const proof = await page.save("proof");
    await page.drop([{ name: "tent.proof.npz", bytes: proof }]);
    await page.waitFor(
      "#messages",
      /tent\.proof\.npz: accepted\. It proves that tent has 2 fixed points, and no others/,
    );
    const cycles = JSON.parse(new TextDecoder().decode(await page.saved("[data-cycles=json]", ".cycles.json")));
    expect(cycles).toMatchObject({ schema: "stillpoint/cycles@1", completeUpTo: 4, cycles: { length: 8 } });
    const proofOfCycles = await page.saved("[data-cycles=proof]", ".cycles.proof.npz");
    await page.drop([{ name: "tent.cycles.npz", bytes: proofOfCycles }]);
    await page.waitFor(
      "#messages",
      /tent\.cycles\.npz: accepted\. It proves that tent has 8 cycles of period 1, 2, 3, 4, and no others of these/,
    );
    await page.tab.click("#link");
    await page.tab.waitForFunction("location.hash.length > 1");
    const address = page.tab.url();
    expect(page.problems).toEqual([]);
    await page.close();
    page = await explorer.open({ url: address });
    await page.verdict(/^2 fixed points\. Complete/);
    await page.waitFor("#cycles-text", /Complete up to period 4/);
    // the same proof, of the same model; and of another one
    await page.drop([{ name: "again.npz", bytes: proof }]);
    await page.waitFor("#messages", /again\.npz: accepted/);
    await page.drop([example("decision-3")]);
    await page.verdict(/^3 fixed points/);
    await page.drop([{ name: "other.npz", bytes: proof }]);
    await page.waitFor("#messages", /other\.npz: is a proof about another model/);
    expect(await page.text("#verdict")).toMatch(/^3 fixed points/);
    await page.tab.goto(`${explorer.url()}#model=broken`);
    await page.waitFor("#messages", /the link: is damaged/);
    expect(page.problems).toEqual([]);
  });

  it("draws the branches of cycles up to the period of the slider", async () => {
    const page = await explorer.open();
    await page.verdict(/Complete/);
    const tent = { name: "skew tent", A: [0.5], U: [[1]], V: [[-2]], hx: [0], hz: [0], C: [[1]], s: [0.5] };
    await page.drop([json("skew.json", tent)]);
    await page.waitFor("#headline", /skew tent/);
    await page.verdict(/^1 fixed point\. Complete/);
    await page.tab.click("[data-picture=branches]");
    await page.waitFor("#picture", /Number of fixed points/);
    expect(await page.text("#picture")).not.toMatch(/cycles/);
    await page.set("#period-exactly", "2");
    await page.waitFor("#picture", /2-cycles, stable.*Number of cycles/s);
    expect(page.problems).toEqual([]);
  });

  it("draws branches, checkpoints, turned projections, and the selected point in each picture", async () => {
    const page = await explorer.open();
    await page.verdict(/Complete/);
    await page.tab.select("#example", "1");
    await page.verdict(/^9 fixed points/);
    await page.tab.evaluate('document.querySelector("#points tbody tr").click()');
    await page.waitFor("#details", /Nearest hyperplane/);
    for (const picture of ["state", "eigenvalues", "masks", "branches"]) {
      await page.tab.click(`[data-picture=${picture}]`);
      await page.waitFor(
        "#picture",
        { state: /plane/, eigenvalues: /unit circle/, masks: /bit 1/, branches: /Branches/ }[picture]!,
      );
      await page.tab.waitForSelector(".ring");
    }
    const png = await page.save("png");
    expect([...png.subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
    const models = [0, 1, 2].map((k) => {
      const raw = JSON.parse(Buffer.from(example("decision-81").bytes).toString());
      return json(`step-${k}.json`, { ...raw, name: `step ${k}`, A: raw.A.map((row: unknown) => row) });
    });
    await page.drop(models);
    await page.waitFor("#batch-summary", /3 of 3 models solved/);
    await page.tab.click("[data-picture=training]");
    await page.waitFor("#picture", /Fixed points over checkpoints/);
    await page.tab.click("[data-picture=state]");
    await page.waitFor("#picture", /principal component 1/);
    const box = (await (await page.tab.$(".ground"))?.boundingBox())!;
    await page.tab.keyboard.down("Shift");
    await page.tab.mouse.move(box.x + 0.5 * box.width, box.y + 0.5 * box.height);
    await page.tab.mouse.down();
    await page.tab.mouse.move(box.x + 0.8 * box.width, box.y + 0.6 * box.height, { steps: 3 });
    await page.tab.mouse.up();
    await page.tab.keyboard.up("Shift");
    await page.waitFor("#picture", /turned by hand/);
    expect(page.problems).toEqual([]);
  });
});
