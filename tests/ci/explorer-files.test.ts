import { describe, expect, it } from "vitest";
import { KINDS } from "../hostile/kinds.ts";
import { useExplorer } from "./explorer-host.ts";
import { example, fixture, json, useCliResults } from "./explorer-models.ts";

const cliResults = useCliResults();
const explorer = useExplorer();

describe("the explorer page", () => {
  it("gives the bytes of the command line for dropped files of every format", async () => {
    const page = await explorer.open();
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
    const page = await explorer.open();
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
    const page = await explorer.open();
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

  it("says of each file that is made to hurt what is wrong, and solves the next model", async () => {
    const page = await explorer.open();
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

  it("lets the reader say which array is which, and remembers it", async () => {
    const page = await explorer.open();
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
});
