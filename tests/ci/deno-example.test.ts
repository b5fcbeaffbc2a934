import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The example as examples/README.md says to run it, and with no other permissions. */
function deno(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = [
    "node_modules/.bin/deno",
    "run",
    "--allow-read",
    "--allow-env=NODE_ENV",
    "examples/deno.ts",
    ...args,
  ];
  const env = { ...process.env, NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(process.execPath, ["scripts/with-gpu.mjs", ...command], { cwd: ROOT, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe("examples/deno.ts", () => {
  it("finds the three points of the Lorenz model", async () => {
    const { code, stdout, stderr } = await deno();
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.trim().split("\n");
    expect(lines.filter((line) => line.endsWith("saddle"))).toHaveLength(3);
    expect(lines.at(-2)).toBe("Complete: there are no others.");
    expect(lines.at(-1)).toMatch(/on cpu, /);
  });

  it("finds the same on the adapter", async () => {
    const points = (text: string) => text.split("\n").filter((line) => /(stable|saddle)$/.test(line));
    const onCpu = await deno("examples/figure-1c.json");
    const onGpu = await deno("examples/figure-1c.json", "--gpu");
    expect(onGpu.stdout).toMatch(/regions on (?!cpu)/);
    expect(points(onCpu.stdout).length).toBe(4);
    expect(points(onGpu.stdout)).toEqual(points(onCpu.stdout));
  });

  it("says what is wrong with a file", async () => {
    expect(await deno("package.json")).toMatchObject({ code: 1, stderr: expect.stringContaining("kind: is missing") });
    expect(await deno("nowhere.json")).toMatchObject({ code: 1, stderr: expect.stringContaining("nowhere.json") });
  });
});
