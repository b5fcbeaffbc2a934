import { type Command, InvalidArgumentError, Option } from "commander";
import { LAYOUT_NAMES, LAYOUTS } from "../formats/read/names/layouts.ts";
import { MODEL_KEYS } from "../model/schema.ts";

/** The options for the names of a model's arrays in a file, for every command that reads models. */
export function addReadOptions(command: Command): Command {
  return command
    .addOption(new Option("--layout <name>", "names of a laboratory's own code").choices(LAYOUT_NAMES))
    .option(
      "--map <key=name,…>",
      "which array is which: W1=decoder.weight,h2=-bias,W2=enc^T (minus, transpose)",
      mapPairs,
    )
    .option("--set <key=value>", "what files do not hold: kind=PLRNN, P=2, dt=0.1; may be repeated", setPair)
    .option("--prefix <name>", "only what is below this module, group or dictionary")
    .option("--guess", "read a file whose names leave exactly one reading, and say how it was read")
    .option(
      "--max-memory <MiB>",
      "memory that the models of one file may take, in MiB (default: 1024)",
      (text) => 2 ** 20 * wholeNumber(text),
    )
    .option("--column-major", "HDF5 arrays were written column by column, as Julia's HDF5.jl does");
}

/** A list of the layouts for a help text. */
export function layoutHelp(): string {
  const width = Math.max(...LAYOUT_NAMES.map((name) => name.length));
  return `\nLayouts:\n${LAYOUT_NAMES.map((name) => `  ${name.padEnd(width)}  ${LAYOUTS[name].about}`).join("\n")}`;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError("Must be a positive whole number.");
  return Number(text);
}

function mapPairs(text: string, previous: Record<string, string> = {}): Record<string, string> {
  const pairs = { ...previous };
  for (const pair of text.split(",")) {
    const [key, name] = splitPair(pair);
    pairs[checkKey(key)] = name;
  }
  return pairs;
}

/**
 * Adds a pair key=value. The value is read as JSON if possible, else as a text: `kind=PLRNN`, `P=2`,
 * `activation={"leaky":0.1}`.
 */
function setPair(text: string, previous: Record<string, unknown> = {}): Record<string, unknown> {
  const [key, value] = splitPair(text);
  return { ...previous, [checkKey(key)]: parsed(value) };
}

function splitPair(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at <= 0 || at === text.length - 1) throw new InvalidArgumentError("Must be like KEY=VALUE.");
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

function checkKey(key: string): string {
  if (!MODEL_KEYS.has(key)) throw new InvalidArgumentError(`No model has ${key}; use ${[...MODEL_KEYS].join(", ")}.`);
  return key;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
