import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { builtFolder, makeOnce, ROOT } from "./built.ts";

const BIN = join(ROOT, "node_modules/.bin");

/** What `package.json` may hold, as far as the tests change it. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
}

export function manifest(): Manifest {
  return JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
}

/** What a command says; its output too where it fails. */
export function said(file: string, args: readonly string[], cwd: string): string {
  try {
    // whatever wanted the network would fail
    const env = { ...process.env, npm_config_offline: "true", NO_COLOR: "1" };
    return execFileSync(file, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${message}\n${stdout ?? ""}\n${stderr ?? ""}`, { cause: error });
  }
}

/** Puts what would be published into a folder, apart from dist/, which others may be using. */
export async function buildPackage(folder: string): Promise<void> {
  const dist = builtFolder("package");
  await makeOnce(dist, (outDir) => said(join(BIN, "tsdown"), ["--out-dir", outDir, "--log-level", "error"], ROOT));
  mkdirSync(folder, { recursive: true });
  cpSync(dist, join(folder, "dist"), { recursive: true });
  for (const name of ["package.json", ...manifest().files]) {
    if (name !== "dist") cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
}

export interface Packed {
  readonly tarball: string;
  readonly files: readonly string[];
}

/** Packs a folder that `buildPackage` made, with another package.json where one is given. */
export function pack(folder: string, changed?: object): Packed {
  if (changed !== undefined) writeFileSync(join(folder, "package.json"), JSON.stringify(changed));
  const [packed] = JSON.parse(said("npm", ["pack", "--ignore-scripts", "--json"], folder)) as [
    { filename: string; files: { path: string }[] },
  ];
  return { tarball: join(folder, packed.filename), files: packed.files.map(({ path }) => path) };
}

/** What publint has to say, suggestions too. */
export async function publintMessages({ tarball }: Packed): Promise<string[]> {
  const bytes = readFileSync(tarball);
  const content = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const { messages, pkg } = await publint({
    level: "suggestion",
    strict: true,
    pack: { tarball: content },
  });
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code);
}

/**
 * Problems that are-the-types-wrong finds for a package of ES modules only: kinds and entry points, without repeats.
 */
export function typeProblems({ tarball }: Packed): string[] {
  const args = [tarball, "--profile", "esm-only", "--no-definitely-typed", "--format", "json"];
  let text: string;
  try {
    text = execFileSync(join(BIN, "attw"), args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch (error) {
    text = (error as { stdout?: string }).stdout || "{}";
  }
  const { analysis } = JSON.parse(text) as {
    analysis?: { problems: { kind: string; entrypoint?: string; resolutionKind?: string }[] };
  };
  if (analysis === undefined) throw new Error(`attw gave no analysis of ${tarball}`);
  // the others are of require and of Node 10, which a package of ES modules does not serve
  const served = analysis.problems.filter(({ resolutionKind = "bundler" }) => /bundler|esm/.test(resolutionKind));
  return [...new Set(served.map(({ kind, entrypoint = "" }) => `${kind} ${entrypoint}`.trim()))];
}

/** A project that has installed the package, with the dependencies that it declares and no others. */
export function install({ tarball }: Packed, app: string): void {
  const modules = join(app, "node_modules");
  const target = join(modules, "stillpoint");
  mkdirSync(target, { recursive: true });
  said("tar", ["xzf", tarball, "-C", target, "--strip-components", "1"], app);
  for (const name of Object.keys(manifest().dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
  writeFileSync(join(app, "package.json"), '{ "type": "module" }\n');
}
