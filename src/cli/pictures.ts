import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FileError } from "../model/errors.ts";
import type { Model } from "../model/types.ts";
import { type PlotOptions, plotModel } from "../plot/index.ts";
import type { Result } from "../result.ts";
import { errorText } from "./terminal.ts";

/**
 * Writes pictures to one file for one model, or to a folder, where each picture has the name of its model. A path that
 * ends in .svg is a file. With several models that file would be overwritten, so every picture after the first has its
 * number in the name.
 */
export class PictureWriter {
  readonly #path: string;
  readonly #options: PlotOptions;
  readonly #models = new Map<number, Model>();
  readonly #names = new Set<string>();

  /** @throws FileError at once, before any work, if the folder of a file is not there. */
  constructor(path: string, options: PlotOptions = {}) {
    this.#path = path;
    this.#options = options;
    if (this.#isFile() && !existsSync(dirname(path))) {
      throw new FileError(path, "is in a folder that does not exist", "Make the folder, or choose another file.");
    }
  }

  /** Remembers models by index as they pass, until `draw`. */
  async *watch(models: AsyncIterable<Model>): AsyncGenerator<Model> {
    let index = 0;
    for await (const model of models) {
      this.#models.set(index++, model);
      yield model;
    }
  }

  /** Draws the model of an index; `undefined` if it gave no result. @throws FileError */
  draw(index: number, result: Result | undefined): void {
    const model = this.#models.get(index);
    this.#models.delete(index);
    if (model !== undefined && result !== undefined) this.write(model.name, plotModel(model, result, this.#options));
  }

  /** @throws FileError */
  write(name: string, svg: string): void {
    const file = this.#fileOf(name);
    try {
      if (!this.#isFile()) mkdirSync(this.#path, { recursive: true });
      writeFileSync(file, svg);
    } catch (cause) {
      throw new FileError(file, `can't be written (${errorText(cause)})`, "Choose another file or folder.", { cause });
    }
  }

  #isFile(): boolean {
    return /\.svg$/i.test(this.#path);
  }

  #fileOf(name: string): string {
    const safe = name.replace(/[^\p{L}\p{N}._-]+/gu, "_").replace(/^\.+/, "_") || "model";
    const base = this.#isFile() ? this.#path.replace(/\.svg$/i, "") : join(this.#path, safe);
    let file = `${base}.svg`;
    for (let k = 2; this.#names.has(file); k++) file = `${base}-${k}.svg`;
    this.#names.add(file);
    return file;
  }
}
