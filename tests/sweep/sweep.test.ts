import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findFixedPoints } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import type { Sweep } from "../../src/sweep/result.ts";
import { sweepInput, sweepInputs } from "../../src/sweep/sweep.ts";
import { nearestFloat64, rational } from "../oracle/integers.ts";
import { Random } from "../support/random.ts";
import { changesOf } from "./changes.ts";
import { HAND_SOLVED, type Raw, randomModel } from "./models.ts";
import { exactSweep } from "./oracle.ts";

const full = process.env.STILLPOINT_FULL === "1";

/** Every sample of a sweep against a solve at that s: places to the last bit, order and stability. */
async function expectSingleSolves(sweep: Sweep, model: Raw): Promise<void> {
  for (const { s, points } of sweep.samples) {
    const { fixedPoints } = await findFixedPoints(model as ModelInput, { input: { [sweep.parameter.parameter]: s } });
    expect({ s, points }).toEqual({ s, points: fixedPoints.map(({ z, stability }) => ({ z, stability })) });
  }
}

function expectConsistent(sweep: Sweep): void {
  sweep.branches.forEach(({ pieces, birth, death }, index) => {
    pieces.forEach((piece, i) => {
      expect(piece.from).toBeLessThanOrEqual(piece.to);
      if (i === 0) return;
      expect(piece.from).toBe(pieces[i - 1]!.to);
      expect(piece.zFrom).toEqual(pieces[i - 1]!.zTo);
    });
    if (birth === null) expect(pieces[0]!.from).toBe(sweep.parameter.from);
    else expect(sweep.events[birth]!.after).toContain(index);
    if (death === null) expect(pieces.at(-1)!.to).toBe(sweep.parameter.to);
    else expect(sweep.events[death]!.before).toContain(index);
  });
}

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

describe("what happens where branches meet", () => {
  const sweep = (model: Raw, from: number, to: number, samples = 5): Promise<Sweep> =>
    sweepInput(model as ModelInput, { parameter: "s0", from, to, samples });

  it("is a fold, with both points on the same hyperplane", async () => {
    const { events, branches } = await sweep(HAND_SOLVED[0]!.model, -1, 1);
    const folds = events.filter(({ kind }) => kind === "fold");
    expect(folds.map(({ s, z, hyperplanes }) => ({ s, z, hyperplanes }))).toEqual([
      { s: -1 / 6, z: [0.5], hyperplanes: [1] },
      { s: 1 / 6, z: [-0.5], hyperplanes: [0] },
    ]);
    expect(folds[0]).toMatchObject({ before: [], after: [1, 2] });
    expect(branches[0]!.pieces[0]!.stability).toBe("stable");
  });

  it("is a crossing, where a point persists and may lose its stability", async () => {
    // ż = −z + 3 relu(z) + …: in the right half slope −3/2 of the map z' = z/2 − 2 relu(z) + s
    const { events } = await sweep({ A: [0.5], U: [[1]], V: [[-2]], hx: [0], hz: [0], C: [[1]] }, -1, 1);
    expect(events).toEqual([
      {
        s: 0,
        kind: "crossing",
        z: [0],
        hyperplanes: [0],
        before: [0],
        after: [0],
        stability: ["stable", "unstable"],
      },
    ]);
  });

  it("is a junction where two folds happen at one place", async () => {
    const model = {
      A: [0, 0],
      U: [
        [1, 0],
        [0, 1],
      ],
      V: [
        [2, 0],
        [0, 2],
      ],
      hx: [0, 0],
      hz: [0, 0],
      C: [[1], [1]],
    };
    const { events, branches } = await sweep(model, -1, 1);
    expect(branches).toHaveLength(4);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ s: 0, kind: "junction", z: [0, 0], before: [0, 1, 2, 3], after: [] });
  });

  it("is an end where the branch runs into a continuum", async () => {
    // G(z) = s − relu(z − 1) + relu(−z − 1): at s = 0 all of [−1, 1]
    const model = { A: [1], U: [[1], [-1]], V: [[-1], [1]], hx: [1, 1], hz: [0], C: [[1]] };
    const { events, continua, branches, samples } = await sweep(model, -1, 1, 3);
    expect(branches).toHaveLength(2);
    expect(continua).toEqual([{ dimension: 1, from: 0, to: 0, active: [], ties: [] }]);
    expect(events.map(({ kind, s, z }) => [kind, s, z])).toEqual([
      ["end", 0, [-1]],
      ["end", 0, [1]],
    ]);
    expect(samples.map(({ points, continua }) => [points.length, continua])).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
  });

  it("is nothing where a continuum persists", async () => {
    const model = { A: [0.5, 1], U: [[1, 0]], V: [[0.25, 0]], hx: [0], hz: [0, 0], C: [[1], [0]] };
    const { events, continua, branches } = await sweep(model, -1, 1);
    expect(branches).toEqual([]);
    expect(events).toEqual([]);
    expect(continua.map(({ dimension, from, to }) => ({ dimension, from, to }))).toEqual([
      { dimension: 1, from: -1, to: 0 },
      { dimension: 1, from: 0, to: 1 },
    ]);
  });

  it("is an isolated point where one exists for one s alone", async () => {
    // G = |z| + |s|
    const model = {
      A: [1],
      U: [[1], [-1], [0], [0]],
      V: [[1], [1], [1], [1]],
      hx: [0, 0, 0, 0],
      hz: [0],
      Wu: [[0], [0], [1], [-1]],
    };
    const { events, branches, samples } = await sweep(model, -1, 1, 3);
    expect(branches).toEqual([]);
    expect(events.map(({ kind, s, z }) => [kind, s, z])).toEqual([["isolated", 0, [0]]]);
    expect(samples.map(({ points }) => points.length)).toEqual([0, 1, 0]);
  });

  it("keeps a point that moves along a hyperplane as one branch", async () => {
    const model = {
      A: [0.5, 0.5],
      U: [
        [1, 0],
        [0, 1],
      ],
      V: [
        [0.25, 0],
        [0, 0.25],
      ],
      hx: [0, 0],
      hz: [0, 0],
      C: [[0], [1]],
    };
    const { branches, events } = await sweep(model, -1, 1);
    expect(branches).toHaveLength(1);
    expect(branches[0]!.pieces.map(({ ties, active }) => ({ ties, active }))).toEqual([
      { ties: [0], active: [] },
      { ties: [0], active: [1] },
    ]);
    expect(events.map(({ kind, hyperplanes }) => [kind, hyperplanes])).toEqual([["crossing", [0, 1]]]);
    await expectSingleSolves(await sweep(model, -1, 1), model);
  });

  it("is seen at the ends of the range too", async () => {
    const model = HAND_SOLVED[5]!.model;
    const { samples } = await sweep(model, 0, 1, 2);
    expect(samples[0]!.points.map(({ z }) => z)).toEqual([[0]]);
    await expectSingleSolves(await sweep(model, 0, 1, 2), model);
    await expectSingleSolves(await sweep(model, -1, 0, 2), model);
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

describe("a sweep by samples", () => {
  it("finds the branches of the whole range where each has a sample on it", async () => {
    const random = new Random(11);
    for (const [R, N] of [
      [1, 5],
      [2, 6],
      [3, 5],
    ] as const) {
      const model = randomModel(random, R, N, "both");
      const range = { parameter: "s0", from: -3, to: 3, samples: 25 };
      const whole = await sweepInput(model as ModelInput, range, { coverage: "range" });
      const followed = await sweepInput(model as ModelInput, range, { coverage: "samples" });
      expect(followed.complete).toBe(true);
      const seen = whole.branches.filter(({ pieces }) =>
        whole.samples.some(({ s }) => pieces[0]!.from <= s && s <= pieces.at(-1)!.to),
      );
      expect(followed.branches.map(({ pieces }) => pieces)).toEqual(
        expect.arrayContaining(seen.map(({ pieces }) => pieces)),
      );
      expect(whole.branches.map(({ pieces }) => pieces)).toEqual(
        expect.arrayContaining(followed.branches.map(({ pieces }) => pieces)),
      );
      expect(followed.samples).toEqual(whole.samples);
    }
  });

  it("says so, and stops when told to", async () => {
    const stop = new AbortController();
    stop.abort();
    const sweep = await sweepInput(
      HAND_SOLVED[0]!.model as ModelInput,
      { parameter: "s0", from: -1, to: 1, samples: 5 },
      {
        coverage: "samples",
        signal: stop.signal,
      },
    );
    expect(sweep).toMatchObject({
      complete: false,
      coverage: "samples",
      incompleteBecause: "cancelled: 5 of 5 samples were not solved",
    });
  });
});

describe("a sweep past the largest float64", () => {
  // ż = −1e-220 |z| + 1.5e88 + 1e88 s: z = ±(1.5 + s)·1e308, which float64 has up to s = 0.297…
  const far = {
    kind: "continuous",
    A: [[1e-220]],
    U: [[1], [1]],
    V: [[0], [-2e-220]],
    hx: [1, 0],
    hz: [-1.5e88],
    C: [[1e88]],
  };
  const swept = (from: number, to: number, coverage: "range" | "samples" = "range", model: Raw = far) =>
    sweepInput(model as ModelInput, { parameter: "s0", from, to, samples: 5 }, { coverage });

  it("leaves out the branches that reach it, says so, and keeps their points in range", async () => {
    const sweep = await swept(-1, 1);
    expect(sweep).toMatchObject({
      branches: [],
      events: [],
      complete: false,
      incompleteBecause: "past the largest float64 (about 1.8e308), so not listed: 2 branches; rescale the model",
    });
    expect(sweep.samples.map(({ points }) => points.length)).toEqual([2, 2, 2, 0, 0]);
    expect(JSON.stringify(sweep)).not.toContain("null,");
    const whole = await swept(-1, 0.25);
    expect(whole).toMatchObject({ complete: true, branches: [{ birth: null }, { birth: null }] });
    expect(whole.samples.map(({ points }) => points.length)).toEqual([2, 2, 2, 2, 2]);
  });

  it("stops at a sample whose solve lacks points", async () => {
    const { complete, incompleteBecause } = await swept(-1, 1, "samples");
    expect(complete).toBe(false);
    expect(incompleteBecause).toMatch(/^at s = 0.5: past the largest float64 .*; 2 branches; rescale|so not listed/);
  });

  it("keeps the events of branches that it lists, and of what they were", async () => {
    // slope 1 below 0 and −1e-220 above, so that only one of the two that fold goes far out
    const bent = { ...far, A: [[1]], V: [[-1], [-1e-220]], hx: [0, 0] };
    const { branches, events, incompleteBecause } = await swept(-2, 1, "range", bent);
    expect(branches).toHaveLength(1);
    expect(incompleteBecause).toContain("1 branch;");
    expect(events).toMatchObject([{ s: -1.5, kind: "fold", z: [0], before: [], after: [0] }]);
    expect(branches[0]).toMatchObject({ birth: 0, death: null });
  });
});

describe("a sweep of two inputs", () => {
  it("is exact along the first for every sample of the second", async () => {
    const model: Raw = { ...HAND_SOLVED[0]!.model, C: [[3, 1]] };
    const grid = await sweepInputs(model as ModelInput, [
      { parameter: "s0", from: -1, to: 1, samples: 5 },
      { parameter: "s1", from: 0, to: 1, samples: 3 },
    ]);
    expect(grid.complete).toBe(true);
    expect(grid.rows.map((row) => changesOf(row).changes)).toEqual([
      [-1 / 6, 1 / 6],
      [-1 / 3, 0],
      [-0.5, nearestFloat64(rational(-1n, 6n))],
    ]);
  });
});

describe("a sweep refuses", () => {
  const model = HAND_SOLVED[0]!.model;
  const range = { parameter: "s0", from: -1, to: 1, samples: 5 };
  for (const [what, attempt, message] of [
    [
      "an empty range",
      () => sweepInput(model as ModelInput, { ...range, to: -1 }),
      /must go from a number to a larger one/,
    ],
    [
      "a range wider than float64",
      () => sweepInput(model as ModelInput, { ...range, from: -1e308, to: 1e308 }),
      /within 2\^300/,
    ],
    ["an end past 2^300", () => sweepInput(model as ModelInput, { ...range, to: 1e91 }), /within 2\^300/],
    [
      "a range without end",
      () => sweepInput(model as ModelInput, { ...range, to: Number.POSITIVE_INFINITY }),
      /larger one/,
    ],
    ["one sample", () => sweepInput(model as ModelInput, { ...range, samples: 1 }), /from 2 to 1000000 samples/],
    [
      "an input that is not there",
      () => sweepInput(model as ModelInput, { ...range, parameter: "s3" }),
      /must be s0: the model has one input/,
    ],
    [
      "a model without input",
      () => sweepInput({ A: [0], U: [[1]], V: [[1]], hx: [0], hz: [0] }, range),
      /takes no input/,
    ],
    ["an input both swept and set", () => sweepInput(model as ModelInput, range, { input: { s0: 1 } }), /not both/],
    ["one input twice", () => sweepInputs(model as ModelInput, [range, range]), /twice/],
    [
      "range by search",
      () => sweepInput(model as ModelInput, range, { coverage: "range", method: "search" }),
      /regions method/,
    ],
  ] as const) {
    it(what, async () => {
      await expect(attempt()).rejects.toThrow(message);
    });
  }
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
