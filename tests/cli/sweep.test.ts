import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readSvg } from "../plot/svg-check.ts";
import { useCli, workplace } from "./run.ts";

const RAMP = { A: [0], U: [[1], [1]], V: [[2], [-2]], hx: [-0.5, 0.5], hz: [1], C: [[3, 1]] };
const WITHOUT_INPUT = { ...RAMP, C: undefined };
const cli = useCli();
const isSvg = (text: string): boolean => readSvg(text).width > 0;

describe("solve --sweep", () => {
  it("prints branches and folds", async () => {
    const at = await workplace({ "ramp.json": JSON.stringify(RAMP) });
    const { code, stdout, stderr } = await cli(["solve", at("ramp.json"), "--sweep", "s0=-1:1:5"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.replace(/\([\d.]+ s\)/, "(T s)")).toMatchInlineSnapshot(`
      "ramp  shPLRNN, R = 1, s0 from -1 to 1

        branch      from       to  z there  z there  regions  stability
             0        -1  0.16667     (-4)   (-0.5)        1  stable
             1  -0.16667  0.16667    (0.5)   (-0.5)        1  unstable
             2  -0.16667        1    (0.5)      (4)        1  stable

                          s0  event  branches       z  hyperplanes
        -0.16666666666666666   fold     → 1 2   (0.5)            1
         0.16666666666666666   fold     0 1 →  (-0.5)            0

      3 branches, 2 folds. Complete: proved for every value in the range. (T s)
      "
    `);
  });

  it.each([["--proof", "p.npz"], ["--shard", "2/2"], ["--resume"], ["--virtual"], ["--expand", "branch"]])(
    "refuses %s, which no sweep has",
    async (...option) => {
      const at = await workplace({ "ramp.json": JSON.stringify(RAMP) });
      const { code, stdout, stderr } = await cli(["solve", at("ramp.json"), "--sweep", "s0=-1:1:5", ...option]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toBe(
        `error: --sweep: can't be had with this option (got "${option[0]}"). Leave one of them out.\n`,
      );
    },
  );

  it("writes json, ndjson and csv", async () => {
    const at = await workplace({ "ramp.json": JSON.stringify(RAMP) });
    const json = JSON.parse((await cli(["solve", at("ramp.json"), "--sweep", "s0=-1:1:3", "--format", "json"])).stdout);
    expect(json).toMatchObject({
      schema: "stillpoint/sweep@1",
      parameter: { parameter: "s0", from: -1, to: 1, samples: 3 },
      coverage: "range",
      complete: true,
    });
    const csv = (await cli(["solve", at("ramp.json"), "--sweep", "s0=-1:1:3", "--format", "csv"])).stdout;
    expect(csv.split("\n").slice(0, 2)).toEqual(["model,s0,index,stability,complete,z0", "ramp,-1,0,stable,true,-4"]);
    const two = ["--sweep", "s0=-1:1:3", "--sweep", "s1=0:1:2", "--format"];
    const grid = (await cli(["solve", at("ramp.json"), ...two, "ndjson"])).stdout;
    expect(JSON.parse(grid)).toMatchObject({ schema: "stillpoint/sweep-grid@1", complete: true });
    const gridCsv = (await cli(["solve", at("ramp.json"), ...two, "csv"])).stdout;
    expect(gridCsv.split("\n")[0]).toBe("model,s1,s0,index,stability,complete,z0");
  });

  it("writes json that is JSON, however wide the options of a run are", async () => {
    const at = await workplace({ "ramp.json": JSON.stringify({ ...RAMP, name: "n".repeat(200) }) });
    const asked = ["--sweep", "s0=-1:1:3", "--input", "s1=0.25", "--max-seconds", "1000", "--format", "json"];
    const { stdout } = await cli(["solve", at("ramp.json"), ...asked]);
    expect(JSON.parse(stdout).provenance.options).toMatchObject({ input: { s1: 0.25 }, maxSeconds: 1000 });
  });

  it("leaves a file as it was where nothing could be swept, and makes no empty one", async () => {
    const at = await workplace({ "ramp.json": JSON.stringify(RAMP), "old.json": "old" });
    for (const name of ["old.json", "new.json"]) {
      const { code, stderr } = await cli(["solve", at("ramp.json"), "--sweep", "s9=-1:1:3", "-o", at(name)]);
      expect([code, stderr]).toEqual([2, expect.stringMatching(/^error: [^\n]*\n$/)]);
    }
    expect(readFileSync(at("old.json"), "utf8")).toBe("old");
    const files = ["solve", at("ramp.json"), at("missing.json"), "--sweep", "files", "-o", at("new.json")];
    expect((await cli(files)).code).toBe(1);
    expect(readdirSync(at(""))).toEqual(["old.json", "ramp.json"]);
  });

  it("follows cycles up to a period, too", async () => {
    const tent = { A: [0.5], U: [[1]], V: [[-2]], hx: [0], hz: [0], C: [[1]] };
    const at = await workplace({ "tent.json": JSON.stringify(tent) });
    const asked = ["solve", at("tent.json"), "--sweep", "s0=-1:1:3", "--max-period", "2"];
    const { code, stdout, stderr } = await cli(asked);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.replace(/\([\d.]+ s\)/, "(T s)")).toMatchInlineSnapshot(`
      "tent  shPLRNN, R = 1, s0 from -1 to 1

        branch  from  to  z there  z there  regions  stability
             0    -1   1     (-2)    (0.4)        2  stable → unstable

        s0              event  branches    z  hyperplanes
         0  stable → unstable         0  (0)            0

      Cycles of period 2: 1 branch. Proved for every value in the range.
        branch  from  to  a point there  a point there  words  stability
             0     0   1            (0)     (-0.28571)      1  stable
        s0  event  branches  a point
         0   flip       → 0      (0)

      1 branch, 0 folds, 1 branch of cycles. Complete: proved for every value in the range. (T s)
      "
    `);
    const csv = (await cli([...asked, "--format", "csv"])).stdout;
    expect(csv).toMatchInlineSnapshot(`
      "model,s0,period,index,point,stability,complete,z0
      tent,-1,1,0,0,stable,true,-2
      tent,0,1,0,0,stable,true,0
      tent,1,1,0,0,unstable,true,0.4
      tent,1,2,0,0,stable,true,-0.2857142857142857
      tent,1,2,0,1,stable,true,0.8571428571428571
      "
    `);
    const json = JSON.parse((await cli([...asked, "--format", "json"])).stdout);
    expect(
      json.cycles.map(({ period, complete }: { period: number; complete: boolean }) => [period, complete]),
    ).toEqual([[2, true]]);
    const svg = (await cli(["plot", ...asked.slice(1)])).stdout;
    expect(isSvg(svg)).toBe(true);
    expect(svg).toContain("2-cycles, stable");
    const late = await cli([...asked, "--max-seconds", "0.000001"]);
    expect(late.code).toBe(3);
    expect(late.stdout).toContain("Cycles of period 2: 0 branches. INCOMPLETE, there may be more: ");
  });

  it("over files tells what persists", async () => {
    const epoch = (k: number): string => JSON.stringify({ ...WITHOUT_INPUT, V: [[k], [-k]], hz: [k / 2] });
    const at = await workplace({ "epoch_2.json": epoch(1.5), "epoch_10.json": epoch(2), "epoch_1.json": epoch(0.5) });
    const { stdout, code } = await cli([
      "solve",
      at("epoch_*.json"),
      "--sweep",
      "files",
      "--format",
      "csv",
      "--plot",
      at("out.svg"),
    ]);
    expect(code).toBe(0);
    expect(
      stdout
        .split("\n")
        .slice(1)
        .map((line) => line.split(",").slice(0, 3).join()),
    ).toEqual([
      "0,epoch_1,0",
      ...["1,epoch_2,0", "1,epoch_2,1", "1,epoch_2,2"],
      ...["2,epoch_10,0", "2,epoch_10,1", "2,epoch_10,2"],
      "",
    ]);
    expect(isSvg(readFileSync(at("out.svg"), "utf8"))).toBe(true);
  });

  it("tells what is wrong, and goes on with the next model", async () => {
    const at = await workplace({ "a.json": JSON.stringify(WITHOUT_INPUT), "b.json": JSON.stringify(RAMP) });
    const { code, stdout, stderr } = await cli([
      "solve",
      at("a.json"),
      at("b.json"),
      "--sweep",
      "s0=-1:1:3",
      "--format",
      "csv",
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain("the model takes no input");
    expect(stdout).toContain("b,-1,0");
    for (const [args, message] of [
      [["--sweep", "s0=1:-1"], "must go from a number to a larger one"],
      [["--sweep", "s0"], "Must be like s0=-2:2:101"],
      [["--sweep", "s0=0:1", "--sweep", "files"], "Must be like s0=-2:2:101"],
      [["--sweep", "s0=0:1", "--format", "npz"], "is not there for a sweep"],
      [["--sweep", "s0=0:1", "--coverage", "range", "--method", "search"], "needs the regions method"],
    ] as const) {
      const wrong = await cli(["solve", at("b.json"), ...args]);
      expect(wrong.code, args.join(" ")).toBe(2);
      expect(wrong.stderr).toContain(message);
    }
  });
});

describe("pictures", () => {
  it("come with solve --plot, into a file or a folder", async () => {
    const at = await workplace({
      "ramp.json": JSON.stringify(RAMP),
      "both.json": JSON.stringify([RAMP, { ...RAMP, name: "../evil" }]),
    });
    expect((await cli(["solve", at("ramp.json"), "--plot", at("one.svg"), "--quiet"])).code).toBe(0);
    expect(isSvg(readFileSync(at("one.svg"), "utf8"))).toBe(true);
    expect((await cli(["solve", at("both.json"), "--plot", at("folder"), "--format", "csv"])).code).toBe(0);
    expect(readdirSync(at("folder")).sort()).toEqual(["__evil.svg", "both_0_.svg"]);
    const { code, stderr } = await cli(["solve", at("ramp.json"), "--plot", at("not/there.svg")]);
    expect(code).toBe(1);
    expect(stderr).toContain("is in a folder that does not exist");
  });

  it("come from plot, to standard output too", async () => {
    const at = await workplace({ "ramp.json": JSON.stringify(RAMP) });
    for (const args of [
      [],
      ["--picture", "state"],
      ["--picture", "eigenvalues"],
      ["--input", "s0=0.1"],
      ["--sweep", "s0=-1:1:3"],
    ]) {
      const { code, stdout, stderr } = await cli(["plot", at("ramp.json"), ...args]);
      expect({ args, code, stderr, svg: isSvg(stdout) }).toEqual({ args, code: 0, stderr: "", svg: true });
    }
    const two = await cli(["plot", at("ramp.json"), at("ramp.json")]);
    expect(two.code).toBe(2);
    expect(two.stderr).toContain("is needed for more than one picture");
    const oneFile = await cli(["plot", at("ramp.json"), at("ramp.json"), "-o", at("p.svg")]);
    expect([oneFile.code, existsSync(at("p.svg"))]).toEqual([2, false]);
    expect(oneFile.stderr).toMatch(/-o: names one file, and there are several models .* Name a folder, such as .*p\/:/);
    for (const [args, message] of [
      [["--plane", "z0,z4"], "plane: needs two latent coordinates, and the model has one"],
      [
        ["--sweep", "s0=-1:1:3", "--coordinate", "1"],
        "coordinate: must be 0, as there is one latent coordinate (got 1)",
      ],
      [["--sweep", "files", "--coordinate", "1"], "coordinate: must be 0, as there is one latent coordinate (got 1)"],
      [["--coordinate", "0"], "--coordinate: is of a sweep, and none is asked for (got 0)"],
    ] as const) {
      const wrong = await cli(["plot", at("ramp.json"), ...args]);
      expect({ args, code: wrong.code, stdout: wrong.stdout }).toEqual({ args, code: 2, stdout: "" });
      expect(wrong.stderr).toContain(message);
    }
    expect((await cli(["plot", at("ramp.json"), "--sweep", "s0=-1:1:3", "--coordinate", "0"])).code).toBe(0);
  });
});
