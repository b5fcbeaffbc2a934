import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SRC = join(ROOT, "src");

/**
 * The order of ARCHITECTURE.md, lowest first: a file imports from its own part and from parts below it. Parts on one
 * line are siblings and do not import each other, but for EXCEPTIONS.
 */
const ORDER: readonly (readonly string[])[] = [
  ["base", "wasm"],
  ["model"],
  ["formats", "exact"],
  // checkers of proofs and of results rest on what is above them here and nothing else
  ["float", "check", "verify"],
  ["arrangement"],
  ["stages"],
  ["cpu", "gpu"],
  ["parallel"],
  ["regions", "search", "finalize", "stability"],
  ["prove"],
  ["run"],
  ["cycles"],
  ["sweep"],
  ["api"],
  ["workers", "index.ts"],
  ["plot"],
  ["cli"],
];
const EXCEPTIONS: ReadonlySet<string> = new Set(["search → regions"]);

/** Where a host is addressed: everything else runs the same in Node, Deno, a worker and a page. */
const HOST_PARTS: ReadonlySet<string> = new Set(["cli", "parallel", "workers"]);

interface Import {
  readonly file: string;
  readonly target: string;
}

const part = (path: string): string => path.split("/")[0]!;
const rank = (path: string): number => ORDER.findIndex((names) => names.includes(part(path)));

/** All imports, static and dynamic, of files in src; a target inside src is relative to it. */
function importsOf(file: string, text: string): Import[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => ({
    file,
    target: fileName.startsWith(".") ? relative(SRC, join(SRC, dirname(file), fileName)) : fileName,
  }));
}

function wrongOrder(imports: readonly Import[]): string[] {
  return imports
    .filter(({ target }) => target.endsWith(".ts"))
    .filter(({ file, target }) => {
      if (rank(file) < 0 || rank(target) < 0) return true;
      if (part(file) === part(target) || EXCEPTIONS.has(`${part(file)} → ${part(target)}`)) return false;
      return rank(target) >= rank(file);
    })
    .map(({ file, target }) => `${file} imports ${target}`);
}

function nodeImports(imports: readonly Import[]): string[] {
  return imports
    .filter(({ file, target }) => target.startsWith("node:") && !HOST_PARTS.has(part(file)))
    .map(({ file, target }) => `${file} imports ${target}`);
}

const sources = readdirSync(SRC, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith(".ts"));
const imports = sources.flatMap((file) => importsOf(file, readFileSync(join(SRC, file), "utf8")));

describe("imports", () => {
  it("are found at all", () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports).toContainEqual({ file: "model/parse.ts", target: "model/schema.ts" });
  });
  it("run down the order of ARCHITECTURE.md only", () => {
    expect(wrongOrder(imports)).toEqual([]);
  });
  it("have the order that the table of ARCHITECTURE.md shows", () => {
    const table = readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8").split("## Parts")[1]!.split("\n## ")[0]!;
    const shown = [...table.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell]) => cell!.match(/[\w.-]+/g)!);
    expect([...shown].sort()).toEqual(ORDER.flat().sort());
    const ranks = shown.map(rank);
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  });
  it("of node: are where a host is addressed only", () => {
    expect(nodeImports(imports)).toEqual([]);
  });
  it("that are wrong would be noticed", () => {
    const wrong = [
      ...importsOf("model/a.ts", 'import { x } from "../exact/b.ts";'),
      ...importsOf("cpu/a.ts", 'export * from "../gpu/b.ts";'),
      ...importsOf("regions/a.ts", 'const b = await import("../search/b.ts");'),
      ...importsOf("stages/a.ts", 'import type { x } from "../run/solver.ts";'),
      ...importsOf("unheard/a.ts", 'import "../model/b.ts";'),
    ];
    expect(wrongOrder(wrong)).toHaveLength(5);
    expect(wrongOrder(importsOf("search/a.ts", 'import "../regions/b.ts"; import "../model/c.ts";'))).toEqual([]);
    expect(nodeImports(importsOf("model/a.ts", 'import { readFileSync } from "node:fs";'))).toHaveLength(1);
  });
});

/** Files that import each other in a circle, type-only imports too: each circle once, as a strongly connected set. */
function circles(imports: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { file, target } of imports) targets.set(file, [...(targets.get(file) ?? []), target]);
  const reachedFrom = (start: string): Set<string> => {
    const seen = new Set<string>();
    const left = [...(targets.get(start) ?? [])];
    for (let file = left.pop(); file !== undefined; file = left.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      left.push(...(targets.get(file) ?? []));
    }
    return seen;
  };
  const reached = new Map([...targets.keys()].map((file) => [file, reachedFrom(file)]));
  const circular = [...reached.keys()].filter((file) => reached.get(file)!.has(file));
  const sets = circular.map((file) =>
    circular.filter((other) => reached.get(file)!.has(other) && reached.get(other)!.has(file)),
  );
  return [...new Map(sets.map((set) => [set.join(), set])).values()];
}

describe("circles of imports", () => {
  it("are not there", () => {
    expect(circles(imports)).toEqual([]);
  });
  it("would be noticed, in one folder and of types alone", () => {
    const circle = [
      ...importsOf("exact/a.ts", 'import type { b } from "./b.ts"; import { d } from "./d.ts";'),
      ...importsOf("exact/b.ts", 'import { c } from "../model/c.ts";'),
      ...importsOf("model/c.ts", 'const a = await import("../exact/a.ts");'),
    ];
    expect(circles([...imports, ...circle])).toEqual([["exact/a.ts", "exact/b.ts", "model/c.ts"]]);
  });
});

/**
 * The configuration with which the numeric core is compiled: what the language has, and `tests/support/universal.d.ts`
 * of what Node, Deno, Bun, workers and pages have alike.
 */
function coreConfiguration(): ts.ParsedCommandLine {
  const file = join(ROOT, "tsconfig.core.json");
  return ts.parseJsonConfigFileContent(ts.readConfigFile(file, ts.sys.readFile).config, ts.sys, ROOT);
}

/** Errors of the numeric core by itself, with more files if there are any. */
function foreignNames(extra: Readonly<Record<string, string>> = {}): string[] {
  const { fileNames, options } = coreConfiguration();
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => name in extra || fileExists(name);
  host.readFile = (name) => extra[name] ?? readFile(name);
  host.getSourceFile = (name, version, ...rest) =>
    name in extra ? ts.createSourceFile(name, extra[name]!, version) : getSourceFile(name, version, ...rest);
  const program = ts.createProgram([...fileNames, ...Object.keys(extra)], options, host);
  return [...program.getSyntacticDiagnostics(), ...program.getSemanticDiagnostics()]
    .filter(({ file }) => file !== undefined && !file.fileName.includes("node_modules"))
    .map(
      ({ file, messageText }) =>
        `${relative(SRC, file!.fileName)}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
    );
}

/** Parts with globals of their own kind: WebGPU's types, pictures for a page. */
const OTHER_HOSTS: ReadonlySet<string> = new Set(["gpu", "plot"]);

describe("the numeric core", () => {
  it("is everything but the parts that address a host", () => {
    const files = coreConfiguration()
      .fileNames.map((file) => relative(SRC, file))
      .filter((file) => !file.startsWith(".."));
    const core = sources.filter((file) => !HOST_PARTS.has(part(file)) && !OTHER_HOSTS.has(part(file)));
    expect(files.sort()).toEqual(core.sort());
  });

  it("uses no global of one host, and a use would be noticed", () => {
    const spy = join(SRC, "model", "spy.ts");
    const text = "export const a = document.title;\nexport const b = process.pid;\nexport const c = Buffer.alloc(1);\n";
    const found = foreignNames({ [spy]: text });
    expect(found.filter((line) => line.startsWith("model/spy.ts"))).toEqual([
      expect.stringContaining("Cannot find name 'document'"),
      expect.stringContaining("Cannot find name 'process'"),
      expect.stringContaining("Cannot find name 'Buffer'"),
    ]);
    // parts that the core imports on purpose are compiled with it, but not held to its rule
    const ownRules = [...HOST_PARTS, ...OTHER_HOSTS, "model/spy.ts"];
    expect(found.filter((line) => !ownRules.some((name) => line.startsWith(name)))).toEqual([]);
  }, 600_000);
});
