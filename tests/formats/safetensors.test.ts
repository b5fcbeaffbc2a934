import { describe, expect, it } from "vitest";
import { readModels } from "../../src/formats/read/read.ts";
import { FileError } from "../../src/model/errors.ts";

describe("a damaged .safetensors is a FileError", () => {
  const make = (header: unknown, data = new Uint8Array(16)): Uint8Array => {
    const text = typeof header === "string" ? header : JSON.stringify(header);
    const bytes = new TextEncoder().encode(text);
    const out = new Uint8Array(8 + bytes.length + data.length);
    new DataView(out.buffer).setBigUint64(0, BigInt(bytes.length), true);
    out.set(bytes, 8);
    out.set(data, 8 + bytes.length);
    return out;
  };
  const at = { dtype: "F64", data_offsets: [0, 16] };
  const W = (claim: object) =>
    make({ A: { ...at, shape: [2] }, U: { ...at, shape: [1, 2], ...claim }, V: { ...at, shape: [1, 2] } });
  it("as such it is right", async () => {
    const [raw] = await readModels(W({}), "m.safetensors");
    expect(raw).toMatchObject({ value: { U: { shape: [1, 2] } } });
  });
  it.each([
    ["a header longer than the file", make("{".padEnd(9)).subarray(0, 12), /header of 9 bytes but holds only 4/],
    ["a header that is no JSON", make("{broken}"), /not valid JSON/],
    ["a shape of 2^60", W({ shape: [2 ** 30, 2 ** 30] }), /claims the shape/],
    ["a shape beyond 2^53", W({ shape: [2 ** 60] }), /malformed shape/],
    ["a negative shape", W({ shape: [-2, -1] }), /malformed shape/],
    ["an end before its start", W({ data_offsets: [16, 0] }), /claims the bytes/],
    ["an end behind the file", W({ data_offsets: [0, 32] }), /claims the bytes 0 to 32 of 16/],
    ["complex numbers", W({ dtype: "C64" }), /elements of type C64/],
    ["a name of Object.prototype", W({ dtype: "constructor" }), /elements of type constructor/],
    ["no description", make({ W: 3 }), /not described/],
  ])("%s", async (_, bytes, message) => {
    await expect(readModels(bytes, "m.safetensors")).rejects.toThrow(FileError);
    await expect(readModels(bytes, "m.safetensors")).rejects.toThrow(message);
  });
});
