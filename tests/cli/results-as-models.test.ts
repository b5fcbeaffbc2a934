import { mkdir, readFile, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { randomModel } from "./models.ts";
import { useCli, workplace } from "./run.ts";

const cli = useCli();

const [model, other] = [randomModel(1, 4, 2), randomModel(2, 4, 2)].map((each) => JSON.stringify(each));

describe("results of Stillpoint among models", () => {
  it("in a folder or a pattern are left out, and named once", async () => {
    const at = await workplace({ "a.json": model!, "b.json": other! });
    for (const out of ["run.json", "run.ndjson"]) {
      expect(await cli(["solve", at("."), "-o", at(out)])).toMatchObject({ code: 0 });
    }
    const again = await cli(["solve", at("*.*json"), "--format", "ndjson"]);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout.trim().split("\n")).toHaveLength(2);
    expect(
      again.stderr.match(/left out 2 files of results of Stillpoint \(.*run\.json, .*run\.ndjson\)/g),
    ).toHaveLength(1);
    // so that a run may be repeated into its own folder
    expect(await cli(["solve", at("."), "-o", at("run.json")])).toMatchObject({ code: 0 });
    expect(JSON.parse(await readFile(at("run.json"), "utf8"))).toHaveLength(2);
  });

  it("alone are one error, however many there are", async () => {
    const at = await workplace({ "a.json": model! });
    await mkdir(at("results"));
    const { stdout } = await cli(["solve", at("a.json"), "--format", "ndjson"]);
    for (let i = 0; i < 5; i++) await writeFile(at(`results/${i}.ndjson`), stdout.repeat(3));
    for (const [path, message] of [
      [at("results"), /holds 5 files of results of Stillpoint .* and no models\. Give the model/],
      [at("results/0.ndjson"), /holds results of Stillpoint, not models\. Give the model that was solved/],
    ] as const) {
      const { code, stderr, stdout: nothing } = await cli(["solve", path, "--format", "csv"]);
      expect([
        code,
        stderr
          .trim()
          .split("\n")
          .filter((line) => line.startsWith("error")).length,
      ]).toEqual([1, 1]);
      expect(stderr).toMatch(message);
      expect(nothing.split("\n")).toHaveLength(2);
    }
  });
});
