import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { Server } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "puppeteer";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { folderWith, useCli } from "../cli/run.ts";
import { KINDS } from "../hostile/kinds.ts";
import { Random } from "../support/random.ts";
import { buildExplorer, ExplorerPage, launch, serveBelow } from "./explorer-page.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SHARED = join(ROOT, "../shared/models");
const OUT = join(ROOT, `.stillpoint/explorer-${process.pid}`);
const MINUTES = 60_000;

const cli = useCli();
let server: Server;
let url: string;
let browser: Browser;
let page: ExplorerPage;

beforeAll(async () => {
  await buildExplorer(OUT);
  ({ server, url } = await serveBelow(OUT));
  browser = await launch(true);
}, 3 * MINUTES);

afterAll(async () => {
  await browser?.close();
  server?.close();
  await rm(OUT, { recursive: true, force: true });
});

afterEach(async () => {
  if (!page.tab.isClosed()) await page.close();
});

const bytesOf = (path: string): Uint8Array => readFileSync(join(ROOT, path));
const example = (name: string) => ({ name: `${name}.json`, bytes: bytesOf(`examples/${name}.json`) });
const fixture = (name: string) => ({ name, bytes: bytesOf(`tests/formats/fixtures/${name}`) });
const json = (name: string, value: unknown) => ({ name, bytes: Buffer.from(JSON.stringify(value)) });

/** What the command line says of files. */
async function cliResults(files: readonly { name: string; bytes: Uint8Array }[], ...options: string[]) {
  const folder = await folderWith(Object.fromEntries(files.map(({ name, bytes }) => [name, bytes])));
  const paths = files.map(({ name }) => join(folder, name));
  const { stdout } = await cli(["solve", ...paths, "--format", "ndjson", "--quiet", ...options]);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** A network whose search goes on for hours: many units in many dimensions. */
function endless(): unknown {
  const random = new Random(5);
  const draw = (): number => random.normal();
  const [R, N] = [7, 300];
  return {
    name: "endless",
    kind: "clippedShPLRNN",
    A: random.vector(R, () => 0.9),
    W1: random.matrix(R, N, () => draw() / 4),
    W2: random.matrix(N, R, draw),
    h1: random.vector(R, draw),
    h2: random.vector(N, draw),
  };
}

describe("the explorer page", () => {
  it("shows an example at once, and says that a software adapter is one", async () => {
    page = await ExplorerPage.open(browser, url);
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

  it("gives the bytes of the command line for dropped files of every format", async () => {
    page = await ExplorerPage.open(browser, url);
    await page.verdict(/Complete/);
    const files = [
      example("decision-81"),
      fixture("numpy-f8.npz"),
      fixture("safetensors-f64.safetensors"),
      fixture("torch-state-dict.pt"),
      fixture("h5py.h5"),
      fixture("matlab.mat"),
      {
        name: "two.ndjson",
        bytes: Buffer.from(
          ["decision-3", "ctln"]
            .map((name) => JSON.stringify(JSON.parse(Buffer.from(example(name).bytes).toString())))
            .join("\n"),
        ),
      },
    ];
    await page.drop(files);
    await page.waitFor("#batch-summary", /^8 of 8 models solved/);
    await page.tab.select("#scope", "all");
    const mine = (await page.savedJson()) as { fixedPoints: unknown; continua: unknown }[];
    const theirs = await cliResults(files);
    expect(mine.map(({ fixedPoints, continua }) => ({ fixedPoints, continua }))).toEqual(
      theirs.map(({ fixedPoints, continua }) => ({ fixedPoints, continua })),
    );
    expect(mine.length).toBe(8);
    const csv = Buffer.from(await page.save("csv")).toString();
    expect(csv.trim().split("\n")).toHaveLength(
      1 + mine.reduce((n, { fixedPoints }) => n + (fixedPoints as []).length, 0),
    );
    expect([...(await page.save("npz")).subarray(0, 2)]).toEqual([0x50, 0x4b]);
    expect(Buffer.from(await page.save("svg")).toString()).toMatch(/^<svg xmlns=.*<\/svg>\n$/s);
    expect(page.problems).toEqual([]);
  });

  it("takes the .npy files of a model together", async () => {
    page = await ExplorerPage.open(browser, url);
    await page.verdict(/Complete/);
    const npy = (shape: string, numbers: number[]): Uint8Array => {
      const dict = `{'descr': '<f8', 'fortran_order': False, 'shape': ${shape}, }`;
      const header = Buffer.from(`${dict.padEnd(117)}\n`);
      const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
      return Buffer.concat([start, header, Buffer.from(Float64Array.from(numbers).buffer)]);
    };
    await page.drop([
      { name: "A.npy", bytes: npy("(1,)", [0]) },
      { name: "U.npy", bytes: npy("(2, 1)", [1, 1]) },
      { name: "V.npy", bytes: npy("(2, 1)", [2, -2]) },
      { name: "hx.npy", bytes: npy("(2,)", [-0.5, 0.5]) },
      { name: "hz.npy", bytes: npy("(1,)", [1]) },
    ]);
    await page.verdict(/^3 fixed points\. Complete/);
    expect((await page.rows("#points")).map((cells) => cells.at(-1))).toEqual(["−1", "0", "1"]);
    expect(page.problems).toEqual([]);
  });

  it("says what is wrong with a bad file, beside no verdict of another model", async () => {
    page = await ExplorerPage.open(browser, url);
    await page.verdict(/^4 fixed points/);
    await page.drop([{ name: "broken.json", bytes: Buffer.from('{"A": [1, 2') }]);
    await page.waitFor("#messages", /broken\.json: is not valid JSON/);
    await page.drop([json("nothing.json", { A: [1], B: 2 }), fixture("torch-evil.pt"), fixture("plain.pkl")]);
    await page.waitFor("#result", /plain\.pkl/);
    const messages = await page.text("#messages");
    expect(await page.text("#forms")).toMatch(/nothing.*holds no arrays named as a model's/);
    expect(messages).toMatch(/torch-evil\.pt/);
    expect(messages).not.toMatch(/--\w/);
    expect(await page.text("#verdict")).toBe("Nothing could be read.");
    expect(await page.rows("#points")).toEqual([]);
    // one that is good among bad ones is solved
    await page.drop([json("bad.json", { A: [1], U: [[1]], V: [[1, 2]], hx: [0], hz: [0] }), example("decision-3")]);
    await page.verdict(/^3 fixed points/);
    expect(await page.text("#forms")).toMatch(/V is 1×2/);
    await page.waitFor("#batch-table", /complete/);
    expect((await page.rows("#batch-table")).map((cells) => cells.at(-1))).toEqual(["failed", "complete"]);
    // an option that is none, too
    await page.tab.click("#names summary");
    await page.tab.type("#map", "W1");
    await page.drop([example("decision-3")]);
    await page.waitFor("#messages", /W1 is not of the form KEY=VALUE/);
    expect(page.problems).toEqual([]);
  });

  it("stops a run in the middle, keeps its points and works on", async () => {
    page = await ExplorerPage.open(browser, url);
    await page.verdict(/Complete/);
    await page.drop([json("endless.json", endless())]);
    await page.tab.waitForFunction('!document.querySelector("#running").hidden');
    await page.waitFor("#progress", /boxes/);
    const taken = (await page.tab.evaluate(`new Promise((resolve) => {
      const started = performance.now();
      const verdict = document.querySelector("#verdict");
      const look = () => {
        if (/Incomplete|Cancelled/.test(verdict.textContent)) resolve(performance.now() - started);
        else requestAnimationFrame(look);
      };
      document.querySelector("#cancel").click();
      look();
    })`)) as number;
    console.info(`explorer: cancelled within ${Math.round(taken)} ms: ${await page.text("#verdict")}`);
    expect(await page.text("#verdict")).toMatch(/cancelled|Cancelled/);
    expect(await page.tab.$eval("#cancel", (button) => (button as HTMLButtonElement).disabled)).toBe(true);
    // a cancelled run leaves no earlier answer to be taken for its own
    await page.drop([example("decision-81")]);
    await page.verdict(/^81 fixed points\. Complete/);
    await page.tab.evaluate('document.querySelector("#solve").click(); document.querySelector("#cancel").click()');
    await page.tab.waitForFunction('document.querySelector("#cancel").disabled');
    // but one to the same question comes back
    expect(await page.text("#verdict")).toMatch(/^81 fixed points\. Complete/);
    expect(await page.rows("#points")).toHaveLength(50);
    await page.tab.click("#solve");
    await page.verdict(/^81 fixed points\. Complete/);
    expect(page.problems).toEqual([]);
  });

  it("ends a worker that does not hear, and shows what it had found", async () => {
    page = await ExplorerPage.open(browser, url);
    await page.verdict(/Complete/);
    // a message that never comes is like a worker that is too busy to hear it
    await page.tab.evaluate(`{
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (message) {
        if (message.name !== "cancel") post.call(this, message);
      };
    }`);
    await page.drop([json("endless.json", endless())]);
    // how many it has by then is a matter of its speed
    await page.waitFor("#verdict", /^\d+ fixed points? so far/);
    await page.tab.click("#cancel");
    const verdict = await page.verdict(/^[1-9]\d* fixed points?\. Incomplete, there may be more: cancelled\./);
    expect(await page.rows("#points")).toHaveLength(Math.min(50, Number.parseInt(verdict, 10)));
    expect(((await page.savedJson()) as { complete: boolean }).complete).toBe(false);
    await page.drop([example("decision-81")]);
    await page.verdict(/^81 fixed points\. Complete/);
    expect(page.problems).toEqual([]);
  });

  it("follows its input live, and names it on the command line", async () => {
    page = await ExplorerPage.open(browser, url);
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
    page = await ExplorerPage.open(browser, url);
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

  it("is used with the keyboard alone", async () => {
    page = await ExplorerPage.open(browser, url);
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
    page = await ExplorerPage.open(browser, url, width);
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
    await page.tab.screenshot({ path: `${OUT}/shot-${width}-${scheme}.png`, fullPage: true });
    // the checker would find something
    await page.tab.evaluate('document.querySelector("#solve").after(document.createElement("button"))');
    expect((await findings()).join()).toMatch(/button-name/);
    expect(page.problems).toEqual([]);
  });

  it("shows the answer beside the picture, and all columns and letters to be read on a phone too", async () => {
    page = await ExplorerPage.open(browser, url, 1280, 800);
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

  it("lets the reader say which array is which, and remembers it", async () => {
    page = await ExplorerPage.open(browser, url);
    await page.verdict(/Complete/);
    const { A, U, V, hx, hz } = JSON.parse(Buffer.from(example("decision-3").bytes).toString());
    const turned = (rows: number[][]): number[][] => rows[0]!.map((_, k) => rows.map((row) => row[k]!));
    const odd = { leak: A, enc: U, dec: turned(V), knots: hx, shift: hz };
    await page.drop([json("odd.json", odd)]);
    await page.waitFor("#forms", /Say which array is which/);
    expect(await page.text("#verdict")).toBe("Nothing could be read.");
    const forms = await page.tab.$$eval(".array-form [data-key=kind] option", (all) =>
      all.map((option) => [option.textContent ?? "", (option as HTMLOptionElement).value]),
    );
    await page.tab.select("[data-key=kind]", forms.find(([label]) => label!.includes("Vᵀ relu(U z"))![1]!);
    const choices = { A: "leak", U: "enc", V: "dec^T", hx: "enc", hz: "shift" };
    for (const [key, source] of Object.entries(choices)) await page.tab.select(`[data-key=${key}]`, source);
    await page.waitFor(".array-form", /enc is chosen for U and for hx/);
    await page.tab.select("[data-key=hx]", "knots");
    await page.waitFor(".array-form", /These arrays fit together/);
    await page.tab.click(".array-form .primary");
    await page.verdict(/^3 fixed points\. Complete/);
    // the next one is read without a question
    await page.drop([json("another.json", { ...odd, shift: [0.001] })]);
    await page.waitFor("#headline", /another/);
    await page.verdict(/Complete/);
    expect(await page.text("#forms")).toBe("");
    expect(page.problems).toEqual([]);
  });

  it("finds cycles, makes and checks a proof, and shares all by a link", async () => {
    page = await ExplorerPage.open(browser, url);
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
    page = await ExplorerPage.open(browser, address);
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
    await page.tab.goto(`${url}#model=broken`);
    await page.waitFor("#messages", /the link: is damaged/);
    expect(page.problems).toEqual([]);
  });

  it("draws the branches of cycles up to the period of the slider", async () => {
    page = await ExplorerPage.open(browser, url);
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
    page = await ExplorerPage.open(browser, url);
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

  it("goes on after its workers have died, and says so", async () => {
    page = await ExplorerPage.open(browser, url);
    await page.verdict(/Complete/);
    await page.drop([json("endless.json", endless())]);
    await page.waitFor("#progress", /boxes/);
    // as a browser ends a worker that takes too much memory: nobody is told
    await Promise.all(page.tab.workers().map((worker) => worker.evaluate("self.close()")));
    await page.waitFor("#messages", /The worker died/);
    await page.drop([example("decision-81")]);
    await page.verdict(/^81 fixed points\. Complete/);
    await page.waitFor("#picture", /principal component 1/);
    expect(page.problems).toEqual([]);
  });

  it("says of each file that is made to hurt what is wrong, and solves the next model", async () => {
    page = await ExplorerPage.open(browser, url);
    await page.verdict(/Complete/);
    const worst = KINDS.filter(({ file }) => /^(ways.h5|chunks.h5|many.npz|view.pt|struct.mat|deep.json)$/.test(file));
    expect(worst).toHaveLength(6);
    for (const { file, make, says } of worst) {
      await page.drop([{ name: file, bytes: Buffer.from((await make()) as string) }]);
      await page.waitFor("#messages", says);
      await page.verdict(/^Nothing could be read/);
    }
    await page.drop([example("decision-3")]);
    await page.verdict(/^3 fixed points\. Complete/);
    expect(page.problems).toEqual([]);
  });

  it("works without a network once loaded, HDF5 files included", async () => {
    page = await ExplorerPage.open(browser, url);
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
    page = await ExplorerPage.open(browser, url);
    await page.verdict(/Complete/);
    // else "no violations" would say nothing
    await page.tab.evaluate('document.body.setAttribute("style", "color: red")');
    await page.tab.waitForFunction('getComputedStyle(document.body).color !== "rgb(255, 0, 0)"');
    expect(page.problems.join()).toMatch(/style-src/);
  });

  it("computes on the CPU where there is no WebGPU, and says so", async () => {
    const without = await launch(false);
    try {
      page = await ExplorerPage.open(without, url);
      await page.waitFor("#adapter", /^CPU only/);
      await page.verdict(/^4 fixed points\. Complete/);
      expect(await page.text("#facts")).toMatch(/on the CPU/);
      expect(await page.tab.$eval("#backend-webgpu", (option) => (option as HTMLOptionElement).disabled)).toBe(true);
      expect(page.problems).toEqual([]);
    } finally {
      await page.close();
      await without.close();
    }
  });

  it("computes on worker threads when asked to", async () => {
    page = await ExplorerPage.open(browser, url);
    await page.verdict(/Complete/);
    await page.tab.$eval("#threads", (field) => {
      (field as HTMLInputElement).value = "2";
    });
    await page.tab.type("#seconds", "2");
    await page.drop([json("endless.json", endless())]);
    await page.verdict(/the time budget ended/);
    const { provenance } = (await page.savedJson()) as { provenance: unknown };
    expect(provenance).toMatchObject({ options: { threads: 2, maxSeconds: 2 } });
    expect(await page.text("#messages")).toBe("");
    expect(page.problems).toEqual([]);
  });

  it("computes on WebGPU when asked to", async () => {
    page = await ExplorerPage.open(browser, url);
    await page.verdict(/Complete/);
    await page.tab.select("#backend", "webgpu");
    await page.tab.click("#solve");
    await page.waitFor("#facts", /WebGPU \(.*swiftshader/i);
    await page.verdict(/^4 fixed points\. Complete/);
    expect(page.problems).toEqual([]);
  });
});

if (!existsSync(SHARED)) console.warn("explorer: REAL MODELS SKIPPED: no ../shared/models");

describe.skipIf(!existsSync(SHARED))("the explorer page with real models (../shared/models)", () => {
  const real = (name: string) => ({ name, bytes: readFileSync(join(SHARED, name)) });

  it("shows all 17 points of smc_teacher_reach_rnn_128", async () => {
    page = await ExplorerPage.open(browser, url);
    await page.verdict(/Complete/);
    await page.drop([real("smc_teacher_reach_rnn_128.json")]);
    await page.waitFor("#headline", /reach/);
    await page.verdict(/^17 fixed points\. Complete/);
    expect(await page.rows("#points")).toHaveLength(17);
    expect(page.problems).toEqual([]);
  });

  it("searches smc_eeg_rank3_01 with the page's thread free", { timeout: 5 * MINUTES }, async () => {
    page = await ExplorerPage.open(browser, url);
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
    page = await ExplorerPage.open(browser, url);
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
