import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, linkSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import { ndjson, randomModel } from "../cli/models.ts";
import { useCli, useCliScript, workplace } from "../cli/run.ts";
import { KINDS } from "./kinds.ts";
import { launch } from "./launch.ts";

const script = useCliScript();
const cli = useCli(script);

const ONE = { name: "one", A: [0], U: [[1], [1]], V: [[2], [-2]], hx: [-0.5, 0.5], hz: [1], C: [[1]] };
const MODEL = JSON.stringify(ONE);

/** The most memory, in MB, that refusing a file may take: Node's own 60 and the largest file as it is. */
const MOST_MEGABYTES = 400;

describe("a file made to hurt", () => {
  it.each(KINDS)("$kind", async ({ file, make, args = [], exit, code, says }) => {
    const at = await workplace({ [file]: await make() });
    const run = await launch(script, ["solve", at(file), "--format", "ndjson", ...args]);
    expect(run.stderr).toMatch(says);
    expect(run.stderr).not.toMatch(/should not have happened|^ +at /m);
    expect(run.code).toBe(exit);
    const records = run.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records).toMatchObject([{ schema: "stillpoint/error@1", error: { code } }]);
    expect(run.megabytes).toBeGreaterThan(20);
    expect(run.megabytes).toBeLessThan(MOST_MEGABYTES);
  });

  it("does not take the rest of a batch with it", async () => {
    const [kind] = KINDS;
    const at = await workplace({ [kind!.file]: await kind!.make(), "m.json": MODEL });
    const run = await launch(script, [
      "solve",
      at(kind!.file),
      at("m.json"),
      at(kind!.file),
      at("m.json"),
      "--format",
      "ndjson",
    ]);
    const schemas = run.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).schema);
    const [error, result] = ["stillpoint/error@1", "stillpoint/result@1"];
    expect(schemas).toEqual([error, result, error, result]);
  });

  it("may be larger where the caller allows it, and smaller where not", async () => {
    const model = randomModel(1, 4000, 2);
    const at = await workplace({ "m.json": JSON.stringify(model) });
    const refused = await launch(script, ["count", at("m.json"), "--max-memory", "1"]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/claims .*the limit is 1 MiB of memory/)]);
    expect((await launch(script, ["count", at("m.json"), "--max-memory", "8"])).code).toBe(0);
  });
});

describe("what is no file of models", () => {
  it.each([
    ["solve", ["/dev/zero"], /is a device, which may have no end/],
    ["solve", ["/proc/self/maps"], /is a file of the operating system/],
    ["solve", ["/proc"], /is a folder of the operating system/],
    ["solve", ["/proc/**"], /matches no file/],
    ["verify", ["MODEL", "/dev/zero"], /is a device/],
    ["verify", ["/dev/zero", "MODEL"], /is a device/],
    ["merge", ["/dev/zero"], /is a device/],
    ["merge", ["PIPE"], /is a pipe/],
    ["merge", ["PIPE.json"], /is a pipe/],
  ])("%s %j", async (command, args, says) => {
    const at = await workplace({ "m.json": MODEL });
    execFileSync("mkfifo", [at("pipe"), at("pipe.json")]);
    const places: Record<string, string> = { MODEL: at("m.json"), PIPE: at("pipe"), "PIPE.json": at("pipe.json") };
    const { code, stderr } = await cli([command, ...args.map((arg) => places[arg] ?? arg)]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(says)]);
  });

  it("a pipe is read when it is named, with a message while it is silent, and stopped by a signal", async () => {
    const at = await workplace({ "m.json": MODEL });
    execFileSync("mkfifo", [at("pipe.json")]);
    const signal = { name: "SIGINT", after: "waiting for something to be written" } as const;
    const { code, stderr } = await cli(["solve", at("pipe.json")], { signal });
    expect([code, stderr]).toEqual([3, expect.stringMatching(/1 of 1 file was not begun/)]);
    for (const line of [["verify"], ["check", at("pipe.json")]]) {
      const ended = await cli([line[0]!, at("m.json"), at("pipe.json"), ...line.slice(1)], { signal });
      expect(ended.code).toBe(null);
    }
    // in a folder it is none of the models
    expect((await cli(["count", at("."), "--format", "ndjson"])).stdout.trim().split("\n")).toHaveLength(1);
  });

  it.each([
    ["solve", ["--format", "npz"]],
    ["solve", ["--format", "csv"]],
    ["solve", ["--sweep", "s0=-1:1:3"]],
    ["count", []],
    ["plot", []],
  ])("a full standard output in %s %j is one message", async (command, args) => {
    const at = await workplace({ "m.json": MODEL });
    const line = [process.execPath, script, command, at("m.json"), ...args].map((word) => `'${word}'`).join(" ");
    const said = execFileSync("sh", ["-c", `${line} 2>&1 >/dev/full; echo "exit $?"`], { encoding: "utf8" });
    expect(said).toMatch(/^error: standard output: can't be written \(ENOSPC.*\nexit 1\n$/);
  });
  it("names in messages are shown escaped", async () => {
    const at = await workplace({ "a\u001b[31m\u202e\nb.json": "{" });
    const { stderr } = await cli(["solve", at("a\u001b[31m\u202e\nb.json")]);
    expect(stderr).toContain("a\\x1b[31m\\u202e\\x0ab.json: is not valid JSON");
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("the file of results", () => {
  const many = ndjson(Array.from({ length: 60 }, (_, i) => randomModel(i, 60, 3)));

  it("is written by one process only, which the other one names", async () => {
    const at = await workplace({ "m.ndjson": many });
    const first = cli(["solve", at("m.ndjson"), "-o", at("out.ndjson")]);
    while (!existsSync(at("out.ndjson.lock"))) await new Promise((resolve) => setTimeout(resolve, 2));
    const second = await cli(["solve", at("m.ndjson"), "-o", at("out.ndjson"), "--resume"]);
    expect([second.code, second.stderr]).toEqual([1, expect.stringMatching(/is being written by process \d+ on /)]);
    expect((await first).code).toBe(0);
    expect(readFileSync(at("out.ndjson"), "utf8").trim().split("\n")).toHaveLength(60);
    expect(readdirSync(at(".")).sort()).toEqual(["m.ndjson", "out.ndjson"]);
  });

  it("is free again when its process was killed, or its number belongs to another one", async () => {
    const at = await workplace({ "m.json": MODEL });
    const owners = [
      { pid: 2 ** 22 - 1, host: hostname() },
      { pid: process.pid, host: hostname(), began: "1" },
    ];
    for (const owner of owners) {
      writeFileSync(at("out.ndjson.lock"), JSON.stringify(owner));
      expect((await cli(["solve", at("m.json"), "-o", at("out.ndjson")])).code).toBe(0);
    }
    for (const owner of [
      JSON.stringify({ pid: 1, host: "another" }),
      JSON.stringify({ pid: process.pid, host: hostname() }),
      "?",
    ]) {
      writeFileSync(at("out.ndjson.lock"), owner);
      const { code, stderr } = await cli(["solve", at("m.json"), "-o", at("out.ndjson")]);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/is being written by .*delete .*out\.ndjson\.lock/)]);
    }
  });

  it("leaves nothing of a killed run, and keeps its permissions", async () => {
    const gone = 2 ** 22 - 1;
    const at = await workplace({
      "m.json": MODEL,
      "out.npz": "",
      "out.npz.4242.tmp": "half",
      [`out.npz.lock.${gone}`]: "half",
      [`out.npz.lock.${gone}.old`]: "half",
      // of one that is about to take its lock
      [`out.npz.lock.${process.pid}`]: "{}",
      "out.npz.notes": "mine",
    });
    execFileSync("chmod", ["600", at("out.npz")]);
    expect((await cli(["solve", at("m.json"), "-o", at("out.npz")])).code).toBe(0);
    expect(readdirSync(at(".")).sort()).toEqual(["m.json", "out.npz", `out.npz.lock.${process.pid}`, "out.npz.notes"]);
    expect(statSync(at("out.npz")).mode & 0o777).toBe(0o600);
  });

  it("of proofs and pictures is whole or as it was, and of counts and sweeps as it was until there is an answer", async () => {
    const files = { "m.json": MODEL, "bad.json": "{", "p.npz": "old", "p.svg": "old", "c.json": "old", "s.csv": "old" };
    const at = await workplace(files);
    const solve = ["solve", at("m.json"), "--proof", at("p.npz"), "--plot", at("p.svg")];
    const small = `ulimit -f 0; exec ${[process.execPath, script, ...solve].map((word) => `'${word}'`).join(" ")}`;
    const full = spawnSync("sh", ["-c", small], { encoding: "utf8" });
    expect([full.status, full.stderr.match(/can't be written \(EFBIG/g)?.length]).toEqual([1, 2]);
    for (const name of ["p.npz", "p.svg"]) expect(readFileSync(at(name), "utf8")).toBe("old");
    expect(readdirSync(at(".")).filter((name) => /tmp$/.test(name))).toEqual([]);
    expect((await cli(solve)).code).toBe(0);
    expect(readFileSync(at("p.npz"), "latin1")).toMatch(/^PK/);
    expect(readFileSync(at("p.svg"), "utf8")).toMatch(/^<svg.*<\/svg>\n?$/s);
    expect((await cli(["count", at("none.json"), at("m.json"), "-o", at("c.json")])).code).toBe(1);
    expect(JSON.parse(readFileSync(at("c.json"), "utf8"))).toMatchObject({ model: { name: "one" } });
    expect((await cli(["solve", at("m.json"), "--sweep", "s0=-1:1:3", "-o", at("s.csv")])).code).toBe(0);
    expect(readFileSync(at("s.csv"), "utf8")).toMatch(/^model,/);
  });

  it.each(["solve", "count", "sweep", "plot"])("is never the model itself: %s", async (command) => {
    // each with an ending that the command writes
    const ending = command === "plot" ? "svg" : "json";
    const [own, hard] = [`m.${ending}`, `hard.${ending}`];
    const at = await workplace({ [own]: MODEL });
    linkSync(at(own), at(hard));
    for (const output of [own, `./${own}`, hard]) {
      const line = command === "sweep" ? ["solve", "--sweep", "s0=-1:1:3"] : [command];
      const { code, stderr } = await cli([...line, at(own), "-o", at(output)]);
      expect([code, stderr]).toEqual([2, expect.stringMatching(/is one of the files to be read/)]);
      expect(readFileSync(at(own), "utf8")).toBe(MODEL);
    }
  });

  it("of an earlier run stays until there is something new, and a strange file stays", async () => {
    const at = await workplace({ "m.json": MODEL, "old.ndjson": "old results\n", "strange.ndjson": '{"one":"line"}' });
    await cli(["solve", at("m.json"), "-o", at("old.ndjson"), "--backend", "webgpu", "--method", "regions"]);
    const kept = readFileSync(at("old.ndjson"), "utf8");
    // a machine with a GPU solves it
    expect(kept === "old results\n" || kept.startsWith('{"schema":"stillpoint/result@1"')).toBe(true);
    const { code, stderr } = await cli(["solve", at("m.json"), "-o", at("strange.ndjson"), "--resume"]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/is no file of results/)]);
    expect(readFileSync(at("strange.ndjson"), "utf8")).toBe('{"one":"line"}');
  });
});
