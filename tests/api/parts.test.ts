import { describe, expect, it } from "vitest";
import {
  FileError,
  type FindOptions,
  findFixedPoints,
  findFixedPointsInPart,
  mergeParts,
  OptionError,
  type PartResult,
} from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { randomModel } from "../cli/models.ts";
import { corpus } from "../corpus/generate.ts";

const REGIONS: FindOptions = { method: "regions" };

/** All parts, through JSON as files hold them, last part first. */
async function partsOf(model: unknown, of: number, options = REGIONS): Promise<PartResult[]> {
  const parts: PartResult[] = [];
  for (let index = of; index >= 1; index--)
    parts.push(await findFixedPointsInPart(model as ModelInput, { index, of }, options));
  return JSON.parse(JSON.stringify(parts));
}

const FULL = process.env.STILLPOINT_FULL === "1";
const cases = corpus();
/** The first of each kind; all kinds of continua, ties and boundaries among them. */
/** One with hundreds of regions. */
const largest = cases.slice().sort((a, b) => JSON.stringify(b.model).length - JSON.stringify(a.model).length)[0]!;
const chosen = FULL ? cases : cases.filter((c, i) => cases.findIndex(({ kind }) => kind === c.kind) === i);

describe("parts of a regions run, merged", () => {
  it.each(chosen.map((c) => [c.name, c] as const))("%s: as in one piece, byte for byte", async (_, { model }) => {
    const whole = await findFixedPoints(model as ModelInput, REGIONS);
    for (const of of FULL ? [1, 2, 3, 7, 50] : [3, 8]) {
      const merged = await mergeParts(model as ModelInput, await partsOf(model, of));
      expect(JSON.stringify(merged.fixedPoints)).toBe(JSON.stringify(whole.fixedPoints));
      expect(JSON.stringify(merged.continua)).toBe(JSON.stringify(whole.continua));
      expect(merged.complete).toBe(whole.complete);
      expect(merged.counts.masks).toBe(whole.counts.masks);
    }
  });

  it("a line of fixed points through the regions of all parts is one line again", async () => {
    const line = {
      A: [1, 0.5],
      U: [0, 1, 2, 3, 4, 5].map((k) => [1, k % 2]),
      V: [0, 0, 0, 0, 0, 0].map(() => [0, 0]),
      hx: [0, 1, 2, 3, 4, 5],
      hz: [0, 0],
    };
    const whole = await findFixedPoints(line, REGIONS);
    expect(whole.continua).toMatchObject([{ dimension: 1, regions: { length: 7 } }]);
    const parts = await partsOf(line, 3);
    for (const { found } of parts) expect(found.length).toBeLessThan(7);
    const merged = await mergeParts(line, parts);
    expect(JSON.stringify(merged.continua)).toBe(JSON.stringify(whole.continua));
  });

  it("virtual fixed points are those of one piece too", async () => {
    const options: FindOptions = { method: "regions", virtual: true };
    const { model } = largest;
    const whole = await findFixedPoints(model as ModelInput, options);
    const merged = await mergeParts(model as ModelInput, await partsOf(model, 5, options));
    expect(merged.virtualFixedPoints).toEqual(whole.virtualFixedPoints);
  });

  it("a part that a budget ended makes the whole incomplete, and says which", async () => {
    const { model } = largest;
    const parts = await partsOf(model, 2);
    const cut = await findFixedPointsInPart(model as ModelInput, { index: 2, of: 2 }, { ...REGIONS, maxRegions: 1 });
    const options = { ...parts[1]!.provenance.options, maxRegions: 1 };
    const merged = await mergeParts(model as ModelInput, [
      { ...parts[1]!, provenance: { ...parts[1]!.provenance, options } },
      cut,
    ]);
    expect(merged.complete).toBe(false);
    expect(merged.incompleteBecause).toMatch(/^part 2 of 2: the budget of 1 region ended/);
  });
});

describe("parts of a search, merged", () => {
  const SEARCH: FindOptions = { method: "search" };
  const random = [randomModel(1, 40, 3), randomModel(3, 60, 2), { ...randomModel(6, 24, 4), A: [0.9, 0.8, 0.7, 0.6] }];

  it.each([...random.map((m) => [m.name, m] as const), ...chosen.slice(0, 12).map((c) => [c.name, c.model] as const)])(
    "%s: as in one piece, byte for byte, and with the same boxes",
    async (_, model) => {
      const whole = await findFixedPoints(model as ModelInput, SEARCH);
      const merged = await mergeParts(model as ModelInput, await partsOf(model, 3, SEARCH));
      expect(JSON.stringify(merged.fixedPoints)).toBe(JSON.stringify(whole.fixedPoints));
      expect(JSON.stringify(merged.continua)).toBe(JSON.stringify(whole.continua));
      expect(merged.complete).toBe(whole.complete);
      expect(merged.counts.boxes).toBe(whole.counts.boxes);
    },
  );

  it("divide the work", async () => {
    const plain = randomModel(7, 40, 5);
    const model = { ...plain, V: plain.V.map((row) => row.map((x) => 20 * x)), A: [0.9, 0.8, 0.7, 0.6, 0.5] };
    const parts = await partsOf(model, 4, SEARCH);
    const boxes = parts.map(({ counts }) => counts.boxes!);
    expect(parts[0]!.search?.boxes).toBeGreaterThan(2 * parts.length);
    expect(Math.max(...boxes)).toBeLessThan(boxes.reduce((a, b) => a + b));
    const other = { ...parts[1]!, search: { boxes: 3, digest: "0" } };
    await expect(mergeParts(model, [parts[0]!, other, parts[2]!, parts[3]!])).rejects.toThrow(/divide other boxes/);
    const { search: _, ...silent } = parts[1]!;
    await expect(mergeParts(model, [parts[0]!, silent, parts[2]!, parts[3]!])).rejects.toThrow(
      /do not say which boxes/,
    );
  });
});

describe("parts that do not belong together are refused", () => {
  const { model } = largest;
  const { model: other } = cases[0]!;
  const change = (part: PartResult, more: Partial<PartResult>): PartResult => ({ ...part, ...more });
  const owners = (part: PartResult, ownerDirections: number): PartResult =>
    change(part, { regions: { ...part.regions!, ownerDirections } });

  type Three = [PartResult, PartResult, PartResult];
  it.each<[string, (parts: Three) => PartResult[] | Promise<PartResult[]>, RegExp]>([
    ["none", () => [], /are none/],
    ["one is missing", (parts) => parts.slice(1), /lack part 3 of 3/],
    ["one is there twice", ([a, b, c]) => [a, b, c, b], /hold part 2 twice/],
    [
      "another division",
      async ([a, b]) => [a, b, (await partsOf(model, 4))[3]!],
      /are of 4 and of 3|are of 3 and of 4/,
    ],
    ["another model", async ([a, b]) => [a, b, (await partsOf(other, 3))[2]!], /different models \(part 1\)/],
    [
      "other options",
      ([a, b, c]) => [a, b, change(c, { provenance: { ...c.provenance, options: { maxSeconds: 3 } } })],
      /different options/,
    ],
    [
      "another version",
      ([a, b, c]) => [a, b, change(c, { provenance: { ...c.provenance, version: "0.0.0" } })],
      /versions 0\.0\.0 and/,
    ],
    [
      "other owner directions",
      ([a, b, c]) => [owners(a, 1), b, c],
      /part 1, 2 used others\. Make part 1, 2 again with --owner-directions 1/,
    ],
    [
      "a gap",
      ([a, b, c]) => [a, change(b, { regions: { ...b.regions!, from: "1" } }), c],
      /gap or overlap before part 2/,
    ],
    ["a short end", ([a, b, c]) => [change(a, { regions: { ...a.regions!, to: "1" } }), b, c], /do not reach the end/],
    ["a hyperplane that is not there", ([a, b, c]) => [a, b, change(c, { found: [[99]] })], /does not have \(part 1\)/],
  ])("%s", async (_, spoil, message) => {
    const parts = await spoil((await partsOf(model, 3)) as Three);
    await expect(mergeParts(model as ModelInput, parts)).rejects.toThrow(FileError);
    await expect(mergeParts(model as ModelInput, parts)).rejects.toThrow(message);
  });

  it.each([
    [0, 3],
    [4, 3],
    [1.5, 3],
    [1, 0],
  ])("part %d of %d is none", async (index, of) => {
    await expect(findFixedPointsInPart(model as ModelInput, { index, of })).rejects.toThrow(OptionError);
  });

  it("branch mode has no parts", async () => {
    const part = findFixedPointsInPart(model as ModelInput, { index: 1, of: 2 }, { expand: "branch" });
    await expect(part).rejects.toThrow(/can't be divided/);
  });

  it("owner directions other than the first give the same answer", async () => {
    const whole = await findFixedPoints(model as ModelInput, REGIONS);
    const parts: PartResult[] = [];
    for (const index of [1, 2]) {
      parts.push(await findFixedPointsInPart(model as ModelInput, { index, of: 2, ownerDirections: 1 }, REGIONS));
    }
    expect(parts.map(({ regions }) => regions?.ownerDirections)).toEqual([1, 1]);
    expect(JSON.stringify((await mergeParts(model as ModelInput, parts)).fixedPoints)).toBe(
      JSON.stringify(whole.fixedPoints),
    );
  });
});
