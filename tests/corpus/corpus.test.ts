import { beforeAll, describe, expect, it } from "vitest";
import { compare, fromNumber } from "../../src/model/dyadic.ts";
import { parseValue } from "../../src/model/parse.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { definingMap, exactG } from "../model/exact-map.ts";
import { floatRegionMasks } from "../oracle/float-regions.ts";
import type { ExactPoint } from "../oracle/naive.ts";
import { Random } from "../support/random.ts";
import type { ModelObject } from "./build.ts";
import { type CorpusCase, corpus, exactAnswer } from "./generate.ts";

const cases = corpus();
let systems: Map<CorpusCase, PiecewiseLinearSystem>;

beforeAll(async () => {
  systems = new Map(await Promise.all(cases.map(async (c) => [c, (await parseValue(c.model)).system] as const)));
});

const ofKind = (kind: string) => cases.filter((c) => c.kind === kind);

async function mostTies(c: CorpusCase): Promise<number> {
  return Math.max(...(await exactAnswer(c)).points.map(({ ties }) => ties.length));
}

/** Whether a solver that visits these masks can find the point: it lies in the closed region of one of them. */
function reached(point: ExactPoint, masks: Iterable<number>, N: number): boolean {
  for (const mask of masks) {
    let agrees = true;
    for (let j = 0; j < N && agrees; j++) {
      agrees = point.ties.includes(j) || point.active.includes(j) === Boolean((mask >> j) & 1);
    }
    if (agrees) return true;
  }
  return false;
}

describe("the corpus", () => {
  it("has distinct names, small cases and the same numbers every time", () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(JSON.stringify(corpus())).toBe(JSON.stringify(cases));
    expect(JSON.stringify(corpus(2))).not.toBe(JSON.stringify(cases));
    for (const { hyperplanes, latentDim } of systems.values()) {
      expect(hyperplanes).toBeLessThanOrEqual(12);
      expect(latentDim).toBeLessThanOrEqual(6);
    }
  });

  it("puts fixed points on 1, 2, 3 and all hyperplanes", async () => {
    for (const c of ofKind("onAll")) expect(await mostTies(c), c.name).toBe(systems.get(c)!.hyperplanes);
    for (const [kind, k] of [
      ["onTwo", 2],
      ["onThree", 3],
    ] as const) {
      for (const c of ofKind(kind)) expect(await mostTies(c), c.name).toBeGreaterThanOrEqual(k);
    }
    for (const c of ofKind("halfOpenTraps").slice(0, 7)) {
      expect(await mostTies(c), c.name).toBe(systems.get(c)!.hyperplanes);
    }
  });

  it("has fixed points wherever one was planted, and none in the kind that has none", async () => {
    for (const kind of ["slivers", "lastPlaceCells", "belowRounding", "nearParallel", "nearlyConcurrent"]) {
      for (const c of ofKind(kind)) expect((await exactAnswer(c)).points.length, c.name).toBeGreaterThan(0);
    }
    for (const c of ofKind("none")) expect((await exactAnswer(c)).points, c.name).toEqual([]);
  });

  it("bites: plain float64 signs lose fixed points in cells below rounding", async () => {
    let lost = 0;
    for (const c of ofKind("belowRounding")) {
      const system = systems.get(c)!;
      const masks = floatRegionMasks(system);
      const { points } = await exactAnswer(c);
      if (points.some((point) => !reached(point, masks, system.hyperplanes))) lost += 1;
    }
    expect(lost).toBeGreaterThanOrEqual(3);
  });

  it("does not bite where signs are far from rounding", async () => {
    for (const c of ofKind("generic")) {
      const system = systems.get(c)!;
      const masks = floatRegionMasks(system);
      for (const point of (await exactAnswer(c)).points) {
        expect(reached(point, masks, system.hyperplanes), c.name).toBe(true);
      }
    }
  });
});

/**
 * Points where the model's own equation and its system are compared: small and large, few bits and many, the origin.
 */
function probes(R: number): number[][] {
  const random = new Random(R);
  return [
    new Array<number>(R).fill(0),
    ...Array.from({ length: 3 }, () => random.vector(R, () => random.dyadic(2, 2))),
    ...[1, 1, 5, 1e3, 1e-3].map((scale) => random.vector(R, () => random.real(scale))),
  ];
}

function sameFunction(system: PiecewiseLinearSystem, model: ModelObject): boolean {
  return probes(system.latentDim).every((probe) => {
    const z = probe.map(fromNumber);
    const expected = definingMap(model, z);
    return exactG(system, z).every((x, i) => compare(x, expected[i]!) === 0);
  });
}

describe("every model's system", () => {
  it("is exactly the equation that its file states", () => {
    for (const c of cases) expect(sameFunction(systems.get(c)!, c.model), c.name).toBe(true);
  });

  it("would be told apart from another one's by a single last bit", () => {
    const c = cases.find(({ name }) => name === "generic-05")!;
    const key = "hz" in c.model ? "hz" : "h1";
    const changed = [...(c.model[key] as number[])];
    changed[0] = changed[0]! * (1 + 2 ** -52);
    expect(sameFunction(systems.get(c)!, { ...c.model, [key]: changed })).toBe(false);
  });
});
