import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { FileError } from "../model/errors.ts";
import type { Model } from "../model/types.ts";
import type { Result } from "../result.ts";
import { writeProof } from "./prove.ts";
import type { Log } from "./terminal.ts";

/**
 * Where the proofs of a batch go: one file for one model, or a folder, where each model's proof has the model's name.
 * A path that ends in .npz is a file; with several models each after the first has its number in the name.
 */
export class ProofWriter {
  readonly #path: string;
  readonly #log: Log;
  readonly #models = new Map<number, Model>();
  readonly #names = new Set<string>();

  /** @throws FileError at once, before any work, if the folder of a file is not there. */
  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
    if (this.#isFile() && !existsSync(dirname(path))) {
      throw new FileError(path, "is in a folder that does not exist", "Make the folder, or choose another file.");
    }
  }

  /** Remembers models by index as they pass, until `write`. */
  async *watch(models: AsyncIterable<Model>): AsyncGenerator<Model> {
    let index = 0;
    for await (const model of models) {
      this.#models.set(index++, model);
      yield model;
    }
  }

  /**
   * Proves the result of the model of an index; none is needed of a model that gave no result, or an incomplete one,
   * which is told anyway.
   * @returns false if it can't be proved. @throws FileError
   */
  async write(
    index: number,
    result: Result | undefined,
    { signal, maxSeconds }: { signal: AbortSignal; maxSeconds: number | undefined },
  ): Promise<boolean> {
    const model = this.#models.get(index);
    this.#models.delete(index);
    if (model === undefined || result?.complete !== true) return true;
    if (!this.#isFile()) mkdirSync(this.#path, { recursive: true });
    // one budget for finding and proving
    const left = maxSeconds === undefined ? undefined : Math.max(0, maxSeconds - (result.seconds.total ?? 0));
    return writeProof(this.#fileOf(model.name), model, result, { signal, maxSeconds: left }, this.#log);
  }

  #isFile(): boolean {
    return /\.npz$/i.test(this.#path);
  }

  #fileOf(name: string): string {
    const safe = name.replace(/[^\p{L}\p{N}._-]+/gu, "_").replace(/^\.+/, "_") || "model";
    const base = this.#isFile() ? this.#path.replace(/\.npz$/i, "") : join(this.#path, safe);
    let file = `${base}.npz`;
    for (let k = 2; this.#names.has(file); k++) file = `${base}-${k}.npz`;
    this.#names.add(file);
    return file;
  }
}
