import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findFixedPoints } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import type { Sweep } from "../../src/sweep/result.ts";
import { sweepInput } from "../../src/sweep/sweep.ts";
import { nearestFloat64, rational } from "../oracle/integers.ts";
import { Random } from "../support/random.ts";
import { changesOf } from "./changes.ts";
import { expectConsistent, expectSingleSolves } from "./expectations.ts";
import { HAND_SOLVED, randomModel } from "./models.ts";
import { exactSweep } from "./oracle.ts";

const full = process.env.STILLPOINT_FULL === "1";

describe("a sweep of a model solved by hand", () => {
  for (const { name, model, from, to, changes, counts } of HAND_SOLVED) {
    it(name, async () => {
      const sweep = await sweepInput(model as ModelInput, { parameter: "s0", from, to, samples: 9 });
      expect(sweep.complete).toBe(true);
      expect(sweep.coverage).toBe("range");
      expect(changesOf(sweep)).toEqual({
        changes: changes.map(([n, d]) => nearestFloat64(rational(BigInt(n), BigInt(d)))),
        counts,
      });
      expectConsistent(sweep);
      await expectSingleSolves(sweep, model);
    });
  }
});

describe("a sweep of a random model", () => {
  const random = new Random(7);
  let changes = 0;
  const shapes = [
    [1, 3, "Wu"],
    [1, 5, "both"],
    [1, 6, "C"],
    [2, 4, "C"],
    [2, 5, "Wu"],
    [2, 6, "both"],
    [2, 7, "Wu"],
    [3, 4, "both"],
    [3, 5, "Wu"],
    [3, 6, "C"],
    [4, 3, "both"],
    [4, 5, "Wu"],
  ] as const;
  for (const [R, N, where] of shapes) {
    const model = randomModel(random, R, N, where);
    it(`changes where all 2^${N} masks in rationals say (R = ${R}, input through ${where})`, async () => {
      const systems = await Promise.all([0, 1].map((s) => parseValue(model, { input: { s0: s } })));
      const exact = exactSweep(systems[0]!.system, systems[1]!.system, -3, 3);
      const sweep = await sweepInput(model as ModelInput, { parameter: "s0", from: -3, to: 3, samples: 13 });
      expect(changesOf(sweep)).toEqual({ changes: exact.changes.map(nearestFloat64), counts: exact.counts });
      expectConsistent(sweep);
      await expectSingleSolves(sweep, model);
      changes += exact.changes.length;
    });
  }

  it("changes often enough for that to mean something", () => {
    expect(changes).toBeGreaterThan(20);
  });

  it("is told from a wrong one", async () => {
    const model = randomModel(new Random(5), 2, 6, "both");
    const systems = await Promise.all([0, 1].map((s) => parseValue(model, { input: { s0: s } })));
    const exact = exactSweep(systems[0]!.system, systems[1]!.system, -3, 3);
    const right = await sweepInput(model as ModelInput, { parameter: "s0", from: -3, to: 3, samples: 5 });
    const expected = { changes: exact.changes.map(nearestFloat64), counts: exact.counts };
    expect(changesOf(right)).toEqual(expected);
    expect(expected.changes.length).toBeGreaterThan(0);
    const lost: Sweep = { ...right, branches: right.branches.slice(1) };
    expect(changesOf(lost)).not.toEqual(expected);
  });
});

describe("a sweep of a degenerate model, all small integers", () => {
  const many = full ? 200 : 12;
  it(`agrees with single solves, continua included, on ${many} of them`, async () => {
    for (let seed = 1; seed <= many; seed++) {
      const random = new Random(seed);
      const R = random.integer(1, 3);
      const N = random.integer(1, 5);
      const draw = (): number => random.integer(-1, 1);
      const model = {
        A: random.matrix(R, R, () => random.integer(-1, 2) / 2),
        U: random.matrix(N, R, draw),
        V: random.matrix(N, R, draw),
        hx: random.vector(N, draw),
        hz: random.vector(R, draw),
        C: random.matrix(R, 1, draw),
        Wu: random.matrix(N, 1, draw),
      };
      const sweep = await sweepInput(model, { parameter: "s0", from: -2, to: 2, samples: 9 });
      await expectSingleSolves(sweep, model);
      for (const { s, continua } of sweep.samples) {
        const single = await findFixedPoints(model, { input: { s0: s } });
        expect([seed, s, continua > 0]).toEqual([seed, s, single.continua.length > 0]);
      }
    }
  });
});

const REAL = new URL("../../../shared/models/", import.meta.url);
describe.skipIf(!existsSync(REAL))("a sweep of a real model (../shared/models)", () => {
  for (const [name, from, to] of [
    ["smc_teacher_rdm_rnn", -1, 1],
    ["smc_student_rdm60", -2, 1],
    ["smc_student_reach60", -0.25, 0.25],
  ] as const) {
    it(`${name} agrees with single solves at ${full ? 50 : 8} values of s`, async () => {
      const model = JSON.parse(readFileSync(new URL(`${name}.json`, REAL), "utf8"));
      const sweep = await sweepInput(model, { parameter: "s0", from, to, samples: full ? 52 : 8 });
      expect(sweep.coverage).toBe("range");
      expectConsistent(sweep);
      await expectSingleSolves(sweep, model);
    });
  }
});
