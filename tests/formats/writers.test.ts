import { describe, expect, it } from "vitest";
import type { Model } from "../../src/model/types.ts";
import { modelsOf, PLRNN, sha256Of } from "./fixture-models.ts";
import { MODEL } from "./make-npz.ts";

describe("files of the real writers hold the same model as JSON", () => {
  it.each([
    ["NumPy, f8", "numpy-f8.npz", {}],
    ["NumPy, f4, Fortran order, compressed", "numpy-f4-fortran.npz", {}],
    ["h5py, with attributes", "h5py.h5", {}],
    ["h5py, newest format, chunked, shuffled, compressed", "h5py-latest-chunked.h5", {}],
    ["torch.save(state_dict)", "torch-state-dict.pt", {}],
    ["a training checkpoint", "torch-checkpoint.pth", {}],
    ["views, half precision, integers, a broadcast", "torch-views.pt", {}],
    ["torch.save as before version 1.6", "torch-legacy.pt", {}],
    ["torch.save(module), a module inside another", "torch-module.pt", {}],
    ["torch.jit.save", "torch-script.pt", {}],
    ["arrays and numbers of NumPy, and a tensor of no dimension", "torch-numpy.pt", { set: { dt: undefined } }],
    ["biases as lists of numbers", "torch-lists.pt", {}],
    ["a pickle of protocol 2", "numpy-protocol-2.pkl", {}],
    ["a pickle of protocol 5", "numpy-protocol-5.pkl", {}],
    ["safetensors, F64", "safetensors-f64.safetensors", {}],
    ["safetensors, F16, with metadata", "safetensors-f16.safetensors", {}],
  ] as const)("%s", async (_, name, options) => {
    const [model, ...others] = (await modelsOf(name, options)) as [Model, ...Model[]];
    expect(others).toEqual([]);
    expect(model.sha256).toBe(await sha256Of(MODEL));
  });

  it.each([
    ["NumPy, with texts", "numpy-plrnn.npz", { set: { dt: undefined } }],
    ["MATLAB v7.3, variables", "matlab.mat", {}],
    ["MATLAB v7.3, a struct", "matlab-struct.mat", {}],
    ["Julia's HDF5.jl", "julia-hdf5.h5", { columnMajor: true }],
  ] as const)("%s: a square W is not transposed", async (_, name, options) => {
    const model = (await modelsOf(name, options))[0]!;
    expect(model.sha256).toBe(await sha256Of(PLRNN));
  });

  it("without columnMajor a Julia file is another model: nothing in it tells", async () => {
    const model = (await modelsOf("julia-hdf5.h5"))[0]!;
    expect(model.sha256).not.toBe(await sha256Of(PLRNN));
  });

  it.each([
    ["groups, in natural order", "h5py-series.h5", ["run.epoch_1", "run.epoch_2", "run.epoch_10"], [1, 2, 10]],
    ["a MATLAB struct array", "matlab-struct-array.mat", ["fits[0]", "fits[1]", "fits[2]"], [1, 2, 3]],
    ["a MATLAB cell array", "matlab-cell-array.mat", ["fits[0]", "fits[1]"], [1, 2]],
  ] as const)("several models: %s", async (_, file, places, factors) => {
    const models = await modelsOf(file);
    const base = file.slice(0, file.lastIndexOf("."));
    expect(models.map(({ name }) => name)).toEqual(places.map((place) => `${base}.${place}`));
    for (const [i, model] of models.entries()) {
      expect(model.sha256).toBe(await sha256Of({ ...PLRNN, h: PLRNN.h.map((x) => x * factors[i]!) }));
    }
  });
});

it.each(["run/epoch_2", "run.epoch_2", "/run/epoch_2"])("--prefix %s names a group of HDF5", async (prefix) => {
  const [model, ...others] = (await modelsOf("h5py-series.h5", { prefix })) as [Model, ...Model[]];
  expect(others).toEqual([]);
  expect(model.sha256).toBe(await sha256Of({ ...PLRNN, h: PLRNN.h.map((x) => x * 2) }));
});
