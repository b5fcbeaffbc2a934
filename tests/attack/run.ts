/**
 * Usage: npx tsx tests/attack/run.ts COUNT [SEED] [KINDS|all] [OUTPUT] [METHODS] — attacks against the independent
 * oracle; differences as NDJSON. Lists are with commas. Each is solved in a process of its own kind, so that one that
 * takes all memory or all time is reported too and the rest goes on.
 */

import { type ChildProcess, fork } from "node:child_process";
import { appendFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findFixedPoints } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import type { FindOptions } from "../../src/run/options.ts";
import { allDifferences } from "../oracle/differences.ts";
import { exactAnswer, type OracleAnswer } from "../oracle/independent.ts";
import { ATTACKS, attack } from "./generate.ts";

const METHODS: Record<string, FindOptions> = {
  owned: { method: "regions" },
  branch: { method: "regions", expand: "branch" },
  search: { method: "search", maxSeconds: 20 },
  auto: { maxSeconds: 20 },
};

interface Job {
  readonly kind: string;
  readonly number: number;
  readonly seed: number;
  readonly method: string;
}

/** The same for all methods. */
let last: { readonly name: string; readonly answer: OracleAnswer } | undefined;

async function solve({ kind, number, seed, method }: Job) {
  const { name, model } = attack(kind, number, seed);
  if (last?.name !== name) last = { name, answer: exactAnswer(model) };
  const { points, continua } = last.answer;
  const expected = {
    points: points.map(({ z, active, ties, classes }) => ({ z, active, ties, classes })),
    // what goes from process to process is JSON, which has no exact numbers
    continua: continua.map(({ pieces: _, ...rest }) => rest),
  };
  try {
    const result = await findFixedPoints(model as ModelInput, METHODS[method]);
    const { complete, incompleteBecause, fixedPoints } = result;
    const got = {
      points: fixedPoints.map(({ z, active, ties, stability }) => ({ z, active, ties, stability })),
      continua: result.continua,
      complete,
      incompleteBecause,
    };
    return { name, method, differences: allDifferences(result, { points, continua }), model, expected, got };
  } catch (error) {
    const differences = [`throws ${error instanceof Error ? error.message : error}`];
    return { name, method, differences, model, expected, got: undefined };
  }
}

type Outcome = Awaited<ReturnType<typeof solve>>;

const SECONDS = 90;
let child: ChildProcess | undefined;

/** The outcome of a job in a child process, which is begun anew where it died. */
function outcomeOf(job: Job): Promise<Outcome> {
  child ??= fork(fileURLToPath(import.meta.url), ["child"], {
    execArgv: ["--max-old-space-size=700", "--import", "tsx"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const own = child;
  return new Promise((resolve) => {
    const end = (outcome: Outcome) => {
      clearTimeout(timer);
      own.removeAllListeners();
      resolve(outcome);
    };
    const lost = (why: string) => {
      child = undefined;
      own.kill("SIGKILL");
      const { name, model } = attack(job.kind, job.number, job.seed);
      const expected = { points: [], continua: [] };
      end({ name, method: job.method, differences: [why], model, expected, got: undefined });
    };
    const timer = setTimeout(() => lost(`no end within ${SECONDS} s`), 1000 * SECONDS);
    own.on("message", (outcome: Outcome) => end(outcome));
    own.on("exit", (code, signal) => lost(`process died (memory of 700 MB): ${code} ${signal}`));
    own.send(job);
  });
}

if (process.argv[2] === "child") {
  process.on("message", (job: Job) => solve(job).then((outcome) => process.send!(outcome)));
} else {
  const [count, seed, kind, output] = [
    Number(process.argv[2] ?? 300),
    Number(process.argv[3] ?? 1),
    process.argv[4] ?? "all",
    process.argv[5],
  ];
  const methods = process.argv[6]?.split(",") ?? Object.keys(METHODS);
  const kinds = kind === "all" ? Object.keys(ATTACKS) : kind.split(",");
  const tally: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    for (const method of methods) {
      const kind = kinds[i % kinds.length]!;
      const outcome = await outcomeOf({ kind, number: Math.floor(i / kinds.length), seed, method });
      if (outcome.differences.length === 0) continue;
      const what = `${method} ${kind}: ${outcome.differences[0]!.replace(/-?\d[\d.e+-]*/g, "#").slice(0, 70)}`;
      tally[what] = (tally[what] ?? 0) + 1;
      if (output) appendFileSync(output, `${JSON.stringify(outcome)}\n`);
    }
  }
  child?.kill();
  const lines = Object.entries(tally)
    .sort()
    .map(([what, n]) => `${n}\t${what}`);
  console.log([`${count} attacks of seed ${seed}`, ...lines].join("\n"));
}
