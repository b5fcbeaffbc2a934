import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Budget } from "../../src/formats/read/budget.ts";
import { readMat5 } from "../../src/formats/read/matlab/mat5.ts";
import { type ReadOptions, readModels } from "../../src/formats/read/read.ts";
import { FileError } from "../../src/model/errors.ts";
import { isNumericArray } from "../../src/model/matrix.ts";
import { parseValue } from "../../src/model/parse.ts";
import { fixture } from "./fixture-models.ts";
import { Mat5 } from "./make-mat5.ts";

const PLRNN = {
  kind: "PLRNN",
  A: [0.5, 0.25, 0.125],
  W: [
    [0, 2, 3],
    [4, 0, 6],
    [7, 8, 0],
  ],
  h: [1, 2, 3],
};

async function modelsOf(bytes: Uint8Array, options: ReadOptions = {}) {
  const raws = await readModels(bytes, "net.mat", options);
  return Promise.all(
    raws.map((raw) => {
      if ("error" in raw) throw raw.error;
      return parseValue(raw.value, { name: raw.name });
    }),
  );
}

const timesH = async (factor: number): Promise<string> =>
  (await parseValue({ ...PLRNN, h: PLRNN.h.map((x) => factor * x) })).sha256;

describe("a MATLAB file of version 5 to 7 holds the same model as JSON", () => {
  it.each([
    ["scipy.io.savemat", "scipy.mat", {}],
    ["compressed, beside another array of single precision", "scipy-compressed.mat", {}],
    ["with that array", "scipy-compressed.mat", { map: { W: "W32" } }],
    ["a struct in a struct, with dots", "scipy-structs.mat", { prefix: "run.best" }],
    ["a struct in a struct, with slashes", "scipy-structs.mat", { prefix: "run/best" }],
    ["Octave, -v6", "octave-v6.mat", {}],
    ["Octave, -v7, of single precision and small integers", "octave-v7.mat", {}],
    ["beside what is no array of real numbers", "scipy-odd.mat", {}],
  ] as const)("%s", async (_, name, options) => {
    const [model, ...others] = await modelsOf(await fixture(name), options);
    expect(others).toEqual([]);
    expect([model!.kind, model!.sha256]).toEqual(["PLRNN", await timesH(1)]);
  });

  it.each([
    [
      "a struct array and a struct, by scipy",
      "scipy-structs.mat",
      ["fits[0]", "fits[1]", "fits[2]", "run.best"],
      [1, 2, 3, 1],
    ],
    ["a struct array, by Octave", "octave-struct-array.mat", ["fits[0]", "fits[1]", "fits[2]"], [1, 2, 3]],
    ["a cell array, by Octave", "octave-cells.mat", ["cells[0]", "cells[1]"], [1, 2]],
  ] as const)("several models: %s", async (_, name, places, factors) => {
    const models = await modelsOf(await fixture(name));
    expect(models.map((model) => model.name)).toEqual(places.map((place) => `net.${place}`));
    for (const [i, { sha256 }] of models.entries()) expect(sha256).toBe(await timesH(factors[i]!));
  });

  it.each(["logical", "complex", "sparse", "several rows of text"])(
    "what is %s says so where it is used",
    async (what) => {
      const key = { logical: "A", complex: "h", sparse: "W", "several rows of text": "kind" }[what]!;
      const reading = modelsOf(await fixture("scipy-odd.mat"), { map: { [key]: `odd.${key}` } });
      await expect(reading).rejects.toThrow(FileError);
      await expect(reading).rejects.toThrow(what);
    },
  );

  it.each([true, false])(
    "in the byte order of any machine, in small elements, packed or not (%s)",
    async (littleEndian) => {
      const mat = new Mat5(littleEndian);
      const square = mat.doubles([3, 3], "W", [0, 4, 7, 2, 0, 8, 3, 6, 0]);
      // numbers that take 4 bytes stand in the place of their size
      const h = mat.matrix(6, [3, 1], "h", mat.small(2, Uint8Array.of(1, 2, 3)));
      const A = mat.compressed(mat.doubles([1, 3], "A", PLRNN.A));
      for (const W of [square, mat.compressed(square)]) {
        const [model] = await modelsOf(mat.file(mat.text("kind", "PLRNN"), h, A, W));
        expect(model!.sha256).toBe(await timesH(1));
      }
    },
  );

  it("of any shape, whatever the number of axes: element (i, j, …) stays where it is", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 }), (dims) => {
        const mat = new Mat5();
        const count = dims.reduce((product, extent) => product * extent, 1);
        // each number tells its own index: digits of base 10, the first index last
        const digits = (i: number): number[] => {
          const index: number[] = [];
          for (const extent of dims) {
            index.push(i % extent);
            i = Math.floor(i / extent);
          }
          return index;
        };
        const value = (index: readonly number[]): number => index.reduce((sum, k) => 10 * sum + k, 0);
        const columns = Array.from({ length: count }, (_, i) => value(digits(i)));
        const bytes = mat.file(mat.doubles(dims, "W", columns));
        const read = readMat5(bytes, "m.mat", new Budget("m.mat")).get("W")?.read();
        if (!isNumericArray(read)) throw new Error("expected an array");
        expect(read.shape).toEqual(dims);
        const rows: number[] = [];
        const walk = (index: readonly number[]): void => {
          if (index.length === dims.length) rows.push(value(index));
          else for (let k = 0; k < dims[index.length]!; k++) walk([...index, k]);
        };
        walk([]);
        expect([...read.data]).toEqual(rows);
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});

describe("a MATLAB file that lies is a FileError", () => {
  const mat = new Mat5();
  const W = mat.doubles([1, 1], "W", [0.5]);
  const packed = mat.compressed(W);
  const claims = (kind: number, dims: readonly number[]): Uint8Array =>
    mat.file(mat.matrix(kind, dims, "W", mat.element(9, new Uint8Array(8))));

  it("as such it is right", async () => {
    const [raw] = await readModels(mat.file(packed), "m.mat", { set: { kind: "RNN" } });
    expect(raw).toMatchObject({ value: { W: { data: Float64Array.of(0.5), shape: [1, 1] } } });
  });

  it.each([
    ["cut in the header", mat.file(W).subarray(0, 100), /damaged header/],
    ["without a variable", mat.file(), /holds no variables/],
    ["cut in a variable", mat.file(W).subarray(0, 160), /claims an element of 56 bytes where 24 are left/],
    ["cut in a tag", mat.file(W).subarray(0, 132), /ends in the middle of an element/],
    ["a negative dimension", claims(6, [-1, -1]), /malformed shape/],
    ["2^62 numbers", claims(6, [2 ** 31 - 1, 2 ** 31 - 1]), /claims \d+ numbers in 56 bytes/],
    ["2 numbers in 8 bytes", claims(6, [2, 1]), /claims the shape \(2, 1\) but holds 8 bytes of f64/],
    ["1,000 dimensions", claims(6, new Array(1000).fill(1)), /has 1000 dimensions/],
    ["a struct of 2^31 elements", mat.file(mat.struct("W", ["W"], [2 ** 31 - 1, 1], [])), /ends in the middle/],
    ["a cell of no cells", mat.file(mat.matrix(1, [2, 2], "W")), /ends in the middle/],
    ["a struct of −1 elements", mat.file(mat.struct("W", ["W"], [-1, 1], [])), /claims the shape \(-1, 1\)/],
    ["a small element of 5 bytes", mat.file(mat.small(1, new Uint8Array(4), 5)), /a small element of 5 bytes/],
    ["a damaged checksum", flipped(mat.file(packed), -1), /its checksum is wrong/],
    ["damaged packed data", flipped(mat.file(packed), -12), /damaged|checksum/],
    ["packed data of another kind", mat.file(mat.element(15, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))), /unknown kind/],
    [
      "packed data that claim 4 GB",
      mat.file(mat.compressed(mat.element(14, new Uint8Array(64), 0xfffffff0))),
      /claims that/,
    ],
    ["an object", mat.file(mat.matrix(17, [], "W")), /malformed|no arrays named/],
  ])("%s", async (_, bytes, message) => {
    await expect(readModels(bytes, "m.mat")).rejects.toThrow(FileError);
    await expect(readModels(bytes, "m.mat")).rejects.toThrow(message);
  });

  it("structs nested deeper than the limit are left out, and the rest is read", async () => {
    let deep = mat.doubles([1, 1], "", [1]);
    for (let i = 0; i < 2000; i++) deep = mat.struct("", ["a"], [1, 1], [deep]);
    const bytes = mat.file(mat.struct("deep", ["a"], [1, 1], [deep]), W);
    const [raw] = await readModels(bytes, "m.mat", { set: { kind: "RNN" } });
    expect(raw).toMatchObject({ value: { W: { shape: [1, 1] } } });
  });
});

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const out = bytes.slice();
  out[out.length + at]! ^= 1;
  return out;
}
