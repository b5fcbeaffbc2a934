import { afterAll, describe, expect, it } from "vitest";
import { findFixedPoints, findFixedPointsOfMany, parseModel, verifyResult } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import type { FindOptions } from "../../src/run/options.ts";
import { allDifferences } from "../oracle/differences.ts";
import { exactAnswer, type OracleAnswer } from "../oracle/independent.ts";
import { exactVirtualPoints } from "../oracle/naive.ts";
import { describeWithGpu, gpuForTests } from "../support/gpu.ts";
import { ATTACKS, type Attack, attack, PLAIN_ATTACKS } from "./generate.ts";

/**
 * Models of scales far apart under every method and backend, against the oracle, on all that a result says: `npx tsx
 * tests/attack/run.ts` replays any of them alone. 300 in `npm test`, 10,000 with STILLPOINT_FULL=1.
 */
const full = process.env.STILLPOINT_FULL === "1";
const SEED = 1;
const kinds = Object.keys(ATTACKS);
const perKind = Math.ceil((full ? 10_000 : 300) / kinds.length);
/**
 * Boxes: far more than a small model needs, so that a search without an end is a difference and no test without an end.
 */
const ENOUGH = 2 ** 18;
const timeout = full ? 3_600_000 : 120_000;

const METHODS: Readonly<Record<string, FindOptions>> = {
  "regions, owned": { method: "regions", expand: "owned" },
  "regions, branch": { method: "regions", expand: "branch" },
  search: { method: "search", maxRegions: ENOUGH },
  auto: {},
};

const gpu = await gpuForTests("attacks");
afterAll(() => gpu?.destroy());

const solved = new Map<string, { attack: Attack; answer: OracleAnswer }[]>();

function casesOf(kind: string) {
  const cases =
    solved.get(kind) ??
    Array.from({ length: perKind }, (_, i) => {
      const drawn = attack(kind, i, SEED);
      return { attack: drawn, answer: exactAnswer(drawn.model) };
    });
  solved.set(kind, cases);
  return cases;
}

describe.each(kinds)("%s", (kind) => {
  it.each(Object.keys(METHODS))(
    "by %s: exactly what the oracle says",
    async (method) => {
      const failed: string[] = [];
      for (const { attack, answer } of casesOf(kind)) {
        const result = await findFixedPoints(attack.model as ModelInput, METHODS[method]);
        failed.push(...allDifferences(result, answer).map((text) => `${attack.name}: ${text}`));
      }
      expect(failed).toEqual([]);
    },
    timeout,
  );
});

describeWithGpu(gpu)("on a GPU", () => {
  const device = () => ({ backend: "webgpu", device: gpu!.device }) as const;

  it.each(["owned", "branch"] as const)(
    "by regions, %s: exactly what the oracle says",
    async (expand) => {
      const cases = kinds.flatMap(casesOf);
      const options: FindOptions = { method: "regions", expand, ...device() };
      const failed: string[] = [];
      const models = cases.map(({ attack }) => attack.model);
      for await (const outcome of findFixedPointsOfMany(models as ModelInput[], options)) {
        const { attack, answer } = cases[outcome.index]!;
        const texts =
          "result" in outcome ? allDifferences(outcome.result, answer) : [`throws ${outcome.error.message}`];
        failed.push(...texts.map((text) => `${attack.name}: ${text}`));
      }
      expect(failed).toEqual([]);
    },
    timeout,
  );

  it(
    "by search: exactly what the oracle says",
    async () => {
      const failed: string[] = [];
      // one model in so many: each compiles its own shader
      const every = 6;
      for (const { attack, answer } of kinds.flatMap(casesOf).filter((_, i) => i % every === 0)) {
        const result = await findFixedPoints(attack.model as ModelInput, {
          method: "search",
          maxRegions: ENOUGH,
          ...device(),
        });
        failed.push(...allDifferences(result, answer).map((text) => `${attack.name}: ${text}`));
      }
      expect(failed).toEqual([]);
    },
    timeout,
  );
});

describe("verify", () => {
  it("finds nothing wrong with the results", async () => {
    const failed: string[] = [];
    for (const { name, model } of kinds.flatMap((kind) => [attack(kind, 0, SEED), attack(kind, 1, SEED)])) {
      const result = await findFixedPoints(model as ModelInput, { method: "regions" });
      const read: unknown = JSON.parse(JSON.stringify(result));
      const { problems } = await verifyResult(await parseModel(model as ModelInput), read);
      failed.push(...problems.map(({ path, message }) => `${name}: ${path} ${message}`));
    }
    expect(failed).toEqual([]);
  });
});

describe("virtual fixed points", () => {
  it("in range are those of the naive oracle, region by region", async () => {
    const failed: string[] = [];
    for (const kind of Object.keys(PLAIN_ATTACKS)) {
      // each mask's region is looked at
      const { name, model } = attack(kind, 0, SEED);
      const { system } = await parseModel(model as ModelInput);
      if (system.hyperplanes > 6) continue;
      const { virtualFixedPoints } = await findFixedPoints(model as ModelInput, { method: "regions", virtual: true });
      const text = (points: readonly { z: readonly number[]; region: readonly number[] }[]) =>
        points.map(({ z, region }) => `${region} | ${z}`).sort();
      // those past the range can't be listed
      const expected = exactVirtualPoints(system).filter(({ z }) => z.every(Number.isFinite));
      if (text(virtualFixedPoints!).join() !== text(expected).join()) failed.push(name);
    }
    expect(failed).toEqual([]);
  });
});

describe("models in other measures", () => {
  it("have the fixed points of the original in these measures, by no oracle's word", async () => {
    const failed: string[] = [];
    for (const { attack } of kinds.flatMap(casesOf)) {
      if (attack.from === undefined) continue;
      const { original, scales } = attack.from;
      const there = await findFixedPoints(original, { method: "regions" });
      const here = await findFixedPoints(attack.model as ModelInput, { method: "regions" });
      const scaled = (z: readonly number[]) => z.map((x, k) => x * 2 ** -scales.space[k]!);
      const expected = there.fixedPoints.map(({ z, active, ties }) => ({ z: scaled(z), active, ties }));
      const found = here.fixedPoints.map(({ z, active, ties }) => ({ z, active, ties }));
      // a rounded number can't be scaled where digits fall off the end
      const inRange = expected.every(({ z }) =>
        z.every((x) => x === 0 || (Math.abs(x) >= 2 ** -1022 && Number.isFinite(x))),
      );
      if (inRange && JSON.stringify(found) !== JSON.stringify(expected)) failed.push(attack.name);
    }
    expect(failed).toEqual([]);
  });
});
