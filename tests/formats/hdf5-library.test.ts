import { readFile } from "node:fs/promises";
import { expect, it, vi } from "vitest";
import { readModels } from "../../src/formats/read/read.ts";

it("an HDF5 file, where its library can't be loaded", async () => {
  const bytes = await readFile(new URL("fixtures/h5py.h5", import.meta.url));
  vi.doMock("h5wasm", () => ({ ready: Promise.reject(new Error("offline")) }));
  try {
    const reading = readModels(bytes, "m.h5");
    await expect(reading).rejects.toThrow(/m\.h5: needs the HDF5 library, which can't be loaded \(offline\)/);
    vi.doUnmock("h5wasm");
    expect(await readModels(bytes, "m.h5")).toHaveLength(1);
  } finally {
    vi.doUnmock("h5wasm");
  }
});
