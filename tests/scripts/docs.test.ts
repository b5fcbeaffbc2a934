import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const typedoc = join(dirname(createRequire(import.meta.url).resolve("typedoc/package.json")), "bin/typedoc");
const folder = mkdtempSync(join(tmpdir(), "stillpoint-docs-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs typedoc under the rules of typedoc.json, a warning being an error. */
function pages(out: string, ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [typedoc, "--out", out, ...args], {
    cwd: ROOT,
    encoding: "utf8",
    timeout: 240_000,
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { status, output: stdout + stderr };
}

describe("the pages of the documentation", () => {
  it("are made without a warning, the guides among them", () => {
    const out = join(folder, "api");
    const { status, output } = pages(out);
    expect(output).not.toMatch(/warning\]|error\]/);
    expect(status).toBe(0);
    const guides = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
    for (const guide of guides) {
      expect(existsSync(join(out, "documents", guide.replace(/\.md$/, ".html"))), guide).toBe(true);
    }
    expect(existsSync(join(out, "functions/index.findFixedPoints.html"))).toBe(true);
  }, 300_000);

  it("are refused where an export has no words", () => {
    const entry = join(folder, "index.ts");
    writeFileSync(entry, "export function f(): number {\n  return 1;\n}\n");
    writeFileSync(join(folder, "tsconfig.json"), '{ "files": ["index.ts"] }');
    const { status, output } = pages(
      join(folder, "wrong"),
      ...["--entryPoints", entry, "--tsconfig", join(folder, "tsconfig.json"), "--projectDocuments", "docs/formats.md"],
    );
    expect(status).not.toBe(0);
    expect(output).toMatch(/f \(CallSignature\).* does not have any documentation/);
  }, 120_000);
});
