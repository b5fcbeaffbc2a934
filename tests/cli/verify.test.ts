import { describe, expect, it } from "vitest";
import { findFixedPoints } from "../../src/index.ts";
import { folderWith, useCli } from "./run.ts";

/** z' = z/2 + relu(z − 1) + 0.1: fixed points 0.2 (stable) and 1.8 (unstable). */
const TWO = { A: [0.5], U: [[1]], V: [[1]], hx: [1], hz: [-0.1] };
const ONE = { A: [0.5], U: [[1]], V: [[0]], hx: [1], hz: [-1] };
const WITH_INPUT = { ...TWO, C: [[1]], s: [0] };

const cli = useCli();

describe("verify", () => {
  it("0 for what solve wrote, and says what it can't tell", async () => {
    const cwd = await folderWith({ "two.json": JSON.stringify(TWO) });
    expect((await cli(["solve", "two.json", "-o", "result.json"], { cwd })).code).toBe(0);
    const { code, stdout, stderr } = await cli(["verify", "two.json", "result.json"], { cwd });
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain("result.json: 2 fixed points checked exactly, all hold\n");
    expect(stdout).toContain("not checked: complete: that no fixed point, continuum or region is missing");
    expect(stdout).toMatch(/not checked: .*provenance\.date: how, when and with what/);
  });

  it("a model that can't be read is told, in whichever way it fails, and the others go on", async () => {
    // arrays of no kind are looked at when the model is made, an entry that is no number before, half a line at once
    const unread = ['{"A": [1], "W1": [[1]], "W2": [[1]], "h1": [0], "h2": [0]}', '{"A": ["x"]}', '{"A": [1'];
    const lines = [JSON.stringify(TWO), ...unread, JSON.stringify(ONE)];
    const cwd = await folderWith({ "many.ndjson": lines.map((line) => `${line}\n`).join("") });
    await cli(["solve", "many.ndjson", "-o", "results.ndjson"], { cwd });
    const { code, stdout, stderr } = await cli(["verify", "many.ndjson", "results.ndjson"], { cwd });
    expect(code).toBe(1);
    expect(stdout).toContain("5 results, 2 right in all that was checked, 3 refused: 3 fixed points checked exactly");
    expect(stdout.match(/is an error and no result/g)).toHaveLength(3);
    expect(stderr.match(/warning: /g)).toHaveLength(3);
    const plot = await cli(["plot", "many.ndjson", "-o", "pictures/"], { cwd });
    expect(plot.stderr).toContain("2 pictures, 3 failed");
    const none = await cli(["verify", "many.ndjson", "results.ndjson", "--set", "kind=TLN"], { cwd });
    expect(none.code).toBe(1);
    expect(none.stderr).toMatch(/^error: /);
  });

  it("1 for one digit changed, with the place", async () => {
    const text = JSON.stringify(await findFixedPoints(TWO));
    expect(text).toContain('"z":[1.8]');
    const cwd = await folderWith({
      "two.json": JSON.stringify(TWO),
      "result.json": text.replace('"z":[1.8]', '"z":[1.7]'),
    });
    const { code, stdout } = await cli(["verify", "two.json", "result.json"], { cwd });
    expect(code).toBe(1);
    expect(stdout).toContain("fixedPoints[1].z[0]: is 1.7, but the exact solution rounds to 1.8");
    expect(stdout).toContain("digest: does not fit");
    const json = await cli(["verify", "two.json", "result.json", "--format", "json"], { cwd });
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ result: "result.json", ok: false, checked: { fixedPoints: 2 } });
  });

  it("several results find their models by the digest; another model is refused", async () => {
    const results = [await findFixedPoints(TWO), await findFixedPoints(ONE)];
    const cwd = await folderWith({
      "turned.json": JSON.stringify([ONE, TWO]),
      "one.json": JSON.stringify(ONE),
      "results.ndjson": results.map((result) => `${JSON.stringify(result)}\n`).join(""),
    });
    const all = await cli(["verify", "turned.json", "results.ndjson"], { cwd });
    expect(all.code).toBe(0);
    expect(all.stdout.split("\n").filter((line) => !line.includes("not checked"))).toEqual([
      "result[0], model: 2 fixed points checked exactly, all hold",
      "result[1], model: 1 fixed point checked exactly, it holds",
      "2 results, 2 right in all that was checked, 0 refused: 3 fixed points checked exactly",
      "",
    ]);
    // each caveat once, however many results it is of
    expect(all.stdout.match(/that no fixed point, continuum or region is missing/g)).toHaveLength(1);
    const other = await cli(["verify", "one.json", "results.ndjson"], { cwd });
    expect(other.code).toBe(1);
    expect(other.stdout).toContain("model.sha256");
  });

  it("a budget of time that is too short is told, and no result of it is called right in all", async () => {
    const cwd = await folderWith({
      "two.json": JSON.stringify(TWO),
      "result.json": JSON.stringify(await findFixedPoints(TWO)),
    });
    const late = await cli(["verify", "two.json", "result.json", "--max-seconds", "1e-9"], { cwd });
    expect(late.code).toBe(3);
    expect(late.stdout).toContain("no fixed point was checked; nothing that was checked is wrong");
    expect(late.stdout).toContain("fixedPoints[0…1]");
    expect(late.stdout).toContain("the time budget ended");
    expect((await cli(["verify", "two.json", "result.json", "--max-seconds", "1000"], { cwd })).code).toBe(0);
  });

  it("the constant input is part of the model", async () => {
    const cwd = await folderWith({
      "model.json": JSON.stringify(WITH_INPUT),
      "result.json": JSON.stringify(await findFixedPoints(WITH_INPUT, { input: { s0: 0.25 } })),
    });
    expect((await cli(["verify", "model.json", "result.json", "--input", "s0=0.25"], { cwd })).code).toBe(0);
    expect((await cli(["verify", "model.json", "result.json"], { cwd })).code).toBe(1);
  });

  it("files that are no results", async () => {
    const cwd = await folderWith({ "two.json": JSON.stringify(TWO), "x.json": "{", "empty.json": "{}" });
    const broken = await cli(["verify", "two.json", "x.json"], { cwd });
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain("x.json");
    const empty = await cli(["verify", "two.json", "empty.json"], { cwd });
    expect(empty.code).toBe(1);
    expect(empty.stdout).toContain("is no result");
  });
});
