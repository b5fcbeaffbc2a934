import { Command, CommanderError } from "commander";
import { VERSION } from "../base/version.ts";
import { isStillpointError } from "../model/errors.ts";
import { addCommands } from "./commands.ts";
import { EXIT, type ExitCode, exitCodeOf } from "./exit.ts";
import { errorText, guardStreams, makeLog } from "./terminal.ts";

const EXIT_CODES = `
MODEL is a file (JSON, NDJSON, NumPy, PyTorch, pickle, safetensors, Keras, MATLAB, JLD2, HDF5, ONNX), a directory, a glob, or - for standard input.

Exit codes: 0 all complete, 1 an error, 2 wrong usage, 3 something incomplete, 4 a GPU was asked for and there is none.`;

/** Runs one command line, loading only the command it names, and returns its exit code. Never throws. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  guardStreams();
  let code: ExitCode = EXIT.complete;
  const program = new Command("stillpoint")
    .description("Finds every fixed point of a piecewise-linear recurrent network and proves that none is missing.")
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError("(see stillpoint --help)")
    .addHelpText("after", EXIT_CODES);
  addCommands(program, (its) => {
    code = its;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    return report(error, args.includes("--verbose"));
  }
}

function report(error: unknown, verbose: boolean): ExitCode {
  // commander has written its message already
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.complete : EXIT.usage;
  const log = makeLog({ verbose });
  if (isStillpointError(error)) {
    log.error(error.message);
    return exitCodeOf(error);
  }
  log.error(`this should not have happened: ${errorText(error)}. Please report it, with the model if you can.`);
  if (error instanceof Error) for (const line of (error.stack ?? "").split("\n")) log.detail(line);
  return EXIT.error;
}
