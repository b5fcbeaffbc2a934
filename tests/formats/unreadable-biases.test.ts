import { describe, expect, it } from "vitest";
import { readModels } from "../../src/formats/read/read.ts";
import { fixture } from "./fixture-models.ts";

type Opcodes = readonly (number | string)[];

const text = (value: string): Opcodes => [0x8c, value.length, value];
const float = (value: number): Opcodes => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return ["G", ...bytes];
};
const list = (...items: readonly Opcodes[]): Opcodes => ["]", "(", ...items.flat(), "e"];
const dictionary = (...members: readonly (readonly [Opcodes, Opcodes])[]): Opcodes => [
  "}",
  "(",
  ...members.flat(2),
  "u",
];
const TRUE: Opcodes = [0x88];
const NONE: Opcodes = ["N"];
const TWO_TO_70: Opcodes = [0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0x40];
const BYTES: Opcodes = ["C", 2, "ab"];
/** An object of another class: Decimal("0.5"). */
const DECIMAL: Opcodes = ["cdecimal\nDecimal\n", ...text("0.5"), 0x85, "R"];

/** A pickle of protocol 4 of a PLRNN in one dimension with this h. */
const pickle = (h: Opcodes): Uint8Array => {
  const one = float(0.5);
  const opcodes = [
    ...[0x80, 4],
    ...dictionary([text("kind"), text("PLRNN")], [text("A"), list(one)], [text("W"), list(list(one))], [text("h"), h]),
    ".",
  ];
  return Uint8Array.from(opcodes.flatMap((x) => (typeof x === "string" ? [...new TextEncoder().encode(x)] : [x])));
};

const hOf = async (h: Opcodes): Promise<unknown> => {
  const [raw] = await readModels(pickle(h), "m.pkl");
  if (raw === undefined || "error" in raw) throw raw?.error;
  return (raw.value as { h?: unknown }).h;
};

describe("a bias that is there and can't be read is no bias that is absent", () => {
  it.each([
    ["a list of flags", list(TRUE), /m\.pkl, h: is no array of numbers that can be read\. Save it as a tensor/],
    ["an empty list", list(), /is no array of numbers/],
    ["an integer past float64", TWO_TO_70, /is no array of numbers/],
    ["bytes", BYTES, /is no array of numbers/],
    ["an object of an unknown class", DECIMAL, /is no array of numbers/],
    ["a list of such objects", list(DECIMAL), /is no array of numbers/],
    ["a dictionary of numbers", dictionary([float(0), float(1)]), /is no array of numbers/],
    ["a list that begins with numbers", list(float(0.5), TWO_TO_70), /is a list that is no array of numbers/],
  ])("%s", async (_, h, message) => {
    await expect(hOf(h)).rejects.toThrow(message);
  });

  it("numbers are read, and None and flags say that there is none", async () => {
    expect(await hOf(list(float(0.5)))).toEqual({ data: Float64Array.of(0.5), shape: [1] });
    expect(await hOf(NONE)).toBeUndefined();
    expect(await hOf(TRUE)).toBeUndefined();
  });

  it("--set gives another in its place", async () => {
    const [raw] = await readModels(pickle(list()), "m.pkl", { set: { h: [2] } });
    expect("value" in raw! && raw.value).toMatchObject({ h: [2] });
  });

  it("in a checkpoint of PyTorch", async () => {
    const reading = readModels(await fixture("torch-large-integer.pt"), "m.pt");
    await expect(reading).rejects.toThrow(/m\.pt, hx: is a list that is no array of numbers/);
  });

  it("behind links of HDF5 that are not followed", async () => {
    const raws = await readModels(await fixture("h5py-links.h5"), "m.h5");
    const told = raws.map((raw) =>
      "error" in raw ? raw.error.message : (raw.value as { h: { data: unknown } }).h.data,
    );
    expect(told).toEqual([
      "m.h5, nowhere.h: is a link that leads nowhere. Store the array itself.",
      "m.h5, other.h: is a link to another file, which is not followed. Store the array itself.",
      Float64Array.of(1, 2, 3),
    ]);
  });

  it("where it is a list of arrays, of one number each", async () => {
    const of = async (h: object, set: object = {}): Promise<string> => {
      const file = JSON.stringify({ net: { A: [0.5], W: [[0.5]], ...h } });
      const naming = { set: { kind: "PLRNN", ...set } };
      const [raw] = await readModels(new TextEncoder().encode(file), "m.json", naming);
      return "error" in raw! ? raw.error.message : "read";
    };
    expect(await of({ "h.0": [1] })).toMatch(/^m\.json, h: is no array but a list of values, h\.0 and on\. Save it/);
    expect(await of({ "h[0]": [1] })).toMatch(/^m\.json, h: is no array but a list of values, h\[0\] and on/);
    expect(await of({ "h.0": [1], h: [2] })).toBe("read");
    expect(await of({ "h.0": [1] }, { h: [3] })).toBe("read");
    expect(await of({ "losses.0": [1, 2] })).toBe("read");
  });
});
