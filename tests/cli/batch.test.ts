import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith, useCli } from "./run.ts";

const model = (k: number) => ({ name: `m${k}`, A: [0.5], U: [[1]], V: [[1]], hx: [1 + k / 8], hz: [-0.1] });
const cli = useCli();

/** Records of an NDJSON file without what differs from run to run. */
async function records(file: string) {
  const text = await readFile(file, "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map(({ seconds: _, provenance: __, digest: ___, ...rest }) => rest);
}

describe("a batch that was interrupted", () => {
  it("goes on with --resume after its file was cut off anywhere, and ends as an undisturbed one", async () => {
    const files = Object.fromEntries([0, 1, 2, 3].map((k) => [`${k}.json`, JSON.stringify(model(k))]));
    const folder = await folderWith(files);
    const run = (file: string, ...more: string[]) =>
      cli(["solve", "0.json", "1.json", "2.json", "3.json", "-o", file, ...more], { cwd: folder });
    expect((await run("whole.ndjson")).code).toBe(0);
    const whole = await readFile(join(folder, "whole.ndjson"), "utf8");
    const lines = whole.split("\n");
    for (const kept of [0, 1, lines[0]!.length + 1, lines[0]!.length + 40, whole.length]) {
      await writeFile(join(folder, "cut.ndjson"), whole.slice(0, kept));
      const { code, stderr } = await run("cut.ndjson", "--resume");
      expect([code, stderr]).toEqual([0, expect.not.stringContaining("rror")]);
      expect(await records(join(folder, "cut.ndjson"))).toEqual(await records(join(folder, "whole.ndjson")));
    }
  });
});

describe("lines that are no models", () => {
  const BAD = "{}\n";

  it("are told in their places among the models", async () => {
    const lines = Array.from({ length: 7 }, (_, k) => `${JSON.stringify(model(k))}\n${BAD.repeat(40 * k)}`);
    const folder = await folderWith({ "all.ndjson": lines.join("") });
    for (const threads of ["1", "2"]) {
      const { code, stdout } = await cli(["solve", "all.ndjson", "--format", "ndjson", "--threads", threads], {
        cwd: folder,
      });
      expect(code).toBe(1);
      const names = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).model.name as string);
      const expected = lines.flatMap((_, k) => [`m${k}`, ...new Array<string>(40 * k).fill("all")]);
      expect(names.map((name) => name.replace(/\[\d+\]/, ""))).toEqual(expected);
    }
  });

  it("are told as they come, however many, and Ctrl-C is heard among them", async () => {
    const folder = await folderWith({ "all.ndjson": `${JSON.stringify(model(0))}\n${BAD.repeat(1_000_000)}` });
    const { code, stdout, stderr } = await cli(["solve", "all.ndjson", "--format", "ndjson"], {
      cwd: folder,
      signal: { name: "SIGINT", after: "all[1000]" },
    });
    expect(code).toBe(1);
    expect(stderr).toContain("cancelled: the rest of all.ndjson was not read");
    expect(stdout.trim().split("\n").length).toBeLessThan(500_000);
  });
});

describe("--shard i/n", () => {
  it("has each model in exactly one part", async () => {
    const folder = await folderWith({ "all.ndjson": [0, 1, 2, 3, 4].map((k) => JSON.stringify(model(k))).join("\n") });
    const names: string[] = [];
    for (const part of ["1/3", "2/3", "3/3"]) {
      const { code, stdout } = await cli(["solve", "all.ndjson", "--format", "ndjson", "--shard", part], {
        cwd: folder,
      });
      expect(code).toBe(0);
      for (const line of stdout.trim().split("\n")) names.push(JSON.parse(line).model.name);
    }
    expect(names.sort()).toEqual(["m0", "m1", "m2", "m3", "m4"]);
    const wrong = await cli(["solve", "all.ndjson", "--format", "ndjson", "--shard", "4/3"], { cwd: folder });
    expect(wrong.code).toBe(2);
  });
});
