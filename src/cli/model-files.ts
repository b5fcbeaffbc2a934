import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { FileError } from "../model/errors.ts";
import type { Model } from "../model/types.ts";

/**
 * One file for each model of a batch: a file for one model, or a folder, where each file has the name of its model. A
 * path with the files' own ending is a file. With several models that file would be overwritten, so every file after
 * the first has its number in the name.
 */
export class ModelFiles {
  readonly #path: string;
  readonly #ending: string;
  readonly #models = new Map<number, Model>();
  readonly #names = new Set<string>();

  /**
   * @param ending of the files, such as ".svg".
   * @throws FileError at once, before any work, if the folder of a file is not there.
   */
  constructor(path: string, ending: string) {
    this.#path = path;
    this.#ending = ending;
    if (this.#isFile && !existsSync(dirname(path))) {
      throw new FileError(path, "is in a folder that does not exist", "Make the folder, or choose another file.");
    }
  }

  get #isFile(): boolean {
    return this.#path.toLowerCase().endsWith(this.#ending);
  }

  /** Remembers models by index as they pass, until `take`. */
  async *watch(models: AsyncIterable<Model>): AsyncGenerator<Model> {
    let index = 0;
    for await (const model of models) {
      this.#models.set(index++, model);
      yield model;
    }
  }

  /** The model of an index, once. */
  take(index: number): Model | undefined {
    const model = this.#models.get(index);
    this.#models.delete(index);
    return model;
  }

  /** The file of the next model of this name, in a folder that is there. */
  next(name: string): string {
    if (!this.#isFile) mkdirSync(this.#path, { recursive: true });
    const safe = name.replace(/[^\p{L}\p{N}._-]+/gu, "_").replace(/^\.+/, "_") || "model";
    const base = this.#isFile ? this.#path.slice(0, -this.#ending.length) : join(this.#path, safe);
    let file = `${base}${this.#ending}`;
    for (let k = 2; this.#names.has(file); k++) file = `${base}-${k}${this.#ending}`;
    this.#names.add(file);
    return file;
  }
}
