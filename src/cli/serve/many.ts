import { type ListedOutcome, type NamedModel, solveMany } from "../../api/many.ts";
import { isStillpointError, OptionError, type StillpointError } from "../../model/errors.ts";
import { parseValue } from "../../model/parse.ts";
import { Engine } from "../../run/engine.ts";
import { FACILITIES } from "../../run/facilities.ts";
import type { FindOptions } from "../../run/options.ts";
import { gpuProbe } from "../gpu-probe.ts";
import { ModelReader } from "../reading.ts";
import { openSource, resolveSources } from "../sources.ts";
import { refuseStdin, requestedModel } from "./models.ts";
import { type Json, readFindOptions, readNaming } from "./options.ts";
import type { Call } from "./requests.ts";

/** Models of one request that may wait; then no more of the client's lines are read until some are solved. */
const MOST_WAITING = 2048;

/** The models that a client sends after its request, one a line, in their order. */
export class Models implements AsyncIterable<Json> {
  #waiting: Json[] = [];
  #taken = 0;
  #ended = false;
  #wake = () => {};
  #makeRoom = () => {};

  /** @returns what to await before the next line is read */
  async add(model: Json): Promise<void> {
    this.#waiting.push(model);
    this.#wake();
    if (this.#waiting.length - this.#taken < MOST_WAITING) return;
    await new Promise<void>((resolve) => {
      this.#makeRoom = resolve;
    });
  }

  /** No more models come, or none is wanted any more. */
  end(): void {
    this.#ended = true;
    this.#wake();
    this.#makeRoom();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Json> {
    for (;;) {
      while (this.#taken < this.#waiting.length) {
        yield this.#waiting[this.#taken++]!;
        if (this.#waiting.length - this.#taken < MOST_WAITING) this.#makeRoom();
      }
      this.#waiting = [];
      this.#taken = 0;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/**
 * The outcomes of all models that follow, or of those in the request's `paths`, in their order. After a cancel the
 * outcomes end.
 * @throws OptionError at once for bad options
 */
export async function* solveModels(
  { request, signal, onProgress }: Call,
  models: Models,
): AsyncGenerator<ListedOutcome> {
  const options = readFindOptions(request.options);
  const engine = new Engine(options, FACILITIES);
  const reader = new ModelReader(signal);
  const named = numbered(
    request.paths === undefined
      ? modelsOfLines(models, options.input, signal)
      : modelsOfFiles(request, reader, options.input, signal),
  );
  try {
    yield* solveMany(named, { ...options, signal, onProgress, gpuProbe: gpuProbe(options) }, engine);
  } finally {
    await engine.close();
    await reader.close();
  }
}

type Unnumbered = Omit<NamedModel, "index">;

async function* numbered(models: AsyncIterable<Unnumbered>): AsyncGenerator<NamedModel> {
  let index = 0;
  for await (const model of models) yield { index: index++, ...model };
}

async function* modelsOfLines(
  lines: Models,
  input: FindOptions["input"],
  signal: AbortSignal,
): AsyncGenerator<Unnumbered> {
  for await (const line of lines) {
    if (signal.aborted) return;
    yield await checked("model", async () => {
      const { value, name } = await requestedModel(line, signal);
      return parseValue(value, { name, input });
    });
  }
}

async function* modelsOfFiles(
  { paths, naming }: Json,
  reader: ModelReader,
  input: FindOptions["input"],
  signal: AbortSignal,
): AsyncGenerator<Unnumbered> {
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === "string")) {
    throw new OptionError("paths", "must be a list of texts", paths, "Give files, folders and patterns.");
  }
  paths.forEach(refuseStdin);
  const options = readNaming(naming);
  for (const source of await resolveSources(paths)) {
    if (signal.aborted) return;
    if ("error" in source) {
      yield { name: source.error.file, model: source.error };
      continue;
    }
    try {
      for await (const raw of (await openSource(source, { options, reader, signal })).raws) {
        if (signal.aborted) return;
        if ("error" in raw) yield { name: raw.name, model: raw.error };
        else yield await checked(raw.name, async () => parseValue(raw.value, { name: raw.name, input }));
      }
    } catch (error) {
      if (!isStillpointError(error)) throw error;
      if (signal.aborted) return;
      yield { name: source.path, model: error };
    }
  }
}

async function checked(name: string, read: () => Promise<NamedModel["model"]>): Promise<Unnumbered> {
  try {
    const model = await read();
    return { name: "name" in model ? model.name : name, model };
  } catch (error) {
    if (!isStillpointError(error)) throw error;
    return { name, model: error satisfies StillpointError };
  }
}
