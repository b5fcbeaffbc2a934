import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { CyclesResult } from "../../src/cycles/result.ts";
import { sealOf } from "../../src/model/seal.ts";
import { chaoticMap } from "../cycles/raw-maps.ts";
import { useCli, workplace } from "./run.ts";

const TENT = { kind: "shPLRNN", A: [[2]], W1: [[-4]], W2: [[1]], h1: [0], h2: [-0.5] };
/** Exchanges the coordinates of a plane. */
const EXCHANGE = {
  kind: "shPLRNN",
  A: [
    [0, 1],
    [1, 0],
  ],
  W1: [[0], [0]],
  W2: [[0, 0]],
  h1: [0, 0],
  h2: [0],
};
const FLOW = { kind: "TLN", W: [[0]], b: [1] };
const cli = useCli();

describe("cycles", () => {
  it("prints how many there are of each period, each cycle, and what is proved", async () => {
    const at = await workplace({ "tent.json": JSON.stringify(TENT) });
    const { code, stdout, stderr } = await cli(["cycles", at("tent.json"), "--max-period", "3"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.replace(/\([\d.]+ s\)/, "(T s)")).toMatchInlineSnapshot(`
      "tent  shPLRNN, R = 1, 1 unit

        period  cycles  continua  proved   method
             1       2         0     all  regions
             2       1         0     all  regions
             3       2         0     all  regions

        #  period        z0  stability  directions  max |λ|  distance
        0       1  0.000000  unstable   1u          2.00000  0.500000
        1       1  0.666667  unstable   1u          2.00000  0.166667
        2       2  0.400000  unstable   1u          4.00000  0.100000
        3       3  0.222222  unstable   1u          8.00000  0.055556
        4       3  0.285714  unstable   1u          8.00000  0.071429

      5 cycles. Complete: proved that there are no others up to period 3. (T s)
      "
    `);
  });

  it("writes sealed json and ndjson, and csv with a row for each point", async () => {
    const at = await workplace({ "tent.json": JSON.stringify(TENT), "exchange.json": JSON.stringify(EXCHANGE) });
    const json = JSON.parse((await cli(["cycles", at("tent.json"), "--period", "2", "--format", "json"])).stdout);
    expect(json).toMatchObject({ schema: "stillpoint/cycles@1", complete: true, completeUpTo: 0, proof: "none" });
    expect(json.cycles[0].points.map(({ z }: { z: number[] }) => z)).toEqual([[0.4], [0.8]]);
    expect(sealOf(json)).toBe("whole");
    expect(sealOf(Object.fromEntries(Object.entries(json).reverse()))).toBe("whole");
    expect(sealOf({ ...json, completeUpTo: 5 })).toBe("broken");
    const out = at("all.ndjson");
    const both = ["cycles", at("tent.json"), at("exchange.json"), "--max-period", "2", "-o", out];
    expect((await cli(both)).stderr).toMatch(/^2 models, 2 complete, 3 cycles, [\d.]+ s → .*all\.ndjson\n$/);
    const lines = readFileSync(out, "utf8").trim().split("\n");
    const results = lines.map((line): CyclesResult => JSON.parse(line));
    expect(results.map(({ periods }) => periods.map(({ cycles, continua }) => [cycles, continua]))).toEqual([
      [
        [2, 0],
        [1, 0],
      ],
      [
        [0, 1],
        [0, 1],
      ],
    ]);
    const csv = (await cli(["cycles", at("tent.json"), "--max-period", "2", "--format", "csv"])).stdout;
    expect(csv.trim().split("\n")).toHaveLength(1 + 1 + 1 + 2);
    expect(csv).toContain("tent,2,2,0,unstable,4,0,0,1,0,,true,0.4\ntent,2,2,1,unstable,4,0,0,1,1,,true,0.8\n");
  });

  it("says what is missing where the time ends, with exit code 3", async () => {
    const at = await workplace({ "tent.json": JSON.stringify(TENT) });
    const late = await cli(["cycles", at("tent.json"), "--max-period", "4", "--max-seconds", "0.000001"]);
    expect(late.code).toBe(3);
    expect(late.stdout).toMatch(/INCOMPLETE, there may be more: periods? 1/);
  });

  it("names the option that is missing, the kind that has no cycles, and the formats that there are", async () => {
    const at = await workplace({ "tent.json": JSON.stringify(TENT), "flow.json": JSON.stringify(FLOW) });
    const none = await cli(["cycles", at("tent.json")]);
    expect([none.code, none.stderr]).toEqual([
      2,
      'error: --max-period: and --period: exactly one is needed (got "neither"). Add --max-period 4, say.\n',
    ]);
    const flow = await cli(["cycles", at("flow.json"), at("tent.json"), "--period", "1"]);
    expect(flow.code).toBe(1);
    expect(flow.stderr).toMatch(/flow.*kind: is a flow in continuous time.*map of the flow over a time step/);
    expect(flow.stdout).toContain("2 cycles. Complete: proved that there are no others up to period 1.");
    const both = await cli(["cycles", at("flow.json"), at("tent.json"), "--period", "1", "--format", "json"]);
    expect(JSON.parse(both.stdout)).toMatchObject([
      { schema: "stillpoint/error@1", model: { name: "flow" }, error: { code: "INVALID_MODEL" } },
      { schema: "stillpoint/cycles@1", model: { name: "tent" } },
    ]);
    expect((await cli(["cycles", at("tent.json"), "--period", "1", "-o", at("x.npz")])).stderr).toMatch(
      /-o: can't be written as \.npz/,
    );
  });

  it("are had in shards, which merge joins to what one run writes", async () => {
    const tents = [1.5, 2, -1.5].map((slope) => ({ ...TENT, A: [[slope]], W1: [[-2 * slope]] }));
    const at = await workplace({
      "many.ndjson": tents.map((model) => `${JSON.stringify(model)}\n`).join(""),
      "a.json": JSON.stringify(TENT),
      "b.json": JSON.stringify(FLOW),
      "c.json": JSON.stringify(EXCHANGE),
    });
    const plain = (text: string) =>
      text
        .trim()
        .split("\n")
        .map((line) => {
          const { seconds, provenance, digest, ...rest } = JSON.parse(line);
          if (rest.error !== undefined) return rest;
          const periods = rest.periods.map(({ seconds: _, ...period }: { seconds: number }) => period);
          return { ...rest, periods };
        });
    for (const models of [[at("many.ndjson")], [at("a.json"), at("b.json"), at("c.json")]]) {
      const name = (i: number) => at(`${models.length}-${i}.ndjson`);
      const ask = ["cycles", ...models, "--max-period", "2", "--format", "ndjson"];
      for (const i of [1, 2]) await cli([...ask, "--shard", `${i}/2`, "-o", name(i)]);
      const merged = await cli(["merge", name(2), name(1), "--format", "ndjson"]);
      const whole = await cli(ask);
      expect(plain(merged.stdout)).toEqual(plain(whole.stdout));
      for (const line of merged.stdout.trim().split("\n")) expect(sealOf(JSON.parse(line))).toBe("whole");
      expect(merged.code).toBe(whole.code);
    }
    expect((await cli(["merge", at("3-1.ndjson"), at("3-2.ndjson")])).stderr).toMatch(/flow in continuous time/);
    expect((await cli(["merge", at("1-1.ndjson")])).stderr).toMatch(/lack results of shard 2 of 2.*run one.*again/);
    await cli(["cycles", at("many.ndjson"), "--max-period", "3", "--shard", "2/2", "-o", at("other.ndjson")]);
    expect((await cli(["merge", at("1-1.ndjson"), at("other.ndjson")])).stderr).toMatch(/with other options/);
    const altered = readFileSync(at("1-2.ndjson"), "utf8").replace('"completeUpTo":2', '"completeUpTo":3');
    writeFileSync(at("altered.ndjson"), altered);
    expect((await cli(["merge", at("1-1.ndjson"), at("altered.ndjson")])).stderr).toMatch(/not as it was written/);
    expect((await cli(["cycles", at("a.json"), "--period", "1", "--shard", "1/2"])).stderr).toMatch(
      /--shard: needs a format that merge can read/,
    );
  });

  it("of one model are had in shards, each of which does a part", async () => {
    const model = { ...(chaoticMap(2, 6, 4, 6) as object), C: [[0], [0]], s: [3] };
    const at = await workplace({ "one.json": JSON.stringify(model), "bad.json": '{"A":[1],"U":"?"}' });
    const ask = ["cycles", at("one.json"), "--max-period", "3", "--method", "orbits", "--input", "s0=1"];
    const name = (i: number) => at(`${i}.ndjson`);
    const found: number[] = [];
    for (const i of [1, 2]) {
      const { code, stderr } = await cli([...ask, "--shard", `${i}/2`, "-o", name(i)]);
      expect(code).toBe(0);
      found.push(JSON.parse(readFileSync(name(i), "utf8")).found.length);
      expect(stderr).toContain(`part ${i} of 2`);
    }
    const whole = await cli([...ask, "--format", "json"]);
    const { cycles, model: named } = JSON.parse(whole.stdout);
    expect(found.some((count) => count < cycles.length)).toBe(true);
    const merged = await cli(["merge", name(2), name(1), "-o", at("merged.json")]);
    expect([merged.code, merged.stderr]).toEqual([0, expect.stringMatching(/2 shards: 1 model, 1 complete, 6 cycles/)]);
    const result = JSON.parse(readFileSync(at("merged.json"), "utf8"));
    expect(JSON.stringify([result.cycles, result.model])).toBe(JSON.stringify([cycles, named]));
    expect((await cli(["verify", at("one.json"), at("merged.json"), "--input", "s0=1"])).code).toBe(0);
    expect((await cli(["verify", at("one.json"), name(1)])).stdout).toMatch(/is one part of the work on a model/);
    expect((await cli(["merge", name(1)])).stderr).toMatch(/lack part 2 of 2/);
    expect((await cli([...ask, "--shard", "1/2", "-o", at("3.ndjson"), "--proof", at("p.npz")])).stderr).toMatch(
      /--proof: needs the answers of a run in one piece \(got "a shard of one model"\)/,
    );
    for (const i of [1, 2])
      await cli(["cycles", at("bad.json"), "--period", "2", "--shard", `${i}/2`, "-o", at(`bad-${i}.ndjson`)]);
    const bad = await cli(["merge", at("bad-1.ndjson"), at("bad-2.ndjson")]);
    expect([bad.code, bad.stderr]).toEqual([1, expect.stringMatching(/^error: .*bad.json: holds no arrays/)]);
  });

  it("are given by solve, too, and verified", async () => {
    const at = await workplace({ "tent.json": JSON.stringify(TENT) });
    const text = await cli(["solve", at("tent.json"), "--max-period", "3"]);
    expect(text.code).toBe(0);
    expect(text.stdout).toContain("2 fixed points. Complete");
    expect(text.stdout).toContain("5 cycles. Complete: proved that there are no others up to period 3.");
    const both = await cli(["solve", at("tent.json"), "--max-period", "3", "-o", at("all.json")]);
    expect(both.code).toBe(0);
    expect(JSON.parse(readFileSync(at("all.json"), "utf8")).fixedPoints).toHaveLength(2);
    const right = await cli(["verify", at("tent.json"), at("all.cycles.json")]);
    expect([right.code, right.stdout]).toEqual([0, expect.stringContaining("5 cycles checked exactly, all hold")]);
    const result = JSON.parse(readFileSync(at("all.cycles.json"), "utf8"));
    result.cycles[4].points[1].z[0] += 1e-9;
    writeFileSync(at("wrong.json"), JSON.stringify(result));
    const wrong = await cli(["verify", at("tent.json"), at("wrong.json")]);
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(/digest: does not fit[\s\S]*cycles\[4\]\.points\[1\]\.z\[0\]/);
  });

  it("are refused by solve where only one of both can be had", async () => {
    const at = await workplace({ "tent.json": JSON.stringify(TENT) });
    const ask = async (...more: string[]) => {
      const { code, stderr } = await cli(["solve", at("tent.json"), "--max-period", "2", ...more]);
      return [code, stderr.split("(")[0]];
    };
    expect(await ask("--format", "csv")).toEqual([2, "error: --max-period: makes two documents of this format "]);
    const late = await cli(["solve", at("tent.json"), "--max-period", "1001"]);
    expect(late).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/maxPeriod: must be .* to 1000/) });
    expect(await ask("-o", at("x.npz"))).toEqual([2, "error: --max-period: has no cycles in this format "]);
    expect(await ask("--shard", "1/2")).toEqual([2, "error: --max-period: can't be had with this option "]);
    expect(await ask("--sweep", "files")).toEqual([
      2,
      "error: --max-period: follows cycles along an input, and not over files ",
    ]);
  });
});
