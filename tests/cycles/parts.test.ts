import { describe, expect, it } from "vitest";
import { CYCLE_METHODS, type CycleOptions } from "../../src/cycles/options.ts";
import {
  type CyclesPartResult,
  type CyclesResult,
  FileError,
  findCycles,
  findCyclesInPart,
  mergeCyclesParts,
  OptionError,
} from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { sealOf } from "../../src/model/seal.ts";
import { Random } from "../support/random.ts";
import { cyclesPartOnThreads } from "../support/threads-here.ts";
import { cycleModel } from "./cycle-models.ts";
import { chaoticMap, tent } from "./raw-maps.ts";

const FULL = process.env.STILLPOINT_FULL === "1";

/** Maps with a dozen cycles up to period 4 and 3, found in enough boxes, polytopes and nodes to be divided. */
const CHAOTIC = chaoticMap(3, 5, 9, 6) as ModelInput;
const SMALL = chaoticMap(2, 6, 4, 6) as ModelInput;

/** All parts, through JSON as files hold them, last part first. */
async function partsOf(model: ModelInput, of: number, options: CycleOptions): Promise<CyclesPartResult[]> {
  const parts: CyclesPartResult[] = [];
  for (let index = of; index >= 1; index--) parts.push(await findCyclesInPart(model, { index, of }, options));
  return JSON.parse(JSON.stringify(parts));
}

/** What must be equal to the byte. */
function answerOf({ model, cycles, continua, completeUpTo, complete, periods }: CyclesResult): string {
  const what = periods.map((each) => [each.period, each.cycles, each.continua, each.complete]);
  return JSON.stringify({ model, cycles, continua, completeUpTo, complete, what });
}

describe("parts of a search for cycles, merged", () => {
  it("are the whole, byte for byte, for random maps with ties and continua", { timeout: 600_000 }, async () => {
    const tally = { cycles: 0, continua: 0, divided: 0 };
    for (let n = 0; n < (FULL ? 120 : 9); n++) {
      const { name, raw, most } = cycleModel(Random.of(41, `cycles ${n}`), n);
      const method = CYCLE_METHODS[n % CYCLE_METHODS.length]!;
      const model = raw as ModelInput;
      const options = { maxPeriod: Math.min(most, 3), method };
      const whole = await findCycles(model, options);
      for (const of of FULL ? [2, 5] : [2 + (n % 4)]) {
        const parts = await partsOf(model, of, options);
        expect(answerOf(await mergeCyclesParts(model, parts)), `${name} by ${method}`).toBe(answerOf(whole));
        tally.divided += parts[0]!.periods.filter(({ division }) => division !== undefined).length;
      }
      tally.cycles += whole.cycles.length;
      tally.continua += whole.continua.length;
    }
    expect(tally.cycles).toBeGreaterThan(12);
    expect(tally.continua).toBeGreaterThan(1);
    expect(tally.divided).toBeGreaterThan(5);
  });

  it.each([
    ["boxes", CHAOTIC, 4, 3],
    ["polytopes", CHAOTIC, 6, 2],
    ["orbits", SMALL, 3, 2],
    ["search", SMALL, 2, 3],
    ["regions", SMALL, 2, 3],
  ] as const)("are the whole, divided, by %s", async (method, model, maxPeriod, of) => {
    const whole = await findCycles(model, { maxPeriod, method });
    const parts = await partsOf(model, of, { maxPeriod, method });
    const merged = await mergeCyclesParts(model, parts);
    expect(answerOf(merged)).toBe(answerOf(whole));
    expect(merged.complete).toBe(true);
    expect(sealOf(merged)).toBe("whole");
    const last = parts.map(({ periods }) => periods.at(-1)!);
    for (const { division } of last) expect(division).toEqual(last[0]!.division);
    // a short search is done before it can be divided
    if (method !== "search") {
      expect(last[0]!.division!.tasks).toBeGreaterThanOrEqual(of);
      expect(parts.some(({ found }) => found.length < whole.cycles.length)).toBe(true);
    }
    expect(merged.periods.map((each) => each.method)).toEqual(whole.periods.map((each) => each.method));
    // of trees a part is the same whatever is done of them at once
    if (method === "boxes" || method === "polytopes")
      expect(merged.periods.at(-1)!.counts.boxes).toBe(whole.periods.at(-1)!.counts.boxes);
  });

  it("are the same at every number of threads", async () => {
    const plain = ({ found, periods }: CyclesPartResult) =>
      JSON.stringify({ found, periods: periods.map(({ seconds: _, ...rest }) => rest) });
    for (const [method, model, maxPeriod] of [
      ["boxes", CHAOTIC, 4],
      ["orbits", SMALL, 3],
    ] as const) {
      const on = (threads: number) => cyclesPartOnThreads(model, { index: 2, of: 2 }, { maxPeriod, method, threads });
      const alone = await on(1);
      for (const threads of [3]) expect(plain(await on(threads))).toBe(plain(alone));
    }
  });

  it("are incomplete where one of them is, which is named", async () => {
    const options = { maxPeriod: 3, method: "orbits" } as const;
    const [second, first] = await partsOf(SMALL, 2, options);
    const stopped = await findCyclesInPart(SMALL, { index: 1, of: 2 }, { ...options, signal: AbortSignal.abort() });
    expect(stopped).toMatchObject({ complete: false, incompleteBecause: "periods 1, 2, 3: cancelled" });
    const merged = await mergeCyclesParts(SMALL, [stopped, second!]);
    // the first periods every part does as a whole
    expect(first!.periods.map(({ division }) => division === undefined)).toEqual([true, true, false]);
    expect(merged).toMatchObject({ completeUpTo: 2, incompleteBecause: "period 3: part 1 of 2: cancelled" });
    const whole = await mergeCyclesParts(SMALL, [second!, first!]);
    const texts = whole.cycles.map((cycle) => JSON.stringify(cycle));
    expect(texts).toEqual(expect.arrayContaining(merged.cycles.map((cycle) => JSON.stringify(cycle))));
    expect(merged.cycles.length).toBeLessThan(texts.length);
  });

  it("are refused where they do not belong together", async () => {
    const model = SMALL;
    const options = { maxPeriod: 3, method: "orbits" } as const;
    const [second, first] = await partsOf(model, 2, options);
    const [other] = await partsOf(tent(2) as object as ModelInput, 2, options);
    const [shorter] = await partsOf(model, 2, { ...options, maxPeriod: 2 });
    const [third] = await partsOf(model, 3, options);
    const divided = (change: object) => ({
      ...second!,
      periods: second!.periods.map((each) => ({
        ...each,
        ...(each.division && { division: { ...each.division, ...change } }),
      })),
    });
    for (const [parts, message] of [
      [[], /are none/],
      [[first], /lack part 2 of 2/],
      [[first, first], /hold part 1 twice/],
      [[first, third], /are of 2 and of 3/],
      [[first, other], /of different models/],
      [[first, shorter], /different options/],
      [[first, divided({ digest: "" })], /divide other work than part 1 does/],
      [[first, { ...second, provenance: { ...second!.provenance, version: "0" } }], /by versions/],
      [[first, { ...second, found: [[[20]]] }], /word that the model does not have/],
      [[first, { ...second, found: [[[0], [0], [0], [0]]] }], /word that the model does not have/],
    ] as [CyclesPartResult[], RegExp][]) {
      const refused = mergeCyclesParts(model, parts);
      await expect(refused).rejects.toThrow(FileError);
      await expect(refused).rejects.toThrow(message);
    }
    for (const part of [
      { index: 0, of: 2 },
      { index: 3, of: 2 },
      { index: 1.5, of: 2 },
    ])
      await expect(findCyclesInPart(model, part, options)).rejects.toThrow(OptionError);
  });

  it("by regions ask for one set of owner directions", async () => {
    const model = tent(2) as object as ModelInput;
    const options = { period: 2, method: "regions" } as const;
    const first = await findCyclesInPart(model, { index: 1, of: 2, ownerDirections: 1 }, options);
    const second = await findCyclesInPart(model, { index: 2, of: 2 }, options);
    await expect(mergeCyclesParts(model, [first, second])).rejects.toThrow(
      /part 2 used others.*Make part 2 again with --owner-directions 1/,
    );
    const again = await findCyclesInPart(model, { index: 2, of: 2, ownerDirections: 1 }, options);
    expect(await mergeCyclesParts(model, [first, again])).toMatchObject({ complete: true, cycles: { length: 1 } });
  });
});
