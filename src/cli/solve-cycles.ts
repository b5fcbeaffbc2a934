import { dirname, join, parse } from "node:path";
import { periodsOf } from "../cycles/options.ts";
import { OptionError } from "../model/errors.ts";
import { isStdin } from "./bytes.ts";
import { cycles } from "./cycles.ts";
import { FORMATS, formatOf, isFolderPath } from "./endings.ts";
import { EXIT, type ExitCode, gravest } from "./exit.ts";
import { type SolveOptions, solve } from "./solve.ts";
import { makeLog } from "./terminal.ts";

/**
 * `stillpoint solve MODEL… --max-period K`: the fixed points of all models, then the cycles of all. With -o FILE the
 * cycles go to a second file beside it. Throws OptionError and FileError.
 */
export async function solveWithCycles(
  patterns: readonly string[],
  options: SolveOptions & { readonly maxPeriod: number },
): Promise<ExitCode> {
  const { maxPeriod, ...rest } = options;
  // before the fixed points of a whole batch are found
  periodsOf({ maxPeriod });
  const output = fileForCycles(patterns, options);
  // both commands have handlers of their own, which end what they do
  let stopped = false;
  const onSignal = (): void => {
    stopped = true;
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    const solved = await solve(patterns, rest);
    if (stopped) {
      makeLog(options).warn("cancelled: no cycles were looked for");
      return gravest([solved, EXIT.incomplete]);
    }
    const { method: _, output: __, proof, ...shared } = rest;
    const files = { ...(output && { output }), ...(proof && { proof: proofForCycles(proof) }) };
    return gravest([solved, await cycles(patterns, { ...shared, ...files, maxPeriod })]);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

/** FILE.json → FILE.cycles.json. @throws OptionError for what only one of the two commands can do. */
function fileForCycles(
  patterns: readonly string[],
  { output, format, shard, resume }: SolveOptions,
): string | undefined {
  for (const [option, given] of [
    ["--shard", shard !== undefined],
    ["--resume", resume === true],
  ] as const)
    if (given) throw new OptionError("--max-period", "can't be had with this option", option, "Use stillpoint cycles.");
  if (patterns.some(isStdin))
    throw new OptionError("--max-period", "reads the models twice", "-", "Put the models into a file.");
  const written = format ?? formatOf(output, FORMATS);
  if (written === "npz")
    throw new OptionError("--max-period", "has no cycles in this format", written, "Use text, json, ndjson or csv.");
  if (output === undefined && written !== "text" && written !== "ndjson")
    throw new OptionError("--max-period", "makes two documents of this format", written, "Add -o FILE.");
  if (output === undefined) return undefined;
  const { name, ext } = parse(output);
  return join(dirname(output), `${name}.cycles${ext}`);
}

/** FILE.npz → FILE.cycles.npz; in a folder those of cycles have a folder of their own. */
function proofForCycles(path: string): string {
  if (isFolderPath(path)) return `${join(path, "cycles")}/`;
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}.cycles${ext}`);
}
