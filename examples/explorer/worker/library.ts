import { MAX_FILE_BYTES } from "../../../src/formats/read/budget.ts";
import { modelDefinition } from "../../../src/formats/read/definition.ts";
import type { RawModel } from "../../../src/formats/read/json/raw.ts";
import { MisfitError } from "../../../src/formats/read/names/misfit-error.ts";
import { readArrays, readModels } from "../../../src/formats/read/read.ts";
import { countRegions, FileError, isStillpointError, type Model } from "../../../src/index.ts";
import { parseValue } from "../../../src/model/parse.ts";
import type { FileReading, ModelCard, ModelRef, ProofSubject, Reading, Source } from "../protocol.ts";
import { proofHeader } from "./proof-header.ts";

/** Files and models that a worker has at hand; the last few parsed, the rest read again when asked for. */
const MAX_FILES = 400;
const MAX_MODELS = 32;

/** Reads files and parses models, and remembers the latest. */
export class Library {
  readonly #files = new Map<number, Promise<RawModel[]>>();
  readonly #models = new Map<string, Promise<Model>>();

  /** The models of a file, each with its card or the reason why it is none; or that it is a proof. */
  async read(source: Source): Promise<FileReading> {
    let raws: RawModel[];
    try {
      const proof = await proofOf(source);
      if (proof !== undefined) return { proof };
      raws = await this.#raws(source);
    } catch (error) {
      return { models: [failed(source.name, error)] };
    }
    const models: Reading[] = [];
    for (const [index, raw] of raws.entries()) {
      try {
        const model = await this.model({ source, index, input: {} });
        models.push({ name: model.name, card: await cardOf(model, raw) });
      } catch (error) {
        models.push(failed(raw.name, error));
      }
    }
    return { models };
  }

  /** A model as its file has it. @throws StillpointError */
  async raw({ source, index }: Pick<ModelRef, "source" | "index">): Promise<Extract<RawModel, { value: unknown }>> {
    const raw = (await this.#raws(source))[index]!;
    if ("error" in raw) throw raw.error;
    return raw;
  }

  /** A model as a JSON text that gives the same model, its numbers exact, with the input that was chosen. */
  async json(ref: ModelRef): Promise<string> {
    const { value, name } = await this.raw(ref);
    return JSON.stringify({ name, ...modelDefinition(value), ...inputIn(value, ref.input) });
  }

  /** @throws StillpointError */
  model(ref: ModelRef): Promise<Model> {
    const key = JSON.stringify([ref.source.id, ref.index, ref.input]);
    return remember(this.#models, key, MAX_MODELS, () => this.#parse(ref));
  }

  async #parse(ref: ModelRef): Promise<Model> {
    const { value, name } = await this.raw(ref);
    return parseValue(value, { name, input: ref.input });
  }

  #raws(source: Source): Promise<RawModel[]> {
    return remember(this.#files, source.id, MAX_FILES, async () => readSource(source));
  }
}

/** @throws what is no StillpointError. */
function failed(name: string, error: unknown): Reading {
  if (!isStillpointError(error)) throw error;
  if (!(error instanceof MisfitError)) return { name, error: error.message };
  const { holdings, proposals, file, problem } = error;
  // the remedy of the command line gives way to the list on the page
  return { name, error: `${file}: ${problem}.`, misfit: { holdings, proposals } };
}

/** What a proof is about; undefined for other files. */
async function proofOf({ name, content }: Source): Promise<ProofSubject | undefined> {
  return content instanceof Blob ? proofHeader(await bytesOf(content, name), name) : undefined;
}

async function readSource({ name, content, reading }: Source): Promise<RawModel[]> {
  if (content instanceof Blob) return readModels(await bytesOf(content, name), name, reading);
  const files = new Map<string, Uint8Array>();
  for (const [file, blob] of content) files.set(file, await bytesOf(blob, `${name}/${file}`));
  return readArrays(files, name, name, reading);
}

/** @throws FileError */
export async function bytesOf(blob: Blob, name: string): Promise<Uint8Array> {
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
    sha256: model.sha256,
  };
}

/** s as it stands in a model that `parseValue` took, or zeros. */
function inputOf(value: unknown): number[] {
  const { C, Wu, s } = value as Record<string, unknown>;
  const matrix = C ?? Wu;
  if (matrix === undefined) return [];
  const count = isStored(matrix) ? (matrix.shape[1] ?? 1) : ((matrix as unknown[][])[0]?.length ?? 0);
  const given = isStored(s) ? Array.from(s.data) : Array.isArray(s) ? (s as number[]) : [];
  return Array.from({ length: count }, (_, k) => given[k] ?? 0);
}

/** s with what was chosen of it. */
function inputIn(value: unknown, input: Readonly<Record<string, number>>): { s?: number[] } {
  if (Object.keys(input).length === 0) return {};
  return { s: inputOf(value).map((x, k) => input[`s${k}`] ?? x) };
}

/** An array as binary files hold it. */
function isStored(value: unknown): value is { data: ArrayLike<number>; shape: readonly number[] } {
  return typeof value === "object" && value !== null && "data" in value && "shape" in value;
}
