import { VERSION } from "../base/version.ts";
import { ascending } from "../model/seal.ts";
import type { Model } from "../model/types.ts";
import { type FindOptions, optionsKey, plainOptions } from "../run/options.ts";
import { type Entry, isFailure } from "./entry.ts";
import type { Slot } from "./journal.ts";
import type { ShardMark } from "./shard.ts";
import { type Found, foundOf } from "./summary.ts";

/**
 * A key that two results share iff they are equal except for their times: the model's content and name, the options and
 * the version of this program.
 */
function keyOf(sha256: string, name: string, version: string, options: object, mark: ShardMark | undefined): string {
  // the order of keys does not matter
  const plain = ascending(plainOptions(options));
  return JSON.stringify([sha256, name, version, optionsKey(plain), mark === undefined ? null : ascending(mark)]);
}

/** A result of an earlier run: its place in the journal, and what a summary counts of it. */
export interface Earlier {
  readonly slot: Slot;
  readonly found: Found;
}

/** The results of an earlier run that need not be computed again. */
export class EarlierResults {
  readonly #slots = new Map<string, Earlier[]>();

  /** The number of results without a digest, which earlier versions wrote, or whose digest was removed. */
  unsealed = 0;

  /** Adds a result, except for failures, cancelled runs, and results without a digest, which are computed again. */
  add(entry: Entry, slot: Slot): void {
    if (isFailure(entry) || entry.incompleteBecause?.startsWith("cancelled")) return;
    if (entry.digest === undefined) {
      this.unsealed++;
      return;
    }
    const { model, provenance } = entry;
    const key = keyOf(model.sha256, model.name, provenance.version, provenance.options, entry.shard);
    const slots = this.#slots.get(key);
    const earlier = { slot, found: foundOf(entry) };
    if (slots === undefined) this.#slots.set(key, [earlier]);
    else slots.push(earlier);
  }

  /** The result for this model; each is handed out once. */
  take(model: Model, options: FindOptions, mark: ShardMark | undefined): Earlier | undefined {
    if (this.#slots.size === 0) return undefined;
    return this.#slots.get(keyOf(model.sha256, model.name, VERSION, options, mark))?.shift();
  }
}
