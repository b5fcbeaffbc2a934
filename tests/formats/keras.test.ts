import { readFile } from "node:fs/promises";
import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { layerNames, namedByLayer } from "../../src/formats/read/hdf5/keras.ts";
import { isQuick, readModels } from "../../src/formats/read/read.ts";
import { FileError } from "../../src/model/errors.ts";
import { parseValue } from "../../src/model/parse.ts";
import { PLRNN } from "./fixture-models.ts";

/** Laid out by fixtures/make_fixtures.py as Keras 2 and 3 do. */
const fixture = async (name: string): Promise<Uint8Array> =>
  Uint8Array.from(await readFile(new URL(`fixtures/${name}`, import.meta.url)));

describe("weights of Keras by the names of layers", () => {
  it.each([
    ["keras-3.keras", "encoder", 1],
    ["keras-3.keras", "decoder", 2],
    ["keras-3.weights.h5", "simple_rnn", 1],
    ["keras-3.weights.h5", "simple_rnn_1", 2],
    ["keras-2.h5", "encoder", 1],
  ])("%s: %s", async (name, layer, factor) => {
    const { kind, A } = PLRNN;
    const map = { W: `${layer}.recurrent_kernel^T`, h: `-${layer}/bias` };
    const [raw, ...others] = await readModels(await fixture(name), name, { map, set: { kind, A } });
    if ("error" in raw!) throw raw.error;
    expect(others).toEqual([]);
    const scaled = { ...PLRNN, W: PLRNN.W.map((row) => row.map((x) => factor * x)), h: PLRNN.h.map((x) => factor * x) };
    expect((await parseValue(raw!.value)).sha256).toBe((await parseValue(scaled)).sha256);
  });

  it.each([
    ["keras-3.keras", "encoder.kernel 2×3, encoder.recurrent_kernel 3×3, encoder.bias 3"],
    ["keras-3.keras", "out.kernel 3×1, out.bias 1"],
    ["keras-3.weights.h5", "dense.kernel 3×1, dense.bias 1"],
    ["keras-2.h5", "out.kernel 3×1|out.bias 1"],
  ])("%s lists %s", async (name, listed) => {
    const reading = readModels(await fixture(name), name);
    await expect(reading).rejects.toThrow(FileError);
    for (const part of listed.split("|")) await expect(reading).rejects.toThrow(part);
  });

  it("a .keras file is read in a worker", async () => {
    expect(await isQuick(await fixture("keras-3.keras"))).toBe(false);
  });

  it("names that would be the same, and those of other files, are kept", () => {
    const named = (...names: string[]) => [
      ...namedByLayer(
        new Map(names.map((name) => [name, { shape: () => [], claims: () => 0, read: () => name }])),
      ).keys(),
    ];
    const twice = ["rnn.rnn.a.kernel:0", "rnn.rnn.b.kernel:0"];
    expect(named(...twice)).toEqual(twice);
    expect(named("rnn.W", "layers.W")).toEqual(["rnn.W", "layers.W"]);
    expect(named("vars.0", "layers.custom.vars.7", "layers.dense.vars.7")).toEqual(["0", "custom.7", "dense.7"]);
  });
});

describe("what is no such file", () => {
  it("a .keras without HDF5, cut HDF5, and a broken configuration", async () => {
    await expect(readModels(zipSync({ "config.json": strToU8("{}") }), "m.keras")).rejects.toThrow(FileError);
    const weights = await fixture("keras-3.weights.h5");
    const cut = zipSync({ "model.weights.h5": weights.subarray(0, 600) });
    await expect(readModels(cut, "m.keras")).rejects.toThrow(/is a damaged HDF5 file|can't be read/);
    await expect(readModels(zipSync({ "model.weights.h5": strToU8("text") }), "m.keras")).rejects.toThrow(FileError);
    const named = zipSync({ "model.weights.h5": weights, "config.json": strToU8('{"config":{"layers":[null,3,{}]}') });
    await expect(readModels(named, "m.keras")).rejects.toThrow(/simple_rnn\.recurrent_kernel/);
  });

  it("configurations of any shape name what they can", () => {
    const names = (value: unknown) => [...layerNames(strToU8(JSON.stringify(value)))];
    const layer = (kind: unknown, name: unknown) => ({ class_name: kind, config: { name } });
    expect(
      names({ config: { layers: [layer("SimpleRNN", "a.b/c"), layer("GRU", 3), layer("SimpleRNN", "d")] } }),
    ).toEqual([
      ["simple_rnn", "a_b_c"],
      ["simple_rnn_1", "d"],
    ]);
    for (const value of [null, 3, "x", [], { config: [] }, { config: { layers: {} } }])
      expect(names(value)).toEqual([]);
    expect([...layerNames(strToU8("["))]).toEqual([]);
  });
});
