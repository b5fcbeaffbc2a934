/**
 * Writes src/gpu/shaders.ts, the module that embeds shaders/*.wgsl as strings: one form for Node, Deno, browsers and
 * bundlers. A test fails when it is stale. Usage: npx tsx scripts/embed-shaders.ts
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../shaders/", import.meta.url);
const target = new URL("../src/gpu/shaders.ts", import.meta.url);

/** The text that the generated module must have. */
export function embeddedShaders(): string {
  const entries = readdirSync(folder)
    .filter((name) => name.endsWith(".wgsl"))
    .sort()
    .map((name) => {
      const source = readFileSync(new URL(name, folder), "utf8");
      if (/[`\\]|\$\{/.test(source)) throw new Error(`${name} has a character that a template literal would read`);
      return `  ${name.replace(".wgsl", "")}: \`${source}\`,\n`;
    });
  return `// Generated from shaders/*.wgsl by scripts/embed-shaders.ts; do not edit.\n\nexport const shaders = {\n${entries.join("")}} as const;\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, embeddedShaders());
