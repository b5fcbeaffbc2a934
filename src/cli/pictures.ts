import type { Result } from "../base/result.ts";
import { FileError, isStillpointError } from "../model/errors.ts";
import type { Model } from "../model/types.ts";
import { type PlotOptions, plotModel } from "../plot/index.ts";
import { PICTURE_ENDINGS } from "./endings.ts";
import { encoderOf, type PictureEncoder, type PictureSize } from "./images.ts";
import { ModelFiles } from "./model-files.ts";
import { writeWhole } from "./replace.ts";
import { errorText } from "./terminal.ts";

/**
 * Writes pictures to one file for one model, or to a folder, where each picture is an SVG with the name of its model. A
 * path that ends in .svg, .png or .pdf is a file of that format.
 */
export class PictureWriter {
  readonly #files: ModelFiles;
  readonly #options: PlotOptions;
  readonly #encode: PictureEncoder;

  private constructor(files: ModelFiles, encode: PictureEncoder, options: PlotOptions) {
    this.#files = files;
    this.#encode = encode;
    this.#options = options;
  }

  /**
   * @param sources of models @param option that gave the path, for messages
   * @throws at once, before any work: FileError if the folder of a file is not there, OptionError for another ending,
   *   one
   * file for several sources, or a package that is not installed.
   */
  static async open(
    path: string,
    {
      option,
      sources,
      size,
      ...options
    }: PlotOptions & { option: string; sources: number; size?: PictureSize | undefined },
  ): Promise<PictureWriter> {
    const files = new ModelFiles(path, option, PICTURE_ENDINGS);
    files.expect(sources);
    return new PictureWriter(files, await encoderOf(files.ending, option, size), options);
  }

  /** Remembers models by index as they pass, until `draw`. */
  watch(models: AsyncIterable<Model>): AsyncGenerator<Model> {
    return this.#files.watch(models);
  }

  /** Draws the model of an index; `undefined` if it gave no result. @throws FileError, OptionError */
  async draw(index: number, result: Result | undefined): Promise<void> {
    const model = this.#files.take(index);
    if (model !== undefined && result !== undefined)
      await this.write(model.name, plotModel(model, result, this.#options));
  }

  /** @throws FileError, and OptionError for a second picture in one file */
  async write(name: string, svg: string): Promise<void> {
    let file = name;
    try {
      file = this.#files.next(name);
      await writeWhole(file, await this.#encode(svg));
    } catch (cause) {
      if (isStillpointError(cause)) throw cause;
      throw new FileError(file, `can't be written (${errorText(cause)})`, "Choose another file or folder.", { cause });
    }
  }
}
