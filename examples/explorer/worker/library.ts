import type { RawModel } from "../../../src/formats/read/json/raw.ts";
import { readArrays, readModels } from "../../../src/formats/read/read.ts";
import { countRegions, FileError, isStillpointError, type Model, parseModel } from "../../../src/index.ts";
import type { ModelCard, ModelRef, Reading, Source } from "../protocol.ts";

/** Files and models that a worker has at hand; the last few parsed, the rest read again when asked for. */
const MAX_FILES = 400;
const MAX_MODELS = 32;
/** As on the command line. */
const MAX_FILE_BYTES = 2 ** 30;

/** Reads files and parses models, and remembers the latest. */
export class Library {
  readonly #files = new Map<number, Promise<RawModel[]>>();
  readonly #models = new Map<string, Promise<Model>>();

  /** The models of a file, as far as they can be read. Throws StillpointError if none can. */
  async read(source: Source): Promise<Reading[]> {
    const raws = await this.#raws(source);
    const readings: Reading[] = [];
    for (const [index, raw] of raws.entries()) {
      try {
        const model = await this.model({ source, index, input: {} });
        readings.push({ name: model.name, card: await cardOf(model, raw) });
      } catch (error) {
        if (!isStillpointError(error)) throw error;
        readings.push({ name: raw.name, error: error.message });
      }
    }
    return readings;
  }

  /** @throws StillpointError */
  model(ref: ModelRef): Promise<Model> {
    const key = JSON.stringify([ref.source.id, ref.index, ref.input]);
    return remember(this.#models, key, MAX_MODELS, () => this.#parse(ref));
  }

  async #parse({ source, index, input }: ModelRef): Promise<Model> {
    const raw = (await this.#raws(source))[index];
    if ("error" in raw) throw raw.error;
    return parseModel(raw.value, { name: raw.name, input });
  }

  #raws(source: Source): Promise<RawModel[]> {
    return remember(this.#files, source.id, MAX_FILES, async () => readSource(source));
  }
}

async function readSource({ name, content, reading }: Source): Promise<RawModel[]> {
  if (content instanceof Blob) return readModels(await bytesOf(content, name), name, reading);
  const files = new Map<string, Uint8Array>();
  for (const [file, blob] of content) files.set(file, await bytesOf(blob, `${name}/${file}`));
  return readArrays(files, name, name, reading);
}

async function bytesOf(blob: Blob, name: string): Promise<Uint8Array> {
  if (blob.size > MAX_FILE_BYTES) {
    throw new FileError(name, `has ${blob.size} bytes; the limit is ${MAX_FILE_BYTES}`, "Split it.");
  }
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    throw new FileError(name, "can't be read any more", "Open it again: it was moved, changed or is a folder.", {
      cause,
    });
  }
}

/** The value of a key, made if it is not there; the key used longest ago makes room. */
function remember<Key, Value>(map: Map<Key, Value>, key: Key, most: number, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
  return value;
}

async function cardOf(model: Model, raw: RawModel): Promise<ModelCard> {
  const { model: summary, regions, estimatedSeconds, auto } = await countRegions(model);
  return {
    name: summary.name,
    kind: summary.kind,
    latentDim: summary.latentDim,
    units: summary.units,
    hyperplanes: summary.hyperplanes,
    time: model.system.time,
    regions,
    seconds: estimatedSeconds[auto],
    input: "value" in raw ? inputOf(raw.value) : [],
  };
}

/** s as it stands in a model that `parseModel` took, or zeros. */
function inputOf(value: unknown): number[] {
  const { C, Wu, s } = value as Record<string, unknown>;
  const matrix = C ?? Wu;
  if (matrix === undefined) return [];
  const count = isStored(matrix) ? (matrix.shape[1] ?? 1) : ((matrix as unknown[][])[0]?.length ?? 0);
  const given = isStored(s) ? Array.from(s.data) : Array.isArray(s) ? (s as number[]) : [];
  return Array.from({ length: count }, (_, k) => given[k] ?? 0);
}

/** An array as binary files hold it. */
function isStored(value: unknown): value is { data: ArrayLike<number>; shape: readonly number[] } {
  return typeof value === "object" && value !== null && "data" in value && "shape" in value;
}
