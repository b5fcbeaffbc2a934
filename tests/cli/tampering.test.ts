import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { merge } from "../../src/cli/merge.ts";
import { solve } from "../../src/cli/solve.ts";
import { parseModel } from "../../src/model/parse.ts";
import { sealed } from "../../src/model/seal.ts";
import { verifyResult } from "../../src/verify/verify.ts";
import { lasting, ndjson, randomModel } from "./models.ts";
import { workplace } from "./run.ts";

// biome-ignore lint/suspicious/noExplicitAny: what a tamperer writes has no type
type Loose = any;

const OF = 2;
const MODELS = { part: [randomModel(5, 10, 2)], result: [randomModel(1, 8, 2), randomModel(5, 10, 2)] } as const;
/** The last record of the last shard: of a single model a part of the work, of two models a result. */
type Kind = keyof typeof MODELS;

/** Merges the shards of a batch whose last record was altered; gives the last result. */
async function mergedAfter(kind: Kind, change: (record: Loose) => unknown, anew: boolean): Promise<Loose> {
  const at = await workplace({ "m.ndjson": ndjson(MODELS[kind]) });
  for (let index = 1; index <= OF; index++) {
    const output = at(`s${index}.ndjson`);
    await solve([at("m.ndjson")], { quiet: true, method: "regions", shard: { index, of: OF }, output });
  }
  const record = JSON.parse(await readFile(at(`s${OF}.ndjson`), "utf8"));
  change(record);
  await writeFile(at(`s${OF}.ndjson`), ndjson([anew ? sealed(record) : record]));
  await merge([at("s1.ndjson"), at("s2.ndjson")], { output: at("merged.json") });
  return [JSON.parse(await readFile(at("merged.json"), "utf8"))].flat().at(-1);
}

const verified = async (result: Loose) => verifyResult(await parseModel(randomModel(5, 10, 2)), result);

describe("a record of a shard that was altered", () => {
  it.each(["part", "result"] as const)("has what the changes below need: a %s", async (kind) => {
    const whole = await mergedAfter(kind, () => {}, false);
    expect(whole.fixedPoints.length).toBeGreaterThan(1);
    expect(whole.shard).toBeUndefined();
    expect((await verified(whole)).problems).toEqual([]);
  });

  const refused: [string, Kind, (record: Loose) => unknown, string][] = [
    ["a coordinate", "result", (record) => (record.fixedPoints[0].z[0] += 1), "fixedPoints[0].z[0]"],
    ["a class", "result", (record) => (record.fixedPoints[0].stability = "marginal"), "fixedPoints[0].stability"],
    ["a count of a result", "result", (record) => (record.counts.subsets -= 1), "counts.subsets"],
    ["a count of a part", "part", (record) => (record.counts.subsets -= 1), "counts.subsets"],
  ];
  it.each(refused)("%s: merge refuses it; with a digest made anew, verify does", async (_, kind, change, path) => {
    await expect(mergedAfter(kind, change, false)).rejects.toThrow(/not as it was written/);
    const { problems } = await verified(await mergedAfter(kind, change, true));
    expect(problems.map(({ path }) => path)).toContain(path);
  });

  const declared: [string, Kind, (record: Loose) => unknown, string][] = [
    ["a point dropped", "result", (record) => record.fixedPoints.pop(), "complete"],
    ["what a part found, dropped", "part", (record) => (record.found = []), "complete"],
    ["its time", "part", (record) => (record.seconds.regions = 0), "seconds"],
  ];
  it.each(declared)(
    "%s: merge refuses it; with a digest made anew, verify says that it can't tell",
    async (_, kind, change, path) => {
      await expect(mergedAfter(kind, change, false)).rejects.toThrow(/not as it was written/);
      const { problems, unchecked } = await verified(await mergedAfter(kind, change, true));
      expect(problems).toEqual([]);
      expect(unchecked.map(({ path }) => path)).toContain(path);
    },
  );

  it("regions that a part did not find are decided again, so that they change nothing", async () => {
    const whole = await mergedAfter("part", () => {}, false);
    const { counts, ...more } = lasting(
      await mergedAfter("part", (record) => record.found.push([], [0], [1, 2]), true),
    );
    const { counts: _, ...rest } = lasting(whole);
    expect(more).toEqual(rest);
    expect(counts).toBeDefined();
  });

  it.each([
    ["gaps between parts", (record: Loose) => (record.regions.from = "1"), /leave a gap or overlap before part 2/],
    ["another model", (record: Loose) => (record.model.sha256 = "0".repeat(64)), /are of different models/],
    ["no digest", (record: Loose) => delete record.digest, /not as it was written/],
  ])("%s: merge refuses it whatever its digest", async (title, change, message) => {
    await expect(mergedAfter("part", change, title !== "no digest")).rejects.toThrow(message);
  });
});
