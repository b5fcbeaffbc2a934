import { type Command, Option } from "commander";
import { CYCLE_METHODS } from "../cycles/options.ts";
import {
  inputValue,
  naturalNumber,
  pictureSize,
  pictureView,
  planeChoice,
  positiveInteger,
  positiveNumber,
  shard,
  sweepChoice,
} from "./arguments.ts";
import { FORMATS } from "./endings.ts";
import type { ExitCode } from "./exit.ts";
import { addReadOptions, layoutHelp } from "./read-options.ts";

const SWEEP_HELP =
  "follow the fixed points as an input moves (repeat it for a second input), or over `files` in their order";

/** Takes the exit code of a command. */
type End = (code: ExitCode) => void;

/** Adds all commands to a program. Each loads its own code once it is run. */
export function addCommands(program: Command, end: End): void {
  addSolve(program, end);
  addCycles(program, end);
  addPlot(program, end);
  addMerge(program, end);
  addCount(program, end);
  addVerify(program, end);
  addProve(program, end);
  addCheck(program, end);
  addServe(program);
  addDoctor(program, end);
}

function command(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).exitOverride();
}

function addSolve(program: Command, end: End): void {
  addReadOptions(command(program, "solve", "find every fixed point of each model"))
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
        end(await sweep(models, options));
      } else if (options.maxPeriod !== undefined) {
        const { solveWithCycles } = await import("./solve-cycles.ts");
        end(await solveWithCycles(models, options));
      } else {
        const { solve } = await import("./solve.ts");
        end(await solve(models, options));
      }
    });
}

function addCycles(program: Command, end: End): void {
  addReadOptions(command(program, "cycles", "find every cycle of each map up to a period"))
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
      end(await cycles(models, options));
    });
}

function addPlot(program: Command, end: End): void {
  addReadOptions(command(program, "plot", "draw each model: its state space, its eigenvalues and masks, or a sweep"))
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
      end(await plot(models, options));
    });
}

function addMerge(program: Command, end: End): void {
  command(
    program,
    "merge",
    "join the shards of a batch, or of one model, to what a run in one piece would have written",
  )
    .argument("<shard...>", "what solve --shard or cycles --shard wrote, for every shard")
    .addOption(new Option("--format <name>", "output; by default text, or what -o FILE ends in").choices(FORMATS))
    .option("-o, --output <file>", "write to a file instead of standard output")
    .option("--proof <file.npz>", "of the shards of one model: write a proof that none is missing, for check")
    .option("--threads <count>", "worker threads for the proof (default: all cores)", positiveInteger)
    .option("--quiet", "nothing but errors on standard error")
    .action(async (shards, options) => {
      const { merge } = await import("./merge.ts");
      end(await merge(shards, options));
    });
}

function addCount(program: Command, end: End): void {
  addReadOptions(command(program, "count", "how many regions each model has, and how many subsets each mode visits"))
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
      end(await count(models, options));
    });
}

/** The arguments and options of a command on a model and its result. */
function ofResult(command: Command, which = ""): Command {
  return addReadOptions(command)
    .argument("<model>", "the file that was solved")
    .argument("<result>", `what solve or cycles --format json or ndjson wrote${which}`)
    .option("--input <s0=value>", "the constant input that solve was given; may be repeated", inputValue);
}

function addVerify(program: Command, end: End): void {
  ofResult(command(program, "verify", "check every point of a result exactly against its model"))
    .addOption(new Option("--format <name>", "output").choices(["text", "json"]).default("text"))
    .option("--max-seconds <seconds>", "check what there is time for, and name the rest", positiveNumber)
    .action(async (model, result, options) => {
      const { verify } = await import("./verify.ts");
      end(await verify(model, result, options));
    });
}

function addProve(program: Command, end: End): void {
  const description = "write the proof that a result is complete, for check and the checkers in python/stillpoint";
  ofResult(command(program, "prove", description), ": one result")
    .requiredOption("-o, --output <file.npz>", "where to write the proof")
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
      end(await proveCommand(model, result, options));
    });
}

function addCheck(program: Command, end: End): void {
  ofResult(command(program, "check", "check a proof that a result is complete: none is missing"), ": one result")
    .argument("<proof>", "what prove, or --proof of solve or cycles, wrote")
    .addOption(new Option("--format <name>", "output").choices(["text", "json"]).default("text"))
    .action(async (model, result, proof, options) => {
      const { check } = await import("./check.ts");
      end(await check(model, result, proof, options));
    });
}

function addServe(program: Command): void {
  command(
    program,
    "serve",
    "answer requests of another program, one a line, until its end of the pipe closes (docs/serve.md)",
  )
    .requiredOption("--stdio", "requests on standard input, answers on standard output: the only way that there is")
    .action(async () => {
      const { serve } = await import("./serve/serve.ts");
      // whatever has not ended by now is of no use to anyone
      process.exit(await serve());
    });
}

function addDoctor(program: Command, end: End): void {
  command(
    program,
    "doctor",
    "what there is to compute on: runtimes, GPU adapters, their limits and a test of their arithmetic",
  )
    .addOption(new Option("--format <name>", "output").choices(["text", "json"]).default("text"))
    .action(async (options) => {
      const { doctor } = await import("./doctor.ts");
      end(await doctor(options));
    });
}

function coverageOption(): Option {
  return new Option("--coverage <name>", "what a sweep proves: all of the range, or the samples").choices([
    "auto",
    "range",
    "samples",
  ]);
}

function ownerDirectionsOption(): Option {
  return new Option("--owner-directions <number>", "for --shard of a single model, where merge asks for it")
    .argParser(naturalNumber)
    .hideHelp();
}
