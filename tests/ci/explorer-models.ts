import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { folderWith, useCli } from "../cli/run.ts";
import { Random } from "../support/random.ts";

/** Files to drop on the explorer page, and what the command line says of them. */

export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export const bytesOf = (path: string): Uint8Array => readFileSync(join(ROOT, path));
export const example = (name: string): NamedFile => ({ name: `${name}.json`, bytes: bytesOf(`examples/${name}.json`) });
export const fixture = (name: string): NamedFile => ({ name, bytes: bytesOf(`tests/formats/fixtures/${name}`) });
export const json = (name: string, value: unknown): NamedFile => ({ name, bytes: Buffer.from(JSON.stringify(value)) });

/** What the command line says of files. */
export function useCliResults() {
  const cli = useCli();
  return async (files: readonly NamedFile[], ...options: string[]) => {
    const folder = await folderWith(Object.fromEntries(files.map(({ name, bytes }) => [name, bytes])));
    const paths = files.map(({ name }) => join(folder, name));
    const { stdout } = await cli(["solve", ...paths, "--format", "ndjson", "--quiet", ...options]);
    return stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  };
}

/** A network whose search goes on for hours: many units in many dimensions. */
export function endless(): unknown {
  const random = new Random(5);
  const draw = (): number => random.normal();
  const [R, N] = [7, 300];
  return {
    name: "endless",
    kind: "clippedShPLRNN",
    A: random.vector(R, () => 0.9),
    W1: random.matrix(R, N, () => draw() / 4),
    W2: random.matrix(N, R, draw),
    h1: random.vector(R, draw),
    h2: random.vector(N, draw),
  };
}
