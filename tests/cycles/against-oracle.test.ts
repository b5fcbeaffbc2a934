import { describe, expect, it } from "vitest";
import { findCycles } from "../../src/api/find.ts";
import type { CycleMethod, CyclesResult } from "../../src/cycles/result.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { cycleDifferences } from "../oracle/cycle-differences.ts";
import { exactCycles, type OracleCycles } from "../oracle/cycles.ts";
import { Random } from "../support/random.ts";
import { type CycleModel, cycleModel } from "./cycle-models.ts";
import { tent } from "./raw-maps.ts";

const FULL = process.env.STILLPOINT_FULL === "1";
const MODELS = FULL ? 300 : 24;
const METHODS: readonly CycleMethod[] = ["regions", "search", "boxes", "polytopes", "orbits"];

function exactOf({ raw, most }: CycleModel): OracleCycles[] {
  return Array.from({ length: most }, (_, k) => exactCycles(raw, k + 1));
}

/** Whether a cycle or a continuum lies past the largest float64. */
function isBeyond(exact: readonly OracleCycles[]): boolean {
  const isFar = (z: readonly number[]) => !z.every(Number.isFinite);
  return exact.some(
    ({ cycles, continua }) =>
      cycles.some(({ points }) => points.some(({ z }) => isFar(z))) ||
      continua.some((each) => each.some(({ point, basis }) => [point, ...basis].some(isFar))),
  );
}

/**
 * What is wrong with a result: of periods that are not complete, only cycles that are none. There a cycle may be one of
 * a continuum that was not come upon, if a side of it has a neutral direction.
 */
function wrong(result: CyclesResult, exact: readonly OracleCycles[]): string[] {
  return result.periods.flatMap(({ period, complete }) => {
    if (complete) return cycleDifferences(result, period, exact[period - 1]!);
    const names = exact[period - 1]!.cycles.map(({ points }) => JSON.stringify(points.map(({ z }) => z)));
    const strange = result.cycles.filter(
      (cycle) =>
        cycle.period === period &&
        !names.includes(JSON.stringify(cycle.points.map(({ z }) => z))) &&
        !cycle.linearisations?.some(({ directions }) => directions.neutral > 0),
    );
    return strange.map(({ points }) => `period ${period}: a cycle that is none: ${JSON.stringify(points)}`);
  });
}

describe("cycles of random maps by all words in rationals", () => {
  it("are those that are found, by every method", { timeout: 4_000_000 }, async () => {
    const tally = { cycles: 0, ties: 0, continua: 0, unbounded: 0, classes: new Set<string | undefined>() };
    const incomplete: Record<string, number> = {};
    for (let n = 0; n < MODELS; n++) {
      const model = cycleModel(Random.of(41, `cycles ${n}`), n);
      const exact = exactOf(model);
      const methods = FULL ? METHODS : [METHODS[n % METHODS.length]!];
      for (const method of [undefined, ...methods]) {
        const asked = method === undefined ? {} : { method, maxSeconds: 10 };
        const result = await findCycles(model.raw as ModelInput, { maxPeriod: model.most, ...asked });
        expect(wrong(result, exact), `${model.name} by ${method}: ${JSON.stringify(model.raw)}`).toEqual([]);
        if (method !== undefined) incomplete[method] = (incomplete[method] ?? 0) + (result.complete ? 0 : 1);
        else if (isBeyond(exact)) expect(result.incompleteBecause, model.name).toMatch(/past the largest float64/);
        else expect(result.incompleteBecause, model.name).toBeUndefined();
      }
      for (const { cycles, continua } of exact) {
        tally.cycles += cycles.length;
        tally.ties += cycles.filter(({ points }) => points.some(({ ties }) => ties.length > 0)).length;
        tally.continua += continua.length;
        tally.unbounded += continua.filter(([first]) => !first!.bounded).length;
        for (const { stability } of cycles) tally.classes.add(stability);
      }
    }
    if (FULL) console.log(MODELS, tally, "not complete:", incomplete);
    expect(tally.cycles).toBeGreaterThan(1.5 * MODELS);
    expect(tally.ties).toBeGreaterThan(MODELS / 8);
    expect(tally.continua).toBeGreaterThan(MODELS / 8);
    expect(tally.unbounded).toBeLessThan(tally.continua);
    expect(tally.classes.size).toBeGreaterThan(4);
  });

  it("would be told from others", async () => {
    const result = await findCycles(tent(2) as ModelInput, { maxPeriod: 3 });
    const exact = [1, 2, 3].map((k) => exactCycles(tent(2), k));
    expect(wrong(result, exact)).toEqual([]);
    const [first, ...rest] = result.cycles;
    const changed: CyclesResult[] = [
      { ...result, cycles: rest },
      { ...result, cycles: [{ ...first!, stability: "stable" }, ...rest] },
      { ...result, cycles: [{ ...first!, points: [{ ...first!.points[0]!, ties: [0] }] }, ...rest] },
      { ...result, cycles: [...rest, first!] },
    ];
    for (const each of changed) expect(wrong(each, exact)).not.toEqual([]);
    // −z between kinks at ±1: a segment of 2-cycles
    const raw = { kind: "shPLRNN", A: [[-2]], W1: [[1, -1]], W2: [[1], [1]], h1: [-1], h2: [1, -1] } as const;
    const flip = await findCycles(raw as object as ModelInput, { maxPeriod: 2 });
    const segment = [1, 2].map((k) => exactCycles(raw, k));
    expect(wrong(flip, segment)).toEqual([]);
    const [continuum] = flip.continua;
    for (const change of [
      { bounded: false },
      { dimension: 2 },
      { point: [0.5, -0.5] },
      { words: [] },
      { basis: [[1, 1]] },
    ])
      expect(wrong({ ...flip, continua: [{ ...continuum!, ...change }] }, segment)).not.toEqual([]);
    expect(wrong({ ...flip, continua: [] }, segment)).not.toEqual([]);
    expect(wrong({ ...flip, continua: [continuum!, continuum!] }, segment)).not.toEqual([]);
  });
});
