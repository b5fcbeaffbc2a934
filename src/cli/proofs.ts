import type { Result } from "../base/result.ts";
import type { Model } from "../model/types.ts";
import { ModelFiles } from "./model-files.ts";
import { writeProof } from "./prove.ts";
import type { Log } from "./terminal.ts";

/**
 * Where the proofs of a batch go: one file for one model, or a folder, where each model's proof has the model's name.
 * A path that ends in .npz is a file.
 */
export class ProofWriter {
  readonly #files: ModelFiles;
  readonly #log: Log;

  /**
   * @param sources of the batch
   * @throws at once, before any work: FileError if the folder of a file is not there, OptionError for another ending or
   * one file for several sources.
   */
  constructor(path: string, sources: number, log: Log) {
    this.#files = new ModelFiles(path, "--proof", [".npz"]);
    this.#files.expect(sources);
    this.#log = log;
  }

  /** Remembers models by index as they pass, until `write`. */
  watch(models: AsyncIterable<Model>): AsyncGenerator<Model> {
    return this.#files.watch(models);
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
    const model = this.#files.take(index);
    if (model === undefined || result?.complete !== true) return true;
    // one budget for finding and proving
    const left = maxSeconds === undefined ? undefined : Math.max(0, maxSeconds - (result.seconds.total ?? 0));
    return writeProof(this.#files.next(model.name), model, result, { signal, maxSeconds: left }, this.#log);
  }
}
