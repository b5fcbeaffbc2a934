import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { useCli, workplace } from "./run.ts";

const TWO = { A: [0.5], U: [[1]], V: [[1]], hx: [1], hz: [-0.1] };
const cli = useCli();
const untimed = (text: string): string => text.replace(/[\d.]+ s →/, "T s →");

describe("the summary of a command", () => {
  it("says what a batch came to where the data went to a file, and nothing with --quiet or in a pipe", async () => {
    const at = await workplace({ "two.ndjson": `${JSON.stringify(TWO)}\n`.repeat(2), "one.json": JSON.stringify(TWO) });
    const run = (...args: string[]) => cli(["solve", ...args]);
    const { stderr } = await run(at("two.ndjson"), "-o", at("run.csv"));
    expect(untimed(stderr)).toBe(`2 models, 2 complete, 4 fixed points, T s → ${at("run.csv")}\n`);
    expect((await run(at("one.json"), "-o", at("one.csv"))).stderr).toMatch(/^1 model, 1 complete, 2 fixed points, /);
    expect((await run(at("two.ndjson"), "-o", at("quiet.csv"), "--quiet")).stderr).toBe("");
    expect((await run(at("two.ndjson"))).stderr).toBe("");
    expect((await run(at("two.ndjson"), "--format", "ndjson")).stderr).toBe("");
  });

  it("counts what an earlier run had solved, and what failed", async () => {
    const at = await workplace({ "two.ndjson": `${JSON.stringify(TWO)}\n{"A": 1}\n` });
    const run = () => cli(["solve", at("two.ndjson"), "-o", at("run.ndjson"), "--resume"]);
    expect((await run()).stderr).toMatch(/^2 models, 1 complete, 1 failed, 2 fixed points, [\d.]+ s → /m);
    expect((await run()).stderr).toMatch(/^2 models, 1 complete, 1 failed, 1 solved before, 2 fixed points, /m);
  });

  it("comes from merge, count, plot and sweeps too", async () => {
    const at = await workplace({ "two.ndjson": `${JSON.stringify({ ...TWO, C: [[1]] })}\n`.repeat(2) });
    for (const part of ["1/2", "2/2"])
      await cli(["solve", at("two.ndjson"), "--shard", part, "-o", at(`${part[0]}.ndjson`)]);
    const said = async (...args: string[]) =>
      (await cli(args)).stderr.replace(/ → .*\n/, "").replace(/, [\d.]+ s$/, "");
    expect(await said("merge", at("1.ndjson"), at("2.ndjson"), "-o", at("all.json"))).toBe(
      "2 shards: 2 models, 2 complete, 4 fixed points",
    );
    expect(await said("count", at("two.ndjson"), "-o", at("count.json"))).toBe("2 models counted");
    expect(await said("merge", at("1.ndjson"), at("2.ndjson"), "-o", at("quiet.json"), "--quiet")).toBe("");
    expect(await said("count", at("two.ndjson"), "-o", at("count.json"), "--quiet")).toBe("");
    expect(await said("plot", at("two.ndjson"), "-o", at("folder"))).toBe("2 pictures");
    expect(await said("solve", at("two.ndjson"), "--sweep", "s0=-1:1:3", "-o", at("sweep.json"))).toMatch(
      /^2 sweeps, 2 complete, \d+ branches$/,
    );
  });

  it("is coloured where that is asked for, and never with NO_COLOR", async () => {
    const at = await workplace({ "one.json": JSON.stringify(TWO) });
    const run = async (env: Record<string, string>) =>
      (await cli(["solve", at("one.json"), "-o", at("x.csv")], { env })).stderr.includes("\u001b[");
    expect([await run({ FORCE_COLOR: "1" }), await run({ FORCE_COLOR: "0" }), await run({})]).toEqual([
      true,
      false,
      false,
    ]);
    expect(await run({ FORCE_COLOR: "1", NO_COLOR: "1" })).toBe(false);
  });
});

describe("what comes from a file", () => {
  const EVIL = "a\u001b]0;x\u0007\u009b31m\u202eb";
  const SHOWN = "a\\x1b]0;x\\x07\\x9b31m\\u202eb";
  const OBEYED = /[\p{Cc}\p{Cf}]/u;

  it("is shown escaped: names of models, of files, of arrays and of keys", async () => {
    const at = await workplace({
      "model.json": JSON.stringify({ ...TWO, name: EVIL, [EVIL]: 1 }),
      "bad.json": JSON.stringify({ ...TWO, kind: EVIL }),
      "none.json": JSON.stringify({ [EVIL]: [1] }),
      [`${EVIL}.json`]: "{",
    });
    for (const args of [
      ["solve", at("model.json"), "--verbose"],
      ["solve", at("bad.json")],
      ["solve", at("none.json"), "--layout", "AL-RNN"],
      ["solve", at(`${EVIL}.json`)],
      ["count", at("model.json")],
    ]) {
      const { stdout, stderr } = await cli(args);
      expect((stdout + stderr).replaceAll("\n", "")).not.toMatch(OBEYED);
      if (args[1] !== at("bad.json")) expect(stdout + stderr).toContain(SHOWN);
    }
  });

  it("is data as it is in files and pipes", async () => {
    const at = await workplace({ "model.json": JSON.stringify({ ...TWO, name: EVIL }) });
    const { stdout } = await cli(["solve", at("model.json"), "--format", "json"]);
    expect(JSON.parse(stdout).model.name).toBe(EVIL);
    await cli(["solve", at("model.json"), "-o", at("x.json")]);
    expect(JSON.parse(await readFile(at("x.json"), "utf8")).model.name).toBe(EVIL);
  });
});
