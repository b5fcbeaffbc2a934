import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isStillpointError, ModelError, OptionError } from "../../src/model/errors.ts";
import { parseModel, parseValue } from "../../src/model/parse.ts";
import { MODEL_KEYS } from "../../src/model/schema.ts";

const first = () => ({
  A: [0.5, 0.25],
  U: [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
  V: [
    [1, 0],
    [0, 1],
    [1, 1],
  ],
  hx: [0, 1, 2],
  hz: [1, 1],
});
const second = () => ({
  kind: "shPLRNN",
  A: [0.5, 0.25],
  W1: [
    [1, 0, 1],
    [0, 1, 1],
  ],
  W2: [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
  h1: [-1, -1],
  h2: [0, -1, -2],
});

async function errorOf(value: unknown, input?: Record<string, number>): Promise<Error> {
  try {
    await parseValue(value, { input });
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("expected an error");
}

describe("a bad model is a ModelError that names the field, the value and the remedy", () => {
  const cases: [string, unknown, string, RegExp][] = [
    ["NaN", { ...first(), hx: [0, Number.NaN, 0] }, "hx[1]", /must be finite \(got NaN\)/],
    ["infinity", { ...first(), A: [0.5, Number.POSITIVE_INFINITY] }, "A[1]", /must be finite \(got Infinity\)/],
    [
      "minus infinity",
      {
        ...second(),
        W1: [
          [1, 0, 1],
          [0, 1, -Infinity],
        ],
      },
      "W1[1][2]",
      /got -Infinity/,
    ],
    [
      "a number beyond 2^300",
      {
        ...first(),
        U: [
          [1, 2],
          [3, 1e300],
          [5, 6],
        ],
      },
      "U[1][1]",
      /2\^300.*got 1e\+300/,
    ],
    [
      "a string for a number",
      {
        ...second(),
        W1: [
          [1, 0, "1"],
          [0, 1, 1],
        ],
      },
      "W1[0][2]",
      /must be a number \(got "1"\)/,
    ],
    ["a boolean for a number", { ...first(), hz: [1, true] }, "hz[1]", /must be a number \(got true\)/],
    ["null for a number", { ...first(), hz: [null, 1] }, "hz[0]", /must be a number \(got null\)/],
    ["a bigint for a number", { ...first(), hz: [1n, 1] }, "hz[0]", /must be a number \(got 1\)/],
    ["null for an array", { ...first(), U: null }, "U", /must be a matrix \(got null\)/],
    ["a ragged matrix", { ...first(), V: [[1, 0], [0], [1, 1]] }, "V[1]", /must have 2 entries.*an array of 1/],
    ["a row that is no row", { ...first(), U: [[1, 2], 3, [5, 6]] }, "U[1]", /must be a row of numbers \(got 3\)/],
    ["a hole in an array", { ...first(), hx: Object.assign(new Array(3), { 0: 0, 2: 2 }) }, "hx[1]", /got undefined/],
    ["an empty matrix", { ...first(), U: [] }, "U", /is empty/],
    ["an empty row", { ...first(), U: [[], [], []] }, "U[0]", /is empty/],
    ["an empty vector", { ...first(), A: [] }, "A", /is empty/],
    ["a matrix for a vector", { ...first(), hz: [[1], [1]] }, "hz[0]", /must be a number/],
    ["a vector for a matrix", { ...first(), V: [1, 2, 3] }, "V[0]", /must be a row of numbers/],
    [
      "A not square",
      {
        ...first(),
        A: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      },
      "A",
      /must be square.*2×3/,
    ],
    ["U with the wrong number of columns", { ...first(), A: [1, 2, 3] }, "U", /must be 3×3 .*got "3×2"/],
    ["V with the wrong number of rows", { ...first(), V: [[1, 0]] }, "V", /must be 3×2 .*got "1×2"/],
    ["hx too short", { ...first(), hx: [0] }, "hx", /must have 3 entries \(N as in U\)/],
    [
      "W1 transposed",
      {
        ...second(),
        W1: [
          [1, 0],
          [0, 1],
          [1, 1],
        ],
      },
      "W1",
      /must be 2×3 .*transposed/,
    ],
    ["h2 too long", { ...second(), h2: [1, 2, 3, 4] }, "h2", /must have 3 entries/],
    ["an unknown kind", { ...second(), kind: "LSTM" }, "kind", /got "LSTM".*Use one of shPLRNN/],
    ["a kind in the wrong case", { ...second(), kind: "shplrnn" }, "kind", /got "shplrnn"/],
    ["no kind where it matters", { ...second(), kind: undefined }, "kind", /is missing/],
    ["nothing at all", {}, "kind", /is missing/],
    ["both forms at once", { ...second(), U: [[1, 2]] }, "U", /does not go with W1/],
    ["a missing array", { kind: "shPLRNN", A: [1], U: [[1]], hx: [0], hz: [0] }, "V", /is missing.*Add "V"/],
    ["a clipped unit without h2", { ...second(), kind: "clippedShPLRNN", h2: undefined }, "h2", /is missing/],
    ["a TLN without b", { kind: "TLN", W: [[1]] }, "b", /is missing/],
    [
      "a bias under another name",
      { ...second(), h1: undefined, bias: [1, 2] },
      "h1",
      /missing, and bias has its length/,
    ],
    ["an ALRNN without P", { kind: "ALRNN", A: [1], W: [[1]], h: [0] }, "P", /is missing/],
    ["P above M", { kind: "ALRNN", A: [1], W: [[1]], h: [0], P: 2 }, "P", /at most M = 1/],
    ["P not whole", { kind: "ALRNN", A: [1], W: [[1]], h: [0], P: 0.5 }, "P", /whole number/],
    ["H of the wrong size", { kind: "dendPLRNN", A: [1], W: [[1]], h: [0], alpha: [1, 2], H: [[1]] }, "H", /1×2/],
    ["a TLN that is not square", { kind: "TLN", W: [[1, 2]], b: [0] }, "W", /1×1/],
    ["dt = 0", { ...first(), dt: 0 }, "dt", /must be positive \(got 0\)/],
    ["a name that is no text", { ...first(), name: 7 }, "name", /must be a text \(got 7\)/],
    ["a name that is a book", { ...first(), name: "n".repeat(4097) }, "name", /has more than 4096 characters/],
    ["an unknown activation", { ...first(), activation: "gelu" }, "activation", /got "gelu".*Use "relu"/],
    ["a leaky slope that is NaN", { ...first(), activation: { leaky: Number.NaN } }, "activation", /Use "relu"/],
    [
      "breakpoints out of order",
      { ...first(), activation: { breakpoints: [1, 0], slopes: [0, 1, 0] } },
      "activation.breakpoints[1]",
      /must be larger than the one before it, 1 \(got 0\)/,
    ],
    ["too few slopes", { ...first(), activation: { breakpoints: [0], slopes: [1] } }, "activation.slopes", /2 entries/],
    ["no breakpoints", { ...first(), activation: { breakpoints: [], slopes: [1] } }, "activation.breakpoints", /empty/],
    ["C of the wrong size", { ...first(), C: [[1, 2]] }, "C", /must be 2×2/],
    [
      "Wu that does not fit C",
      {
        ...first(),
        C: [[1], [1]],
        Wu: [
          [1, 2],
          [1, 2],
          [1, 2],
        ],
      },
      "Wu",
      /must be 3×1/,
    ],
    ["s of the wrong size", { ...first(), C: [[1], [1]], s: [1, 2] }, "s", /must have 1 entries/],
    ["s without C and Wu", { ...first(), s: [1] }, "s", /nothing to act on/],
    ["an array", [first()], "model", /must be an object \(got an array of 1\)/],
    ["null", null, "model", /must be an object \(got null\)/],
    ["a number", 3, "model", /must be an object/],
    ["a text", "model.json", "model", /must be an object/],
    [
      "flat data shorter than its shape",
      { ...first(), U: { data: new Float64Array(5), shape: [3, 2] } },
      "U",
      /shape 3×2, which does not fit its data \(got "5 numbers"\)/,
    ],
    ["a negative shape", { ...first(), U: { data: new Float64Array(6), shape: [-3, -2] } }, "U", /shape.*got -3/],
    ["a shape of three", { ...first(), U: { data: new Float64Array(6), shape: [3, 2, 1] } }, "U", /must be a matrix/],
    ["flat NaN", { ...first(), U: { data: new Float64Array(6).fill(Number.NaN), shape: [3, 2] } }, "U[0][0]", /NaN/],
  ];
  it.each(cases)("%s", async (_, value, field, message) => {
    const error = await errorOf(value);
    expect(error).toBeInstanceOf(ModelError);
    expect(error).toMatchObject({ code: "INVALID_MODEL", field });
    expect(error.message).toMatch(message);
    if (error instanceof ModelError) expect(error.remedy).not.toBe("");
  });

  it("biases that are not there are zero, and named unless they were set to 0", async () => {
    const { hx: _, hz: __, ...rest } = first();
    const bare = await parseModel(rest);
    expect(bare.absentBiases).toEqual(["hx", "hz"]);
    const zero = await parseModel({ ...rest, hx: [0, 0, 0], hz: 0 });
    expect(zero.absentBiases).toBeUndefined();
    expect(bare.sha256).toBe(zero.sha256);
    expect(bare.sha256).not.toBe((await parseModel(first())).sha256);
  });

  it("huge claims end before anything is allocated", async () => {
    const sparse: unknown[] = [];
    sparse.length = 2 ** 31;
    expect(await errorOf({ ...first(), hx: sparse })).toBeInstanceOf(ModelError);
    expect(await errorOf({ ...first(), U: sparse })).toBeInstanceOf(ModelError);
    expect(await errorOf({ ...first(), A: new Array(100_000).fill(1) })).toBeInstanceOf(ModelError);
    const wide = Array.from({ length: 60_000 }, () => [] as number[]);
    wide[0] = new Array(60_000).fill(1);
    expect(await errorOf({ ...first(), U: wide })).toBeInstanceOf(ModelError);
    const many = { kind: "dendPLRNN", A: new Array(300).fill(1), h: new Array(300).fill(0) };
    const W = Array.from({ length: 300 }, () => new Array(300).fill(0));
    const H = Array.from({ length: 300 }, () => new Array(400).fill(0));
    expect(await errorOf({ ...many, W, H, alpha: new Array(400).fill(1) })).toMatchObject({ field: "model" });
  });

  it("arbitrary values in any place give a model or a typed error", async () => {
    const keys = ["kind", "A", "U", "V", "hx", "hz", "activation", "C", "Wu", "s", "dt", "P", "name"];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys), fc.anything(), async (key, value) => {
        try {
          await parseModel({ ...first(), [key]: value });
        } catch (error) {
          expect(isStillpointError(error), String(error)).toBe(true);
        }
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

describe("the constant input", () => {
  const model = () => ({
    ...first(),
    C: [
      [1, 0],
      [0, 2],
    ],
    s: [3, 4],
  });

  it("is added to the right-hand side", async () => {
    const { system } = await parseModel(model());
    expect([...system.g.rounded]).toEqual([1 - 3, 1 - 8]);
  });
  it("is zero unless given", async () => {
    const { system } = await parseModel({ ...first(), C: [[1], [2]] });
    expect([...system.g.rounded]).toEqual([1, 1]);
  });
  it("may be replaced component by component", async () => {
    const replaced = await parseModel(model(), { input: { s1: -1 } });
    const written = await parseModel({ ...model(), s: [3, -1] });
    expect([...replaced.system.g.rounded]).toEqual([1 - 3, 1 + 2]);
    expect(replaced.sha256).toBe(written.sha256);
  });
  it.each([
    ["a name it does not have", model(), { s2: 1 }, /must be s0 or s1: the model has 2 inputs \(got "s2"\)/],
    ["no name at all", model(), { C: 1 }, /got "C"/],
    ["a value that is not finite", model(), { s0: Number.NaN }, /must be a number of at most 2\^300.*\(got NaN\)/],
    ["a value past the range of a model's numbers", model(), { s0: -1e91 }, /at most 2\^300.*\(got -1e\+91\)/],
    ["a model without input", first(), { s0: 1 }, /takes no input/],
  ])("rejects %s", async (_, value, input, message) => {
    const error = await errorOf(value, input as Record<string, number>);
    expect(error).toBeInstanceOf(OptionError);
    expect(error.message).toMatch(message);
  });
});

describe("forms of one and the same network", () => {
  it("both forms of an shPLRNN give the same system", async () => {
    const a = await parseModel(first());
    const b = await parseValue(second());
    for (const key of ["M", "g", "V", "h"] as const) {
      expect([...a.system[key].rounded]).toEqual([...b.system[key].rounded]);
    }
    expect(a.system.U).toEqual(b.system.U);
  });

  it("flat arrays, single precision, typed rows and a full diagonal give the same model, by hash", async () => {
    const nested = await parseModel(first());
    const flat = await parseModel({
      A: { data: Float64Array.of(0.5, 0, 0, 0.25), shape: [2, 2] },
      U: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] },
      V: [Float64Array.of(1, 0), [0, 1], Float32Array.of(1, 1)],
      hx: { data: Float64Array.of(0, 1, 2), shape: [3, 1] },
      hz: Float64Array.of(1, 1),
    });
    expect(flat).toEqual({ ...nested });
    expect(nested.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it("the hash tells models apart, and does not depend on what is ignored", async () => {
    const reference = await parseModel(first());
    const others = [
      { ...first(), hz: [1, 1 + 2 ** -52] },
      { ...first(), activation: { leaky: 0.1 } },
      { ...first(), dt: 0.1 },
      { ...first(), kind: "continuous" },
      { ...first(), C: [[0], [0]] },
    ];
    for (const other of others) expect((await parseValue(other)).sha256).not.toBe(reference.sha256);
    const same = [
      { ...first(), name: "other", M: 2 },
      { ...first(), activation: { breakpoints: [0], slopes: [0, 1] } },
      { ...first(), hx: [-0, 1, 2] },
    ];
    for (const other of same) expect((await parseModel(other)).sha256).toBe(reference.sha256);
  });

  it("the hash of a known model never changes", async () => {
    const { sha256 } = await parseModel({ A: [0.5], U: [[1]], V: [[1]], hx: [0.25], hz: [1] });
    expect(sha256).toMatchInlineSnapshot(`"44612a72f1c4f48739c06a6ba6860b70a34b6115ad458557f139ab2be2764771"`);
  });

  it("names ignored keys and takes the name of the model before that of the file", async () => {
    const model = await parseValue({ ...first(), M: 2, source: "x", P: 3, name: "inner" }, { name: "outer" });
    expect(model.name).toBe("inner");
    expect(model.ignoredKeys).toEqual(["M", "source", "P"]);
    expect((await parseModel(first(), { name: "outer" })).name).toBe("outer");
  });

  it("knows every key of every family", async () => {
    const lastFamilies = [
      { kind: "PLRNN", A: [1], W: [[1]], h: [0], C: [[1]], Wu: [[1]], s: [1] },
      { kind: "dendPLRNN", A: [1], W: [[1]], h: [0], alpha: [1], H: [[1]] },
      { kind: "ALRNN", A: [1], W: [[1]], h: [0], P: 1, dt: 1, name: "x", activation: "relu" },
      { kind: "TLN", W: [[1]], b: [0] },
    ];
    const keys = new Set<string>();
    for (const model of [first(), second(), ...lastFamilies]) {
      expect((await parseValue(model)).ignoredKeys).toEqual([]);
      for (const key of Object.keys(model)) keys.add(key);
    }
    expect([...keys].sort()).toEqual([...MODEL_KEYS].sort());
  });

  it("scalars may be arrays of one, as binary files hold them", async () => {
    const one = (x: number) => ({ data: Float64Array.of(x), shape: [] });
    const model = await parseModel({ kind: "ALRNN", A: [1], W: [[1]], h: [0], P: one(1), dt: one(0.5) });
    expect(model.dt).toBe(0.5);
    expect(model.units).toBe(1);
  });
});
