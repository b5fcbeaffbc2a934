import { existsSync, readFileSync } from "node:fs";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openOutput } from "../../src/cli/output.ts";
import { type SolveOptions, solve } from "../../src/cli/solve.ts";
import { Budget } from "../../src/formats/read/budget.ts";
import { readNpz } from "../../src/formats/read/numpy/npz.ts";
import { readZipDirectory } from "../../src/formats/read/zip.ts";
import { FileError, OptionError } from "../../src/model/errors.ts";
import { parseModel } from "../../src/model/parse.ts";
import { sealed, sealOf } from "../../src/model/seal.ts";
import { Random } from "../support/random.ts";
import { type Json, lasting, ndjson, randomModel } from "./models.ts";
import { folderWith, useCli, workplace } from "./run.ts";

const cli = useCli();

const linesOf = (file: string): Json[] =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

const countLines = (file: string): number =>
  existsSync(file) ? readFileSync(file).reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0) : 0;

const BAD = { name: "bad", A: [1], U: "?" };

describe("a run that is killed again and again and continued", () => {
  const COUNT = 60;
  // one that can't be read, and the same model twice
  const models = [...Array.from({ length: COUNT - 1 }, (_, i) => randomModel(i + 1)), randomModel(1)];
  models.splice(7, 0, BAD as never);
  const FULL = process.env.STILLPOINT_FULL === "1";

  it.each([
    ["ndjson", 3],
    ["json", 1],
    ["csv", 1],
    ["npz", 1],
  ] as const)("gives the same %s as an undisturbed one", async (format, few) => {
    const kills = FULL ? 10 : few;
    const folder = await folderWith({ "models.ndjson": ndjson(models) });
    const out = (name: string): string => join(folder, `${name}.${format}`);
    const args = (name: string, ...more: string[]): string[] => ["solve", "models.ndjson", "-o", out(name), ...more];
    const whole = await cli(args("whole"), { cwd: folder });
    expect(whole.code).toBe(1);
    const journal = format === "ndjson" ? out("killed") : `${out("killed")}.journal.ndjson`;
    const random = new Random(kills);
    let last = 0;
    for (let k = 1; k <= kills; k++) {
      const target = Math.floor(((k - random.unit()) * COUNT) / (kills + 1));
      // a random moment after that line: between two models or within one
      const delay = 10 * random.unit();
      let reached: number | undefined;
      const killed = await cli(args("killed", ...(k === 1 ? [] : ["--resume"])), {
        cwd: folder,
        killWhen: () => {
          if (reached === undefined && countLines(journal) > target) reached = performance.now();
          return reached !== undefined && performance.now() - reached >= delay;
        },
      });
      expect(killed.code).toBe(null);
      // every line that was finished is valid and stays
      const done = linesOf(journal).length;
      expect(done).toBeGreaterThanOrEqual(last);
      last = done;
      if (format !== "ndjson") expect(existsSync(out("killed"))).toBe(false);
    }
    const resumed = await cli(args("killed", "--resume", "--verbose"), { cwd: folder });
    expect(resumed.code).toBe(1);
    expect(resumed.stderr).toMatch(/, \d+ solved before, /);
    if (format === "ndjson") expect(linesOf(out("killed")).map(lasting)).toEqual(linesOf(out("whole")).map(lasting));
    else if (format === "json") {
      const read = (name: string): Json[] => JSON.parse(readFileSync(out(name), "utf8"));
      expect(read("killed").map(lasting)).toEqual(read("whole").map(lasting));
    } else expect(readFileSync(out("killed")).equals(readFileSync(out("whole")))).toBe(true);
    expect(existsSync(`${out("killed")}.journal.ndjson`)).toBe(false);
  });
});

describe("--resume", () => {
  const run = (at: (name: string) => string, output: string, options: SolveOptions = {}) =>
    solve([at("m.ndjson")], { quiet: true, output: at(output), ...options });

  it("solves only what is new, what failed, and what other options need", async () => {
    const at = await workplace({ "m.ndjson": ndjson([randomModel(1), BAD, randomModel(2)]) });
    await run(at, "out.ndjson");
    const first = linesOf(at("out.ndjson"));
    await writeFile(at("m.ndjson"), ndjson([3, 2, 4, 1].map((seed) => randomModel(seed))));
    await run(at, "out.ndjson", { resume: true });
    const second = linesOf(at("out.ndjson"));
    expect(second.map((record) => (record.model as Json).name)).toEqual(["m3", "m2", "m4", "m1"]);
    // taken over with its times
    expect([second[1], second[3]]).toEqual([first[2], first[0]]);
    await run(at, "out.ndjson", { resume: true, method: "search" });
    const third = linesOf(at("out.ndjson"));
    expect(third.map(({ method }) => method)).toEqual(Array(4).fill("search"));
    await run(at, "out.ndjson", { resume: true, method: "search" });
    expect(linesOf(at("out.ndjson"))).toEqual(third);
  });

  it.each(["ndjson", "json"] as const)("cancelled soon, keeps what an earlier run has in %s", async (format) => {
    const at = await workplace({ "m.ndjson": ndjson([1, 2, 3, 4].map((seed) => randomModel(seed))) });
    const file = at(`out.${format}`);
    await run(at, `out.${format}`);
    const read = (): Json[] => (format === "json" ? JSON.parse(readFileSync(file, "utf8")) : linesOf(file));
    const names = () => read().map((record) => (record.model as Json).name);
    // as if the fourth run had been cut off
    const all = read();
    const { digest: _, ...cut } = { ...all[3], complete: false, incompleteBecause: "cancelled: not all" } as Json;
    const records = [...all.slice(0, 3), sealed(cut)].map((record) => JSON.stringify(record));
    await writeFile(file, format === "json" ? `[${records.join()}]` : `${records.join("\n")}\n`);
    const options = (all[0]!.provenance as { options: object }).options;
    const models = await Promise.all([1, 2, 3, 4].map((seed) => parseModel(randomModel(seed))));
    const opened = async () => {
      const { output, earlier } = await openOutput(file, format, true);
      return { output, take: (k: number) => earlier.take(models[k]!, options, undefined) };
    };
    // before its first model
    const none = await opened();
    expect(await none.output.end(true)).toBe(true);
    expect(read().map((record) => JSON.stringify(record))).toEqual(records);
    // behind its second, which now stands first
    const some = await opened();
    expect(some.take(3)).toBeUndefined();
    some.output.reuse(some.take(1)!.slot);
    await some.output.end(true);
    expect(names()).toEqual(["m2", "m1", "m3", "m4"]);
    // a part of a run is replaced when its model is solved again
    const last = await opened();
    await last.output.add(all[3] as never);
    await last.output.end(true);
    expect(names()).toEqual(["m4", "m2", "m1", "m3"]);
    expect(read()[0]).toEqual(all[3]);
    await run(at, `out.${format}`, { resume: true });
    expect(read()).toEqual(all);
  });

  it.each(["ndjson", "json", "npz"] as const)(
    "a run that ends before its first result leaves %s as it was",
    async (format) => {
      const at = await workplace({ [`out.${format}`]: "old" });
      const { output } = await openOutput(at(`out.${format}`), format, false);
      expect(await output.end(true)).toBe(false);
      expect(readFileSync(at(`out.${format}`), "utf8")).toBe("old");
      expect(existsSync(at(`out.${format}.journal.ndjson`))).toBe(false);
      expect(existsSync(at(`out.${format}.lock`))).toBe(false);
    },
  );

  it("goes on from a json file that was finished", async () => {
    const at = await workplace({ "m.ndjson": ndjson([randomModel(1)]) });
    await run(at, "out.json");
    const first = JSON.parse(await readFile(at("out.json"), "utf8"));
    await appendFile(at("m.ndjson"), ndjson([randomModel(2)]));
    await run(at, "out.json", { resume: true });
    expect(JSON.parse(await readFile(at("out.json"), "utf8"))).toMatchObject([first, { model: { name: "m2" } }]);
  });

  it("refuses what is no file of results, and leaves it as it was", async () => {
    const text = '{"notes": 1}\nunfinished';
    const at = await workplace({ "m.ndjson": ndjson([randomModel(1)]), "out.ndjson": text });
    await expect(run(at, "out.ndjson", { resume: true })).rejects.toThrow(/is no result of stillpoint solve/);
    expect(await readFile(at("out.ndjson"), "utf8")).toBe(text);
  });

  it("needs -o; without it the journal of an interrupted run is not thrown away", async () => {
    const at = await workplace({ "m.ndjson": ndjson([randomModel(1)]), "out.csv.journal.ndjson": "{}\n" });
    await expect(solve([at("m.ndjson")], { resume: true })).rejects.toThrow(OptionError);
    await expect(run(at, "out.csv")).rejects.toThrow(
      /holds the results of an interrupted run\. Continue it with --resume/,
    );
  });
});

describe("what --resume finds is as it was written, or not kept", () => {
  const STEP = process.env.STILLPOINT_FULL === "1" ? 1 : 3;
  const written = async () => {
    const at = await workplace({ "m.ndjson": ndjson([randomModel(1, 5, 2), BAD, randomModel(2, 5, 2)]) });
    await solve([at("m.ndjson")], { quiet: true, output: at("out.ndjson") });
    return { at, bytes: await readFile(at("out.ndjson")) };
  };
  const again = (at: (name: string) => string, output = "out.ndjson") =>
    solve([at("m.ndjson")], { quiet: true, output: at(output), resume: true });

  it("one flipped bit anywhere: refused with the file as it was, or that record is not taken over", async () => {
    const { at, bytes } = await written();
    const whole = linesOf(at("out.ndjson"));
    const wholeText = new Set(whole.map((record) => JSON.stringify(record)));
    const models = await Promise.all([1, 2].map((seed) => parseModel(randomModel(seed, 5, 2))));
    const options = whole[0]!.provenance as { options: object };
    let [refused, dropped, same] = [0, 0, 0];
    for (let place = 0; place < bytes.length; place += STEP) {
      const flipped = Buffer.from(bytes);
      flipped[place]! ^= 1 << (place % 8);
      await writeFile(at("flipped.ndjson"), flipped);
      try {
        const { earlier } = await openOutput(at("flipped.ndjson"), "ndjson", true);
        const taken = models.flatMap((model) => earlier.take(model, options.options, undefined) ?? []);
        for (const { slot } of taken) {
          const text = flipped.subarray(slot.offset, slot.offset + slot.length).toString();
          // 0.30000000000000004 and 0.30000000000000005 are one number
          expect(wholeText, `bit ${place % 8} of byte ${place}`).toContain(JSON.stringify(JSON.parse(text)));
        }
        if (taken.length < models.length) dropped++;
        else same++;
      } catch (error) {
        expect(error).toBeInstanceOf(FileError);
        expect((await readFile(at("flipped.ndjson"))).equals(flipped)).toBe(true);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan((0.9 * bytes.length) / STEP);
    // a lost key "digest", the last line feed; digits past the seventeenth
    expect(dropped).toBeGreaterThan(0);
    expect(same).toBeLessThan((0.02 * bytes.length) / STEP);
  });

  it("an altered result names its place and model; without that line the rest is kept", async () => {
    const { at, bytes } = await written();
    const text = bytes.toString();
    const second = text.indexOf("\n") + 1;
    const third = text.indexOf("\n", second) + 1;
    const altered = text.slice(0, third) + text.slice(third).replace('"complete":true', '"complete":false');
    await writeFile(at("out.ndjson"), altered);
    await expect(again(at)).rejects.toThrow(
      new RegExp(
        `the record at byte ${Buffer.byteLength(text.slice(0, third))} \\(model m2\\) is not as it was written.*Take that record out`,
      ),
    );
    expect(await readFile(at("out.ndjson"), "utf8")).toBe(altered);
    await writeFile(at("out.ndjson"), text.slice(0, third));
    await again(at);
    const lines = linesOf(at("out.ndjson"));
    expect(lines.map(lasting)).toEqual(
      text
        .trimEnd()
        .split("\n")
        .map((line) => lasting(JSON.parse(line))),
    );
    expect(`${JSON.stringify(lines[0])}\n`).toBe(text.slice(0, second));
  });

  it("a finished json file likewise, and no journal is begun from a part of it; indented and reordered it is kept", async () => {
    const { at } = await written();
    await solve([at("m.ndjson")], { quiet: true, output: at("out.json") });
    const first: Json[] = JSON.parse(await readFile(at("out.json"), "utf8"));
    const altered = structuredClone(first);
    (altered[2]!.counts as Json).candidates = 77;
    await writeFile(at("out.json"), JSON.stringify(altered));
    await expect(again(at, "out.json")).rejects.toThrow(/\[2\] \(model m2\) is not as it was written/);
    expect(readFileSync(`${at("out.json")}.journal.ndjson`, "utf8")).toBe("");
    const reordered = first.map((record) => Object.fromEntries(Object.entries(record).reverse()));
    await writeFile(at("out.json"), JSON.stringify(reordered, null, 4));
    await again(at, "out.json");
    const second: Json[] = JSON.parse(await readFile(at("out.json"), "utf8"));
    // with its times: it was not solved again
    expect([second[0], second[2]]).toEqual([first[0], first[2]]);
  });

  it("a result without a digest, as an earlier version wrote it, is made anew", async () => {
    const { at, bytes } = await written();
    const bare = bytes.toString().replaceAll(/,"digest":"[^"]*"/g, "");
    await writeFile(at("out.ndjson"), bare);
    await again(at);
    const lines = linesOf(at("out.ndjson"));
    expect(lines.map(({ model }) => (model as Json).name)).toEqual(["m1", "m[1]", "m2"]);
    for (const line of lines) expect(sealOf(line)).toBe("whole");
  });
});

describe("npz", () => {
  it("has a row for each fixed point of each model", async () => {
    const at = await workplace({ "m.ndjson": ndjson([randomModel(1), randomModel(2, 5, 2)]) });
    await solve([at("m.ndjson")], { output: at("out.npz") });
    await solve([at("m.ndjson")], { output: at("out.json") });
    const results: { fixedPoints: { z: number[] }[] }[] = JSON.parse(await readFile(at("out.json"), "utf8"));
    const bytes = new Uint8Array(await readFile(at("out.npz")));
    const budget = new Budget("out.npz");
    const arrays = readNpz(readZipDirectory(bytes, "out.npz", budget), "out.npz", budget);
    const counts = results.map(({ fixedPoints }) => fixedPoints.length);
    const n = counts[0]! + counts[1]!;
    expect(arrays.get("first")?.read()).toEqual({ data: Float64Array.of(0, counts[0]!, n), shape: [3] });
    const rows = results.flatMap(({ fixedPoints }) => fixedPoints.map(({ z }) => [...z, Number.NaN].slice(0, 3)));
    expect(arrays.get("z")?.read()).toEqual({ data: Float64Array.from(rows.flat()), shape: [n, 3] });
  });
});

describe("names in files", () => {
  it("--map, --set, --prefix, --layout on the command line", async () => {
    const { A, U, V, hx, hz } = randomModel(1);
    const folder = await folderWith({
      "net.json": JSON.stringify({ net: { A, enc: U, dec: V, θ: hx, hz } }),
      "plain.json": JSON.stringify(randomModel(1)),
    });
    const count = async (...args: string[]) => {
      const { stdout, stderr } = await cli(["count", "--format", "json", ...args], { cwd: folder });
      expect(stderr).toBe("");
      return JSON.parse(stdout).model;
    };
    const named = await count("net.json", "--prefix", "net", "--map", "U=enc,V=dec,hx=θ", "--set", "name=renamed");
    expect(named.name).toBe("renamed");
    expect(named.sha256).toBe((await count("plain.json")).sha256);
  });

  it.each([
    ["a key that no model has", ["--map", "X=a"]],
    ["no pair", ["--map", "U"]],
    ["a value for a key that no model has", ["--set", "Q=1"]],
    ["an unknown layout", ["--layout", "none"]],
    ["--shard as text", ["--shard", "1/2"]],
  ])("wrong usage: %s", async (_, args) => {
    const folder = await folderWith({ "net.json": JSON.stringify(randomModel(1)) });
    expect(await cli(["solve", "net.json", ...args], { cwd: folder })).toMatchObject({ code: 2 });
  });
});
