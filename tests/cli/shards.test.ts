import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cycles } from "../../src/cli/cycles.ts";
import { merge } from "../../src/cli/merge.ts";
import { type SolveOptions, solve } from "../../src/cli/solve.ts";
import { FileError } from "../../src/model/errors.ts";
import { ARRAYS, makeNpz } from "../formats/make-npz.ts";
import { type Json, lasting, ndjson, randomModel } from "./models.ts";
import { folderWith, useCli, useCliScript, workplace } from "./run.ts";

const script = useCliScript();
const cli = useCli(script);

const BAD = { name: "bad", A: [1], U: "?" };
const QUIET = { quiet: true } as const;
const readJsonFile = (file: string) => JSON.parse(readFileSync(file, "utf8"));

/** Solves every shard into shard-1.ndjson, …, in this process. */
async function shards(at: (name: string) => string, of: number, models: string, options: SolveOptions = {}) {
  const files: string[] = [];
  for (let index = 1; index <= of; index++) {
    const output = at(`shard-${index}.ndjson`);
    await solve([models], { ...QUIET, ...options, shard: { index, of }, output });
    files.push(output);
  }
  return files;
}

describe("a merge that fails", () => {
  it("leaves nothing behind", async () => {
    const at = await workplace({ "m.json": JSON.stringify(randomModel(1)) });
    for (const [command, ...asked] of [["solve"], ["cycles", "--max-period", "2"]]) {
      await cli([command!, at("m.json"), ...asked, "--shard", "1/2", "-o", at("s.ndjson")]);
      for (const name of ["r.json", "r.ndjson", "r.csv"]) {
        const { code, stderr } = await cli(["merge", at("s.ndjson"), "-o", at(name)]);
        expect([code, stderr]).toEqual([1, expect.stringContaining("lack part 2 of 2")]);
      }
    }
    expect(readdirSync(at(""))).toEqual(["m.json", "s.ndjson"]);
  });
});

describe("shards of a batch, merged, are the batch", () => {
  it("of files, as commands", async () => {
    const folder = await folderWith({
      ...Object.fromEntries(
        [1, 2, 3, 10].map((seed) => [`m${seed}.json`, JSON.stringify(seed === 3 ? BAD : randomModel(seed))]),
      ),
      "n.ndjson": ndjson([randomModel(30), randomModel(31)]),
    });
    const run = (...args: string[]) => cli(args, { cwd: folder });
    const models = "[mn]*.{json,ndjson}";
    const whole = await run("solve", models, "--format", "json");
    for (const i of [1, 2, 3]) {
      const { code, stderr } = await run("solve", models, "--shard", `${i}/3`, "-o", `s${i}.ndjson`);
      expect(code).toBe(stderr.includes("m3") ? 1 : 0);
    }
    const { code, stderr } = await run("merge", "s3.ndjson", "s1.ndjson", "s2.ndjson", "-o", "merged.json");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: m3\.json: holds no arrays named as a model's: it holds A 1\..*\n3 shards: 6 models, 5 complete, 1 failed, 6 fixed points, .*\n$/,
    );
    const expected: Json[] = JSON.parse(whole.stdout);
    expect(readJsonFile(join(folder, "merged.json")).map(lasting)).toEqual(expected.map(lasting));
    const csv = await run("merge", "s?.ndjson", "--format", "csv");
    expect(csv.stdout).toBe((await run("solve", models, "--format", "csv")).stdout);
  });

  it.each([1, 2, 7])("of the models of one file, %i shards", async (of) => {
    const at = await workplace({ "all.ndjson": ndjson([randomModel(1), BAD, randomModel(2), randomModel(3)]) });
    await solve([at("all.ndjson")], { ...QUIET, output: at("whole.json") });
    await merge(await shards(at, of, at("all.ndjson")), { output: at("merged.json") });
    const [merged, whole]: Json[][] = ["merged.json", "whole.json"].map((name) => readJsonFile(at(name)));
    expect(merged!.map(lasting)).toEqual(whole!.map(lasting));
  });
});

describe("shards of one model", () => {
  const input = { C: [[1], [2]], s: [0] };
  // z0' = z0, so a fixed point for each z0: a line through the regions of all shards, straight or bent
  const units = Array.from({ length: 9 }, (_, i) => [1, (i % 3) - 1]);
  const line = {
    A: [1, 0.5],
    U: units,
    V: units.map(([, x]) => [0, (x! + 0.5) / 16]),
    hx: [-4, -3, -2, -1, 0, 1, 2, 3, 4],
    hz: [0, 1],
  };
  it.each<[string, string, string | Uint8Array, SolveOptions]>([
    ["JSON", "m.json", JSON.stringify(randomModel(5, 18, 3)), {}],
    ["a binary file, with names", "m.npz", makeNpz({ ...ARRAYS, first: ARRAYS.U }), { map: { U: "first" } }],
    ["an input", "m.json", JSON.stringify({ ...randomModel(6, 12, 2), ...input }), { input: { s0: 0.25 } }],
    ["a continuum", "m.json", JSON.stringify({ ...line, V: units.map(() => [0, 0]) }), {}],
    ["continua", "m.json", JSON.stringify(line), {}],
    ["continua, by search", "m.json", JSON.stringify(line), { method: "search" }],
    ["a search", "m.json", JSON.stringify(randomModel(1, 40, 3)), { method: "search" }],
  ])("%s: the same bytes", async (title, name, content, more) => {
    const at = await workplace({ [name]: content });
    const options: SolveOptions = { method: "regions", ...more };
    await solve([at(name)], { ...QUIET, ...options, output: at("whole.json") });
    expect(await merge(await shards(at, 4, at(name), options), { output: at("merged.json") })).toBe(0);
    const [merged, whole] = ["merged.json", "whole.json"].map((file) => readJsonFile(at(file)));
    expect(JSON.stringify(merged.fixedPoints)).toBe(JSON.stringify(whole.fixedPoints));
    expect(JSON.stringify(merged.continua)).toBe(JSON.stringify(whole.continua));
    expect(merged.continua.length > 0).toBe(title.includes("continu"));
    expect(merged.model).toEqual(whole.model);
    expect(merged.complete).toBe(true);
  });

  it("can be resumed, and are not mixed up with other shards", async () => {
    const at = await workplace({ "m.json": JSON.stringify(randomModel(5, 10, 2)) });
    const run = async (index: number, resume: boolean): Promise<Json> => {
      const output = at("s.ndjson");
      await solve([at("m.json")], { ...QUIET, method: "regions", shard: { index, of: 2 }, output, resume });
      return readJsonFile(output);
    };
    const first = await run(1, false);
    expect(await run(1, true)).toEqual(first);
    expect(await run(2, true)).toMatchObject({ part: { index: 2, of: 2 } });
  });

  it("say so when other owner directions are needed", async () => {
    const at = await workplace({ "m.json": JSON.stringify(randomModel(5, 10, 2)) });
    const run = (index: number, ownerDirections = 0) =>
      solve([at("m.json")], {
        ...QUIET,
        method: "regions",
        shard: { index, of: 2 },
        output: at(`s${index}.ndjson`),
        ownerDirections,
      });
    await run(1);
    await run(2, 1);
    const join = () => merge([at("s1.ndjson"), at("s2.ndjson")], { output: at("merged.json") });
    await expect(join()).rejects.toThrow(/Make part 1 again with --owner-directions 1/);
    await run(1, 1);
    expect(await join()).toBe(0);
  });
});

describe("merge with a proof", () => {
  const checkers = (model: string, result: string, proof: string) => {
    const python = fileURLToPath(new URL("../../python/stillpoint/check_proof.py", import.meta.url));
    return [
      () => execFileSync(process.execPath, [script, "check", model, result, proof], { stdio: "pipe" }),
      () => execFileSync("python3", [python, model, result, proof], { stdio: "pipe" }),
    ];
  };

  it("writes the proof of the merged result, which both checkers accept, and not with a point left out", async () => {
    const at = await workplace({ "m.json": JSON.stringify(randomModel(2, 40, 3)) });
    const files = await shards(at, 3, at("m.json"), { method: "search" });
    expect(await merge(files, { ...QUIET, output: at("r.json"), proof: at("p.npz"), threads: 1 })).toBe(0);
    const result = readJsonFile(at("r.json"));
    expect(result).toMatchObject({ complete: true, proof: "trees" });
    for (const check of checkers(at("m.json"), at("r.json"), at("p.npz"))) expect(check).not.toThrow();
    const { fixedPoints, digest: _, ...rest } = result;
    writeFileSync(at("less.json"), JSON.stringify({ ...rest, fixedPoints: fixedPoints.slice(1) }));
    for (const check of checkers(at("m.json"), at("less.json"), at("p.npz"))) expect(check).toThrow();
  });

  it("leaves the merged result where the file of the proof can't be written", async () => {
    const at = await workplace({ "m.json": JSON.stringify(randomModel(2, 40, 3)) });
    const files = await shards(at, 2, at("m.json"), { method: "search" });
    const proof = at("p.npz");
    // as if another run had it
    mkdirSync(`${proof}.lock`);
    expect(await merge(files, { ...QUIET, output: at("r.json"), proof, threads: 1 })).toBe(1);
    expect(readJsonFile(at("r.json"))).toMatchObject({ complete: true });
    // nothing is left that would refuse to begin anew
    expect(await merge(files, { ...QUIET, output: at("r.json") })).toBe(0);
  });

  it("has a file of its own: not that of the results, nor one that is read", async () => {
    const at = await workplace({ "m.json": JSON.stringify(randomModel(1)), "m.npz": "a model" });
    const files = await shards(at, 2, at("m.json"), { method: "search" });
    const [output, proof] = [at("r.npz"), at("./r.npz")];
    await expect(merge(files, { ...QUIET, output, proof })).rejects.toThrow(/--proof: is the file of the results/);
    await expect(solve([at("m.json")], { ...QUIET, output, proof })).rejects.toThrow(/--proof: is the file of/);
    await expect(solve([at("m.npz")], { ...QUIET, output, proof: at("m.npz") })).rejects.toThrow(
      /--proof: is one of the files to be read/,
    );
    await expect(cycles([at("m.npz")], { ...QUIET, maxPeriod: 1, proof: at("m.npz") })).rejects.toThrow(
      /--proof: is one of the files to be read/,
    );
    expect(readFileSync(at("m.npz"), "utf8")).toBe("a model");
  });

  it("is of a single model's shards, and there is none of an incomplete result", async () => {
    const at = await workplace({
      "two.ndjson": ndjson([randomModel(1), randomModel(2)]),
      "m.json": JSON.stringify(randomModel(1, 40, 3)),
    });
    const proof = at("p.npz");
    const batch = await shards(at, 2, at("two.ndjson"));
    await expect(merge(batch, { ...QUIET, output: at("r.json"), proof })).rejects.toThrow(
      /from the shards of a single/,
    );
    const cut = await shards(at, 2, at("m.json"), { method: "search", maxSeconds: 1e-3 });
    expect(await merge(cut, { ...QUIET, output: at("r.json"), proof })).toBe(3);
    expect(readJsonFile(at("r.json")).complete).toBe(false);
    expect(() => readFileSync(proof)).toThrow();
  });
});

describe("the Slurm job for one long search, examples/slurm-proof.sh", () => {
  const job = fileURLToPath(new URL("../../examples/slurm-proof.sh", import.meta.url));

  it("does every n-th shard, and after a kill only what is missing", async () => {
    const folder = await folderWith({ "m.json": JSON.stringify(randomModel(1, 40, 3)) });
    const at = (name: string) => join(folder, name);
    mkdirSync(at("shards"));
    writeFileSync(at("stillpoint"), `#!/bin/sh\nexec ${process.execPath} ${script} "$@"\n`);
    chmodSync(at("stillpoint"), 0o755);
    const task = (id: number): void => {
      const slurm = { SLURM_ARRAY_TASK_ID: `${id}`, SLURM_ARRAY_TASK_COUNT: "2", SHARDS: "4" };
      const env = { ...process.env, ...slurm, PATH: `${folder}${delimiter}${process.env.PATH}` };
      execFileSync("bash", [job, "m.json"], { cwd: folder, env, stdio: "pipe" });
    };
    const shard = (i: number): string => readFileSync(at(`shards/${i}.ndjson`), "utf8");
    task(1);
    const [first, third] = [shard(1), shard(3)];
    // as a kill in the middle of writing leaves it
    writeFileSync(at("shards/3.ndjson"), third.slice(0, third.length / 2));
    task(1);
    task(2);
    expect(shard(1)).toBe(first);
    expect(JSON.parse(shard(3))).toMatchObject({ part: { index: 3, of: 4 }, complete: true });
    const files = [1, 2, 3, 4].map((i) => at(`shards/${i}.ndjson`));
    expect(await merge(files, { output: at("merged.json"), quiet: true })).toBe(0);
    await solve([at("m.json")], { ...QUIET, method: "search", output: at("whole.json") });
    const [merged, whole] = ["merged.json", "whole.json"].map((file) => readJsonFile(at(file)));
    expect(JSON.stringify(merged.fixedPoints)).toBe(JSON.stringify(whole.fixedPoints));
    expect(merged.complete).toBe(true);
    expect(merged.counts.boxes).toBe(whole.counts.boxes);
  });
});

describe("merge refuses", () => {
  it("what is missing, unfinished, given twice, or of another run", async () => {
    const at = await workplace({
      "all.ndjson": ndjson([1, 2, 3, 4, 5].map((seed) => randomModel(seed, 6, 2))),
      "other.ndjson": ndjson([1, 2].map((seed) => randomModel(seed, 6, 2))),
    });
    const [a, b] = (await shards(at, 2, at("all.ndjson"))) as [string, string];
    const refused = async (message: RegExp, ...files: string[]): Promise<void> => {
      const merging = merge(files, { output: at("merged.ndjson") });
      await expect(merging).rejects.toThrow(FileError);
      await expect(merging).rejects.toThrow(message);
    };
    await refused(/lack results of shard 2 of 2/, a);
    await refused(/holds results that .*shard-1\.ndjson has too/, a, b, a);
    await refused(/does not exist/, at("missing.ndjson"));
    const text = await readFile(b, "utf8");
    const made = async (content: string): Promise<string> => {
      await writeFile(at("made.ndjson"), content);
      return at("made.ndjson");
    };
    await refused(/ends in the middle of a line\. Finish that run with --resume/, a, await made(text.slice(0, -30)));
    await refused(/lack results of shard 2 of 2/, a, await made(text.slice(0, text.indexOf("\n") + 1)));
    await refused(/another version/, a, await made(text.replaceAll(/"version":"[^"]*"/g, '"version":"0.0.0"')));
    await refused(/counted 6 models where others had 5/, a, await made(text.replaceAll('"models":5', '"models":6')));
    await refused(/record of shard 2 that is not as it was written/, a, await made(text.replace(/(\d)\]/, "1$1]")));
    const run = async (models: string, options: SolveOptions): Promise<string> => {
      await solve([at(models)], { ...QUIET, output: at("run.ndjson"), ...options });
      return at("run.ndjson");
    };
    const second = { index: 2, of: 2 };
    await refused(/other options/, a, await run("all.ndjson", { shard: second, maxSeconds: 9 }));
    await refused(
      /is a shard of 3, .*shard-1\.ndjson one of 2/,
      a,
      await run("all.ndjson", { shard: { index: 2, of: 3 } }),
    );
    await refused(/is a shard of other models than/, a, await run("other.ndjson", { shard: second }));
    await refused(/is no shard of a run/, await run("all.ndjson", {}));
    await refused(/is no result of stillpoint solve/, at("all.ndjson"));
    await expect(merge([a, b], { output: b })).rejects.toThrow(/is one of the files to be read/);
  });
});
