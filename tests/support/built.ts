import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Builds of the source as it is now, each made once for all test files that use it. */

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Whatever a build reads. */
const READ = ["src", "shaders", "scripts", "tsdown.config.ts", "package.json", "package-lock.json", "tsconfig.json"];
const DAY = 86_400_000;

function* filesOf(path: string): Generator<string> {
  if (!statSync(path).isDirectory()) yield path;
  else for (const name of readdirSync(path).sort()) yield* filesOf(join(path, name));
}

/** Changes with every byte that a build reads, and with the name of every file. */
function fingerprint(): string {
  const hash = createHash("sha256");
  for (const path of READ.flatMap((name) => [...filesOf(join(ROOT, name))])) {
    hash.update(`${path}\0`).update(readFileSync(path));
  }
  return hash.digest("hex").slice(0, 16);
}

/** A folder that git ignores, for one build of the source as it is now. It is there once `makeOnce` has ended. */
export const builtFolder = (name: string): string => join(ROOT, ".stillpoint/built", `${name}-${fingerprint()}`);

/**
 * Makes a folder of `builtFolder` unless it is there. Two processes that begin at once both make it, each for itself,
 * and the first to end has its folder kept. Folders that a day has not changed are removed.
 * @param make fills the folder that it is given
 */
export async function makeOnce(folder: string, make: (folder: string) => unknown): Promise<void> {
  if (existsSync(folder)) return;
  const own = `${folder}-${process.pid}`;
  try {
    await make(own);
    renameSync(own, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
  const all = dirname(folder);
  for (const name of readdirSync(all)) {
    const old = join(all, name);
    const { mtimeMs } = statSync(old, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs > DAY) rmSync(old, { recursive: true, force: true });
  }
}

/** Builds what Node runs, without types, with a script run.mjs that is the command line. */
export function buildForNode(folder: string): Promise<void> {
  return makeOnce(folder, async (outDir) => {
    // loaded by the one process that builds
    const [{ build }, { forNode }] = await Promise.all([import("tsdown"), import("../../tsdown.config.ts")]);
    await build({ ...forNode, config: false, cwd: ROOT, dts: false, outDir, logLevel: "silent" });
    const script = `import { main } from "./cli.js";\nprocess.exitCode = await main(process.argv.slice(2));\n`;
    writeFileSync(join(outDir, "run.mjs"), script);
  });
}
