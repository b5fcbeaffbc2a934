import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { buildForNode, builtFolder } from "../support/built.ts";

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** Sent once, when something has arrived on stderr that contains `after`. */
  readonly signal?: { readonly name: NodeJS.Signals; readonly after: string };
  /** Sends SIGKILL as soon as this holds; asked every few milliseconds. */
  readonly killWhen?: () => boolean;
  /** Closes stdout after the first bytes, as `head` does. */
  readonly closeStdout?: boolean;
}

/** The command line, built from the source as it is now. The path of a script for Node. */
export function useCliScript(): string {
  const folder = builtFolder("node");
  // the time of a busy machine: a build takes some seconds
  beforeAll(() => buildForNode(folder), 60_000);
  return join(folder, "run.mjs");
}

/** The command line as a process. @param entry of `useCliScript`, where a test needs both */
export function useCli(entry = useCliScript()): (args: readonly string[], options?: RunOptions) => Promise<Finished> {
  return (args, options = {}) => run(entry, args, options);
}

function run(entry: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env;
    const child = spawn(process.execPath, [entry, ...args], { cwd: options.cwd, env: { ...env, ...options.env } });
    let stdout = "";
    let stderr = "";
    let signalled = false;
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      if (options.closeStdout) child.stdout.destroy();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
      if (!signalled && options.signal && stderr.includes(options.signal.after)) {
        signalled = true;
        child.kill(options.signal.name);
      }
    });
    const { killWhen } = options;
    const watch = killWhen && setInterval(() => killWhen() && child.kill("SIGKILL"), 2);
    child.stdin.on("error", () => {});
    child.stdin.end(options.stdin ?? "");
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(watch);
      resolve({ code, stdout, stderr });
    });
  });
}

/** Those of the tests of one file, which has this module to itself. */
const folders: string[] = [];

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** A fresh folder with the given files, which is removed after the tests of the file. */
export async function folderWith(files: Record<string, string | Uint8Array>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "stillpoint-"));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

/** A folder of `folderWith`: the path of a file in it by name. */
export async function workplace(files: Record<string, string | Uint8Array>): Promise<(name: string) => string> {
  const folder = await folderWith(files);
  return (name) => join(folder, name);
}
