import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { namedLine, type ReadOptions, readModels } from "../../src/formats/read/read.ts";
import { FileError } from "../../src/model/errors.ts";
import { parseModel, parseValue } from "../../src/model/parse.ts";
import { f8, makeNpz, text } from "./make-npz.ts";

const K = 3;
const shaped = { A: [2], W1: [2, 3], W2: [3, 2], h1: [2], h2: [3] } as const;
type Key = keyof typeof shaped;
const KEYS = Object.keys(shaped) as Key[];
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);
/** Number i of an array of model k. */
const number = (key: Key, k: number, i: number): number => (1 + KEYS.indexOf(key)) / 8 + k + i / 64;
const numbers = (key: Key, k: number): number[] =>
  Array.from({ length: sizeOf(shaped[key]) }, (_, i) => number(key, k, i));

const nested = (key: Key, k: number): unknown => {
  const [rows, cols] = shaped[key];
  const all = numbers(key, k);
  return cols === undefined ? all : Array.from({ length: rows }, (_, i) => all.slice(i * cols, (i + 1) * cols));
};
const model = (k: number): Record<string, unknown> => ({
  kind: "shPLRNN",
  ...Object.fromEntries(KEYS.map((key) => [key, nested(key, k)])),
});
const stackOf = (key: Key): Uint8Array =>
  f8([K, ...shaped[key]], Array.from({ length: K }, (_, k) => numbers(key, k)).flat());
const STACK = { kind: text("shPLRNN"), ...Object.fromEntries(KEYS.map((key) => [key, stackOf(key)])) };

const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

async function read(bytes: Uint8Array, options: ReadOptions = {}) {
  const raws = await readModels(bytes, "runs.npz", options);
  return Promise.all(
    raws.map(async (raw) => {
      if ("error" in raw) throw raw.error;
      const { name, sha256 } = await parseValue(raw.value, { name: raw.name });
      return { name, sha256 };
    }),
  );
}

const expected = (name = "runs", factor = 1) =>
  Promise.all(
    Array.from({ length: K }, async (_, k) => {
      const h2 = numbers("h2", k).map((x) => factor * x);
      return { name: `${name}[${k}]`, sha256: (await parseValue({ ...model(k), h2 })).sha256 };
    }),
  );

describe("arrays with one more leading axis are a batch of models", () => {
  it("of an .npz, with texts and single numbers for all of them", async () => {
    expect(await read(makeNpz(STACK))).toEqual(await expected());
    expect(await read(makeNpz({ ...STACK, dt: f8([], [0.5]) }), { set: { dt: undefined } })).toEqual(await expected());
  });

  it("with a number for each of them", async () => {
    const raws = await readModels(makeNpz({ ...STACK, dt: f8([K], [1, 2, 3]) }), "runs.npz");
    const models = await Promise.all(raws.map((raw) => parseValue("value" in raw ? raw.value : undefined)));
    expect(models.map(({ dt }) => dt)).toEqual([1, 2, 3]);
  });

  it("under other names, in folders, negated and transposed", async () => {
    const { W2, h2, ...rest } = STACK as Record<string, Uint8Array>;
    const transposed = f8(
      [K, 2, 3],
      Array.from({ length: K }, (_, k) => [0, 2, 4, 1, 3, 5].map((i) => number("W2", k, i))).flat(),
    );
    const file = makeNpz(
      Object.fromEntries(
        Object.entries({ ...rest, weight: transposed, bias: h2! }).map(([key, npy]) => [`net/${key}`, npy]),
      ),
    );
    expect(W2).toBeDefined();
    const options = { prefix: "net", map: { W2: "weight^T", h2: "-bias" } };
    expect(await read(file, options)).toEqual(await expected("runs", -1));
  });

  it("guessed at, in one folder of several, and a sum of two stacks", async () => {
    const { kind, h1, h2, ...rest } = STACK as Record<string, Uint8Array>;
    expect([kind, h1, h2].includes(undefined as never)).toBe(false);
    const inFolder = (folder: string, arrays: Record<string, Uint8Array>): Record<string, Uint8Array> =>
      Object.fromEntries(Object.entries(arrays).map(([key, npy]) => [`${folder}/${key}`, npy]));
    const zeros = f8([K, 3], new Array(3 * K).fill(0));
    const two = makeNpz({
      ...inFolder("a/net", { ...rest, kind: kind!, h1: h1!, units: h2!, zeros }),
      ...inFolder("b", STACK),
      ...inFolder("a/adam", STACK),
    });
    await expect(read(two)).rejects.toThrow(/in several places, a\.net, b: .* --prefix a\.net .* --prefix b /);
    expect(await read(two, { prefix: "b" })).toEqual(await expected());
    expect(await read(two, { prefix: "a/net", map: { h2: "units+a/net/zeros" } })).toEqual(await expected());
    const one = makeNpz({
      ...inFolder("a/net", { ...rest, kind: kind!, h1: h1!, units: h2! }),
      ...inFolder("a/adam", STACK),
    });
    await expect(read(one, { prefix: "a/net" })).rejects.toThrow(
      /has no h2, which a\.net\.units may be: .*\(optimizer state left out\)\. Use .*--prefix a\/net --map h2=a\.net\.units/,
    );
    for (const options of [{}, { prefix: "a/net" }, { prefix: "a.net" }]) {
      expect(await read(one, { ...options, guess: true })).toEqual(await expected());
    }
  });

  it("of JSON, named or not", async () => {
    const lists = Object.fromEntries(KEYS.map((key) => [key, Array.from({ length: K }, (_, k) => nested(key, k))]));
    const json = bytesOf({ kind: "shPLRNN", ...lists });
    expect(await read(json)).toEqual(await expected("runs"));
    expect(await read(json, { map: { h2: "-h2" } })).toEqual(await expected("runs", -1));
    const [raw] = await readModels(json, "m", { set: { dt: 1 } });
    const [line] = [{ name: "line", value: JSON.parse(new TextDecoder().decode(json)) }];
    expect("value" in raw!).toBe(true);
    expect(namedLine(line, { set: { dt: 1 } }, "m.ndjson")).toMatchObject({
      error: { message: expect.stringMatching(/is a stack of models in one line/) },
    });
  });

  it("of MATLAB, whose columns come first", async () => {
    const bytes = await readFile(new URL("fixtures/scipy-stack.mat", import.meta.url));
    const raws = await readModels(bytes, "stack.mat");
    const W = [
      [0, 2, 3],
      [4, 0, 6],
      [7, 8, 0],
    ];
    for (const [k, raw] of raws.entries()) {
      const twice = (x: number): number => x * (k + 1);
      const one = { A: [0.5, 0.25, 0.125].map(twice), W: W.map((row) => row.map(twice)), h: [1, 2, 3].map(twice) };
      const { sha256 } = await parseModel({ kind: "PLRNN", ...one });
      expect(raw.name).toBe(`stack[${k}]`);
      expect((await parseValue("value" in raw ? raw.value : undefined)).sha256).toBe(sha256);
    }
    expect(raws).toHaveLength(2);
  });
});

describe("is an error", () => {
  it.each([
    [
      "if one array has no such axis",
      { h1: f8([2], [1, 2]) },
      /W1 of shape \(3, 2, 3\) and h1 of shape \(2\), which are/,
    ],
    ["if one axis has another length", { h1: f8([2, 2], [1, 2, 3, 4]) }, /W1 of .* and h1 of shape \(2, 2\)/],
    [
      "if one array has two more axes",
      { W1: f8([3, 1, 2, 3], new Array(18).fill(1)) },
      /holds W1 of shape \(3, 1, 2, 3\)/,
    ],
    ["of no models", Object.fromEntries(KEYS.map((key) => [key, f8([0, ...shaped[key]], [])])), /is an empty stack/],
    [
      "of too many models",
      Object.fromEntries(KEYS.map((key) => [key, f8([2 ** 17 + 1, ...(shaped[key].length === 2 ? [1, 2] : [2])], [])])),
      /is a stack of 131073 models; the limit is 131072/,
    ],
  ])("%s", async (_, arrays, message) => {
    const reading = read(makeNpz({ ...STACK, ...arrays } as Record<string, Uint8Array>));
    await expect(reading).rejects.toThrow(FileError);
    await expect(reading).rejects.toThrow(message);
  });

  it("not where the axes of a vector are of length 1", async () => {
    const one = Object.fromEntries(KEYS.map((key) => [key, f8(shaped[key], numbers(key, 0))]));
    const odd = { ...one, kind: text("shPLRNN"), h2: f8([1, 3, 1], numbers("h2", 0)) };
    expect(await read(makeNpz(odd))).toEqual([{ name: "runs", sha256: (await parseValue(model(0))).sha256 }]);
  });

  it("not where the axis belongs to an array that the model does not use", async () => {
    const one = Object.fromEntries(KEYS.map((key) => [key, f8(shaped[key], numbers(key, 0))]));
    const [first, ...others] = await read(
      makeNpz({ ...one, kind: text("shPLRNN"), log: f8([2, 2, 2], new Array(8).fill(1)) }),
    );
    expect([first!.name, others]).toEqual(["runs", []]);
  });
});
