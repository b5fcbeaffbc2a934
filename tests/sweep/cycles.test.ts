import { describe, expect, it } from "vitest";
import { chaoticClipped } from "../../bench/cycles-models.ts";
import { findCycles } from "../../src/index.ts";
import { blockSystem } from "../../src/model/block.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import { Engine } from "../../src/run/engine.ts";
import { sweepCycles } from "../../src/sweep/cycles.ts";
import { inputFamily } from "../../src/sweep/family.ts";
import type { CycleSweep, Sweep } from "../../src/sweep/result.ts";
import { type SweepOptions, sampleValues, sweepInput, sweepInputs } from "../../src/sweep/sweep.ts";
import { cycleModel } from "../cycles/cycle-models.ts";
import { nearestFloat64 } from "../oracle/integers.ts";
import { Random } from "../support/random.ts";
import { type Raw, randomModel } from "./models.ts";
import { exactSweep } from "./oracle.ts";

const full = process.env.STILLPOINT_FULL === "1";

const RANGE = { parameter: "s0", from: -3, to: 3, samples: 7 } as const;

/** z' = a z + s on the left of 0, b z + s on the right: the border-collision normal form in one dimension. */
const skewTent = (a: number, b: number): Raw => ({ A: [a], U: [[1]], V: [[b - a]], hx: [0], hz: [0], C: [[1]] });

const sweepOf = (model: Raw, maxPeriod: number, options: SweepOptions = {}) =>
  sweepInput(model as ModelInput, RANGE, { ...options, maxPeriod });

const periodOf = (sweep: Sweep, period: number): CycleSweep => {
  const found = sweep.cycles!.find((each) => each.period === period);
  if (found === undefined) throw new RangeError(`no period ${period}`);
  return found;
};

/** Every sample against the cycles found at that input: places to the last bit, order, classes and continua. */
async function expectSingleSearches({ cycles = [], parameter: { parameter } }: Sweep, model: Raw): Promise<void> {
  for (const { period, samples } of cycles) {
    for (const { s, cycles: listed, continua } of samples) {
      const found = await findCycles(model as ModelInput, { period, input: { [parameter]: s } });
      expect(found.complete).toBe(true);
      const own = found.cycles.map(({ points, stability }) => ({ points: points.map(({ z }) => z), stability }));
      expect({ period, s, cycles: listed }).toEqual({ period, s, cycles: own });
      expect({ period, s, open: continua > 0 }).toEqual({ period, s, open: found.continua.length > 0 });
    }
  }
}

/** Pieces hang together point by point, and events and branches name each other. */
function expectConsistent({ branches, events, period }: CycleSweep): void {
  for (const [index, { pieces, birth, death }] of branches.entries()) {
    for (const [i, piece] of pieces.entries()) {
      expect(piece.pointsFrom).toHaveLength(period);
      if (i === 0) continue;
      expect(piece.from).toBe(pieces[i - 1]!.to);
      expect(piece.pointsFrom).toEqual(pieces[i - 1]!.pointsTo);
    }
    if (birth === null) expect(pieces[0]!.from).toBe(RANGE.from);
    else expect(events[birth]!.after).toContain(index);
    if (death === null) expect(pieces.at(-1)!.to).toBe(RANGE.to);
    else expect(events[death]!.before).toContain(index);
  }
}

/** Zeros of the block system of a period as told by the branches of all its divisors, halfway between the changes. */
function zerosOf(sweep: Sweep, period: number, changes: readonly number[]): number[] {
  const stops = [RANGE.from, ...changes, RANGE.to];
  return stops.slice(1).map((to, i) => {
    const s = (stops[i]! + to) / 2;
    const alive = (branches: readonly { readonly pieces: readonly { from: number; to: number }[] }[]) =>
      branches.filter(({ pieces }) => pieces.some((piece) => piece.from < s && s < piece.to)).length;
    let zeros = alive(sweep.branches);
    for (const each of sweep.cycles!) if (period % each.period === 0) zeros += each.period * alive(each.branches);
    return zeros;
  });
}

function exactZeros(model: Raw, period: number) {
  const [zero, one] = [0, 1].map((s) => parseValue(model, { input: { s0: s } }).system);
  const exact = exactSweep(blockSystem(zero!, period), blockSystem(one!, period), RANGE.from, RANGE.to);
  return { changes: exact.changes.map(nearestFloat64), counts: exact.counts };
}

describe("a sweep of cycles solved by hand", () => {
  it("of slopes 1/2 and −3/2: a stable 2-cycle is born where the fixed point turns unstable on the border", async () => {
    const sweep = await sweepOf(skewTent(0.5, -1.5), 2);
    expect(sweep.complete).toBe(true);
    const { branches, events, coverage } = periodOf(sweep, 2);
    expect(coverage).toBe("range");
    expect(events).toEqual([{ s: 0, kind: "flip", points: [[0]], hyperplanes: [[0]], before: [], after: [0] }]);
    expect(branches).toHaveLength(1);
    const [piece] = branches[0]!.pieces;
    // z_1 = −3/2 z_0 + s and z_0 = z_1/2 + s with z_1 ≤ 0: z_0 = 6/7 s, z_1 = −2/7 s
    expect(piece).toMatchObject({ from: 0, to: 3, pointsFrom: [[0], [0]], pointsTo: [[-6 / 7], [18 / 7]] });
    expect(piece).toMatchObject({ active: [[], [0]], ties: [[], []], stability: "stable", eigenvalues: [[-0.75, 0]] });
  });

  it("of slopes 2/5 and −4: two 3-cycles leave the border, a multiplication of the period", async () => {
    const model = skewTent(0.4, -4);
    const sweep = await sweepOf(model, 4);
    const { branches, events } = periodOf(sweep, 3);
    expect(events.map(({ s, kind, before, after }) => ({ s, kind, before, after }))).toEqual([
      { s: 0, kind: "multiplication", before: [], after: [0, 1] },
    ]);
    // the words LLR and LRR, with multipliers 0.4²·(−4) and 0.4·16
    expect(branches.map(({ pieces }) => pieces.map(({ eigenvalues }) => eigenvalues[0]![0]))).toEqual(
      expect.arrayContaining([[expect.closeTo(-0.64, 12)], [expect.closeTo(6.4, 12)]]),
    );
    for (const each of sweep.cycles!) expectConsistent(each);
    await expectSingleSearches(sweep, model);
  });

  it("of z' = s − z: at every input a line of 2-cycles, and nothing else", async () => {
    const sweep = await sweepOf({ A: [-1], U: [[1]], V: [[0]], hx: [0], hz: [0], C: [[1]] }, 3);
    expect(sweep.complete).toBe(true);
    const { branches, events, continua, samples } = periodOf(sweep, 2);
    expect({ branches, events }).toEqual({ branches: [], events: [] });
    expect(new Set(continua.map(({ dimension }) => dimension))).toEqual(new Set([1]));
    expect(samples.every((sample) => sample.continua > 0 && sample.cycles.length === 0)).toBe(true);
    expect(periodOf(sweep, 3)).toMatchObject({ branches: [], continua: [], events: [] });
  });

  it("of a quarter turn about a moving centre: planes of 4-cycles", async () => {
    const turn = [
      [0, -1],
      [1, 0],
    ];
    const sweep = await sweepOf({ A: turn, U: [[1, 0]], V: [[0, 0]], hx: [1], hz: [0, 0], C: [[1], [0]] }, 4);
    expect(periodOf(sweep, 4).continua.every(({ dimension }) => dimension === 2)).toBe(true);
    expect(periodOf(sweep, 4).continua.length).toBeGreaterThan(0);
    expect([2, 3].map((k) => periodOf(sweep, k).continua.length)).toEqual([0, 0]);
  });
});

describe("a sweep of cycles of a random model", () => {
  const random = new Random(11);
  let changes = 0;
  const shapes = [
    [1, 2, "C", 4],
    [1, 3, "both", 3],
    [1, 3, "Wu", 3],
    [2, 2, "both", 4],
    [2, 3, "Wu", 3],
    [2, 4, "C", 2],
    [3, 3, "both", 3],
    ...(full
      ? ([
          [1, 4, "both", 3],
          [2, 3, "C", 4],
          [3, 4, "Wu", 3],
          [2, 6, "both", 2],
        ] as const)
      : []),
  ] as const;
  for (const [R, N, where, K] of shapes) {
    for (let seed = 0; seed < (full ? 4 : 2); seed++) {
      const model = randomModel(random, R, N, where);
      it(`changes where all words in rationals say (R = ${R}, N = ${N}, ${where}, K = ${K}, ${seed})`, async () => {
        const sweep = await sweepOf(model, K);
        expect(sweep.incompleteBecause).toBeUndefined();
        for (let k = 2; k <= K; k++) {
          const exact = exactZeros(model, k);
          expect({ k, zeros: zerosOf(sweep, k, exact.changes) }).toEqual({ k, zeros: exact.counts });
          expectConsistent(periodOf(sweep, k));
          changes += periodOf(sweep, k).events.length;
        }
        await expectSingleSearches(sweep, model);
      });
    }
  }

  it("has events often enough for that to mean something", () => {
    expect(changes).toBeGreaterThan(10);
  });

  it("is told from a wrong one", async () => {
    const model = skewTent(0.4, -4);
    const right = await sweepOf(model, 3);
    const exact = exactZeros(model, 3);
    expect(zerosOf(right, 3, exact.changes)).toEqual(exact.counts);
    const [two, three] = right.cycles!;
    const lost: Sweep = { ...right, cycles: [two!, { ...three!, branches: three!.branches.slice(1) }] };
    expect(zerosOf(lost, 3, exact.changes)).not.toEqual(exact.counts);
  });
});

describe("a sweep of cycles of maps with ties, continua and all scales", () => {
  it("lists at every sample what a search there finds", { timeout: 600_000 }, async () => {
    const tally = { cycles: 0, continua: 0, events: new Set<string>() };
    for (let n = 0; n < (full ? 96 : 24); n++) {
      const random = Random.of(51, `swept ${n}`);
      const { raw, name } = cycleModel(random, n);
      const [R, N] = [raw.A.length, raw.W2.length];
      const model: Raw = { ...raw, C: raw.A.map(() => [random.dyadic(1, 2)]) };
      if (n % 3 === 0) model.Wu = raw.W2.map(() => [random.dyadic(1, 1)]);
      const coverage = n % 4 === 1 ? "samples" : "auto";
      const range = { parameter: "s0", from: -1, to: 1, samples: 5 };
      const maxPeriod = R * N > 6 ? 2 : 3;
      const sweep = await sweepInput(model as ModelInput, range, { maxPeriod, coverage });
      const { incompleteBecause } = sweep;
      if (incompleteBecause !== undefined) expect(incompleteBecause, name).toMatch(/^past the largest float64/);
      else await expectSingleSearches(sweep, model);
      for (const { samples, events } of sweep.cycles!) {
        for (const { cycles, continua } of samples) {
          tally.cycles += cycles.length;
          if (continua > 0) tally.continua++;
        }
        for (const { kind } of events) tally.events.add(kind);
      }
    }
    expect(tally.cycles).toBeGreaterThan(30);
    expect(tally.continua).toBeGreaterThan(10);
    expect([...tally.events]).toEqual(expect.arrayContaining(["crossing", "flip", "multiplication", "fold", "end"]));
  });
});

describe("coverage of a sweep of cycles", () => {
  it("samples gives the samples of range, and follows the branches as exactly", async () => {
    const random = new Random(5);
    for (const model of [skewTent(0.4, -4), randomModel(random, 1, 3, "both"), randomModel(random, 2, 3, "Wu")]) {
      const range = await sweepOf(model, 3, { coverage: "range" });
      const samples = await sweepOf(model, 3, { coverage: "samples" });
      expect(samples.complete).toBe(true);
      for (const k of [2, 3]) {
        const [all, followed] = [periodOf(range, k), periodOf(samples, k)];
        expect(followed.coverage).toBe("samples");
        expect(followed.samples).toEqual(all.samples);
        for (const branch of followed.branches)
          expect(all.branches.map(({ pieces }) => pieces)).toContainEqual(branch.pieces);
      }
    }
  });

  it("auto is samples for the periods that the first limits don't end, and range for the others", async () => {
    const model = { ...chaoticClipped(2, 10, 10), C: [[1], [1]] };
    const family = await inputFamily(model, "s0");
    const values = sampleValues({ parameter: "s0", from: -1, to: 1, samples: 2 });
    const task = { family, low: -1, high: 1, values, periods: [2, 4], coverage: "auto", autoEffort: 1 } as const;
    const cycles = await sweepCycles(task, {}, new Engine({ threads: 1 }));
    expect(cycles.map(({ period, coverage, complete }) => [period, coverage, complete])).toEqual([
      [2, "range", true],
      [4, "samples", true],
    ]);
    expect(cycles[1]!.counts).toMatchObject({ samples: 2 });
    for (const { period, samples } of cycles)
      for (const { s, cycles: listed } of samples) {
        const found = await findCycles(model as object as ModelInput, { period, input: { s0: s } });
        expect(listed.map(({ points }) => points)).toEqual(found.cycles.map(({ points }) => points.map(({ z }) => z)));
      }
  });

  it("tells periods that a budget or a cancel kept from being complete", async () => {
    const model = randomModel(new Random(3), 2, 6, "both");
    const late = await sweepOf(model, 4, { maxSeconds: 1e-6 });
    expect(late.complete).toBe(false);
    for (const { complete, incompleteBecause } of late.cycles!)
      expect({ complete, incompleteBecause }).toEqual({ complete: false, incompleteBecause: expect.any(String) });
    expect(late.incompleteBecause).toContain("cycles of period 3: ");
    const abort = new AbortController();
    abort.abort();
    const cancelled = await sweepOf(model, 2, { signal: abort.signal });
    expect(cancelled.cycles![0]!.complete).toBe(false);
  });

  it("over two inputs is that of each row", async () => {
    const model: Raw = { ...skewTent(0.5, -1.5), C: [[1, 1]] };
    const other = { parameter: "s1", from: 0, to: 1, samples: 2 };
    const grid = await sweepInputs(model as ModelInput, [RANGE, other], { maxPeriod: 2 });
    expect(grid.rows.map(({ cycles }) => cycles![0]!.events[0]!.s)).toEqual([0, -1]);
  });

  it("is refused of flows and of periods that are none", async () => {
    const flow = { kind: "TLN", W: [[0.5]], b: [1], C: [[1]] };
    await expect(sweepOf(flow, 2)).rejects.toThrow(/continuous time/);
    await expect(sweepOf(skewTent(0.5, -1.5), 0)).rejects.toThrow(/maxPeriod/);
    expect((await sweepOf(flow, 1).catch((error: Error) => error.message)) as string).toMatch(/continuous time/);
    expect((await sweepOf(skewTent(0.5, -1.5), 1)).cycles).toBeUndefined();
  });
});
