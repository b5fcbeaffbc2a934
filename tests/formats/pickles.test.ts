import { existsSync } from "node:fs";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { readModels } from "../../src/formats/read/read.ts";
import { FileError } from "../../src/model/errors.ts";
import { fixture } from "./fixture-models.ts";

describe("what is no data is a FileError and is never run", () => {
  const TOUCHED = "/tmp/stillpoint-was-here";
  it.each([
    ["a call of os.system", "torch-evil.pt", /mentions posix\.system/],
    [
      "an object without tensors",
      "torch-whole-object.pt",
      /is a pickled __main__\.Whole.*torch\.save\(model\.state_dict\(\)/,
    ],
    [
      "a frozen TorchScript archive",
      "torch-script-frozen.pt",
      /frozen into its code.*torch\.save\(model\.state_dict\(\)/,
    ],
  ])("%s", async (_, name, message) => {
    const reading = readModels(await fixture(name), name);
    await expect(reading).rejects.toThrow(FileError);
    await expect(reading).rejects.toThrow(message);
    expect(existsSync(TOUCHED)).toBe(false);
  });

  /** A checkpoint around a handwritten pickle. */
  const checkpoint = (pickle: readonly (number | string)[], data = new Uint8Array(16)): Uint8Array =>
    zipSync({
      "a/data.pkl": Uint8Array.from(pickle.flatMap((x) => (typeof x === "string" ? bytesOf(x) : [x]))),
      "a/data/0": data,
    });
  const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];
  const unicode = (text: string): (number | string)[] => [0x8c, text.length, text];
  const global = (name: string): string =>
    `c${name.slice(0, name.lastIndexOf("."))}\n${name.slice(name.lastIndexOf(".") + 1)}\n`;
  const storage = (key: string): (number | string)[] => [
    "(",
    ...unicode("storage"),
    global("torch.DoubleStorage"),
    ...unicode(key),
    ...unicode("cpu"),
    0x4b,
    2,
    "tQ",
  ];
  const integers = (values: readonly number[]): (number | string)[] => [
    "(",
    ...values.flatMap((x) => [0x4a, x & 255, (x >> 8) & 255, (x >> 16) & 255, x >>> 24]),
    "t",
  ];
  const tensor = (shape: readonly number[], stride: readonly number[], offset = 0, key = "0"): (number | string)[] => [
    global("torch._utils._rebuild_tensor_v2"),
    "(",
    ...storage(key),
    0x4b,
    offset,
    ...integers(shape),
    ...integers(stride),
    0x89,
    global("collections.OrderedDict"),
    ")R",
    "tR",
  ];
  const dict = (members: readonly (readonly (number | string)[])[]): (number | string)[] => [
    0x80,
    2,
    "}(",
    ...members.flat(),
    "u.",
  ];
  const read = (pickle: readonly (number | string)[]) => readModels(checkpoint(pickle), "m.pt");

  it("the handwritten pickle is right as such", async () => {
    const array = (name: string, shape: readonly number[]) => [
      ...unicode(name),
      ...tensor(shape, shape.length === 1 ? [1] : [2, 1]),
    ];
    const [raw] = await read(dict([array("A", [2]), array("U", [1, 2]), array("V", [1, 2])]));
    expect(raw).toMatchObject({ value: { U: { data: new Float64Array(2), shape: [1, 2] } } });
  });

  it.each([
    ["a tensor longer than its storage", dict([[...unicode("W"), ...tensor([3], [1])]]), /reaches element 2 of 2/],
    ["an offset beyond its storage", dict([[...unicode("W"), ...tensor([1], [1], 9)]]), /reaches element 9 of 2/],
    [
      "a broadcast to 2^40 numbers",
      dict([[...unicode("W"), ...tensor([2 ** 20, 2 ** 20], [0, 0])]]),
      /entries; the limit/,
    ],
    ["a negative stride", dict([[...unicode("W"), ...tensor([2], [-1], 1)]]), /in a way that is not known/],
    ["a storage that is not there", dict([[...unicode("W"), ...tensor([1], [1], 0, "7")]]), /no data in the archive/],
    [
      "a call through builtins",
      [0x80, 2, global("builtins.eval"), "(", ...unicode("1"), "tR."],
      /mentions builtins\.eval/,
    ],
    [
      "a name put together on the stack",
      [0x80, 4, ...unicode("os"), ...unicode("system"), 0x93, "."],
      /mentions os\.system/,
    ],
    [
      "an instance of what is understood",
      [0x80, 2, global("torch.Size"), ")", 0x81, "."],
      /calls torch\.Size in a way/,
    ],
    ["an old-style instance", [0x80, 2, "(i__main__\nX\n."], /opcode 0x69/],
    ["an extension code", [0x80, 2, 0x82, 1, "."], /opcode 0x82/],
    ["a truncated text", [0x80, 2, 0x8c, 200, "abc"], /truncated/],
    ["a text of 2^60 bytes", [0x80, 4, 0x8d, 0, 0, 0, 0, 0, 0, 0, 16], /a text of 1152921504606847000 bytes/],
    ["an empty stack", [0x80, 2, "0."], /closes a group/],
    ["a memo that was never set", [0x80, 2, "h", 3, "."], /never stored/],
    ["a list in itself, and nothing else", [0x80, 2, "]q", 0, "h", 0, "a."], /holds no tensors/],
  ])("%s", async (_, pickle, message) => {
    await expect(read(pickle)).rejects.toThrow(FileError);
    await expect(read(pickle)).rejects.toThrow(message);
  });

  it("lists that mention one another a billion times are walked once", async () => {
    const layers = Array.from({ length: 40 }, (_, i) => ["(", "h", i, "h", i, "h", i, "l", "q", i + 1] as const).flat();
    await expect(read([0x80, 2, "]q", 0, ...layers, "."])).rejects.toThrow(/holds no tensors/);
  });
});
