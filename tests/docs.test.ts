import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

function filesBelow(folder: string, endings: readonly string[]): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .filter((name) => !name.includes("node_modules") && !name.startsWith(join("python", "build")));
}

/** Pages for people: their links and the files that they name must be there. */
const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
  ...filesBelow("docs", [".md"]).filter((name) => !name.startsWith("docs/api")),
  ...["bench", "examples", "python"].flatMap((folder) => filesBelow(folder, [".md"])),
];
const SOURCES = ["src", "tests", "shaders", "bench", "examples", "scripts", "python"].flatMap((folder) =>
  filesBelow(folder, [".ts", ".wgsl", ".py", ".js", ".mjs", ".sh"]),
);

/** Text without fenced and indented blocks and code spans, in which brackets are no links. */
function proseOf(page: string): string {
  return page
    .replace(/^```[\s\S]*?^```$/gm, "")
    .replace(/^ {4}.*$/gm, "")
    .replace(/`[^`\n]*`/g, "");
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading] of page.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/^#{1,6} +(.+)$/gm)) {
    const slug = heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, "")
      .replaceAll(" ", "-");
    const repeats = seen.get(slug) ?? 0;
    seen.set(slug, repeats + 1);
    anchors.add(repeats === 0 ? slug : `${slug}-${repeats}`);
  }
  return anchors;
}

/** What is wrong with a target, as written in a file: no such file, or no such heading in it. */
function faultOf(target: string, folder: string, own = ""): string | undefined {
  const [path, anchor] = target.split("#") as [string, string | undefined];
  const file = path === "" ? own : join(folder, decodeURIComponent(path));
  const text = path === "" ? own : undefined;
  if (text === undefined && !existsSync(join(ROOT, file))) return `${target}: no file ${file}`;
  if (anchor === undefined) return undefined;
  return anchorsOf(text ?? read(file)).has(anchor) ? undefined : `${target}: no such heading`;
}

/** Relative links of a page that lead nowhere. */
function deadLinks(page: string, name: string): string[] {
  const links = [...proseOf(page).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target!);
  return links
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => faultOf(target, dirname(name), page))
    .filter((fault) => fault !== undefined)
    .map((fault) => `${name}: ${fault}`);
}

/**
 * References such as docs/design.md#owners in comments: to the design always with a heading. Benches write pages of
 * their own.
 */
function deadReferences(text: string, name: string): string[] {
  const faults = [...text.matchAll(/\bdocs\/[\w.-]+\.md(?:#[\w-]+)?/g)].map(([target]) => faultOf(target, ""));
  const vague = [...text.matchAll(/\bdocs\/design\.md(?!#)/g)].map(([target]) => `${target}: names no section`);
  const foreign = [...text.matchAll(/\b[A-Z]{3,}\.md\b/g)]
    .filter(() => !name.startsWith("bench/"))
    .filter(([target]) => !existsSync(join(ROOT, target)))
    .map(([target]) => `${target}: no such page`);
  return [...faults, ...vague, ...foreign].filter((fault) => fault !== undefined).map((fault) => `${name}: ${fault}`);
}

/** Files and folders that a page names in code spans, from the root or from `src/`, and that are not there. */
function missingFiles(page: string): string[] {
  const spans = [...page.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/`([^`\s]+)`/g)].map(([, span]) => span!);
  const paths = spans.filter((span) => /^[\w.*-]+(\/[\w.*-]*)*$/.test(span) && /\/|\.(ts|wgsl|json)$/.test(span));
  return paths.filter(
    (path) => !path.includes("*") && ![path, join("src", path)].some((at) => existsSync(join(ROOT, at))),
  );
}

describe("references", () => {
  it("of comments lead to a heading that is there", () => {
    const self = relative(ROOT, fileURLToPath(import.meta.url));
    const texts = SOURCES.filter((name) => name !== self).map((name) => [name, read(name)] as const);
    expect(texts.filter(([, text]) => text.includes("docs/design.md#")).length).toBeGreaterThan(20);
    expect(texts.flatMap(([name, text]) => deadReferences(text, name))).toEqual([]);
  });

  it("of pages lead to a file, and to a heading, that is there", () => {
    expect(PAGES).toEqual(expect.arrayContaining(["README.md", "ARCHITECTURE.md", "docs/design.md"]));
    expect(PAGES.flatMap((name) => deadLinks(read(name), name))).toEqual([]);
  });

  it("that lead nowhere would be noticed", () => {
    expect(deadReferences("// as docs/design.md#owners and docs/formats.md say", "a.ts")).toEqual([]);
    expect(deadReferences("// as docs/design.md#renters says", "a.ts")).toHaveLength(1);
    expect(deadReferences("// as docs/blueprint.md says", "a.ts")).toHaveLength(1);
    expect(deadReferences("// as docs/design.md says, and HOUSE.md", "a.ts")).toHaveLength(2);
    const page =
      "# A page\n\n[one](README.md) [two](#a-page) [three](docs/design.md#lines) [four](https://example.org/x)\n";
    expect(deadLinks(page, "b.md")).toEqual([]);
    expect(deadLinks(page, "docs/b.md")).toHaveLength(2);
    expect(deadLinks("[one](#another-page) [two](docs/design.md#circles)", "b.md")).toHaveLength(2);
  });
});

describe("files that are named", () => {
  it.each(["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/design.md", "docs/is-it-really-all.md"])(
    "in %s are there",
    (name) => {
      const page = read(name);
      expect(page.match(/`[^`\s]+\.ts`/g)?.length ?? 0).toBeGreaterThan(1);
      expect(missingFiles(page)).toEqual([]);
    },
  );

  it("and are not there would be noticed", () => {
    expect(missingFiles("see `src/run/solver.ts`, `model/system.ts` and `shaders/`")).toEqual([]);
    expect(missingFiles("see `src/sovler.ts`, `model/sytsem.ts` and `shader/`")).toHaveLength(3);
  });
});
