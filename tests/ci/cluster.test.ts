import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Json, lasting, randomModel } from "../cli/models.ts";
import { folderWith, useCliScript } from "../cli/run.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const script = useCliScript();
let folder: string;
let env: NodeJS.ProcessEnv;

/** Runs a program in the test's folder, with `stillpoint` on the PATH; what it printed. */
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));

beforeAll(async () => {
  const models = Object.fromEntries(
    [1, 2, 3, 4, 5, 6, 7].map((seed) => [`m${seed}.json`, JSON.stringify(randomModel(seed))]),
  );
  folder = await folderWith({ ...models, "large.json": JSON.stringify(randomModel(8, 40, 3)) });
  const bin = join(folder, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "stillpoint"), `#!/bin/sh\nexec ${process.execPath} ${script} "$@"\n`);
  chmodSync(join(bin, "stillpoint"), 0o755);
  env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  run("stillpoint", "solve", "m*.json", "-o", "whole.json");
  run("stillpoint", "solve", "large.json", "--method", "regions", "-o", "whole-large.json");
});

function expectBatch(file: string): void {
  const [merged, whole]: Json[][] = [read(file), read("whole.json")];
  expect(merged!.map(lasting)).toEqual(whole!.map(lasting));
}

/** Byte for byte. */
function expectLarge(file: string): void {
  const [merged, whole] = [read(file), read("whole-large.json")];
  for (const key of ["fixedPoints", "continua", "complete"]) {
    expect(JSON.stringify(merged[key])).toBe(JSON.stringify(whole[key]));
  }
}

describe("a Slurm array job, as docs/cluster.md has it", () => {
  const cluster = join(ROOT, "tests/ci/slurm-cluster.sh");
  const job = join(ROOT, "examples/slurm-array.sh");
  beforeAll(() => {
    execFileSync(cluster, ["start", join(folder, "slurm")], { stdio: "ignore" });
    env = { ...env, SLURM_CONF: join(folder, "slurm", "slurm.conf") };
  });
  afterAll(() => {
    execFileSync(cluster, ["stop", join(folder, "slurm")], { stdio: "ignore" });
  });

  /** Submits the job and waits for all its tasks. */
  function submit(array: string, ...args: string[]): string[] {
    run("rm", "-rf", "shards");
    run("mkdir", "shards");
    run("sbatch", "--wait", `--array=${array}`, job, ...args);
    return readdirSync(join(folder, "shards")).filter((name) => name.endsWith(".ndjson"));
  }

  it("over the models of a batch", () => {
    expect(submit("1-4", "m*.json")).toHaveLength(4);
    run("stillpoint", "merge", "shards/*.ndjson", "-o", "out.json");
    expectBatch("out.json");
  });

  it("over the regions of one model", () => {
    expect(submit("1-4", "large.json", "--method", "regions")).toHaveLength(4);
    run("stillpoint", "merge", "shards/*.ndjson", "-o", "out-large.json");
    expectLarge("out-large.json");
  });

  it("a task that is missing is noticed, and made up for", () => {
    submit("1-3", "large.json", "--method", "regions");
    run("rm", "shards/2.ndjson");
    expect(() => run("stillpoint", "merge", "shards/*.ndjson")).toThrow(/lack part 2 of 3/);
  });
});

describe("GNU parallel, as docs/cluster.md has it", () => {
  it("over the models of a batch", () => {
    run("parallel", "-j2", "stillpoint solve 'm*.json' --shard {}/3 -o p{}.ndjson --quiet", ":::", "1", "2", "3");
    run("stillpoint", "merge", "p?.ndjson", "-o", "parallel.json");
    expectBatch("parallel.json");
  });

  it("over the regions of one model", () => {
    const command = "stillpoint solve large.json --method regions --shard {}/5 -o l{}.ndjson --quiet";
    run("parallel", "-j2", command, ":::", "1", "2", "3", "4", "5");
    run("stillpoint", "merge", "l?.ndjson", "-o", "parallel-large.json");
    expectLarge("parallel-large.json");
  });
});
