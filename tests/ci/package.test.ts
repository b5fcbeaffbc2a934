import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { publicApi } from "../support/api.ts";
import {
  buildPackage,
  install,
  manifest,
  type Packed,
  pack,
  publintMessages,
  said,
  typeProblems,
} from "../support/package.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BIN = join(ROOT, "node_modules/.bin");
const WORK = mkdtempSync(join(tmpdir(), "stillpoint-package-"));
const FOLDER = join(WORK, "package");
const MINUTES = 60_000;

let packed: Packed;

beforeAll(async () => {
  await buildPackage(FOLDER);
  packed = pack(FOLDER);
}, 5 * MINUTES);

afterAll(() => rmSync(WORK, { recursive: true, force: true }));

describe("the npm package", () => {
  it("holds what is needed and nothing else", () => {
    const kinds = new Set(packed.files.map((file) => file.replace(/^dist\/.*?((\.d)?\.\w+)$/, "dist/*$1")));
    expect([...kinds].sort()).toEqual([
      "CITATION.cff",
      "LICENSE",
      "README.md",
      "bin/stillpoint.js",
      "dist/*.d.ts",
      "dist/*.js",
      "package.json",
    ]);
    for (const file of [
      "dist/index.js",
      "dist/index.d.ts",
      "dist/plot.js",
      "dist/plot.d.ts",
      "dist/io.js",
      "dist/io.d.ts",
      "dist/browser/io.js",
      "dist/cli.js",
      "dist/worker.js",
    ]) {
      expect(packed.files).toContain(file);
    }
  });

  it("exports what is written down, type by type", async () => {
    // a change of the public API is seen as one: `npx vitest run --project ci tests/ci/package.test.ts -u` takes it
    await expect(publicApi(join(FOLDER, "dist"), ["index", "plot", "io"])).toMatchFileSnapshot("package-api.txt");
  });

  it("has no import that Vite 5 to 7 misread", () => {
    // they take the names out of `const { a } = await import("b")`, and overlook a `.then` after it
    const misread = /\{[^{}.=]+\}\s*=\s*await\s+import\([^)]+\)\s*\./;
    const files = packed.files.filter((file) => /^dist\/browser\/.*\.js$/.test(file));
    expect(files.length).toBeGreaterThan(10);
    const wrong = files.filter((file) => misread.test(readFileSync(join(FOLDER, file), "utf8")));
    expect(wrong).toEqual([]);
    expect('const { a } = await import("./b.js").then((n) => n.t);').toMatch(misread);
    expect('const { a } = (await import("./b.js")).t;').not.toMatch(misread);
  });

  it("passes publint, suggestions included", async () => {
    expect(await publintMessages(packed)).toEqual([]);
  });

  it("has types where TypeScript looks for them", () => {
    expect(typeProblems(packed)).toEqual([]);
  });

  it("would fail with an export that is not there, or with types of another kind of module", {
    timeout: 2 * MINUTES,
  }, async () => {
    const { exports, ...rest } = manifest();
    const other = join(WORK, "wrong");
    said("cp", ["-r", FOLDER, other], WORK);
    const missing = pack(other, {
      ...rest,
      exports: { ...exports, "./plot": { types: "./dist/none.d.ts", default: "./dist/none.js" } },
    });
    expect(await publintMessages(missing)).not.toEqual([]);
    expect(typeProblems(missing)).toEqual(["NoResolution ./plot"]);
    writeFileSync(join(other, "dist/plot.d.cts"), "export declare const plotModel: unknown;\n");
    const wrong = pack(other, {
      ...rest,
      exports: { ...exports, "./plot": { types: "./dist/plot.d.cts", default: "./dist/plot.js" } },
    });
    expect(typeProblems(wrong)).toEqual(["FalseCJS"]);
  });
});

describe("a project that has installed it", () => {
  const app = join(WORK, "app");
  const script = `
    import { findFixedPoints, parseModel } from "stillpoint";
    import { readModelFile, writeResults } from "stillpoint/io";
    import { plotModel } from "stillpoint/plot";
    const model = await parseModel({ A: [0], U: [[1], [1]], V: [[2], [-2]], hx: [-0.5, 0.5], hz: [1] });
    const result = await findFixedPoints(model, { method: "search", threads: 2 });
    const [again] = await readModelFile(await writeResults([result], "json"), "r.json").catch((error) => [error.code]);
    console.log(result.fixedPoints.map(({ z }) => z[0]).join(), plotModel(model, result).includes("</svg>"), again);
  `;
  beforeAll(() => {
    said("mkdir", ["-p", app], WORK);
    install(packed, app);
    writeFileSync(join(app, "run.mjs"), script);
  });

  it("imports it in Node, with the dependencies that it declares", () => {
    expect(said(process.execPath, ["run.mjs"], app)).toBe("-1,0,1 true INVALID_FILE\n");
  });

  it("imports it in Deno", () => {
    expect(said(join(BIN, "deno"), ["run", "--allow-all", "--no-lock", "run.mjs"], app)).toBe(
      "-1,0,1 true INVALID_FILE\n",
    );
  });

  it("imports it in Bun, and runs its command there", () => {
    const bun = join(BIN, "bun");
    expect(said(bun, ["run.mjs"], app)).toBe("-1,0,1 true INVALID_FILE\n");
    const command = [join(app, "node_modules/stillpoint/bin/stillpoint.js"), "solve", "--threads", "2"];
    const answer = said(bun, [...command, join(ROOT, "examples/lorenz63.json")], app);
    expect(answer).toMatch(/^3 fixed points\. Complete/m);
  });

  it("has its command", () => {
    const command = join(app, "node_modules/stillpoint/bin/stillpoint.js");
    expect(said(process.execPath, [command, "--version"], app)).toBe(`${manifest().version}\n`);
  });

  it.each([
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])("has types for TypeScript with modules %s, resolved as %s, libraries checked", (module, moduleResolution) => {
    const lines = [
      'import { countRegions, findFixedPoints, type ModelInput, parseModel, type Result } from "stillpoint";',
      'import { readModelFile } from "stillpoint/io";',
      'import { plotModel } from "stillpoint/plot";',
      'const model: ModelInput = { kind: "PLRNN", A: [0.5], W: [Float32Array.of(1)], h: Float64Array.of(1) };',
      "const result: Result = await findFixedPoints(model);",
      "const z: readonly number[] = result.fixedPoints[0]!.z;",
      "const boxes: number | undefined = result.counts.boxes;",
      "const seconds: number = result.seconds.total;",
      "// @ts-expect-error there is no such field, and a type that is any would have it",
      "result.nothing;",
      "// @ts-expect-error nor such a count",
      "result.counts.boxen;",
      "// @ts-expect-error the bias of a PLRNN is h",
      'await findFixedPoints({ kind: "PLRNN", A: [0.5], W: [[1]], h1: [1] });',
      "// @ts-expect-error there is no such kind",
      'await parseModel({ kind: "plrnn", A: [0.5], W: [[1]], h: [1] });',
      "// @ts-expect-error an ALRNN needs P",
      'await countRegions({ kind: "ALRNN", A: [0.5], W: [[1]] });',
      'for (const file of await readModelFile(new Uint8Array(), "m.npz")) if ("model" in file) await parseModel(file.model);',
      "export { boxes, plotModel, seconds, z };",
    ];
    writeFileSync(join(app, "app.ts"), lines.join("\n"));
    const compilerOptions = {
      ...{ module, moduleResolution, target: "es2022", lib: ["es2023", "dom"], types: [] },
      ...{ strict: true, noEmit: true, skipLibCheck: false },
    };
    writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["app.ts"] }));
    expect(said(join(BIN, "tsc"), ["-p", "."], app)).toBe("");
  });
});

describe("the JSR package", () => {
  it("could be published: it type-checks in Deno, its exports have no slow types, and nothing that it imports is left out", {
    timeout: 5 * MINUTES,
  }, () => {
    said(join(BIN, "deno"), ["publish", "--dry-run", "--allow-dirty"], ROOT);
  });
});
