import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { corpus } from "../corpus/generate.ts";
import { folderWith, useCli } from "./run.ts";

/** z' = z/2 + relu(z − 1) + 0.1: fixed points 0.2 and 1.8. */
const TWO = { A: [0.5], U: [[1]], V: [[1]], hx: [1], hz: [-0.1] };
const LONG = corpus().find(({ name }) => name === "rankDeficient-02")!.model;

const cli = useCli();

describe("prove and check", () => {
  it("a result made earlier is proved, and the proof is accepted", async () => {
    const cwd = await folderWith({ "two.json": JSON.stringify(TWO) });
    await cli(["solve", "two.json", "-o", "result.json"], { cwd });
    for (const [trees, how] of [
      [[], "all patterns are to be tried"],
      [["--trees"], String.raw`\d+ boxes`],
    ] as const) {
      const made = await cli(["prove", "two.json", "result.json", "-o", "proof.npz", ...trees], { cwd });
      expect(made.code).toBe(0);
      expect(made.stdout).toBe("");
      expect(made.stderr).toMatch(new RegExp(`^proof of [\\d,]+ bytes, ${how}, [\\d.]+ s → proof\\.npz\n$`));
      const checked = await cli(["check", "two.json", "result.json", "proof.npz"], { cwd });
      expect(checked).toEqual({
        code: 0,
        stdout: "proof.npz: accepted: 2 fixed points, and proved that there are no others\n",
        stderr: "",
      });
    }
  });

  it("a result that lacks a point is refused, with the region; a file that is no proof is, too", async () => {
    const cwd = await folderWith({ "two.json": JSON.stringify(TWO), "text.npz": "no proof" });
    await cli(["solve", "two.json", "-o", "result.json", "--proof", "proof.npz"], { cwd });
    const result = JSON.parse(await readFile(join(cwd, "result.json"), "utf8"));
    await writeFile(
      join(cwd, "lacking.json"),
      JSON.stringify({ ...result, fixedPoints: result.fixedPoints.slice(1), digest: undefined }),
    );
    const refused = await cli(["check", "two.json", "lacking.json", "proof.npz", "--format", "json"], { cwd });
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toEqual({
      proof: "proof.npz",
      accepted: false,
      because: "region 0 holds fixed points that are not listed",
    });
    const none = await cli(["check", "two.json", "result.json", "text.npz"], { cwd });
    expect(none.code).toBe(1);
    expect(none.stdout).toMatch(/^text\.npz: refused: text\.npz: is no zip archive|^text\.npz: refused: /);
    const unproved = await cli(["prove", "two.json", "lacking.json", "--trees", "-o", "none.npz"], { cwd });
    expect(unproved.code).toBe(3);
    expect(unproved.stderr).toContain("no proof: the box [");
    expect(existsSync(join(cwd, "none.npz"))).toBe(false);
    const tried = await cli(["prove", "two.json", "lacking.json", "-o", "none.npz"], { cwd });
    expect(tried.code).toBe(3);
    expect(tried.stderr).toContain("no proof: region 0 holds fixed points that are not listed");
    expect(existsSync(join(cwd, "none.npz"))).toBe(false);
  });

  it("cycles are proved with the search and later, and checked period by period", async () => {
    const tent = { kind: "shPLRNN", A: [[2]], W1: [[-4]], W2: [[1]], h1: [0], h2: [-0.5] };
    const cwd = await folderWith({ "tent.json": JSON.stringify(tent) });
    const found = await cli(["cycles", "tent.json", "--max-period", "3", "-o", "r.json", "--proof", "p.npz"], { cwd });
    expect(found.code).toBe(0);
    expect(found.stderr).toMatch(
      /^proof of [\d,]+ bytes, \d+ nodes, [\d.]+ s → p\.npz\n1 model, 1 complete, 5 cycles, /,
    );
    const result = JSON.parse(await readFile(join(cwd, "r.json"), "utf8"));
    const bytes = await readFile(join(cwd, "p.npz"));
    expect(result).toMatchObject({
      proof: "signs",
      proofFile: { periods: [1, 2, 3], bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") },
    });
    const checked = await cli(["check", "tent.json", "r.json", "p.npz"], { cwd });
    const said = "p.npz: accepted: 5 cycles, and proved that there are no others of periods 1, 2, 3\n";
    expect(checked).toEqual({ code: 0, stdout: said, stderr: "" });
    expect((await cli(["prove", "tent.json", "r.json", "-o", "later.npz"], { cwd })).code).toBe(0);
    expect(await readFile(join(cwd, "later.npz"))).toEqual(bytes);
    const text = await cli(["cycles", "tent.json", "--period", "2", "--proof", "two.npz"], { cwd });
    expect(text.stdout).toMatch(/\nProof file: of period 2, [\d,]+ bytes, SHA-256 [0-9a-f]{64}\.\n$/);

    // a cycle of period 2 is left out: the proof is refused, and one made anew is of the other periods
    const cycles = result.cycles.filter(({ period }: { period: number }) => period !== 2);
    await writeFile(join(cwd, "lacking.json"), JSON.stringify({ ...result, cycles }));
    expect((await cli(["check", "tent.json", "lacking.json", "p.npz"], { cwd })).code).toBe(1);
    const anew = await cli(["prove", "tent.json", "lacking.json", "-o", "anew.npz"], { cwd });
    expect([anew.code, anew.stderr]).toEqual([
      3,
      expect.stringContaining("no proof: period 2: a word holds an orbit that is not listed"),
    ]);
    const partly = await cli(["check", "tent.json", "lacking.json", "anew.npz"], { cwd });
    expect([partly.code, partly.stdout]).toEqual([
      3,
      "anew.npz: accepted: 4 cycles, and proved that there are no others of periods 1, 3\nThe proof says nothing of period 2.\n",
    ]);
  });

  it("solve --max-period --proof writes a second proof, of the cycles", async () => {
    const cwd = await folderWith({ "two.json": JSON.stringify(TWO) });
    const both = await cli(["solve", "two.json", "--max-period", "2", "-o", "r.json", "--proof", "p.npz"], { cwd });
    expect(both.code).toBe(0);
    expect((await cli(["check", "two.json", "r.json", "p.npz"], { cwd })).code).toBe(0);
    expect((await cli(["check", "two.json", "r.cycles.json", "p.cycles.npz"], { cwd })).code).toBe(0);
    expect((await cli(["check", "two.json", "r.json", "p.cycles.npz"], { cwd })).code).toBe(1);
  });

  it("solve --proof of several models writes into a folder; past its time prove writes nothing", async () => {
    const models = [
      { ...TWO, name: "one" },
      { ...TWO, hz: [-0.2], name: "other" },
    ];
    const cwd = await folderWith({
      "models.ndjson": models.map((model) => JSON.stringify(model)).join("\n"),
      "long.json": JSON.stringify(LONG),
    });
    const solved = await cli(["solve", "models.ndjson", "-o", "results.ndjson", "--proof", "proofs"], { cwd });
    expect(solved.code).toBe(0);
    expect(existsSync(join(cwd, "proofs/one.npz")) && existsSync(join(cwd, "proofs/other.npz"))).toBe(true);
    await cli(["solve", "long.json", "-o", "long-result.json"], { cwd });
    const args = ["prove", "long.json", "long-result.json", "--trees", "-o", "late.npz", "--max-seconds", "0.0001"];
    const late = await cli(args, { cwd });
    expect(late.code).toBe(3);
    expect(late.stderr).toContain("no proof: the time was up after");
    expect(existsSync(join(cwd, "late.npz"))).toBe(false);
  });

  it("solve --proof says in the result what the proof is, or why there is none", async () => {
    const cwd = await folderWith({ "two.json": JSON.stringify(TWO), "long.json": JSON.stringify(LONG) });
    const [one, two] = await Promise.all(
      ["1", "2"].map(async (threads) => {
        const folder = `${cwd}/${threads}`;
        await mkdir(folder);
        await cli(["solve", "two.json", "-o", `${folder}/r.json`, "--proof", `${folder}/p.npz`, "--threads", threads], {
          cwd,
        });
        const { proof, proofFile } = JSON.parse(await readFile(`${folder}/r.json`, "utf8"));
        return { proof, proofFile, bytes: await readFile(`${folder}/p.npz`) };
      }),
    );
    expect(one).toEqual(two);
    const { proof, proofFile, bytes } = one!;
    expect(proof).toBe("patterns");
    expect(proofFile).toEqual({
      sha256: createHash("sha256").update(bytes).digest("hex"),
      bytes: bytes.length,
      boxes: 0,
    });
    const verified = await cli(["verify", "two.json", "1/r.json"], { cwd });
    expect(verified.code).toBe(0);
    const text = await cli(["solve", "two.json", "--proof", "p.npz"], { cwd });
    expect(text.stdout).toContain(`Proof file: by patterns, ${bytes.length} bytes, SHA-256 ${proofFile.sha256}.`);
    // its regions are found within the time, or there is nothing to prove
    const late = await cli(["solve", "long.json", "--proof", "l.npz", "--format", "json", "--max-seconds", "0.0001"], {
      cwd,
    });
    const { complete, ...rest } = JSON.parse(late.stdout);
    if (complete) expect(rest).toMatchObject({ proof: "none", noProofBecause: expect.stringContaining("time was up") });
    else expect(rest).not.toHaveProperty("proof");
    expect(existsSync(join(cwd, "l.npz"))).toBe(false);
  });

  it("--proof does not go with --resume, and its folder must be there", async () => {
    const cwd = await folderWith({ "two.json": JSON.stringify(TWO) });
    const resumed = await cli(["solve", "two.json", "-o", "r.json", "--resume", "--proof", "p.npz"], { cwd });
    expect(resumed.code).toBe(2);
    expect(resumed.stderr).toContain("Use stillpoint prove afterwards.");
    const nowhere = await cli(["solve", "two.json", "--proof", "nowhere/p.npz"], { cwd });
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).toContain("is in a folder that does not exist");
  });
});
