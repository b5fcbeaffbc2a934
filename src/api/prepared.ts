import type { RawModel } from "../formats/read/json/raw.ts";
import { parseValue } from "../model/parse.ts";
import type { Model } from "../model/types.ts";
import type { FindOptions } from "../run/options.ts";

/** A model of a file, and what is to be said of it. */
export interface Prepared {
  readonly model: Model;
  readonly details: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Parses a model of a file.
 * @param milliseconds that reading it has taken already.
 * @throws ModelError; OptionError for an input that the model does not have; FileError where its value can't be read.
 */
export function prepared(
  raw: Extract<RawModel, { value: unknown }>,
  input: FindOptions["input"],
  milliseconds = 0,
): Prepared {
  const began = performance.now();
  const parsed = parseValue(raw.value, { name: raw.name, input });
  const model = Object.assign(parsed, { millisecondsToRead: milliseconds + performance.now() - began });
  const ignored = model.ignoredKeys.filter((key) => !raw.taken?.has(key));
  return {
    model,
    details: ignored.length > 0 ? [`ignored keys: ${ignored.join(", ")}`] : [],
    warnings: model.absentBiases === undefined ? [] : [absentText(model.absentBiases)],
  };
}

/** What is said of a model without some of its biases. */
export function absentText(keys: readonly string[]): string {
  return `no ${keys.join(" and no ")}: taken as zero`;
}
