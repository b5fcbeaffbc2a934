import { describe, expect, it } from "vitest";
import { readJson } from "../../src/formats/read/json/json.ts";
import type { RawModel } from "../../src/formats/read/json/raw.ts";
import { readModels } from "../../src/formats/read/read.ts";
import { FileError, StillpointError } from "../../src/model/errors.ts";
import { parseValue } from "../../src/model/parse.ts";

const read = (text: string, file = "some/dir/net.v2.json") =>
  readJson(
    new TextEncoder().encode(text),
    file,
    file
      .split("/")
      .pop()!
      .replace(/\.(nd)?json$/, ""),
  );

describe("JSON texts", () => {
  it("one object", () => {
    expect(read('{"A": [1]}')).toEqual([{ name: "net.v2", value: { A: [1] } }]);
  });
  it("one object with a byte order mark, in any file name", () => {
    expect(read('\ufeff{"A": [1]}', "-")).toEqual([{ name: "-", value: { A: [1] } }]);
  });
  it("an array", () => {
    expect(read('[{"A": 1}, 2]')).toEqual([
      { name: "net.v2[0]", value: { A: 1 } },
      { name: "net.v2[1]", value: 2 },
    ]);
  });
  it("one object a line, with blank lines and Windows line ends", () => {
    expect(
      read('{"A": 1}\r\n\r\n{"A": 2}\n', "b.ndjson").map((raw) => ("value" in raw ? raw.value : raw.error)),
    ).toEqual([{ A: 1 }, { A: 2 }]);
  });
  it("a bad line does not take the others with it", () => {
    const models = read('{"A": 1}\n{"A": \n{"A": 3}', "b.ndjson");
    const readValue = (raw: RawModel) => ("value" in raw ? raw.value : raw.error);
    expect(models.map(({ name }) => name)).toEqual(["b[0]", "b[1]", "b[2]"]);
    expect([models[0]!, models[2]!].map(readValue)).toEqual([{ A: 1 }, { A: 3 }]);
    expect(() => readValue(models[1]!)).toThrow(FileError);
    expect(() => readValue(models[1]!)).toThrow(/b\.ndjson, model 1/);
  });
  it("numbers are exactly the float64 that the text is nearest to", () => {
    expect(read('{"A": 0.1000000000000000055511151231257827}')).toEqual([{ name: "net.v2", value: { A: 0.1 } }]);
  });
});

describe("what can't be read is a FileError", () => {
  it.each([
    ["nothing", "", /is empty/],
    ["white space", " \n ", /is empty/],
    ["an empty array", "[]", /empty array/],
    ["a truncated object", '{"A": [1, 2', /not valid JSON/],
    ["a truncated object over several lines", '{\n"A": [\n1,\n2', /not valid JSON/],
    ["NaN as Python writes it", '{"A": [1, NaN]}', /contains NaN/],
    ["infinity as Python writes it", '{"A": [-Infinity]}', /contains -Infinity/],
    ["plain text", "hello", /is a text, but no JSON/],
    [
      "more arrays than memory holds",
      `[${"[],".repeat(2 ** 21)}[]]`,
      /2097154 arrays and objects; the limit is 2097152/,
    ],
    ["more numbers than memory holds", `[${"1,".repeat(2 ** 26)}1]`, /67108865 values; the limit is 67108864/],
    [
      "more lines than an array holds",
      `${"{}\n".repeat(2 ** 21)}${"1\n".repeat(2 ** 21 + 1)}`,
      /1048577 lines that together are no JSON/,
    ],
  ])("%s", (_, text, message) => {
    expect(() => read(text)).toThrow(FileError);
    expect(() => read(text)).toThrow(message);
  });
  it.each([
    ["bytes that are no text", [0x7b, 0xff, 0xfe], /UTF-8/],
    ["a gzip file", [0x1f, 0x8b, 8, 0], /gzip/],
    ["HDF5 and nothing more", [0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10], /damaged HDF5/],
    ["a single numpy array", [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0], /single numpy array/],
    ["a pickle", [0x80, 4, 0x95], /pickle/],
  ])("%s", async (_, bytes, message) => {
    const reading = readModels(Uint8Array.from(bytes), "x.bin");
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(FileError);
  });
  it.each([
    ["under another name", { map: { h2: "-x" } }, { kind: "shPLRNN", A: [1], W1: [[1]], W2: [[1]], h1: [1] }],
    ["as the decay of smc_rnns", { layout: "smc_rnns-relu", map: { A: "x" } }, { n: [[1]], m: [[1]], h: [1] }],
  ] as const)("an array nested 200,000 deep, %s", async (_, naming, model) => {
    const text = JSON.stringify({ ...model, x: 0, decay_param: 0 });
    const deep = text.replaceAll(/0(?=[,}])/g, `${"[".repeat(200_000)}1${"]".repeat(200_000)}`);
    const reading = async () => {
      for (const raw of await readModels(new TextEncoder().encode(deep), "x.json", naming)) {
        if ("value" in raw) await parseValue(raw.value);
        else throw raw.error;
      }
    };
    await expect(reading()).rejects.toThrow(StillpointError);
  });
  it("a short text may be nested 512 deep and no deeper, and texts in it may have more brackets", () => {
    const nested = (depth: number) => `{"A": ${"[".repeat(depth - 1)}1${"]".repeat(depth - 1)}}`;
    expect(read(nested(512))).toHaveLength(1);
    expect(() => read(nested(513))).toThrow(/is nested 513 deep; the limit is 512/);
    const brackets = "[{".repeat(400);
    expect(read(JSON.stringify({ brackets }))).toEqual([{ name: "net.v2", value: { brackets } }]);
    expect(() => read(`{"brackets": "${brackets}", "A": ${nested(512)}}`)).toThrow(/nested 513 deep/);
  });
  it("what memory a short text may take is looked at where there is little", async () => {
    const bytes = new TextEncoder().encode(`{"A": [${"1,".repeat(1000)}1]}`);
    await expect(readModels(bytes, "x.json", { maxMemory: 20_000 })).rejects.toThrow(/of memory for a file/);
    expect(await readModels(bytes, "x.json", { maxMemory: 200_000 })).toHaveLength(1);
  });
  it("models of a batch that look otherwise than those before are read as they are alone", async () => {
    const first = { A: [0.5, 0.5], W1: [[1], [2]], W2: [[1, 2]], h1: [0, 0], h2: [1] };
    const others = [
      { ...first, W1: [[1, 2]], W2: [[1], [2]] },
      { ...first, h2: 0 },
      { ...first, h2: 1 },
      { ...first, A: [[0.5, 0.5]] },
      { ...first, kind: "PLRNN" },
      { ...first, h1: { data: [0, 0], shape: [2] } },
      { A: [0.5, 0.5], W1: [[1], [2]], W2: [[1, 2]], h1: [0, 0], other: [1] },
    ];
    const answers = async (models: readonly object[]): Promise<unknown[]> => {
      const text = models.map((model) => `${JSON.stringify({ kind: "shPLRNN", ...model })}\n`).join("");
      const raws = await readModels(new TextEncoder().encode(text), "x.ndjson");
      return raws.map((raw) => {
        try {
          return "error" in raw ? raw.error.message : raw.value;
        } catch (error) {
          return String(error).replace(/\[\d+\]/g, "");
        }
      });
    };
    const mixed = await answers([first, ...others.flatMap((other) => [other, first])]);
    for (const [i, other] of others.entries()) {
      const [, alone] = await answers([{ A: 0, W: 0 }, other]);
      expect(mixed[2 * i + 1]).toEqual(alone);
      expect(mixed[2 * i + 2]).toEqual(mixed[0]);
    }
    // some of them fit no kind as they are
    expect(mixed.some((answer) => typeof answer === "string")).toBe(true);
  });
  it("messages hold no control characters of the file", () => {
    try {
      read('{"A": \u001b[31m}');
    } catch (error) {
      expect(String(error)).not.toContain("\u001b");
      return;
    }
    throw new Error("expected an error");
  });
});
