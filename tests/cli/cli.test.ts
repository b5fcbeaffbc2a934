import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseModel } from "../../src/model/parse.ts";
import { ARRAYS, MODEL, makeNpz, text } from "../formats/make-npz.ts";
import { folderWith, useCli, workplace } from "./run.ts";

/** z' = z/2 + relu(z − 1) + 0.1: fixed points 0.2 (stable) and 1.8 (unstable). */
const TWO = { A: [0.5], U: [[1]], V: [[1]], hx: [1], hz: [-0.1] };
const ONE = { A: [0.5], U: [[1]], V: [[0]], hx: [1], hz: [-1] };
const BAD = { ...TWO, hx: ["1"] };

/** More regions than anyone waits for: N = 400, R = 3. */
function large(): string {
  const wave = (n: number) => Math.sin(n * n * 0.7 + n);
  const rows = (k: number) => Array.from({ length: 400 }, (_, i) => [1, 2, 3].map((c) => wave(7 * i + 3 * c + k)));
  const hx = Array.from({ length: 400 }, (_, i) => wave(11 * i + 5));
  return JSON.stringify({
    A: [0.5, 0.4, 0.3],
    U: rows(0),
    V: rows(1),
    hx,
    hz: [0, 0, 0],
    source: "made for this test",
  });
}

const cli = useCli();

describe("solve", () => {
  it("prints a table without colours off a terminal", async () => {
    const folder = await folderWith({ "two.json": JSON.stringify(TWO) });
    const { code, stdout, stderr } = await cli(["solve", "two.json"], { cwd: folder });
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).not.toContain("\u001b");
    expect(stdout.replace(/[\d.]+ s\)/, "T s)")).toMatchInlineSnapshot(`
      "two  shPLRNN, R = 1, 1 unit

        #       z0  stability  directions  max |λ|  active
        0  0.20000  stable     1s          0.50000       0
        1  1.80000  unstable   1u          1.50000       1

      2 fixed points. Complete: proved that there are no others. (regions on cpu, 2 regions, T s)
      "
    `);
  });

  it("json: one object for one model, an array for several", async () => {
    const folder = await folderWith({ "two.json": JSON.stringify(TWO), "both.json": JSON.stringify([TWO, ONE]) });
    const one = JSON.parse((await cli(["solve", "two.json", "--format", "json"], { cwd: folder })).stdout);
    expect(one).toMatchObject({
      schema: "stillpoint/result@1",
      model: { name: "two", kind: "shPLRNN", latentDim: 1, units: 1, hyperplanes: 1, rank: 1 },
      fixedPoints: [
        { z: [0.2], active: [], ties: [] },
        { z: [1.8], active: [0] },
      ],
      continua: [],
      complete: true,
      backend: "cpu",
    });
    const both = JSON.parse((await cli(["solve", "both.json", "--format", "json"], { cwd: folder })).stdout);
    expect(both.map((r: { model: { name: string } }) => r.model.name)).toEqual(["both[0]", "both[1]"]);
  });

  it("ndjson: one line for each model, in input order, failures in their place", async () => {
    const lines = [TWO, BAD, ONE].map((model, i) => JSON.stringify({ ...model, name: `m${i}` }));
    lines.splice(1, 0, '{"A": ');
    const { code, stdout, stderr } = await cli(["solve", "-", "--format", "ndjson"], { stdin: lines.join("\n") });
    const values = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(values.map((value) => value.schema)).toEqual([
      "stillpoint/result@1",
      "stillpoint/error@1",
      "stillpoint/error@1",
      "stillpoint/result@1",
    ]);
    expect(values[2].error).toMatchObject({ code: "INVALID_MODEL" });
    expect(values[2].error.message).toContain("hx[0]: must be a number");
    expect(stderr.trim().split("\n")).toHaveLength(2);
    expect(code).toBe(1);
  });

  it("csv: one row for each fixed point", async () => {
    const folder = await folderWith({ "a,b.json": JSON.stringify([TWO, ONE]) });
    const { stdout, code } = await cli(["solve", "a,b.json", "--format", "csv"], { cwd: folder });
    expect(code).toBe(0);
    const rows = stdout.trim().split("\n");
    expect(rows[0]).toBe(
      "model,index,status,stability,spectral,stable,neutral,unstable,margin,because,active,ties,complete,z0",
    );
    expect(rows).toHaveLength(4);
    expect(rows[1]).toMatch(/^"a,b\[0\]",0,certified,stable,0\.5,1,0,0,,,0,,true,0\.2$/);
    expect(rows[3]).toMatch(/^"a,b\[1\]",0,certified,stable,0\.5,1,0,0,,,1,,true,2$/);
  });

  it("-o writes a file, in the format that its name says", async () => {
    const folder = await folderWith({ "two.json": JSON.stringify(TWO) });
    const { code, stdout } = await cli(["solve", "two.json", "-o", "out.ndjson"], { cwd: folder });
    expect([code, stdout]).toEqual([0, ""]);
    expect(JSON.parse(await readFile(join(folder, "out.ndjson"), "utf8")).fixedPoints).toHaveLength(2);
    const bad = await cli(["solve", "two.json", "-o", "no/such/folder/out.json"], { cwd: folder });
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(/no\/such\/folder\/out\.json: can't be written/);
  });

  it("-o never writes over a model", async () => {
    const text = JSON.stringify(TWO);
    const folder = await folderWith({ "two.json": text });
    const { code, stderr } = await cli(["solve", ".", "-o", "./two.json"], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(/--output: is one of the files to be read/);
    expect(await readFile(join(folder, "two.json"), "utf8")).toBe(text);
  });

  it("reads .npz and JSON of one model alike", async () => {
    const folder = await folderWith({ "m.npz": makeNpz(ARRAYS), "m.json": JSON.stringify(MODEL) });
    const { stdout } = await cli(["solve", "m.npz", "m.json", "--format", "ndjson"], { cwd: folder });
    const [npz, json] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(npz.model).toEqual(json.model);
    expect(npz.fixedPoints).toEqual(json.fixedPoints);
  });

  it("takes files, folders and globs, in natural order", async () => {
    const folder = await folderWith({
      "epoch_10.json": JSON.stringify(TWO),
      "epoch_9.json": JSON.stringify(TWO),
      "notes.txt": "not a model",
    });
    await symlink(join(folder, "epoch_9.json"), join(folder, "epoch_100.json"));
    const names = async (pattern: string) =>
      (await cli(["solve", pattern, "--format", "ndjson"], { cwd: folder })).stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).model.name);
    expect(await names(".")).toEqual(["epoch_9", "epoch_10", "epoch_100"]);
    expect(await names("epoch_1*.json")).toEqual(["epoch_10", "epoch_100"]);
  });

  it("takes the .npy files of a folder as one model, however they are named", async () => {
    const arrays = Object.fromEntries(Object.entries(ARRAYS).map(([key, npy]) => [`${key}.npy`, npy]));
    const folder = await folderWith({ ...arrays, "kind.npy": text("shPLRNN") });
    const solved = async (...args: string[]) => {
      const { code, stdout, stderr } = await cli(["solve", ...args, "--format", "ndjson"], { cwd: folder });
      expect([code, stderr]).toEqual([0, ""]);
      return stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    };
    const { sha256 } = await parseModel(MODEL);
    for (const args of [["."], ["*.npy"], Object.keys(arrays), ["./A.npy", "."]]) {
      expect(await solved(...args)).toMatchObject([{ model: { name: basename(folder), sha256 } }]);
    }
    // a folder each is a batch
    await mkdir(join(folder, "epoch_10"));
    await mkdir(join(folder, "epoch_9"));
    for (const [file, npy] of Object.entries(arrays)) {
      for (const epoch of ["epoch_9", "epoch_10"]) await writeFile(join(folder, epoch, file), npy);
    }
    expect((await solved("epoch_*/*.npy")).map(({ model }) => model.name)).toEqual(["epoch_9", "epoch_10"]);
    const one = await cli(["solve", "hx.npy"], { cwd: folder });
    expect([one.code, one.stderr]).toEqual([
      1,
      expect.stringMatching(/holds no arrays named as a model's: it holds hx/),
    ]);
    const over = await cli(["solve", ".", "-o", "A.npy", "--format", "json"], { cwd: folder });
    expect([over.code, over.stderr]).toEqual([2, expect.stringMatching(/is one of the files to be read/)]);
    // beside model files, arrays are something else
    await writeFile(join(folder, "two.json"), JSON.stringify(TWO));
    expect((await solved(".")).map(({ model }) => model.name)).toEqual(["two"]);
  });

  it("sets components of the input", async () => {
    const model = JSON.stringify({ ...ONE, C: [[1]], s: [0] });
    const z = async (args: string[]) =>
      JSON.parse((await cli(["solve", "-", "--format", "json", ...args], { stdin: model })).stdout).fixedPoints[0].z[0];
    expect(await z([])).toBe(2);
    expect(await z(["--input", "s0=1.5"])).toBe(5);
    const none = await cli(["solve", "-", "--input", "s0=1"], { stdin: JSON.stringify(ONE) });
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/takes no input/);
  });

  it("--verbose names what it ignored, --quiet says nothing but errors", async () => {
    const model = JSON.stringify({ ...ONE, source: "x" });
    const verbose = await cli(["solve", "-", "--verbose"], { stdin: model });
    expect(verbose.stderr).toMatch(/ignored keys: source/);
    expect(verbose.stderr).toMatch(/sha256 [0-9a-f]{64}/);
    expect((await cli(["solve", "-", "--quiet"], { stdin: model })).stderr).toBe("");
  });

  it("--virtual lists the candidates outside their own region", async () => {
    const model = JSON.stringify({ A: [0.5], U: [[1]], V: [[0.25]], hx: [1], hz: [0] });
    const { stdout } = await cli(["solve", "-", "--virtual", "--format", "json"], { stdin: model });
    expect(JSON.parse(stdout).virtualFixedPoints).toMatchObject([{ z: [-1], region: [0] }]);
    expect((await cli(["solve", "-", "--virtual"], { stdin: model })).stdout).toMatch(/1 virtual fixed point/);
  });

  it("a budget that ends gives 3 and says what was not covered", async () => {
    const { code, stdout } = await cli(["solve", "-", "--max-regions", "1000"], { stdin: large() });
    expect(code).toBe(3);
    expect(stdout).toMatch(/INCOMPLETE, there may be more: the budget of 1,000 regions ended/);
  });

  it("Ctrl-C is heard within a file of many models that take no time each", async () => {
    const model = JSON.stringify({ A: [0], U: [[1]], V: [[2]], hx: [0.5], hz: [1], source: "x" });
    const at = await workplace({ "many.ndjson": `${model}\n`.repeat(30_000) });
    const { code, stderr } = await cli(["solve", at("many.ndjson"), "--verbose", "-o", at("out.ndjson")], {
      signal: { name: "SIGINT", after: "ignored keys: source" },
    });
    expect(code).toBe(3);
    expect(stderr).toMatch(/cancelled: the rest of .*many\.ndjson was not read/);
    const lines = (await readFile(at("out.ndjson"), "utf8")).trim().split("\n");
    expect(lines.length).toBeLessThan(30_000);
    const cut = lines.map((line) => JSON.parse(line)).filter(({ complete }) => !complete);
    // a model may have been under way
    expect(cut.length).toBeLessThanOrEqual(1);
    for (const result of cut) expect(result.incompleteBecause).toMatch(/^cancelled/);
  });

  it("Ctrl-C ends with what was found so far, and says what was not begun", async () => {
    const folder = await folderWith({ "1.json": large(), "2.json": JSON.stringify(ONE) });
    const { code, stdout, stderr } = await cli(["solve", ".", "--verbose", "--method", "regions"], {
      cwd: folder,
      signal: { name: "SIGINT", after: "ignored keys: source" },
    });
    expect(code).toBe(3);
    expect(stdout).toMatch(/INCOMPLETE, there may be more: cancelled/);
    expect(stderr).toMatch(/1 of 2 files was not begun/);
  });

  it("a reader that closes the pipe ends it quietly", async () => {
    const many = Array.from({ length: 400 }, () => JSON.stringify(TWO)).join("\n");
    const whole = await cli(["solve", "-", "--format", "ndjson"], { stdin: many });
    expect(whole.stdout.trim().split("\n")).toHaveLength(400);
    const { code, stdout, stderr } = await cli(["solve", "-", "--format", "ndjson"], {
      stdin: many,
      closeStdout: true,
    });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.length).toBeLessThan(whole.stdout.length);
  });
});

describe("exit codes", () => {
  it("1 for files that can't be read, whatever they hold, and the rest is solved", async () => {
    const folder = await folderWith({
      "a.json": JSON.stringify(TWO),
      "empty.json": "",
      "broken.npz": makeNpz(ARRAYS).subarray(0, 300),
      "nan.json": '{"A": [NaN]}',
    });
    const run = await cli(["solve", "missing.json", ".", "no*thing"], { cwd: folder });
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/2 fixed points/);
    expect(run.stderr).toMatch(/missing\.json: does not exist/);
    expect(run.stderr).toMatch(/empty\.json: is empty/);
    expect(run.stderr).toMatch(/broken\.npz: is a truncated zip archive/);
    expect(run.stderr).toMatch(/nan\.json: contains NaN/);
    expect(run.stderr).toMatch(/no\*thing: matches no file/);
    expect(run.stderr).not.toMatch(/at .*\.m?[jt]s:\d/);
  });

  it("2 for wrong usage, with the complaint on stderr", async () => {
    const { code, stdout, stderr } = await cli(["solve", "x.json", "--no-such-option"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/unknown option '--no-such-option'/);
  });

  it("0 for help that was asked for, on stdout", async () => {
    const { code, stdout, stderr } = await cli(["solve", "--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/--max-seconds/);
  });
});

describe("count", () => {
  it("gives exact counts, however large", async () => {
    const unit = (i: number) => [Math.cos(i), Math.sin(i), Math.cos(2 * i + 1)];
    const N = 200;
    const rows = Array.from({ length: N }, (_, i) => unit(i));
    const model = { A: [0.5, 0.5, 0.5], U: rows, V: rows, hx: rows.map((_, i) => i + 0.5), hz: [0, 0, 0] };
    const { code, stdout } = await cli(["count", "-", "--format", "json"], { stdin: JSON.stringify(model) });
    expect(code).toBe(0);
    // 1 + 200 + C(200, 2) + C(200, 3)
    expect(JSON.parse(stdout)).toMatchObject({ model: { rank: 3 }, regions: `${1 + 200 + 19_900 + 1_313_400}` });
    expect((await cli(["count", "-"], { stdin: JSON.stringify(model) })).stdout).toMatch(
      /regions, at most\s+1,333,501/,
    );
  });

  it("reports bad files and goes on", async () => {
    const folder = await folderWith({ "a.json": JSON.stringify(TWO), "b.json": JSON.stringify(BAD) });
    const { code, stdout, stderr } = await cli(["count", "b.json", "a.json", "c.json"], { cwd: folder });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^a\n/);
    expect(stderr).toMatch(/b\.json: hx\[0\]/);
    expect(stderr).toMatch(/c\.json: does not exist/);
  });
});
