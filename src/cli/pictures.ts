import { writeFileSync } from "node:fs";
import { FileError } from "../model/errors.ts";
import type { Model } from "../model/types.ts";
import { type PlotOptions, plotModel } from "../plot/index.ts";
import type { Result } from "../result.ts";
import { ModelFiles } from "./model-files.ts";
import { errorText } from "./terminal.ts";

/**
 * Writes pictures to one file for one model, or to a folder, where each picture has the name of its model. A path that
 * ends in .svg is a file. With several models that file would be overwritten, so every picture after the first has its
 * number in the name.
 */
export class PictureWriter {
  readonly #files: ModelFiles;
  readonly #options: PlotOptions;

  /** @throws FileError at once, before any work, if the folder of a file is not there. */
  constructor(path: string, options: PlotOptions = {}) {
    this.#files = new ModelFiles(path, ".svg");
    this.#options = options;
  }

  /** Remembers models by index as they pass, until `draw`. */
  watch(models: AsyncIterable<Model>): AsyncGenerator<Model> {
    return this.#files.watch(models);
  }

  /** Draws the model of an index; `undefined` if it gave no result. @throws FileError */
  draw(index: number, result: Result | undefined): void {
    const model = this.#files.take(index);
    if (model !== undefined && result !== undefined) this.write(model.name, plotModel(model, result, this.#options));
  }

  /** @throws FileError */
  write(name: string, svg: string): void {
    let file = name;
    try {
      file = this.#files.next(name);
      writeFileSync(file, svg);
    } catch (cause) {
      throw new FileError(file, `can't be written (${errorText(cause)})`, "Choose another file or folder.", { cause });
    }
  }
}
