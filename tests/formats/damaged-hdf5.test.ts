import { describe, expect, it, vi } from "vitest";
import { readModels } from "../../src/formats/read/read.ts";
import { fixture, modelsOf, sha256Of } from "./fixture-models.ts";
import { MODEL } from "./make-npz.ts";

describe("what is no data is a FileError and is never run", () => {
  it("an HDF5 file whose heap of texts the library would walk for ever", async () => {
    const bytes = Uint8Array.from(await fixture("h5py.h5"));
    const freeSpace = new TextDecoder("latin1").decode(bytes).indexOf("GCOL") + 40;
    bytes[freeSpace + 9] = 0x0b;
    await expect(readModels(bytes, "m.h5")).rejects.toThrow(/has a damaged heap of texts/);
  });

  it("an HDF5 text that claims more bytes than the file has, whose every byte the library would convert", async () => {
    const bytes = Uint8Array.from(await fixture("h5py.h5"));
    const view = new DataView(bytes.buffer);
    const collection = new TextDecoder("latin1").decode(bytes).indexOf("GCOL");
    const lengthOfText = bytes.findIndex(
      (length, i) => length === "shPLRNN".length && view.getBigUint64(i + 4, true) === BigInt(collection),
    );
    view.setUint32(lengthOfText, 0x7e000007, true);
    await expect(readModels(bytes, "m.h5")).rejects.toThrow(/has a damaged heap of texts/);
  });

  it("an HDF5 attribute of another type, whose claims the library would believe", async () => {
    const bytes = Uint8Array.from(await fixture("h5py.h5"));
    const kindType = new TextDecoder("latin1").decode(bytes).indexOf("kind\0") + 8;
    // a sequence of variable length instead of a text
    bytes[kindType + 1] = 5;
    await expect(readModels(bytes, "m.h5")).rejects.toThrow(/kind: holds neither numbers nor a text/);
  });

  it("an HDF5 array compressed with a filter that the library lacks, in the place of which it would give its memory", async () => {
    const reading = readModels(await fixture("h5py-lzf.h5"), "m.h5");
    await expect(reading).rejects.toThrow(/m\.h5, W: is compressed with lzf, which can't be read\. Write it with gzip/);
  });

  it("an HDF5 array of half precision, which the library does not read", async () => {
    const reading = readModels(await fixture("h5py-half.h5"), "m.h5");
    await expect(reading).rejects.toThrow(/m\.h5, W: holds floats of 16 bits, .*Save them as float32/);
  });

  it.each([
    ["checksum", "h5py-checksum.h5"],
    ["compressed bytes", "h5py-latest-chunked.h5"],
  ])("HDF5 arrays that do not fit their %s", async (_, name) => {
    expect(await modelsOf(name)).toHaveLength(1);
    const bytes = Uint8Array.from(await fixture(name));
    expect(damageChunks(bytes)).toBeGreaterThan(0);
    await expect(readModels(bytes, "m.h5")).rejects.toThrow(/m\.h5, \w+: can't be read \(its data are damaged/);
  });

  it("a file that ruins the memory and the stack of the HDF5 library, and the next one is read right", async () => {
    const h5 = await import("h5wasm");
    const wasm = await h5.ready;
    const formatOutOfBounds = (): unknown =>
      wasm.ccall("snprintf", "number", ["number", "number", "number"], [0, 1, -1]);
    const keys = vi.spyOn(h5.Group.prototype, "keys").mockImplementationOnce(() => {
      for (let i = 0; i < 100_000; i++) expect(formatOutOfBounds).toThrow(WebAssembly.RuntimeError);
      wasm.HEAPU8.fill(0xff);
      return formatOutOfBounds() as never;
    });
    try {
      await expect(modelsOf("h5py.h5")).rejects.toThrow(/is a damaged HDF5 file \(memory access out of bounds\)/);
      expect((await modelsOf("h5py.h5"))[0]!.sha256).toBe(await sha256Of(MODEL));
    } finally {
      keys.mockRestore();
    }
  });
});

/** Damages what begins like a stream of zlib, or as the model's U does; gives how many places it found. */
function damageChunks(bytes: Uint8Array): number {
  const u = new Uint8Array(Float64Array.from(MODEL.U.flat()).buffer);
  const begins = (at: number, with_: ArrayLike<number>): boolean =>
    Array.from(with_).every((byte, i) => bytes[at + i] === byte);
  const found = Array.from(bytes.keys()).filter((at) => begins(at, [0x78, 0x5e]) || begins(at, u));
  for (const at of found) bytes[at + 6]! ^= 0x55;
  return found.length;
}
