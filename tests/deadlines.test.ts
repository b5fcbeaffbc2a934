import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { HARD_MODELS } from "../bench/budget-models.ts";
import type { Result } from "../src/base/result.ts";
import type { ModelInput } from "../src/model/input.ts";
import type { FindOptions } from "../src/run/options.ts";
import { type Work, WorkMeter } from "./support/work-meter.ts";

/** Looks at the clock between two readings of the meter. */
const LOOKS = 10;
/** Blocks that may be entered while the clock is looked at so often: a batch of float64 work, and some rows of long integers. */
const MOST: Work = { exact: 2 ** 20, other: 2 ** 27 };
/** A fake clock goes on by a millisecond whenever somebody looks at it. */
const BUDGET = 500;
/**
 * In looks: the 150 that a run has to finish, the 64 of early points that are always looked for, two turns of the event
 * loop of 40 each, and 26 between them.
 */
const MOST_LOOKS_LATE = 150 + 64 + 2 * 40 + 26;

interface Run {
  readonly result: Result;
  /** The most that was done between two readings. */
  readonly most: Work;
  readonly looks: number;
}

let meter: WorkMeter;
let findFixedPoints: (model: ModelInput, options: FindOptions) => Promise<Result>;

beforeAll(async () => {
  meter = new WorkMeter();
  ({ findFixedPoints } = await import("../src/index.ts"));
});
afterAll(() => meter.close());
afterEach(() => {
  vi.restoreAllMocks();
});

/** Counts work on the fake clock. @param onLook hears of every look. */
async function measured<T>(
  work: () => Promise<T>,
  onLook: (looks: number) => void = () => {},
): Promise<{ value: T; most: Work; looks: number }> {
  let looks = 0;
  let most: Work = { exact: 0, other: 0 };
  const read = (): void => {
    const { exact, other } = meter.take();
    most = { exact: Math.max(most.exact, exact), other: Math.max(most.other, other) };
  };
  meter.take();
  const clock = vi.spyOn(performance, "now").mockImplementation(() => {
    looks++;
    onLook(looks);
    if (looks % LOOKS === 0) read();
    return looks;
  });
  const value = await work();
  read();
  clock.mockRestore();
  return { value, most, looks };
}

async function run(name: string, options: FindOptions, onLook?: (looks: number) => void): Promise<Run> {
  const { make } = HARD_MODELS.find((model) => model.name === name)!;
  const model = make() as ModelInput;
  const { value, most, looks } = await measured(() => findFixedPoints(model, { backend: "cpu", ...options }), onLook);
  return { result: value, most, looks };
}

/** What takes long, and a model of which it does. */
const PHASES: readonly (readonly [string, string, FindOptions])[] = [
  ["the rank and the sums of many units", "plrnn-200", { method: "regions" }],
  ["few units in many dimensions", "shallow-300-150", { method: "regions" }],
  ["subsets and masks", "cycles-11", { method: "regions" }],
  ["all masks and many points", "groups-5", { method: "regions" }],
  ["50 hyperplanes through one point", "tln-ties-50", { method: "regions" }],
  ["many continua", "orthant-8", { method: "regions" }],
  ["continua of many dimensions", "orthant-20", { method: "regions" }],
  ["the plan of a search", "plrnn-200", { method: "search" }],
  ["early points and paths", "shallow-300-150", { method: "search" }],
  ["the rank of 600 columns, and curves that begin among them", "shallow-600-1000", { method: "search" }],
  ["boxes and cones", "orthant-8", { method: "search" }],
  ["boxes in many dimensions", "orthant-20", { method: "search" }],
];

describe("the clock is looked at often enough in", () => {
  it.each(PHASES)(
    "%s (%s)",
    async (_, name, options) => {
      const { result, most, looks } = await run(name, { ...options, maxSeconds: BUDGET / 1000 });
      expect(most.exact).toBeLessThan(MOST.exact);
      expect(most.other).toBeLessThan(MOST.other);
      if (result.complete) return;
      expect(result.incompleteBecause).toContain("time budget");
      expect(looks).toBeLessThan(BUDGET + MOST_LOOKS_LATE);
    },
    60_000,
  );

  it.each(PHASES)(
    "%s (%s), and a cancel is heard",
    async (_, name, options) => {
      const stop = new AbortController();
      // so that nothing is refused as too large
      const all = { ...options, maxSeconds: 1e9, signal: stop.signal };
      const { result, looks } = await run(name, all, (look) => {
        if (look === BUDGET / 2) stop.abort();
      });
      if (result.complete) return;
      expect(result.incompleteBecause).toContain("cancelled");
      expect(looks).toBeLessThan(BUDGET / 2 + MOST_LOOKS_LATE);
    },
    60_000,
  );
});

describe("work without a look", () => {
  it("is noticed: the same rows in one go, and the same products", async () => {
    const { independentRows } = await import("../src/exact/elimination.ts");
    const { approximateInverse } = await import("../src/float/inverse.ts");
    const rows = Array.from({ length: 240 * 240 }, (_, at) => BigInt((at * at) % 7) - 3n);
    const exact = await measured(async () => independentRows(rows, 240, 240));
    expect(exact.most.exact).toBeGreaterThan(MOST.exact);
    const matrix = Float64Array.from({ length: 500 * 500 }, (_, at) => Math.sin(at * at));
    const float = await measured(async () => approximateInverse(matrix, new Float64Array(500 * 500), 500));
    expect(float.most.other).toBeGreaterThan(MOST.other);
  });
});
