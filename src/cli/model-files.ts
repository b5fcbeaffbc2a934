import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { FileError, OptionError } from "../model/errors.ts";
import type { Model } from "../model/types.ts";
import { endingOf, isFolderPath, wrongEnding } from "./endings.ts";

/** File systems take names of 255 bytes: this, a number and the ending. */
const MAX_NAME_BYTES = 200;

/**
 * One file for each model of a batch: a file for one model, or a folder for any number, where each file has the name of
 * its model.
 */
export class ModelFiles {
  /** What the files end in, in small letters: as the path says, or for a folder the first of the endings. */
  readonly ending: string;
  readonly #path: string;
  readonly #option: string;
  readonly #isFolder: boolean;
  readonly #models = new Map<number, Model>();
  readonly #names = new Set<string>();

  /**
   * @param option that gave the path, for messages @param endings that a file may have, such as ".svg"
   * @throws at once, before any work: OptionError for another ending, FileError if the folder of a file is not there.
   */
  constructor(path: string, option: string, endings: readonly string[]) {
    this.#path = path;
    this.#option = option;
    this.#isFolder = isFolderPath(path);
    const ending = endingOf(path);
    if (this.#isFolder) {
      this.ending = endings[0]!;
      return;
    }
    this.ending = ending;
    if (!endings.includes(ending)) throw wrongEnding(option, path, endings, `, or a folder, such as ${path}/`);
    if (!existsSync(dirname(path))) {
      throw new FileError(path, "is in a folder that does not exist", "Make the folder, or choose another file.");
    }
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

  /**
   * The file of the next model of this name, in a folder that is there. Throws OptionError where a path names one file
   * and there is another model.
   */
  next(name: string): string {
    if (!this.#isFolder) {
      if (this.#names.has(this.#path)) throw this.oneFile();
      this.#names.add(this.#path);
      return this.#path;
    }
    mkdirSync(this.#path, { recursive: true });
    const safe = name.replace(/[^\p{L}\p{N}._-]+/gu, "_").replace(/^\.+/, "_") || "model";
    const base = join(this.#path, shortened(safe));
    let file = `${base}${this.ending}`;
    for (let k = 2; this.#names.has(file); k++) file = `${base}-${k}${this.ending}`;
    this.#names.add(file);
    return file;
  }

  /** Throws OptionError if a batch is known to have several models, and the path names one file. */
  expect(models: number): void {
    if (models > 1 && !this.#isFolder) throw this.oneFile();
  }

  private oneFile(): OptionError {
    const folder = this.#path.slice(0, this.#path.length - this.ending.length);
    return new OptionError(
      this.#option,
      "names one file, and there are several models",
      this.#path,
      `Name a folder, such as ${folder}/: each model gets a file there.`,
    );
  }
}

/** The beginning of a name, if it is too long for a file's. */
function shortened(name: string): string {
  let end = 0;
  let bytes = 0;
  for (const char of name) {
    bytes += Buffer.byteLength(char);
    if (bytes > MAX_NAME_BYTES) break;
    end += char.length;
  }
  return name.slice(0, end);
}
