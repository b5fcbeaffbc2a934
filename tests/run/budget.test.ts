import { afterEach, describe, expect, it, vi } from "vitest";
import { reducing } from "../../src/arrangement/reduce.ts";
import { allOf } from "../../src/base/steps.ts";
import { findFixedPoints, findFixedPointsOfMany, verifyResult } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import { Run } from "../../src/run/run.ts";
import { checkRank } from "../../src/verify/check-rank.ts";
import { ExactModel } from "../../src/verify/exact-model.ts";
import { Random } from "../support/random.ts";
import { zigzags } from "../support/zigzags.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Every look at the clock finds it a second later. */
function runningClock(): void {
  let now = performance.now();
  vi.spyOn(performance, "now").mockImplementation(() => {
    now += 1000;
    return now;
  });
}

describe("a run with a budget", () => {
  const dense = (): ModelInput => {
    const random = Random.of(1, "dense");
    return { kind: "TLN", W: random.matrix(30, 30, () => random.normal()), b: random.vector(30, () => 1) };
  };

  it("stops while the model is prepared, and its result says so and holds", async () => {
    const stop = new AbortController();
    stop.abort();
    runningClock();
    const result = await findFixedPoints(dense(), { signal: stop.signal });
    expect(result.incompleteBecause).toBe("cancelled: nothing was searched, as the model was still being prepared");
    expect(result.model).not.toHaveProperty("rank");
    expect(await verifyResult(dense(), result)).toMatchObject({ ok: true, problems: [] });
    const late = await findFixedPoints(dense(), { maxSeconds: 0.5 });
    expect(late.incompleteBecause).toMatch(/^the time budget ended: nothing was searched/);
  });

  it("keeps more time for writing with every point that it finds", async () => {
    const model = await parseValue(zigzags(2, 3));
    allOf(reducing(model.system));
    const run = new Run(model, { maxSeconds: 1000 });
    const before = run.control.deadline!;
    run.finalizer.add(Uint32Array.of(0), false);
    run.finalizer.finish();
    expect(run.finalizer.found).toBe(1);
    expect(run.control.deadline).toBeLessThan(before);
    expect(run.control.deadline).toBeGreaterThan(before - 1);
  });

  it("gives many points as an array, the same for one model as for one of many", async () => {
    const one = await findFixedPoints(zigzags(2, 31));
    expect(one.fixedPoints).toHaveLength(1024);
    expect(Array.isArray(one.fixedPoints)).toBe(true);
    for await (const outcome of findFixedPointsOfMany([zigzags(2, 31)]))
      expect("result" in outcome && outcome.result.fixedPoints).toEqual(one.fixedPoints);
    expect(await verifyResult(zigzags(2, 31), one, stopAfter(3))).toMatchObject({ ok: true });
  });
});

/** A reason to stop, after so many questions. */
function stopAfter(questions: number): () => string | undefined {
  let asked = 0;
  return () => (asked++ < questions ? undefined : "the time budget ended");
}

describe("the rank that verify works out", () => {
  const exact = new ExactModel(parseValue(zigzags(2, 3)).system);
  const check = (rank: number | undefined, whyStop = stopAfter(100)) => {
    const said: string[] = [];
    const findings = {
      refuse: (path: string, message: string) => said.push(`${path} ${message}`),
      leave: (path: string, reason: string) => said.push(`${path} left: ${reason}`),
    };
    return { rank: checkRank(exact, rank, findings, whyStop), said };
  };

  it("is compared, or left where there is no time", () => {
    expect(check(2)).toEqual({ rank: 2, said: [] });
    expect(check(1)).toEqual({ rank: 2, said: ["model.rank is 1, but the model's is 2"] });
    expect(check(2, stopAfter(0))).toEqual({ rank: undefined, said: ["model.rank left: the time budget ended"] });
    expect(check(undefined)).toEqual({ rank: undefined, said: [] });
  });
});
