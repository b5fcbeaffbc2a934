import { CpuBackend } from "../../src/cpu/backend.ts";
import { Finalizer } from "../../src/finalize/finalizer.ts";
import { isStillpointError } from "../../src/model/errors.ts";
import { parseValue } from "../../src/model/parse.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { runRegionsOfMany } from "../../src/regions/run.ts";
import type { StageBackend } from "../../src/stages/backend.ts";
import type { ExpandMode } from "../../src/stages/batch.ts";
import type { MethodOutcome } from "../../src/stages/run.ts";
import { corpus } from "../corpus/generate.ts";

export interface Answer {
  /** Fixed points and continua, exact, as text: equal answers are equal strings. */
  readonly text: string;
  readonly outcome: MethodOutcome;
  readonly fixedPoints: number;
}

/** The answers of the regions method on many systems. */
export async function answersOf(
  systems: readonly PiecewiseLinearSystem[],
  backend: StageBackend,
  mode: ExpandMode,
): Promise<Answer[]> {
  const jobs = systems.map((system) => ({ system, sink: new Finalizer(system) }));
  const outcomes = await runRegionsOfMany(jobs, {}, backend, mode);
  return outcomes.map((outcome, i) => {
    if (isStillpointError(outcome)) throw outcome;
    const { fixedPoints, continua } = jobs[i]!.sink.finish();
    // what a point computes when it is read is compared too
    const points = fixedPoints.map(({ z, exact, error, active, ties, determinantSign }) => {
      return { z, exact, error, active, ties, determinantSign };
    });
    const text = JSON.stringify({ fixedPoints: points, continua }, (_, value) =>
      typeof value === "bigint" ? `${value}n` : value,
    );
    return { text, outcome, fixedPoints: fixedPoints.length };
  });
}

/** What the CPU answers, by name of the model: the corpus, and `models` as a file holds them. */
export async function answersOnCpu(models: readonly object[]): Promise<Record<string, string>> {
  const parsed = await Promise.all(
    [...corpus().map(({ model }) => model), ...models].map((model) => parseValue(model)),
  );
  const systems = parsed.map(({ system }) => system);
  const answers = await answersOf(systems, new CpuBackend(), "owned");
  return Object.fromEntries(answers.map(({ text }, i) => [parsed[i]!.name, text]));
}

/** Indices of systems whose answers differ. */
export function differing(a: readonly Answer[], b: readonly Answer[]): number[] {
  return a.flatMap(({ text }, i) => (text === b[i]!.text ? [] : [i]));
}
