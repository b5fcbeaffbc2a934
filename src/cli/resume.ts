import { ascending } from "../model/seal.ts";
import type { Model } from "../model/types.ts";
import { type FindOptions, optionsKey, plainOptions } from "../options.ts";
import { VERSION } from "../version.ts";
import { type Entry, isFailure } from "./entry.ts";
import type { Slot } from "./journal.ts";
import type { ShardMark } from "./shard.ts";
import { type Found, foundOf } from "./summary.ts";

/** What makes two results the same but for their times: the model's content and name, the options and this program's version. */
function keyOf(sha256: string, name: string, version: string, options: object, mark: ShardMark | undefined): string {
  // the order of keys says nothing
  const plain = ascending(plainOptions(options));
  return JSON.stringify([sha256, name, version, optionsKey(plain), mark === undefined ? null : ascending(mark)]);
}

/** A result of an earlier run: where it lies, and what it came to. */
export interface Earlier {
  readonly slot: Slot;
  readonly found: Found;
}

/** The results of an earlier run that need not be made again. */
export class EarlierResults {
  readonly #slots = new Map<string, Earlier[]>();

  /** Results without a digest, as earlier versions wrote them or as a lost key leaves them. */
  unsealed = 0;

  /** Failures and cancelled runs are made again, and results that nothing tells to be as they were written. */
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
