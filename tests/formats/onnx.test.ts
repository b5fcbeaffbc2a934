import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { Budget } from "../../src/formats/read/budget.ts";
import { readOnnx } from "../../src/formats/read/onnx.ts";
import { type ReadOptions, readModels } from "../../src/formats/read/read.ts";
import { FileError } from "../../src/model/errors.ts";
import { parseModel, parseValue } from "../../src/model/parse.ts";
import { MODEL } from "./make-npz.ts";

/** Written by fixtures/make_fixtures.py with torch.onnx.export and with ONNX. */
const fixture = async (name: string): Promise<Uint8Array> =>
  Uint8Array.from(await readFile(new URL(`fixtures/${name}`, import.meta.url)));

const entriesOf = (bytes: Uint8Array) => readOnnx(bytes, "m.onnx", new Budget("m.onnx"));

describe("the initialisers of an ONNX model", () => {
  it.each([
    // the exporter transposes V once and for all, and names what it gets
    ["torch.onnx", { map: { V: "onnx::MatMul_14^T" } }],
    ["typed.onnx", {}],
  ])("are the same model as JSON: %s", async (name, options: ReadOptions) => {
    const [raw] = await readModels(await fixture(name), name, options);
    if ("error" in raw!) throw raw.error;
    expect((await parseValue(raw!.value)).sha256).toBe((await parseModel(MODEL)).sha256);
  });

  it("may be negative integers, and say so where they are no numbers or in another file", async () => {
    const entries = entriesOf(await fixture("typed.onnx"));
    expect(entries.get("negative")?.read()).toEqual({ data: Float64Array.of(-1, -(2 ** 31)), shape: [2] });
    expect(() => entries.get("text")?.read()).toThrow(/elements of ONNX type 8/);
    expect(() => entries.get("elsewhere")?.read()).toThrow(/numbers in another file.*save_as_external_data=False/);
  });
});

type Part = number | readonly number[];
const field = (number: number, ...parts: readonly Part[]): number[] => {
  const bytes = parts.flat();
  return [
    8 * number + 2,
    (bytes.length & 127) | (bytes.length > 127 ? 128 : 0),
    ...(bytes.length > 127 ? [bytes.length >> 7] : []),
    ...bytes,
  ];
};
const varint = (number: number, ...bytes: readonly number[]): number[] => [8 * number, ...bytes];
const HUGE = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
const modelOf = (...tensor: readonly Part[]): Uint8Array =>
  Uint8Array.from([...varint(1, 8), ...field(7, field(5, field(8, 0x57), ...tensor))]);
const DOUBLE = varint(2, 11);

describe("an ONNX model that lies is a FileError", () => {
  it("as such it is right", () => {
    const W = entriesOf(modelOf(varint(1, 1), DOUBLE, field(9, new Array(8).fill(0)))).get("W");
    expect([W?.shape(), W?.claims(), W?.read()]).toEqual([[1], 1, { data: Float64Array.of(0), shape: [1] }]);
  });

  it.each([
    ["a shape of 2^63 − 1", [varint(1, ...HUGE), DOUBLE, field(9, new Array(8).fill(0))], /claims the shape/],
    ["a negative shape", [varint(1, ...new Array(9).fill(0xff), 1), DOUBLE, field(9, [0])], /claims the shape \(-1\)/],
    ["two numbers in 8 bytes", [varint(1, 2), DOUBLE, field(9, new Array(8).fill(0))], /but holds 1 numbers/],
    ["half a number", [varint(1, 1), DOUBLE, field(9, [0, 0])], /holds 2 bytes of f64/],
    ["no numbers", [varint(1, 1), DOUBLE], /holds 0 bytes/],
    ["numbers twice", [varint(1, 1), DOUBLE, field(9, new Array(8).fill(0)), field(10, [])], /in an unknown form/],
    ["33 dimensions", [field(1, new Array(33).fill(1)), DOUBLE], /too many dimensions/],
    ["an integer without an end", [varint(1, ...new Array(10).fill(0xff)), DOUBLE], /integer without an end/],
    ["a field of 2^62 bytes", [[8 * 9 + 2, ...HUGE]], /claims a field of \d+ bytes where/],
    ["a group", [[8 * 1 + 3]], /unknown wire type 3/],
  ])("%s", (_, tensor, message) => {
    const read = () =>
      entriesOf(modelOf(...(tensor as Part[])))
        .get("W")
        ?.read();
    expect(read).toThrow(FileError);
    expect(read).toThrow(message);
  });

  it("without initialisers it says so", async () => {
    await expect(readModels(Uint8Array.from([8, 8, ...field(7)]), "m.onnx")).rejects.toThrow(/without initialisers/);
  });
});
