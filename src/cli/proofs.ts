import { addProof, type ProveOptions } from "../api/prove.ts";
import type { Result } from "../base/result.ts";
import type { Model } from "../model/types.ts";
import type { ProvedResult } from "../prove/proved-result.ts";
import { ModelFiles } from "./model-files.ts";
import { saveProof, tellNoProof } from "./prove.ts";
import type { Log } from "./terminal.ts";

/** A result with its proof, and what writes the file of that. */
export interface SavedProof {
  readonly result: ProvedResult;
  readonly save: () => Promise<void>;
}

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
   * Proves the result of the model of an index, as `proveModel` does, in what is left of the budget of finding it.
   * @returns undefined if there is nothing to prove.
   */
  async prove(
    index: number,
    result: Result | undefined,
    { maxSeconds, ...options }: ProveOptions & { readonly maxSeconds?: number | undefined },
  ): Promise<SavedProof | undefined> {
    const model = this.#files.take(index);
    if (model === undefined || result === undefined) return undefined;
    const left = maxSeconds === undefined ? undefined : Math.max(0, maxSeconds - (result.seconds.total ?? 0));
    const deadline = left === undefined ? undefined : performance.now() + 1000 * left;
    return this.proveModel(model, result, { ...options, deadline });
  }

  /**
   * Proves the result of a model. None is needed of an incomplete result, which is told anyway.
   * @returns undefined if there is nothing to prove; else the result with what is said of its proof, and what writes
   *   the file or warns that there is none. @throws OptionError where one file is named for several models.
   */
  async proveModel(model: Model, result: Result, options: ProveOptions): Promise<SavedProof | undefined> {
    if (!result.complete) return undefined;
    const file = this.#files.next(model.name);
    const started = performance.now();
    const proved = await addProof(model, result, options);
    const milliseconds = performance.now() - started;
    const { proof: by, proofBytes, proofFile, noProofBecause } = proved;
    const save = async (): Promise<void> => {
      if (proofBytes === undefined) tellNoProof(model.name, noProofBecause ?? "no reason given", this.#log);
      else if (by !== "none")
        await saveProof(file, proofBytes, { by, boxes: proofFile?.boxes ?? 0, milliseconds }, this.#log);
    };
    return { result: proved, save };
  }
}
