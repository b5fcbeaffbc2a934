import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { VERSION } from "../base/version.ts";
import { CYCLE_METHODS } from "../cycles/options.ts";
import { isStillpointError } from "../model/errors.ts";
import type { Extent } from "../plot/scale.ts";
import { FORMATS } from "./endings.ts";
import { EXIT, type ExitCode, exitCodeOf } from "./exit.ts";
import type { PictureSize } from "./images.ts";
import { addReadOptions, layoutHelp } from "./read-options.ts";
import type { ShardChoice } from "./shard.ts";
import type { SweepChoice } from "./sweep.ts";
import { errorText, guardStreams, makeLog } from "./terminal.ts";

const EXIT_CODES = `
MODEL is a file (JSON, NDJSON, .npz, .npy, .safetensors, PyTorch, HDF5, MATLAB v7.3), a directory, a glob, or - for standard input.

Exit codes: 0 all complete, 1 an error, 2 wrong usage, 3 something incomplete, 4 a GPU was asked for and there is none.`;

const SWEEP_HELP =
  "follow the fixed points as an input moves (repeat it for a second input), or over `files` in their order";

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
  const command = (name: string, description: string): Command =>
    program.command(name).description(description).exitOverride();

  addReadOptions(command("solve", "find every fixed point of each model"))
    .argument("<model...>", "files, directories, globs or -")
    .addOption(new Option("--method <name>", "how to look").choices(["auto", "regions", "search"]).default("auto"))
    .addOption(new Option("--backend <name>", "where to compute").choices(["auto", "cpu", "webgpu"]).default("auto"))
    .option("--threads <count>", "worker threads, for whatever takes long enough (default: all cores)", positiveInteger)
    .addOption(new Option("--expand <mode>", "how the regions method makes masks").choices(["owned", "branch"]))
    .option("--virtual", "also list virtual fixed points, those outside their own region")
    .option("--input <s0=value>", "set a component of the constant input; may be repeated", inputValue)
    .option("--max-seconds <seconds>", "stop each model after this time, with what was found", positiveNumber)
    .option("--max-regions <count>", "stop each model after this many regions or boxes", positiveInteger)
    .addOption(new Option("--format <name>", "output; by default text, or what -o FILE ends in").choices(FORMATS))
    .option("-o, --output <file>", "write to a file instead of standard output")
    .option("--resume", "go on with an interrupted run: models that the file already has are not solved again")
    .option(
      "--shard <i/n>",
      "only every n-th model from the i-th on: of the files, or of the models in a single file",
      shard,
    )
    .addOption(ownerDirectionsOption())
    .option("--plot <file>", "draw it too, as .svg, .png or .pdf; of several models into a folder")
    .option("--proof <file.npz>", "write a proof that none is missing, for check; of several models into a folder")
    .option("--sweep <s0=from:to:samples>", SWEEP_HELP, sweepChoice)
    .option(
      "--max-period <K>",
      "also every cycle up to period K, of a sweep as branches; of -o FILE.json else into FILE.cycles.json",
      positiveInteger,
    )
    .addOption(coverageOption())
    .option("--quiet", "no progress, no warnings, no summary")
    .option("--verbose", "say more on standard error: ignored keys, counts, seconds for each stage")
    .addHelpText("after", layoutHelp())
    .action(async (models, options) => {
      if (options.sweep !== undefined) {
        const { sweep } = await import("./sweep.ts");
        code = await sweep(models, options);
      } else if (options.maxPeriod !== undefined) {
        const { solveWithCycles } = await import("./solve-cycles.ts");
        code = await solveWithCycles(models, options);
      } else {
        const { solve } = await import("./solve.ts");
        code = await solve(models, options);
      }
    });

  addReadOptions(command("cycles", "find every cycle of each map up to a period"))
    .argument("<model...>", "files, directories, globs or -")
    .option("--max-period <K>", "all periods from 1 to K", positiveInteger)
    .option("--period <k>", "this period only", positiveInteger)
    .addOption(new Option("--method <name>", "how to look").choices(CYCLE_METHODS).default("auto"))
    .option("--threads <count>", "worker threads (default: all cores)", positiveInteger)
    .option("--input <s0=value>", "set a component of the constant input; may be repeated", inputValue)
    .option("--max-seconds <seconds>", "stop each model after this time, with what was found", positiveNumber)
    .addOption(
      new Option("--format <name>", "output; by default text, or what -o FILE ends in").choices(
        FORMATS.filter((format) => format !== "npz"),
      ),
    )
    .option("-o, --output <file>", "write to a file instead of standard output")
    .option(
      "--shard <i/n>",
      "only every n-th file, or model of a single file, from the i-th on; of a single model a part of the work",
      shard,
    )
    .addOption(ownerDirectionsOption())
    .option("--proof <file.npz>", "write a proof that none is missing, for check; of several models into a folder")
    .option("--quiet", "no progress, no warnings, no summary")
    .option("--verbose", "say more on standard error: what was done for each period")
    .action(async (models, options) => {
      const { cycles } = await import("./cycles.ts");
      code = await cycles(models, options);
    });

  addReadOptions(command("plot", "draw each model: its state space, its eigenvalues and masks, or a sweep"))
    .argument("<model...>", "files, directories, globs or -")
    .addOption(
      new Option("--picture <name>", "which picture").choices(["all", "state", "eigenvalues", "masks"]).default("all"),
    )
    .option("--plane <zi,zj>", "two coordinates to project on; by default principal components", planeChoice)
    .option("--sweep <s0=from:to:samples>", SWEEP_HELP, sweepChoice)
    .addOption(coverageOption())
    .option("--coordinate <number>", "the coordinate on the vertical axis of a sweep", naturalNumber)
    .option(
      "--max-period <K>",
      "draw the cycles of a map up to this period, too; of a sweep their branches",
      positiveInteger,
    )
    .addOption(new Option("--method <name>", "how to look").choices(["auto", "regions", "search"]).default("auto"))
    .addOption(new Option("--backend <name>", "where to compute").choices(["auto", "cpu", "webgpu"]).default("auto"))
    .option("--threads <count>", "worker threads", positiveInteger)
    .option("--input <s0=value>", "set a component of the constant input; may be repeated", inputValue)
    .option("--max-seconds <seconds>", "stop each model after this time, with what was found", positiveNumber)
    .option("-o, --output <file>", "an .svg, .png or .pdf, or a folder for several models, instead of standard output")
    .option("--width <length>", "of the figure: 85mm, 3.5in or 600px; its height follows", pictureSize)
    .option("--view <x0:x1,y0:y1>", "the part of the state space to show, in the coordinates of the axes", pictureView)
    .option("--no-caveats", "leave out the notes below the pictures")
    .option("--quiet", "no progress, no warnings, no summary")
    .option("--verbose", "say more on standard error")
    .action(async (models, options) => {
      const { plot } = await import("./plot.ts");
      code = await plot(models, options);
    });

  command("merge", "join the shards of a batch, or of one model, to what a run in one piece would have written")
    .argument("<shard...>", "what solve --shard or cycles --shard wrote, for every shard")
    .addOption(new Option("--format <name>", "output; by default text, or what -o FILE ends in").choices(FORMATS))
    .option("-o, --output <file>", "write to a file instead of standard output")
    .option("--proof <file.npz>", "of the shards of one model: write a proof that none is missing, for check")
    .option("--threads <count>", "worker threads for the proof (default: all cores)", positiveInteger)
    .option("--quiet", "nothing but errors on standard error")
    .action(async (shards, options) => {
      const { merge } = await import("./merge.ts");
      code = await merge(shards, options);
    });

  addReadOptions(command("count", "how many regions each model has, and how many subsets each mode visits"))
    .argument("<model...>", "files, directories, globs or -")
    .addOption(
      new Option("--format <name>", "output; by default text, or what -o FILE ends in").choices([
        "text",
        "json",
        "ndjson",
      ]),
    )
    .option("-o, --output <file>", "write to a file instead of standard output")
    .option("--quiet", "nothing but errors on standard error")
    .action(async (models, options) => {
      const { count } = await import("./count.ts");
      code = await count(models, options);
    });

  addReadOptions(command("verify", "check every point of a result exactly against its model"))
    .argument("<model>", "the file that was solved")
    .argument("<result>", "what solve or cycles --format json or ndjson wrote")
    .option("--input <s0=value>", "the constant input that solve was given; may be repeated", inputValue)
    .addOption(new Option("--format <name>", "output").choices(["text", "json"]).default("text"))
    .option("--max-seconds <seconds>", "check what there is time for, and name the rest", positiveNumber)
    .action(async (model, result, options) => {
      const { verify } = await import("./verify.ts");
      code = await verify(model, result, options);
    });

  addReadOptions(
    command("prove", "write the proof that a result is complete, for check and the checkers in python/stillpoint"),
  )
    .argument("<model>", "the file that was solved")
    .argument("<result>", "what solve or cycles --format json or ndjson wrote: one result")
    .requiredOption("-o, --output <file.npz>", "where to write the proof")
    .option("--input <s0=value>", "the constant input that solve was given; may be repeated", inputValue)
    .option("--max-seconds <seconds>", "give up after this time", positiveNumber)
    .option(
      "--threads <count>",
      "worker threads, for proofs that take long enough (default: all cores)",
      positiveInteger,
    )
    .option("--trees", "prove by boxes also where all patterns could be tried")
    .option("--quiet", "nothing but errors on standard error")
    .action(async (model, result, options) => {
      const { proveCommand } = await import("./prove.ts");
      code = await proveCommand(model, result, options);
    });

  addReadOptions(command("check", "check a proof that a result is complete: none is missing"))
    .argument("<model>", "the file that was solved")
    .argument("<result>", "what solve or cycles --format json or ndjson wrote: one result")
    .argument("<proof>", "what prove, or --proof of solve or cycles, wrote")
    .option("--input <s0=value>", "the constant input that solve was given; may be repeated", inputValue)
    .addOption(new Option("--format <name>", "output").choices(["text", "json"]).default("text"))
    .action(async (model, result, proof, options) => {
      const { check } = await import("./check.ts");
      code = await check(model, result, proof, options);
    });

  command("serve", "answer requests of another program, one a line, until its end of the pipe closes (docs/serve.md)")
    .requiredOption("--stdio", "requests on standard input, answers on standard output: the only way that there is")
    .action(async () => {
      const { serve } = await import("./serve/serve.ts");
      // whatever has not ended by now is of no use to anyone
      process.exit(await serve());
    });

  command("doctor", "what there is to compute on: runtimes, GPU adapters, their limits and a test of their arithmetic")
    .addOption(new Option("--format <name>", "output").choices(["text", "json"]).default("text"))
    .action(async (options) => {
      const { doctor } = await import("./doctor.ts");
      code = await doctor(options);
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

function positiveNumber(text: string): number {
  const x = Number(text);
  if (text.trim() === "" || !(x > 0) || !Number.isFinite(x))
    throw new InvalidArgumentError("Must be a positive number.");
  return x;
}

function positiveInteger(text: string): number {
  const x = positiveNumber(text);
  if (!Number.isSafeInteger(x)) throw new InvalidArgumentError("Must be a whole number.");
  return x;
}

function naturalNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("Must be a whole number.");
  return Number(text);
}

function inputValue(text: string, previous: Record<string, number> = {}): Record<string, number> {
  const match = /^(s\d+)=(.+)$/.exec(text);
  const x = Number(match?.[2]);
  if (!match || !Number.isFinite(x)) throw new InvalidArgumentError("Must be like s0=1.5.");
  return { ...previous, [match[1]!]: x };
}

function coverageOption(): Option {
  return new Option("--coverage <name>", "what a sweep proves: all of the range, or the samples").choices([
    "auto",
    "range",
    "samples",
  ]);
}

function sweepChoice(text: string, previous: SweepChoice | undefined): SweepChoice {
  if (text === "files" && previous === undefined) return "files";
  const match = /^(s\d+)=([^:]+):([^:]+)(?::(\d{1,7}))?$/.exec(text);
  const [from, to] = [Number(match?.[2]), Number(match?.[3])];
  if (!match || !Number.isFinite(from) || !Number.isFinite(to)) {
    throw new InvalidArgumentError("Must be like s0=-2:2:101, or files.");
  }
  const range = { parameter: match[1]!, from, to, samples: Number(match[4] ?? 101) };
  const earlier = previous ?? [];
  if (earlier === "files" || earlier.length > 1)
    throw new InvalidArgumentError("Two inputs at most, and not with files.");
  return [...earlier, range];
}

function planeChoice(text: string): [number, number] {
  const match = /^z?(\d{1,6}),z?(\d{1,6})$/.exec(text);
  if (!match) throw new InvalidArgumentError("Must be like z0,z1.");
  return [Number(match[1]), Number(match[2])];
}

function pictureSize(text: string): PictureSize {
  const match = /^(\d+(?:\.\d+)?)(px|mm|cm|in|pt)?$/.exec(text);
  const width = Number(match?.[1]);
  if (!match || !(width > 0) || width > 10_000) throw new InvalidArgumentError("Must be like 85mm, 3.5in or 600px.");
  return { width, unit: (match[2] ?? "px") as PictureSize["unit"] };
}

function pictureView(text: string): { x: Extent; y: Extent } {
  const parts = text.split(",").map((part) => {
    const [from, to, ...more] = part.split(":").map((each) => (each.trim() === "" ? Number.NaN : Number(each)));
    return { from: from ?? Number.NaN, to: to ?? Number.NaN, isPair: more.length === 0 };
  });
  const good = parts.every(
    ({ from, to, isPair }) => isPair && Number.isFinite(from) && Number.isFinite(to) && from < to,
  );
  if (!good || parts.length > 2) throw new InvalidArgumentError("Must be like -2:2,-1:1, or -2:2 in one dimension.");
  const [x, y] = parts.map(({ from, to }): Extent => ({ from, to }));
  return { x: x!, y: y ?? x! };
}

function ownerDirectionsOption(): Option {
  return new Option("--owner-directions <number>", "for --shard of a single model, where merge asks for it")
    .argParser(naturalNumber)
    .hideHelp();
}

function shard(text: string): ShardChoice {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text);
  const [index, of] = [Number(match?.[1]), Number(match?.[2])];
  if (!(index >= 1 && index <= of)) throw new InvalidArgumentError("Must be like 2/4, counted from 1.");
  return { index, of };
}
