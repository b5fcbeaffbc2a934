import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { readModels } from "../../src/formats/read/read.ts";
import { FileError } from "../../src/model/errors.ts";

/** A document of BSON with one number, as it stands in a file. */
const BSON = Uint8Array.from([...[15, 0, 0, 0], 0x10, ...strToU8("W\0"), 1, 0, 0, 0, 0x0a, ...strToU8("h\0"), 0]);

const JULIA = /docs\/formats\.md#from-julia/;
const ANYTHING = /docs\/formats\.md#from-anything-else/;

describe("files of other kinds say what they are, and where to find the lines that write one that is read", () => {
  it.each([
    ["model.bson", BSON, /is a BSON file/, JULIA],
    ["model", BSON, /is a BSON file/, JULIA],
    ["cut.bson", BSON.subarray(0, 12), /is a BSON file/, JULIA],
    ["W.csv", strToU8("0.5,0.25\n-1e-3,2\n"), /is a table of numbers/, ANYTHING],
    ["W.txt", strToU8("0.5 0.25\n1 2\n"), /is a table of numbers/, ANYTHING],
    ["W.tsv", strToU8("A\tW\n0.5\t0.25\n"), /is a table \(CSV\)/, ANYTHING],
    ["W.csv", strToU8("unit;weight\n1;0,5\n"), /is a table \(CSV\)/, ANYTHING],
    ["model.xlsx", zipSync({ "xl/workbook.xml": strToU8("<a/>") }), /is a spreadsheet/, ANYTHING],
    ["model.ods", zipSync({ "content.xml": strToU8("<a/>") }), /is an Office document/, ANYTHING],
    ["model.py", strToU8("import torch\nmodel = 3\n"), /is a text, but no JSON/, ANYTHING],
    ["model.xml", strToU8("<model/>"), /is XML or HTML/, ANYTHING],
    ["model.tflite", strToU8("\x1c\0\0\0TFL3", true), /TensorFlow Lite/, ANYTHING],
    ["model.parquet", strToU8("PAR1\x15"), /Parquet/, ANYTHING],
    ["model.bin", Uint8Array.from([0xff, 0xfe, 0xfd, 0x00]), /is in no format that is known/, ANYTHING],
  ])("%s", async (name, bytes, what, where) => {
    const reading = readModels(bytes, name);
    await expect(reading).rejects.toThrow(FileError);
    await expect(reading).rejects.toThrow(what);
    await expect(reading).rejects.toThrow(where);
    await expect(reading).rejects.not.toThrow(/not valid JSON|written completely/);
  });

  it("JSON that is broken is still told where", async () => {
    for (const text of ['{"A": [1,', '\n [{"A": [1,', "{'A': 1}"]) {
      await expect(readModels(strToU8(text), "m.json")).rejects.toThrow(/is not valid JSON \(.*written completely/);
    }
  });

  it("a number, a text and a broken array are no tables", async () => {
    for (const text of ["3", '"text"', "null"]) expect(await readModels(strToU8(text), "m.json")).toHaveLength(1);
    await expect(readModels(strToU8("[1, 2"), "m.json")).rejects.toThrow(/is not valid JSON/);
  });
});
