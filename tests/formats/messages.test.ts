import { describe, expect, it } from "vitest";
import { type ReadOptions, readModels } from "../../src/formats/read/read.ts";
import { parseValue } from "../../src/model/parse.ts";

const vector = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const matrix = (rows: number, cols: number): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: cols }, (_, k) => 7 * i + k + 1));
const transposed = (rows: readonly number[][]): number[][] => rows[0]!.map((_, k) => rows.map((row) => row[k]!));

const A = vector(3);
const [W1, W2] = [matrix(3, 6), matrix(6, 3)];
const [h1, h2] = [vector(3), vector(6)];
const SECOND = { A, W1, W2, h1, h2 };
const LAYERS = { A, enc: { weight: W2, bias: h2 }, dec: { weight: W1, bias: h1 } };

const modelsOf = async (value: unknown, options: ReadOptions = {}) => {
  const raws = await readModels(new TextEncoder().encode(JSON.stringify(value)), "m.json", options);
  return Promise.all(
    raws.map(async (raw) => {
      if ("error" in raw) throw raw.error;
      const model = await parseValue(raw.value, { name: raw.name });
      return { sha256: model.sha256, note: raw.note };
    }),
  );
};
const messageOf = async (value: unknown, options: ReadOptions = {}): Promise<string> => {
  try {
    await modelsOf(value, options);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("expected an error");
};
const sha256Of = async (value: unknown): Promise<string> => (await parseValue(value)).sha256;

/** The options that a message spells out for its file, as the command line would take them. */
function proposalsOf(message: string): ReadOptions[] {
  return [...message.matchAll(/stillpoint solve m\.json((?: --\w+ \S+)*)/g)].map(([, options]) => {
    const of: { map?: Record<string, string>; set?: Record<string, unknown>; prefix?: string; layout?: string } = {};
    for (const [, name, text] of options!.matchAll(/--(\w+) (\S+)/g)) {
      const pairs = Object.fromEntries(text!.split(",").map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
      if (name === "map") of.map = pairs;
      else if (name === "set") of.set = { ...of.set, ...pairs };
      else if (name === "prefix") of.prefix = text!;
      else of.layout = text!;
    }
    return of as ReadOptions;
  });
}

describe("a message holds the options that would work, for this file", () => {
  it.each([
    [
      "a kind that is missing",
      SECOND,
      {},
      [SECOND, SECOND, SECOND],
      ["shPLRNN", "clippedShPLRNN", "continuousClippedShPLRNN"],
    ],
    [
      "both matrices transposed, or swapped",
      { ...SECOND, kind: "shPLRNN", W1: transposed(W1), W2: transposed(W2) },
      {},
      [SECOND, { ...SECOND, W1: transposed(W2), W2: transposed(W1) }],
      ["shPLRNN", "shPLRNN"],
    ],
    [
      "one matrix transposed",
      { ...SECOND, kind: "clippedShPLRNN", W1: transposed(W1) },
      {},
      [SECOND],
      ["clippedShPLRNN"],
    ],
    ["layers under names of their own", LAYERS, {}, [SECOND], ["shPLRNN"]],
    [
      "a bias under another name",
      { kind: "PLRNN", A, W: matrix(3, 3), bias: h1 },
      {},
      [{ A, W: matrix(3, 3), h: h1 }],
      ["PLRNN"],
    ],
    [
      "a --map that names the wrong way round",
      { ...LAYERS, kind: "shPLRNN" },
      { map: { W1: "enc.weight", W2: "dec.weight" } },
      [{ ...SECOND, W1: transposed(W2), W2: transposed(W1) }, SECOND],
      ["shPLRNN", "shPLRNN"],
    ],
  ] as const)("%s", async (_, value, options, models, kinds) => {
    const message = await messageOf(value, options);
    expect(message).toMatch(/^m\.json: .* it holds .*A 3/);
    const proposals = proposalsOf(message);
    const read = await Promise.all(proposals.map((proposal) => modelsOf(value, proposal)));
    const expected = await Promise.all(models.map((model, i) => sha256Of({ ...model, kind: kinds[i] })));
    expect(read.map(([model]) => model!.sha256)).toEqual(expected);
  });

  it("numbers that no file tells are left open, with what they are", async () => {
    expect(await messageOf({ kind: "ALRNN", A, W: matrix(3, 3), h: h1 })).toMatch(
      /is to be of kind ALRNN and has no P: it holds A 3, W 3×3, h 3\. Use stillpoint solve m\.json --set P=… \(.*P: how many coordinates/,
    );
  });

  it("a wrong --prefix names the places that there are", async () => {
    const nested = { model: { latent: { ...SECOND, kind: "shPLRNN" } } };
    expect(await messageOf(nested, { prefix: "latent" })).toMatch(
      /holds nothing below "latent": .* Use --prefix model\.latent, where/,
    );
    expect(await messageOf(SECOND, { prefix: "latent" })).toMatch(/Leave --prefix out/);
    expect((await modelsOf(nested))[0]!.sha256).toBe(await sha256Of({ ...SECOND, kind: "shPLRNN" }));
  });

  it("what an optimizer keeps is no model, and not listed", async () => {
    const message = await messageOf({ adam: SECOND, optimizer_state: { exp_avg: W1 }, x: h1 });
    expect(message).toMatch(/holds no arrays named as a model's: it holds x 3 \(optimizer state left out\)\./);
  });

  it("each model by its own names and sizes, also after one that fits", async () => {
    const fits = { ...SECOND, kind: "shPLRNN" };
    expect(await messageOf([fits, { ...fits, W2: matrix(5, 3) }])).toMatch(/W1 is 3×6|h2 is 6|W2 is 5×3/);
    expect(await messageOf([fits, { ...fits, kind: undefined }])).toMatch(/does not say its kind/);
    const { h1: bias, ...others } = fits;
    expect(await messageOf([fits, { ...others, bias }])).toMatch(/has no h1, which bias may be/);
    expect(await modelsOf([fits, { ...others, h1: 0, bias }, fits])).toHaveLength(3);
    expect(
      await messageOf([
        { ...others, h1: 0, bias },
        { ...others, h1: 1, bias },
      ]),
    ).toMatch(/h1/);
  });

  it("an empty object, and a result of its own, are named as what they are", async () => {
    expect(await messageOf({})).toMatch(/^m\.json: is empty: it holds no arrays\./);
    const result = { schema: "stillpoint/result@1", model: { name: "x" }, fixedPoints: [] };
    for (const value of [result, [result, result]])
      expect(await messageOf(value)).toMatch(
        /^m\.json: is a result of Stillpoint \(stillpoint\/result@1\), not a model\./,
      );
  });
});

describe("--guess", () => {
  it("reads what has exactly one reading, and says how", async () => {
    const [model] = await modelsOf(LAYERS, { guess: true });
    expect(model!.sha256).toBe(await sha256Of({ ...SECOND, kind: "shPLRNN" }));
    expect(model!.note).toBe(
      "m.json: taken with --set kind=shPLRNN --map W1=dec.weight,W2=enc.weight,h1=dec.bias,h2=enc.bias as z' = A z + W1 relu(W2 z + h2) + h1",
    );
    const [plain] = await modelsOf({ ...SECOND, kind: "shPLRNN" }, { guess: true });
    expect(plain!.note).toBeUndefined();
  });

  it.each([
    ["two kinds", SECOND],
    ["two matrices that may be either", { A: vector(6), enc: { weight: matrix(6, 6) }, dec: { weight: matrix(6, 6) } }],
    ["a number that the file does not hold", { kind: "ALRNN", A, W: matrix(3, 3), h: h1 }],
    ["a layout of which there are two kinds", { n: W1, m: W2, h: h2, decay_param: [0] }],
    ["nothing that fits", { x: matrix(2, 5), y: matrix(4, 3) }],
  ])("takes nothing where there is a choice: %s", async (_, value) => {
    expect(await messageOf(value, { guess: true })).toBe(await messageOf(value));
  });
});
