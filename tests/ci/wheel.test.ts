import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildForNode, builtFolder } from "../support/built.ts";
import { manifest } from "../support/package.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Debian's, which has the packages that scripts/test-ci.sh installs. */
const PYTHON = "/usr/bin/python3";
const DENO = join(ROOT, "node_modules/.bin/deno");
const WORK = mkdtempSync(join(tmpdir(), "stillpoint-wheel-"));
const CHECKOUT = join(WORK, "checkout");
const VENV = join(WORK, "venv");
const TESTS = join(ROOT, "python/tests");
const MINUTES = 60_000;

/**
 * What a command says. It finds no network, no runtime of its own, and this checkout only by a path that it is given.
 */
function said(file: string, args: readonly string[], env: Record<string, string> = {}, cwd = WORK): string {
  const { PYTHONPATH: _, STILLPOINT_RUNTIME: __, ...inherited } = process.env;
  try {
    return execFileSync(file, args, {
      cwd,
      encoding: "utf8",
      env: { ...inherited, PIP_NO_INDEX: "1", PYTHONDONTWRITEBYTECODE: "1", STILLPOINT_REQUIRE_ALL: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${message}\n${stdout ?? ""}\n${stderr ?? ""}`, { cause: error });
  }
}

/** Runs test modules of python/tests against the installed wheel. */
function test(modules: readonly string[], env: Record<string, string>, before: readonly string[] = []): void {
  const [file, ...args] = [...before, join(VENV, "bin/python"), "-W", "error::ResourceWarning", "-m", "unittest"];
  said(file, [...args, ...modules], env, TESTS);
}

let wheel: string;

beforeAll(async () => {
  // a checkout of its own, apart from dist/, which others may be using
  mkdirSync(CHECKOUT);
  const built = builtFolder("node");
  await buildForNode(built);
  cpSync(built, join(CHECKOUT, "dist"), { recursive: true });
  for (const name of ["package.json", "python", ...manifest().files].filter((each) => each !== "dist")) {
    cpSync(join(ROOT, name), join(CHECKOUT, name), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(CHECKOUT, "node_modules"));
  said(
    PYTHON,
    ["-m", "pip", "wheel", ".", "--no-build-isolation", "--no-deps", "-w", WORK],
    {},
    join(CHECKOUT, "python"),
  );
  wheel = join(WORK, readdirSync(WORK).find((name) => name.endsWith(".whl"))!);
  said(PYTHON, ["-m", "venv", "--system-site-packages", "--without-pip", VENV]);
  said(PYTHON, ["-m", "pip", "--python", join(VENV, "bin/python"), "install", "--no-deps", wheel]);
}, 5 * MINUTES);

afterAll(() => rmSync(WORK, { recursive: true, force: true }));

describe("the wheel", () => {
  it("is pure Python, and holds the program that npm's package has, with what that needs and the licences", () => {
    expect(wheel).toMatch(new RegExp(`/stillpoint-${manifest().version}-py3-none-any\\.whl$`));
    const files = unzipSync(readFileSync(wheel));
    const names = Object.keys(files);
    const program = (folder: string) =>
      readdirSync(join(CHECKOUT, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(CHECKOUT.length + 1));
    const expected = [...program("dist"), ...program("bin"), "package.json", "LICENSE"];
    expect(expected.length).toBeGreaterThan(40);
    for (const name of expected) {
      const held = files[`stillpoint/_js/${name}`];
      expect([name, held && Buffer.compare(held, readFileSync(join(CHECKOUT, name)))]).toEqual([name, 0]);
    }
    for (const name of ["py.typed", "check_proof.py", "check_cycles_proof.py", "__main__.py"])
      expect(names).toContain(`stillpoint/${name}`);
    for (const name of Object.keys(manifest().dependencies)) {
      const own = names.filter((each) => each.startsWith(`stillpoint/_js/node_modules/${name}/`));
      expect([name, own.some((each) => /\/licen[cs]e/i.test(each))]).toEqual([name, true]);
      expect(own.filter((each) => /\.(ts|map)$/.test(each))).toEqual([]);
    }
  });

  it("is what is imported, with a program of its own", () => {
    const script = "import stillpoint, stillpoint._runtime as r; print(stillpoint.__file__); print(r.program())";
    const paths = said(join(VENV, "bin/python"), ["-c", script]).trim().split("\n");
    expect(paths).toHaveLength(2);
    for (const path of paths) expect(path).toContain(`${VENV}/lib`);
  });

  it("has types in which pyright finds the one error that a control has", { timeout: 2 * MINUTES }, () => {
    const python = join(CHECKOUT, "python");
    const control = "from ._runtime import find_runtime\n\nwrong: int = find_runtime()\n";
    writeFileSync(join(python, "stillpoint/control.py"), control);
    const args = ["-p", python, "--pythonpath", PYTHON];
    expect(() => said(join(ROOT, "node_modules/.bin/pyright"), args)).toThrow(/control\.py:3:.*1 error, 0 warnings/s);
  });

  it("has the command line", () => {
    const command = join(VENV, "bin/stillpoint");
    const text = said(command, ["solve", join(ROOT, "examples/lorenz63.json")], { STILLPOINT_RUNTIME: DENO });
    expect(text).toContain("Complete: proved that there are no others.");
  });

  it("passes its tests on Node", { timeout: 5 * MINUTES }, () => {
    test(["discover"], { STILLPOINT_RUNTIME: process.execPath });
  });

  it("passes its tests on Deno, and finds a GPU there without anything else", { timeout: 5 * MINUTES }, () => {
    const withGpu = [process.execPath, join(ROOT, "scripts/with-gpu.mjs")];
    test(
      ["test_points", "test_many", "test_numbers", "test_reports", "test_gpu"],
      { STILLPOINT_RUNTIME: DENO },
      withGpu,
    );
  });
});
