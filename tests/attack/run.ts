/**
 * Usage: npx tsx tests/attack/run.ts COUNT [SEED] [KIND|all] [OUTPUT] — attacks under every method against the naive oracle; differences as NDJSON.
 * Each is solved in a process of its own kind, so that one that takes all memory or all time is reported too and the rest goes on.
 */
import { type ChildProcess, fork } from "node:child_process";
import { appendFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findFixedPoints } from "../../src/index.ts";
import type { FindOptions } from "../../src/options.ts";
import { exactFixedPoints } from "../oracle/naive.ts";
import { plainSystem } from "../oracle/systems.ts";
import { differences } from "../properties/compare.ts";
import { ATTACKS, attack } from "./generate.ts";

const METHODS: Record<string, FindOptions> = {
  owned: { method: "regions" },
  branch: { method: "regions", expand: "branch" },
  search: { method: "search", maxSeconds: 5 },
  auto: { maxSeconds: 5 },
};

interface Job {
  readonly kind: string;
  readonly number: number;
  readonly seed: number;
  readonly method: string;
}

async function solve({ kind, number, seed, method }: Job) {
  const { name, model } = attack(kind, number, seed);
  const answer = exactFixedPoints(plainSystem(model));
  const finite = answer.points.filter(({ z }) => z.every(Number.isFinite));
  const beyond = answer.points.length - finite.length;
  let found: string[];
  let got: unknown;
  try {
    const result = await findFixedPoints(model, METHODS[method]);
    found = differences(result, { ...answer, points: finite });
    if (beyond > 0) {
      const said = result.incompleteBecause?.includes("past the largest float64") ?? false;
      found = found.filter((text) => !text.startsWith("incomplete"));
      if (!said) found.push(`${beyond} points past the range are not spoken of`);
    }
    const { fixedPoints, continua, complete, incompleteBecause } = result;
    got = {
      points: fixedPoints.map(({ z, active, ties }) => ({ z, active, ties })),
      continua: continua.length,
      complete,
      incompleteBecause,
    };
  } catch (error) {
    found = [`throws ${error instanceof Error ? error.message : error}`];
  }
  const points = finite.map(({ z, active, ties }) => ({ z, active, ties }));
  return {
    name,
    method,
    differences: found,
    model,
    expected: { points, continuumPieces: answer.continuumPieces.length, beyond },
    got,
  };
}

type Outcome = Awaited<ReturnType<typeof solve>>;

const SECONDS = 30;
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
      const expected = { points: [], continuumPieces: 0, beyond: 0 };
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
  const kinds = kind === "all" ? Object.keys(ATTACKS) : kind.split(",");
  const tally: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    for (const method of Object.keys(METHODS)) {
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
