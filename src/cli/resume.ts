import { VERSION } from "../base/version.ts";
import { ascending } from "../model/seal.ts";
import type { Model } from "../model/types.ts";
import { type FindOptions, optionsKey, plainOptions } from "../run/options.ts";
import { type Entry, type Failure, isFailure } from "./entry.ts";
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

/** The results of an earlier run. */
export class EarlierResults {
  /** Those that need not be computed again. */
  readonly #slots = new Map<string, Earlier[]>();

  /** Those that are computed again, until then: parts of runs that were cancelled, results without a digest. */
  readonly #outdated = new Map<string, Slot[]>();

  /** The number of results without a digest, which earlier versions wrote, or whose digest was removed. */
  unsealed = 0;

  /** Adds a result. Failures are forgotten: they hold nothing that would be lost. */
  add(entry: Entry, slot: Slot): void {
    if (isFailure(entry)) return;
    if (entry.digest === undefined) this.unsealed++;
    if (entry.digest === undefined || entry.incompleteBecause?.startsWith("cancelled")) {
      push(this.#outdated, keyOfEntry(entry), slot);
    } else push(this.#slots, keyOfEntry(entry), { slot, found: foundOf(entry) });
  }

  /** The result for this model; each is handed out once. */
  take(model: Model, options: FindOptions, mark: ShardMark | undefined): Earlier | undefined {
    if (this.#slots.size === 0) return undefined;
    return this.#slots.get(keyOf(model.sha256, model.name, VERSION, options, mark))?.shift();
  }

  /** Forgets what this run has computed again. */
  replace(entry: Entry): void {
    if (this.#outdated.size > 0 && !isFailure(entry)) this.#outdated.get(keyOfEntry(entry))?.shift();
  }

  /** Places of all results that were neither taken nor replaced, in the order of the file. */
  left(): Slot[] {
    const slots = [...this.#slots.values()].flatMap((all) => all.map(({ slot }) => slot));
    return [...slots, ...[...this.#outdated.values()].flat()].sort((a, b) => a.offset - b.offset);
  }
}

function keyOfEntry({ model, provenance, shard }: Exclude<Entry, Failure>): string {
  return keyOf(model.sha256, model.name, provenance.version, provenance.options, shard);
}

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
