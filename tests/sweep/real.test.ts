import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { findFixedPoints } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import type { Sweep } from "../../src/sweep/result.ts";
import { sweepInput } from "../../src/sweep/sweep.ts";
import { Random } from "../support/random.ts";
import { changesOf, countAt } from "./changes.ts";
import { floatCount } from "./dense.ts";
import type { Raw } from "./models.ts";

const MODELS = new URL("../../../shared/models/", import.meta.url);
const full = process.env.STILLPOINT_FULL === "1";

/** Name, range of s0, how many values of it are sampled densely, and how near to a change on either side. */
const SWEPT = [
  { name: "smc_student_rdm60", from: -2, to: 1, dense: full ? 20_001 : 2_001 },
  { name: "smc_teacher_reach_rnn", from: -0.25, to: 0.25, dense: full ? 501 : 101 },
  { name: "smc_student_reach60", from: -0.25, to: 0.25, dense: full ? 501 : 101 },
] as const;

/** The part of the range by which a change is bracketed. */
const BRACKET = 1e-9;

/** Where the sweep's number of points differs from a count of its own kind at values of s that are no events. */
async function disagreements(
  sweep: Sweep,
  values: readonly number[],
  count: (s: number) => Promise<number>,
): Promise<number[]> {
  const wrong: number[] = [];
  for (const s of values) if ((await count(s)) !== countAt(sweep, s)) wrong.push(s);
  return wrong;
}

describe.skipIf(!existsSync(MODELS))("a sweep of a real model (../shared/models)", () => {
  for (const { name, from, to, dense } of SWEPT) {
    describe(name, () => {
      let model: Raw;
      let sweep: Sweep;
      beforeAll(async () => {
        model = JSON.parse(readFileSync(new URL(`${name}.json`, MODELS), "utf8"));
        sweep = await sweepInput(model as ModelInput, { parameter: "s0", from, to, samples: 2 }, { coverage: "range" });
      });
      const known = new Map<number, number>();
      const sampled = async (s: number): Promise<number> => {
        const count = known.get(s) ?? floatCount((await parseValue(model, { input: { s0: s } })).system);
        known.set(s, count);
        return count;
      };
      const solved = async (s: number): Promise<number> =>
        (await findFixedPoints(model as ModelInput, { input: { s0: s } })).fixedPoints.length;

      it(`has the numbers of ${dense} samples, and of one on either side of every birth and death`, async () => {
        const { changes } = changesOf(sweep);
        expect(sweep.complete).toBe(true);
        expect(changes.length).toBeGreaterThan(10);
        const grid = Array.from({ length: dense }, (_, i) => from + ((to - from) * (i + 0.5)) / dense);
        const brackets = changes.flatMap((s) => [s - BRACKET * (to - from), s + BRACKET * (to - from)]);
        expect(await disagreements(sweep, [...grid, ...brackets], sampled)).toEqual([]);
        // a change that is not there, or is elsewhere by twice the bracket, would be noticed
        const moved = sweep.branches.map(({ pieces, ...rest }) => ({
          ...rest,
          pieces: pieces.map((piece) => ({ ...piece, from: piece.from + 2 * BRACKET * (to - from) })),
        }));
        expect((await disagreements({ ...sweep, branches: moved }, brackets, sampled)).length).toBeGreaterThan(5);
        const lost = { ...sweep, branches: sweep.branches.slice(1) };
        expect((await disagreements(lost, brackets, sampled)).length).toBeGreaterThan(0);
      }, 300_000);

      it("has the numbers of single solves at 50 values between", async () => {
        const random = new Random(50);
        const values = Array.from({ length: 50 }, () => from + (to - from) * random.unit());
        expect(await disagreements(sweep, values, solved)).toEqual([]);
      }, 120_000);
    });
  }
});
