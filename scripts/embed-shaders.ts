/**
 * Writes src/gpu/shaders.ts, the module that embeds shaders/*.wgsl as strings: one form for Node, Deno, browsers and
 * bundlers. The file is not in the repository. The configurations of the build, of the page and of the tests write it,
 * each at its start; by hand: npx tsx scripts/embed-shaders.ts
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../shaders/", import.meta.url);
const target = new URL("../src/gpu/shaders.ts", import.meta.url);

/** The module for shaders by name. Throws for text that a template literal would read as something else. */
export function moduleOf(shaders: ReadonlyMap<string, string>): string {
  const entries = [...shaders].map(([name, source]) => {
    if (/[`\\]|\$\{/.test(source)) throw new Error(`${name}.wgsl has a character that a template literal would read`);
    return `  ${name}: \`${source}\`,\n`;
  });
  return `// Generated from shaders/*.wgsl by scripts/embed-shaders.ts; do not edit.\n\nexport const shaders = {\n${entries.join("")}} as const;\n`;
}

/** The text of each file of shaders/, by its name without ending. */
export function shaderFiles(): Map<string, string> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".wgsl"));
  return new Map(
    names.sort().map((name) => [name.replace(".wgsl", ""), readFileSync(new URL(name, folder), "utf8")] as const),
  );
}

/** Writes the module, unless it is there as it is to be: builds that run beside each other read it. */
export function embedShaders(): void {
  const text = moduleOf(shaderFiles());
  if (!existsSync(target) || readFileSync(target, "utf8") !== text) writeFileSync(target, text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) embedShaders();
