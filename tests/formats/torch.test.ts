import { readFile } from "node:fs/promises";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { Budget } from "../../src/formats/read/budget.ts";
import { readBarePickle, readLegacyTorch, readTorch } from "../../src/formats/read/pickle/torch.ts";
import { readModels } from "../../src/formats/read/read.ts";
import { readZipDirectory } from "../../src/formats/read/zip.ts";
import { FileError } from "../../src/model/errors.ts";

/** Written by fixtures/make_fixtures.py with PyTorch and NumPy. */
const fixture = async (name: string): Promise<Uint8Array> =>
  Uint8Array.from(await readFile(new URL(`fixtures/${name}`, import.meta.url)));

function entriesOf(bytes: Uint8Array) {
  const budget = new Budget("m.pt");
  return readTorch(readZipDirectory(bytes, "m.pt", budget), "m.pt", budget);
}

const shapesOf = (entries: ReturnType<typeof entriesOf>): Record<string, string> =>
  Object.fromEntries([...entries].map(([name, entry]) => [name, entry.shape()?.join("×") ?? typeof entry.read()]));

describe("a module that was saved as a whole", () => {
  const parameters = { A: "2", U: "3×2", V: "3×2", hx: "3", hz: "2" };
  const below = (module: string) =>
    Object.fromEntries(Object.entries(parameters).map(([key, shape]) => [`${module}.${key}`, shape]));

  it("has the names that its state_dict would have, and its settings", async () => {
    const shapes = shapesOf(entriesOf(await fixture("torch-module.pt")));
    expect(shapes).toMatchObject({
      ...below("rnn"),
      "rnn.seen": "1",
      "readout.weight_ih_l0": "3×2",
      "readout.weight_hh_l0": "3×3",
      "readout.bias_ih_l0": "3",
      "readout.bias_hh_l0": "3",
      "readout.nonlinearity": "string",
    });
    expect(Object.keys(shapes).filter((name) => /_flat|_parameters|_modules/.test(name))).toEqual([]);
  });

  it("has them in TorchScript, too", async () => {
    expect(shapesOf(entriesOf(await fixture("torch-script.pt")))).toMatchObject(parameters);
  });

  it("numbers of NumPy are numbers, and what is no number is left out", async () => {
    const entries = entriesOf(await fixture("torch-numpy.pt"));
    expect([entries.get("dt")?.read(), entries.get("loss")?.read(), entries.has("when")]).toEqual([0.5, 0.25, false]);
    expect(entries.get("P")?.shape()).toEqual([]);
  });
});

const bytesOf = (...parts: readonly (number | string)[]): Uint8Array => joined(parts);
const joined = (parts: readonly (number | string)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : [part])));
const unicode = (text: string): (number | string)[] => [0x8c, text.length, text];

describe("pickles that would hurt", () => {
  const readAll = (parts: readonly (number | string)[]) =>
    readBarePickle(joined(([0x80, 4] as (number | string)[]).concat(parts)), "m.pkl", new Budget("m.pkl"));
  const read = (...parts: readonly (number | string)[]) => readAll(parts);
  const repeated = (count: number, ...parts: readonly (number | string)[]): (number | string)[] =>
    Array.from({ length: count }, () => parts).flat();

  it.each([
    ["posix.system", /mentions posix\.system/],
    ["subprocess.Popen", /mentions subprocess\.Popen/],
    ["builtins.exec", /mentions builtins\.exec/],
    ["builtins.getattr", /mentions builtins\.getattr/],
    ["os.path.join", /mentions os\.path\.join/],
  ])("%s is not even mentioned", (name, message) => {
    const dot = name.indexOf(".");
    expect(() => read(`c${name.slice(0, dot)}\n${name.slice(dot + 1)}\n`, ".")).toThrow(message);
  });

  it("modules nested 10,000 deep are left out", () => {
    const instance = ["cm\nM\n", ")", 0x81] as const;
    const open = repeated(10_000, ...instance, "}(", ...unicode("_modules"), "}(", ...unicode("a"));
    const close = repeated(10_000, "uub");
    expect(() => readAll(open.concat(instance, close, "."))).toThrow(/holds no arrays by name/);
  });

  it("100,000 claims of one long list as a shape are refused at the first", () => {
    const call = ["h", 1, "(", "h", 2, "h", 3, "h", 0, ...unicode("C"), "tR0"] as const;
    const dtype = ["cnumpy\ndtype\n", ...unicode("f8"), 0x89, 0x88, 0x87, "Rq", 3, "0"] as const;
    const shape = ["(" as number | string].concat(repeated(100_000, "K", 1), "lq", 0, "0");
    const names = ["cnumpy.core.numeric\n_frombuffer\n", "q", 1, "0", "C", 0, "q", 2, "0", ...dtype];
    expect(() => readAll(shape.concat(names, repeated(100_000, ...call), "N."))).toThrow(
      /_frombuffer in a way that is not known/,
    );
  });

  it("an array that claims more than its bytes, or holds objects, is an error where it is used", () => {
    const array = (shape: number, type: string) => [
      ...["cnumpy.core.numeric\n_frombuffer\n", "(", "C", 8, "\0\0\0\0\0\0\0\0"],
      ...["cnumpy\ndtype\n", ...unicode(type), 0x85, "R", "K", shape, 0x85, ...unicode("C"), "tR"],
    ];
    const one = (shape: number, type: string) => read("}", ...unicode("W"), ...array(shape, type), "s.").get("W");
    expect(one(1, "f8")?.read()).toEqual({ data: Float64Array.of(0), shape: [1] });
    expect(() => one(2, "f8")?.claims()).toThrow(/claims the shape \(2\) but holds 8 bytes/);
    expect(() => one(1, "O8")?.read()).toThrow(/elements of type O8/);
    expect(() => one(1, "constructor")?.read()).toThrow(/elements of type constructor/);
  });

  it("ragged lists and lists of texts are an error where they are used", () => {
    const list = (...items: readonly (number | string)[]) => read("}", ...unicode("W"), "(", ...items, "ls.").get("W");
    expect(list("K", 1, "K", 2)?.read()).toEqual({ data: Float64Array.of(1, 2), shape: [2] });
    expect(() => list("K", 1, ...unicode("x"))?.read()).toThrow(/no array of numbers/);
    expect(() => list("K", 1, 0x85, ")")?.read()).toThrow(/no array of numbers/);
  });

  it("a list of itself has no end, and no entries", () => {
    expect(() => read("}", ...unicode("W"), "]q", 0, "h", 0, "as.")).toThrow(/holds no arrays by name/);
  });
});

describe("what torch.save wrote before version 1.6", () => {
  it("is a FileError wherever it is cut", async () => {
    const bytes = await fixture("torch-legacy.pt");
    const whole = readLegacyTorch(bytes, "m.pt", new Budget("m.pt"));
    expect(shapesOf(whole)).toEqual({ A: "2", U: "3×2", V: "3×2", hx: "3", hz: "2" });
    for (let length = 15; length < bytes.length; length += 7) {
      expect(() => readLegacyTorch(bytes.subarray(0, length), "m.pt", new Budget("m.pt")), `${length}`).toThrow(
        FileError,
      );
    }
  });
});

describe("messages", () => {
  it.each([0.3, 0.9])("a checkpoint that is cut does not speak of NumPy", async (share) => {
    const bytes = await fixture("torch-state-dict.pt");
    const reading = readModels(bytes.subarray(0, Math.floor(share * bytes.length)), "m.pt");
    await expect(reading).rejects.toThrow(/^m\.pt: is a truncated zip archive.*it is cut off/);
    await expect(reading).rejects.not.toThrow(/numpy/);
  });

  it("a checkpoint without tensors says what to save", async () => {
    const reading = readModels(zipSync({ "a/data.pkl": bytesOf(0x80, 2, "}.") }), "m.pt");
    await expect(reading).rejects.toThrow(/torch\.save\(model\.state_dict\(\), file\)/);
  });
});
