/**
 * Writes jsr.json from package.json: `npm run jsr`. JSR and Deno take the library from its source; bare imports get the
 * versions that package.json asks for. A test fails when the file is stale.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const NAME = "@stillpoint/stillpoint";
const EXPORTS = { ".": "./src/index.ts", "./plot": "./src/plot/index.ts", "./io": "./src/formats/index.ts" };
/** The command line comes with the npm package. */
const LEFT_OUT = ["src/cli"];
/** Made by builds, so git ignores it, and JSR would too. */
const MADE = "src/gpu/shaders.ts";

export interface PackageJson {
  readonly version: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/**
 * The content of jsr.json.
 * @param specifiers what the published modules import.
 * @throws Error for a package that package.json does not name.
 */
export function jsrConfig(packageJson: PackageJson, specifiers: Iterable<string>): object {
  const { version, license, dependencies = {}, devDependencies = {} } = packageJson;
  const names = [...specifiers]
    .filter((specifier) => !specifier.startsWith(".") && !specifier.startsWith("node:"))
    .map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)![0]);
  const imports: Record<string, string> = {};
  for (const name of [...new Set(names)].sort()) {
    // the npm build bundles some, which are development dependencies there
    const range = dependencies[name] ?? devDependencies[name];
    if (range === undefined)
      throw new Error(`the source imports "${name}", which package.json does not name: add it there`);
    imports[name] = `npm:${name}@${range}`;
  }
  return {
    name: NAME,
    version,
    license,
    exports: EXPORTS,
    imports,
    publish: { include: ["src", "README.md", "LICENSE", "jsr.json"], exclude: [...LEFT_OUT, `!${MADE}`] },
  };
}

/** What the published modules import, each as it is written there. */
export function importedSpecifiers(): Set<string> {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .map((file) => `src/${file}`)
    .filter((file) => file.endsWith(".ts") && !LEFT_OUT.some((folder) => file.startsWith(`${folder}/`)));
  const found = new Set<string>();
  for (const file of files) {
    const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, file), "utf8"), true, true);
    for (const { fileName } of importedFiles) found.add(fileName);
  }
  return found;
}

/** The text of jsr.json as it should be. */
export function jsrText(): string {
  const packageJson = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as PackageJson;
  const text = JSON.stringify(jsrConfig(packageJson, importedSpecifiers()), null, 2);
  // lists on one line, as the formatter has them
  return `${text.replace(/\[\s+([^[\]]*?)\s+\]/g, (_, items: string) => `[${items.replace(/\s*\n\s*/g, " ")}]`)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(join(ROOT, "jsr.json"), jsrText());
