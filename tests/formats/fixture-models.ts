import { readFile } from "node:fs/promises";
import { type ReadOptions, readModels } from "../../src/formats/read/read.ts";
import { parseValue } from "../../src/model/parse.ts";
import type { Model } from "../../src/model/types.ts";

/** Written by fixtures/make_fixtures.py with NumPy, h5py, PyTorch, safetensors, SciPy and Octave. */
export async function fixture(name: string): Promise<Uint8Array> {
  return readFile(new URL(`fixtures/${name}`, import.meta.url));
}

export async function modelsOf(name: string, options: ReadOptions = {}): Promise<Model[]> {
  const models: Model[] = [];
  for (const raw of await readModels(await fixture(name), name, options)) {
    if ("error" in raw) throw raw.error;
    models.push(await parseValue(raw.value, { name: raw.name }));
  }
  return models;
}

export const PLRNN = {
  kind: "PLRNN",
  A: [0.5, 0.25, 0.125],
  W: [
    [0, 2, 3],
    [4, 0, 6],
    [7, 8, 0],
  ],
  h: [1, 2, 3],
};

export const sha256Of = async (value: unknown): Promise<string> => (await parseValue(value)).sha256;
